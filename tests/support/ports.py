"""Free ports and servers that have begun to listen."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable


T = TypeVar("T")

PORTS = range(15_000, 32_000)  # Linux gives clients those from 32,768 on


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on, below those that clients' connections are given."""
    while True:
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port := secrets.choice(PORTS)))
            return port


def is_listening(port: int) -> bool:
    """Whether somebody answers on this port of 127.0.0.1."""
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


def is_held(port: int) -> bool:
    """Whether somebody listens on this port of 127.0.0.1, told without a knock that he would hear."""
    return f":{port:04X} 00000000:0000 0A " in Path("/proc/net/tcp").read_text()


def open_door(host: str, port: int) -> socket.socket:
    """Return a socket for an asyncio server to listen on; `close_door` before the server is stopped."""
    return socket.create_server((host, port), backlog=1024)


async def close_door(door: socket.socket) -> None:
    """Take no more connections, and let the server meet those just taken.

    asyncio (3.11) neither serves nor closes a connection that was taken a moment before its server stopped.
    """
    asyncio.get_running_loop().remove_reader(door)
    for _ in range(3):
        await asyncio.sleep(0)


def eventually(question: Callable[[], T], *, within: float = 20.0, what: str = "it") -> T:
    """Ask until the answer is true and return it; fail when it does not become true in time."""
    end = time.monotonic() + within
    while not (answer := question()):
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {within} s; last answer: {answer!r}")
        time.sleep(0.05)
    return answer


def await_port(
    port: int,
    process: subprocess.Popen[bytes],
    *,
    within: float = 60.0,
    listens: Callable[[int], bool] = is_listening,
) -> None:
    """Wait until a server that was just started listens; fail at once when it ends instead."""

    def listens_or_ended() -> bool:
        return process.poll() is not None or listens(port)

    eventually(listens_or_ended, within=within, what=f"listening on port {port}")
    if process.poll() is not None:
        raise AssertionError(
            f"the server ended with status {process.returncode} instead of listening on {port}"
        )
