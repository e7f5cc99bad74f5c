"""Who is logged in to the dashboard: sessions by the digest of their token, ended on the server's side."""

from __future__ import annotations

import hashlib
import secrets

import sqlalchemy as sa

from proxy.store.database import Database
from proxy.store.schema import sessions

LONGEST_SECONDS = 30 * 86400.0  # a session ends then, however busy
IDLE_SECONDS = 7 * 86400.0  # or after so long without a request
NOTED_SECONDS = 300.0  # how exactly the last request is kept


class Sessions:
    """The open sessions. A token is known to the browser alone; here is only its digest."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, name: str) -> str:
        """Begin a session and return its token; what has expired is forgotten on the way."""
        token, now = secrets.token_urlsafe(32), self._database.clock()

        def work(connection: sa.Connection) -> None:
            connection.execute(sa.delete(sessions).where(_expired(now)))
            row = {"token_digest": _digest(token), "name": name, "begun_at": now, "seen_at": now}
            connection.execute(sa.insert(sessions).values(**row))

        await self._database.write(work)
        return token

    async def name_of(self, token: str) -> str | None:
        """Return whose session a token is of, or None; note that it was used."""
        now = self._database.clock()
        mine = sessions.c.token_digest == _digest(token)
        rows = await self._database.read(sa.select(sessions).where(mine, sa.not_(_expired(now))))
        if not rows:
            return None
        if now - rows[0]["seen_at"] > NOTED_SECONDS:
            change = sa.update(sessions).where(mine).values(seen_at=now)
            await self._database.write(lambda connection: connection.execute(change).rowcount)
        return str(rows[0]["name"])

    async def end(self, token: str) -> None:
        """End one session."""
        gone = sa.delete(sessions).where(sessions.c.token_digest == _digest(token))
        await self._database.write(lambda connection: connection.execute(gone).rowcount)

    async def end_all(self, name: str) -> None:
        """End all sessions of a name: its password has changed."""
        gone = sa.delete(sessions).where(sessions.c.name == name)
        await self._database.write(lambda connection: connection.execute(gone).rowcount)


def _expired(now: float) -> sa.ColumnElement[bool]:
    return sa.or_(sessions.c.begun_at < now - LONGEST_SECONDS, sessions.c.seen_at < now - IDLE_SECONDS)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
