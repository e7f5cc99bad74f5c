"""The judges: work off what has been received, a bounded number at a time, and record the outcome.

A linkback that has just arrived is judged at once if there is room; what is left over, is to be tried
again, or lost its worker is taken up by the rounds of `run`.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass

import structlog

from proxy.linkback import Linkback, Score
from proxy.meters import LINKBACKS, Meters
from proxy.pipeline import Case, Judgement, Tools, judge, settled_by_words
from proxy.policy import Action, Decision, Reason, Retry, Rules
from proxy.store import Record, State, StoreError
from proxy.store.queue import Queue

ROUND_SECONDS = 1.0
GATHER_SECONDS = 0.05  # places that become free meanwhile are filled together
PATIENCE_SECONDS = 5.0  # after a round that the database failed
GIVE_UP_SECONDS = 90.0  # for one judging; below its lease
ASIDE_SECONDS = 2.0  # so long a linkback waits whose source's domain has its share of the places

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
    domain: str  # of the source
    remote: str
    tries: int = 0
    allowed: bool = False


_STATES = {
    Action.FORWARD: State.QUEUED,
    Action.QUARANTINE: State.HELD,
    Action.REJECT: State.REJECTED,
}


def follows(action: Action, *, observe: bool) -> State:
    """Say where an action leads; observing, all is forwarded."""
    return State.QUEUED if observe else _STATES[action]


class Judges:
    """A bounded number of judgings at a time. `bench` finds a blog's, or None if it is gone.

    Of the places, one source domain may fill a quarter: a slow site does not hold the others up. While
    linkbacks wait on disk, those that have just come may fill half.
    """

    def __init__(
        self,
        *,
        queue: Queue,
        bench: Callable[[str], Bench | None],
        allowed: Callable[[str, Linkback], bool],
        places: Callable[[], int],
        queued: Callable[[], None],
        meters: Meters,
        noted: Callable[[int, Score | None], None],
    ) -> None:
        self._queue = queue
        self._bench = bench
        self._allowed = allowed
        self._places = places
        self._queued = queued  # called when a linkback is ready to be delivered
        self._meters = meters
        self._noted = noted  # called with the score of each that was judged
        self._tasks: dict[int, asyncio.Task[Decision | None]] = {}
        self._reserved = 0  # places of linkbacks that are being put on disk
        self._domains: Counter[str] = Counter()  # of what is under way or has a place reserved
        self.backlog: Counter[str] = Counter()  # what waits on disk to be judged, as far as we know, by blog

    @property
    def busy(self) -> int:
        """Return the number of judgings under way."""
        return len(self._tasks)

    @property
    def _room(self) -> int:
        return self._places() - len(self._tasks) - self._reserved

    def reserve(self, domain: str) -> bool:
        """Keep a place for a linkback that has just come, if one is free; `start` or `give_up` follows."""
        kept_free = self._places() - max(1, self._places() // 2) if self.backlog else 0
        if self._room <= max(0, kept_free) or self._has_share(domain):
            return False
        self._reserved += 1
        self._domains[domain] += 1
        return True

    def give_up(self, domain: str) -> None:
        """Free a place that was reserved."""
        self._reserved -= 1
        self._leave(domain)

    def _has_share(self, domain: str) -> bool:
        return self._domains[domain] >= max(1, self._places() // 4)

    def _leave(self, domain: str) -> None:
        self._domains[domain] -= 1
        if not self._domains[domain]:
            del self._domains[domain]

    async def settle(self, linkback: Linkback, blog: str, remote: str) -> Decision | None:
        """Decide about what its own words settle; None about all else, which is to be judged."""
        bench = self._bench(blog)
        if bench is None:
            return None
        case = Case(linkback=linkback, remote=remote, tries=0, allowed=False, rules=bench.rules)
        return await settled_by_words(case, bench.tools)

    def start(self, brief: Brief) -> asyncio.Task[Decision | None] | None:
        """Begin to judge a linkback that is leased to us; None if there is no place for it."""
        if brief.id in self._tasks:
            return self._tasks[brief.id]
        if self._room <= 0 or self._has_share(brief.domain):
            return None
        task = asyncio.create_task(self._judge(brief), name=f"judge {brief.id}")
        self._tasks[brief.id] = task
        self._domains[brief.domain] += 1
        task.add_done_callback(lambda _: self._ended(brief))
        return task

    def _ended(self, brief: Brief) -> None:
        del self._tasks[brief.id]
        self._leave(brief.domain)

    async def set_aside(self, ids: Collection[int], seconds: float) -> None:
        """Return leased linkbacks for which there is no place now to the queue."""
        await self._queue.judge_later(ids, reason="", answer="", seconds=seconds, counts=False)

    async def run(self) -> None:
        """Take up what is due, round after round, until cancelled."""
        looked = -ROUND_SECONDS
        while True:
            try:
                if time.monotonic() - looked >= ROUND_SECONDS:
                    looked = time.monotonic()
                    await self._look()
                if await self._fill():
                    await asyncio.wait(
                        self._tasks.values(), timeout=ROUND_SECONDS, return_when=asyncio.FIRST_COMPLETED
                    )
                    await asyncio.sleep(GATHER_SECONDS)
                else:
                    await asyncio.sleep(ROUND_SECONDS)
            except StoreError as error:
                _log.error("store", what="judging waits", error=str(error))
                await asyncio.sleep(PATIENCE_SECONDS)

    async def _look(self) -> None:
        await self._queue.reclaim(State.JUDGING, under_way=tuple(self._tasks))
        self.backlog = await self._queue.waiting()

    async def _fill(self) -> bool:
        """Lease as many as there are places for and start on them; False if there was nothing to start."""
        room = self._room
        full = [domain for domain in self._domains if self._has_share(domain)]
        records = await self._queue.lease_received(room, without=full) if room > 0 else []
        left = [one.id for one in records if self.start(self._brief(one)) is None]
        if left:
            await self.set_aside(left, ASIDE_SECONDS)
        return bool(self._tasks) and (bool(records) or room <= 0)

    def _brief(self, one: Record) -> Brief:
        return Brief(
            id=one.id,
            linkback=one.linkback,
            blog=one.blog,
            domain=one.domain,
            remote=one.remote,
            tries=one.tries,
            allowed=self._allowed(one.blog, one.linkback),
        )

    async def finish(self, seconds: float) -> None:
        """Let what is under way end within `seconds`; the rest stays recorded and is taken up later."""
        tasks = list(self._tasks.values())
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _judge(self, brief: Brief) -> Decision | None:
        """Judge and record; None if there is no decision yet. What can't be recorded is judged again."""
        try:
            return await self._judge_and_record(brief)
        except StoreError as error:
            _log.error("store", what="a judgement is not recorded and will be made again", error=str(error))
        except Exception:  # noqa: BLE001  (a bug must not end the sender's connection; the lease runs out)
            _log.exception("bug", what="a judgement could not be recorded", id=brief.id)
        return None

    async def _judge_and_record(self, brief: Brief) -> Decision | None:
        bench = self._bench(brief.blog)
        if bench is None:
            await self._record(brief, _not_judged("the blog is no longer configured"), observe=False)
            return None
        outcome = await self._outcome(brief, bench)
        if isinstance(outcome, Retry):
            await self._queue.judge_later(
                [brief.id],
                reason=outcome.reason,
                answer=outcome.detail,
                seconds=outcome.seconds,
                counts=outcome.counts,
            )
            return None
        await self._record(brief, outcome, observe=bench.observe)
        return outcome.decision

    async def _outcome(self, brief: Brief, bench: Bench) -> Judgement | Retry:
        case = Case(
            linkback=brief.linkback,
            remote=brief.remote,
            tries=brief.tries,
            allowed=brief.allowed,
            rules=bench.rules,
        )
        began = time.monotonic()
        try:
            async with asyncio.timeout(GIVE_UP_SECONDS):
                return await judge(case, bench.tools)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  (a bug must not lose a linkback: it is held and logged)
            _log.exception("bug", what="a linkback could not be judged and is held", id=brief.id)
            return _not_judged(f"{type(error).__name__}: {error}")
        finally:
            self._meters.took(time.monotonic() - began)

    async def _record(self, brief: Brief, judgement: Judgement, *, observe: bool) -> None:
        decision = judgement.decision
        state = follows(decision.action, observe=observe)
        is_kept = await self._queue.judged(
            brief.id,
            decision,
            state,
            evidence=judgement.evidence,
            post=judgement.post,
            answer=judgement.detail,
        )
        if not is_kept:
            _log.warning("lease", what="a judgement came too late and is not used", id=brief.id)
            return
        if state is State.QUEUED:
            self._queued()
        self._meters.count(LINKBACKS, brief.linkback.protocol, decision.action, decision.reason)
        self.tell(brief.id, brief.blog, brief.linkback, decision)

    def tell(self, one: int, blog: str, linkback: Linkback, decision: Decision) -> None:
        """Say in the log what was decided about a linkback."""
        self._noted(one, decision.score)
        _log.info(
            "linkback",
            id=one,
            blog=blog,
            protocol=linkback.protocol.value,
            source=linkback.source,
            target=linkback.target,
            reason=decision.reason.value,
            action=decision.action.value,
            score=round(decision.score.spam, 4) if decision.score else None,
        )


def _not_judged(detail: str) -> Judgement:
    decision = Decision(reason=Reason.NOT_JUDGED, action=Action.QUARANTINE)
    return Judgement(decision=decision, evidence=None, post=None, detail=detail)
