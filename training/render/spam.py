"""Spam made from real spam texts and from campaign templates, in every protocol's form.

A made campaign has a trade, a few hosts and one habit; each row of it goes to a real post, so that
neither the post nor its language tells the label. Real spam texts are sent again under other
titles, names and targets, since 'title equals blog name' is one line for a spammer to change.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, urlsplit

from proxy.linkback import Linkback, Protocol, Sample
from training.render.genuine import TITLE_FORMS, Target
from training.render.keywords import Lexicon, lexicon
from training.render.phrases import (
    AUTOBLOG,
    PEOPLE,
    PLAIN_NAMES,
    PRAISE,
    SITES_TOOL,
    SPLOG_NAMES,
    TOPICS,
    TRACKBACK_TITLES,
    TRACKBACK_TOOL,
)
from training.rows import Row


@dataclass(frozen=True, slots=True)
class Campaign:
    """One made campaign: its habit, its words and its hosts."""

    habit: str
    phrases: tuple[str, ...]  # the templates that it uses
    keywords: tuple[str, ...]
    hosts: tuple[str, ...]
    stolen: tuple[Target, ...]  # posts that it republishes
    lexicon: Lexicon

    def keyword(self, rng: random.Random) -> str:
        """Give a phrase that it sells."""
        word = rng.choice(self.keywords)
        if word.isascii() and rng.random() < 0.35:
            word = f"{word} {rng.choice(self.lexicon.fillers)}"
        return rng.choice((word, word, word.title(), word.capitalize()))


@dataclass(frozen=True, slots=True)
class Words:
    """What a made claim says."""

    title: str
    name: str
    excerpt: str


Habit = Callable[[Campaign, Target, random.Random], Words]


def tool(campaign: Campaign, target: Target, rng: random.Random) -> Words:
    """Say '[...] Read More: TARGET [...]'."""
    address = target.url.split("://", 1)[-1] if rng.random() < 0.7 else target.url
    phrase = rng.choice(campaign.phrases).format(n=rng.randint(100, 99_999))
    dots = rng.choice(("[…] {} […]", "[...] {} [...]", "[...]{}[...]", "{}"))
    title = rng.choice(TRACKBACK_TITLES) if rng.random() < 0.85 else campaign.keyword(rng)
    name = rng.choice((title, title, rng.choice(PLAIN_NAMES), campaign.keyword(rng)))
    return Words(
        title,
        name,
        dots.format(rng.choice((f"{phrase}: {address}", f"{phrase}: {address}", f"{phrase} {address}"))),
    )


def sites(campaign: Campaign, target: Target, rng: random.Random) -> Words:
    """Say '[...]Here are some of the sites we recommend for our visitors[...]'."""
    phrase = rng.choice(campaign.phrases)
    excerpt = rng.choice(("[...]{}[...]", "[…]{}[…]", "[...] {} [...]", "{}", "{}.", "[...]{}[...]…")).format(
        phrase
    )
    keyword = campaign.keyword(rng)
    title = rng.choice((keyword, rng.choice(PLAIN_NAMES), rng.choice(TOPICS), target.title))
    return Words(title, rng.choice((title, keyword, campaign.keyword(rng))), excerpt)


def praise(campaign: Campaign, target: Target, rng: random.Random) -> Words:
    """Say a comment tool's praise in a trackback."""
    text = rng.choice(campaign.phrases)
    excerpt = rng.choice((text, text[: rng.randint(40, 250)], text + " " + campaign.keyword(rng)))
    keyword = campaign.keyword(rng)
    title = rng.choice((keyword, keyword, " ".join(text.split()[:5]), rng.choice(TOPICS), target.title))
    return Words(title, rng.choice((keyword, keyword, title, rng.choice(PEOPLE), campaign.hosts[0])), excerpt)


def mirror(campaign: Campaign, target: Target, rng: random.Random) -> Words:
    """Send the target's own title back under a keyword."""
    excerpt = rng.choice(
        (
            "[...]{}[...]",
            "[…] {} […]",
            "{}",
            "{} | {blog}",
            "{blog} » Blog Archive » {}",
            "[...]{} | {blog}[...]",
        )
    ).format(target.title, blog=target.blog_name)
    keyword = campaign.keyword(rng)
    return Words(
        keyword,
        rng.choice((keyword, keyword, campaign.keyword(rng), rng.choice(PEOPLE), campaign.hosts[0])),
        excerpt,
    )


