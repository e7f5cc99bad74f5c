"""Learning across processes: shadow scores, progress and promotion as two workers' dashboards see them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from proxy.dashboard.candidate import Training, alone, tell
from proxy.linkback import Sample, Score
from proxy.scoring import load
from proxy.scoring.artefact import read_manifest
from proxy.shadow import KEPT_BYTES, Pair, Shadow, candidate_of, pairs_of, record_of
from proxy.store import State
from tests.support.dashboard import Running, judged, linkback, running_dashboard, sqlite
from training.registry import write_model

SHIPPED = Path(__file__).parents[2] / "models"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Give an owner's folder of models, empty yet, and beside it a candidate that suspects everybody."""
    shipped = load(SHIPPED)
    facts = {"against": shipped.name, "safe": True}
    write_model(
        replace(shipped, bias=shipped.bias + 30), tmp_path / "models-candidate", facts, base=shipped.name
    )
    return tmp_path / "models"


def taken(models: Path) -> Shadow:
    """Take up the candidate, as a worker does."""
    shadow = Shadow()
    shadow.take(candidate_of(models))
    return shadow


def test_two_workers_share_one_record(models: Path) -> None:
    """What the candidate says beside the model is kept once for all workers, and changes no score."""
    workers = [taken(models), taken(models)]
    sample, score = Sample(linkback=linkback(1)), Score(spam=0.25)
    for number, shadow in enumerate(workers):
        seen = shadow.beside(score, sample)
        assert (seen.spam, seen.clues) == (score.spam, score.clues)
        shadow.note(number, seen)
        shadow.close()
        assert shadow.beside(score, sample) == score
    assert [(pair.id, pair.used, pair.rival > 0.9) for pair in pairs_of(candidate_of(models))] == [
        (0, 0.25, True),
        (1, 0.25, True),
    ]


def test_record_has_a_bound_and_stands_what_was_cut(models: Path) -> None:
    """A full record takes no more, and a line that a dying process cut is passed over."""
    folder = candidate_of(models)
    record_of(folder, read_manifest(folder).name).write_bytes(b"7,0.5,0.75\n8,0.")
    assert pairs_of(folder) == [Pair(id=7, used=0.5, rival=0.75)]
    full = b"1,0.1,0.2\n" * (KEPT_BYTES // 10)
    record_of(folder, read_manifest(folder).name).write_bytes(full)
    shadow = taken(models)
    shadow.note(2, Score(spam=0.5, rival=0.5))
    shadow.close()
    assert record_of(folder, read_manifest(folder).name).stat().st_size == len(full)


def _cut(folder: Path) -> None:
    path = folder / read_manifest(folder).artefact
    path.write_bytes(path.read_bytes()[:-9])


@pytest.mark.parametrize("spoil", [_cut, lambda folder: (folder / "manifest.json").unlink()])
def test_candidate_that_cannot_be_used_says_nothing(spoil: Callable[[Path], None], models: Path) -> None:
    """A broken candidate leaves scores as they are."""
    spoil(candidate_of(models))
    score = Score(spam=0.25)
    assert taken(models).beside(score, Sample(linkback=linkback(1))) == score


@pytest.mark.asyncio
async def test_other_workers_dashboard_shows_and_decides(models: Path, tmp_path: Path) -> None:
    """Progress, outcome, live differences by name and promotion are the same on every worker's dashboard."""
    folder = candidate_of(models)
    async with AsyncExitStack() as stack:
        one, other = [
            await stack.enter_async_context(running_dashboard(sqlite(tmp_path), models=str(models)))
            for _ in range(2)
        ]
        with alone(folder):
            tell(folder, Training(running=True, step="fitting all labels", share=0.6))
            assert "fitting all labels" in await one.text("/learning")
            assert "fitting all labels" in await other.text("/learning")
            assert await other.post("/learning/retrain") == 303  # it is under way: nothing is begun anew
            assert '"share": 0.6' in await _first_event(other)
        assert "broken off" in await other.text("/learning")
        await _with_outcome(folder)
        named = await judged(one.store, linkback(3, title="A quiet walk"), state=State.HELD)
        shadow = taken(models)
        shadow.note(named, shadow.beside(Score(spam=0.1), Sample(linkback=linkback(3))))
        shadow.close()
        shown = await other.text("/learning")
        assert "1 linkbacks were scored by both: 1 would newly be spam" in shown
        assert shown.count("A quiet walk") == 2
        assert await other.post("/learning/change", do="promote") == 303
        assert read_manifest(models).base == read_manifest(SHIPPED).name
        assert "Candidate" not in await one.text("/learning")


async def _first_event(running: Running) -> str:
    async with running.client.get(f"{running.url}/learning/progress") as answer:
        return (await answer.content.readline()).decode()


async def _with_outcome(folder: Path) -> None:
    side = {"spam": 1, "caught": 1, "ham": 1, "false": 0}
    pair = {"before": side, "after": side}
    outcome = {"model": read_manifest(folder).name, "safe": True, "later": pair, "old": pair, "slices": {}}
    await asyncio.to_thread(tell, folder, Training(outcome=outcome))
