"""What the service can't start without, and how it says so."""

from __future__ import annotations

import signal
import socket

from proxy.door import bound

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)  # wait until the service is there to heed them


class StartError(Exception):
    """The service can't start. The text says why and what to do, in one line."""


def hold(address: str, key: str, *, is_shared: bool) -> list[socket.socket]:
    """Give sockets that hold an address to listen on; StartError if it can't be had."""
    try:
        return bound(address, is_shared=is_shared)
    except OSError as error:
        raise taken(key, address, error) from error


def taken(key: str, address: str, error: OSError) -> StartError:
    """Say that an address to listen on can't be had."""
    text = f"{key}: can't listen on {address}: {error.strerror or error}"
    return StartError(f"{text}; stop what uses it or choose another")
