"""The queue as an Atom feed (RFC 4287) at an address that only its owner knows and can change."""

from __future__ import annotations

import hmac
import secrets
from datetime import UTC, datetime

from aiohttp import web

from proxy.dashboard import wording
from proxy.dashboard.decisions import provenance
from proxy.dashboard.desk import DESK, Desk
from proxy.dashboard.pages import TEMPLATES
from proxy.store import State
from proxy.store.search import Filter

SETTING = "dashboard:feed"
ENTRIES = 50


async def feed_token(desk: Desk) -> str:
    """Return the private part of the feed's address, made at its first use."""
    token = await desk.store.review.setting(SETTING)
    if isinstance(token, str):
        return token
    return await _renewed(desk, by="dashboard")


async def _renewed(desk: Desk, *, by: str) -> str:
    token = secrets.token_urlsafe(24)
    await desk.store.review.set_setting(SETTING, token, by=by)
    return token


async def renew_feed(request: web.Request) -> web.Response:
    """Give the feed another address; the old one is worth nothing from now on."""
    await _renewed(request.app[DESK], by=provenance(request))
    raise web.HTTPSeeOther("/settings")


async def show_feed(request: web.Request) -> web.Response:
    """Answer with the newest held linkbacks."""
    desk = request.app[DESK]
    if not hmac.compare_digest(request.match_info["token"].encode(), (await feed_token(desk)).encode()):
        raise web.HTTPNotFound
    found = await desk.store.search.page(Filter(states=(State.HELD,)), limit=ENTRIES)
    base = desk.config().dashboard.public_url or f"http://{desk.config().dashboard.listen}"
    text = (
        request.app[TEMPLATES]
        .get_template("feed.xml.html")
        .render(
            base=base,
            records=found.records,
            heading=wording.heading,
            marked=wording.marked,
            iso=_iso,
            updated=found.records[0].received_at if found.records else 0.0,
        )
    )
    return web.Response(text=text, content_type="application/atom+xml")


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
