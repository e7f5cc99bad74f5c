"""Examine a source page: is there a link to the target in it, where, and what surrounds it.

Pure: bytes in, `Evidence` out, for any bytes whatever; what comes out is bounded. Links are what browsers
call links (`document.links` of the HTML Standard: `a` and `area` with an address), and those in `noscript`.
Time and memory are bounded by the caller, who can end a process; see `proxy.reader`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from proxy import urls
from proxy.charsets import decode
from proxy.excerpts import anchor_text, excerpt_around
from proxy.languages import language_of
from proxy.linkback import Evidence, Place, Post
from proxy.maintext import main_text, visible_text
from proxy.places import place_of
from proxy.styles import Sheet

MAX_LINKS = 100_000  # links that are looked at
MAX_PLACED = 25  # links to the target whose place is looked at
MAX_NESTING = 5_000  # elements open at once; the parser's time grows with the square of it
MAX_TITLE = 300  # characters, as are the next three
MAX_ANCHOR = 300
MAX_EXCERPT = 1_000
MAX_TEXT = 5_000
MAX_POST_TEXT = 1_500
MAX_REL = 10  # tokens
MAX_BESIDE = 20  # links to other hosts whose words are kept
MAX_BESIDE_WORDS = 60  # characters of each
MANY_LINKS = 100  # links to other hosts from which a page is called a list of links

_OPENED = re.compile(r"<(/?)[A-Za-z]")
# Elements that hold nothing, or that the next of their kind ends.
_VOID = re.compile(
    r"</?(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr"
    r"|p|li|dt|dd|tr|td|th|tbody|option|optgroup|rt|rp)\b",
    re.IGNORECASE,
)
# Drawings and formulas, and the elements of theirs in which HTML begins again (HTML Standard, 13.2.6).
_HTML_IN = {
    "svg": frozenset({"foreignobject", "desc", "title"}),
    "math": frozenset({"mi", "mo", "mn", "ms", "mtext"}),
}
# What Webmention counts as a link beyond `document.links`: reported as a sign, never as a link.
_EMBEDS = (
    ("img", "src"),
    ("video", "src"),
    ("audio", "src"),
    ("iframe", "src"),
    ("source", "src"),
    ("link", "href"),
    ("blockquote", "cite"),
    ("q", "cite"),
    ("ins", "cite"),
    ("del", "cite"),
)


class Link(NamedTuple):
    """A link as a browser sees it: its element, and where it leads (None if to no http(s) address)."""

    node: LexborNode
    href: str
    leads_to: urls.Parts | None


class Found(NamedTuple):
    """A link to the target, and where it stands."""

    node: LexborNode
    place: Place
    signs: tuple[str, ...]


def examine(body: bytes, *, content_type: str, source: str, target: str, with_text: bool = True) -> Evidence:
    """Collect the evidence of a page about one target. Never raises."""
    decoded = decode(body, content_type)
    html, is_cut = _cut_where_too_deep(decoded.text)
    tree = LexborHTMLParser(html, scripting=True)
    base = _base(tree, source)
    links = _links(tree, base)
    to_target = _links_to(target, source, links)
    best = _best(to_target, tree)
    if best is None and "noscript" in html.lower():
        to_target, best = _without_scripts(html, source, target)
    outside = _outside(links, urls.split(source) or base)  # a page can't pass for another by its <base>
    signs = (
        *(best.signs if best else ()),
        *_signs(tree, len(outside), base, target),
        *(("too-deep",) if is_cut else ()),
    )
    title = _title(tree)
    language, endpoint = _declared_language(tree), _pingback_endpoint(tree, base)
    around, beside = _around(best), _beside(outside, best)
    text = main_text(tree.html or "", MAX_TEXT) if with_text else ""
    visible = visible_text(tree)  # empties the tree of scripts: nothing is looked up in it from here
    return Evidence(
        found=best is not None,
        place=best.place if best else None,
        rel=around.rel,
        anchor_text=around.anchor,
        excerpt=around.excerpt,
        title=title,
        language=language or language_of(text or visible[:MAX_TEXT]),
        text=text,
        text_share=min(1.0, len(text) / max(1, min(MAX_TEXT, len(visible)))) if with_text else 0.0,
        links_out=len(outside),
        hosts_out=len({link.leads_to.host for link in outside if link.leads_to}),
        beside=beside,
        links_to_target=len(to_target),
        charset=decoded.charset,
        pingback_endpoint=endpoint,
        signs=tuple(dict.fromkeys(signs)),
    )


def describe(body: bytes, *, content_type: str, url: str) -> Post:
    """Tell what a post is about: its title, the beginning of its main text, its language. Never raises."""
    evidence = examine(body, content_type=content_type, source=url, target="")
    return Post(url=url, title=evidence.title, text=evidence.text[:MAX_POST_TEXT], language=evidence.language)


def _cut_where_too_deep(html: str) -> tuple[str, bool]:
    """Cut a page before the element that would be nested too deeply, counting each unclosed one as open."""
    opened = html.count("<") - 2 * html.count("</")
    if opened <= MAX_NESTING or opened - len(_VOID.findall(html)) <= MAX_NESTING:
        return html, False
    depth = 0
    for tag in _OPENED.finditer(html):
        depth = max(0, depth - 1) if tag[1] else depth + (not _VOID.match(html, tag.start()))
        if depth > MAX_NESTING:
            return html[: tag.start()], True
    return html, False


def _links(tree: LexborHTMLParser, base: urls.Parts | None) -> list[Link]:
    nodes = tree.css("a[href], area[href]")[:MAX_LINKS]
    hrefs = [node.attributes["href"] or "" for node in nodes]
    return [Link(node, href, _resolve(base, href)) for node, href in zip(nodes, hrefs, strict=True)]


def _without_scripts(html: str, source: str, target: str) -> tuple[list[LexborNode], Found | None]:
    """Look for the link as a browser without scripts does: such a link is there, but few will see it."""
    tree = LexborHTMLParser(html, scripting=False)
    to_target = _links_to(target, source, _links(tree, _base(tree, source)))
    best = _best(to_target, tree)
    if best is None:
        return [], None
    place = Place.HIDDEN if best.place is Place.HIDDEN else Place.BOILERPLATE
    return to_target, best._replace(place=place, signs=("noscript", *best.signs))


def _resolve(base: urls.Parts | None, href: str) -> urls.Parts | None:
    return urls.split(href) if base is None else urls.resolve(base, href)


def _base(tree: LexborHTMLParser, source: str) -> urls.Parts | None:
    """Return what relative links count from: the first `<base href>`, else the page's own address."""
    own = urls.split(source)
    element = next(filter(_is_html, tree.css("base[href]")[:MAX_PLACED]), None)
    return own if element is None else _resolve(own, element.attributes["href"] or "") or own