def bare(campaign: Campaign, _: Target, rng: random.Random) -> Words:
    """Say keywords and little else."""
    keyword, other = campaign.keyword(rng), campaign.keyword(rng)
    excerpt = rng.choice(
        (
            keyword,
            f"{keyword}. {other}.",
            f"{other} {keyword} {campaign.keyword(rng)}",
            f"http://{campaign.hosts[0]}/ {keyword}",
            "",
            f"{keyword} http://{rng.choice(campaign.hosts)} {other}",
            f'<a href="http://{campaign.hosts[0]}">{keyword}</a>',
            f"[url=http://{campaign.hosts[0]}]{other}[/url] {keyword}",
            f"{keyword} - {other}",
        )
    )
    return Words(
        rng.choice((keyword, f"{keyword}.", campaign.hosts[0])),
        rng.choice((keyword, keyword, other, rng.choice(PEOPLE))),
        excerpt,
    )


def autoblog(campaign: Campaign, target: Target, rng: random.Random) -> Words:
    """Put a splog around a piece of the scraped post."""
    kw, kw2, kw3 = (campaign.keyword(rng) for _ in range(3))
    text = " ".join(target.text.split())
    start = rng.randint(0, max(0, len(text) - 200))
    piece = text[start : start + rng.randint(80, 240)]
    excerpt = rng.choice(campaign.phrases).format(
        blog=target.blog_name, title=target.title, quote=piece, kw=kw, kw2=kw2, kw3=kw3
    )
    name = rng.choice(SPLOG_NAMES).format(Kw=kw.title())
    title = rng.choice(
        (
            target.title,
            target.title,
            f"{target.title} | {target.blog_name}",
            kw,
            f"{kw} » {target.title}",
            f"{target.blog_name} » {target.title}",
        )
    )
    return Words(title, rng.choice((name, name, kw, campaign.hosts[0])), excerpt[:400])


def republish(campaign: Campaign, target: Target, rng: random.Random) -> Words:
    """Republish somebody's post, which links to the target."""
    stolen = campaign.stolen[rng.randrange(len(campaign.stolen))]
    text = " ".join(stolen.text.split())
    start = rng.randint(0, max(0, len(text) - 200))
    piece = text[start : start + rng.randint(60, 220)]
    excerpt = rng.choice(
        (f"{piece} {target.title} {text[-80:]}", piece, target.title, target.url, f"{target.title} {piece}")
    )
    name = rng.choice((*SPLOG_NAMES, "{Kw}", "{Kw}", "{Kw} | {Kw}")).format(Kw=campaign.keyword(rng).title())
    return Words(stolen.title, rng.choice((name, name, name, campaign.hosts[0])), excerpt)


HABITS: dict[str, tuple[Habit, tuple[str, ...], float]] = {  # habit, templates, share of campaigns
    "tool": (tool, TRACKBACK_TOOL, 0.25),
    "sites": (sites, SITES_TOOL, 0.16),
    "praise": (praise, PRAISE, 0.16),
    "mirror": (mirror, ("",), 0.12),
    "bare": (bare, ("",), 0.14),
    "autoblog": (autoblog, AUTOBLOG, 0.14),
    "republish": (republish, ("",), 0.14),
}


def campaigns(
    targets: Sequence[Target],
    rng: random.Random,
    number: int = 600,
    size: int = 6,
    habits: Sequence[str] = tuple(HABITS),
) -> Iterator[Row]:
    """Give the rows of made campaigns."""
    words = lexicon()
    shares = [HABITS[habit][2] for habit in habits]
    for turn in range(number):
        campaign = _campaign(rng.choices(habits, shares)[0], targets, words, rng)
        for row in range(rng.randint(1, 2 * size - 1)):
            target = rng.choice(targets)
            said = HABITS[campaign.habit][0](campaign, target, rng)
            claim = _claim(said, target, _address(campaign, said, rng), rng)
            yield Row(
                id=f"made:{campaign.habit}:{turn}:{row}",
                kind=claim.protocol.value,
                sample=Sample(linkback=claim, post=target.post),
                spam=True,
                group=f"made:{campaign.habit}:{turn}",
                key=f"made:{turn}:{row}",
                made=campaign.habit,
            )


def _campaign(habit: str, targets: Sequence[Target], words: Lexicon, rng: random.Random) -> Campaign:
    trade = words.trades[rng.choice(sorted(words.trades))]
    keywords = tuple(rng.sample(trade, rng.randint(2, 6)))
    phrases = HABITS[habit][1]
    return Campaign(
        habit=habit,
        phrases=tuple(rng.sample(phrases, min(len(phrases), rng.randint(1, 8)))),
        keywords=keywords,
        hosts=tuple(words.host(rng.choice(keywords), rng) for _ in range(rng.randint(1, 12))),
        stolen=tuple(rng.sample(targets, min(len(targets), 8))),
        lexicon=words,
    )


