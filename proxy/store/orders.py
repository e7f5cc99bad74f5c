"""What a command asks of the running processes over the database, and what each of them answers.

So `reload` reaches every process on every machine, and whoever asked hears whether it was done.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from proxy.store.database import Database
from proxy.store.schema import audit


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What one process answered."""

    by: str  # HOST/PID/TOKEN
    text: str


class Orders:
    """Orders and replies are rows of the audit trail."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def give(self, what: str, *, by: str) -> int:
        """Give an order; return its number."""
        return await self._note(f"ask {what}", by, "")

    async def last(self, what: str) -> int:
        """Return the number of the last order of a kind, 0 if there was none."""
        query = sa.select(sa.func.max(audit.c.id).label("id")).where(audit.c.what == f"ask {what}")
        return (await self._database.read(query))[0]["id"] or 0

    async def reply(self, what: str, text: str) -> None:
        """Say, as this process, what came of the last order."""
        await self._note(what, self._database.owner, text)

    async def replies(self, what: str, *, since: int) -> list[Reply]:
        """Return the replies to an order."""
        query = sa.select(audit.c.by, audit.c.detail).where(audit.c.what == what, audit.c.id > since)
        return [Reply(by=row["by"], text=row["detail"]) for row in await self._database.read(query)]

    async def _note(self, what: str, by: str, detail: str) -> int:
        row = {"at": self._database.clock(), "by": by, "what": what, "detail": detail}
        insert = sa.insert(audit).values(**row).returning(audit.c.id)
        return await self._database.write(lambda connection: connection.execute(insert).scalar_one())
