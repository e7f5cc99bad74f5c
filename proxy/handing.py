"""What the front and the service behind it say to each other: lines of JSON over a socket pair.

Each line is an array, its first element the word. The front hands linkbacks over and hears what their senders
are to hear, once it has said that it listens; the service has it take up a new configuration, and stop.
Bounds: a line, how many linkbacks are under way, and the seconds for each.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import typing
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final, cast

import structlog

from proxy.blogs import Site
from proxy.linkback import Linkback, Protocol
from proxy.policy import Heard

# The words: of the front, then of the service.
TAKE: Final = "take"  # number, blog, the sender's address, and the linkback's fields
LISTENS: Final = "listens"
HEARD: Final = "heard"  # number, what the sender hears
CONFIG: Final = "config"  # a configuration
STOP: Final = "stop"

LONGEST_LINE = (
    10_000_000  # bytes: of a linkback some 10,000, of a configuration of 5,000 blogs some 5,000,000
)
MOST_UNDER_WAY = 2_000  # linkbacks handed over and not answered; more are told to come later
MARGIN_SECONDS = 5.0  # so long after the budget the service must have answered

Take = Callable[[Linkback, str, str], Awaitable[Heard]]  # linkback, name of its blog, the sender's address

Message = list[Any]

_FIELDS = tuple(field.name for field in fields(Linkback))
_values = attrgetter(*_FIELDS)
_log = structlog.get_logger()


class Takes(typing.Protocol):
    """Takes linkbacks: the reception itself, or what hands them to it.

    What has begun goes on, whether its caller waits for it or not.
    """

    async def take(self, linkback: Linkback, site: Site, remote: str) -> Heard:
        """Take one and say what its sender hears."""


class Line(asyncio.Protocol):
    """One end of the pair."""

    def __init__(self) -> None:
        self._rest = bytearray()  # the beginning of a line
        self._early: list[Message] = []  # what came before somebody listened
        self._hear: Callable[[Message], None] = self._early.append
        self._gone = asyncio.get_running_loop().create_future()

    @classmethod
    async def of(cls, end: socket.socket) -> Line:
        """Open an end."""
        _, line = await asyncio.get_running_loop().create_connection(cls, sock=end)
        return line

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        *ends, rest = data.split(b"\n")
        for end in ends:
            line, self._rest = self._rest + end, bytearray()
            self._hear(json.loads(line))
        self._rest += rest
        if len(self._rest) > LONGEST_LINE:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """See asyncio.Protocol."""
        if not self._gone.done():
            self._gone.set_result(None)

    def say(self, *message: Any) -> None:
        """Send a message; what nobody hears any more is lost."""
        self._transport.write(json.dumps(message).encode() + b"\n")

    async def attend(self, hear: Callable[[Message], None]) -> None:
        """Have each message heard as it comes, until the other end is gone."""
        self._hear = hear
        for message in self._early:
            hear(message)
        await self._gone

    def close(self) -> None:
        """Be gone."""
        self._transport.close()


class Handing:
    """The front's side: hands linkbacks over. `budget` gives a sender's seconds."""

    def __init__(self, line: Line, budget: Callable[[], float]) -> None:
        self._line = line
        self._budget = budget
        self._numbers = itertools.count()
        self._under_way: dict[int, tuple[asyncio.Future[Heard], asyncio.TimerHandle]] = {}

    async def take(self, linkback: Linkback, site: Site, remote: str) -> Heard:
        """See Takes. Without an answer in time nothing is promised."""
        if len(self._under_way) >= MOST_UNDER_WAY:
            return Heard.LATER
        number, loop = next(self._numbers), asyncio.get_running_loop()
        answer: asyncio.Future[Heard] = loop.create_future()
        late = loop.call_later(self._budget() + MARGIN_SECONDS, self.answered, number, Heard.LATER)
        self._under_way[number] = answer, late
        self._line.say(TAKE, number, site.name, remote, *_values(linkback))
        return await answer

    def answered(self, number: int, word: str) -> None:
        """Pass on what the service says of a linkback, to its sender if that is still there."""
        answer, late = self._under_way.pop(number, (None, None))
        if answer is None or late is None:
            return
        late.cancel()
        if not answer.done():
            answer.set_result(Heard(word))


class Taking:
    """The service's side: has linkbacks taken, side by side, and answers each."""

    def __init__(self, line: Line, take: Take) -> None:
        self._line = line
        self._take = take
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, message: Message) -> None:
        """Begin to take what was handed over."""
        task = asyncio.create_task(self._answer(*message[1:]))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, number: int, blog: str, remote: str, *values: str) -> None:
        heard = Heard.LATER
        try:
            heard = await self._take(_linkback(values), blog, remote)
        except Exception:  # noqa: BLE001  (a bug must not leave a sender without an answer)
            _log.exception("bug", what="a linkback was not taken")
        self._line.say(HEARD, number, heard)


def _linkback(values: Sequence[str]) -> Linkback:
    claim: dict[str, Any] = dict(zip(_FIELDS, values, strict=True))
    claim["protocol"] = Protocol(claim["protocol"])
    return Linkback(**claim)
