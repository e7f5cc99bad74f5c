"""What a made source page shows: a row's claim, a post's text, links as blogs have them and as sellers have them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from proxy.scoring.text import script_of
from training.render.keywords import Lexicon
from training.render.phrases import ANCHORS
from training.render.sources import blog_host, post_path
from training.render.themes import THEMES
from training.rows import Row


class Scene:
    """What a page is made of: a row's claim, a post's text, and words."""

    def __init__(self, row: Row, text: str, words: Lexicon, rng: random.Random) -> None:
        claim, post = row.sample.linkback, row.sample.post
        self.rng, self.words = rng, words
        self.title = claim.title or (post.title if post else "") or "Untitled"
        self.name = claim.blog_name or rng.choice(("A blog", "Notes", "My site", ""))
        self.target = claim.target
        self.post_title = (post.title if post else "") or "this post"
        self.post_text = post.text if post else ""
        self.text = text
        bare = claim.excerpt
        for mark in ("[...]", "[…]", "[&#8230;]"):
            bare = bare.replace(mark, "")
        self.excerpt = escape(bare.strip()[:400])

    def link(self, shown: str = "", rel: float = 0.1) -> str:
        """Give the link to the target."""
        shown = shown or self.rng.choice((self.post_title, self.post_title, self.rng.choice(ANCHORS), self.target, " ".join(self.post_title.split()[:3]), self.phrase(), self.phrase()))  # fmt: skip
        marks = ' rel="nofollow"' if self.rng.random() < rel else ""
        return f'<a href="{escape(self.target, quote=True)}"{marks}>{escape(shown)}</a>'

    def phrase(self) -> str:
        """Give some words of a sentence, as people link them."""
        words = self.text[:2_000].split()
        start = self.rng.randrange(max(1, len(words)))
        return " ".join(words[start : start + self.rng.randint(1, 6)]) or self.post_title

    def keyword(self) -> str:
        """Give a phrase that somebody sells."""
        return self.rng.choice(self.words.trades[self.rng.choice(sorted(self.words.trades))])

    def trade(self) -> tuple[str, ...]:
        """Give a trade's phrases, in the text's script where there are any."""
        chosen = self.words.trades[self.rng.choice(sorted(self.words.trades))]
        script = script_of(self.text)
        return tuple(word for word in chosen if script_of(word) == script) or chosen

    def links(self, number: int, between: str = "") -> str:
        """Give links to other hosts, with keywords as their words."""
        chosen = [self.keyword() for _ in range(number)]
        found = [
            f'<a href="http://{self.words.host(word, self.rng)}/{quote(word)}">{escape(word)}</a>'
            for word in chosen
        ]
        return between.join(found) if between else "".join(f"<li>{one}</li>" for one in found)

    def friends(self, number: int) -> str:
        """Give a blogroll, and links as blogs have them; some have very many."""
        number *= self.rng.choices((1, 3, 8), (30, 2, 1))[0]
        names = [self.rng.choice(self.words.words) for _ in range(number)]
        return "".join(f'<li><a href="http://{blog_host(self.rng)}/">{name}</a></li>' for name in names)

    def paragraphs(self, text: str = "", linked: float = 0.25) -> list[str]:
        """Give a text in paragraphs, with a link to somewhere in some of them."""
        sentences = (text or self.text).split(". ")
        size = self.rng.randint(1, 4)
        found = [escape(". ".join(sentences[n : n + size])) for n in range(0, min(len(sentences), 70), size)]
        return [self._with_link(part) if self.rng.random() < linked else part for part in found if part]

    def _with_link(self, part: str) -> str:
        words = part.split(" ")
        place = self.rng.randrange(len(words))
        words[place] = (
            f'<a href="http://{blog_host(self.rng)}{post_path("a b", self.rng)}">{words[place]}</a>'
        )
        return " ".join(words)

    def page(self, body: Sequence[str], beside: str, *, after: str = "", title: str = "") -> str:
        """Put a body into some blog's theme."""
        article = "".join(f"<p>{part}</p>" for part in body)
        return self.rng.choice(THEMES).format(
            title=escape(title or self.title),
            name=escape(self.name),
            article=article,
            beside=beside,
            after=after,
        )
