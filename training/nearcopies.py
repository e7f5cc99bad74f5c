"""Near-copies: rows of one campaign, found by what their texts share, whatever numbers and hosts differ.

MinHash over the words of title and excerpt: two rows that agree in a band of hashes are taken for
copies of one another. Of a row its bands are kept, 48 bytes. Pure, and the same for the same rows.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from proxy.scoring.features import Features

HASHES = 24
BAND = 4  # hashes that must agree: two texts with 6 of 10 words in common do so in most cases
MASK = np.uint64((1 << 61) - 1)
TURNS = np.arange(1, HASHES + 1, dtype=np.uint64)
FACTORS, SHIFTS = (2 * TURNS + 1) * np.uint64(0x9E3779B1), TURNS * np.uint64(0x85EBCA6B)
NO_BAND = 0  # of a row without words, which is nobody's copy


def bands(one: Features) -> Sequence[int]:
    """Give a row's bands, each as one number."""
    words = [
        zlib.crc32(token.encode("utf-8", "surrogatepass"))
        for token in one.tokens
        if token[:2] in {"w:", "b:", "t:"}
    ]
    if not words:
        return [NO_BAND] * (HASHES // BAND)
    hashes = np.multiply.outer(np.array(words, dtype=np.uint64), FACTORS) + SHIFTS
    least = (hashes & MASK).min(axis=0).tolist()
    return [hash(tuple(least[start : start + BAND])) % 2**64 for start in range(0, HASHES, BAND)]


def copies(signs: np.ndarray) -> np.ndarray:
    """Give each row the number of its group of near-copies, by the rows' bands."""
    edges = [_neighbours(band) for band in signs.T]
    one, other = (np.concatenate([edge[side] for edge in edges]) for side in (0, 1))
    table = coo_matrix((np.ones(len(one), dtype=bool), (one, other)), shape=(len(signs), len(signs)))
    return np.asarray(connected_components(table, directed=False)[1])


def _neighbours(band: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(band, kind="stable")
    is_same = (band[order][1:] == band[order][:-1]) & (band[order][1:] != NO_BAND)
    return order[:-1][is_same], order[1:][is_same]


def copy_weights(groups: Sequence[int]) -> list[float]:
    """Weigh rows so that a group of n near-copies counts as 1 + ln n rows."""
    sizes = Counter(groups)
    return [(1 + math.log(sizes[group])) / sizes[group] for group in groups]
