"""What is made for training: honest in every language and shape, and spam that hides its cues."""

from __future__ import annotations

import random
from urllib.parse import urlsplit

import pytest

from proxy.linkback import Place
from proxy.scoring.features import features
from training.corpus import unrelated
from training.render.genuine import genuine, targets_of
from training.render.habits import HABITS
from training.render.masked import masked
from training.render.pages import GENUINE, with_pages
from training.render.prose import prose, written
from training.render.sellers import SPAM
from training.render.spam import campaigns

RNG = 7
ARTICLES = list(written(random.Random(RNG), 6))
TARGETS = targets_of(ARTICLES, [])


def test_every_language_has_enough_to_say() -> None:
    """Each language has titles, names, ways to introduce a link, and plain sentences."""
    for said in prose().values():
        assert min(len(said.titles), len(said.mentions)) >= 2
        assert len(said.lines) >= 5
        assert all("{title}" in line or "{blog}" in line for line in said.mentions)
        assert not any("{" in line for line in (*said.titles, *said.lines, *said.blogs))


def test_genuine_rows_are_made_in_every_language_and_protocol() -> None:
    """Every language comes in every protocol, and each row says whose texts it is made of."""
    rows = list(genuine(ARTICLES, [], random.Random(RNG), 6))
    assert {(row.language, row.kind) for row in rows} >= {
        (language, kind) for language in prose() for kind in ("trackback", "pingback", "webmention")
    }
    assert all(
        urlsplit(row.sample.linkback.source).hostname or not row.sample.linkback.source for row in rows
    )
    assert all(row.of for row in rows)


@pytest.mark.parametrize("habit", sorted(HABITS))
def test_no_cue_marks_all_spam_of_a_habit(habit: str) -> None:
    """Neither title equal to name nor any finding about the address marks every row of a habit."""
    rows = list(campaigns(TARGETS, random.Random(RNG), 60, habits=(habit,)))
    found = [frozenset(features(row.sample).findings) for row in rows]
    common = frozenset.intersection(*found)
    assert not {name for name in common if name.startswith(("title:", "address:")) and "&" not in name}


def test_pages_of_both_kinds_are_examined() -> None:
    """Pages are made for genuine and spam rows, and the service's examiner finds the link in nearly all."""
    rng = random.Random(RNG)
    rows = [*genuine(ARTICLES[:40], [], rng, 1), *campaigns(TARGETS, rng, 10)]
    pages = list(with_pages(rows, TARGETS, rng))
    found = [row.sample.evidence for row in pages if row.sample.evidence]
    assert len(found) == len(rows)
    assert sum(one.found for one in found) > 0.75 * len(found)
    assert {Place.MAIN, Place.BOILERPLATE} <= {one.place for one in found}
    assert sum(share for _, share in (*GENUINE, *SPAM)) > 1.9


def test_masking_tells_nothing_of_the_label() -> None:
    """Titles are masked as often in spam as in genuine rows, and rows stay who they are."""
    rng = random.Random(RNG)
    rows = [*genuine(ARTICLES, [], rng, 2), *campaigns(TARGETS, rng, 40)]
    titled = {row.id: row for row in rows if row.sample.linkback.title}
    told = list(masked(rows, 1.0, rng))
    assert [row.id for row in told] == [f"made:masked:{name}" for name in titled]
    for row, before in zip(told, titled.values(), strict=True):
        assert (row.spam, row.group, row.of, row.key) == (before.spam, before.group, before.of, before.key)
    for spam in (True, False):
        side = [row.sample.linkback for row in told if row.spam is spam]
        untitled = sum(not claim.title for claim in side) / len(side)
        unnamed = sum(not claim.title and not claim.blog_name for claim in side) / len(side)
        assert untitled == pytest.approx(0.55, abs=0.07)
        assert 0.2 < unnamed < untitled + 0.01


def test_nothing_of_a_held_out_blog_is_learned() -> None:
    """A fold learns no row that was left on, made of, or a near-copy of something on its blogs."""
    rows = list(genuine(ARTICLES, [], random.Random(RNG), 1))
    blog, key = "prose:de:1", next(row.key for row in rows if row.group == "prose:fr:2")
    kept = [rows[number] for number in unrelated(rows, frozenset({blog}), frozenset({key}))]
    assert kept
    assert not [row for row in kept if blog in {row.group, *row.of} or row.key == key]
