"""The way of a linkback through its states: arrival, judging, delivery.

Every write is one conditional statement or one short transaction, never held over other I/O. A
worker that judges or delivers holds a lease; what it records is kept only while the lease is its own.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from proxy.linkback import Evidence, Post
from proxy.policy import Decision
from proxy.store.arrivals import receive
from proxy.store.database import Database
from proxy.store.fairness import due_in_turn
from proxy.store.leases import JUDGING_SECONDS, LONGEST_SECONDS, Lease, is_lost, is_running
from proxy.store.records import (
    Arrival,
    Receipt,
    Record,
    kept,
    record,
)
from proxy.store.schema import State, if_new, linkbacks, moving, pace
from proxy.store.verdicts import Verdict, settle

SKEW_SECONDS = 60.0  # so far the clocks of two hosts may differ
LONGEST_JUDGE_WAIT = 86_400.0  # what is due later was put off by a clock that has been set back since
LONGEST_DELIVERY_WAIT = 43_200.0

# Where a linkback goes whose worker is lost.
FREED = {State.JUDGING: State.RECEIVED, State.DELIVERING: State.QUEUED}


class Queue:
    """What senders and workers do with linkbacks."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last_blog = ""  # whose turn to have linkbacks judged was last
        self._unusual_first = False

    def receive(self, arrival: Arrival) -> asyncio.Future[Receipt]:
        """Put an arrival on disk; a new one is leased to this process for judging."""
        return self._database.write_each(self._receive, arrival)

    def _receive(self, connection: sa.Connection, arrivals: Sequence[Arrival]) -> list[Receipt]:
        return receive(connection, arrivals, self._database.clock(), self._database.owner)

    def _lease(self, state: State, now: float, seconds: float) -> dict[str, Any]:
        return {"state": state, "lease_owner": self._database.owner, "lease_until": now + seconds}

    async def lease_received(self, limit: int, *, without: Collection[str] = ()) -> list[Record]:
        """Lease linkbacks that are due for judging, blog by blog in turn, but for some source domains.

        One time the most unusual come first, one time the oldest: so none waits for ever.
        """
        return await self._database.write(lambda connection: self._lease_received(connection, limit, without))

    def _lease_received(
        self, connection: sa.Connection, limit: int, without: Collection[str]
    ) -> list[Record]:
        now = self._database.clock()
        self._unusual_first = not self._unusual_first
        ids, self._last_blog = due_in_turn(
            connection, now, limit, self._last_blog, without, unusual_first=self._unusual_first
        )
        if not ids:
            return []
        change = moving(ids, {State.RECEIVED}, State.JUDGING)
        change = change.values(**self._lease(State.JUDGING, now, JUDGING_SECONDS)).returning(*linkbacks.c)
        return [record(row) for row in connection.execute(change).mappings()]

    async def judged(
        self,
        one: int,
        decision: Decision,
        state: State,
        *,
        evidence: Evidence | None,
        post: Post | None,
        answer: str = "",
    ) -> bool:
        """Record the end of judging; False if the lease was lost meanwhile."""
        verdict = Verdict(
            one=one, decision=decision, state=state, evidence=evidence, post=post, answer=answer
        )
        return await self._database.write_each(self._judged, verdict)

    def _judged(self, connection: sa.Connection, verdicts: Sequence[Verdict]) -> list[bool]:
        return settle(connection, verdicts, self._database.clock(), self._database.owner)

    async def waiting(self) -> Counter[str]:
        """Count the linkbacks that could be judged now if there were room, by blog."""
        query = (
            sa.select(linkbacks.c.blog, sa.func.count().label("n"))
            .where(linkbacks.c.state == State.RECEIVED, linkbacks.c.due_at <= self._database.clock())
            .group_by(linkbacks.c.blog)
        )
        return Counter({row["blog"]: row["n"] for row in await self._database.read(query)})

    async def judge_later(
        self, ids: Collection[int], *, reason: str, answer: str, seconds: float, counts: bool
    ) -> bool:
        """Give linkbacks back to be judged in `seconds`, with the reason; `counts` as a try."""
        change = {
            "reason": reason,
            "answer": kept(answer),
            "due_at": self._database.clock() + seconds,
            "tries": linkbacks.c.tries + int(counts),
        }
        return bool(await self._move(ids, {State.JUDGING}, State.RECEIVED, mine=True, **change))

    async def due_blogs(self, limit: int, *, without: Collection[str] = ()) -> list[str]:
        """Name blogs whose next delivery is due by the linkback and by the pace, longest due first."""
        now = self._database.clock()
        waiting = (
            sa.select(linkbacks.c.blog, sa.func.min(linkbacks.c.due_at).label("since"))
            .where(
                linkbacks.c.state == State.QUEUED, linkbacks.c.due_at <= now, linkbacks.c.blog.not_in(without)
            )
            .group_by(linkbacks.c.blog)
            .subquery()
        )
        query = (
            sa.select(waiting.c.blog)
            .outerjoin(pace, pace.c.blog == waiting.c.blog)
            .where(sa.or_(pace.c.blog.is_(None), _has_turn(now)))
            .order_by(waiting.c.since)
            .limit(limit)
        )
        return [row["blog"] for row in await self._database.read(query)]

    async def postpone(self, blog: str, seconds: float) -> None:
        """Let all that a blog waits for wait so long."""
        now = self._database.clock()
        late = (
            sa.update(linkbacks)
            .where(linkbacks.c.state == State.QUEUED, linkbacks.c.blog == blog, linkbacks.c.due_at <= now)
            .values(due_at=now + seconds)
        )
        await self._database.write(lambda connection: connection.execute(late))

    async def lease_delivery(self, blog: str, *, spacing: float, seconds: float) -> Record | None:
        """Lease the blog's next delivery, genuine before released, if the pace allows one now."""
        return await self._database.write(
            lambda connection: self._lease_delivery(connection, blog, spacing, seconds)
        )

    def _lease_delivery(
        self, connection: sa.Connection, blog: str, spacing: float, seconds: float
    ) -> Record | None:
        now = self._database.clock()
        due = (
            sa.select(linkbacks.c.id)
            .where(linkbacks.c.blog == blog, linkbacks.c.state == State.QUEUED, linkbacks.c.due_at <= now)
            .order_by(linkbacks.c.urgent.desc(), linkbacks.c.due_at)
            .limit(1)
        )
        one = connection.execute(due).scalar()
        if one is None or not _take_turn(connection, blog, now, spacing):
            return None
        lease = self._lease(State.DELIVERING, now, seconds) | {"tries": linkbacks.c.tries + 1}
        change = (
            sa.update(linkbacks)
            .where(linkbacks.c.id == one, linkbacks.c.state == State.QUEUED)
            .values(**lease)
            .returning(*linkbacks.c)
        )
        row = connection.execute(change).mappings().first()
        return record(row) if row else None

    async def delivery_ended(
        self, one: int, state: State, *, answer: str, reason: str = "", seconds: float = 0.0
    ) -> bool:
        """Record how a delivery ended; back to QUEUED is due in `seconds`."""
        now = self._database.clock()
        values: dict[str, Any] = {"answer": kept(answer), "due_at": now + seconds}
        if reason:
            values["reason"] = reason
        if state is not State.QUEUED:
            values["finished_at"] = now
        return bool(await self._move([one], {State.DELIVERING}, state, mine=True, **values))

    async def reclaim(self, state: State, *, under_way: Collection[int]) -> int:
        """Free what lost workers held in a state; `under_way` is what this process works on. Return how many.

        A delivery that was broken off is due when its time is over: upstream may still be at work on it.
        """
        now = self._database.clock()
        held = sa.select(linkbacks.c.id, linkbacks.c.lease_owner, linkbacks.c.lease_until)
        rows = await self._database.read(held.where(linkbacks.c.state == state))
        leases = [Lease(id=row["id"], owner=row["lease_owner"], until=row["lease_until"]) for row in rows]
        owner = self._database.owner
        lost = [
            lease
            for lease in leases
            if is_lost(lease, owner=owner, now=now, under_way=under_way, runs=is_running)
        ]
        if not lost:
            return 0
        return await self._database.write(
            lambda connection: sum(_free(connection, state, lease, now) for lease in lost)
        )

    async def give_back(self) -> int:
        """Free all leases of this process, which is about to end. Return how many."""
        now, owner = self._database.clock(), self._database.owner

        def work(connection: sa.Connection) -> int:
            mine = sa.select(linkbacks.c.id, linkbacks.c.state, linkbacks.c.lease_until).where(
                linkbacks.c.state.in_(FREED), linkbacks.c.lease_owner == owner
            )
            return sum(
                _free(connection, State(row.state), Lease(id=row.id, owner=owner, until=row.lease_until), now)
                for row in connection.execute(mine).all()
            )

        return await self._database.write(work)

    async def straighten(self) -> int:
        """Make due what a clock that has been set back since put off too far. Return how many."""
        now = self._database.clock()
        states = {State.RECEIVED: LONGEST_JUDGE_WAIT, State.QUEUED: LONGEST_DELIVERY_WAIT}

        def work(connection: sa.Connection) -> int:
            changes = (
                sa.update(linkbacks)
                .where(linkbacks.c.state == state, linkbacks.c.due_at > now + longest)
                .values(due_at=now)
                for state, longest in states.items()
            )
            return sum(connection.execute(change).rowcount for change in changes)

        return await self._database.write(work)

    async def _move(
        self, ids: Collection[int], old: set[State], new: State, *, mine: bool = False, **values: Any
    ) -> list[int]:
        """Move what is in one of the old states (and leased to us); return the ids that moved."""
        change = moving(list(ids), old, new).values(**values)
        if mine:
            change = change.where(linkbacks.c.lease_owner == self._database.owner)
        rows = await self._database.write(
            lambda connection: connection.execute(change.returning(linkbacks.c.id)).all()
        )
        return [row.id for row in rows]


def _free(connection: sa.Connection, state: State, lease: Lease, now: float) -> int:
    """Move a linkback back out of a lease, if the lease is still the same."""
    is_late = state is State.DELIVERING and now < lease.until <= now + LONGEST_SECONDS
    change = (
        moving([lease.id], {state}, FREED[state])
        .where(linkbacks.c.lease_owner == lease.owner, linkbacks.c.lease_until == lease.until)
        .values(due_at=lease.until if is_late else now)
    )
    return connection.execute(change).rowcount


def _has_turn(now: float) -> sa.ColumnElement[bool]:
    """Say whether a blog's turn has come. One that was taken in the future is a jumped clock's."""
    return sa.or_(pace.c.next_at <= now, pace.c.taken_at > now + SKEW_SECONDS)


def _take_turn(connection: sa.Connection, blog: str, now: float, spacing: float) -> bool:
    """Take the blog's turn if it has come."""
    turn = {"taken_at": now, "next_at": now + spacing}
    first = if_new(connection, pace).values(blog=blog, **turn)
    if connection.execute(first).rowcount:
        return True
    change = sa.update(pace).where(pace.c.blog == blog, _has_turn(now)).values(**turn)
    return bool(connection.execute(change).rowcount)
