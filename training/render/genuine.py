"""Genuine linkbacks made from real posts, as sending blogs' software renders them.

A trackback brings an excerpt as WordPress, Movable Type or the author cuts it; a pingback a window
around the link, in WordPress's brackets; a webmention the post's text, a note or a reply. The post
linked to is sometimes alike, sometimes of the same blog, often on something else entirely.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from proxy.linkback import Linkback, Post, Protocol, Sample
from proxy.scoring.text import words
from training.render.phrases import ANCHORS, MENTIONS, NAVIGATION, PEOPLE, WEBMENTION_NOTES
from training.render.prose import prose
from training.render.sources import address
from training.rows import Article, Row

TITLE_FORMS = (
    "{title} | {blog}", "{title} « {blog}", "{blog} » {title}", "{title} – {blog}", "{title} - {blog}", "{title} :: {blog}",
    "{blog} » Blog Archive » {title}", "{blog} &raquo; {title}", "{title} &laquo; {blog}", "{title} @ {blog}", "{title} · {blog}",
    "{title}", "{title}", "{title}", "{title}", "{blog}: {title}", "{blog} - {title}", "{title} — {blog}", "{title} ~ {blog}", "{title} » {blog}",
    "{title} | {blog} | {blog}", "{blog}",
)  # fmt: skip
ENDINGS = ("...", "…", " [...]", " […]", "", "", "", "", " [&#8230;]", " ...", "&hellip;", " (more...)", "..")
TRACKBACK_CUT, PINGBACK_WINDOW = 252, 100  # WordPress's, in characters


@dataclass(frozen=True, slots=True)
class Target:
    """A post that is linked to."""

    title: str
    text: str
    url: str
    blog_name: str
    group: str

    @property
    def post(self) -> Post:
        """As the service knows it."""
        return Post(url=self.url, title=self.title, text=self.text)


def targets_of(articles: Sequence[Article], rows: Sequence[Row]) -> list[Target]:
    """Give every post that the data knows: the articles, and the posts under its rows."""
    found = {a.url or a.title: Target(a.title, a.text, a.url, a.blog_name, a.group) for a in articles}
    for row in rows:
        post = row.sample.post
        if post and post.title:
            host = urlsplit(post.url).hostname or ""
            found.setdefault(post.url or post.title, Target(post.title, post.text, post.url, host, row.group))
    return list(found.values())


class Neighbours:
    """Finds, for an article, a post that it might link to."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._targets = targets
        self._of_group: dict[str, list[Target]] = defaultdict(list)
        self._of_word: dict[str, list[int]] = defaultdict(list)
        for number, target in enumerate(targets):
            self._of_group[target.group].append(target)
            for word in set(words(f"{target.title} {target.text[:300]}".lower())):
                self._of_word[word].append(number)

    def choose(self, article: Article, rng: random.Random) -> Target:
        """Give a post of the same blog, a post alike, or any post."""
        chance = rng.random()
        if chance < 0.3 and len(self._of_group[article.group]) > 1:
            return rng.choice(self._of_group[article.group])
        if chance < 0.65:
            return self._alike(article, rng)
        return rng.choice(self._targets)

    def _alike(self, article: Article, rng: random.Random) -> Target:
        rare = [
            word for word in set(words(article.title.lower())) if 1 < len(self._of_word.get(word, ())) < 30
        ]
        rare.sort(key=lambda word: (len(self._of_word[word]), word))
        found = [
            self._targets[n]
            for word in rare[:3]
            for n in self._of_word[word]
            if self._targets[n].url != article.url
        ]
        return rng.choice(found) if found else rng.choice(self._targets)


def genuine(
    articles: Sequence[Article], rows: Sequence[Row], rng: random.Random, rounds: int = 3
) -> Iterator[Row]:
    """Give genuine linkbacks made from the articles, and from the genuine linkbacks in other forms."""
    neighbours = Neighbours(targets_of(articles, rows))
    for number, article in enumerate(articles):
        for turn in range(rounds):
            target = neighbours.choose(article, rng)
            form = rng.choice((trackback, trackback, pingback, webmention))
            yield Row(
                id=f"made:genuine:{number}:{turn}",
                kind=(claim := form(article, target, rng)).protocol.value,
                sample=Sample(linkback=claim, post=target.post),
                spam=False,
                group=article.group,
                key=f"genuine:{article.url}:{turn}",
                language=article.language,
                made=f"genuine-{claim.protocol.value}",
                of=frozenset({target.group}),
            )


