"""Source pages, made: blogs of many themes; scrapers, link farms, doorways and shops around a claim.

No crawl of such pages exists, so page evidence is learned from these and says so in the model card.
Each page goes through the service's own examiner; what is learned is what the examiner sees.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from html import escape

from proxy.examine import examine
from proxy.linkback import Evidence, Protocol, Sample
from training.render.genuine import Target
from training.render.keywords import lexicon
from training.render.scene import Scene
from training.render.sources import blog_host, post_path
from training.rows import Row

PageOf = Callable[[Scene], str]


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
    if rng.random() < 0.15:  # honest blogs speak of what is sold, too
        body.insert(
            rng.randint(0, len(body)),
            _told_of(rng.choice(scene.paragraphs(linked=0.0) or [""]), [escape(scene.keyword())], rng),
        )
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


def scraper(scene: Scene) -> str:
    """Give the post itself, scraped whole or in part, with a link to where it was taken."""
    rng = scene.rng
    taken = scene.paragraphs(scene.post_text or scene.text, linked=0.0)
    taken = taken if rng.random() < 0.7 else taken[: max(1, len(taken) // 2)]
    credit = rng.choice(("Read more: {}", "Original post: {}", "Source: {}", "Continued here: {}", "See the original post: {}", "{}", "via {}", "Excerpt from: {}"))  # fmt: skip
    body = [*taken, credit.format(scene.link(scene.post_title if rng.random() < 0.7 else ""))]
    body += scene.paragraphs(linked=0.0)[: rng.choice((0, 0, 0, 8, 30))]  # and what else it has taken
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
        for part in scene.paragraphs()[: rng.choice((1, 2, 3, 6, 12, 25))]
    ]
    body.insert(rng.randint(0, len(body)), f"{scene.excerpt} {scene.link()}")
    return scene.page(body, f"<h3>Sponsored</h3><ul>{scene.links(rng.randint(10, 90))}</ul>")


def seller(scene: Scene) -> str:
    """Give an article about what is sold, in sentences and with few links, as search engines are told to like."""
    rng = scene.rng
    trade = scene.trade()
    words = [escape(rng.choice(trade)) for _ in range(3)]
    parts = (scene.paragraphs(linked=0.0) * rng.choice((1, 2, 4)))[: rng.choice((2, 4, 8, 20, 40))]
    body = [_told_of(part, words, rng) for part in parts]
    shown = rng.choice((scene.post_title, rng.choice(trade), rng.choice(trade), scene.target))
    body.insert(rng.randint(0, len(body)), f"{rng.choice(words)} {scene.link(shown)}")
    if rng.random() < 0.6:
        body.append(scene.links(rng.randint(1, 5), ", "))
    title = f"{rng.choice(words)} {rng.choice(('', '2025', '- ' + rng.choice(words), scene.title))}"
    beside = scene.links(rng.choice((0, 0, 0, 3, 12)))
    return scene.page(body, f"<ul>{beside}</ul>", title=title.strip())


def review(scene: Scene) -> str:
    """Give a page that praises one thing point by point, and leads to where it is sold."""
    rng = scene.rng
    trade = scene.trade()
    words = [escape(rng.choice(trade)) for _ in range(rng.randint(2, 5))]
    parts = scene.paragraphs(linked=0.0)
    points = [
        f"{rng.choice(words)} {rng.choice(('100 %', '50', '24/7', '2025', '+', '€ 200', '35x', ''))} {' '.join(part.split()[: rng.randint(2, 12)])}"
        for part in parts[: rng.randint(3, 20)]
    ]
    body = [
        f"<h3>{point}</h3>{_told_of(part, words, rng) if rng.random() < 0.6 else ''}"
        for point, part in zip(points, parts, strict=False)
    ]
    leads = [f"<p>{scene.link(rng.choice(trade))}</p>" for _ in range(rng.randint(1, 4))]
    body = [*body, *leads, *(part for part in points if rng.random() < 0.3)]
    rng.shuffle(body)
    title = f"{rng.choice(words)} {rng.choice(('Review', '2025', '', rng.choice(words)))}"
    return scene.page(body, "", title=title.strip())


def snippets(scene: Scene) -> str:
    """Give a doorway made of scraps of sentences about a phrase, with links between such pages."""
    rng = scene.rng
    phrase = escape(rng.choice((scene.keyword(), scene.keyword(), " ".join(scene.text.split()[:3]))))
    scraps = f"{scene.text} {scene.post_text}".split(". ")
    text = ". ".join(
        f"{phrase} {scrap[: rng.randint(20, 90)]}"
        if rng.random() < 0.4
        else scrap[: rng.randint(20, 90)] + "..."
        for scrap in map(escape, rng.choices(scraps, k=rng.choice((10, 20, 40, 80, 120))))
    )
    links = [
        f'<a href="http://{scene.words.host(phrase, rng)}/{_letters(rng)}.html">{_letters(rng)}</a>'
        for _ in range(rng.randint(4, 15))
    ]
    links.insert(rng.randint(0, len(links)), scene.link(rng.choice((_letters(rng), phrase, ""))))
    return f"<html><head><title>{rng.choice((phrase, ''))}</title></head><body><h1>{phrase}</h1><p>{phrase}. {text}</p><p>{' '.join(links)}</p></body></html>"


def _letters(rng: random.Random) -> str:
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(4, 8)))


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
    (blog, 0.58),
    (weekly_links, 0.08),
    (references, 0.1),
    (portal, 0.1),
    (blogroll, 0.06),
    (discussion, 0.05),
    (front, 0.03),
)
SPAM: tuple[tuple[PageOf, float], ...] = (
    (scraper, 0.2),
    (digest, 0.1),
    (splog, 0.1),
    (seller, 0.18),
    (review, 0.1),
    (snippets, 0.06),
    (farm, 0.06),
    (doorway, 0.08),
    (broken_into, 0.05),
    (shop, 0.07),
)


def with_pages(rows: Sequence[Row], targets: Sequence[Target], rng: random.Random) -> Iterator[Row]:
    """Give rows again, with the evidence of a page made for each."""
    words = lexicon()
    for row in rows:
        pages, shares = zip(*(SPAM if row.spam else GENUINE), strict=True)
        others = rng.sample(targets, rng.choice((1, 1, 2, 4)))  # a long page's text is put together
        scene = Scene(row, " ".join(other.text for other in others), words, rng)
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
            of=row.of | {other.group for other in others},
        )


def _as_received(row: Row, found: Evidence) -> Sample:
    """Give the sample as the service has it: only a trackback claims texts of its own."""
    claim = row.sample.linkback
    if row.kind != Protocol.TRACKBACK and found.found:
        claim = replace(claim, title="", excerpt="")
    return replace(row.sample, linkback=claim, evidence=found)
