"""Source pages, made: blogs of many themes around a genuine claim, sellers' pages around spam.

No crawl of such pages exists, so page evidence is learned from these and says so in the model card.
Each page goes through the service's own examiner; what is learned is what the examiner sees.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape

from proxy.examine import examine
from proxy.linkback import Linkback, Protocol, Sample
from training.render.genuine import Target
from training.render.keywords import lexicon
from training.render.scene import Scene, put, told_of
from training.render.sellers import AT_HOME, SPAM, PageOf, digest, scraper
from training.render.sources import PARTS, blog_host, post_path, slug_of
from training.rows import Row


def blog(scene: Scene) -> str:
    """Give a blog's page with the link in the post's text."""
    rng = scene.rng
    body = scene.paragraphs(linked=rng.choice((0.0, 0.0, 0.1, 0.25, 0.5)))
    if rng.random() < 0.25 and scene.post_text:  # a quotation of the post, as people quote
        sentences = scene.post_text.split(". ")
        start = rng.randrange(len(sentences))
        body.insert(
            len(body) // 2, f"<blockquote>{escape('. '.join(sentences[start : start + 2]))}</blockquote>"
        )
    for _ in range(rng.choices((1, 2, 3), (30, 2, 1))[0]):
        body.insert(rng.randint(0, len(body)), f"{scene.excerpt} {scene.link()}")
    if rng.random() < 0.15:  # honest blogs speak of what is sold, too
        body.insert(
            rng.randint(0, len(body)),
            told_of(rng.choice(scene.paragraphs(linked=0.0) or [""]), [escape(scene.keyword())], rng),
        )
    return scene.page(body, f"<h3>Links</h3><ul>{scene.friends(rng.choice((0, 0, 2, 5, 12, 25)))}</ul>")


def opinion(scene: Scene) -> str:
    """Give a post about something that is sold, by somebody who does not sell it: news, a test, a complaint."""
    rng = scene.rng
    words = [escape(word) for word in scene.trade()[:1]]
    body = [told_of(part, words, rng, 40) for part in scene.paragraphs(linked=0.0)]
    put(scene.link(), body, scene.excerpt, rng)
    return scene.page(body, f"<h3>Links</h3><ul>{scene.friends(rng.choice((0, 2, 5, 12)))}</ul>")


def weekly_links(scene: Scene) -> str:
    """Give a post that is a list of links, the target's among them, each with a word on it."""
    parts = scene.paragraphs(linked=0.0)[:12] or ["Worth reading"]
    body = [
        f'<a href="http://{blog_host(scene.rng)}{post_path(part[:40], scene.rng)}">{part[:40]}</a>: {part}'
        for part in parts
    ]
    body.insert(scene.rng.randint(0, len(body)), f"{scene.link()} {scene.excerpt}")
    return scene.page(body, f"<ul>{scene.friends(3)}</ul>")


def references(scene: Scene) -> str:
    """Give a long article with a list of sources below it, the target among them."""
    rng = scene.rng
    found = [
        f'<li><a href="http://{blog_host(rng)}{post_path(part[:40], rng)}">{part[:50]}</a></li>'
        for part in (scene.paragraphs(linked=0.0) * 4)[: rng.randint(3, 40)]
    ]
    found.insert(rng.randint(0, len(found)), f"<li>{scene.link()}</li>")
    body = [*scene.paragraphs(linked=0.5), f"<ol>{''.join(found)}</ol>"]
    return scene.page(body, f"<ul>{scene.friends(rng.choice((0, 5, 20)))}</ul>")


def portal(scene: Scene) -> str:
    """Give a page of many short items with links, as news sites, forums and front pages have."""
    rng = scene.rng
    items = [
        f'<h3><a href="http://{blog_host(rng)}{post_path(part[:40], rng)}">{part[:60]}</a></h3>{part[: rng.randint(0, 200)]}'
        for part in (scene.paragraphs(linked=0.0) * 5)[: rng.randint(6, 50)]
    ]
    items.insert(rng.randint(0, len(items)), f"{scene.link()} {scene.excerpt if rng.random() < 0.5 else ''}")
    return scene.page(items, f"<ul>{scene.friends(rng.choice((5, 20, 60)))}</ul>")


