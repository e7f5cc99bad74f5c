"""How much of a host's name is made of words that sites made for money are called by."""

from __future__ import annotations

import pytest

from proxy.scoring.sitenames import ALL, MUCH, made_of, named


@pytest.mark.parametrize(
    ("label", "words", "share"),
    [
        ("bestmobilenews", 3, 1.0),
        ("best-mobile-news", 3, 1.0),
        ("24news", 2, 1.0),
        ("youtube", 1, 1.0),  # not 'you' and 'tube': the fewest words
        ("tomatonews", 1, 0.4),
        ("xkqz", 0, 0.0),
        ("", 0, 0.0),
    ],
)
def test_a_host_is_read_with_as_few_letters_left_over_as_possible(
    label: str, words: int, share: float
) -> None:
    """The reading that explains most letters is taken, and of such the one with fewest words."""
    assert made_of(label) == (words, share)


def test_a_very_long_label_is_read_in_part() -> None:
    """A label of any length costs no more than one of the length that names have."""
    assert made_of("news" * 500) == (15, 1.0)


def test_words_of_a_name_are_counted() -> None:
    """Only such words of a blog's name count."""
    assert named(frozenset({"news", "daily", "tomato"})) == 2
    assert MUCH < ALL < 1
