"""Findings about the source's address: the shape of host and path, and the words in them.

Pure. Shapes generalise where names do not: a bare host, a page deep in a folder of images, digits
and hyphens in the host, a dated path as blogs have them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from proxy.scoring.functionwords import FUNCTION_WORDS
from proxy.scoring.sitenames import ALL, MUCH, NAMES, made_of
from proxy.scoring.text import is_unpronounceable, step
from proxy.scoring.trades import traded, traded_in_host
from proxy.scoring.view import SOCIAL, Place, View, words_in_address

HOSTED = (
    "wordpress.com",
    "blogspot.",
    "typepad.com",
    "livejournal.com",
    "blogs.com",
    "github.io",
    "tumblr.com",
    "medium.com",
    "substack.com",
    "over-blog",
    "canalblog.com",
    "free.fr",
)
COMMON_ENDINGS = """
com org net edu gov de fr nl it es br uk jp cn tw ch at se no dk fi be ca au nz ie eu me io blog dev
pl ru ua in cz hu ro gr pt kr tr il ir mx ar cl id vn th my sg za hr rs si sk bg lt lv ee is lu int
"""
COMMON = frozenset(COMMON_ENDINGS.split())
CHEAP_ENDINGS = """
info biz us cc tk ml ga cf gq xyz top club online site website space pw ws su icu vip
shop store live click link loan win bid men work buzz fun cfd sbs bet casino
"""
CHEAP = frozenset(CHEAP_ENDINGS.split())
DATED = re.compile(r"/(?:19|20)\d\d/(?:0?[1-9]|1[0-2])(?:/|$)")
NUMBERED = re.compile(r"[?&](?:p|page_id|id|itemid)=\d+|/archives?/\d+|/\d{2,}(?:\.html?)?/?$|/post/\d+")
SCRIPTED = re.compile(r"\.(?:asp|aspx|php|cfm|cgi|jsp|pl)(?:$|[?/])")
FILED = re.compile(r"\.(?:html?|shtml)(?:$|\?)")
FOLDER = re.compile(
    r"/(?:images?|img|css|js|inc|include|includes|files?|upload|uploads|userfiles|wp-includes|wp-content|admin|templates|tmp|cache|temp)/"
)
COMMUNITY = re.compile(
    r"/(?:forums?|viewtopic|showthread|profile|members?|users?|guestbook|gaestebuch|index\.php\?option|topic|thread)\b|user/|action=profile|userinfo"
)
FED = re.compile(r"/(?:feed|trackback)/?$")
RANDOM = re.compile(
    r"/(?=[a-z]*\d)(?=\d*[a-z])[a-z\d]{4,12}(?:/|$|\.)|/(?!blog/)[a-z]{3,4}/(?!\d+/)[a-z\d]{3,4}/"
)
LONG_HOST, DEEP = 24, 4
JOINED = 12  # letters: several words without a blank
MOST, SOME = 0.7, 0.3  # share of words
OWN_SIZES = ((5, "1-5"), (9, "6-9"), (14, "10-14"), (20, "15-20"))
MEDIA = re.compile(r"\.(?:jpe?g|png|gif|mp3|mp4|avi|pdf|zip|rar|exe)$")


def address_findings(seen: View) -> Iterator[str]:
    """Give what is to be said of the source's address."""
    source = seen.source
    if not source.host:  # as some exports have lost it: nothing is known, and nothing said
        return
    yield from _of_host(source)
    yield from _of_path(source)
    if source.capitals:
        yield "address:capitals"
    if source.site and source.site == seen.target.site:
        yield (
            "address:same-site"
            if source.host == seen.target.host or source.site not in HOSTED
            else "address:same-service"
        )
    else:
        yield from _beside_post(seen)
    yield from _beside_excerpt(seen)


def telling(words: frozenset[str]) -> set[str]:
    """Give the words that say what a text is about."""
    return {word for word in words - FUNCTION_WORDS if len(word) > 3 and not word.isdigit()}  # noqa: PLR2004


