"""Retraining from the shipped knowledge: what labels may do, and what they may not."""

from __future__ import annotations

import functools
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.linkback import Linkback, Post, Protocol, Sample
from proxy.scoring import Model, load
from proxy.scoring.features import features
from proxy.scoring.memory import MOST, marks, recall
from training.nearcopies import copy_weights
from training.owner import labels_of
from training.registry import content_of, packed, shipped, write_model
from training.retrain import adapt, counts, label_weights, old_counts, retrain
from training.rows import Row
from training.trust import votes

MODELS = Path(__file__).parents[3] / "models"
POST = Post(url="https://b.example/p", title="Keeping bees", text="Bees need water, flowers and some peace.")
CLUB = "Our club met again, and the minutes of last month were read before the {} began, number {}."


@functools.cache
def _base() -> tuple[Model, dict[str, Any]]:
    return shipped(MODELS)


@pytest.fixture
def base() -> tuple[Model, dict[str, Any]]:
    """Load the shipped model and what it keeps for retraining."""
    return _base()


def row(number: int, *, spam: bool, title: str, excerpt: str, host: str) -> Row:
    """Make a labelled trackback."""
    claim = Linkback(
        protocol=Protocol.TRACKBACK,
        source=f"https://{host}/2019/0{1 + number % 9}/{title.lower().replace(' ', '-')}/",
        target=POST.url,
        title=title,
        blog_name="Valley Herald",
        excerpt=excerpt,
    )
    return Row(
        id=f"{host}{number}", kind="trackback", sample=Sample(linkback=claim, post=POST), spam=spam, group="b",  # noqa: E501
        key=f"{host}{number}", at=f"2024-01-{1 + number % 28:02}",
    )  # fmt: skip


def unknown_campaign(number: int) -> list[Row]:
    """Give a campaign that the shipped model takes for genuine: sentences, dated addresses, odd hosts."""
    return [
        row(
            n,
            spam=True,
            title=f"Minutes of the club {n}",
            excerpt=CLUB.format("dance", n),
            host=f"site{n}.example",
        )
        for n in range(number)
    ]


def taught(base: tuple[Model, dict[str, Any]], labels: list[Row]) -> Model:
    """Adapt the shipped model to labels."""
    return adapt(*base, labels_of(labels))


def scores(model: Model, rows: list[Row]) -> list[float]:
    """Score rows."""
    return [score.spam for score in model.score_many([one.sample for one in rows])]


def test_few_labels_teach_a_campaign(base: tuple[Model, dict[str, Any]]) -> None:
    """Five labels of a campaign that passed before raise every further row of it."""
    campaign = unknown_campaign(25)
    before, after = scores(base[0], campaign[5:]), scores(taught(base, campaign[:5]), campaign[5:])
    assert max(before) < 0.5
    assert min(after) > max(before)


def test_near_copy_of_labelled_spam_is_told_so(base: tuple[Model, dict[str, Any]], tmp_path: Path) -> None:
    """One label is remembered, kept in the artefact and told as a clue that is part of the score's sum."""
    first, second = unknown_campaign(2)
    model = taught(base, [first])
    write_model(model, tmp_path, {})
    again = load(tmp_path)
    clues = {clue.name: clue for clue in again.score(second.sample).clues}
    assert "much like one that you marked as spam" in clues["history:alike"].text
    forgetful = replace(again, memory=base[0].memory)
    odds = [next(one.log_odds([features(second.sample)])) for one in (forgetful, again)]
    assert odds[1] - odds[0] == pytest.approx(clues["history:alike"].weight, abs=1e-3)
    assert odds[1] - odds[0] > 2
    other = replace(second.sample, linkback=replace(second.sample.linkback, blog_name="", excerpt="Seeds!"))
    assert "history:alike" not in {clue.name for clue in again.score(other).clues}


def test_approved_near_copy_is_not_held_against_the_next(base: tuple[Model, dict[str, Any]]) -> None:
    """One label 'ham' among near-copies, and a label that is not trusted, leave nothing of them in memory."""
    campaign = unknown_campaign(4)
    approved = [*campaign[:2], replace(campaign[2], spam=False)]
    seen = features(campaign[3].sample).seen
    assert seen is not None
    assert recall(taught(base, campaign[:3]).memory, marks(seen)) == MOST
    assert recall(taught(base, approved).memory, marks(seen)) == 0.0


