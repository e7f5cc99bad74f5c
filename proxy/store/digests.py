"""The digest's rounds: one a day, whoever of several processes takes it; tried again when it fails."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

import sqlalchemy as sa

from proxy.store.database import Database
from proxy.store.schema import settings

KEY = "digest:round"
FIRST_WAIT, MOST_TRIES = (
    300.0,
    8,
)  # seconds, doubled after each try: the last comes half a day after the first


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One day's digest."""

    day: str = ""
    tries: int = 0
    next_at: float = 0.0  # until then it is in somebody's hands, or waits to be tried again
    is_over: bool = False
    sent_at: float | None = None  # of the last that was sent, on this day or before
    error: str = ""


class Digests:
    """Takes and ends rounds, kept as one JSON setting."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def last(self) -> Round:
        """Return the round that was taken last."""
        query = sa.select(settings.c.value).where(settings.c.key == KEY)
        return _round([row["value"] for row in await self._database.read(query)])

    async def take(self, day: str) -> bool:
        """Take a day's round; False if it is over, in other hands, not yet to be tried again, or given up."""
        now = self._database.clock()

        def work(connection: sa.Connection) -> bool:
            old = _read(connection)
            one = old if old.day == day else Round(day=day, sent_at=old.sent_at)
            if one.is_over or now < one.next_at or one.tries >= MOST_TRIES:
                return False
            wait = FIRST_WAIT * 2**one.tries
            _write(connection, replace(one, tries=one.tries + 1, next_at=now + wait))
            return True

        return await self._database.write(work)

    async def end(self, day: str, *, sent: bool = False, error: str = "") -> None:
        """Say how a round that was taken ended; with an error it is tried again."""
        now = self._database.clock()

        def work(connection: sa.Connection) -> None:
            old = _read(connection)
            if old.day == day:
                at = now if sent else old.sent_at
                _write(connection, replace(old, is_over=not error, error=error[:400], sent_at=at))

        await self._database.write(work)


def _read(connection: sa.Connection) -> Round:
    query = sa.select(settings.c.value).where(settings.c.key == KEY)
    return _round(list(connection.execute(query).scalars()))


def _write(connection: sa.Connection, one: Round) -> None:
    connection.execute(sa.delete(settings).where(settings.c.key == KEY))
    connection.execute(sa.insert(settings).values(key=KEY, value=json.dumps(asdict(one))))


def _round(values: list[str]) -> Round:
    return Round(**json.loads(values[0])) if values else Round()
