"""A retraining as every process's dashboard sees it: one file beside the candidate says how far it is.

The process that retrains holds a lock and writes; the others read. A lock ends with its process, so what
is said to be under way while nobody holds the lock has failed.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

STATUS, LOCK = "status.json", "lock"
STATUS_LIMIT = 1_000_000  # bytes
BROKEN_OFF = "The last retraining was broken off. Start it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """A retraining: under way, done, or failed; nothing at all before the first."""

    running: bool = False
    step: str = ""
    share: float = 0.0
    outcome: dict[str, Any] | None = None  # the last line of `linkback-train retrain`
    error: str = ""


def training_of(folder: Path) -> Training:
    """Read how far the retraining is, or what came of it."""
    try:
        told = Training(**json.loads((folder / STATUS).read_bytes()[:STATUS_LIMIT]))
    except (OSError, ValueError, TypeError):
        return Training()
    return Training(error=BROKEN_OFF) if told.running and not _is_locked(folder) else told


def tell(folder: Path, training: Training) -> None:
    """Say how far the retraining is; whoever reads sees the old word or the new one, whole."""
    beside = folder / f"{STATUS}.{os.getpid()}"
    beside.write_text(json.dumps(asdict(training)))
    beside.replace(folder / STATUS)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Hold the lock while the block runs, if nobody else does."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def _is_locked(folder: Path) -> bool:
    try:
        with (folder / LOCK).open("a") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    return False
