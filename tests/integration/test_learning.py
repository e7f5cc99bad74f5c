"""Learning across processes: shadow scores, progress and promotion as two workers' dashboards see them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from math import log
from pathlib import Path

import pytest

from proxy.dashboard.candidate import Training, alone, tell
from proxy.linkback import Linkback, Sample, Score
from proxy.live import Live
from proxy.renewal import Renewal
from proxy.scoring import load
from proxy.scoring.artefact import read_manifest
from proxy.scoring.memory import MOST
from proxy.shadow import KEPT_BYTES, Pair, Shadow, candidate_of, pairs_of, record_of
from proxy.store import Label, State, open_store
from tests.support.dashboard import Running, config, judged, linkback, running_dashboard, sqlite
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


@pytest.mark.asyncio
async def test_copy_of_what_was_just_labelled_is_known_at_once(tmp_path: Path) -> None:
    """One label speaks against its text from anywhere, not its site, until taken back or a copy approved."""
    text = "Excellent goods from you, man. I have understand your stuff and you are just too excellent."
    first, copy = (linkback(n, excerpt=text, blog_name=f"Garden {n}") for n in (1, 2))
    other = linkback(
        1, blog_name="Garden 1", excerpt="Our otters live further down the river, where the mill was."
    )
    async with open_store(sqlite(tmp_path)) as store:
        live = Live(config(), load(SHIPPED))
        renewal = Renewal(live, Shadow(), store, None, lambda _: None)

        async def odds(one: Linkback) -> float:
            await renewal.take_labels()
            score = live.model.score(Sample(linkback=one)).spam
            return log(score / (1 - score))

        before = [await odds(copy), await odds(other)]
        numbers = [await judged(store, one) for one in (first, linkback(4, excerpt=text))]
        await store.review.discard(numbers[:1], label=Label.SPAM, by="test")
        assert await odds(copy) == pytest.approx(before[0] + MOST)
        assert await odds(other) == pytest.approx(before[1])
        live.take(live.config, load(SHIPPED))
        assert await odds(copy) > before[0], "a new model knows it as well"
        await store.review.release(numbers[1:], by="test", delay=0)
        assert await odds(copy) == pytest.approx(before[0]), "an approved near-copy outweighs it"
        await store.review.take_back(numbers, by="test")
        assert await odds(copy) == pytest.approx(before[0])
        await store.review.discard(numbers[:1], label=Label.SPAM, by="test")
        assert await odds(copy) == pytest.approx(before[0] + MOST)
        await store.review.take_back(numbers[:1], by="test")
        await store.review.release(numbers[:1], by="test", delay=0)
        assert await odds(copy) == pytest.approx(before[0]), "changed before it was looked at"


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