def trackback(article: Article, target: Target, rng: random.Random) -> Linkback:
    """As a blog's software sends it on the author's behalf."""
    source = address(article.url, article.title, rng)
    return Linkback(
        protocol=Protocol.TRACKBACK,
        source=source,
        target=target.url,
        title=article.title,
        blog_name=_name(article, source, rng),
        excerpt=_as_sent(_excerpt(article, target, rng), rng),
    )


def pingback(article: Article, target: Target, rng: random.Random) -> Linkback:
    """As WordPress stores it: the page's title, and the words around the link."""
    dots = rng.choice(("[...] {} [...]", "[&#8230;] {} [&#8230;]", "[…] {} […]"))
    source = address(article.url, article.title, rng)
    title = rng.choice(TITLE_FORMS).format(title=article.title, blog=_blog(article, source, rng))
    return Linkback(
        protocol=Protocol.PINGBACK,
        source=source,
        target=target.url,
        title=title,
        excerpt=dots.format(" ".join(_window(article, target, rng).split())),
    )


def _window(article: Article, target: Target, rng: random.Random) -> str:
    """Give the words around a link: in a sentence, in a list of links, beside the post, or alone."""
    before, after = _around(article.text, rng)
    chance = rng.random()
    if chance < 0.08:
        return rng.choice(NAVIGATION).format(title=target.title, blog=target.blog_name)
    if chance < 0.14:
        return rng.choice(
            (
                target.title,
                rng.choice(ANCHORS),
                target.url,
                target.url,
                target.blog_name,
                mention(target, article.language, rng),
            )
        )
    if chance < 0.19:
        return f"{rng.choice(('', '', article.title))} {target.title} {after[:60]}"
    link = (
        mention(target, article.language, rng)
        if rng.random() < 0.6
        else rng.choice((target.title, rng.choice(ANCHORS), ""))
    )
    if chance > 0.97:  # (kept as written, as in a comment's or an odd theme's page)
        link = f'<a href="{target.url}" rel="nofollow">{rng.choice((target.url, target.title))}</a>'
    return f"{before} {link} {after}"


def webmention(article: Article, target: Target, rng: random.Random) -> Linkback:
    """As a receiver reads it from the page: an author or a blog, and a text of any length."""
    host = urlsplit(article.url).hostname or ""
    note = rng.choice(WEBMENTION_NOTES).format(
        title=article.title, blog=article.blog_name, address=target.url, host=host
    )
    said = mention(target, article.language, rng)
    text = rng.choice((article.text[: rng.randint(20, 900)], _excerpt(article, target, rng), note, said))
    source = address(article.url, article.title, rng)
    return Linkback(
        protocol=Protocol.WEBMENTION,
        source=source,
        target=target.url,
        title=rng.choice((article.title, article.title, "")),
        blog_name=rng.choice((_blog(article, source, rng), rng.choice(PEOPLE), "")),
        excerpt=text,
    )


def retold(rows: Sequence[Row], rng: random.Random) -> Iterator[Row]:
    """Give real genuine linkbacks again, in another protocol's form."""
    for row in rows:
        claim = row.sample.linkback
        if row.spam or not claim.title or row.kind == Protocol.WEBMENTION:
            continue
        title, name = _split(claim.title) if not claim.blog_name else (claim.title, claim.blog_name)
        bare = claim.excerpt.replace("[...]", "").replace("[&#8230;]", "").replace("[…]", "").strip()
        protocol = rng.choice([other for other in Protocol if other != row.kind])
        if protocol is Protocol.PINGBACK:
            told = replace(
                claim,
                protocol=protocol,
                title=f"{title} | {name}",
                blog_name="",
                excerpt=f"[...] {bare} [...]",
            )
        else:
            told = replace(
                claim, protocol=protocol, title=title, blog_name=name, excerpt=bare + rng.choice(ENDINGS)
            )
        yield replace(
            row,
            id="made:retold:" + row.id,
            kind=protocol.value,
            sample=replace(row.sample, linkback=told),
            made="retold",
        )


