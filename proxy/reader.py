"""Read pages in other processes, each bounded in time and memory, and killed when over.

I/O. A few workers (see `proxy.reader_worker`) take one page at a time; one that is too slow, dies or says
nonsense is replaced, and its page is `Unreadable`. Callers beyond the bounded queue are refused. Expected
outcomes are values; nothing is raised but for cancellation.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from dataclasses import dataclass, replace
from enum import StrEnum
from types import TracebackType
from typing import Self, TypeVar

from pydantic import TypeAdapter

from proxy.linkback import Evidence, Page, Post
from proxy.mentions import mentions
from proxy.nursery import Nursery

LONGEST_ANSWER = 1_000_000  # bytes; evidence is bounded far below
PAGES_A_WORKER = 2_000  # then it is replaced, as libraries keep some of what they have seen
READY = b"ready"

T = TypeVar("T")


class UnreadableReason(StrEnum):
    """Why a page could not be examined."""

    TOO_SLOW = "too-slow"
    BROKE = "broke"  # its reader died or said nonsense: out of memory, or a fault in a parser
    BUSY = "busy"  # too many pages wait already: try again


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A page that could not be examined, with the reason as a value."""

    reason: UnreadableReason
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderLimits:
    """How many pages at once, how many may wait, and what each may use."""

    workers: int = 2
    waiting: int = 100
    page_seconds: float = 5.0
    start_seconds: float = 30.0
    memory_bytes: int = 512_000_000  # of address space


class Reader:
    """A pool of page readers. Use it as an async context; further workers start when they are needed."""

    def __init__(self, limits: ReaderLimits | None = None, *, nursery: Nursery | None = None) -> None:
        self._limits = limits or ReaderLimits()
        self._nursery = nursery or Nursery(self._limits.memory_bytes)
        self._is_own_nursery = nursery is None
        self._idle: list[_Worker] = []
        self._workers: set[_Worker] = set()
        self._slots = asyncio.Semaphore(self._limits.workers)
        self._callers = 0
        self._evidence = TypeAdapter(Evidence)
        self._post = TypeAdapter(Post)

    async def __aenter__(self) -> Self:
        if self._is_own_nursery:
            self._nursery.__enter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in list(self._workers):
            self._end(worker)
        if self._is_own_nursery:
            self._nursery.__exit__(kind, error, trace)

    async def examine(self, page: Page, *, target: str, with_text: bool = True) -> Evidence | Unreadable:
        """Collect the evidence of a page about one target; without a parse where there can be no link."""
        if not mentions(page.body, source=page.final_url, target=target):
            return _with_fetch(Evidence(found=False), page)
        order: Order = {"kind": "examine", "target": target, "with_text": with_text}
        evidence = await self._ask(order, page, self._evidence)
        return evidence if isinstance(evidence, Unreadable) else _with_fetch(evidence, page)

    async def describe(self, page: Page) -> Post:
        """Tell what a post is about; nothing but its address if it can't be read."""
        post = await self._ask({"kind": "describe"}, page, self._post)
        return Post(url=page.url) if isinstance(post, Unreadable) else replace(post, url=page.url)

    async def _ask(self, order: Order, page: Page, answer: TypeAdapter[T]) -> T | Unreadable:
        """Wait for a worker and have it read a page."""
        if self._callers >= self._limits.workers + self._limits.waiting:
            return Unreadable(reason=UnreadableReason.BUSY, detail="too many pages wait to be read")
        self._callers += 1
        try:
            async with self._slots:
                return answer.validate_json(await self._read(order, page))
        except TimeoutError:
            return Unreadable(reason=UnreadableReason.TOO_SLOW, detail="reading the page took too long")
        except (OSError, EOFError, ValueError) as error:
            return Unreadable(reason=UnreadableReason.BROKE, detail=f"the page's reader broke: {error}"[:200])
        finally:
            self._callers -= 1

    async def _read(self, order: Order, page: Page) -> bytes:
        """Give a page to a worker, which is replaced unless all goes well."""
        worker = self._idle.pop() if self._idle else await self._start()
        try:
            async with asyncio.timeout(self._limits.page_seconds):
                line = await worker.read(order, page)
        except BaseException:
            self._end(worker)
            raise
        if worker.pages < PAGES_A_WORKER:
            self._idle.append(worker)
        else:
            self._end(worker)
        return line

    async def _start(self) -> _Worker:
        """Start a worker and wait until it is ready, which is not the first page's time."""
        worker = await _Worker.start(self._nursery)
        self._workers.add(worker)
        try:
            async with asyncio.timeout(self._limits.start_seconds):
                await worker.until_ready()
        except BaseException:
            self._end(worker)
            raise
        return worker

    def _end(self, worker: _Worker) -> None:
        self._workers.discard(worker)
        worker.end()


Order = dict[str, str | bool]


class _Worker:
    """A process that reads pages, and how many it has read."""

    def __init__(self, requests: asyncio.StreamWriter, answers: asyncio.StreamReader) -> None:
        self._requests = requests
        self._answers = answers
        self._handle: int | None = None  # to kill it by, which a number used again would not be
        self.pages = 0

    @classmethod
    async def start(cls, nursery: Nursery) -> Self:
        answers, requests = await asyncio.open_connection(sock=nursery.fork(), limit=LONGEST_ANSWER)
        return cls(requests, answers)

    async def until_ready(self) -> None:
        word, _, number = (await self._answers.readline()).partition(b" ")
        if word != READY:
            raise EOFError("it did not start")
        self._handle = os.pidfd_open(int(number))

    async def read(self, order: Order, page: Page) -> bytes:
        """Hand a page over and return the answer's line."""
        head = {**order, "source": page.final_url, "content_type": page.content_type, "size": len(page.body)}
        self._requests.write(json.dumps(head).encode("ascii") + b"\n" + page.body)
        await self._requests.drain()
        line = await self._answers.readline()
        if not line.endswith(b"\n"):
            raise EOFError("it died")
        self.pages += 1
        return line

    def end(self) -> None:
        """Kill the process; one that is dead already is fine, and one that is not ready yet finds us gone."""
        self._requests.close()
        if self._handle is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            os.close(self._handle)
            self._handle = None


def _with_fetch(evidence: Evidence, page: Page) -> Evidence:
    """Add what the fetch found out."""
    return replace(
        evidence,
        truncated=page.truncated,
        status=page.status,
        redirects=page.redirects,
        final_url=page.final_url,
    )
