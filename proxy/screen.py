"""What can be said of a linkback before anything is fetched.

Pure. The cheapest evidence: the addresses themselves, the owner's lists, the closed posts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from proxy.linkback import Linkback, Protocol
from proxy.policy import Action, Reason
from proxy.targets import NotOurs, is_on, match, matches_path
from proxy.urls import same_page, split


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What a blog's owner decided beforehand."""

    urls: tuple[str, ...]
    allow: tuple[str, ...]
    deny: tuple[str, ...]
    closed: tuple[str, ...]
    self_pings: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """The outcome: a reason with its action if that decides already, else None."""

    reason: Reason | None = None
    action: Action | None = None  # where the house rules say it; None takes the table's
    allowed: bool = False


def screen(linkback: Linkback, house: House) -> Screened:
    """Screen one linkback, in this order: nonsense, not ours, closed, ourselves, the lists."""
    if split(linkback.source) is None:
        return Screened(reason=Reason.BAD_SOURCE)
    target = match(linkback.target, house.urls)
    if isinstance(target, NotOurs):
        return Screened(reason=Reason.FOREIGN_TARGET)
    if house.closed and matches_path(house.closed, target.canonical):
        return Screened(reason=Reason.CLOSED)
    if same_page(linkback.source, linkback.target):
        return Screened(reason=Reason.SAME_PAGE)
    if is_on(linkback.source, house.urls):
        return Screened(reason=Reason.SELF_PING, action=_self_ping(linkback, house))
    if listed(linkback.source, house.deny):
        return Screened(reason=Reason.DENIED)
    return Screened(allowed=listed(linkback.source, house.allow))


def _self_ping(linkback: Linkback, house: House) -> Action:
    """Upstream itself checks a pingback's link; nobody checks what a forged self-trackback says."""
    if linkback.protocol is Protocol.TRACKBACK and house.self_pings is Action.FORWARD:
        return Action.QUARANTINE
    return house.self_pings


def listed(source: str, entries: tuple[str, ...]) -> bool:
    """Say whether a source is on a list of domains (`example.com`) and address prefixes (`a.example/~me/`).

    A domain stands for its subdomains too. A prefix ends at a boundary of the path. The list may be long.
    """
    parts = split(source)
    if parts is None or not entries:
        return False
    prefixes = _by_domain(entries)
    return any(
        prefix in {"/", parts.path} or parts.path.startswith(prefix + "/")
        for name in _domains(parts.host)
        for prefix in prefixes.get(name, ())
    )


def _domains(host: str) -> Iterator[str]:
    """Give the domains that a host belongs to, itself first."""
    yield host.removeprefix("www.")
    while "." in host:
        host = host.partition(".")[2]
        yield host


@lru_cache(maxsize=256)  # lists change with the configuration and the owner's choices
def _by_domain(entries: tuple[str, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entry in entries:
        name, _, prefix = entry.rpartition("://")[2].partition("/")
        found.setdefault(name.lower().removeprefix("www."), []).append("/" + prefix.rstrip("/"))
    return found
