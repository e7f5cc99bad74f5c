"""How the grammar draws: mostly what everybody sends, and now and then what only an attacker would."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


def mostly(usual: T, odd: Sequence[T], one_in: int = 5) -> st.SearchStrategy[T]:
    """Draw the usual, and one time in so many something odd."""
    return st.integers(1, one_in).flatmap(lambda n: st.sampled_from(odd) if n == one_in else st.just(usual))


def rarely(draw: st.DrawFn, one_in: int = 10) -> bool:
    """Say yes one time in so many."""
    return draw(st.integers(1, one_in)) == one_in
