"""The ways in which spammers hide words: each turns a text into one that reads the same.

Used to make training rows, and to measure how much is still caught after each.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from proxy.linkback import Linkback

LOOKALIKES = dict(zip("aeopcyxis", "аеорсухіѕ", strict=True))
LEET = dict(zip("oieast", "013@57", strict=True))


def look_alikes(text: str, rng: random.Random) -> str:
    """Put Cyrillic letters for half of the Latin ones that look so."""
    return "".join(LOOKALIKES[c] if c in LOOKALIKES and rng.random() < 0.5 else c for c in text)


def invisible(text: str, rng: random.Random) -> str:
    """Put zero-width characters into words."""
    return "".join(
        c + rng.choice("\u200b\u2060\ufeff") if c.isalpha() and rng.random() < 0.25 else c for c in text
    )


def leet(text: str, rng: random.Random) -> str:
    """Put digits and signs for letters."""
    return "".join(LEET[c] if c in LEET and rng.random() < 0.4 else c for c in text)


def spaced(text: str, rng: random.Random) -> str:
    """Put blanks, dots or hyphens between the letters of longer words."""
    between = rng.choice(" .-")
    return " ".join(
        between.join(word) if len(word) > 4 and word.isalpha() and rng.random() < 0.4 else word
        for word in text.split(" ")
    )


def entities(text: str, rng: random.Random) -> str:
    """Write letters as character references."""
    return "".join(f"&#{ord(c)};" if c.isalpha() and rng.random() < 0.5 else c for c in text)


def mixed(text: str, rng: random.Random) -> str:
    """Write words in full-width or mathematical letters."""
    base = rng.choice((0xFF21 - 65, 0x1D400 - 65))
    small = base + (65 + 32) - 97 if base == 0xFF21 - 65 else 0x1D41A - 97
    return " ".join(
        "".join(_other(c, base, small) for c in word) if rng.random() < 0.5 else word
        for word in text.split(" ")
    )


def _other(letter: str, base: int, small: int) -> str:
    if "A" <= letter <= "Z":
        return chr(ord(letter) + base)
    return chr(ord(letter) + small) if "a" <= letter <= "z" else letter


Disguise = Callable[[str, random.Random], str]
DISGUISES: dict[str, Disguise] = {
    "look-alikes": look_alikes,
    "invisible": invisible,
    "leet": leet,
    "spaced": spaced,
    "entities": entities,
    "mixed": mixed,
}


def disguised(claim: Linkback, name: str, rng: random.Random) -> Linkback:
    """Give a claim whose title, blog name and excerpt are disguised; equal ones stay equal."""
    hide = DISGUISES[name]
    title = hide(claim.title, rng)
    blog_name = title if claim.blog_name == claim.title else hide(claim.blog_name, rng)
    return replace(claim, title=title, blog_name=blog_name, excerpt=hide(claim.excerpt, rng))
