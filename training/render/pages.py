"""Source pages, made: blog themes, splogs, link farms and doorways around a claim.

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
from training.rows import Row

PageOf = Callable[["Scene"], str]


class Scene:
    """What a page is made of: a row's claim, a post's text, and words."""

    def __init__(self, row: Row, text: str, words: Lexicon, rng: random.Random) -> None:
        claim, post = row.sample.linkback, row.sample.post
        self.rng, self.words = rng, words
        self.title = claim.title or (post.title if post else "") or "Untitled"
        self.name = claim.blog_name or "A blog"
        anchor = (post.title if post else "") or "this post"
        self.link = f'<a href="{escape(claim.target, quote=True)}"{rng.choice(("", "", " rel=nofollow"))}>{escape(anchor)}</a>'
        self.paragraphs = _paragraphs(text)
        self.excerpt = escape(claim.excerpt.replace("[...]", "").strip()[:400])

    def links(self, number: int) -> str:
        """Give links to other hosts, with keywords as their words."""
        trades = sorted(self.words.trades)
        chosen = [self.rng.choice(self.words.trades[self.rng.choice(trades)]) for _ in range(number)]
        return " ".join(
            f'<li><a href="http://{self.words.host(word, self.rng)}/{quote(word)}">{escape(word)}</a></li>'
            for word in chosen
        )

    def friends(self, number: int) -> str:
        """Give a blogroll, and links as blogs have them; some have very many."""
        number *= self.rng.choices((1, 3, 8), (30, 2, 1))[0]
        names = [self.rng.choice(self.words.words) for _ in range(number)]
        return " ".join(
            f'<li><a href="https://{name}{self.rng.randint(1, 99)}.example/">{name}</a></li>'
            for name in names
        )


def blog(scene: Scene) -> str:
    """Give a blog's page with the link in the post's text."""
    rng, body = scene.rng, list(scene.paragraphs)
    body.insert(rng.randint(0, len(body)), f"{scene.excerpt} {scene.link}")
    article = "".join(f"<p>{part}</p>" for part in body)
    theme = rng.choice((_theme_one, _theme_two, _theme_three))
    return theme(scene, article)


def blogroll(scene: Scene) -> str:
    """Give a blog's page with the link beside the post."""
    article = "".join(f"<p>{part}</p>" for part in scene.paragraphs)
    return _theme_one(
        scene, article, beside=f"<h3>Blogroll</h3><ul><li>{scene.link}</li>{scene.friends(8)}</ul>"
    )


def discussion(scene: Scene) -> str:
    """Give a blog's page with the link in a reader's comment."""
    article = "".join(f"<p>{part}</p>" for part in scene.paragraphs)
    comment = f'<ol class="comment-list"><li class="comment"><div class="comment-body"><p>See {scene.link}</p></div></li></ol>'
    return _theme_one(scene, article + f'</div><div id="comments"><h2>3 comments</h2>{comment}')


def splog(scene: Scene) -> str:
    """Give scraped text with the link, among advertisements and keyword links."""
    rng = scene.rng
    parts = [
        f"<p>{part}</p><ul>{scene.links(rng.randint(2, 9))}</ul>"
        for part in scene.paragraphs[: rng.randint(1, 3)]
    ]
    return (
        f"<html><head><title>{escape(scene.title)} | {escape(scene.name)}</title></head><body><div id=top><ul>{scene.links(rng.randint(10, 40))}</ul></div>"
        f"<h1>{escape(scene.title)}</h1><div class=entry>{''.join(parts)}<p>{scene.excerpt} {scene.link} [&#8230;]</p></div>"
        f"<div id=sidebar><h3>Sponsored</h3><ul>{scene.links(rng.randint(15, 80))}</ul></div></body></html>"
    )


def farm(scene: Scene) -> str:
    """Give a list of links, the target's among them."""
    half = scene.rng.randint(25, 120)
    return f"<html><head><title>{escape(scene.name)}</title></head><body><ul>{scene.links(half)}<li>{scene.link}</li>{scene.links(half)}</ul></body></html>"


