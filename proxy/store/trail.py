"""The audit trail, read: who did what, when, to which linkback."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from proxy.store.database import Database
from proxy.store.schema import audit
from proxy.store.search import BEYOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that somebody did."""

    id: int
    at: float
    by: str
    what: str
    linkback_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One decision about one linkback or many."""

    key: str
    what: str
    at: float
    size: int


class Trail:
    """Reads the audit trail, newest first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def entries(self, *, before: int | None = None, limit: int = 100) -> list[Entry]:
        """Return a page of the whole trail."""
        query = sa.select(*_COLUMNS).where(audit.c.id < (before or BEYOND))
        query = query.order_by(audit.c.id.desc()).limit(limit)
        return [Entry(**row) for row in await self._database.read(query)]

    async def of(self, linkback: int) -> list[Entry]:
        """Return what was done to one linkback, the last first."""
        mine = audit.c.linkback_id == linkback
        query = sa.select(*_COLUMNS).where(mine).order_by(audit.c.id.desc()).limit(20)
        return [Entry(**row) for row in await self._database.read(query)]

    async def batch(self, key: str) -> Batch | None:
        """Return a decision by its key, or None."""
        mine = audit.c.batch == key
        what = sa.func.min(audit.c.what).label("what")
        at, size = sa.func.max(audit.c.at).label("at"), sa.func.count().label("size")
        rows = await self._database.read(sa.select(what, at, size).where(mine))
        return Batch(key=key, **rows[0]) if key and rows[0]["size"] else None

    async def batch_ids(self, key: str, *, after: int = 0, limit: int = 500) -> list[int]:
        """Return ids of the linkbacks that a decision was about, ascending, above `after`."""
        query = (
            sa.select(audit.c.linkback_id)
            .where(audit.c.batch == key, audit.c.linkback_id > after)
            .order_by(audit.c.linkback_id)
            .limit(limit)
        )
        return [row["linkback_id"] for row in await self._database.read(query)] if key else []


_COLUMNS = (audit.c.id, audit.c.at, audit.c.by, audit.c.what, audit.c.linkback_id)