def _address(campaign: Campaign, said: Words, rng: random.Random) -> str:
    plain = "" if "[" in said.title else said.title
    slug = quote("-".join(plain.lower().split()[:8]), safe="-") or rng.choice(campaign.lexicon.words)
    number = rng.randint(1, 99_999)
    path = rng.choice(
        (
            "",
            "/",
            "/",
            f"/{slug}",
            f"/{slug}/",
            f"/{slug}.html",
            f"/{rng.choice(campaign.lexicon.words)}/{rng.choice(campaign.lexicon.words)}.html",
            f"/?p={number}",
            f"/index.php?id={number}",
            f"/{rng.randint(2008, 2025)}/{rng.randint(1, 12):02}/{slug}/",
            f"/images/{slug}.php",
            f"/forum/viewtopic.php?t={number}",
            f"/{rng.choice(campaign.lexicon.syllables)}{number}",
            f"/blog/{slug}",
            f"/user/{rng.choice(campaign.lexicon.words)}{number}",
            f"/{rng.choice(campaign.lexicon.words)}-{rng.choice(campaign.lexicon.words)}-{rng.choice(campaign.lexicon.words)}/",
        )
    )
    return f"{rng.choice(('http', 'https'))}://{rng.choice(campaign.hosts)}{path}"


def _claim(said: Words, target: Target, address: str, rng: random.Random) -> Linkback:
    """Put words into a protocol's form; half of them are trackbacks."""
    protocol = rng.choice((Protocol.TRACKBACK, Protocol.TRACKBACK, Protocol.PINGBACK, Protocol.WEBMENTION))
    if protocol is Protocol.PINGBACK:
        title = (
            rng.choice(TITLE_FORMS).format(title=said.title, blog=said.name)
            if said.name != said.title
            else said.title
        )
        inner = said.excerpt.replace("[...]", "").replace("[…]", "").strip()
        return Linkback(
            protocol=protocol,
            source=address,
            target=target.url,
            title=title,
            excerpt=rng.choice(("[...] {} [...]", "[&#8230;] {} [&#8230;]", "[…] {} […]")).format(inner),
        )
    title = "" if protocol is Protocol.WEBMENTION and rng.random() < 0.4 else said.title
    return Linkback(
        protocol=protocol,
        source=address,
        target=target.url,
        title=title,
        blog_name=said.name,
        excerpt=said.excerpt,
    )


def respun(
    rows: Sequence[Row], targets: Sequence[Target], rng: random.Random, most: int = 6000
) -> Iterator[Row]:
    """Give real spam texts again: other protocol, other target, title and name no longer equal."""
    rows = list({row.key: row for row in rows if row.spam and row.sample.linkback.excerpt}.values())
    rng.shuffle(rows)
    words = lexicon()
    names = sorted({row.sample.linkback.blog_name for row in rows if row.sample.linkback.blog_name})
    for turn, row in enumerate((rows * 3)[:most]):
        target = rng.choice(targets)
        said = _said_again(row, target, names, rng)
        address = row.sample.linkback.source or f"http://{words.host(said.name or 'shop', rng)}/"
        claim = _claim(said, target, address, rng)
        yield replace(
            row,
            id=f"made:respun:{turn}:{row.id}",
            kind=claim.protocol.value,
            sample=Sample(linkback=claim, post=target.post),
            made="respun",
        )


def _said_again(row: Row, target: Target, names: Sequence[str], rng: random.Random) -> Words:
    claim, post = row.sample.linkback, row.sample.post
    excerpt = claim.excerpt
    if post and post.title:
        excerpt = excerpt.replace(post.title, target.title)
    keyword = claim.blog_name or claim.title or rng.choice(names or ["My Blog"])
    title = claim.title or keyword
    title = rng.choice(
        (
            title,
            title,
            title,
            " ".join(claim.excerpt.split()[:6]),
            target.title,
            rng.choice(names or [keyword]),
        )
    )
    name = rng.choice(
        (
            keyword,
            keyword,
            keyword,
            rng.choice(names or [keyword]),
            rng.choice(PEOPLE),
            urlsplit(claim.source).hostname or keyword,
        )
    )
    return Words(title[:200], name, excerpt[:600])
