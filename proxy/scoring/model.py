"""The judge's model: weights for findings and hashed tokens, a calibrated probability, and clues.

Pure and immutable. A score is a sum of log-odds put through the logistic function, so each part of
the sum is a clue. The cut-offs turn a probability into a verdict, in the sense of Python slices:
below `ham` is ham, at or above `spam` is spam.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, repeat

import numpy as np

from proxy.linkback import Clue, Cutoffs, Sample, Score, Verdict
from proxy.scoring.clues import in_words
from proxy.scoring.features import Features, features
from proxy.scoring.memory import Memory, marks, recall
from proxy.scoring.view import target_of

LINE_END = 10
TABLE_SIZE = 1 << 18  # columns of the token table
# How much all the tokens of a part (excerpt, title and name, address, page) may say beside one finding.
TOKEN_SCALES = {"w": 3.75, "b": 3.75, "t": 3.0, "u": 1.5, "h": 1.5, "p": 1.5}
FEWEST = 12  # tokens: a part with fewer says less, so that one word alone does not decide
PARTS = {"w": 0, "b": 0, "t": 1, "u": 2, "h": 2, "p": 3}  # a token's part, by its first letter
PARTS_OF_ROW = 1 + max(PARTS.values())
PART_OF_LETTER = np.array([PARTS.get(chr(code), 0) for code in range(128)])
SCALE_OF_LETTER = np.array([TOKEN_SCALES.get(chr(code), 0.0) for code in range(128)])
TOGETHER = 256  # rows of a batch whose tokens are looked up at once
CLUES = 10  # the heaviest are shown
# What the owner decided about a domain before says, as log-odds: the rows of the training have no owner.
DECISIONS = {"history:ham": -2.0, "history:ham-often": -3.0, "history:spam": 3.0, "history:spam-often": 4.0}
ALIKE = "history:alike"  # what an owner's model remembers says


def verdict(score: float, cutoffs: Cutoffs) -> Verdict:
    """Say what a probability means."""
    return cutoffs.verdict(score)


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Some rows' tokens in the table: of those of a row that share a column the first one counts."""

    places: np.ndarray  # each token's, among all lines of the rows
    letters: np.ndarray  # its first, as a code
    rows: np.ndarray
    columns: np.ndarray
    shares: np.ndarray  # how much each token may say


def placed(rows_lines: Sequence[str]) -> Placed:
    """Give rows' tokens, a line each, their columns and their shares."""
    written = "\n".join(filter(None, rows_lines)).encode("utf-8", "surrogatepass")
    signs = np.frombuffer(b"\n" + written, np.uint8)
    letters = signs[1:][signs[:-1] == LINE_END]
    rows = np.repeat(np.arange(len(rows_lines)), [lines.count("\n") + bool(lines) for lines in rows_lines])
    sums = np.fromiter(map(zlib.crc32, written.split(b"\n")), np.int64, len(rows))  # a hash that is fixed
    columns = sums & (TABLE_SIZE - 1)
    found = np.arange(len(rows)), letters, rows, columns, shares_of(letters, rows)
    again = repeated(rows * TABLE_SIZE + columns)
    return Placed(*([np.delete(one, again) for one in found] if len(again) else found))


def shares_of(letters: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Give how much each token of its row may say, by the tokens' letters."""
    parts = rows * PARTS_OF_ROW + PART_OF_LETTER[letters]
    shares: np.ndarray = SCALE_OF_LETTER[letters] / np.sqrt(np.maximum(np.bincount(parts), FEWEST))[parts]
    return shares


def repeated(keys: np.ndarray) -> np.ndarray:
    """Give the places at which a key stands again."""
    in_order: np.ndarray = np.sort(keys)
    twice: np.ndarray = in_order[1:][in_order[1:] == in_order[:-1]]
    if not len(twice):
        return twice
    suspects = np.flatnonzero(np.isin(keys, twice))
    _, first = np.unique(keys[suspects], return_index=True)
    again: np.ndarray = np.delete(suspects, first)
    return again


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
        weights, tokens, lines = self._weights(found), placed([found.lines]), found.lines.split("\n")
        names = [*weights, *map(lines.__getitem__, tokens.places.tolist())]
        says = np.concatenate([list(weights.values()), self._says(tokens)])
        heaviest = np.argsort(-np.abs(says), kind="stable")[:CLUES]
        clues = tuple(
            Clue(name=names[n], weight=round(weight * self.slope, 3), text=in_words(names[n]))
            for n, weight in zip(heaviest.tolist(), says[heaviest].tolist(), strict=True)
            if weight
        )
        return Score(spam=logistic(self._calibrated(says.sum())), clues=clues, model=self.name)

    def score_many(self, samples: Sequence[Sample]) -> list[Score]:
        """Score many linkbacks, without clues: for previews, shadow scoring and evaluation."""
        posts = {post: target_of(post) for post in {sample.post for sample in samples}}
        odds = self.log_odds(features(sample, posts[sample.post]) for sample in samples)
        return [Score(spam=logistic(one), model=self.name) for one in odds]

    def log_odds(self, found: Iterable[Features]) -> Iterator[float]:
        """Give each row's calibrated log-odds of spam."""
        rows = iter(found)
        while part := [(self._sum_of_weights(one), one.lines) for one in islice(rows, TOGETHER)]:
            tokens = placed([lines for _, lines in part])
            says = np.bincount(tokens.rows, self._says(tokens), len(part)).tolist()
            for (weights, _), more in zip(part, says, strict=True):
                yield self._calibrated(weights + more)

    def _calibrated(self, says: float) -> float:
        return self.slope * (self.bias + float(says)) + self.offset

    def _sum_of_weights(self, found: Features) -> float:
        names = dict.fromkeys(found.findings)
        if self.memory or self.recent or not DECISIONS.keys().isdisjoint(names):
            return sum(self._weights(found).values())
        return sum(map(self.findings.get, names, repeat(0.0)))

    def _weights(self, found: Features) -> dict[str, float]:
        names = dict.fromkeys(found.findings)
        weights = {name: self.findings[name] for name in names if name in self.findings}
        weights |= {name: says / self.slope for name, says in DECISIONS.items() if name in names}
        if (self.memory or self.recent) and found.seen:
            seen = marks(found.seen)
            weights[ALIKE] = max(recall(self.memory, seen), recall(self.recent, seen)) / self.slope
        return weights

    def _says(self, tokens: Placed) -> np.ndarray:
        says: np.ndarray = self.tokens[tokens.columns] * tokens.shares
        return says


def logistic(x: float) -> float:
    """Give the probability for log-odds, without overflow."""
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
