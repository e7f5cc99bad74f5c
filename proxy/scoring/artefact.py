"""The artefact on disk: a folder with a manifest and the model's file, and how to trust it.

joblib runs code on load, so nothing is loaded before its bytes have the SHA-256 that the manifest
pins, and the versions that wrote it are ours. `ModelError` is the one way in which loading fails;
its message says in a sentence what is wrong and what to do. Reads only the folder it is given.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from proxy.linkback import Cutoffs
from proxy.scoring.features import VERSION
from proxy.scoring.memory import memory_of
from proxy.scoring.model import TABLE_SIZE, Model

MANIFEST = "manifest.json"
SIZE_LIMIT = 20_000_000  # bytes of an artefact
MANIFEST_LIMIT = 1_000_000
FILE_NAME = re.compile(r"[\w.-]{1,120}\.joblib")  # beside the manifest: no other folder can be named


class ModelError(Exception):
    """The model can't be used; the message says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a folder says of its model, read before anything is loaded."""

    name: str
    artefact: str  # the file's name, in the manifest's folder
    sha256: str
    scikit_learn: str
    feature_version: int
    cutoffs: Cutoffs
    previous: str = ""  # the model that was in use before: where a rollback goes
    base: str = ""  # the shipped model that a retrained one started from; '' for a shipped one
    knowledge: str = ""  # the file that retraining starts from; the service never opens it
    knowledge_sha256: str = ""
    facts: dict[str, Any] = field(default_factory=dict)  # data hashes, seed, metrics: shown, not used


def read_manifest(folder: Path) -> Manifest:
    """Read a folder's manifest."""
    path = folder / MANIFEST
    try:
        raw = path.read_bytes()[:MANIFEST_LIMIT]
    except OSError as error:
        raise ModelError(
            f"There is no readable manifest at {path} ({error.strerror}): train or promote a model first."
        ) from error
    try:
        return manifest_of(json.loads(raw))
    except (ValueError, TypeError, KeyError) as error:
        raise ModelError(
            f"The manifest {path} is damaged ({error!r}): promote a model again, or roll back."
        ) from error


def manifest_of(record: dict[str, Any]) -> Manifest:
    """Make a manifest of its JSON object; raises ValueError, TypeError or KeyError if it is none."""
    cutoffs = Cutoffs(ham=float(record["cutoffs"]["ham"]), spam=float(record["cutoffs"]["spam"]))
    if not 0 <= cutoffs.ham <= cutoffs.spam <= 1:
        raise ValueError("the cut-offs are not in order")
    manifest = Manifest(
        name=str(record["name"]),
        artefact=str(record["artefact"]),
        sha256=str(record["sha256"]),
        scikit_learn=str(record["scikit_learn"]),
        feature_version=int(record["feature_version"]),
        cutoffs=cutoffs,
        previous=str(record.get("previous", "")),
        base=str(record.get("base", "")),
        knowledge=str(record.get("knowledge", "")),
        knowledge_sha256=str(record.get("knowledge_sha256", "")),
        facts=dict(record.get("facts", {})),
    )
    if (
        not all(FILE_NAME.fullmatch(name) for name in (manifest.artefact, manifest.knowledge) if name)
        or not manifest.artefact
    ):
        raise ValueError("the artefact's name is not a plain file name")
    return manifest


def load(folder: Path) -> Model:
    """Load the model that a folder's manifest names, once everything that is pinned agrees."""
    return load_named(folder, read_manifest(folder))


def load_named(folder: Path, manifest: Manifest) -> Model:
    """Load the model of a manifest, whose files stand in a folder."""
    if refusal := _disagreement(manifest):
        raise ModelError(refusal)
    content = unpack(folder / manifest.artefact, manifest.sha256)
    try:
        return _model_of(manifest, content)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ModelError(
            f"The artefact {manifest.artefact} holds no model ({error!r}): train it again."
        ) from error


def is_outdated(folder: Path) -> bool:
    """Say whether a folder's model is whole, for all we know, but was made for other versions than these."""
    try:
        return bool(_disagreement(read_manifest(folder)))
    except ModelError:
        return False


def _disagreement(manifest: Manifest) -> str:
    """Say why a model does not suit the versions that are installed; '' if it does."""
    if manifest.feature_version != VERSION:
        return (
            f"The model {manifest.name} was trained for feature version {manifest.feature_version}, "
            f"this service has {VERSION}: train it again with this version."
        )
    if manifest.scikit_learn != (mine := installed("scikit-learn")):
        return (
            f"The model {manifest.name} was written with scikit-learn {manifest.scikit_learn}, "
            f"{mine or 'none'} is installed: install that version, or train it again."
        )
    return ""


def installed(package: str) -> str:
    """Give an installed package's version without importing it; '' if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def unpack(path: Path, sha256: str) -> dict[str, Any]:
    """Load a joblib file whose bytes are the pinned ones; the bytes hashed are the bytes loaded."""
    try:
        with path.open("rb") as file:
            raw = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise ModelError(
            f"The artefact {path} can't be read ({error.strerror}): promote a model again, or roll back."
        ) from error
    if len(raw) > SIZE_LIMIT:
        raise ModelError(f"The artefact {path} is larger than {SIZE_LIMIT} bytes: it is not one of ours.")
    if hashlib.sha256(raw).hexdigest() != sha256:
        raise ModelError(
            f"The artefact {path} is not the file that its manifest pins (its SHA-256 differs): "
            "promote a model again, or roll back."
        )
    try:
        content = joblib.load(io.BytesIO(raw))
    except Exception as error:  # whatever a pickle may raise: the file is as pinned, and still no model
        raise ModelError(f"The artefact {path} can't be loaded ({error!r}): train it again.") from error
    if not isinstance(content, dict):
        raise ModelError(f"The artefact {path} holds no model: train it again.")
    return content


def _model_of(manifest: Manifest, content: dict[str, Any]) -> Model:
    tokens = np.zeros(TABLE_SIZE, dtype=np.float32)
    tokens[content["columns"]] = content["weights"]
    tokens.setflags(write=False)
    return Model(
        name=manifest.name,
        cutoffs=manifest.cutoffs,
        bias=float(content["bias"]),
        slope=float(content["slope"]),
        offset=float(content["offset"]),
        findings=dict(content["findings"]),
        tokens=tokens,
        memory=memory_of(content["memory"]) if "memory" in content else {},
    )
