"""Later looks at the sources of delivered linkbacks: when the next one is due, and what the last one found.

Every write is one conditional statement. A look that is due is taken by putting it off: who takes it and is
lost leaves it to be taken again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from proxy.store.database import Database
from proxy.store.schema import State, linkbacks, revisits

DAY = 86_400.0
PUT_OFF_SECONDS = 3_600.0  # a look that was taken and did not end is due again after so long
AT_ONCE = 500  # linkbacks that are noted in one write


class Seen(StrEnum):
    """What a later look found."""

    THERE = "there"  # the link
    GONE = "gone"  # no link, or no page
    UNKNOWN = "unknown"  # nothing could be said


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A look that is due."""

    id: int  # of the linkback
    source: str
    target: str
    looks: int  # that were made before
    finished_at: float  # delivered since


@dataclass(frozen=True, slots=True, kw_only=True)
class Vanished:
    """A delivered linkback whose link is gone."""

    id: int
    blog: str
    source: str
    target: str
    detail: str
    seen_at: float


class Revisits:
    """What is to be looked at again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, days: Sequence[int]) -> int:
        """Note what was delivered of late to be looked at after so many days, and forget what was pruned."""
        now = self._database.clock()
        late = (
            sa.select(linkbacks.c.id, linkbacks.c.finished_at + days[0] * DAY)
            .where(
                linkbacks.c.state == State.DELIVERED,
                linkbacks.c.finished_at > now - days[-1] * DAY,
                ~sa.exists().where(revisits.c.linkback_id == linkbacks.c.id),
            )
            .order_by(linkbacks.c.finished_at)
            .limit(AT_ONCE)
        )
        noted = sa.insert(revisits).from_select(["linkback_id", "due_at"], late)
        pruned = sa.delete(revisits).where(~sa.exists().where(linkbacks.c.id == revisits.c.linkback_id))

        def work(connection: sa.Connection) -> int:
            connection.execute(pruned)
            return connection.execute(noted).rowcount

        return await self._database.write(work)

    async def take(self, limit: int) -> list[Visit]:
        """Take the looks that are due, the longest due first, and put them off for others."""
        now = self._database.clock()
        due = (
            sa.select(revisits.c.linkback_id)
            .where(revisits.c.due_at <= now)
            .order_by(revisits.c.due_at)
            .limit(limit)
        )
        change = (
            sa.update(revisits)
            .where(revisits.c.linkback_id.in_(due.scalar_subquery()), revisits.c.due_at <= now)
            .values(due_at=now + PUT_OFF_SECONDS)
            .returning(revisits.c.linkback_id)
        )
        ids = await self._database.write(lambda connection: connection.execute(change).scalars().all())
        columns = (linkbacks.c.id, linkbacks.c.source, linkbacks.c.target, linkbacks.c.finished_at)
        query = sa.select(*columns, revisits.c.looks).join(revisits, revisits.c.linkback_id == linkbacks.c.id)
        rows = await self._database.read(query.where(linkbacks.c.id.in_(ids))) if ids else []
        return [Visit(**row) for row in rows]

    async def looked(self, visit: Visit, seen: Seen, detail: str, days: Sequence[int]) -> None:
        """Record a look, and when the next is due; what could not be seen leaves standing what was known."""
        looks = visit.looks + 1
        next_due = visit.finished_at + days[looks] * DAY if looks < len(days) else None
        values = {"looks": looks, "due_at": next_due, "seen_at": self._database.clock(), "detail": detail}
        change = sa.update(revisits).where(
            revisits.c.linkback_id == visit.id, revisits.c.looks == visit.looks
        )
        if seen is not Seen.UNKNOWN:
            values["seen"] = seen.value
        await self._database.write(lambda connection: connection.execute(change.values(**values)).rowcount)

    async def vanished(self, limit: int) -> list[Vanished]:
        """List delivered linkbacks whose link was gone at the last look, the newest first."""
        columns = (linkbacks.c.id, linkbacks.c.blog, linkbacks.c.source, linkbacks.c.target)
        query = (
            sa.select(*columns, revisits.c.detail, revisits.c.seen_at)
            .join(revisits, revisits.c.linkback_id == linkbacks.c.id)
            .where(revisits.c.seen == Seen.GONE)
            .order_by(revisits.c.linkback_id.desc())
            .limit(limit)
        )
        return [Vanished(**row) for row in await self._database.read(query)]