def doorway(scene: Scene) -> str:
    """Give a page of keywords that hides the link from readers."""
    hide = scene.rng.choice(
        ('style="display:none"', 'style="position:absolute;left:-9999px"', "hidden", 'style="font-size:0"')
    )
    text = " ".join(scene.rng.choice(phrases) for phrases in scene.words.trades.values() for _ in range(12))
    return f"<html><head><title>{escape(scene.title)}</title></head><body><h1>{escape(scene.title)}</h1><p>{text}</p><div {hide}>{scene.link}</div><ul>{scene.links(12)}</ul></body></html>"


def shop(scene: Scene) -> str:
    """Give a seller's page that does not link to the target at all."""
    return f"<html><head><title>{escape(scene.name)}</title></head><body><h1>{escape(scene.title)}</h1><p>{scene.excerpt}</p><ul>{scene.links(scene.rng.randint(5, 60))}</ul></body></html>"


def front(scene: Scene) -> str:
    """Give a blog's page that does not hold the link (any more)."""
    return scene.rng.choice((_theme_one, _theme_two))(
        scene, "".join(f"<p>{part}</p>" for part in scene.paragraphs)
    )


GENUINE: tuple[tuple[PageOf, float], ...] = (
    (blog, 0.86),
    (blogroll, 0.06),
    (discussion, 0.04),
    (front, 0.04),
)
SPAM: tuple[tuple[PageOf, float], ...] = (
    (splog, 0.36),
    (farm, 0.14),
    (doorway, 0.1),
    (shop, 0.24),
    (blog, 0.12),
    (discussion, 0.04),
)


def with_pages(rows: Sequence[Row], targets: Sequence[Target], rng: random.Random) -> Iterator[Row]:
    """Give rows again, with the evidence of a page made for each."""
    words = lexicon()
    for row in rows:
        pages, shares = zip(*(SPAM if row.spam else GENUINE), strict=True)
        text = rng.choice(targets).text
        scene = Scene(row, text, words, rng)
        html = rng.choices(pages, shares)[0](scene)
        claim = row.sample.linkback
        found = examine(
            html.encode(),
            content_type="text/html; charset=utf-8",
            source=claim.source or "http://a.example/",
            target=claim.target,
        )
        yield replace(row, id="made:page:" + row.id, sample=_as_received(row, found), made="page")


def _as_received(row: Row, found: Evidence) -> Sample:
    """Give the sample as the service has it: only a trackback claims texts of its own."""
    claim = row.sample.linkback
    if row.kind != Protocol.TRACKBACK and found.found:
        claim = replace(claim, title="", excerpt="")
    return replace(row.sample, linkback=claim, evidence=found)


def _paragraphs(text: str) -> list[str]:
    sentences = text.split(". ")
    return [escape(". ".join(sentences[start : start + 3])) for start in range(0, min(len(sentences), 18), 3)]


def _theme_one(scene: Scene, article: str, beside: str = "") -> str:
    beside = beside or f"<h3>Archives</h3><ul>{scene.friends(scene.rng.randint(0, 12))}</ul>"
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{escape(scene.title)} | {escape(scene.name)}</title></head><body><header><h1>{escape(scene.name)}</h1>'
        f'<nav><a href="/">Home</a> <a href="/about">About</a></nav></header><main><article class="post"><h2>{escape(scene.title)}</h2><div class="entry-content">{article}</div></article></main>'
        f'<aside class="sidebar">{beside}</aside><footer>Powered by <a href="https://wordpress.org/">WordPress</a></footer></body></html>'
    )


def _theme_two(scene: Scene, article: str) -> str:
    return (
        f"<html><head><title>{escape(scene.name)} &raquo; {escape(scene.title)}</title></head><body><div id=page><div id=header><a href='/'>{escape(scene.name)}</a></div>"
        f"<div id=content class=narrowcolumn><div class=post><h2>{escape(scene.title)}</h2><div class=entry>{article}</div></div></div><div id=sidebar><ul>{scene.friends(scene.rng.randint(2, 20))}</ul></div></div></body></html>"
    )


def _theme_three(scene: Scene, article: str) -> str:
    return f"<!doctype html><html><head><title>{escape(scene.title)}</title></head><body><main class=h-entry><h1 class=p-name>{escape(scene.title)}</h1><div class=e-content>{article}</div><p class=p-author>{escape(scene.name)}</p></main></body></html>"
