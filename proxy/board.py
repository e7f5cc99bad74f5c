"""The dashboard's door: open from the start, while what is behind it is loaded when somebody comes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from importlib import import_module

import structlog
from aiohttp import web

from proxy.dashboard.desk import Desk
from proxy.door import knock

ROUTES = "proxy.dashboard.routes"  # a tenth of the start's time

_log = structlog.get_logger()


async def show(door: socket.socket, desk: Callable[[], Desk], stop_seconds: float) -> None:
    """Serve the dashboard to whoever comes to the door, until cancelled."""
    await knock(door)
    try:
        routes = await asyncio.to_thread(import_module, ROUTES)
        board = routes.dashboard(desk())
    except Exception:
        _log.exception("bug", what="the dashboard can't be shown")
        raise
    runner = web.AppRunner(board, access_log=None, handle_signals=False, shutdown_timeout=stop_seconds)
    await runner.setup()
    try:
        await web.SockSite(runner, door).start()
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
