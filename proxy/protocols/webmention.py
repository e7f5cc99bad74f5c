"""Webmention: which request is one, what it claims, the answers, the delivery, and upstream's result.

Pure. It may not decide whether a webmention is welcome.
Specification: https://www.w3.org/TR/webmention/ (section 3.2), and the WordPress plugin's routes, which
WordPress's REST server takes in many dresses: by path, by `rest_route` in query or body, as form or
JSON, with parameters in the query, and by GET with `_method=POST`.
"""

from __future__ import annotations

import json
import re
from html import escape
from urllib.parse import urlencode

from proxy.linkback import Linkback, Protocol
from proxy.protocols.forms import Form
from proxy.protocols.http import (
    Answer,
    Delivery,
    Head,
    Headers,
    Outcome,
    OutcomeKind,
    decoded_path,
    readings,
    retry_after,
)

WANTED = frozenset(("source", "target", "rest_route", "_method"))
MAX_URL = 2_000
MAX_JSON = 65_536  # bytes of a JSON body
TEXT_HEADERS: Headers = (("Content-Type", "text/plain; charset=UTF-8"),)
PLUGIN_PATH = "/wp-json/webmention/1.0/endpoint"
_ROUTE = re.compile(r"/webmention/[\d.]+/endpoint/*\s*\Z", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\x00-\x20\x7f]+")
# X-HTTP-Method-Override, in all spellings that are one name to PHP behind some server: Caddy passes `_` on,
# lighttpd makes `_` of whatever is no letter or digit.
_OVERRIDE = re.compile(r"x[^0-9a-z]http[^0-9a-z]method[^0-9a-z]override", re.IGNORECASE)


class NotAWebmentionError(ValueError):
    """A request on a Webmention endpoint without a usable source and target."""


def is_endpoint(head: Head, query: Form, paths: tuple[str, ...] = ()) -> bool:
    """Whether path or query alone say that this is for a Webmention endpoint."""
    own = {p.rstrip("/") for p in paths}
    found = (path.decode("utf-8", "replace") for path in readings(decoded_path(head)))
    return any(path.rstrip("/") in own or _ROUTE.search(path) for path in found) or names_route(query)


def names_route(form: Form) -> bool:
    """Whether a form or query leads WordPress to the plugin's route."""
    return "rest_route" in form.arrays or bool(_ROUTE.search(form.text("rest_route")))


def may_override(head: Head) -> bool:
    """Whether a request could name another method than its own; cheap, and rather once too often."""
    query = head.target[1]
    return "method" in query or "%" in query or bool(_overrides(head))


def means_post(head: Head, query: Form) -> bool:
    """Whether WordPress's REST server would take the request for a POST."""
    named = (head.method, query.text("_method"), *_overrides(head))
    return "POST" in (name.upper() for name in named)


def _overrides(head: Head) -> list[str]:
    return [value for name, value in head.headers if _OVERRIDE.fullmatch(name)]


class JsonReader:
    """Reads source and target out of a JSON body, which WordPress's REST server takes too."""

    def __init__(self) -> None:
        self._body = bytearray()

    def feed(self, data: bytes) -> None:
        """Take the next piece of the body."""
        self._body += data[: max(0, MAX_JSON + 1 - len(self._body))]

    def close(self) -> Form:
        """End the body and give source and target as if they came in a form."""
        try:
            value = json.loads(self._body) if len(self._body) <= MAX_JSON else None
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            return Form(odd=True)
        texts = {
            k: v.encode("utf-8", "replace") for k, v in value.items() if k in WANTED and isinstance(v, str)
        }
        return Form(values=texts)


def claim(query: Form, body: Form) -> Linkback:
    """Read the linkback that a webmention claims, or raise `NotAWebmentionError`."""
    if body.odd or query.odd or (body.arrays | query.arrays) & WANTED:
        raise NotAWebmentionError("This request can be read in two ways.")
    source, target = (_address(query, body, name) for name in ("source", "target"))
    if source == target:
        raise NotAWebmentionError("Source and target are the same.")
    return Linkback(protocol=Protocol.WEBMENTION, source=source, target=target)


def _address(query: Form, body: Form, name: str) -> str:
    value = body.values.get(name, query.values.get(name, b"")).decode("utf-8", "replace").strip()
    if not value:
        raise NotAWebmentionError(f"The parameter {name} is missing.")
    if len(value) > MAX_URL or not _ADDRESS.fullmatch(value):
        raise NotAWebmentionError(f"The parameter {name} is no address.")
    if not value.lower().startswith(("http://", "https://")):
        raise NotAWebmentionError(f"The parameter {name} is no http or https address.")
    return value


def answer_accepted(status_url: str | None = None) -> Answer:
    """Render 202, or 201 with the address at which the sender can ask what became of it (3.2)."""
    if status_url is None:
        return _answer(202, "Accepted: the source will be checked.")
    accepted = _answer(201, "Accepted: see Location for what becomes of it.")
    return Answer(status=201, headers=(*accepted.headers, ("Location", status_url)), body=accepted.body)


def answer_done() -> Answer:
    """Render 200: checked and passed on."""
    return _answer(200, "The webmention was accepted.")


def answer_error(message: str) -> Answer:
    """Render 400: the sender's error, with a word about it."""
    return _answer(400, message)


def answer_busy(seconds: int) -> Answer:
    """Render a temporary failure: the sender should come back."""
    busy = _answer(503, "Temporarily unavailable: try again later.")
    return Answer(status=503, headers=(*busy.headers, ("Retry-After", str(seconds))), body=busy.body)


def _answer(status: int, text: str) -> Answer:
    return Answer(status=status, headers=TEXT_HEADERS, body=f"{escape(text, quote=False)}\n".encode())


def delivery(linkback: Linkback, endpoint: str = PLUGIN_PATH) -> Delivery:
    """Our own webmention for a blog whose plugin takes them; others get a pingback."""
    headers = (("Content-Type", "application/x-www-form-urlencoded"),)
    body = urlencode({"source": linkback.source, "target": linkback.target}).encode()
    return Delivery(method="POST", path=endpoint, headers=headers, body=body)


def read_result(status: int, headers: Headers, body: bytes) -> Outcome:
    """Say what upstream made of a delivered webmention."""
    detail = f"HTTP {status}: {body[:300].decode('utf-8', 'replace')}"
    if 200 <= status < 300:  # noqa: PLR2004
        return Outcome(kind=OutcomeKind.DELIVERED, detail=detail)
    if status in (408, 425, 429) or status >= 500:  # noqa: PLR2004
        return Outcome(kind=OutcomeKind.RETRY, detail=detail, retry_after=retry_after(headers))
    return Outcome(kind=OutcomeKind.REFUSED, detail=detail)