def blogroll(scene: Scene) -> str:
    """Give a blog's page with the link beside the post."""
    fold = scene.rng.choice(("", "", ' style="display:none"', " hidden"))  # until the reader unfolds it
    beside = f"<h3>Blogroll</h3><ul{fold}><li>{scene.link()}</li>{scene.friends(8)}</ul>"
    return scene.page(scene.paragraphs(), beside)


def discussion(scene: Scene) -> str:
    """Give a blog's page with the link in a reader's comment."""
    comment = f'<ol class="comment-list"><li class="comment"><div class="comment-body"><p>See {scene.link()}</p></div></li></ol>'
    return scene.page(scene.paragraphs(), "", after=f'<div id="comments"><h2>3 comments</h2>{comment}</div>')


def front(scene: Scene) -> str:
    """Give a blog's page that does not hold the link (any more)."""
    return scene.page(scene.paragraphs(), f"<ul>{scene.friends(4)}</ul>")


GENUINE: tuple[tuple[PageOf, float], ...] = (
    (blog, 0.52),
    (opinion, 0.06),
    (weekly_links, 0.08),
    (references, 0.1),
    (portal, 0.1),
    (blogroll, 0.06),
    (discussion, 0.05),
    (front, 0.03),
)
AT_HOMES = 0.8  # share of their pages that stand on a site of the seller's, run as a blog is
NO_POSTS = 0.2  # share of the genuine pages that are no blog's posts
UNKNOWN_POSTS = 0.35  # share of the rows whose post is not known: the page alone must do


def with_pages(rows: Sequence[Row], targets: Sequence[Target], rng: random.Random) -> Iterator[Row]:
    """Give rows again, with the evidence of a page made for each."""
    words = lexicon()
    for row in rows:
        pages, shares = zip(*(SPAM if row.spam else GENUINE), strict=True)
        others = rng.sample(targets, rng.choice((1, 1, 2, 4, 8)))  # a long page's text is put together
        scene = Scene(row, " ".join(other.text for other in others), words, rng)
        page = rng.choices(pages, shares)[0]
        claim = _placed(page, scene, row, rng)
        html = page(scene)
        found = examine(
            html.encode(),
            content_type="text/html; charset=utf-8",
            source=claim.source or "http://a.example/",
            target=claim.target,
        )
        is_post_known = rng.random() >= UNKNOWN_POSTS
        yield replace(
            row,
            id="made:page:" + row.id,
            sample=_as_received(replace(row.sample, linkback=claim, evidence=found), is_post_known),
            made="page",
            of=row.of | {other.group for other in others},
        )


def _placed(page: PageOf, scene: Scene, row: Row, rng: random.Random) -> Linkback:
    """Give a row's claim, from another address where its page stands on a seller's site, or on no blog."""
    claim = row.sample.linkback
    if page in AT_HOME and row.kind != Protocol.TRACKBACK and rng.random() < AT_HOMES:
        address = scene.settle(scene.post_title if page in {scraper, digest} else "")
        return replace(claim, source=address, blog_name=scene.name)
    if not row.spam and rng.random() < NO_POSTS:
        return replace(claim, source=_on_no_blog(claim.title, rng))
    return claim


def _on_no_blog(title: str, rng: random.Random) -> str:
    """Give the address of a front page, of a club's or a firm's page, of a file in somebody's folder."""
    slug, part = slug_of(title, rng) or "index", rng.choice(PARTS)
    path = rng.choice(
        ("/", "/", f"/{slug}.html", f"/{part}.html", f"/{part}/{slug}.html", f"/{part}/", f"/{part}/index.htm", f"/{slug}")
    )  # fmt: skip
    return f"{rng.choice(('http', 'https'))}://{blog_host(rng)}{path}"


def _as_received(sample: Sample, is_post_known: bool) -> Sample:  # noqa: FBT001
    """Give the sample as the service has it: only a trackback claims texts of its own."""
    claim, page = sample.linkback, sample.evidence
    if claim.protocol is not Protocol.TRACKBACK and page and page.found:
        name = claim.blog_name if claim.protocol is Protocol.WEBMENTION else ""
        claim = replace(claim, title="", excerpt="", blog_name=name)
    return replace(sample, linkback=claim, post=sample.post if is_post_known else None)
