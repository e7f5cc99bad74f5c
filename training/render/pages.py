"""Source pages, made: blogs of many themes; scrapers, link farms, doorways and shops around a claim.

No crawl of such pages exists, so page evidence is learned from these and says so in the model card.
Each page goes through the service's own examiner; what is learned is what the examiner sees.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from html import escape
from urllib.parse import quote

from proxy.examine import examine
from proxy.linkback import Evidence, Protocol, Sample
from training.render.genuine import Target
from training.render.keywords import Lexicon, lexicon
from training.render.phrases import ANCHORS
from training.render.sources import blog_host, post_path
from training.render.themes import THEMES
from training.rows import Row

PageOf = Callable[["Scene"], str]


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
        shown = shown or self.rng.choice((self.post_title, self.post_title, self.rng.choice(ANCHORS), self.target, " ".join(self.post_title.split()[:3])))  # fmt: skip
        marks = ' rel="nofollow"' if self.rng.random() < rel else ""
        return f'<a href="{escape(self.target, quote=True)}"{marks}>{escape(shown)}</a>'

    def keyword(self) -> str:
        """Give a phrase that somebody sells."""
        return self.rng.choice(self.words.trades[self.rng.choice(sorted(self.words.trades))])

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
        found = [escape(". ".join(sentences[n : n + size])) for n in range(0, min(len(sentences), 24), size)]
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


def blog(scene: Scene) -> str:
    """Give a blog's page with the link in the post's text."""
    rng, body = scene.rng, scene.paragraphs()
    if rng.random() < 0.25 and scene.post_text:  # a quotation of the post, as people quote
        sentences = scene.post_text.split(". ")
        start = rng.randrange(len(sentences))
        body.insert(
            len(body) // 2, f"<blockquote>{escape('. '.join(sentences[start : start + 2]))}</blockquote>"
        )
    body.insert(rng.randint(0, len(body)), f"{scene.excerpt} {scene.link()}")
    return scene.page(body, f"<h3>Links</h3><ul>{scene.friends(rng.choice((0, 0, 2, 5, 12, 25)))}</ul>")


def weekly_links(scene: Scene) -> str:
    """Give a post that is a list of links, the target's among them, each with a word on it."""
    parts = scene.paragraphs(linked=0.0)[:12] or ["Worth reading"]
    body = [
        f'<a href="http://{blog_host(scene.rng)}{post_path(part[:40], scene.rng)}">{part[:40]}</a>: {part}'
        for part in parts
    ]
    body.insert(scene.rng.randint(0, len(body)), f"{scene.link()} {scene.excerpt}")
    return scene.page(body, f"<ul>{scene.friends(3)}</ul>")


def blogroll(scene: Scene) -> str:
    """Give a blog's page with the link beside the post."""
    beside = f"<h3>Blogroll</h3><ul><li>{scene.link()}</li>{scene.friends(8)}</ul>"
    return scene.page(scene.paragraphs(), beside)


def discussion(scene: Scene) -> str:
    """Give a blog's page with the link in a reader's comment."""
    comment = f'<ol class="comment-list"><li class="comment"><div class="comment-body"><p>See {scene.link()}</p></div></li></ol>'
    return scene.page(scene.paragraphs(), "", after=f'<div id="comments"><h2>3 comments</h2>{comment}</div>')


def front(scene: Scene) -> str:
    """Give a blog's page that does not hold the link (any more)."""
    return scene.page(scene.paragraphs(), f"<ul>{scene.friends(4)}</ul>")


