"""The page of delivered linkbacks whose link was gone when the service looked again."""

from __future__ import annotations

from aiohttp import web

from proxy.dashboard.desk import DESK
from proxy.dashboard.pages import page

SHOWN = 200


async def show_vanished(request: web.Request) -> web.Response:
    """Show them, the newest first."""
    desk = request.app[DESK]
    return page(
        request,
        "vanished.html",
        vanished=await desk.store.revisits.vanished(SHOWN),
        days=desk.config().fetch.revisit_days,
    )
