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

import numpy as np

from proxy.linkback import Clue, Cutoffs, Sample, Score, Verdict
from proxy.scoring.clues import in_words
from proxy.scoring.features import Features, features
from proxy.scoring.view import target_of

TABLE_SIZE = 1 << 18  # columns of the token table
TOKEN_SCALE = 3.0  # how much all the tokens of a row together may say beside one finding
CLUES = 10  # the heaviest are shown


def verdict(score: float, cutoffs: Cutoffs) -> Verdict:
    """Say what a probability means."""
    return cutoffs.verdict(score)


def column(token: str) -> int:
    """Give a token's column of the table: a fixed hash, the same on every machine."""
    return zlib.crc32(token.encode("utf-8", "surrogatepass")) & (TABLE_SIZE - 1)


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
        total = self.bias + sum(weigh(name, 0.0) for name in found.findings)
        if found.tokens:
            columns = list({column(token) for token in found.tokens})
            total += float(self.tokens[columns].sum()) * TOKEN_SCALE / math.sqrt(len(found.tokens))
        return self.slope * total + self.offset

    def _weights(self, found: Features) -> dict[str, float]:
        weights = {name: self.findings[name] for name in found.findings if name in self.findings}
        share = TOKEN_SCALE / math.sqrt(len(found.tokens)) if found.tokens else 0.0
        taken: set[int] = set()
        for token in found.tokens:
            number = column(token)
            if number not in taken:
                taken.add(number)
                weights[token] = float(self.tokens[number]) * share
        return weights


def logistic(x: float) -> float:
    """Give the probability for log-odds, without overflow."""
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
