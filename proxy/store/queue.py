"""The way of a linkback through its states: arrival, judging, delivery.

Every write is one conditional statement or one short transaction, never held over other I/O. A
worker that judges or delivers holds a lease; what it records is kept only while the lease is its own.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from proxy.linkback import Evidence, Post
from proxy.policy import Action, Decision
from proxy.store.database import Database
from proxy.store.records import Arrival, Receipt, Record, Standing, insertion, page_campaign, record, standing
from proxy.store.schema import State, linkbacks, moving, pace

JUDGING_LEASE = 120.0  # seconds; longer than any judging takes


class Queue:
    """What senders and workers do with linkbacks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def receive(self, arrival: Arrival) -> Receipt:
        """Put an arrival on disk; a new one is leased to this process for judging."""
        return await self._database.write(lambda connection: self._receive(connection, arrival))

    def _receive(self, connection: sa.Connection, arrival: Arrival) -> Receipt:
        now = self._database.clock()
        row = insertion(arrival, now)
        known = connection.execute(
            sa.select(linkbacks.c.id, linkbacks.c.state, linkbacks.c.reason, linkbacks.c.judged_at).where(
                linkbacks.c.claim_key == row["claim_key"]
            )
        ).first()
        if known is None:
            done = connection.execute(sa.insert(linkbacks).values(**row, **self._entry(arrival, now)))
            key = done.inserted_primary_key
            return Receipt(id=key[0] if key else 0, standing=Standing.NEW, reason=arrival.reason)
        return self._receive_again(connection, arrival, known, now)

    def _entry(self, arrival: Arrival, now: float) -> dict[str, Any]:
        """Give the columns that say where an arrival stands."""
        if arrival.state is State.JUDGING:
            return self._lease(State.JUDGING, now)
        return {
            "state": arrival.state,
            "reason": arrival.reason,
            "action": arrival.action,
            "judged_at": now,
            "finished_at": now if arrival.state is State.REJECTED else None,
        }

    def _lease(self, state: State, now: float, seconds: float = JUDGING_LEASE) -> dict[str, Any]:
        return {"state": state, "lease_owner": self._database.owner, "lease_until": now + seconds}

    def _receive_again(self, connection: sa.Connection, arrival: Arrival, known: Any, now: float) -> Receipt:
        """Count a claim that is known; one that was rejected long ago goes its way afresh."""
        found = standing(State(known.state), known.judged_at, now)
        change: dict[str, Any] = {"hits": linkbacks.c.hits + 1}
        if found is Standing.NEW:
            change |= {"tries": 0, "due_at": now, "finished_at": None} | self._entry(arrival, now)
        connection.execute(sa.update(linkbacks).where(linkbacks.c.id == known.id).values(**change))
        return Receipt(id=known.id, standing=found, reason=arrival.reason or known.reason)

    async def lease_received(self, limit: int) -> list[Record]:
        """Lease linkbacks that are due for judging, oldest first."""
        now = self._database.clock()
        due = (
            sa.select(linkbacks.c.id)
            .where(linkbacks.c.state == State.RECEIVED, linkbacks.c.due_at <= now)
            .order_by(linkbacks.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        change = sa.update(linkbacks).where(linkbacks.c.id.in_(due)).values(**self._lease(State.JUDGING, now))
        return await self._returned(change)

    async def _returned(self, change: sa.Update) -> list[Record]:
        rows = await self._database.write(
            lambda connection: connection.execute(change.returning(*linkbacks.c)).mappings().all()
        )
        return [record(row) for row in rows]

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
        now, score = self._database.clock(), decision.score
        values: dict[str, Any] = {
            "reason": decision.reason,
            "action": decision.action,
            "score": score.spam if score else None,
            "model": score.model if score else "",
            "clues": [asdict(clue) for clue in score.clues] if score else None,
            "evidence": asdict(evidence) if evidence else None,
            "post": asdict(post) if post else None,
            "urgent": decision.action is Action.FORWARD,
            "judged_at": now,
            "due_at": now,
            "answer": answer,
            "tries": 0,
            "finished_at": now if state is State.REJECTED else None,
        }
        if (campaign := page_campaign(evidence)) is not None:
            words = linkbacks.c.title + linkbacks.c.excerpt + linkbacks.c.blog_name
            values["campaign"] = sa.case((words == "", campaign), else_=linkbacks.c.campaign)
        return await self._move([one], {State.JUDGING}, state, mine=True, **values) == [one]

    async def waiting(self) -> int:
        """Count the linkbacks that wait to be judged."""
        query = sa.select(sa.func.count().label("n")).where(linkbacks.c.state == State.RECEIVED)
        return int((await self._database.read(query))[0]["n"])

    async def judge_later(
        self, one: int, *, reason: str, answer: str, seconds: float, counts: bool = True
    ) -> bool:
        """Give a linkback back to be judged in `seconds`, with the reason; `counts` as a try."""
        change = {
            "reason": reason,
            "answer": answer,
            "due_at": self._database.clock() + seconds,
            "tries": linkbacks.c.tries + int(counts),
        }
        return bool(await self._move([one], {State.JUDGING}, State.RECEIVED, mine=True, **change))

    async def blogs_with_due(self) -> list[str]:
        """Name the blogs for which a delivery is due."""
        query = (
            sa.select(linkbacks.c.blog)
            .where(linkbacks.c.state == State.QUEUED, linkbacks.c.due_at <= self._database.clock())
            .distinct()
        )
        return [row["blog"] for row in await self._database.read(query)]

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
        if one is None or not self._take_turn(connection, blog, now, spacing):
            return None
        lease = self._lease(State.DELIVERING, now, seconds) | {"tries": linkbacks.c.tries + 1}
        row = (
            connection.execute(
                sa.update(linkbacks)
                .where(linkbacks.c.id == one, linkbacks.c.state == State.QUEUED)
                .values(**lease)
                .returning(*linkbacks.c)
            )
            .mappings()
            .first()
        )
        return record(row) if row else None

    @staticmethod
    def _take_turn(connection: sa.Connection, blog: str, now: float, spacing: float) -> bool:
        """Take the blog's turn if it has come. A turn further off than the spacing is a jumped clock's."""
        free = sa.or_(pace.c.next_at <= now, pace.c.next_at > now + spacing)
        turn = sa.update(pace).where(pace.c.blog == blog, free).values(next_at=now + spacing)
        if connection.execute(turn).rowcount:
            return True
        if connection.execute(sa.select(pace.c.blog).where(pace.c.blog == blog)).first():
            return False
        connection.execute(sa.insert(pace).values(blog=blog, next_at=now + spacing))
        return True

    async def delivery_ended(
        self, one: int, state: State, *, answer: str, reason: str = "", seconds: float = 0.0
    ) -> bool:
        """Record how a delivery ended; back to QUEUED is due in `seconds`."""
        now = self._database.clock()
        values: dict[str, Any] = {"answer": answer, "due_at": now + seconds}
        if reason:
            values["reason"] = reason
        if state is not State.QUEUED:
            values["finished_at"] = now
        return bool(await self._move([one], {State.DELIVERING}, state, mine=True, **values))

    async def reclaim(self, *, all_mine: bool = False) -> int:
        """Free the leases that ran out; at a start also those under our own name. Return how many."""
        now = self._database.clock()
        lost = linkbacks.c.lease_until < now
        if all_mine:
            lost = sa.or_(lost, linkbacks.c.lease_owner == self._database.owner)
        moves = ((State.JUDGING, State.RECEIVED), (State.DELIVERING, State.QUEUED))

        def work(connection: sa.Connection) -> int:
            changes = (
                sa.update(linkbacks).where(linkbacks.c.state == old, lost).values(state=new, due_at=now)
                for old, new in moves
            )
            return sum(connection.execute(change).rowcount for change in changes)

        return await self._database.write(work)

    async def _move(
        self, ids: list[int], old: set[State], new: State, *, mine: bool = False, **values: Any
    ) -> list[int]:
        """Move what is in one of the old states (and leased to us); return the ids that moved."""
        change = moving(ids, old, new).values(**values)
        if mine:
            change = change.where(linkbacks.c.lease_owner == self._database.owner)
        rows = await self._database.write(
            lambda connection: connection.execute(change.returning(linkbacks.c.id)).all()
        )
        return [row.id for row in rows]
