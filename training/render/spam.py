"""Spam made from real spam texts and from campaign templates, in every protocol's form.

A made campaign has a trade, a few hosts and one habit; each row of it goes to a real post, so that
neither the post nor its language tells the label. Real spam texts are sent again under other
titles, names and targets, since 'title equals blog name' is one line for a spammer to change.
"""

from __future__ import annotations

import random
from base64 import b64encode
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
from training.render.prose import prose
from training.render.sources import blog_host, post_path
from training.rows import Row

ROBBERS = frozenset({"republish", "filler"})
MASKED = ("", "", "", "", "address", "address", "title", "both")  # what a campaign does as honest blogs do


GARBLED: tuple[
    Callable[[str], str], ...
] = (  # what is left of other scripts on the way through careless software
    lambda word: word.encode("ascii", "replace").decode(),
    lambda word: word.encode().decode("latin-1"),
    lambda word: word.encode("gb18030").decode("latin-1"),
)


@dataclass(frozen=True, slots=True)
class Campaign:
    """One made campaign: its habit, its words and its hosts."""

    habit: str
    phrases: tuple[str, ...]  # the templates that it uses
    keywords: tuple[str, ...]
    hosts: tuple[str, ...]
    stolen: tuple[Target, ...]  # posts that it republishes
    lexicon: Lexicon
    robbed: frozenset[str]  # the blogs whose posts it uses
    masked: str = ""  # what gives nothing away: 'address', 'title' (and name), or 'both'

    def keyword(self, rng: random.Random) -> str:
        """Give a phrase that it sells."""
        word = rng.choice(self.keywords)
        if word.isascii() and rng.random() < 0.35:
            word = f"{word} {rng.choice(self.lexicon.fillers)}"
        if not word.isascii() and rng.random() < 0.15:
            return rng.choice(GARBLED)(word)
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
            said = _masked(HABITS[campaign.habit][0](campaign, target, rng), campaign, rng)
            claim = _claim(said, target, _address(campaign, said, rng), rng)
            yield Row(
                id=f"made:{campaign.habit}:{turn}:{row}",
                kind=claim.protocol.value,
                sample=Sample(linkback=claim, post=target.post),
                spam=True,
                group=f"made:{campaign.habit}:{turn}",
                key=f"made:{turn}:{row}",
                made=campaign.habit,
                of=frozenset({target.group, *campaign.robbed}),
            )


def _masked(said: Words, campaign: Campaign, rng: random.Random) -> Words:
    """Put an honest blog's title and name over what is said, where the excerpt alone tells enough."""
    if not campaign.masked and said.name == said.title and rng.random() < 0.02:
        return replace(said, name=b64encode(said.title.encode()).decode())
    if campaign.masked not in {"title", "both"}:
        return said
    blogs = [name for one in prose().values() for name in one.blogs]
    post = rng.choice(campaign.stolen)
    return replace(
        said,
        title=post.title[:120],
        name=rng.choice((post.blog_name, rng.choice(blogs), rng.choice(PEOPLE), "")),
    )


def _campaign(habit: str, targets: Sequence[Target], words: Lexicon, rng: random.Random) -> Campaign:
    trade = words.trades[rng.choice(sorted(words.trades))]
    keywords = tuple(rng.sample(trade, rng.randint(2, 6)))
    phrases = HABITS[habit][1]
    masked = rng.choice(MASKED)
    if habit in {"mirror", "republish", "filler"} and masked != "address":
        masked = ""
    hosts = rng.randint(1, 12)
    victim = rng.choice(targets).group  # one blog, as its feed is what is robbed
    theirs = [post for post in targets if post.group == victim]
    stolen = tuple(rng.sample(theirs, min(len(theirs), 8)))
    return Campaign(
        habit=habit,
        phrases=tuple(rng.sample(phrases, min(len(phrases), rng.randint(1, 8)))),
        keywords=keywords,
        hosts=tuple(
            blog_host(rng) if masked in {"address", "both"} else words.host(rng.choice(keywords), rng)
            for _ in range(hosts)
        ),
        stolen=stolen,
        robbed=frozenset(post.group for post in stolen)
        if habit in ROBBERS or masked in {"title", "both"}
        else frozenset(),
        lexicon=words,
        masked=masked,
    )


def _address(campaign: Campaign, said: Words, rng: random.Random) -> str:
    plain = "" if "[" in said.title else said.title
    slug = quote("-".join(plain.lower().split()[:8]), safe="-") or rng.choice(campaign.lexicon.words)
    number = rng.randint(1, 99_999)
    if campaign.masked in {"address", "both"} or rng.random() < 0.1:
        return f"{rng.choice(('http', 'https'))}://{rng.choice(campaign.hosts)}{post_path(plain, rng)}"
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
            f"/{slug}/feed/",
            f"/{slug}/trackback/",
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
            of=frozenset({target.group}),
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
