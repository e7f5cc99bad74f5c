"""How common a linkback's kind has been lately: in a flood the unusual is looked at first.

What a flood's linkbacks share, be it the network that they come from, the site, the shape of their addresses
or their words, they share with many; what is genuine comes alone. Pure but for its memory, which is bounded.
Says in what order linkbacks are judged, never how.
"""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator
from ipaddress import IPv6Network

from proxy.linkback import Linkback
from proxy.urls import split

MAX_KINDS = 50_000  # beyond, the longest unseen is forgotten
HALF_SECONDS = 600.0  # after so long what came counts half
LONGEST_SHAPE = 100
LONGEST_WORDS = 300

_DIGITS = re.compile(r"[0-9]+")


class Crowds:
    """Counts what comes, by its kinds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kinds: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()  # level, seen at

    def __len__(self) -> int:
        return len(self._kinds)

    def join(self, linkback: Linkback, *, domain: str, remote: str) -> float:
        """Count a linkback in; 0 if all its kinds are new, and 1 more for each that is twice as common."""
        levels = (self._count(kind) for kind in kinds(linkback, domain=domain, remote=remote))
        return sum(math.log2(level) for level in levels)

    def _count(self, kind: tuple[str, str]) -> float:
        now = self._clock()
        before, seen = self._kinds.pop(kind, (0.0, now))
        level = 1.0 + before * math.exp2((seen - now) / HALF_SECONDS)
        self._kinds[kind] = (level, now)
        if len(self._kinds) > MAX_KINDS:
            self._kinds.popitem(last=False)
        return level


def kinds(linkback: Linkback, *, domain: str, remote: str) -> Iterator[tuple[str, str]]:
    """Name the kinds that a linkback is of."""
    yield "network", network(remote)
    yield "domain", domain
    yield "shape", shape(linkback.source)
    words = f"{linkback.title} {linkback.blog_name} {linkback.excerpt}"[:LONGEST_WORDS]
    if words.strip():
        yield "words", _DIGITS.sub("0", words)


def network(address: str) -> str:
    """Give the network that an address belongs to, as large as one owner's often are."""
    if ":" not in address:
        return ".".join(address.split(".")[:2])  # /16
    try:
        return str(IPv6Network(f"{address}/32", strict=False))
    except ValueError:
        return address


def shape(source: str) -> str:
    """Give what a source's address looks like behind its host, its numbers left out."""
    parts = split(source)
    return _DIGITS.sub("0", f"{parts.path}?{parts.query}".lower()[:LONGEST_SHAPE]) if parts else ""
