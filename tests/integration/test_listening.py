"""Whoever connects while the loop is busy is taken soon after."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack

import uvloop
from aiohttp import web

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
