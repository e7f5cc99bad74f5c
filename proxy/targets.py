"""Targets: whether an address is on this blog, which post it names, and whether that post is closed.

Pure. It asks neither the blog nor DNS: whether the post exists is upstream's to say. Two spellings of one
post give one canonical address, so that the same linkback is not taken twice.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from proxy.urls import Parts, split

# Query parameters that name no post but tell where a visitor came from, or where to answer.
TRACKING = frozenset(("fbclid", "gclid", "dclid", "msclkid", "mc_cid", "mc_eid", "replytocom", "ref"))
TRACKING_PREFIX = "utm_"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetMatch:
    """A target on one of the blog's addresses."""

    blog_url: str  # the one of the blog's addresses that it is under
    canonical: str  # the post's address in one spelling, for comparing; not for asking upstream
    path: str  # the canonical path, percent-decoded, for the owner's patterns


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOurs:
    """A target that is not on this blog."""

    detail: str  # one phrase for the owner


@lru_cache(maxsize=256)  # most linkbacks are for a few posts
def match(target: str, blog_urls: tuple[str, ...]) -> TargetMatch | NotOurs:
    """Find the blog's address that a target is under, the longest if there are several."""
    parts = split(target)
    if parts is None:
        return NotOurs(detail="no http or https address")
    found = next((root for root in _roots(blog_urls) if _is_under(parts, root)), None)
    if found is None:
        return NotOurs(detail="another site")
    path = _post_path(parts.path, found.path)
    query = _post_query(parts.query)
    origin = found.url.split("://", 1)[0] + "://" + parts.authority.removeprefix("www.")
    return TargetMatch(blog_url=found.url, canonical=f"{origin}{path}{query}", path=unquote(path))


def is_on(address: str, blog_urls: tuple[str, ...]) -> bool:
    """Say whether an address is under one of the blog's."""
    parts = split(address)
    return parts is not None and any(_is_under(parts, root) for root in _roots(blog_urls))


def matches_path(patterns: Iterable[str], target: str) -> bool:
    """Say whether the path of a target fits one of the patterns (`/archive/*`), last slash or not."""
    parts = split(target)
    if parts is None:
        return False
    path = unquote(_post_path(parts.path, "")).rstrip("/")
    return any(fnmatch.fnmatchcase(p, pattern) for pattern in patterns for p in (path, path + "/"))


class _Root(NamedTuple):
    """One of a blog's addresses."""

    url: str
    site: tuple[str, int | None]
    path: str  # without the last slash


@lru_cache(maxsize=1024)  # blogs' addresses change with the configuration
def _roots(blog_urls: tuple[str, ...]) -> tuple[_Root, ...]:
    """Take a blog's addresses apart, the longest first."""
    parted = ((url, split(url)) for url in sorted(blog_urls, key=len, reverse=True))
    return tuple(_Root(url, _site(parts), parts.path.rstrip("/")) for url, parts in parted if parts)


def _is_under(target: Parts, root: _Root) -> bool:
    if _site(target) != root.site:
        return False
    return target.path == root.path or target.path.startswith(root.path + "/")


def _site(parts: Parts) -> tuple[str, int | None]:
    return parts.host.removeprefix("www."), parts.port


def _post_path(path: str, root: str) -> str:
    """Drop what WordPress drops: empty segments, `index.php` after the blog's root, the last slash."""
    inside = [segment for segment in path[len(root) :].split("/") if segment]
    if inside[:1] == ["index.php"]:
        del inside[0]
    return "/".join((root, *inside)) or "/"


def _post_query(query: str) -> str:
    kept = [pair for pair in query.split("&") if pair and not _is_tracking(pair.partition("=")[0].lower())]
    return "?" + "&".join(kept) if kept else ""


def _is_tracking(name: str) -> bool:
    return name in TRACKING or name.startswith(TRACKING_PREFIX)