def _links_to(target: str, source: str, links: list[Link]) -> list[LexborNode]:
    """Pick the links that lead to the target; one that is no address is compared letter by letter."""
    key = urls.page_key(_resolve(urls.split(source), target))
    if key is None:
        nodes = [link.node for link in links if target.strip() and link.href.strip() == target.strip()]
    else:
        nodes = [link.node for link in links if urls.page_key(link.leads_to) == key]
    return [node for node in nodes if _is_html(node)]


def _is_html(node: LexborNode) -> bool:
    """Say whether an element is one of HTML and no namesake in a drawing or a formula."""
    within: set[str] = set()
    parent = node.parent
    while parent is not None:
        tag = (parent.tag or "").lower()
        if tag in _HTML_IN:
            return not within.isdisjoint(_HTML_IN[tag])
        within.add(tag)
        parent = parent.parent
    return True


def _best(nodes: list[LexborNode], tree: LexborHTMLParser) -> Found | None:
    """Choose the link that stands in the best place, the first of equals."""
    page_length = len(tree.body.text(deep=True)) if nodes and tree.body else 0
    sheet = Sheet(tree) if nodes else None
    found = [Found(node, *place_of(node, page_length, sheet)) for node in nodes[:MAX_PLACED]]
    return min(found, key=lambda link: tuple(Place).index(link.place), default=None)


class Around(NamedTuple):
    """What the best link itself says, and the text around it."""

    rel: tuple[str, ...] = ()
    anchor: str = ""
    excerpt: str = ""


def _around(best: Found | None) -> Around:
    if best is None:
        return Around()
    rel = (best.node.attributes.get("rel") or "").lower().split()
    return Around(
        rel=tuple(token[:40] for token in rel[:MAX_REL]),
        anchor=anchor_text(best.node)[:MAX_ANCHOR],
        excerpt=excerpt_around(best.node)[:MAX_EXCERPT],
    )


def _outside(links: list[Link], page: urls.Parts | None) -> list[Link]:
    """Pick the links to other hosts."""
    own = page.host.removeprefix("www.") if page else ""
    return [link for link in links if link.leads_to and link.leads_to.host.removeprefix("www.") != own]


def _beside(outside: list[Link], best: Found | None) -> tuple[str, ...]:
    """Give the words of the links to other hosts that stand nearest to the best link, or first."""
    own = best.node.mem_id if best else None
    place = next((n for n, link in enumerate(outside) if link.node.mem_id == own), -1)
    first = max(0, place - MAX_BESIDE // 2)
    nearest = (link for n, link in enumerate(outside[first:], first) if n != place)
    return tuple(anchor_text(link.node)[:MAX_BESIDE_WORDS] for link in islice(nearest, MAX_BESIDE))


def _signs(tree: LexborHTMLParser, links_out: int, base: urls.Parts | None, target: str) -> Iterator[str]:
    """Name what else is worth knowing about the page."""
    if links_out >= MANY_LINKS:
        yield "many-links"
    if any(
        urls.same_page(str(_resolve(base, node.attributes.get(name) or "")), target)
        for tag, name in _EMBEDS
        for node in tree.css(f"{tag}[{name}]")[:MAX_PLACED]
    ):
        yield "embedded"
    if tree.css_first('meta[http-equiv="refresh" i]') is not None:
        yield "meta-refresh"


def _title(tree: LexborHTMLParser) -> str:
    element = tree.css_first("title")
    return "" if element is None else " ".join(element.text().split())[:MAX_TITLE]


def _declared_language(tree: LexborHTMLParser) -> str:
    """Return the primary tag of the language that the page declares; '' if it declares none."""
    for selector, name in (
        ("html[lang]", "lang"),
        ('meta[http-equiv="content-language" i]', "content"),
        ('meta[property="og:locale"]', "content"),
        ("html", "xml:lang"),
        ("body[lang]", "lang"),
    ):
        element = tree.css_first(selector)
        tag = (
            re.split(r"[-_,;\s]", (element.attributes.get(name) or "").strip().lower())[0] if element else ""
        )
        if re.fullmatch(r"[a-z]{2,3}", tag):
            return tag
    return ""


def _pingback_endpoint(tree: LexborHTMLParser, base: urls.Parts | None) -> str:
    element = tree.css_first('link[rel~="pingback" i][href]')
    parts = None if element is None else _resolve(base, element.attributes["href"] or "")
    return "" if parts is None else str(parts)[:2_000]
