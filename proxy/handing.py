"""What the front and the service behind it say to each other: lines of JSON over a socket pair.

The front hands linkbacks over and hears what their senders are to hear; the service has it listen, take up a
new configuration, and stop. Bounds: a line, how many linkbacks are under way, and the seconds for each.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from typing import Any, Protocol

import structlog
from pydantic import TypeAdapter

from proxy.blogs import Site
from proxy.linkback import Linkback
from proxy.policy import Heard

LONGEST_LINE = (
    10_000_000  # bytes: of a linkback some 10,000, of a configuration of 5,000 blogs some 5,000,000
)
MOST_UNDER_WAY = 2_000  # linkbacks handed over and not answered; more are told to come later
MARGIN_SECONDS = 5.0  # so long after the budget the service must have answered

Take = Callable[[Linkback, str, str], Awaitable[Heard]]  # linkback, name of its blog, the sender's address

_log = structlog.get_logger()


class Takes(Protocol):
    """Takes linkbacks: the reception itself, or what hands them to it."""

    async def take(self, linkback: Linkback, site: Site, remote: str) -> Heard:
        """Take one and say what its sender hears."""


class Line:
    """One end of the pair."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def of(cls, end: socket.socket) -> Line:
        """Open an end."""
        return cls(*await asyncio.open_connection(sock=end, limit=LONGEST_LINE))

    def say(self, **what: Any) -> None:
        """Send a message; what nobody hears any more is lost."""
        self._writer.write(json.dumps(what).encode() + b"\n")

    async def heard(self) -> AsyncIterator[dict[str, Any]]:
        """Give the other end's messages until it is gone."""
        with contextlib.suppress(OSError):
            while (line := await self._reader.readline()).endswith(b"\n"):
                yield json.loads(line)

    def close(self) -> None:
        """Be gone."""
        self._writer.close()


class Handing:
    """The front's side: hands linkbacks over. `budget` gives a sender's seconds."""

    def __init__(self, line: Line, budget: Callable[[], float]) -> None:
        self._line = line
        self._budget = budget
        self._numbers = itertools.count()
        self._under_way: dict[int, asyncio.Future[Heard]] = {}

    async def take(self, linkback: Linkback, site: Site, remote: str) -> Heard:
        """See Takes. Without an answer in time nothing is promised."""
        if len(self._under_way) >= MOST_UNDER_WAY:
            return Heard.LATER
        number = next(self._numbers)
        answer: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        self._under_way[number] = answer
        self._line.say(take=number, linkback=asdict(linkback), blog=site.name, remote=remote)
        try:
            async with asyncio.timeout(self._budget() + MARGIN_SECONDS):
                return await answer
        except TimeoutError:
            return Heard.LATER
        finally:
            del self._under_way[number]

    def answered(self, number: int, word: str) -> None:
        """Pass on what the service says of a linkback."""
        answer = self._under_way.get(number)
        if answer is not None and not answer.done():
            answer.set_result(Heard(word))


class Taking:
    """The service's side: has linkbacks taken, side by side, and answers each."""

    def __init__(self, line: Line, take: Take) -> None:
        self._line = line
        self._take = take
        self._linkback = TypeAdapter(Linkback)
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, message: dict[str, Any]) -> None:
        """Begin to take what was handed over."""
        task = asyncio.create_task(self._answer(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, message: dict[str, Any]) -> None:
        heard = Heard.LATER
        try:
            linkback = self._linkback.validate_python(message["linkback"])
            heard = await self._take(linkback, message["blog"], message["remote"])
        except Exception:  # noqa: BLE001  (a bug must not leave a sender without an answer)
            _log.exception("bug", what="a linkback was not taken")
        self._line.say(heard=message["take"], word=heard)
