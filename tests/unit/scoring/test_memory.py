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
from proxy.scoring.memory import MOST, MOST_MARKS, ROW_MARKS, content_of, marks, memory_of, recall

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
