"""Receiving: each request is either relayed untouched or, if it is a linkback, taken and answered.

A linkback is on disk before its sender hears anything that sounds like yes. If the verdict is there
within the budget the sender hears the outcome, else that it was accepted; either way no more than a
bare WordPress would tell it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from proxy.blogs import Site
from proxy.crowds import Crowds
from proxy.judging import Brief, Judges, follows
from proxy.limits import Buckets, Lately, Turns
from proxy.linkback import Linkback, Protocol
from proxy.meters import AGAIN, LIMITED, LINKBACKS, Meters
from proxy.policy import RULES, Action, Decision, Heard, Reason
from proxy.screen import Screened, screen
from proxy.store import Arrival, Receipt, Standing, State, StoreError
from proxy.store.queue import Queue
from proxy.store.records import REJUDGE_SECONDS, claim_key
from proxy.urls import registrable_domain

_log = structlog.get_logger()

RECORD_SECONDS = 2.0  # a sender waits 3 s; if recording takes longer it is told to come later
# Of a flood, so many are screened and recorded at a time, and so many wait for it: more would hold up the
# pages that are relayed meanwhile. As many share a commit.
AT_ONCE = 50
MOST_WAITING = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What senders may ask."""

    budget: float  # seconds until a sender must be answered
    backlog: int  # linkbacks waiting to be judged; beyond, senders are told to come later
    share: float = 1.0  # of them, that may be one blog's


