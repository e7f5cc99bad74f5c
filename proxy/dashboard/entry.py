"""Logging in and out. Attempts are limited for each client; a wrong name costs what a wrong password does."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from aiohttp import web

from proxy.dashboard.decisions import local
from proxy.dashboard.desk import DESK
from proxy.dashboard.guard import COOKIE, FORGED, NAME, PASSWORDS, TOKEN, remember
from proxy.dashboard.pages import page
from proxy.forwarding import peer_of
from proxy.limits import Buckets

ATTEMPTS = web.AppKey("attempts", Buckets)
ATTEMPTS_PER_MINUTE = 6
LONGEST_NAME = 100

WRONG = "That name and password do not belong together."
SLOWER = "Too many attempts. Wait a minute, then try again."


async def show_login(request: web.Request) -> web.Response:
    """Show the form."""
    if request[NAME]:
        raise web.HTTPSeeOther("/")
    return page(request, "login.html", wrong="", next=local(request.query.get("next", "/")))


async def log_in(request: web.Request) -> web.Response:
    """Begin a session for who knows the password."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden(text=FORGED)
    form = await request.post()
    name, password = str(form.get("name", ""))[:LONGEST_NAME], str(form.get("password", ""))
    target = local(str(form.get("next", "/")))
    if not request.app[ATTEMPTS].take(_client(request)):
        return page(request, "login.html", wrong=SLOWER, next=target, status=429)
    if not await request.app[PASSWORDS].check(name, password):
        return page(request, "login.html", wrong=WRONG, next=target, status=403)
    desk = request.app[DESK]
    answer = web.HTTPSeeOther(target)
    remember(answer, await desk.store.sessions.begin(name), desk)
    raise answer


async def log_out(request: web.Request) -> web.Response:
    """End the session, on our side too."""
    await request.app[DESK].store.sessions.end(request[TOKEN])
    answer = web.HTTPSeeOther("/")
    answer.del_cookie(COOKIE)
    raise answer


def _client(request: web.Request) -> str:
    """Name who is trying: the address that a trusted proxy names, else the socket's."""
    trusted = [ipaddress.ip_network(text) for text in request.app[DESK].config().trusted_proxies]
    return peer_of(request.remote, request.raw_headers, trusted).address
