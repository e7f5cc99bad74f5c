"""Say where in a page a link stands: in its main part, in boilerplate, in a reader's comment, or hidden.

Pure. Reads the markup around the link (HTML's sectioning elements and roles, microformats, and the words
that blog software and people use in classes and ids); it knows no single site. What the style sheets of
other hosts hide, it cannot know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from proxy.linkback import Place
from proxy.styles import Sheet, hiding
from proxy.surroundings import Meaning, meaning

MAX_DEPTH = 512  # browsers build no deeper tree
MAX_TOKENS = 20  # classes of an element that are looked at
MAX_TOKEN = 80  # characters of each

_BOILERPLATE_TAGS = frozenset({"nav", "footer", "aside", "amp-sidebar", "menu", "dialog"})
_BOILERPLATE_ROLES = frozenset(
    {"navigation", "banner", "contentinfo", "complementary", "search", "menu", "menubar", "dialog", "toolbar"}
)
_BOILERPLATE_RELS = frozenset({"tag", "author", "prev", "next", "license", "home", "search", "help"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LISTS = frozenset({"ul", "ol", "dl"})
_BLOCKS = frozenset({"td", "p", "div", "center", "tr", "table", "h4", "h5", "h6"})
# Names of what a reader opens.
_OPENED = re.compile(
    r"(?:^|[-_])tab|accordion|collaps|toggle|expand|slide|carousel|swiper|gallery|lightbox|modal|popup|dropdown|menu|"
    r"spoiler|details|drawer|tooltip|fade|lazy|wow|animat|aos",
    re.IGNORECASE,
)
_ALL = 0.9  # share of the page's text that is all of it
_MOST = 0.5  # share of the page's text that no surroundings have
_SIDE = 0.3  # share that a mere side column has at most
_LIST = 5  # links that make a list
_BAR = 4  # links that make a bar
_BAR_TEXT = 25  # characters of a link in a bar, on average
_LONG_LIST = 1_000  # links of a list that are looked at
_NOTHING_ELSE = 0.95  # share of the text of a bar that stands in links
_MOSTLY_LINKS = 0.8  # the same of a list, whose entries may have dates
_SEPARATORS = re.compile(
    r"[\s|\u00a0\u00b7\u2022\u2013\u2014\u00bb\u00ab\u203a\u2192\u25cf\u25aa\u2503\uff5c<>/\[\]*:~=-]+"
)
_CONTENT_TAGS = "h1, h2, article, main"


class Standing(NamedTuple):
    """Where a link stands, and the named findings that say why."""

    place: Place
    signs: tuple[str, ...] = ()


def place_of(link: LexborNode, page_length: int, sheet: Sheet | None = None) -> Standing:
    """Say where a link stands. Hidden outweighs comment, and comment the nearest sign of the other two.

    `page_length` is the length of all text of the page, `sheet` its styles. What these hide of the page's
    surroundings is a menu, and what they hide of a tab or a gallery is for the reader to open.
    """
    path = list(_path(link))
    hidden = tuple(sign for element in path for sign in hidden_by(element))
    if hidden:
        return Standing(Place.HIDDEN, tuple(dict.fromkeys(hidden)))
    is_comment = any(_is_comment(element) for element in path)
    place = Place.COMMENT if is_comment else _main_or_boilerplate(path, page_length)
    if sheet is None or place is Place.BOILERPLATE:
        return Standing(place)
    signs = tuple(dict.fromkeys(_hidden_by_sheet(path, sheet, page_length)))
    return Standing(Place.HIDDEN if signs else place, signs)


def _hidden_by_sheet(path: list[Element], sheet: Sheet, page_length: int) -> Iterator[str]:
    """Name the ways in which sheets hide a link; not those of a whole page, which a script will show."""
    for element in path:
        if any(_OPENED.search(token) for token in element.tokens):
            continue
        ways = list(sheet.hides(element.node, element.tokens, element.attributes.get("style") or ""))
        if ways and len(element.node.text(deep=True)) < _ALL * page_length:
            yield from ways


class Element(NamedTuple):
    """What is looked at of an element on the way from the link to the root."""

    tag: str
    tokens: tuple[str, ...]  # id and classes
    meanings: tuple[Meaning, ...]  # of the tokens
    attributes: dict[str, str | None]
    node: LexborNode


def _path(link: LexborNode) -> Iterator[Element]:
    node: LexborNode | None = link
    for _ in range(MAX_DEPTH):
        if node is None or node.tag in ("html", "-undef", None):
            return
        attributes = node.attributes
        tokens = f"{attributes.get('id') or ''} {attributes.get('class') or ''}".split()[:MAX_TOKENS]
        meanings = tuple(meaning(token[:MAX_TOKEN]) for token in tokens)
        yield Element(node.tag, tuple(tokens), meanings, attributes, node)
        node = node.parent


_HIDERS = """
screen-reader-text screen-reader-only sr-only visually-hidden visuallyhidden hidden hide d-none is-hidden
u-hidden invisible display-none element-invisible offscreen off-screen
"""
_HIDING_CLASSES = frozenset(_HIDERS.split())


def hidden_by(element: Element) -> Iterator[str]:
    """Name the ways in which an element hides what is in it."""
    if "hidden" in element.attributes:
        yield "hidden-attribute"
    if style := element.attributes.get("style"):
        yield from hiding(style)
    if element.tag != "body" and not _HIDING_CLASSES.isdisjoint(element.tokens):
        yield "hiding-class"


def _is_comment(element: Element) -> bool:
    if element.tag == "body":
        return False
    if (element.attributes.get("itemtype") or "").endswith(("schema.org/Comment", "schema.org/UserComments")):
        return True
    return any(token.is_comment for token in element.meanings)


def _main_or_boilerplate(path: list[Element], page_length: int) -> Place:
    """Let the nearest sign decide; without any, a link belongs to the main part."""
    if not _BOILERPLATE_RELS.isdisjoint((path[0].attributes.get("rel") or "").lower().split()):
        return Place.BOILERPLATE
    in_heading = False
    for index, element in enumerate(path):
        if element.tag == "body":
            break
        in_heading = in_heading or element.tag in _HEADINGS
        if _is_main(element):
            is_aside = any(_is_aside(outer, page_length) for outer in path[index + 1 :])
            return Place.BOILERPLATE if is_aside else Place.MAIN
        if _is_boilerplate(element, page_length):
            return Place.BOILERPLATE
        is_own_heading = in_heading and _is_in_article(path[index:])
        if _is_header(element) and not is_own_heading and not _holds_most(element, page_length):
            return Place.BOILERPLATE
    return Place.BOILERPLATE if _is_link_list(path) or _is_link_bar(path, page_length) else Place.MAIN


def _is_boilerplate(element: Element, page_length: int) -> bool:
    """Say whether an element is one of the surroundings by its tag, role or names."""
    if element.tag in _BOILERPLATE_TAGS or element.attributes.get("role") in _BOILERPLATE_ROLES:
        return True
    if element.attributes.get("id") and element.meanings and element.meanings[0].is_side:
        return len(element.node.text(deep=True)) < _SIDE * page_length
    is_named = any(token.is_boilerplate for token in element.meanings)
    return is_named and not _holds_most(element, page_length)


def _is_header(element: Element) -> bool:
    return element.tag == "header" or any(token.is_header for token in element.meanings)


def _is_aside(element: Element, page_length: int) -> bool:
    """Say whether an element around an article makes it a mere pointer to another page."""
    if element.tag == "body":
        return False
    is_named = any(token.is_aside for token in element.meanings)
    return (is_named or element.tag in ("aside", "footer", "nav")) and not _holds_most(element, page_length)


def _is_link_list(path: list[Element]) -> bool:
    """Say whether a link is one of a list of nothing but links."""
    for element in path[1:]:
        if element.tag in _LISTS:
            links, letters = _texts_of_links(element), _letters(element.node)
            return len(links) >= _LIST and sum(map(len, links)) >= _MOSTLY_LINKS * len(letters)
    return False


def _is_link_bar(path: list[Element], page_length: int) -> bool:
    """Say whether a link is one of a row of short links with nothing but separators between them."""
    for element in path[1:]:
        if element.tag not in _BLOCKS:
            continue
        if len(element.node.text(deep=True)) >= _MOST * page_length:
            return False
        links = [text for text in _texts_of_links(element) if text]
        in_links = sum(map(len, links))
        if in_links < _NOTHING_ELSE * len(_letters(element.node)):
            return False
        if len(links) >= _BAR:
            return in_links <= _BAR_TEXT * len(links)
    return False


def _texts_of_links(element: Element) -> list[str]:
    return [_letters(link) for link in element.node.css("a[href]")[:_LONG_LIST]]


def _letters(node: LexborNode) -> str:
    return _SEPARATORS.sub("", node.text(deep=True))


def _is_in_article(path: list[Element]) -> bool:
    """Say whether the surroundings are an article's own, whose heading may be the link (a link blog)."""
    return any(element.tag == "article" or _is_main(element) for element in path)


def _holds_most(element: Element, page_length: int) -> bool:
    """Say whether an element holds most of the page, so that its name says nothing of the surroundings."""
    if len(element.node.text(deep=True)) < _MOST * page_length:
        return False
    return element.node.css_first(_CONTENT_TAGS) is not None


def _is_main(element: Element) -> bool:
    if element.tag == "article" or "articlebody" in (element.attributes.get("itemprop") or "").lower():
        return True
    return any(token.is_main for token in element.meanings)
