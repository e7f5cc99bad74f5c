"""Who may see and do what: access, sessions, forged requests, and the headers that bind the browser.

Without a password only this machine may come, addressed by a name of loopback (else a page elsewhere
could rebind its own name to us), and not through a proxy. Each change needs the session's own token.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from proxy.dashboard.desk import DESK, Desk
from proxy.dashboard.passwords import Passwords

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

COOKIE = "linkback_session"
NAME = web.RequestKey("name", str)  # who asks; '' if nobody has logged in
TOKEN = web.RequestKey("token", str)  # of the session
PASSWORDS = web.AppKey("passwords", Passwords)
NOBODY = "local"  # who decides where no password is set

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # not no-referrer: with that, our own forms come from nowhere
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}
OPEN_PATHS = ("/static/", "/login", "/feed/", "/digest/")  # for those who are not logged in
TOKENLESS = ("/login", "/digest/")  # what is asked for there carries a proof of its own
METRICS = "/metrics"
PROXY_HEADERS = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")

REFUSED = (
    "This dashboard has no password yet, so it opens only on the machine that it runs on, at "
    "http://127.0.0.1 with its port. Set a password there with “linkback-proxy password”, and it opens here."
)
FORGED = "This did not come from a page of this session. Go back, load the page again and repeat it."


def is_loopback(address: str | None) -> bool:
    """Say whether an IP address is this machine's own."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return bool((mapped or found).is_loopback)


def names_loopback(host: str) -> bool:
    """Say whether a Host header names this machine: nobody else can have that name."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or is_loopback(name)


def comes_from_here(request: web.BaseRequest) -> bool:
    """Say whether a request was made on this machine, and not passed on by a proxy on it."""
    passed_on = any(name in request.headers for name in PROXY_HEADERS)
    return is_loopback(request.remote) and names_loopback(request.host) and not passed_on


def csrf_token(token: str) -> str:
    """Derive what a session's forms must show. It can't be turned back into the session's token."""
    return hashlib.sha256(b"csrf\0" + token.encode("utf-8", "surrogatepass")).hexdigest()


def is_forged(request: web.Request, shown: str) -> bool:
    """Say whether a change was asked for by another site, or without the session's own token."""
    origin = request.headers.get("Origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.host
    foreign = foreign or request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}
    return foreign or not hmac.compare_digest(shown.encode(), csrf_token(request[TOKEN]).encode())


async def refuse_forged(request: web.Request) -> None:
    """Raise HTTPForbidden if the form was not one of this session's."""
    form = await request.post()
    if is_forged(request, str(form.get("csrf", ""))):
        raise web.HTTPForbidden(text=FORGED)


@web.middleware
async def bind(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Put the headers that bind the browser on every answer."""
    try:
        response = await handler(request)
    except web.HTTPException as answer:
        answer.headers.update({name: text for name, text in HEADERS.items() if name not in answer.headers})
        raise
    if not response.prepared:
        for name, text in HEADERS.items():
            response.headers.setdefault(name, text)
    return response


@web.middleware
async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let in who is logged in, or who is on this machine while no password is set."""
    if request.path == METRICS:
        return await handler(request)  # has rules of its own
    token = request.cookies.get(COOKIE, "")[:200]
    request[TOKEN], request[NAME] = token, ""
    if not await request.app[PASSWORDS].hashes():
        if not comes_from_here(request):
            raise web.HTTPForbidden(text=REFUSED)
        return await _admit_anyone(request, handler)
    name = await request.app[DESK].store.sessions.name_of(token) if token else None
    if name is None and not request.path.startswith(OPEN_PATHS):
        raise web.HTTPSeeOther("/login" if request.path == "/" else f"/login?next={request.rel_url.path_qs}")
    request[NAME] = name or ""
    return await guarded(request, handler)


async def _admit_anyone(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give a browser on this machine a token of its own, for its forms."""
    request[NAME] = NOBODY
    if request[TOKEN]:
        return await guarded(request, handler)
    request[TOKEN] = secrets.token_urlsafe(32)
    response = await guarded(request, handler)
    remember(response, request[TOKEN], request.app[DESK])
    return response


async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Handle a request, unless it is a forged change."""
    if request.method not in {"GET", "HEAD"} and not request.path.startswith(TOKENLESS):
        await refuse_forged(request)
    return await handler(request)


def remember(response: web.StreamResponse, token: str, desk: Desk) -> None:
    """Have the browser keep a session's token, out of reach of scripts and of other sites."""
    public = desk.config().dashboard.public_url or ""
    response.set_cookie(
        COOKIE,
        token,
        httponly=True,
        samesite="Strict",
        secure=public.startswith("https:"),
        max_age=30 * 86400,
    )
