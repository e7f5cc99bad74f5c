"""Allow and deny from the card: a domain, or one profile of a service that many share."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web

from proxy.blogs import Site
from proxy.dashboard.decisions import local, provenance
from proxy.dashboard.desk import DESK
from proxy.screen import listed
from proxy.urls import canonical, host_of

LISTS = {"allow": True, "deny": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """How a source stands on its blog's lists."""

    domain: str  # the entry for its host
    profile: str  # the entry for its profile; '' where the address shows none
    allowed: bool
    denied: bool


def standing(source: str, site: Site | None) -> Listed:
    """Say how a source is listed, and which entries would list it."""
    return Listed(
        domain=host_of(source).removeprefix("www."),
        profile=profile_of(source),
        allowed=site is not None and listed(source, site.house.allow),
        denied=site is not None and listed(source, site.house.deny),
    )


def profile_of(source: str) -> str:
    """Give the entry of the first folder of an address; '' if the page stands in none."""
    parts = urlsplit(canonical(source) or "")
    folder, slash, _ = parts.path.lstrip("/").partition("/")
    return (
        f"{host_of(source).removeprefix('www.')}/{folder}/"
        if slash and folder and not folder.isdigit()
        else ""
    )


async def enlist(request: web.Request) -> web.Response:
    """Put an entry on a list, or strike it from both."""
    desk = request.app[DESK]
    form = await request.post()
    entry, blog, what = (str(form.get(name, "")).strip() for name in ("entry", "blog", "list"))
    if desk.blogs().named(blog) is None or not host_of(f"http://{entry.rpartition('://')[2]}"):
        raise web.HTTPBadRequest(text="This needs a blog of ours, and a domain or the start of an address.")
    if what in LISTS:
        await desk.store.choices.enlist(blog, entry, allow=LISTS[what], by=provenance(request))
    else:
        await desk.store.choices.strike(blog, entry, by=provenance(request))
    await desk.changed()
    raise web.HTTPSeeOther(local(str(form.get("back", "/"))))
