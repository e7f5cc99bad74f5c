"""Near-copies: rows of one campaign, found by what their texts share, whatever numbers and hosts differ.

MinHash over the words of title and excerpt: two rows that agree in a band of hashes are taken for
copies of one another. Pure, and the same for the same rows.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Sequence

from proxy.scoring.features import Features

HASHES = 24
BAND = 4  # hashes that must agree: two texts with 6 of 10 words in common do so in most cases
MASK = (1 << 61) - 1


def copies(found: Sequence[Features]) -> list[int]:
    """Give each row the number of its group of near-copies."""
    leader = list(range(len(found)))
    first: dict[tuple[int, ...], int] = {}
    for number, one in enumerate(found):
        for band in _bands(one):
            other = first.setdefault(band, number)
            _join(leader, number, other)
    return [_root(leader, number) for number in range(len(found))]


def copy_weights(groups: Sequence[int]) -> list[float]:
    """Weigh rows so that a group of n near-copies counts as 1 + ln n rows."""
    sizes = Counter(groups)
    return [(1 + math.log(sizes[group])) / sizes[group] for group in groups]


def _bands(one: Features) -> list[tuple[int, ...]]:
    words = [
        zlib.crc32(token.encode("utf-8", "surrogatepass"))
        for token in one.tokens
        if token[:2] in {"w:", "b:", "t:"}
    ]
    if not words:
        return []
    least = [
        min((word * (2 * n + 1) * 0x9E3779B1 + n * 0x85EBCA6B) & MASK for word in words)
        for n in range(1, HASHES + 1)
    ]
    return [(start, *least[start : start + BAND]) for start in range(0, HASHES, BAND)]


def _root(leader: list[int], number: int) -> int:
    while leader[number] != number:
        leader[number] = leader[leader[number]]
        number = leader[number]
    return number


def _join(leader: list[int], one: int, other: int) -> None:
    one, other = _root(leader, one), _root(leader, other)
    leader[max(one, other)] = min(one, other)
