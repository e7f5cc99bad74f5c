"""Listening sockets of our own making: to see that a port is free, or to open before there is who serves.

The kernel keeps a few who come early waiting, so nobody is turned away meanwhile.
"""

from __future__ import annotations

import asyncio
import socket

MOST_WAITING = 128


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
