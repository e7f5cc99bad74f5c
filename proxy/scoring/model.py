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
from proxy.scoring.memory import Memory, marks, recall
from proxy.scoring.view import target_of

TABLE_SIZE = 1 << 18  # columns of the token table
# How much all the tokens of a part (excerpt, title and name, address, page) may say beside one finding.
TOKEN_SCALES = {"w": 3.75, "b": 3.75, "t": 3.0, "u": 1.5, "h": 1.5, "p": 1.5}
FEWEST = 12  # tokens: a part with fewer says less, so that one word alone does not decide
PARTS = {"w": 0, "b": 0, "t": 1, "u": 2, "h": 2, "p": 3}  # a token's part, by its first letter
CLUES = 10  # the heaviest are shown
# What the owner decided about a domain before says, as log-odds: the rows of the training have no owner.
DECISIONS = {"history:ham": -2.0, "history:ham-often": -3.0, "history:spam": 3.0, "history:spam-often": 4.0}
ALIKE = "history:alike"  # what an owner's model remembers says


def verdict(score: float, cutoffs: Cutoffs) -> Verdict:
    """Say what a probability means."""
    return cutoffs.verdict(score)


def columns(tokens: Sequence[str]) -> list[int]:
    """Give the tokens' columns of the table: a fixed hash, the same on every machine."""
    try:
        return [number & (TABLE_SIZE - 1) for number in map(zlib.crc32, map(str.encode, tokens))]
    except UnicodeEncodeError:  # half a character, in one of them
        return [zlib.crc32(token.encode("utf-8", "surrogatepass")) & (TABLE_SIZE - 1) for token in tokens]


def placed(tokens: Sequence[str]) -> dict[int, str]:
    """Give for each column that a row has a token in the one that counts there: the first."""
    return dict(zip(reversed(columns(tokens)), reversed(tokens), strict=True))


def shares(tokens: Sequence[str]) -> dict[str, float]:
    """Give for each kind of token, by its letter, how much one of the row may say."""
    letters = "".join([token[0] for token in tokens])
    sizes = [0, 0, 0, 0]
    for letter, part in PARTS.items():
        sizes[part] += letters.count(letter)
    return {
        letter: scale / math.sqrt(max(sizes[PARTS[letter]], FEWEST)) for letter, scale in TOKEN_SCALES.items()
    }


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
    memory: Memory = field(default_factory=dict)  # of what its owner labelled spam
    recent: Memory = field(default_factory=dict)  # the same of the last labels, not kept with the model
    about: Mapping[str, str] = field(default_factory=dict)

    def score(self, sample: Sample) -> Score:
        """Score one linkback, with its clues."""
        found = features(sample)
        weights = self._weights(found)
        names = list(weights)
        says = np.fromiter(weights.values(), np.float64, len(weights))
        heaviest = np.argsort(-np.abs(says), kind="stable")[:CLUES]
        clues = tuple(
            Clue(name=names[n], weight=round(weight * self.slope, 3), text=in_words(names[n]))
            for n, weight in zip(heaviest.tolist(), says[heaviest].tolist(), strict=True)
            if weight
        )
        return Score(spam=logistic(self._sum(weights)), clues=clues, model=self.name)

    def score_many(self, samples: Sequence[Sample]) -> list[Score]:
        """Score many linkbacks, without clues: for previews, shadow scoring and evaluation."""
        posts = {post: target_of(post) for post in {sample.post for sample in samples}}
        return [
            Score(spam=logistic(self.log_odds(features(sample, posts[sample.post]))), model=self.name)
            for sample in samples
        ]

    def log_odds(self, found: Features) -> float:
        """Give the calibrated log-odds of spam."""
        return self._sum(self._weights(found))

    def _sum(self, weights: Mapping[str, float]) -> float:
        return self.slope * (self.bias + sum(weights.values())) + self.offset

    def _weights(self, found: Features) -> dict[str, float]:
        weights = {name: self.findings[name] for name in found.findings if name in self.findings}
        weights |= {name: says / self.slope for name, says in DECISIONS.items() if name in found.findings}
        share, counted = shares(found.tokens), placed(found.tokens)
        says = [
            weight * share[token[0]]
            for weight, token in zip(self.tokens.take(list(counted)).tolist(), counted.values(), strict=True)
        ]
        weights.update(zip(reversed(counted.values()), reversed(says), strict=True))
        if (self.memory or self.recent) and found.seen:
            seen = marks(found.seen)
            weights[ALIKE] = max(recall(self.memory, seen), recall(self.recent, seen)) / self.slope
        return weights


def logistic(x: float) -> float:
    """Give the probability for log-odds, without overflow."""
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
