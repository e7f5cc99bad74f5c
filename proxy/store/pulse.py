"""How the service is doing, as its database shows it: what waits too long, and what it was last told."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from proxy.store.database import Database
from proxy.store.schema import State, linkbacks

LOOKED_AT = 1_000  # rows
LATE_SECONDS = 60.0  # a linkback that is due for longer is late


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """Deliveries of one blog that were tried and put back."""

    blog: str
    number: int
    answer: str  # upstream's last word


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """How the sources of the last linkbacks could be read."""

    looked_at: int
    failed: int
    late: int  # linkbacks that should have been judged by now


class Pulse:
    """Reads signs of trouble; changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def stuck(self) -> list[Stuck]:
        """Return the blogs whose deliveries do not get through."""
        part = (
            sa.select(linkbacks.c.blog, linkbacks.c.answer)
            .where(linkbacks.c.state == State.QUEUED, linkbacks.c.tries > 0)
            .order_by(linkbacks.c.due_at)
            .limit(LOOKED_AT)
            .subquery()
        )
        query = sa.select(
            part.c.blog, sa.func.count().label("number"), sa.func.max(part.c.answer).label("answer")
        ).group_by(part.c.blog)
        return [Stuck(**row) for row in await self._database.read(query)]

    async def sources(self) -> Sources:
        """Say how many of the last linkbacks' sources could not be read, and how many wait too long."""
        part = (
            sa.select(linkbacks.c.reason)
            .where(linkbacks.c.judged_at.is_not(None))
            .order_by(linkbacks.c.judged_at.desc())
            .limit(LOOKED_AT)
            .subquery()
        )
        failed = sa.func.sum(sa.case((part.c.reason.like("source-%"), 1), else_=0))
        rows = await self._database.read(sa.select(sa.func.count().label("n"), failed.label("failed")))
        due = self._database.clock() - LATE_SECONDS
        late = (
            sa.select(linkbacks.c.id)
            .where(linkbacks.c.state == State.RECEIVED, linkbacks.c.due_at < due)
            .limit(LOOKED_AT)
            .subquery()
        )
        counted = await self._database.read(sa.select(sa.func.count().label("n")).select_from(late))
        return Sources(looked_at=rows[0]["n"], failed=rows[0]["failed"] or 0, late=counted[0]["n"])

    async def oldest(self, state: State) -> float:
        """Return the age in seconds of what came first of all that is in a state; 0 if nothing is."""
        first = sa.select(linkbacks.c.received_at).where(linkbacks.c.state == state)
        rows = await self._database.read(first.order_by(linkbacks.c.id).limit(1))
        return max(0.0, self._database.clock() - rows[0]["received_at"]) if rows else 0.0

    async def size(self) -> int:
        """Return the bytes of the database."""
        query = "SELECT pg_database_size(current_database()) AS bytes"
        if self._database.is_file:
            query = (
                "SELECT c.page_count * s.page_size AS bytes FROM pragma_page_count() c, pragma_page_size() s"
            )
        return int((await self._database.read(sa.text(query)))[0]["bytes"])
