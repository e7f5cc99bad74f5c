"""Delivery: one queue a blog, spaced, retried with back-off, its result read from the body.

WordPress refuses the second of two linkbacks within 15 s, whoever sent them; so deliveries to one
blog keep a distance, and what is told to come later is put back, never lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from proxy import answers
from proxy.blogs import Site
from proxy.forwarding import Peer, raw
from proxy.meters import DELIVERIES, Meters
from proxy.policy import Reason
from proxy.protocols.http import Outcome, OutcomeKind
from proxy.relay import Relay
from proxy.store import Record, State, StoreError
from proxy.store.queue import Queue
from proxy.upstream import UpstreamError

ROUND_SECONDS = 1.0
PATIENCE_SECONDS = 5.0  # after a round that the database failed
LEASE_MARGIN = 10.0  # seconds beyond the time-out of one delivery
STRAIGHTEN_SECONDS = 60.0
UNKNOWN_SECONDS = 300.0  # so long a blog's deliveries wait that is not configured
MAX_ANSWER_BYTES = 100_000
LONGEST_WAIT = 21600.0  # seconds between two tries
UNCLEAR_TRIES = 3  # of what upstream refuses without a reason; each costs it a second and a fetch

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long and how often a delivery is tried."""

    timeout: float  # seconds, of one delivery
    max_tries: int


class Deliverers:
    """Delivers what is queued. `site` finds a blog's, or None if it is gone."""

    def __init__(
        self,
        *,
        queue: Queue,
        relay: Relay,
        site: Callable[[str], Site | None],
        patience: Callable[[], Patience],
        meters: Meters,
        blogs_at_once: int = 20,
    ) -> None:
        self._queue = queue
        self._relay = relay
        self._site = site
        self._patience = patience
        self._meters = meters
        self._blogs_at_once = blogs_at_once
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._delivering: set[int] = set()
        self._wake = asyncio.Event()

    @property
    def busy(self) -> int:
        """Return the number of deliveries under way."""
        return len(self._delivering)

    def wake(self) -> None:
        """Say that something may be due."""
        self._wake.set()

    async def run(self) -> None:
        """Deliver what is due, round after round, until cancelled."""
        looked = straightened = float("-inf")
        while True:
            self._wake.clear()
            try:
                now = time.monotonic()
                if now - straightened >= STRAIGHTEN_SECONDS:
                    straightened = now
                    await self._queue.straighten()
                if now - looked >= ROUND_SECONDS:
                    looked = now
                    await self._queue.reclaim(State.DELIVERING, under_way=tuple(self._delivering))
                await self._round()
            except StoreError as error:
                _log.error("store", what="delivery waits", error=str(error))
                await asyncio.sleep(PATIENCE_SECONDS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ROUND_SECONDS):
                    await self._wake.wait()

    async def _round(self) -> None:
        room = self._blogs_at_once - len(self._tasks)
        if room <= 0:
            return
        for blog in await self._queue.due_blogs(room, without=tuple(self._tasks)):
            task = asyncio.create_task(self._deliver_next(blog), name=f"deliver to {blog}")
            self._tasks[blog] = task
            task.add_done_callback(functools.partial(self._ended, blog))

    def _ended(self, blog: str, _task: asyncio.Task[None]) -> None:
        del self._tasks[blog]
        self.wake()

    async def finish(self, seconds: float) -> None:
        """Let the deliveries under way end within `seconds`."""
        tasks = list(self._tasks.values())
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _deliver_next(self, blog: str) -> None:
        """Deliver what is next for a blog. If its end can't be recorded, it is delivered again."""
        try:
            site = self._site(blog)
            if site is None:
                _log.warning("delivery", what="the blog is not configured; its linkbacks wait", blog=blog)
                await self._queue.postpone(blog, UNKNOWN_SECONDS)
                return
            seconds, began = self._patience().timeout + LEASE_MARGIN, time.monotonic()
            one = await self._queue.lease_delivery(blog, spacing=site.spacing, seconds=seconds)
            if one is not None and time.monotonic() - began > LEASE_MARGIN:
                _log.warning(
                    "lease", what="this process stood still; the delivery is left to others", id=one.id
                )
            elif one is not None:
                await self._deliver(one, site)
        except StoreError as error:
            _log.error("store", what="a delivery's end is not recorded; it is made again", error=str(error))
            await asyncio.sleep(PATIENCE_SECONDS)

    async def _deliver(self, one: Record, site: Site) -> None:
        self._delivering.add(one.id)
        try:
            await self._record(one, await self._outcome(one, site))
        finally:
            self._delivering.discard(one.id)

    async def _outcome(self, one: Record, site: Site) -> Outcome:
        try:
            return await self._send(one, site)
        except Exception as error:  # noqa: BLE001  (a bug must not end the queue: it counts as a try)
            _log.exception("bug", what="a linkback could not be delivered", id=one.id)
            return Outcome(kind=OutcomeKind.RETRY, detail=f"{type(error).__name__}: {error}")

    async def _send(self, one: Record, site: Site) -> Outcome:
        """Send one linkback and read what upstream made of it."""
        request = answers.delivery(one.linkback, site)
        peer = Peer(address=one.remote, scheme=site.name.split(":")[0], host=site.name.split("/")[2])
        try:
            answer = await self._relay.exchange(
                upstream=site.upstream,
                method=request.method,
                path=request.path,
                headers=raw(request.headers),
                body=request.body,
                peer=peer,
                timeout=self._patience().timeout,
                max_bytes=MAX_ANSWER_BYTES,
            )
        except UpstreamError as error:
            return Outcome(kind=OutcomeKind.RETRY, detail=str(error))
        headers = tuple(answer.headers.items())
        return answers.read(one.linkback, site, status=answer.status, headers=headers, body=answer.body)

    async def _record(self, one: Record, outcome: Outcome) -> None:
        state, reason, seconds = after(outcome, tries=one.tries, max_tries=self._patience().max_tries)
        is_kept = await self._queue.delivery_ended(
            one.id, state, answer=outcome.detail, reason=reason, seconds=seconds
        )
        if not is_kept:
            _log.warning("lease", what="a delivery's end came too late and does not count", id=one.id)
            return
        self._meters.count(DELIVERIES, outcome.kind)
        _log.info(
            "delivery",
            id=one.id,
            blog=one.blog,
            outcome=outcome.kind.value,
            state=state.value,
            tries=one.tries,
            answer=outcome.detail,
        )


def after(outcome: Outcome, *, tries: int, max_tries: int) -> tuple[State, str, float]:
    """Say what follows a delivery: the new state, the reason if it changes, seconds until the next try.

    Words that upstream has already are our own from the second try on; at the first they came from another
    source, and upstream will never store them twice.
    """
    kind = outcome.kind
    is_repeated = kind is OutcomeKind.SAME_WORDS and tries > 1
    if kind in {OutcomeKind.DELIVERED, OutcomeKind.DUPLICATE} or is_repeated:
        return State.DELIVERED, "", 0.0
    is_final = kind is OutcomeKind.UNCLEAR and tries >= UNCLEAR_TRIES
    if kind in {OutcomeKind.REFUSED, OutcomeKind.SAME_WORDS} or is_final:
        return State.REJECTED, Reason.REFUSED_UPSTREAM, 0.0
    if tries >= max_tries:
        return State.DEAD, Reason.UPSTREAM_DOWN, 0.0
    wait = min(15.0 * 2 ** (tries - 1), LONGEST_WAIT)
    return State.QUEUED, "", max(wait, min(outcome.retry_after or 0.0, LONGEST_WAIT))