@settings(max_examples=8, deadline=None)
@given(
    kept=st.lists(st.booleans(), min_size=12, max_size=12),
    spam=st.lists(st.booleans(), min_size=12, max_size=12),
    order=st.randoms(use_true_random=False),
)
def test_label_taken_back_is_unlearned(kept: list[bool], spam: list[bool], order: random.Random) -> None:
    """A candidate without some labels has the bytes of one that never had them, in any order."""
    labels = [replace(row, spam=label) for row, label in zip(unknown_campaign(12), spam, strict=True)]
    left = [row for row, stays in zip(labels, kept, strict=True) if stays]
    shuffled = order.sample(labels, len(labels))
    taken_back = {row.id for row in labels} - {row.id for row in left}
    before, knowledge = _base()
    full = retrain(before, before, knowledge, labels_of(shuffled)).model
    still = [row for row in shuffled if row.id not in taken_back]
    again = retrain(before, full, knowledge, labels_of(still)).model
    never = retrain(before, before, knowledge, labels_of(left)).model
    assert packed(content_of(again)) == packed(content_of(never))


def test_wrong_labels_do_little_harm(base: tuple[Model, dict[str, Any]]) -> None:
    """Five genuine linkbacks marked as spam raise false positives on old knowledge by at most 1 %."""
    rng = random.Random(1)
    words = ["garden", "water", "river", "stone", "bread", "paper", "light", "winter", "letter", "mountain"]
    wrong = [
        row(n, spam=True, title=" ".join(rng.sample(words, 4)).title(), host=f"{rng.choice(words)}{n}.example",  # noqa: E501
            excerpt=f"This week I thought about the {rng.choice(words)} and my {rng.choice(words)}, at length.")  # noqa: E501
        for n in range(5)
    ]  # fmt: skip
    before, after = old_counts(*base), old_counts(taught(base, wrong), base[1])
    assert after.false - before.false <= 0.01 * before.ham
    assert after.caught >= 0.98 * before.caught


def test_near_copies_outvote_a_slip(base: tuple[Model, dict[str, Any]]) -> None:
    """One near-copy of ten with the other label changes nothing of what the nine teach."""
    campaign = unknown_campaign(10)
    slipped = [replace(campaign[0], spam=False), *campaign[1:]]
    fresh = unknown_campaign(14)[10:]
    assert min(scores(taught(base, slipped), fresh)) > max(scores(base[0], fresh))
    cast = votes(np.array([one.spam for one in slipped]), [0] * 10)
    assert cast.is_heard().tolist() == [False] + [True] * 9


def test_near_copies_count_as_few() -> None:
    """500 near-copies are one group and weigh less than ten rows, whatever numbers and hosts differ."""
    groups = labels_of(unknown_campaign(500)).groups.tolist()
    assert len(set(groups)) == 1
    assert sum(copy_weights(groups)) < 10


def test_different_texts_are_no_copies() -> None:
    """Rows on different subjects stay apart."""
    texts = ("bees and honey in the spring", "an old radio on the shelf", "maps of the northern coast")
    rows = [row(n, spam=False, title=t, excerpt=t, host=f"h{n}.example") for n, t in enumerate(texts)]
    assert len(set(labels_of(rows).groups)) == 3


def test_one_label_cannot_outvote_the_other() -> None:
    """However many labels are of one kind, they weigh at most a few times the others."""
    weights = label_weights(np.arange(200) > 0, np.arange(200))
    assert weights[1:].sum() <= 6.0 + 1e-9


def test_candidate_is_measured_on_later_labels(base: tuple[Model, dict[str, Any]]) -> None:
    """A candidate that would call the owner's later genuine linkbacks spam is not safe to promote."""
    campaign = unknown_campaign(40)
    late = [replace(one, spam=False, at="2025-01-01", id=f"late{one.id}") for one in campaign[:10]]
    turned = retrain(base[0], base[0], base[1], labels_of([*campaign[10:], *late]))
    assert turned.later[1].ham == len(late)
    assert turned.is_safe is (
        turned.later[1].false <= turned.later[0].false and turned.old[1].false <= turned.old[0].false
    )
    assert counts(base[0], late).false == turned.later[0].false
