"""What training remembers of a row beside its features: some thirty bytes, and never its texts."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from training.rows import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A column for each fact, in the order of the rows; words are numbered."""

    spam: np.ndarray
    kind: np.ndarray
    language: np.ndarray
    group: np.ndarray
    made: np.ndarray
    key: np.ndarray  # near-copies share it
    trust: np.ndarray
    kinds: list[str]
    languages: list[str]
    groups: list[str]
    origins: list[str]  # what `made` numbers

    def __len__(self) -> int:
        """Give the number of rows."""
        return len(self.spam)

    def made_as(self, origin: str) -> np.ndarray:
        """Say of each row whether it was made in a way."""
        return np.isin(self.made, [number for number, name in enumerate(self.origins) if name == origin])

    def only(self, rows: np.ndarray) -> Facts:
        """Give the facts of some of the rows; blogs and campaigns are numbered anew."""
        found, group = np.unique(self.group[rows], return_inverse=True)
        return Facts(
            spam=self.spam[rows],
            kind=self.kind[rows],
            language=self.language[rows],
            group=group,
            made=self.made[rows],
            key=self.key[rows],
            trust=self.trust[rows],
            kinds=self.kinds,
            languages=self.languages,
            groups=[self.groups[number] for number in found],
            origins=self.origins,
        )


class Notes:
    """Takes down the facts of rows that pass by."""

    def __init__(self) -> None:
        self._kinds: dict[str, int] = {}
        self._languages: dict[str, int] = {}
        self._groups: dict[str, int] = {}
        self._origins: dict[str, int] = {}
        self._spam, self._kind, self._made = array("b"), array("b"), array("b")
        self._language, self._group = array("i"), array("i")
        self._key, self._trust = array("Q"), array("d")

    def passing(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Give the rows again."""
        for row in rows:
            self._spam.append(bool(row.spam))
            self._kind.append(self._kinds.setdefault(row.kind, len(self._kinds)))
            self._language.append(self._languages.setdefault(row.language, len(self._languages)))
            self._made.append(self._origins.setdefault(row.made, len(self._origins)))
            self._group.append(self._groups.setdefault(row.group, len(self._groups)))
            self._key.append(number_of(row.key))
            self._trust.append(row.trust)
            yield row

    def facts(self) -> Facts:
        """Give what was taken down."""
        return Facts(
            spam=np.array(self._spam, dtype=bool),
            kind=np.array(self._kind),
            language=np.array(self._language),
            group=np.array(self._group),
            made=np.array(self._made),
            key=np.array(self._key),
            trust=np.array(self._trust),
            kinds=list(self._kinds),
            languages=list(self._languages),
            groups=list(self._groups),
            origins=list(self._origins),
        )


def number_of(key: str) -> int:
    """Give a text as a number that hardly any other has."""
    return int.from_bytes(blake2b(key.encode("utf-8", "replace"), digest_size=8).digest())
