"""What a spammer changes at no cost: each change does what its name says, and touches nothing else."""

from __future__ import annotations

import pytest

from proxy.linkback import Linkback, Post, Protocol, Sample
from training.changes import UNCHANGED, changed, changes
from training.rows import Row

CLAIM = Linkback(
    protocol=Protocol.TRACKBACK,
    source="http://shop.example/bags",
    target="http://blog.example/p/1",
    title="cheap replica bags",
    blog_name="cheap replica bags",
    excerpt="Hello there, these are the best replica bags of the season",
)
ROW = Row(
    id="1",
    kind="trackback",
    sample=Sample(linkback=CLAIM, post=Post(url=CLAIM.target, title="On tomatoes")),
    spam=True,
    group="blog",
    key="1",
)
HEADINGS = {
    UNCHANGED: (CLAIM.title, CLAIM.blog_name),
    "title: none": ("", CLAIM.blog_name),
    "title: the excerpt's first words": ("Hello there, these are the best", CLAIM.blog_name),
    "title: the post's": ("On tomatoes", CLAIM.blog_name),
    "name: none": (CLAIM.title, ""),
    "name: the host": (CLAIM.title, "shop.example"),
    "title and name: none": ("", ""),
}


@pytest.mark.parametrize("name", sorted(changes()))
def test_change_touches_what_it_names(name: str) -> None:
    """A disguise hides words, and other changes put a heading; address and excerpt stay."""
    (row,) = changed([ROW], changes()[name])
    claim = row.sample.linkback
    assert (claim.source, claim.target, row.key) == (CLAIM.source, CLAIM.target, ROW.key)
    if name.startswith("words: "):
        assert claim.excerpt != CLAIM.excerpt
        assert claim.title == claim.blog_name
    else:
        assert claim.excerpt == CLAIM.excerpt
        plain = (CLAIM.title, claim.blog_name)
        assert (claim.title, claim.blog_name) == HEADINGS.get(name, plain)
        assert (claim == CLAIM) == (name == UNCHANGED)