def scraper(scene: Scene) -> str:
    """Give the post itself, scraped whole or in part, with a link to where it was taken."""
    rng = scene.rng
    taken = scene.paragraphs(scene.post_text or scene.text, linked=0.0)
    taken = taken if rng.random() < 0.7 else taken[: max(1, len(taken) // 2)]
    credit = rng.choice(("Read more: {}", "Original post: {}", "Source: {}", "Continued here: {}", "See the original post: {}", "{}", "via {}", "Excerpt from: {}"))  # fmt: skip
    body = [*taken, credit.format(scene.link(scene.post_title if rng.random() < 0.7 else ""))]
    if rng.random() < 0.5:
        body.insert(rng.randint(0, len(body)), scene.links(rng.randint(1, 6), ", "))
    beside = f"<h3>{rng.choice(('Sponsored', 'Categories', 'Partners', 'Top deals', 'Recommended'))}</h3><ul>{scene.links(rng.randint(3, 60))}</ul>"
    return scene.page(body, beside, title=rng.choice((scene.post_title, scene.post_title, scene.title)))


def digest(scene: Scene) -> str:
    """Give snippets about a keyword from everywhere, the target's among them."""
    rng = scene.rng
    parts = scene.paragraphs(linked=1.0)[: rng.randint(2, 8)]
    snippet = f"{scene.link(scene.post_title)} {escape(scene.post_text[: rng.randint(60, 300)])} ..."
    parts.insert(rng.randint(0, len(parts)), snippet)
    body = [part if rng.random() < 0.6 else f"{scene.links(1, ' ')} {part}" for part in parts]
    return scene.page(
        body, f"<ul>{scene.links(rng.randint(5, 50))}</ul>", title=rng.choice((scene.title, scene.keyword()))
    )


def splog(scene: Scene) -> str:
    """Give somebody's text with the link, among advertisements and keyword links."""
    rng = scene.rng
    body = [
        f"{part} {scene.links(rng.randint(1, 7), rng.choice((' ', ', ', ' | ')))}"
        for part in scene.paragraphs()[: rng.randint(1, 6)]
    ]
    body.insert(rng.randint(0, len(body)), f"{scene.excerpt} {scene.link()}")
    return scene.page(body, f"<h3>Sponsored</h3><ul>{scene.links(rng.randint(10, 90))}</ul>")


def seller(scene: Scene) -> str:
    """Give an article about what is sold, in sentences, as search engines are told to like."""
    rng = scene.rng
    trade = scene.words.trades[rng.choice(sorted(scene.words.trades))]
    words = [escape(rng.choice(trade)) for _ in range(3)]
    body = [_told_of(part, words, rng) for part in scene.paragraphs(linked=0.0)[: rng.randint(2, 9)]]
    body.insert(
        rng.randint(0, len(body)),
        f"{rng.choice(words)} {scene.link(rng.choice((scene.post_title, rng.choice(trade))))}",
    )
    body.append(scene.links(rng.randint(1, 5), ", "))
    title = f"{rng.choice(words)} {rng.choice(('', '2025', '- ' + rng.choice(words), scene.title))}"
    return scene.page(body, f"<ul>{scene.links(rng.randint(0, 12))}</ul>", title=title.strip())


def _told_of(part: str, words: Sequence[str], rng: random.Random) -> str:
    """Put what is sold into every sentence or two."""
    found = part.split(" ")
    for _ in range(max(1, len(found) // 14)):
        found.insert(rng.randint(0, len(found)), rng.choice(words))
    return " ".join(found)


def farm(scene: Scene) -> str:
    """Give a list of links, the target's among them."""
    half = scene.rng.randint(15, 120)
    between = scene.rng.choice(("", " | ", "<br>"))
    body = f"{scene.links(half, between)} {scene.link()} {scene.links(half, between)}"
    if scene.rng.random() < 0.3:
        return scene.page([body], f"<ul>{scene.links(10)}</ul>")
    return f"<html><head><title>{escape(scene.name)}</title></head><body><ul>{body}</ul></body></html>"


def doorway(scene: Scene) -> str:
    """Give a page of keywords that hides the link from readers."""
    hide = scene.rng.choice(
        (
            'style="display:none"',
            'style="position:absolute;left:-9999px"',
            "hidden",
            'style="font-size:0"',
            "",
        )
    )
    text = " ".join(scene.keyword() for _ in range(scene.rng.randint(40, 150)))
    return f"<html><head><title>{escape(scene.title)}</title></head><body><h1>{escape(scene.title)}</h1><p>{text}</p><div {hide}>{scene.link()}</div><ul>{scene.links(12)}</ul></body></html>"


def broken_into(scene: Scene) -> str:
    """Give an honest site's page into which somebody put hidden keyword links, the target's among them."""
    hidden = f'<div style="{scene.rng.choice(("display:none", "position:absolute;top:-5000px", "visibility:hidden"))}">{scene.links(20, " ")} {scene.link()} {scene.links(20, " ")}</div>'
    return scene.page(scene.paragraphs(), f"<ul>{scene.friends(3)}</ul>", after=hidden)


def shop(scene: Scene) -> str:
    """Give a seller's page that does not link to the target at all."""
    return f"<html><head><title>{escape(scene.name)}</title></head><body><h1>{escape(scene.title)}</h1><p>{scene.excerpt}</p><ul>{scene.links(scene.rng.randint(5, 60))}</ul></body></html>"


GENUINE: tuple[tuple[PageOf, float], ...] = (
    (blog, 0.76),
    (weekly_links, 0.08),
    (blogroll, 0.06),
    (discussion, 0.04),
    (front, 0.04),
)
SPAM: tuple[tuple[PageOf, float], ...] = (
    (scraper, 0.22),
    (digest, 0.12),
    (splog, 0.16),
    (seller, 0.14),
    (farm, 0.1),
    (doorway, 0.08),
    (broken_into, 0.04),
    (shop, 0.1),
    (blog, 0.04),
    (discussion, 0.03),
)


def with_pages(rows: Sequence[Row], targets: Sequence[Target], rng: random.Random) -> Iterator[Row]:
    """Give rows again, with the evidence of a page made for each."""
    words = lexicon()
    for row in rows:
        pages, shares = zip(*(SPAM if row.spam else GENUINE), strict=True)
        other = rng.choice(targets)
        scene = Scene(row, other.text, words, rng)
        html = rng.choices(pages, shares)[0](scene)
        claim = row.sample.linkback
        found = examine(
            html.encode(),
            content_type="text/html; charset=utf-8",
            source=claim.source or "http://a.example/",
            target=claim.target,
        )
        yield replace(
            row,
            id="made:page:" + row.id,
            sample=_as_received(row, found),
            made="page",
            of=row.of | {other.group},
        )


def _as_received(row: Row, found: Evidence) -> Sample:
    """Give the sample as the service has it: only a trackback claims texts of its own."""
    claim = row.sample.linkback
    if row.kind != Protocol.TRACKBACK and found.found:
        claim = replace(claim, title="", excerpt="")
    return replace(row.sample, linkback=claim, evidence=found)