class Sheltered:
    """Takes linkbacks for senders of this process: what has begun goes on if they hang up."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception

    async def take(self, linkback: Linkback, site: Site, remote: str) -> Heard:
        """See Reception."""
        return await asyncio.shield(self._reception.take(linkback, site, remote))


class Reception:
    """Takes linkbacks: screens, records, has them judged, and says what their senders hear."""

    def __init__(
        self,
        *,
        queue: Queue,
        judges: Judges,
        clients: Buckets,
        bounds: Callable[[], Bounds],
        queued: Callable[[], None],
        meters: Meters,
    ) -> None:
        self._queue = queue
        self._judges = judges
        self._clients = clients
        self._bounds = bounds
        self._queued = queued  # called when a linkback is ready to be delivered
        self._meters = meters
        self._turns = Turns(at_once=AT_ONCE, waiting=MOST_WAITING, seconds=RECORD_SECONDS)
        self._crowds = Crowds(time.monotonic)
        self._lately = Lately(seconds=REJUDGE_SECONDS, clock=time.monotonic)
        self._late: set[asyncio.Future[Any]] = set()

    async def take(self, linkback: Linkback, site: Site, remote: str) -> Heard:
        """Take one linkback and say what its sender hears."""
        if limit := await self._held_off(site.name, remote):
            self._meters.count(LIMITED, limit)
            return Heard.LATER
        try:
            screened = screen(linkback, site.house)
            decision = _ended(screened, site) or await self._settled(linkback, site, remote, screened)
            arrival = self._arrival(linkback, site, remote, decision)
            receipt = await self._record(arrival)
        finally:
            self._turns.give_back()
        if receipt is None:
            self._meters.count(LIMITED, "store")
            return Heard.LATER
        self._count(receipt, arrival)
        if receipt.standing is not Standing.NEW or arrival.state is not State.JUDGING:
            if arrival.state is State.QUEUED:
                self._queued()
            if arrival.score is not None and decision is not None and receipt.standing is Standing.NEW:
                self._judges.tell(receipt.id, site.name, linkback, decision)
            return heard(receipt, arrival)
        decision = await self._judged(_brief(receipt.id, arrival, screened))
        return heard_of(decision, observe=site.observe)

    async def _held_off(self, blog: str, remote: str) -> str:
        """Name the limit that a linkback comes up against; '' if it has its turn."""
        if self._is_full(blog):
            return "queue"
        if not self._clients.take(remote):
            return "clients"
        return "" if await self._turns.take() else "turns"

    def _count(self, receipt: Receipt, arrival: Arrival) -> None:
        if arrival.linkback.protocol is Protocol.TRACKBACK and (arrival.score or not arrival.reason):
            self._lately.note(claim_key(arrival.blog, arrival.linkback))
        if receipt.standing is not Standing.NEW:
            self._meters.count(AGAIN)
        elif arrival.reason:
            self._meters.count(LINKBACKS, arrival.linkback.protocol, arrival.action, arrival.reason)

    def _is_full(self, blog: str) -> bool:
        """Say whether too much waits to be judged: in all, or of one blog of several."""
        backlog = self._judges.backlog
        if not backlog:
            return False
        bounds = self._bounds()
        return backlog.total() >= bounds.backlog or backlog[blog] >= max(
            1, int(bounds.backlog * bounds.share)
        )

    async def _settled(
        self, linkback: Linkback, site: Site, remote: str, screened: Screened
    ) -> Decision | None:
        """Decide about what its own words settle, unless it has come lately: then it is recorded already."""
        if linkback.protocol is not Protocol.TRACKBACK or screened.allowed:
            return None
        if self._lately.knows(claim_key(site.name, linkback)):
            return None
        return await self._judges.settle(linkback, site.name, remote)

    def _arrival(self, linkback: Linkback, site: Site, remote: str, decision: Decision | None) -> Arrival:
        """Lay out an arrival: with its end, if that is known, else to be judged, now if there is a place."""
        domain = registrable_domain(linkback.source)
        commonness = self._crowds.join(linkback, domain=domain, remote=remote)
        return Arrival(
            linkback=linkback,
            blog=site.name,
            domain=domain,
            remote=remote,
            state=follows(decision.action, observe=site.observe) if decision else self._place(site, domain),
            reason=decision.reason if decision else "",
            action=decision.action if decision else "",
            score=decision.score if decision else None,
            commonness=commonness,
        )

    def _place(self, site: Site, domain: str) -> State:
        """Reserve a place among the judges; an arrival for which there is none now is judged later."""
        if self._judges.reserve(domain):
            return State.JUDGING
        self._judges.backlog[site.name] += 1
        return State.RECEIVED

    async def _record(self, arrival: Arrival) -> Receipt | None:
        """Put an arrival on disk; None if it can't be done in time, and nothing is to be promised."""
        try:
            return await self._recorded(arrival)
        finally:
            if arrival.state is State.JUDGING:
                self._judges.give_up(arrival.domain)  # whoever goes on to judge takes the place at once

    async def _recorded(self, arrival: Arrival) -> Receipt | None:
        receipt = self._queue.receive(arrival)
        done, _ = await asyncio.wait({receipt}, timeout=RECORD_SECONDS)
        if not done:
            self._late.add(receipt)
            receipt.add_done_callback(self._recorded_late)
            _log.error("store", what="a linkback was not accepted", error="the database is too slow")
            return None
        try:
            return receipt.result()
        except StoreError as error:
            _log.error("store", what="a linkback was not accepted", error=str(error))
            return None

    def _recorded_late(self, receipt: asyncio.Future[Receipt]) -> None:
        """Have what was recorded after all judged in its turn, though its sender was told to come later."""
        self._late.discard(receipt)
        if receipt.cancelled() or receipt.exception() is not None:
            return
        back = asyncio.ensure_future(self._judges.set_aside([receipt.result().id], 0.0))
        self._late.add(back)
        back.add_done_callback(self._late.discard)

    async def _judged(self, brief: Brief) -> Decision | None:
        """Have a new linkback judged; None if there is no verdict within the budget."""
        task = self._judges.start(brief)
        if task is None:
            with contextlib.suppress(StoreError):  # then its lease runs out
                await self._judges.set_aside([brief.id], 0.0)
            return None
        done, _ = await asyncio.wait({task}, timeout=self._bounds().budget)
        return task.result() if done and not task.cancelled() else None


def _brief(one: int, arrival: Arrival, screened: Screened) -> Brief:
    return Brief(
        id=one,
        linkback=arrival.linkback,
        blog=arrival.blog,
        domain=arrival.domain,
        remote=arrival.remote,
        allowed=screened.allowed,
    )


def _ended(screened: Screened, site: Site) -> Decision | None:
    """Give the end that screening has found, if it has."""
    if screened.reason is None:
        return None
    return Decision(reason=screened.reason, action=screened.action or site.rules.action(screened.reason))


def heard(receipt: Receipt, arrival: Arrival) -> Heard:
    """Say what a sender hears of a linkback that is not judged now."""
    if receipt.standing is Standing.KNOWN:
        return Heard.DUPLICATE
    if receipt.standing is Standing.PENDING:
        return Heard.REGISTERED
    rejected = receipt.standing is Standing.REJECTED or arrival.state is State.REJECTED
    return RULES[Reason(receipt.reason)].heard if rejected else Heard.REGISTERED


def heard_of(decision: Decision | None, *, observe: bool) -> Heard:
    """Say what a sender hears of a verdict; without one it was accepted."""
    if decision is None or observe or decision.action is not Action.REJECT:
        return Heard.REGISTERED
    return RULES[decision.reason].heard
