"""The habits of campaigns: what the linkbacks of each say, in the words of known tools and of made ones."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from training.render.campaign import Campaign
from training.render.claims import Words
from training.render.genuine import Target
from training.render.phrases import (
    AUTOBLOG,
    PEOPLE,
    PLAIN_NAMES,
    PRAISE,
    SHORT_PRAISE,
    SITES_TOOL,
    SPLOG_NAMES,
    TOOL_COUNTS,
    TOOL_ELSEWHERE,
    TOOL_ENDS,
    TOOL_STARTS,
    TOOL_THINGS,
    TOPICS,
    TRACKBACK_TITLES,
    TRACKBACK_TOOL,
)

Habit = Callable[[Campaign, Target, random.Random], Words]


def tool(campaign: Campaign, target: Target, rng: random.Random) -> Words:
    """Say '[...] Read More: TARGET [...]'."""
    address = target.url.split("://", 1)[-1] if rng.random() < 0.6 else target.url
    phrase = _tool_phrase(campaign, rng).format(
        n=rng.choice((rng.randint(10, 999), rng.randint(1_000, 99_999)))
    )
    dots = rng.choice(("[…] {} […]", "[...] {} [...]", "[&#8230;] {} [&#8230;]", "[...]{}[...]", "{}"))
    title = rng.choice(TRACKBACK_TITLES) if rng.random() < 0.75 else campaign.keyword(rng)
    name = rng.choice((title, title, rng.choice(PLAIN_NAMES), campaign.keyword(rng), "", campaign.hosts[0]))
    between = rng.choice((": ", ": ", ": ", " ", " - ", " => ", ""))
    return Words(title, name, dots.format(f"{phrase}{between}{address}"))


def _tool_phrase(campaign: Campaign, rng: random.Random) -> str:
    chance = rng.random()
    if chance < 0.4:
        return rng.choice(campaign.phrases)
    if chance < 0.5:
        return rng.choice(TOOL_ELSEWHERE)
    parts = (TOOL_STARTS, TOOL_COUNTS, TOOL_THINGS, TOOL_ENDS)
    return " ".join(filter(None, (rng.choice(part) for part in parts)))


def sites(campaign: Campaign, target: Target, rng: random.Random) -> Words:
    """Say '[...]Here are some of the sites we recommend for our visitors[...]'."""
    phrase = rng.choice(campaign.phrases)
    excerpt = rng.choice(("[...]{}[...]", "[…]{}[…]", "[...] {} [...]", "{}", "{}.", "[...]{}[...]…")).format(
        phrase
    )
    keyword = campaign.heading(rng)
    title = rng.choice((keyword, rng.choice(PLAIN_NAMES), rng.choice(TOPICS), target.title))
    return Words(title, rng.choice((title, keyword, campaign.keyword(rng))), excerpt)


def praise(campaign: Campaign, target: Target, rng: random.Random) -> Words:
    """Say a comment tool's praise in a trackback."""
    text = rng.choice(campaign.phrases)
    excerpt = rng.choice((text, text[: rng.randint(40, 250)], text + " " + campaign.keyword(rng)))
    keyword = campaign.heading(rng)
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
    keyword = campaign.heading(rng)
    return Words(
        keyword,
        rng.choice((keyword, keyword, campaign.heading(rng), rng.choice(PEOPLE), campaign.hosts[0])),
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


def filler(campaign: Campaign, _: Target, rng: random.Random) -> Words:
    """Put a keyword over text that has nothing to do with anything: scraped, a single word, or random letters."""
    keyword = campaign.keyword(rng)
    text = " ".join(campaign.stolen[rng.randrange(len(campaign.stolen))].text.split())
    start = rng.randint(0, max(0, len(text) - 250))
    words = text.split() or ["why"]
    noise = " ".join(
        rng.choice((keyword, f"http://{rng.choice(campaign.hosts)}/", _letters(rng), _letters(rng)))
        for _ in range(rng.randint(3, 14))
    )
    excerpt = rng.choice(
        (
            text[start : start + rng.randint(60, 250)],
            text[start : start + rng.randint(60, 250)],
            f"{text[start : start + 120]} {keyword} {text[-100:]}",
            rng.choice(words) if rng.random() < 0.2 else text[start : start + 200],
            noise,
        )
    )
    name = rng.choice(
        (keyword, keyword, keyword, campaign.keyword(rng), rng.choice(PEOPLE), campaign.hosts[0])
    )
    return Words(keyword, name, excerpt)


def _letters(rng: random.Random) -> str:
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(6, 12)))


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


def news(campaign: Campaign, target: Target, rng: random.Random) -> Words:
    """Show others' posts on a site that is called as its host is, at addresses as blogs have them."""
    said = (republish if rng.random() < 0.6 else autoblog)(campaign, target, rng)
    return replace(said, name=rng.choice(sorted(campaign.sites)))


def spun(campaign: Campaign, _: Target, rng: random.Random) -> Words:
    """Send a tool's template as it stands, choices and all."""
    excerpt, title = (_with_choices(rng.choice(campaign.phrases), rng) for _ in range(2))
    keyword = campaign.keyword(rng)
    title = rng.choice(
        (
            " ".join(title.split()[:12]),
            keyword,
            f"{{{keyword}|{campaign.keyword(rng)}|{campaign.keyword(rng)}}}",
        )
    )
    return Words(title, rng.choice((keyword, keyword, campaign.hosts[0], rng.choice(PEOPLE))), excerpt[:400])


def _with_choices(text: str, rng: random.Random) -> str:
    words = text.split()
    for place in rng.sample(range(len(words)), min(len(words), rng.randint(1, 5))):
        others = rng.sample(words, min(len(words), rng.randint(1, 3)))
        words[place] = "{" + "|".join((words[place], *others)) + "}"
    return " ".join(words)


HABITS: dict[str, tuple[Habit, tuple[str, ...], float]] = {  # habit, templates, share of campaigns
    "tool": (tool, TRACKBACK_TOOL, 0.25),
    "sites": (sites, SITES_TOOL, 0.16),
    "praise": (praise, PRAISE + SHORT_PRAISE, 0.18),
    "spun": (spun, PRAISE + SITES_TOOL, 0.03),
    "mirror": (mirror, ("",), 0.12),
    "bare": (bare, ("",), 0.14),
    "filler": (filler, ("",), 0.14),
    "autoblog": (autoblog, AUTOBLOG, 0.1),
    "republish": (republish, ("",), 0.06),
    "news": (news, AUTOBLOG, 0.1),
}
