"""HTTP as the protocols see it: a request, an answer, a delivery, and what upstream made of it.

Pure values and the reading of a request's target and headers. It may not open anything, and it
knows no protocol. Specifications: RFC 9112 section 3.2 (request targets), RFC 3986 (paths).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import unquote_to_bytes, urlsplit

Headers = tuple[tuple[str, str], ...]

_UNENCODED = re.compile(rb"[?#]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A request as read off the wire, without its body."""

    method: str
    raw_target: str  # path and query exactly as received, or the absolute form
    headers: Headers
    blog_url: str  # the blog's public base address (scheme://host[/path]), chosen by Host

    @property
    def target(self) -> tuple[str, str]:
        """The raw path and the raw query; an absolute form (RFC 9112, 3.2.2) loses its authority.

        A '#' has no place here, and servers differ about what is behind it: it stays, to be looked at.
        """
        return _target(self.raw_target)

    def header(self, name: str) -> str:
        """Give the header's last value, '' if there is none."""
        name = name.lower()
        return next((value for key, value in reversed(self.headers) if key.lower() == name), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming(Head):
    """A request as read off the wire, its body complete and bounded."""

    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer to a sender, ready to be written."""

    status: int
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Our own request to upstream for one linkback. Never the sender's bytes."""

    method: str
    path: str  # path and query
    headers: Headers
    body: bytes


class OutcomeKind(StrEnum):
    """What upstream made of a delivery."""

    DELIVERED = "delivered"
    DUPLICATE = "duplicate"  # upstream had it already: a success for a second try
    SAME_WORDS = "same-words"  # upstream has its words already: of our first try, or from another source
    UNCLEAR = "unclear"  # a refusal that may be a flood limit in disguise
    RETRY = "retry"  # trouble or flood limit: put back
    REFUSED = "refused"  # upstream does not want it: trying again is no use


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of a delivery, read from status and body."""

    kind: OutcomeKind
    detail: str  # for the owner, bounded
    retry_after: float | None = None  # seconds, where upstream named them


@lru_cache(maxsize=256)  # of one request it is asked for again and again, and so is the same address
def _target(raw: str) -> tuple[str, str]:
    if not raw.startswith("/") and "://" in raw.split("?", 1)[0]:
        rest = raw.split("://", 1)[1]
        cut = min((i for i in (rest.find("/"), rest.find("?")) if i >= 0), default=len(rest))
        raw = rest[cut:]
    path, _, query = raw.partition("?")
    return path or "/", query


def decoded_path(head: Head) -> bytes:
    """Give the request's path with its percent-encoding resolved once, as WordPress resolves it."""
    return _decoded(head.target[0])


@lru_cache(maxsize=256)
def _decoded(path: str) -> bytes:
    return unquote_to_bytes(as_sent(path))


def as_sent(text: str) -> bytes:
    """Give the bytes of a part of a target as they came: its text has undecodable ones as surrogates."""
    return text.encode("utf-8", "surrogateescape")


def readings(path: bytes) -> tuple[bytes, ...]:
    """Give a decoded path whole, and what is left where somebody ends it at a '?' or '#' that was encoded.

    WordPress does so with what follows `index.php` in a path.
    """
    cut = _UNENCODED.split(path, maxsplit=1)[0]
    return (path,) if cut == path else (path, cut)


def blog_path(blog_url: str) -> str:
    """Give the path under which the blog lives: '' at the root, '/blog' in a folder."""
    return urlsplit(blog_url).path.rstrip("/")


def retry_after(headers: Headers) -> float | None:
    """Read the seconds that a Retry-After header names; a date or nonsense counts as not given."""
    value = next((v for k, v in headers if k.lower() == "retry-after"), "").strip()
    return min(float(value), 86_400.0) if value.isascii() and value.isdigit() else None
