"""The judge's model: weights for findings and hashed tokens, a calibrated probability, and clues.

Pure and immutable. A score is a sum of log-odds put through the logistic function, so each part of
the sum is a clue. The cut-offs turn a probability into a verdict, in the sense of Python slices:
below `ham` is ham, at or above `spam` is spam.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from proxy.linkback import Clue, Cutoffs, Sample, Score, Verdict
from proxy.scoring.clues import in_words
from proxy.scoring.features import Features, features
from proxy.scoring.view import target_of

TABLE_SIZE = 1 << 18  # columns of the token table
# How much all the tokens of a part (excerpt, title and name, address, page) may say beside one finding.
TOKEN_SCALES = {"w": 3.75, "b": 3.75, "t": 3.0, "u": 1.5, "h": 1.5, "p": 1.5}
FEWEST = 12  # tokens: a part with fewer says less, so that one word alone does not decide
PARTS = {"w": 0, "b": 0, "t": 1, "u": 2, "h": 2, "p": 3}  # a token's part, by its first letter
CLUES = 10  # the heaviest are shown


def verdict(score: float, cutoffs: Cutoffs) -> Verdict:
    """Say what a probability means."""
    return cutoffs.verdict(score)


@lru_cache(maxsize=1 << 16)
def column(token: str) -> int:
    """Give a token's column of the table: a fixed hash, the same on every machine."""
    return zlib.crc32(token.encode("utf-8", "surrogatepass")) & (TABLE_SIZE - 1)


def weighed(tokens: Sequence[str]) -> dict[int, float]:
    """Give the columns of a row's tokens, each with its share of what its part of the linkback may say."""
    sizes = [0, 0, 0, 0]
    for token in tokens:
        sizes[PARTS[token[0]]] += 1
    shares = {
        letter: scale / math.sqrt(max(sizes[PARTS[letter]], FEWEST)) for letter, scale in TOKEN_SCALES.items()
    }
    return {column(token): shares[token[0]] for token in reversed(tokens)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """A trained model. Only `proxy.scoring.artefact.load` and training make one."""

    name: str
    cutoffs: Cutoffs
    bias: float
    slope: float  # of the calibration: probability = logistic(slope * sum + offset)
    offset: float
    findings: Mapping[str, float]
    tokens: np.ndarray  # float32, TABLE_SIZE long; never written to
    about: Mapping[str, str] = field(default_factory=dict)

    def score(self, sample: Sample) -> Score:
        """Score one linkback, with its clues."""
        found = features(sample)
        weights = self._weights(found)
        total = self.slope * (self.bias + sum(weights.values())) + self.offset
        heaviest = sorted(weights.items(), key=lambda item: -abs(item[1]))[:CLUES]
        clues = tuple(
            Clue(name=name, weight=round(weight * self.slope, 3), text=in_words(name))
            for name, weight in heaviest
            if weight
        )
        return Score(spam=logistic(total), clues=clues, model=self.name)

    def score_many(self, samples: Sequence[Sample]) -> list[Score]:
        """Score many linkbacks, without clues: for previews, shadow scoring and evaluation."""
        posts = {post: target_of(post) for post in {sample.post for sample in samples}}
        return [
            Score(spam=logistic(self.log_odds(features(sample, posts[sample.post]))), model=self.name)
            for sample in samples
        ]

    def log_odds(self, found: Features) -> float:
        """Give the calibrated log-odds of spam."""
        weigh = self.findings.get
        total = self.bias + sum([weigh(name, 0.0) for name in found.findings])
        if found.tokens:
            shares = weighed(found.tokens)
            total += float(self.tokens[list(shares)] @ np.fromiter(shares.values(), np.float32, len(shares)))
        return self.slope * total + self.offset

    def _weights(self, found: Features) -> dict[str, float]:
        weights = {name: self.findings[name] for name in found.findings if name in self.findings}
        shares = weighed(found.tokens)
        for token in found.tokens:
            number = column(token)
            if number in shares:
                weights[token] = float(self.tokens[number]) * shares.pop(number)
        return weights


def logistic(x: float) -> float:
    """Give the probability for log-odds, without overflow."""
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
