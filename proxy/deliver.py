"""Delivery: one queue a blog, spaced, retried with back-off, its result read from the body.

WordPress refuses the second of two linkbacks within 15 s, whoever sent them; so deliveries to one
blog keep a distance, and what is told to come later is put back, never lost.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable

import structlog

from proxy import answers
from proxy.blogs import Site
from proxy.forwarding import Peer, raw
from proxy.policy import Reason
from proxy.protocols.http import Outcome, OutcomeKind
from proxy.relay import Relay
from proxy.store import Record, State, StoreError
from proxy.store.queue import Queue
from proxy.upstream import UpstreamError

ROUND_SECONDS = 1.0
LEASE_MARGIN = 30.0  # seconds beyond the time-out of one delivery
MAX_ANSWER_BYTES = 100_000
LONGEST_WAIT = 21600.0  # seconds between two tries

_log = structlog.get_logger()


class Deliverers:
    """Delivers what is queued. `site` finds a blog's, or None if it is gone."""

    def __init__(
        self,
        *,
        queue: Queue,
        relay: Relay,
        site: Callable[[str], Site | None],
        timeout: float,
        max_tries: int,
        blogs_at_once: int = 20,
    ) -> None:
        self._queue = queue
        self._relay = relay
        self._site = site
        self._timeout = timeout
        self._max_tries = max_tries
        self._blogs_at_once = blogs_at_once
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Say that something may be due."""
        self._wake.set()

    async def run(self) -> None:
        """Deliver what is due, round after round, until cancelled."""
        while True:
            self._wake.clear()
            try:
                await self._round()
            except StoreError as error:
                _log.error("store", what="delivery waits", error=str(error))
            try:
                async with asyncio.timeout(ROUND_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def _round(self) -> None:
        for blog in await self._queue.blogs_with_due():
            if blog not in self._tasks and len(self._tasks) < self._blogs_at_once:
                task = asyncio.create_task(self._deliver_next(blog), name=f"deliver to {blog}")
                self._tasks[blog] = task
                task.add_done_callback(functools.partial(self._ended, blog))

    def _ended(self, blog: str, _task: asyncio.Task[None]) -> None:
        del self._tasks[blog]

    async def finish(self, seconds: float) -> None:
        """Let the deliveries under way end within `seconds`."""
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=seconds)
        for task in tuple(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _deliver_next(self, blog: str) -> None:
        site = self._site(blog)
        if site is None:
            return
        try:
            one = await self._queue.lease_delivery(
                blog, spacing=site.spacing, seconds=self._timeout + LEASE_MARGIN
            )
            if one is None:
                return
            outcome = await self._send(one, site)
            await self._record(one, outcome)
        except StoreError as error:
            _log.error(
                "store", what="a delivery's end is not recorded; its lease will run out", error=str(error)
            )
        self.wake()

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
                timeout=self._timeout,
                max_bytes=MAX_ANSWER_BYTES,
            )
        except UpstreamError as error:
            return Outcome(kind=OutcomeKind.RETRY, detail=str(error))
        headers = tuple(answer.headers.items())
        return answers.read(one.linkback, site, status=answer.status, headers=headers, body=answer.body)

    async def _record(self, one: Record, outcome: Outcome) -> None:
        state, reason, seconds = after(outcome, tries=one.tries, max_tries=self._max_tries)
        await self._queue.delivery_ended(one.id, state, answer=outcome.detail, reason=reason, seconds=seconds)
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
    """Say what follows a delivery: the new state, the reason if it changes, seconds until the next try."""
    if outcome.kind in {OutcomeKind.DELIVERED, OutcomeKind.DUPLICATE}:
        return State.DELIVERED, "", 0.0
    if outcome.kind is OutcomeKind.REFUSED:
        return State.REJECTED, Reason.REFUSED_UPSTREAM, 0.0
    if tries >= max_tries:
        return State.DEAD, Reason.UPSTREAM_DOWN, 0.0
    wait = min(15.0 * 2 ** (tries - 1), LONGEST_WAIT)
    return State.QUEUED, "", max(wait, min(outcome.retry_after or 0.0, LONGEST_WAIT))
