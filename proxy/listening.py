"""Listening for connections, many of which are taken at a turn of the loop.

libuv accepts one connection a turn and socket. In a flood a turn takes long and brings many connections, so
readers of the blog would wait in the kernel's queue for as many turns as there are senders before them. The
same socket under several descriptors is several to libuv.
"""

from __future__ import annotations

import asyncio
import socket

from aiohttp import web

ACCEPTS = 16  # connections that are taken at a turn
BACKLOG = 1024  # that may wait in the kernel's queue


async def listen(runner: web.BaseRunner, address: str, *, is_shared: bool) -> None:
    """Serve what connects to `host:port`; OSError if that can't be had. Shared, others may do so too."""
    host, _, port = address.rpartition(":")
    found = await asyncio.get_running_loop().getaddrinfo(
        host.strip("[]") or None, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    for family, name in dict.fromkeys((family, name) for family, _, _, _, name in found):
        with socket.create_server(name, family=family, backlog=BACKLOG, reuse_port=is_shared) as one:
            for _ in range(ACCEPTS):
                await web.SockSite(runner, one.dup(), backlog=BACKLOG).start()
