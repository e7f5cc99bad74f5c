"""What a made source page shows: a row's claim, a post's text, links as blogs have them and as sellers have them."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from proxy.scoring.text import script_of
from training.render.keywords import Lexicon
from training.render.phrases import ANCHORS
from training.render.sources import PARTS, blog_host, post_path
from training.render.themes import THEMES
from training.rows import Row

TITLE = re.compile("<title>.*?</title>", re.DOTALL)
NO_TITLE = 0.015
ELSEWHERE = (
    ("www.facebook.com", "Facebook"), ("twitter.com", "Twitter"), ("www.instagram.com", ""), ("github.com", "GitHub"),
    ("www.youtube.com", "YouTube"), ("www.linkedin.com", "LinkedIn"), ("feeds.feedburner.com", "RSS"), ("t.me", "Telegram"),
    ("www.pinterest.com", "Pinterest"), ("mastodon.social", "Mastodon"), ("creativecommons.org", "CC BY-SA"),
    ("www.addtoany.com", "Share"), ("delicious.com", "del.icio.us"), ("digg.com", "Digg"), ("wordpress.org", "WordPress"),
    ("themes.example.com", "Theme by Anders"), ("www.blogger.com", "Blogger"), ("www.statcounter.com", "counter"),
    ("validator.w3.org", "Valid XHTML"), ("vk.com", ""), ("www.google.com", "Google+"), ("gravatar.com", ""),
)  # fmt: skip


class Scene:
    """What a page is made of: a row's claim, a post's text, and words."""

    def __init__(self, row: Row, text: str, words: Lexicon, rng: random.Random) -> None:
        claim, post = row.sample.linkback, row.sample.post
        self.rng, self.words = rng, words
        self.sold: tuple[str, ...] = ()  # what the site sells, if it is made to sell one thing
        self.title = claim.title or (post.title if post else "") or "Untitled"
        self.name = claim.blog_name or rng.choice(("A blog", "Notes", "My site", ""))
        self.target = claim.target
        self.post_title = (post.title if post else "") or "this post"
        self.post_text = post.text if post else ""
        self.text = text
        self.about = [word for word in self.title.split() if len(word) > 3][:6]
        self.every = rng.choice((0, 20, 35, 60, 100))  # words, until one of the title stands in the text
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

    def settle(self, title: str = "") -> str:
        """Give the page to a site that is run like a blog to sell something; return the page's address."""
        rng = self.rng
        self.sold = self.trade()
        subject = rng.choice(self.sold)
        told = rng.choice((self.phrase(), self.phrase(), f"{rng.choice(self.sold)} {self.phrase()}", ""))
        year = rng.choice(("", "", "", str(rng.randint(2006, 2026))))
        headline = title or " ".join(rng.sample([subject, told, year], 3))
        self.title = " ".join(headline.split()[:14])
        if rng.random() < 0.5:
            self.title = self.title.title()
        self.about = [word for word in self.title.split() if len(word) > 3][:6]
        self.name, host = self.words.site(subject, rng)
        if rng.random() < 0.4:
            host = self.words.host(subject, rng)
            self.name = rng.choice((subject.title(), self.name, ""))
        return f"{rng.choice(('http', 'https'))}://{host}{post_path(self.title, rng)}"

    def keyword(self) -> str:
        """Give a phrase that somebody sells."""
        return self.rng.choice(self.words.trades[self.rng.choice(sorted(self.words.trades))])

    def trade(self) -> tuple[str, ...]:
        """Give a trade's phrases, in the text's script where there are any."""
        if self.sold:
            return self.sold
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
        if self.rng.random() < 0.1:  # a friend may be in trade
            names += [escape(self.keyword()) for _ in range(self.rng.randint(1, 3))]
        return "".join(f'<li><a href="http://{blog_host(self.rng)}/">{name}</a></li>' for name in names)

    def paragraphs(self, text: str = "", linked: float = 0.25) -> list[str]:
        """Give a text in paragraphs, with a link to somewhere in some of them."""
        sentences = (text or self.text).split(". ")
        size = self.rng.randint(1, 4)
        parts = (". ".join(sentences[n : n + size]) for n in range(0, min(len(sentences), 70), size))
        found = [escape(part if text else self._on_subject(part)) for part in parts]
        return [self._with_link(part) if self.rng.random() < linked else part for part in found if part]

    def _on_subject(self, part: str) -> str:
        """Put words of the title into a text, as one that it stands over has them."""
        words = part.split(" ")
        if self.about and self.every:
            for _ in range(round(len(words) / self.every + self.rng.random() - 0.5)):
                words.insert(self.rng.randint(0, len(words)), self.rng.choice(self.about))
        return " ".join(words)

    def _with_link(self, part: str) -> str:
        words = part.split(" ")
        place = self.rng.randrange(len(words))
        words[place] = (
            f'<a href="http://{blog_host(self.rng)}{post_path("a b", self.rng)}">{words[place]}</a>'
        )
        return " ".join(words)

    def page(self, body: Sequence[str], beside: str, *, after: str = "", title: str = "") -> str:
        """Put a body into some blog's theme, genuine and spam alike among what blogs have around a post."""
        html = self.rng.choice(THEMES).format(
            title=escape(self.title if self.sold else title or self.title),
            name=escape(self.name),
            article="".join(f"<p>{part}</p>" for part in body),
            beside=beside + self._around(),
            after=after + self._elsewhere(),
        )
        return TITLE.sub("", html, count=1) if self.rng.random() < NO_TITLE else html

    def _around(self) -> str:
        """Give links within the site: other posts with their beginnings, months, categories."""
        rng, words = self.rng, self.text.split()
        number = rng.choice((0, 0, 3, 8, 20, 60))
        starts = [rng.randrange(max(1, len(words))) for _ in range(number)]
        told = rng.choice((0, 0, 12, 40))
        return "".join(
            f'<li><a href="/{start}">{escape(" ".join(words[start : start + 4]))}</a> {escape(" ".join(words[start : start + told]))}</li>'
            for start in starts
        )

    def _elsewhere(self) -> str:
        """Give links to networks, hosters and makers of themes, as a site's foot has them."""
        shown = self.rng.sample(ELSEWHERE, self.rng.choice((0, 0, 1, 2, 4, 8)))
        links = "".join(
            f'<a href="https://{host}/{self.rng.choice(PARTS)}">{name}</a> ' for host, name in shown
        )
        return f'<div class="footer">{links}</div>' if links else ""


def told_of(part: str, words: Sequence[str], rng: random.Random, every: int = 14) -> str:
    """Put what is sold into every sentence or two."""
    found = part.split(" ")
    for _ in range(max(1, len(found) // every)):
        found.insert(rng.randint(0, len(found)), rng.choice(words))
    return " ".join(found)


def put(link: str, body: list[str], beside: str, rng: random.Random) -> None:
    """Put a link into a sentence, or by itself beside a word."""
    place = rng.randint(0, len(body))
    said = body[place].split(" ") if place < len(body) else [""]
    if len(said) < 8 or "<" in body[place] or rng.random() < 0.3:
        body.insert(place, f"{beside} {link}")
    else:
        said.insert(rng.randint(0, len(said)), link)
        body[place] = " ".join(said)
