"""A linkback as the features see it: one shape for every protocol, so that form tells nothing.

Pure. A trackback claims a title, a blog name and an excerpt; a pingback's come from the page, and
its title holds the blog's name ('Post | Blog'); a webmention may bring an author instead of both.
Here each becomes a `View` with the same fields, taken apart once. Holds no decision about spam.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from proxy.linkback import Linkback, Post, Protocol, Sample
from proxy.scoring.text import LIMIT, NOTHING, Text, bare_words, read, script_of, squashed, words

WORD_IN_ADDRESS = re.compile(r"[^\W\d_]{2,30}")
PLAIN_ADDRESS = re.compile(  # most are; `urlsplit` takes its time with any
    r"https?://([a-z\d.-]+)(?::\d+)?(/[^?#\t\r\n]*)?(?:\?([^#\t\r\n]*))?(?:#.*)?", re.ASCII
)
ADDRESS_LIMIT = 600  # characters of an address that count
TARGET_WORDS_LIMIT = 1_000  # characters of the target post that are compared
SEPARATOR = re.compile(r"\s+[|»«›‹·•~@–—:-]+\s+|\s*[|»«]\s*|:: ")  # noqa: RUF001 (as blogs' titles have them)
MAYBE_SEPARATED = re.compile("[|»«›‹·•~@–—:-]")  # noqa: RUF001 (what each of the separators holds)
WRAP = re.compile(
    r"^\s*\[\s?(?:\.{2,3}|…|&#8230;|&hellip;)\s?\]\s*|\s*\[\s?(?:\.{2,3}|…|&#8230;|&hellip;)\s?\]\s*$"
)
HREF = re.compile(r"(?:href\s*=\s*[\"']?|\[url=)\s*([^\s\"'<>\]]{4,600})", re.IGNORECASE)
SOCIAL = (
    "twitter.com",
    "facebook.com",
    "reddit.com",
    "instagram.com",
    "flickr.com",
    "github.com",
    "brid.gy",
    "mastodon",
    "bsky",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An address, taken apart for reading (not for comparing: that is `proxy.urls`)."""

    host: str  # lower case, without 'www.'
    path: str  # unquoted, lower case, with the query
    site: str  # the host's last two labels, or three under 'co.uk' and its like
    labels: tuple[str, ...]  # of the host
    squashed_host: str
    words: tuple[str, ...] = ()  # of the path
    capitals: bool = False  # the path as given has capital letters


