"""Pages of spam, made: scrapers, link farms, doorways, shops, and articles that are written to sell.

What each page does is told in its function; `SPAM` says how often each is made. A page that is `AT_HOME` may stand
on a site of its seller's, which is run as a blog is.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from html import escape
from urllib.parse import quote

from training.render.scene import Scene, put, told_of

PageOf = Callable[[Scene], str]


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
    beside = f"<h3>{rng.choice(('Sponsored', 'Categories', 'Partners', 'Top deals', 'Recommended'))}</h3><ul>{scene.links(rng.choice((0, 3, 8, 20, 60)))}</ul>"
    return scene.page(body, beside, title=rng.choice((scene.post_title, scene.post_title, scene.title)))


def digest(scene: Scene) -> str:
    """Give snippets about a keyword from everywhere, the target's among them."""
    rng = scene.rng
    parts = scene.paragraphs(linked=1.0)[: rng.randint(2, 8)]
    snippet = f"{scene.link(scene.post_title)} {escape(scene.post_text[: rng.randint(60, 300)])} ..."
    parts.insert(rng.randint(0, len(parts)), snippet)
    body = [part if rng.random() < 0.6 else f"{scene.links(1, ' ')} {part}" for part in parts]
    return scene.page(
        body,
        f"<ul>{scene.links(rng.choice((0, 5, 15, 50)))}</ul>",
        title=rng.choice((scene.title, scene.keyword())),
    )


def splog(scene: Scene) -> str:
    """Give somebody's text with the link, among advertisements and keyword links."""
    rng = scene.rng
    body = [
        f"{part} {scene.links(rng.randint(1, 7), rng.choice((' ', ', ', ' | ')))}"
        for part in scene.paragraphs()[: rng.choice((1, 2, 3, 6, 12, 25))]
    ]
    body.insert(rng.randint(0, len(body)), f"{scene.excerpt} {scene.link()}")
    return scene.page(body, f"<h3>Sponsored</h3><ul>{scene.links(rng.choice((0, 3, 10, 30, 90)))}</ul>")


def seller(scene: Scene) -> str:
    """Give an article about what is sold, in sentences and with few links, as search engines are told to like."""
    rng = scene.rng
    trade = scene.trade()
    words = [escape(rng.choice(trade)) for _ in range(rng.choice((1, 1, 3)))]
    if rng.random() < 0.4:
        words.append(escape(" ".join(scene.title.split()[:5])))
    parts = scene.paragraphs(linked=rng.choice((0.0, 0.1)))[: rng.choice((2, 4, 8, 20, 40, 70, 70))]
    often = rng.choice((10, 14, 25, 45))
    body = [told_of(part, words, rng, often) for part in parts]
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        shown = rng.choice((scene.post_title, rng.choice(trade), rng.choice(trade), scene.phrase(), scene.target))  # fmt: skip
        put(scene.link(shown), body, rng.choice(words), rng)
    if rng.random() < 0.4:
        body.append(scene.links(rng.randint(1, 5), ", "))
    title = f"{rng.choice(words)} {rng.choice(('', '2025', '- ' + rng.choice(words), scene.title))}"
    beside = scene.links(rng.choice((0, 0, 0, 0, 3, 12)))
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
        f"<h3>{point}</h3>{told_of(part, words, rng) if rng.random() < 0.6 else ''}"
        for point, part in zip(points, parts, strict=False)
    ]
    leads = [f"<p>{scene.link(rng.choice(trade))}</p>" for _ in range(rng.randint(1, 4))]
    body = [*body, *leads, *(part for part in points if rng.random() < 0.3)]
    rng.shuffle(body)
    title = f"{rng.choice(words)} {rng.choice(('Review', '2025', '', rng.choice(words)))}"
    return scene.page(body, "", title=title.strip())


def embedding(scene: Scene) -> str:
    """Give next to nothing but a title and a sentence, taken from where the link leads: a machine's post."""
    rng = scene.rng
    trade = scene.trade()
    said = " ".join(scene.phrase() for _ in range(rng.randint(1, 3)))
    word = rng.choice((*trade[:3], ""))
    body = [
        f"{escape(said)} {escape(word)} … {scene.link(rng.choice(('source', 'Source', 'Fonte', 'via', 'original', scene.post_title)))}"
    ]
    beside = scene.links(rng.choice((0, 0, 1, 3)))
    return scene.page(body, f"<ul>{beside}</ul>", title=f"{scene.phrase()} {word}".strip())


def downloads(scene: Scene) -> str:
    """Give a page that offers files: what they are called and how large they are, over and over, and where to get them."""
    rng = scene.rng
    name = escape(
        rng.choice(
            (" ".join(scene.phrase().split()[:3]), scene.phrase(), rng.choice(scene.words.trades["media"]))
        )
    )
    kinds = ("MOD APK", "Full Version", "Crack", "MP3", "320 kbps", "64 bit", "Unlimited", "Free Download", "Premium", "Keygen", "Torrent", "HD", "ZIP", "PDF", "Latest Version", "Unlocked")  # fmt: skip
    shown = [
        f"{name} {rng.choice(kinds)} {rng.randint(1, 900)}{rng.choice((' MB', '.0', '', ' kB/s'))}"
        for _ in range(rng.randint(2, 14))
    ]
    calls = (
        "Download",
        "Download Now",
        "MediaFire",
        "Mirror",
        "Unduh",
        "Descargar",
        "Baixar",
        "Скачать",
        "下载",
        name,
    )
    body = [f"{one} {scene.link(rng.choice(calls)) if rng.random() < 0.4 else ''}" for one in shown]
    body += [scene.link(rng.choice(calls)), *scene.paragraphs(linked=0.0)[: rng.choice((0, 0, 2, 6))]]
    title = f"{name} {rng.choice(kinds)} {rng.choice(('', '2021', 'Download', rng.choice(kinds)))}"
    return scene.page(body, f"<ul>{scene.links(rng.choice((0, 0, 3)))}</ul>", title=title.strip())


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
        f'<a href="http://{scene.words.host(phrase, rng)}/{_letters(rng)}/{quote(scene.phrase())}.html">{_letters(rng)}</a>'
        for _ in range(rng.randint(4, 25))
    ]
    if rng.random() < 0.4:  # all of them within one site that was broken into
        links = [link.replace(link.split("/")[2], links[0].split("/")[2]) for link in links]
    links.insert(rng.randint(0, len(links)), scene.link(rng.choice((_letters(rng), phrase, ""))))
    return f"<html><head><title>{rng.choice((phrase, ''))}</title></head><body><h1>{phrase}</h1><p>{phrase}. {text}</p><p>{' '.join(links)}</p></body></html>"


def _letters(rng: random.Random) -> str:
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(4, 8)))


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


SPAM: tuple[tuple[PageOf, float], ...] = (
    (scraper, 0.14),
    (digest, 0.07),
    (splog, 0.07),
    (seller, 0.28),
    (review, 0.1),
    (snippets, 0.07),
    (embedding, 0.05),
    (downloads, 0.06),
    (farm, 0.04),
    (doorway, 0.05),
    (broken_into, 0.03),
    (shop, 0.04),
)
AT_HOME = frozenset({scraper, digest, splog, seller, review, embedding, downloads})
