"""Shadow scoring: the candidate for the model's place scores live traffic too, and decides nothing.

Where a candidate lies beside the models, each linkback that is scored has its score as well, written to
a file beside it that all processes share and that has a bound. A candidate that fails is none.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import structlog

from proxy.linkback import Sample, Score
from proxy.scoring import Model, ModelError, load
from proxy.scoring.artefact import MANIFEST, read_manifest

KEPT_BYTES = 1_000_000  # some 20,000 linkbacks

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What both models said of one linkback."""

    id: int
    used: float
    rival: float


def candidate_of(models: Path) -> Path:
    """Name the folder in which a candidate for the place of an owner's model is made."""
    folder = models.resolve()
    return folder.with_name(f"{folder.name}-candidate")


def record_of(folder: Path, name: str) -> Path:
    """Name the file in which a candidate's scores are kept."""
    return folder / f"shadow-{name}.csv"


def pairs_of(folder: Path) -> list[Pair]:
    """Read what a folder's candidate said beside the model in use, oldest first."""
    try:
        file = record_of(folder, read_manifest(folder).name)
        raw = file.read_bytes()[: 2 * KEPT_BYTES]
    except (ModelError, OSError):
        return []
    return list(_pairs(raw.decode("ascii", "replace")))


def _pairs(text: str) -> Iterator[Pair]:
    for line in text.splitlines():
        try:
            one, used, rival = line.split(",")
            yield Pair(id=int(one), used=float(used), rival=float(rival))
        except ValueError:  # a line that was cut when a process ended
            continue


class Shadow:
    """The candidate of this process, if there is one."""

    def __init__(self) -> None:
        self._model: Model | None = None
        self._file: BinaryIO | None = None

    def take(self, folder: Path) -> None:
        """Take up the folder's candidate; none if it has none that can be used."""
        self.close()
        if not (folder / MANIFEST).exists():
            return
        try:
            model = load(folder)
            self._file = record_of(folder, model.name).open("ab", buffering=0)
        except (ModelError, OSError) as error:
            _log.warning("shadow", what="the candidate is not scored beside the model", error=str(error))
            return
        self._model = model
        _log.info("shadow", what="the candidate is scored beside the model", model=model.name)

    def beside(self, score: Score, sample: Sample) -> Score:
        """Give a score with the candidate's beside it."""
        if self._model is None:
            return score
        try:
            (rival,) = self._model.score_many([sample])
        except Exception:  # noqa: BLE001  (a candidate that fails must not lose a linkback, nor speak again)
            _log.exception("bug", what="the candidate failed; it is not asked again")
            self._model = None
            return score
        return replace(score, rival=rival.spam)

    def note(self, one: int, score: Score | None) -> None:
        """Keep what both said of a linkback, as long as there is room."""
        file = self._file
        if file is None or score is None or score.rival is None:
            return
        try:
            if os.fstat(file.fileno()).st_size < KEPT_BYTES:
                file.write(f"{one},{score.spam:.6f},{score.rival:.6f}\n".encode())
        except (OSError, ValueError) as error:  # ValueError: it was closed a moment ago
            _log.warning("shadow", what="a candidate's score is not kept", error=str(error))

    def close(self) -> None:
        """Let go of the candidate."""
        if self._file is not None:
            self._file.close()
        self._model = self._file = None
