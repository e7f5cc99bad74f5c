"""The dashboard as one application: its addresses, and what every request goes through."""

from __future__ import annotations

import time
from pathlib import Path

import structlog
from aiohttp import web

from proxy.dashboard import (
    card,
    decisions,
    entry,
    feed,
    guard,
    health,
    learning,
    lists,
    metrics,
    oneclick,
    overview,
    queue,
    vanished,
)
from proxy.dashboard.desk import DESK, Desk
from proxy.dashboard.pages import TEMPLATES, environment, page
from proxy.dashboard.passwords import Passwords
from proxy.dashboard.tickets import PATTERN
from proxy.limits import Buckets
from proxy.store import StoreError

STATIC = Path(__file__).parent / "static"
MAX_FORM_BYTES = 200_000

_log = structlog.get_logger()

TITLES = {
    400: "Not understood",
    403: "Not allowed",
    404: "Not here",
    410: "No longer",
    413: "Too long",
    500: "A fault of ours",
    503: "Not just now",
}


def dashboard(desk: Desk) -> web.Application:
    """Build the application."""
    app = web.Application(middlewares=[guard.bind, explain, guard.admit], client_max_size=MAX_FORM_BYTES)
    app[DESK] = desk
    app[TEMPLATES] = environment()
    app[guard.PASSWORDS] = Passwords(desk.store)
    app[entry.ATTEMPTS] = Buckets(per_minute=entry.ATTEMPTS_PER_MINUTE, clock=time.monotonic)
    app[learning.TASKS] = set()
    app.on_cleanup.append(learning.stop)
    app.router.add_static("/static/", STATIC)
    app.add_routes(
        [
            web.get("/", queue.show_queue),
            web.get(r"/linkback/{id:\d{1,18}}", card.show_card),
            web.get("/overview", overview.show_overview),
            web.post("/cutoffs", overview.save_cutoffs),
            web.get("/learning", learning.show_learning),
            web.get("/learning/progress", learning.progress),
            web.post("/learning/retrain", learning.start),
            web.post("/learning/change", learning.change),
            web.get(guard.METRICS, metrics.show_metrics),
            web.get("/health", health.show_health),
            web.get("/settings", health.show_settings),
            web.get("/trail", health.show_trail),
            web.get("/vanished", vanished.show_vanished),
            web.get(r"/feed/{token:[\w-]{1,64}}.atom", feed.show_feed),
            web.post("/feed", feed.renew_feed),
            web.get(rf"/digest/{{ticket:{PATTERN}}}", oneclick.show),
            web.post(rf"/digest/{{ticket:{PATTERN}}}", oneclick.decide),
            web.post("/renew-digest", oneclick.renew),
            web.get("/keys", show_keys),
            web.post("/decide", decisions.decide),
            web.post("/list", lists.enlist),
            web.post("/undo", decisions.undo),
            web.get("/login", entry.show_login),
            web.post("/login", entry.log_in),
            web.post("/logout", entry.log_out),
        ]
    )
    return app


async def show_keys(request: web.Request) -> web.Response:
    """Show the keys, for browsers without scripts."""
    return page(request, "keys.html")


@web.middleware
async def explain(request: web.Request, handler: guard.Handler) -> web.StreamResponse:
    """Turn a refusal or a failure into a page that says what to do."""
    try:
        return await handler(request)
    except web.HTTPRedirection:
        raise
    except web.HTTPException as answer:
        return _message(request, answer.status, answer.text or "")
    except StoreError as error:
        _log.error("store", what="the dashboard can't show a page", error=str(error))
        return _message(request, 503, f"{error}. Load the page again in a moment.")
    except Exception:  # noqa: BLE001  (a bug is logged whole, and told in a page that binds the browser)
        _log.exception("bug", what="the dashboard can't show a page", path=request.path)
        return _message(request, 500, "This page failed; the log says why. The proxy itself goes on.")


def _message(request: web.Request, status: int, text: str) -> web.Response:
    shown = "There is no such page. It may have been pruned." if status == 404 else text  # noqa: PLR2004
    return page(
        request,
        "message.html",
        status=status,
        code=status,
        title=TITLES.get(status, "Not possible"),
        text=shown,
    )
