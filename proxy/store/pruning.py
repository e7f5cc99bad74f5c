"""Retention: what is finished goes by age, by number, and where the database grows too large.

Labels are never touched, nor what still waits for the owner or for its delivery.
"""

from __future__ import annotations

import sqlalchemy as sa

from proxy.store.database import Database
from proxy.store.schema import State, linkbacks

AT_ONCE = 500  # rows in one write: senders' writes come between
PAGES_AT_ONCE = 200  # of SQLite's, given back to the disk in one write

GONE = (State.REJECTED, State.DISCARDED)
FINISHED = (*GONE, State.DELIVERED)


class Pruning:
    """Removes rows, a few at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def prune(self, *, before: float, keep: int, max_bytes: int = 0) -> int:
        """Delete what was rejected or discarded before a time, and all but the newest `keep` of it.

        If the database is larger than `max_bytes` then (0: any size), the oldest of all that is finished
        goes too, delivered linkbacks with it. Return how many went.
        """
        removed = await self._remove_before(await self._edge(before, keep))
        if max_bytes:
            removed += await self._shrink(max_bytes)
        if removed:
            await self._give_back()
        return removed

    async def _edge(self, before: float, keep: int) -> float:
        newest = (
            sa.select(linkbacks.c.finished_at)
            .where(linkbacks.c.state.in_(GONE))
            .order_by(linkbacks.c.finished_at.desc())
            .offset(keep)
            .limit(1)
        )
        rows = await self._database.read(newest)
        return max(before, rows[0]["finished_at"] or before) if rows else before

    async def _remove_before(self, edge: float) -> int:
        old = sa.select(linkbacks.c.id).where(linkbacks.c.state.in_(GONE), linkbacks.c.finished_at <= edge)
        removed = 0
        while count := await self._remove(old.limit(AT_ONCE)):
            removed += count
        return removed

    async def _shrink(self, max_bytes: int) -> int:
        oldest = (
            sa.select(linkbacks.c.id)
            .where(linkbacks.c.state.in_(FINISHED))
            .order_by(linkbacks.c.finished_at)
            .limit(AT_ONCE)
        )
        removed = 0
        while await self.used_bytes() > max_bytes:
            count = await self._remove(oldest)
            if not count:
                break
            removed += count
        return removed

    async def _remove(self, ids: sa.Select[tuple[int]]) -> int:
        change = sa.delete(linkbacks).where(linkbacks.c.id.in_(ids))
        return await self._database.write(lambda connection: connection.execute(change).rowcount)

    async def used_bytes(self) -> int:
        """Return what the database holds, without the free pages of its file; 0 on PostgreSQL.

        There the server's vacuum keeps the space for new rows, so a size says nothing of what may go.
        """
        if not self._database.is_file:
            return 0
        query = sa.text(
            "SELECT (p.page_count - f.freelist_count) * s.page_size AS used"
            " FROM pragma_page_count() p, pragma_freelist_count() f, pragma_page_size() s"
        )
        return int((await self._database.read(query))[0]["used"])

    async def _give_back(self) -> None:
        """Give free pages back to the disk, some in each write."""
        while self._database.is_file and await self._database.write(_give_pages_back) == PAGES_AT_ONCE:
            pass


def _give_pages_back(connection: sa.Connection) -> int:
    free = int(connection.exec_driver_sql("PRAGMA freelist_count").scalar_one())
    count = min(free, PAGES_AT_ONCE)
    for _ in range(count):
        connection.exec_driver_sql("PRAGMA incremental_vacuum(1)")  # the driver steps it once, for one page
    return count
