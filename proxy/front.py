"""The front: a process of its own that serves connections, so that judging holds up no page of the blog.

A process of Python does one thing at a time; in the service's own a reader would wait behind all that a flood
of linkbacks asks for. Here requests are relayed, and what the gate takes for a linkback is handed over. Opens
no database, fetches nothing, knows no model. It lives as long as the service: whatever ends that, kill -9
included, ends the line between them, and with it the front. Signals are the service's to hear.

The composition root of its process, as `app` is of the service's. For POSIX systems.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Sequence
from typing import NoReturn, Self

import uvloop
from aiohttp import web

from proxy.blogs import NO_CUTOFFS, blogs_of, networks, xmlrpc_policy
from proxy.config import Config
from proxy.door import begin, make_room
from proxy.edge import Edge
from proxy.express import ExpressServer
from proxy.handing import CONFIG, HEARD, LISTENS, STOP, TAKE, Handing, Line, Message, Take, Taking
from proxy.limits import Buckets
from proxy.meters import Meters
from proxy.relay import Relay
from proxy.starting import SIGNALS

STOP_SECONDS = 5.0  # for requests that are under way when the front is told to stop


class FrontLostError(Exception):
    """The front ended unasked."""


class Front:
    """The service's hold on its front."""

    def __init__(self, process: int, end: socket.socket) -> None:
        self._process = process
        self._end = end
        self._listens = asyncio.Event()
        self._gone = asyncio.Event()

    @classmethod
    def fork(cls, config: Config, sockets: Sequence[socket.socket], meters: Meters, row: int) -> Self:
        """Start a front that will listen on sockets, and count in a row of its own. Before any event loop."""
        ours, theirs = socket.socketpair()
        sys.stdout.flush()
        sys.stderr.flush()
        gc.collect()
        gc.freeze()  # what is here now stays; looking through it again would only copy its pages
        process = os.fork()
        if process == 0:
            ours.close()
            meters.worker = row
            _become_front(config, sockets, meters, theirs)
        for one in (theirs, *sockets):
            one.close()
        return cls(process, ours)

    async def begin(self, take: Take) -> None:
        """Have `take` take what it hands over, from its start on; FrontLostError if it can't listen."""
        self._line = await Line.of(self._end)
        self._hearing = asyncio.create_task(self._hear(Taking(self._line, take)))
        await self._listens.wait()
        if self._gone.is_set():
            raise FrontLostError

    async def _hear(self, taking: Taking) -> None:
        def hear(message: Message) -> None:
            if message[0] == TAKE:
                taking.begin(message)
            else:
                self._listens.set()

        await self._line.attend(hear)
        self._gone.set()
        self._listens.set()

    async def until_gone(self) -> None:
        """Return when it has ended."""
        await self._gone.wait()

    def tell(self, config: Config) -> None:
        """Have it take up another configuration."""
        self._line.say(CONFIG, config.model_dump(mode="json"))

    async def end(self) -> None:
        """Have it end what is under way, and kill it if it does not; its linkbacks are taken meanwhile."""
        self._line.say(STOP)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2 * STOP_SECONDS):
                await self._gone.wait()
        self._line.close()
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(self._process, signal.SIGKILL)
            await asyncio.to_thread(os.waitpid, self._process, 0)


def _become_front(
    config: Config, sockets: Sequence[socket.socket], meters: Meters, end: socket.socket
) -> NoReturn:
    code = 1
    try:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        make_room()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(config, sockets, meters, end))
        code = 0
    except BaseException:  # noqa: BLE001  (whatever it is, this process may not go on as its parent)
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


async def _serve(
    config: Config, sockets: Sequence[socket.socket], meters: Meters, end: socket.socket
) -> None:
    async with Relay() as relay:
        line = await Line.of(end)
        doors = _Doors(config, line)
        edge = Edge(
            blogs=lambda: doors.blogs,
            relay=relay,
            reception=doors.handing,
            xmlrpc=lambda: doors.xmlrpc,
            trusted=lambda: doors.trusted,
            callers=doors.callers,
            meters=meters,
        )
        server = ExpressServer(edge.handle, relay=relay, choose=edge.choose)
        runner = web.ServerRunner(server, shutdown_timeout=STOP_SECONDS)
        await runner.setup()
        await begin(runner, sockets)
        line.say(LISTENS)
        await doors.obey(runner)
        if not doors.is_stopping:
            os._exit(1)  # the service is gone, and so are the connections


class _Doors:
    """What the front knows, and does at the service's word."""

    def __init__(self, config: Config, line: Line) -> None:
        self.callers = Buckets(per_minute=config.xmlrpc.per_client_per_minute, clock=time.monotonic)
        self.handing = Handing(line, lambda: self._config.reply_budget_seconds)
        self._line = line
        self.is_stopping = False  # the service said so
        self._stopping: asyncio.Task[None] | None = None  # keeps it alive
        self._take(config)

    def _take(self, config: Config) -> None:
        self._config = config
        self.blogs = blogs_of(config, NO_CUTOFFS)
        self.trusted = networks(config.trusted_proxies)
        self.xmlrpc = xmlrpc_policy(config)
        self.callers.resize(config.xmlrpc.per_client_per_minute)

    async def obey(self, runner: web.BaseRunner) -> None:
        """Do what the service says, until it is gone or has the front stop."""

        def hear(message: Message) -> None:
            word, *what = message
            if word == HEARD:
                self.handing.answered(*what)
            elif word == CONFIG:
                self._take(Config.model_validate(*what))
            elif word == STOP:
                self.is_stopping = True
                self._stopping = asyncio.create_task(self._stop(runner))

        await self._line.attend(hear)

    async def _stop(self, runner: web.BaseRunner) -> None:
        """End what is under way, and say so by being gone."""
        await runner.cleanup()
        self._line.close()
