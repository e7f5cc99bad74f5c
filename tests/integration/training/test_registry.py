"""Model folders: what is refused, with a sentence, while the model in use stays as it is."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from proxy.scoring import ModelError, load
from proxy.scoring.artefact import MANIFEST, read_manifest
from training import registry

SHIPPED = Path(__file__).parents[3] / "models"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Give a copy of the shipped models."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "models"))


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    """Write a candidate: the shipped model with another bias, compared and found safe."""
    folder, shipped = tmp_path / "candidate", load(SHIPPED)
    facts = {"against": shipped.name, "safe": True}
    registry.write_model(replace(shipped, bias=shipped.bias - 0.1), folder, facts, base=shipped.name)
    return folder


def rewritten(**changes: Any) -> Callable[[Path], None]:
    """Change keys of the manifest."""

    def change(folder: Path) -> None:
        path = folder / MANIFEST
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return change


def _artefact(folder: Path) -> Path:
    return folder / read_manifest(folder).artefact


def alter(folder: Path) -> None:
    """Turn one bit of the artefact."""
    path = _artefact(folder)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


def cut(folder: Path) -> None:
    """Cut the artefact."""
    _artefact(folder).write_bytes(_artefact(folder).read_bytes()[:-100])


def lose(folder: Path) -> None:
    """Remove the artefact."""
    _artefact(folder).unlink()


def boast(folder: Path) -> None:
    """Let the artefact remember more than a memory may say."""
    registry.write_model(replace(load(folder), memory={7: 99.0}), folder, {})


UNUSABLE = {
    "memory out of bounds": (boast, "holds no model"),
    "altered": (alter, "is not the file that its manifest pins"),
    "cut": (cut, "is not the file that its manifest pins"),
    "lost": (lose, "can't be read"),
    "other scikit-learn": (rewritten(scikit_learn="1.0.0"), "was written with scikit-learn 1.0.0"),
    "other features": (rewritten(feature_version=1), "was trained for feature version 1"),
    "other folder": (rewritten(artefact="../judge.joblib"), "is damaged"),
    "cut-offs in disorder": (rewritten(cutoffs={"ham": 0.9, "spam": 0.1}), "is damaged"),
    "no manifest": (lambda folder: (folder / MANIFEST).write_text("{"), "is damaged"),
}
USED = read_manifest(SHIPPED).name
REFUSED = {
    "worse": (rewritten(facts={"against": USED, "safe": False}), "calls more genuine ones spam"),
    "never compared": (rewritten(facts={}), "was never compared"),
    "compared with another": (rewritten(facts={"against": "judge-0", "safe": True}), "compared with judge-0"),
}


@pytest.mark.parametrize(("break_it", "sentence"), UNUSABLE.values(), ids=UNUSABLE)
def test_unusable_candidate_is_refused_with_a_sentence(
    break_it: Callable[[Path], None], sentence: str, candidate: Path, models: Path
) -> None:
    """A candidate that can't be trusted is refused, even with an override; the model in use is untouched."""
    break_it(candidate)
    before = (models / MANIFEST).read_bytes()
    for refuse in (lambda: load(candidate), lambda: registry.promote(candidate, models, override=True)):
        with pytest.raises(ModelError, match=sentence):
            refuse()
    assert (models / MANIFEST).read_bytes() == before
    load(models)


@pytest.mark.parametrize(("change", "sentence"), REFUSED.values(), ids=REFUSED)
def test_candidate_is_promoted_only_if_false_positives_do_not_rise(
    change: Callable[[Path], None], sentence: str, candidate: Path, models: Path
) -> None:
    """Without a comparison with the model in use that says so, only an override promotes."""
    change(candidate)
    with pytest.raises(ModelError, match=sentence):
        registry.promote(candidate, models)
    assert read_manifest(models).name == load(SHIPPED).name
    assert registry.promote(candidate, models, override=True).name == read_manifest(candidate).name


def test_promotion_and_rollback(candidate: Path, models: Path) -> None:
    """A compared candidate comes into use, and one step leads back; what is broken can't be gone back to."""
    shipped = load(SHIPPED)
    promoted = registry.promote(candidate, models)
    assert (promoted.previous, load(models).bias) == (shipped.name, shipped.bias - 0.1)
    assert {one.name for one in registry.known(models)} == {shipped.name, promoted.name}
    assert registry.rollback(models).name == load(models).name == shipped.name
    registry.promote(candidate, models)
    (models / f"{shipped.name}.joblib").write_bytes(b"")
    with pytest.raises(ModelError, match="is not the file"):
        registry.rollback(models)
    assert load(models).name == promoted.name


def test_damaged_entry_of_the_list_is_a_sentence(models: Path) -> None:
    """An entry that can't be read is told of as such."""
    (models / registry.OLDER / "judge-0.json").write_text("{}")
    with pytest.raises(ModelError, match="can't be read"):
        registry.known(models)


def test_artefact_is_small_and_loads_fast() -> None:
    """The shipped artefact has less than 20 MB and loads in less than half a second of processor time."""
    assert _artefact(SHIPPED).stat().st_size < 20_000_000
    before = time.process_time()
    load(SHIPPED)
    assert time.process_time() - before < 0.5
