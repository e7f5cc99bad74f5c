"""A bounded part of many rows: which are kept, and that it is the same again."""

from __future__ import annotations

from collections import Counter

from training.bounded import Bounded


def kept(rows: list[tuple[str, str]], most: int) -> list[tuple[str, str]]:
    """Take rows of (part, key), each from a line of its own."""
    bounded = Bounded[tuple[str, str]](most)
    for number, row in enumerate(rows):
        bounded.take(row, part=row[0], key=row[1], line=f"{number} {row}".encode())
    assert bounded.taken == len(rows)
    return bounded.items()


def test_few_are_all_kept_in_their_order() -> None:
    """Where no part has more than the bound nothing is left out or moved."""
    rows = [("spam", "a"), ("ham", "b"), ("spam", "a"), ("spam", "c")]
    assert kept(rows, 3) == rows


def test_many_are_bounded_by_part_and_the_same_again() -> None:
    """No part exceeds the bound, a small one is whole, and the choice is repeatable."""
    rows = [("spam" if n % 10 else "ham", str(n)) for n in range(5_000)]
    found = kept(rows, 600)
    assert Counter(part for part, _ in found) == {"spam": 600, "ham": 500}
    assert found == kept(rows, 600)
    late = sum(int(key) >= 2_500 for part, key in found if part == "spam")
    assert 200 < late < 400  # early or late rows are not favoured


def test_campaign_does_not_push_the_others_out() -> None:
    """Of 20,000 near-copies and 400 other texts nearly all of the others stay."""
    rows = [("spam", "campaign" if n % 51 else f"other {n}") for n in range(20_400)]
    found = Counter(key == "campaign" for _, key in kept(rows, 500))
    assert found[False] > 380