def _beside_post(seen: View) -> Iterator[str]:
    """Say whether the path is made of the post's own title: a scraper's page is called as the post is."""
    title = telling(seen.post.title.vocabulary)
    if len(title) > 1 and len(seen.source.path) > 1:
        share = sum(word in seen.source.path for word in title) / len(title)
        if share >= SOME:
            yield "address:path-is-target-title=" + ("most" if share >= MOST else "some")


def _beside_excerpt(seen: View) -> Iterator[str]:
    """Say whether host and path speak of what the excerpt speaks of."""
    said = seen.excerpt.vocabulary
    slug = telling(frozenset(seen.source.words[:20]))
    if len(slug) > 1 and (told := telling(said)):
        share = len(slug & told) / len(slug)
        yield "address:path-in-excerpt=" + ("most" if share >= MOST else "some" if share >= SOME else "none")
    host = "".join(seen.source.labels[:-1])
    named = [word for word in said if word in host and len(word) > 4] if len(host) > 4 else []  # noqa: PLR2004
    if named and telling(frozenset(named)).difference(seen.target.labels):
        yield "address:host-in-excerpt"


def _of_host(source: Place) -> Iterator[str]:
    host, last, own = source.host, source.labels[-1], max(source.labels[:-1] or source.labels, key=len)
    hosted = bool([name for name in HOSTED if name in host])
    yield "address:ending=" + (
        "number" if last.isdigit() else "common" if last in COMMON else "cheap" if last in CHEAP else "other"
    )
    if hosted:
        yield "address:hosted-blog"
    if [name for name in SOCIAL if name in host]:
        yield "address:social"
    if "blog" in host and not hosted:
        yield "address:blog-in-host"
    yield f"address:labels={min(len(source.labels), 4)}"
    yield f"address:hyphens={min(host.count('-'), 3)}"
    if any(map(str.isdigit, host)):
        yield "address:digits-in-host"
    if len(host) > LONG_HOST:
        yield "address:long-host"
    sold = traded_in_host(host)
    if sold:
        yield f"address:host-sells={min(sold, 2)}"
    yield from _of_names(source, source.labels[0] if hosted else own)
    yield "address:own=" + step(len(own), OWN_SIZES, "21+")
    if is_unpronounceable(own):
        yield "address:unpronounceable"


def _of_names(source: Place, own: str) -> Iterator[str]:
    """Say how much of the host's own name is put together from what sites made for money are called."""
    count, share = made_of(own)
    if count > 1 and share >= MUCH:
        yield "address:host-of-names=" + ("all" if share >= ALL else "much")
    elif count:
        yield "address:host-of-names=some"
    if len(source.labels) > 2 and source.labels[0] in NAMES and source.labels[0] != own:  # noqa: PLR2004
        yield "address:part-is-a-name"


SHAPES = (
    ("dated", DATED),
    ("numbered", NUMBERED),
    ("scripted", SCRIPTED),
    ("filed", FILED),
    ("folder", FOLDER),
    ("community", COMMUNITY),
    ("random", RANDOM),
    ("feed", FED),
)


def _of_path(source: Place) -> Iterator[str]:
    path = source.path
    if path in {"", "/"}:
        yield "address:bare"
        return
    for name, shape in SHAPES:
        if shape.search(path):
            yield "address:" + name
    yield f"address:depth={min(path.rstrip('/').count('/'), DEEP)}"
    if "?" in path:
        yield "address:query"
    if MEDIA.search(path):
        yield "address:media"
    yield f"address:path-words={min(len(source.words), 6)}"
    sold = traded(frozenset(source.words), path) if source.words else 0
    if sold:
        yield f"address:path-sells={min(sold, 3)}"
    if traded_in_host(" ".join([word for word in source.words if len(word) >= JOINED])):
        yield "address:path-joined-sells"


def address_tokens(source: Place) -> list[str]:
    """Give the words in the address, and the host in pieces of five characters."""
    found = ["u:" + word for word in source.words[:20]]
    for label in source.labels[:-1]:
        found += ["u:" + word for word in words_in_address(label)]
        padded = f"^{label[:40]}$"
        found += ["h:" + padded[i : i + 5] for i in range(max(1, len(padded) - 4))]
    return found
