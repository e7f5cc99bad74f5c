"""Rendering: the templates, what they may use, and the answer that carries a page."""

from __future__ import annotations

from typing import Any

import jinja2
from aiohttp import web

from proxy.dashboard import wording
from proxy.dashboard.desk import DESK
from proxy.dashboard.guard import NAME, NOBODY, TOKEN, csrf_token

PAGES = (
    ("/", "Queue"),
    ("/overview", "Overview"),
    ("/learning", "Learning"),
    ("/health", "Health"),
    ("/trail", "Trail"),
    ("/settings", "Settings"),
)

TEMPLATES = web.AppKey("templates", jinja2.Environment)


def environment() -> jinja2.Environment:
    """Build the templates' environment: everything is escaped, a name that is missing is an error."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("proxy.dashboard"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "plain": wording.plain,
        "cut": wording.cut,
        "percent": wording.percent,
        "moment": wording.moment,
        "path": wording.path_of,
        "reason_text": wording.reason_text,
        "reason_name": wording.reason_name,
        "state_name": wording.STATES.__getitem__,
    }
    return made


def page(request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
    """Render a page."""
    now = request.app[DESK].clock()
    name = request.get(NAME, "")
    text = (
        request.app[TEMPLATES]
        .get_template(template)
        .render(
            here=request.path,
            pages=PAGES,
            name="" if name == NOBODY else name,
            inside=bool(name),
            csrf=csrf_token(request.get(TOKEN, "")),
            ago=lambda then: wording.ago(then, now),
            **values,
        )
    )
    return web.Response(text=text, content_type="text/html", status=status)
