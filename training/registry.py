"""Model folders: writing one, and changing which model a folder's manifest names.

A change is one rename of the manifest, after everything that it names is on disk, so a reader sees
the old model or the new one and nothing between. Older models stay, for a rollback in one step.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from proxy.scoring import memory
from proxy.scoring.artefact import (
    MANIFEST,
    Manifest,
    ModelError,
    installed,
    load_named,
    manifest_of,
    read_manifest,
    unpack,
)
from proxy.scoring.features import VERSION
from proxy.scoring.model import Model

OLDER = "manifests"  # the folder of every manifest that was ever in use


def write_model(
    model: Model,
    folder: Path,
    facts: Mapping[str, Any],
    knowledge: Mapping[str, Any] | None = None,
    base: str = "",
) -> Manifest:
    """Write a model into a folder, and make it the folder's current one."""
    raw = packed(content_of(model))
    digest = hashlib.sha256(raw).hexdigest()
    name = f"judge-{digest[:10]}"
    kept = packed(knowledge) if knowledge else b""
    manifest = Manifest(
        name=name,
        artefact=f"{name}.joblib",
        sha256=digest,
        scikit_learn=installed("scikit-learn"),
        feature_version=VERSION,
        cutoffs=model.cutoffs,
        base=base,
        knowledge=f"{name}.knowledge.joblib" if kept else "",
        knowledge_sha256=hashlib.sha256(kept).hexdigest() if kept else "",
        facts=dict(facts),
    )
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / manifest.artefact, raw)
    if kept:
        replace_file(folder / manifest.knowledge, kept)
    make_current(folder, manifest)
    return manifest


def content_of(model: Model) -> dict[str, Any]:
    """Give what an artefact holds: plain numbers, so that loading needs no scikit-learn."""
    columns = np.flatnonzero(model.tokens).astype(np.int32)
    known = {"memory": memory.content_of(model.memory)} if model.memory else {}  # a shipped model has none
    return known | {
        "bias": model.bias,
        "slope": model.slope,
        "offset": model.offset,
        "findings": dict(model.findings),
        "columns": columns,
        "weights": model.tokens[columns].astype(np.float32),
    }


def packed(content: Mapping[str, Any]) -> bytes:
    """Give the bytes of a joblib file."""
    buffer = io.BytesIO()
    joblib.dump(dict(content), buffer, compress=("zlib", 6))
    return buffer.getvalue()


def make_current(folder: Path, manifest: Manifest) -> None:
    """Let a folder's manifest name this model; the one before stays known for a rollback."""
    before = current(folder)
    if before and before.name != manifest.name:
        manifest = replace(manifest, previous=before.name)
    _write_manifest(folder, manifest)


def shipped(folder: Path) -> tuple[Model, dict[str, Any]]:
    """Give the shipped model that the one in use stems from, and what retraining keeps of its rows."""
    manifest = read_manifest(folder)
    if manifest.base:
        manifest = named(folder, manifest.base)
    if not manifest.knowledge:
        raise ModelError(f"The model {manifest.name} came without the knowledge that retraining starts from.")
    return load_named(folder, manifest), unpack(folder / manifest.knowledge, manifest.knowledge_sha256)


def named(folder: Path, name: str) -> Manifest:
    """Give the manifest of a model that a folder knows."""
    path = folder / OLDER / f"{Path(name).name}.json"
    try:
        return manifest_of(json.loads(path.read_text()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"The manifest {path} can't be read ({error}): promote a model instead.") from error


def current(folder: Path) -> Manifest | None:
    """Give the manifest in use, or None where there is none yet."""
    try:
        return read_manifest(folder)
    except ModelError:
        return None


def known(folder: Path) -> list[Manifest]:
    """Give every model that a folder knows, by name."""
    return [named(folder, path.stem) for path in sorted((folder / OLDER).glob("*.json"))]


def promote(candidate: Path, folder: Path, *, override: bool = False) -> Manifest:
    """Copy a candidate's model into a folder and make it current, unless something speaks against it."""
    manifest = read_manifest(candidate)
    load_named(candidate, manifest)
    if not override and (fault := objection(manifest, current(folder))):
        raise ModelError(fault)
    folder.mkdir(parents=True, exist_ok=True)
    for name in filter(None, (manifest.artefact, manifest.knowledge)):
        if (candidate / name).exists():
            replace_file(folder / name, (candidate / name).read_bytes())
    make_current(folder, replace(manifest, previous=""))
    return read_manifest(folder)


def objection(candidate: Manifest, used: Manifest | None) -> str:
    """Say what speaks against putting a candidate in the place of the model in use; '' if nothing does."""
    if used is None or used.name == candidate.name:
        return ""
    against, is_safe = candidate.facts.get("against"), candidate.facts.get("safe")
    if against != used.name:
        was = f"was compared with {against}, not" if against else "was never compared"
        return f"{candidate.name} {was} with {used.name}, which is in use: retrain, or say --override."
    if not is_safe:
        return f"{candidate.name} calls more genuine ones spam than {used.name}: wait, or say --override."
    return ""


def rollback(folder: Path) -> Manifest:
    """Make the model before the current one current again."""
    now = read_manifest(folder)
    if not now.previous:
        raise ModelError(f"There is no model before {now.name} in {folder}: nothing to roll back to.")
    before = named(folder, now.previous)
    load_named(folder, before)
    _write_manifest(folder, before)
    return before


def _write_manifest(folder: Path, manifest: Manifest) -> None:
    raw = (json.dumps(asdict(manifest), indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
    (folder / OLDER).mkdir(exist_ok=True)
    replace_file(folder / OLDER / f"{manifest.name}.json", raw)
    replace_file(folder / MANIFEST, raw)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file whole: beside it first, synced, then renamed over it."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
