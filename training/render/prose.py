"""Articles in many languages, put together from sentences that were written for this project.

Real posts are at hand in few languages only. Without these, a word that occurs in made spam of a
language and in no genuine row of it would count as spam, be it 'für', 'и' or 'です'.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from training.render.sources import blog_host, post_path
from training.rows import Article

UNSPACED = frozenset({"ja", "zh", "th"})
BLOGS = 6  # made blogs a language: a token must occur in several before it may count


@dataclass(frozen=True, slots=True)
class Prose:
    """What one language has to say."""

    titles: tuple[str, ...]
    blogs: tuple[str, ...]
    mentions: tuple[str, ...]
    lines: tuple[str, ...]


@cache
def prose() -> dict[str, Prose]:
    """Read the sentences of every language."""
    content = tomllib.loads((files("training.render") / "prose.toml").read_text(encoding="utf-8"))
    return {
        language: Prose(**{part: tuple(found) for part, found in parts.items()})
        for language, parts in content.items()
    }


def written(rng: random.Random, each: int) -> Iterator[Article]:
    """Give so many articles of each language."""
    for language, said in prose().items():
        hosts = [blog_host(rng) for _ in range(BLOGS)]
        for turn in range(each):
            blog = turn % BLOGS
            yield _article(language, said, blog, hosts[blog], rng)


def _article(language: str, said: Prose, blog: int, host: str, rng: random.Random) -> Article:
    space = "" if language in UNSPACED else " "
    lines = rng.sample(said.lines, min(len(said.lines), rng.randint(3, 9)))
    title = rng.choice(said.titles)
    if rng.random() < 0.4:  # a title that no other article has: the start of a sentence
        title = (rng.choice(said.lines)[: rng.randint(12, 26)] if not space
                 else " ".join(rng.choice(said.lines).split()[: rng.randint(3, 8)])).rstrip(" ,.:。、，")  # fmt: skip
    return Article(
        title=title,
        text=space.join(lines),
        url=f"http://{host}{post_path(title, rng)}",
        blog_name=said.blogs[blog % len(said.blogs)],
        group=f"prose:{language}:{blog}",
        language=language,
    )
