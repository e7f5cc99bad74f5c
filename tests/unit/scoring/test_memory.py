"""An owner's memory: what of a linkback is a mark, and what marks say."""

from __future__ import annotations

import math
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.linkback import Linkback, Post, Protocol, Sample
from proxy.scoring.features import features
from proxy.scoring.memory import (
    MOST,
    MOST_MARKS,
    OUTVOTED,
    ROW_MARKS,
    SHARE,
    UNSEEN,
    content_of,
    marks,
    memory_of,
    recall,
    remembered,
)

POST = Post(url="https://b.example/p", title="Keeping Bees", text="Bees need water, flowers and some peace.")
CLAIM = Linkback(protocol=Protocol.TRACKBACK, source="https://a.example/1", target=POST.url)


def told(claim: Linkback, post: Post | None = POST) -> set[int]:
    """Give a claim's marks."""
    seen = features(Sample(linkback=claim, post=post)).seen
    assert seen is not None
    return set(marks(seen))


def mark(text: str) -> int:
    """Give a mark's number: a fixed hash, since owners' models hold these numbers."""
    return zlib.crc32(text.encode())


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({}, {"host a.example"}, id="host"),
        pytest.param({"excerpt": "Great post!"}, {"host a.example"}, id="short-text-tells-nothing"),
        pytest.param(
            {"excerpt": "Your article was featured!"},
            {"host a.example", "whole yourarticlewasfeatured", "^ your article was featured",
             "your article was featured $"},
            id="pieces-and-whole",
        ),
        pytest.param(
            {"excerpt": "Original story: Keeping bees 71"},
            {"host a.example", "whole originalstorykeepingbees71", "original story \u2023"},
            id="what-is-filled-in-is-left-open",
        ),
        pytest.param(
            {"excerpt": "Bees need water, flowers and some peace."},
            {"host a.example"},
            id="quotes-are-everybodys",
        ),
        pytest.param(
            {"title": "Keeping bees", "blog_name": "Cheap Handbags"},
            {"host a.example", "heading cheaphandbags"},
            id="headings-but-the-posts-own",
        ),
        pytest.param({"title": "Christine"}, {"host a.example"}, id="first-name"),
        pytest.param({"source": "nonsense"}, set(), id="nothing"),
    ],
)  # fmt: skip
def test_what_a_campaign_repeats_is_a_mark(change: dict[str, str], expected: set[str]) -> None:
    """Pieces of text around what is filled in, titles, names and hosts are; what everybody says is none."""
    assert told(replace(CLAIM, **change)) == {mark(text) for text in expected}


@given(title=st.text(max_size=400), excerpt=st.text(max_size=1_500), name=st.text(max_size=300))
def test_marks_of_a_linkback_are_few(title: str, excerpt: str, name: str) -> None:
    """Whatever is claimed has no more marks than a row of labels has room for."""
    assert len(told(replace(CLAIM, title=title, excerpt=excerpt, blog_name=name), None)) <= ROW_MARKS


def says(bad: float, good: float = 0.0) -> float:
    """Give what a mark says of so many labels, as the module states it."""
    return SHARE * math.log((bad + UNSEEN) / (OUTVOTED * good + UNSEEN))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        pytest.param([(True, 1.0)], says(1), id="one-spam"),
        pytest.param([(True, 0.5)], says(0.5), id="half-trusted"),
        pytest.param([(True, 0.0)], 0.0, id="not-trusted"),
        pytest.param([(False, 1.0)], 0.0, id="ham"),
        pytest.param([(True, 1.0)] * 3 + [(False, 1.0)], 0.0, id="one-ham-outweighs-three"),
        pytest.param([(False, 0.0)] + [(True, 1.0)] * 3, 0.0, id="a-doubted-ham-too"),
        pytest.param([(True, 1.0)] * 4 + [(False, 1.0)], says(4, 1), id="but-not-four"),
        pytest.param([(True, 1.0)] * 500, MOST, id="a-campaign"),
    ],
)
def test_marks_of_labelled_spam_are_remembered(labels: list[tuple[bool, float]], expected: float) -> None:
    """A mark says more the more trusted labels agree, up to a bound; one that was approved is forgotten."""
    known = remembered(([7], is_spam, trust) for is_spam, trust in labels)
    assert known == ({7: pytest.approx(expected)} if expected else {})


def test_of_many_marks_the_last_seen_are_kept() -> None:
    """A memory is bounded: what labelled spam had last stays, whatever is older."""
    known = remembered(([mark], True, 1.0) for mark in (*range(MOST_MARKS + 9), 3, 1))
    assert len(known) == MOST_MARKS
    assert {1, 3, MOST_MARKS + 8} <= set(known)
    assert not {0, 2, 10} & set(known)


@pytest.mark.parametrize(
    ("seen", "says"), [([], 0.0), ([7], 0.0), ([3], 2.0), ([3, 7, 9], 3.5), ([3, 5, 9], MOST)]
)
def test_marks_are_added_up_to_a_bound(seen: list[int], says: float) -> None:
    """Known marks add what they say; all together never more than a bound."""
    assert recall({3: 2.0, 5: 4.0, 9: 1.5}, seen) == says
    assert recall({}, seen) == 0.0


def test_a_memory_is_kept_as_numbers() -> None:
    """What an artefact holds of a memory gives the same memory again."""
    assert memory_of(content_of({3: 2.0, 2**32 - 1: 4.5})) == {3: 2.0, 2**32 - 1: 4.5}


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        pytest.param([1], [1.0, 1.0], id="other-length"),
        pytest.param([1], [math.nan], id="no-number"),
        pytest.param([1], [MOST + 1], id="too-much"),
        pytest.param([1], [-1.0], id="speaks-for-it"),
        pytest.param(range(MOST_MARKS + 1), [1.0] * (MOST_MARKS + 1), id="too-many"),
    ],
)
def test_a_memory_that_is_none_is_refused(numbers: list[int], says: list[float]) -> None:
    """An artefact's memory is within its bounds."""
    with pytest.raises(ValueError, match=r"memory|argument"):
        memory_of({"marks": np.array(numbers), "says": np.array(says)})