NOWHERE = Place(host="", path="", site="", labels=(), squashed_host="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The post that is linked to, read once for all of its linkbacks."""

    title: Text
    words: frozenset[str]  # of title and text
    known: bool  # its text is known
    script: str = ""  # that it is written in; '' if unknown


UNKNOWN = Target(title=NOTHING, words=frozenset(), known=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One linkback, taken apart."""

    protocol: Protocol
    title: Text
    name: Text  # of the blog; for a webmention of its author
    named: bool  # the name was claimed, not cut from the title
    excerpt: Text  # without the '[...]' around it
    wrapped: int  # how many '[...]' stood around the excerpt: 0, 1 or 2
    source: Place
    target: Place
    post: Target
    links_here: bool = False  # the excerpt's links lead to the target's site, all of them
    page_text: Text = NOTHING  # the page's main text


@lru_cache(maxsize=256)
def target_of(post: Post | None) -> Target:
    """Read the post that is linked to; many linkbacks come to few posts, so the last ones are kept."""
    if post is None:
        return UNKNOWN
    title, text = read(post.title[:250]), bare_words(post.text[:TARGET_WORDS_LIMIT])
    return Target(
        title=title,
        words=frozenset(title.words + text),
        known=bool(text),
        script=script_of(title.plain or post.text[:200]),
    )


def view(sample: Sample, post: Target) -> View:
    """Take a sample apart; `post` is its post, read."""
    claim, page = sample.linkback, sample.evidence
    source, target = place(claim.source), target_place(claim.target)
    title, name = _headings(claim, page.title if page else "", source)
    raw, wrapped = _unwrapped(claim.excerpt or (page.excerpt if page else ""))
    return View(
        protocol=claim.protocol,
        title=title,
        name=name,
        named=bool(claim.blog_name.strip()),
        excerpt=read(raw),
        wrapped=wrapped,
        source=source,
        target=target,
        post=post,
        links_here=_all_lead_to(target, raw),
        page_text=read(page.text) if page else NOTHING,
    )


def place(address: str) -> Place:
    """Take an address apart; what is no address is nowhere."""
    given = address.strip()[:ADDRESS_LIMIT]
    address = given.lower().replace("http://http://", "http://", 1)
    host, path = _host_and_path(address)
    if not host:
        return NOWHERE
    labels = tuple(host.split("."))
    return Place(
        host=host,
        path=path,
        site=_site(labels),
        labels=labels,
        squashed_host=squashed(host),
        words=words_in_address(path),
        capitals=given[len(host) + 12 :] != address[len(host) + 12 :],
    )


def _host_and_path(address: str) -> tuple[str, str]:
    """Give an address's host and unquoted path; both are empty if it is none."""
    if plain := PLAIN_ADDRESS.fullmatch(address):
        host, path, query = plain.groups("")
    else:
        try:
            parts = urlsplit(address)
            host, path, query = parts.hostname or "", parts.path, parts.query
        except ValueError:
            return "", ""
    return host.removeprefix("www.").rstrip("."), unquote(path + ("?" + query if query else ""))


def words_in_address(part: str) -> tuple[str, ...]:
    """Give the words in a part of an address, where signs stand for blanks."""
    return tuple(WORD_IN_ADDRESS.findall(part))


target_place = lru_cache(maxsize=256)(place)


def _site(labels: tuple[str, ...]) -> str:
    short = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3  # noqa: PLR2004 (co.uk, com.br)
    return ".".join(labels[-3 if short else -2 :])


_heading = lru_cache(maxsize=256)(
    read
)  # spam's title is its blog's name, and a campaign's are often the same


def _headings(claim: Linkback, page_title: str, source: Place) -> tuple[Text, Text]:
    """Give title and name; where no name was claimed, cut it from the title."""
    raw = (claim.title or page_title)[:300]
    if claim.blog_name.strip():
        return _heading(raw), _heading(claim.blog_name[:300])
    title = _heading(raw)
    if not MAYBE_SEPARATED.search(title.shown):
        return title, NOTHING
    parts = [part for part in SEPARATOR.split(title.shown) if part.strip()]
    if len(parts) < 2:  # noqa: PLR2004 (nothing to cut)
        return title, NOTHING
    mine = _name_among(parts, source)
    return _heading(" - ".join(part for part in parts if part is not mine)), _heading(mine)


def _name_among(parts: list[str], source: Place) -> str:
    for part in (parts[-1], parts[0]):
        name = squashed(part)
        if len(name) > 3 and (name in source.squashed_host or _shares_word(part, source)):  # noqa: PLR2004
            return part
    return parts[-1]


def _shares_word(part: str, source: Place) -> bool:
    return any(len(word) > 3 and word in source.squashed_host for word in words(part.lower()))  # noqa: PLR2004


def _all_lead_to(target: Place, raw: str) -> bool:
    raw = raw[:LIMIT] if "href" in raw or "[url" in raw else ""
    found = HREF.findall(raw) if target.host else []
    return bool(found) and all(_leads(target.host, address.lower()) for address in found)


def _leads(host: str, address: str) -> bool:
    rest = address.rsplit("//", maxsplit=1)[-1].removeprefix("www.")
    return rest.startswith(host) and rest[len(host) : len(host) + 1] in {"", "/", ":", "?", "#"}


def _unwrapped(excerpt: str) -> tuple[str, int]:
    excerpt = excerpt[:5_000]
    return WRAP.subn("", excerpt, count=2) if "[" in excerpt else (excerpt, 0)