def replies(comments: Sequence[Row], rng: random.Random, most: int = 1500) -> Iterator[Row]:
    """Give genuine comments as the replies that a bridge sends as webmentions."""
    chosen = [
        row
        for row in comments
        if not row.spam and row.sample.linkback.target and len(row.sample.linkback.excerpt) > 3
    ]
    rng.shuffle(chosen)
    for row in chosen[:most]:
        claim = row.sample.linkback
        name = claim.blog_name or rng.choice(PEOPLE)
        handle = "".join(filter(str.isalnum, name.lower())) or "someone"
        number = rng.randint(10**17, 2 * 10**18)
        source = rng.choice(
            (
                f"https://twitter.com/{handle}/status/{number}",
                f"https://mastodon.social/@{handle}/{number}",
                f"https://{handle}.example/{rng.randint(2014, 2025)}/0{rng.randint(1, 9)}/{rng.randint(10, 28)}/{number % 100000}",
                f"https://brid.gy/comment/twitter/{handle}/{number}/{number + 7}",
            )
        )
        told = replace(claim, protocol=Protocol.WEBMENTION, source=source, blog_name=name, title="")
        yield replace(
            row,
            id="made:reply:" + row.id,
            kind=Protocol.WEBMENTION.value,
            sample=replace(row.sample, linkback=told),
            made="reply",
        )


def mention(target: Target, language: str, rng: random.Random) -> str:
    """Give a sentence that introduces a link to the target."""
    chance, said = rng.random(), prose().get(language)
    known = (*MENTIONS.get(language, ()), *(said.mentions if said else ())) or MENTIONS["en"]
    forms = known if chance < 0.8 else MENTIONS["und"] if chance < 0.95 else MENTIONS["en"]
    return rng.choice(forms).format(title=target.title, blog=target.blog_name, address=target.url)


def _name(article: Article, source: str, rng: random.Random) -> str:
    chance = rng.random()
    if chance < 0.07:
        return (urlsplit(article.url).hostname or article.blog_name).removeprefix("www.")
    if chance < 0.13:
        return rng.choice(PEOPLE)
    return "" if chance < 0.18 else _blog(article, source, rng)


def _blog(article: Article, source: str, rng: random.Random) -> str:
    """Give the blog's name, or what its host is called: so are half of the real ones."""
    labels = (urlsplit(source).hostname or "").removeprefix("www.").split(".")
    own = max(labels[:-1], key=len, default="")
    if len(own) < 5 or rng.random() < 0.6:
        return article.blog_name
    return rng.choice((own.title(), own.replace("-", " ").title(), own, ".".join(labels)))


def _excerpt(article: Article, target: Target, rng: random.Random) -> str:
    text = " ".join(article.text.split())
    link = mention(target, article.language, rng)
    before, after = _around(text, rng)
    first = text.split(". ")[0]
    chance = rng.random()
    if chance < 0.4:
        return _cut(text, rng.choice((TRACKBACK_CUT, TRACKBACK_CUT, 255, 200, 120)), rng)
    if chance < 0.52:
        return " ".join(text.split()[: rng.randint(10, 42)]) + rng.choice(("...", "…", " ..."))
    if chance < 0.74:
        return _cut(
            f"{rng.choice((link, link, link, f'{target.title}:', target.title))} {text}"
            if rng.random() < 0.5
            else f"{before} {link} {after}",
            TRACKBACK_CUT,
            rng,
        )
    if chance < 0.84:
        return first[:TRACKBACK_CUT] + rng.choice((".", "", "..."))
    if chance < 0.88:  # some blogs' software sends what WordPress would have stored for a pingback
        return f"[...] {before} {link} {after} [...]"
    return rng.choice((link, link, text[: rng.randint(20, 250)], article.title, f"{first[:120]}. {link}", ""))


def _as_sent(text: str, rng: random.Random) -> str:
    """Leave a text's markup as careless software does."""
    chance = rng.random()
    if chance < 0.12:
        return text.replace("'", "&#8217;").replace('"', "&quot;").replace(" - ", " &#8211; ")
    if chance < 0.15:
        return f"<p>{text}</p>"
    return text.replace(". ", ".\n", 1) if chance < 0.2 else text


def _cut(text: str, most: int, rng: random.Random) -> str:
    return text if len(text) <= most else text[: most - rng.randint(0, 20)].rstrip() + rng.choice(ENDINGS)


def _around(text: str, rng: random.Random) -> tuple[str, str]:
    text = " ".join(text.split())
    middle = rng.randint(0, max(0, len(text) - 60))
    return text[max(0, middle - PINGBACK_WINDOW) : middle].partition(" ")[2], text[
        middle : middle + PINGBACK_WINDOW
    ].rpartition(" ")[0]


def _split(title: str) -> tuple[str, str]:
    for separator in (" | ", " « ", " » ", " – ", " - "):
        if separator in title:
            head, _, tail = title.rpartition(separator)
            return (tail, head) if separator == " » " else (head, tail)
    return title, ""
