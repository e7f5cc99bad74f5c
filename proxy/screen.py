"""What can be said of a linkback before anything is fetched.

Pure. The cheapest evidence: the addresses themselves, the owner's lists, the closed posts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from proxy.linkback import Linkback, Protocol
from proxy.policy import Action, Reason
from proxy.targets import NotOurs, match, matches_path
from proxy.urls import canonical, host_of, same_page


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
    if canonical(linkback.source) is None:
        return Screened(reason=Reason.BAD_SOURCE)
    target = match(linkback.target, house.urls)
    if isinstance(target, NotOurs):
        return Screened(reason=Reason.FOREIGN_TARGET)
    if matches_path(house.closed, target.canonical):
        return Screened(reason=Reason.CLOSED)
    if same_page(linkback.source, linkback.target):
        return Screened(reason=Reason.SAME_PAGE)
    if not isinstance(match(linkback.source, house.urls), NotOurs):
        return Screened(reason=Reason.SELF_PING, action=_self_ping(linkback, house))
    if listed(linkback.source, house.deny):
        return Screened(reason=Reason.DENIED)
    return Screened(allowed=listed(linkback.source, house.allow))


def _self_ping(linkback: Linkback, house: House) -> Action:
    """Upstream itself checks a pingback's link; nobody checks what a forged self-trackback says."""
    if linkback.protocol is Protocol.TRACKBACK and house.self_pings is Action.FORWARD:
        return Action.QUARANTINE
    return house.self_pings


def listed(source: str, entries: Iterable[str]) -> bool:
    """Say whether a source is on a list of domains (`example.com`) and address prefixes (`a.example/~me/`).

    A domain stands for its subdomains too. A prefix ends at a boundary of the path.
    """
    host = host_of(source)
    path = urlsplit(canonical(source) or "").path or "/"
    return any(_matches(host, path, entry) for entry in entries)


def _matches(host: str, path: str, entry: str) -> bool:
    name, _, prefix = entry.rpartition("://")[2].partition("/")
    name = name.lower().removeprefix("www.")
    if host.removeprefix("www.") != name and not host.endswith("." + name):
        return False
    wanted = "/" + prefix.rstrip("/")
    return wanted in {"/", path} or path.startswith(wanted + "/")
