"""Whoever connects while the loop is busy is taken soon after."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack

import pytest
import uvloop
from aiohttp import web

from proxy import door
from proxy.door import ACCEPTS, begin, bound

WAITING = 4 * ACCEPTS


async def _turns() -> tuple[int, set[int]]:
    """Count the loop's turns until all that wait are taken; give the ports listened on, too."""
    server = web.Server(web.Response)
    runner = web.ServerRunner(server)
    await runner.setup()
    try:
        await begin(runner, bound("127.0.0.1:0", is_shared=False))
        address, turns = runner.addresses[0], 0
        with ExitStack() as stack:
            for _ in range(WAITING):
                stack.enter_context(socket.create_connection(address))
            while len(server.connections) < WAITING:
                await asyncio.sleep(0)
                turns += 1
        return turns, {port for _, port in runner.addresses}
    finally:
        await runner.cleanup()


def test_many_are_taken_at_a_turn():
    """Of those that wait, many are taken at a turn of the loop, all on one port."""
    turns, ports = uvloop.run(_turns())
    assert turns <= WAITING / ACCEPTS + 2
    assert len(ports) == 1


@pytest.mark.parametrize("factory", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_who_takes_nothing_of_an_answer_is_given_up(monkeypatch, factory):
    """A client that stays and reads nothing holds its connection for so long, also where all is written."""
    monkeypatch.setattr(door, "UNTAKEN_SECONDS", 0.5)
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(_left_unread())


async def _left_unread() -> None:
    """Ask for a page, take nothing of it, and return when the server knows the client no more."""
    server = web.Server(_page)
    runner = web.ServerRunner(server)
    await runner.setup()
    try:
        (listener,) = bound("127.0.0.1:0", is_shared=False)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        await begin(runner, [listener])
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(runner.addresses[0])
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            async with asyncio.timeout(20):
                while not server.requests_count:
                    await asyncio.sleep(0.01)
                while server.connections:
                    await asyncio.sleep(0.01)
    finally:
        await runner.cleanup()


async def _page(_: web.BaseRequest) -> web.Response:
    return web.Response(body=b"x" * 40_000)
