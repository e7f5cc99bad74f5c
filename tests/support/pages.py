"""Servers of source pages for tests of the fetcher."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

HTML = {"Content-Type": "text/html; charset=utf-8"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(handler: Handler, host: str = "127.0.0.1") -> AsyncIterator[str]:
    """Serve every path with a handler; the value is the server's base address."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, host, 0)
    await site.start()
    try:
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def answering(**fields: object) -> Handler:
    """Make a handler that always answers the same."""

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(**{"headers": HTML, **fields})  # type: ignore[arg-type]

    return handler
