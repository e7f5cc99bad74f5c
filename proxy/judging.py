"""The judges: work off what has been received, a bounded number at a time, and record the outcome.

A linkback that has just arrived is judged at once if there is room; what is left over, was given
back, or lost its worker is taken up by the rounds of `run`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from proxy.linkback import Linkback
from proxy.pipeline import Case, Judgement, Tools, judge
from proxy.policy import Action, Decision, Reason, Retry, Rules
from proxy.store import State, StoreError
from proxy.store.queue import Queue

ROUND_SECONDS = 1.0
GIVE_UP_SECONDS = 90.0  # for one judging; below its lease

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What judging needs to know of one blog."""

    rules: Rules
    observe: bool  # forward all, and record what would have been done
    tools: Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """A leased linkback, ready to be judged."""

    id: int
    linkback: Linkback
    blog: str
    remote: str
    tries: int = 0
    allowed: bool = False


_STATES = {
    Action.FORWARD: State.QUEUED,
    Action.QUARANTINE: State.HELD,
    Action.REJECT: State.REJECTED,
}


class Judges:
    """A bounded number of judgings at a time. `bench` finds a blog's, or None if it is gone."""

    def __init__(
        self,
        *,
        queue: Queue,
        bench: Callable[[str], Bench | None],
        allowed: Callable[[str, Linkback], bool],
        places: int,
        queued: Callable[[], None],
    ) -> None:
        self._queue = queue
        self._bench = bench
        self._allowed = allowed
        self._places = places
        self._queued = queued  # called when a linkback is ready to be delivered
        self._tasks: set[asyncio.Task[Decision | None]] = set()
        self.backlog = 0  # linkbacks that wait on disk to be judged, as of the last round

    def start(self, brief: Brief) -> asyncio.Task[Decision | None] | None:
        """Begin to judge a linkback that is leased to us; None if all places are taken."""
        if len(self._tasks) >= self._places:
            return None
        task = asyncio.create_task(self._judge(brief), name=f"judge {brief.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    @property
    def busy(self) -> int:
        """Return the number of judgings under way."""
        return len(self._tasks)

    async def give_back(self, one: int) -> None:
        """Return a leased linkback for which there is no place now to the queue."""
        self.backlog += 1
        await self._queue.judge_later(one, reason="", answer="", seconds=0.0, counts=False)

    async def run(self) -> None:
        """Take up what is due, round after round, until cancelled."""
        while True:
            try:
                await self._round()
            except StoreError as error:
                _log.error("store", what="judging waits", error=str(error))
            await asyncio.sleep(ROUND_SECONDS)

    async def _round(self) -> None:
        await self._queue.reclaim()
        self.backlog = await self._queue.waiting()
        while (room := self._places - len(self._tasks)) > 0:
            records = await self._queue.lease_received(room)
            for one in records:
                self.start(
                    Brief(
                        id=one.id,
                        linkback=one.linkback,
                        blog=one.blog,
                        remote=one.remote,
                        tries=one.tries,
                        allowed=self._allowed(one.blog, one.linkback),
                    )
                )
            if not records:
                return
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    async def finish(self, seconds: float) -> None:
        """Let what is under way end within `seconds`; the rest stays recorded and is taken up later."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _judge(self, brief: Brief) -> Decision | None:
        """Judge and record; None if there is no decision yet."""
        bench = self._bench(brief.blog)
        try:
            if bench is None:
                await self._record(brief, _not_judged("the blog is no longer configured"), observe=False)
                return None
            outcome = await self._outcome(brief, bench)
            if isinstance(outcome, Retry):
                await self._queue.judge_later(
                    brief.id, reason=outcome.reason, answer=outcome.detail, seconds=outcome.seconds
                )
                return None
            await self._record(brief, outcome, observe=bench.observe)
        except StoreError as error:
            _log.error("store", what="a judgement is not recorded and will be made again", error=str(error))
            return None
        return outcome.decision

    async def _outcome(self, brief: Brief, bench: Bench) -> Judgement | Retry:
        case = Case(
            linkback=brief.linkback,
            remote=brief.remote,
            tries=brief.tries,
            allowed=brief.allowed,
            rules=bench.rules,
        )
        try:
            async with asyncio.timeout(GIVE_UP_SECONDS):
                return await judge(case, bench.tools)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  (a bug must not lose a linkback: it is held and logged)
            _log.exception("bug", what="a linkback could not be judged and is held", id=brief.id)
            return _not_judged(f"{type(error).__name__}: {error}")

    async def _record(self, brief: Brief, judgement: Judgement, *, observe: bool) -> None:
        decision = judgement.decision
        state = State.QUEUED if observe else _STATES[decision.action]
        await self._queue.judged(
            brief.id,
            decision,
            state,
            evidence=judgement.evidence,
            post=judgement.post,
            answer=judgement.detail,
        )
        if state is State.QUEUED:
            self._queued()
        _log.info(
            "linkback",
            id=brief.id,
            blog=brief.blog,
            protocol=brief.linkback.protocol.value,
            source=brief.linkback.source,
            target=brief.linkback.target,
            reason=decision.reason.value,
            action=decision.action.value,
            score=round(decision.score.spam, 4) if decision.score else None,
        )


def _not_judged(detail: str) -> Judgement:
    decision = Decision(reason=Reason.NOT_JUDGED, action=Action.QUARANTINE)
    return Judgement(decision=decision, evidence=None, post=None, detail=detail)
