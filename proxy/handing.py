"""What the front and the service behind it say to each other over a socket pair.

Each message is a tuple, its first element the word, in Python's own form (`marshal`: a quarter of what JSON
costs), behind its length. Both ends are one program, the one forked from the other, and nobody else can write
there; what senders say is within as texts. The front hands linkbacks over and hears what their senders
are to hear, once it has said that it listens; the service has it take up a new configuration, and stop.
Bounds: a message, how many linkbacks are under way, and the seconds for each.
"""

from __future__ import annotations

import asyncio
import itertools
import marshal
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

LONGEST_MESSAGE = (
    10_000_000  # bytes: of a linkback some 10,000, of a configuration of 5,000 blogs some 5,000,000
)
HEAD = 4  # bytes, that say how many follow
MOST_UNDER_WAY = 2_000  # linkbacks handed over and not answered; more are told to come later
MARGIN_SECONDS = 5.0  # so long after the budget the service must have answered
SWEEP_SECONDS = 0.5  # those for whom it has not are looked for

Take = Callable[[Linkback, str, str], Awaitable[Heard]]  # linkback, name of its blog, the sender's address

Message = tuple[Any, ...]

_FIELDS = tuple(field.name for field in fields(Linkback))  # the protocol, and texts
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
        self._rest = b""  # the beginning of a message
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
        data = self._rest + data if self._rest else data
        at = 0
        while (end := _end(data, at)) <= len(data):
            self._hear(marshal.loads(data[at + HEAD : end]))  # noqa: S302 (our own, see above)
            at = end
        self._rest = data[at:]
        if end - at > LONGEST_MESSAGE:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """See asyncio.Protocol."""
        if not self._gone.done():
            self._gone.set_result(None)

    def say(self, *message: Any) -> None:
        """Send a message; what nobody hears any more is lost."""
        data = marshal.dumps(message)
        self._transport.write(len(data).to_bytes(HEAD) + data)

    async def attend(self, hear: Callable[[Message], None]) -> None:
        """Have each message heard as it comes, until the other end is gone."""
        self._hear = hear
        for message in self._early:
            hear(message)
        await self._gone

    def close(self) -> None:
        """Be gone."""
        self._transport.close()


def _end(data: bytes, at: int) -> int:
    """Say where a message ends; if that is not known yet, behind all that is there."""
    start = at + HEAD
    return start + int.from_bytes(data[at:start]) if start <= len(data) else start


class Handing:
    """The front's side: hands linkbacks over. `budget` gives a sender's seconds."""

    def __init__(self, line: Line, budget: Callable[[], float]) -> None:
        self._line = line
        self._budget = budget
        self._numbers = itertools.count()
        self._under_way: dict[int, tuple[asyncio.Future[Heard], float]] = {}  # with their last moments
        self._now = asyncio.get_running_loop().time
        self._sweeper: asyncio.TimerHandle | None = None

    async def take(self, linkback: Linkback, site: Site, remote: str) -> Heard:
        """See Takes. Without an answer in time nothing is promised."""
        if len(self._under_way) >= MOST_UNDER_WAY:
            return Heard.LATER
        number = next(self._numbers)
        answer: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        self._under_way[number] = answer, self._now() + self._budget() + MARGIN_SECONDS
        if self._sweeper is None:
            self._sweep()
        protocol, *texts = _values(linkback)
        self._line.say(TAKE, number, site.name, remote, protocol.value, *texts)
        return await answer

    def answered(self, number: int, word: str) -> None:
        """Pass on what the service says of a linkback, to its sender if that is still there."""
        answer, _ = self._under_way.pop(number, (None, 0.0))
        if answer is not None and not answer.done():
            answer.set_result(Heard(word))

    def _sweep(self) -> None:
        """Answer those for whom the service has no answer in time; one timer is cheaper than one for each."""
        now = self._now()
        for number in [number for number, (_, until) in self._under_way.items() if until < now]:
            self.answered(number, Heard.LATER)
        loop = asyncio.get_running_loop()
        self._sweeper = loop.call_later(SWEEP_SECONDS, self._sweep) if self._under_way else None


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
        self._line.say(HEARD, number, heard.value)


def _linkback(values: Sequence[str]) -> Linkback:
    protocol, *texts = values
    return Linkback(protocol=Protocol(protocol), **dict(zip(_FIELDS[1:], texts, strict=True)))
