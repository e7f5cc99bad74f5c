"""Listening sockets of our own making: to see that a port is free, or to open before there is who serves.

The kernel keeps a few who come early waiting, so nobody is turned away meanwhile. libuv takes one of them a
turn and socket. In a flood a turn is long and brings many, and readers of the blog would wait for as many
turns as there are senders before them; but the same socket under several descriptors is several to libuv.
"""

from __future__ import annotations

import asyncio
import resource
import socket
from collections.abc import Sequence
from typing import Any

from aiohttp import web

ACCEPTS = 16  # connections that are taken at a turn
BACKLOG = 1024  # that may wait in the kernel's queue
MOST_WAITING = 128  # likewise, for the dashboard
UNTAKEN_SECONDS = 120.0  # that a client takes nothing of what it was sent: it is given up, by the kernel


def opened(address: str, *, is_shared: bool = False) -> socket.socket:
    """Listen on `host:port`; OSError if that can't be."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.create_server((host, int(port)), family=family, backlog=MOST_WAITING, reuse_port=is_shared)
    door.setblocking(False)
    return door


def claim(address: str) -> None:
    """Raise OSError if somebody listens on `host:port` already: sharing a port would hide it."""
    opened(address).close()


async def knock(door: socket.socket) -> None:
    """Return when somebody stands before the door."""
    loop, come = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(door, come.set)
    try:
        await come.wait()
    finally:
        loop.remove_reader(door)


def bound(address: str, *, is_shared: bool) -> list[socket.socket]:
    """Give sockets that hold `host:port`; OSError if that can't be had. Shared, others may hold it too."""
    host, _, port = address.rpartition(":")
    found = socket.getaddrinfo(
        host.strip("[]") or None, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    return [
        _bound(family, name, is_shared=is_shared)
        for family, name in dict.fromkeys((family, name) for family, _, _, _, name in found)
    ]


def _bound(family: int, name: Any, *, is_shared: bool) -> socket.socket:
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_shared:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; taken over by each connection
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(1000 * UNTAKEN_SECONDS))
        one.bind(name)
    except BaseException:
        one.close()
        raise
    return one


def make_room() -> None:
    """Let this process hold as many connections as it may: 1,024, as usual, are few for idle clients."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def begin(runner: web.BaseRunner, sockets: Sequence[socket.socket]) -> None:
    """Serve what connects to sockets, and close them here."""
    for one in sockets:
        with one:
            for _ in range(ACCEPTS):
                await web.SockSite(runner, one.dup(), backlog=BACKLOG).start()
