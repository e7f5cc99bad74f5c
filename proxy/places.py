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

MAX_DEPTH = 512  # browsers build no deeper tree

# Tokens (whole classes, ids) that hold a word without its meaning: page-wide state, layout and page builders.
_STATE = re.compile(
    r"^(has|no|with|without|is|not|js|hide|show|col|grid|row|theme|page|elementor|et_pb|et|vc|fl|td|wpb|wp|"
    r"block|layout|size|align|hentry|fauxcolumn|format|tag|category|post|type|status)[-_]"
    r"|^comments?[-_]?(open|opened|closed|allowed|enabled|disabled|count|counts|number|num|link|links|icon|off|on)$"
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

_COMMENT = re.compile(
    r"^(?:[a-z0-9]+[-_]{1,2})*(?:comments?|commentaires?|comentarios?|kommentare?|komentar\w*|commenti)"
    r"(?:$|[-_]|list|area|body|text|content|author|box|block|item|entry|wrap|thread|s$)"
    r"|^(?:disqus|dsq-|commento|isso-|utterances|giscus|wpdiscuz|wpcomm|fb-comments)"
    r"|commentlist|commentarea|blogcomments|commentlinks|usercomment|postcomment",
    re.IGNORECASE,
)
_NO_COMMENT = re.compile(
    r"comments?[-_]?(?:open|closed|count|counts|number|num|link|icon|off|on|meta[-_]link|form|reply)$"
    r"|^(?:has|no|with|hide|show|allow|add|leave|view|write)[-_]|respond",
    re.IGNORECASE,
)

# Words that a class or an id of the surroundings of the post is made of.
_SURROUNDINGS = """
nav navi navbar navigation navigator topnav subnav sidenav menu menus submenu topmenu mainmenu mlist
sidebar sidebars sidecolumn sidecol rightbar leftbar leftcolumn rightcolumn leftnav rightnav rail
footer foot footers colophon bottombar bottom header masthead topbar banner toolbar branding
widget widgets gadget blogroll breadcrumb breadcrumbs crumbs crumb miga migas
copyright copyrights credit credits powered poweredby legal disclaimer imprint impressum attribution
social sociallinks sns share sharing sharer shares sharekit addthis follow followus
related recommend recommended recommendations similar trending popular readmore readnext
advert advertisement advertising adverts ad ads adsense adv sponsor sponsors promo promotion banners
newsletter subscribe subscription signup login logo donate donation support paypal
pagination pager paging pagenav prevnext tagcloud tags archives calendar
authorbox bio cookie cookies consent gdpr modal popup overlay skip partners friends friendlinks flink
statcounter webring counter stats dropdown hamburger
"""
_BOILERPLATE_WORDS = frozenset(_SURROUNDINGS.split())
_BOILERPLATE_TAGS = frozenset({"nav", "footer", "aside", "amp-sidebar", "menu", "dialog", "form"})
_BOILERPLATE_ROLES = frozenset(
    {"navigation", "banner", "contentinfo", "complementary", "search", "menu", "menubar", "dialog", "toolbar"}
)
# Tokens of the element that holds a post's text, in blog software and microformats.
_MAIN = re.compile(
    r"^(?:[a-z0-9]+[-_]{1,2})?(?:entry|post|article|story|news|blog|blogpost|page|node|single|item|topic|message)"
    r"[-_]{0,2}(?:content|body|text|entry|main|inner|copy|full)$"
    r"|^(?:e-content|hentry|h-entry|articlebody|entry|post|article|blogbody|postbody|posttext|storycontent"
    r"|mw-parser-output|mw-content-text|markdown-body|markdown|prose|wp-block-post-content|richtext|content-body"
    r"|maincontent|main-content|article__\w+|post__\w+|t_f|postmessage_\d+|usertext-body|field-name-body"
    r"|field--name-body|text-formatted)$",
    re.IGNORECASE,
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


class Standing(NamedTuple):
    """Where a link stands, and the named findings that say why."""

    place: Place
    signs: tuple[str, ...] = ()


def place_of(link: LexborNode) -> Standing:
    """Say where a link stands. Hidden outweighs comment, and comment the nearest sign of the other two."""
    path = list(_path(link))
    hidden = tuple(sign for element in path for sign in hidden_by(element))
    if hidden:
        return Standing(Place.HIDDEN, tuple(dict.fromkeys(hidden)))
    if any(element.tag == "noscript" for element in path):
        return Standing(Place.BOILERPLATE, ("noscript",))
    if any(_is_comment(element) for element in path):
        return Standing(Place.COMMENT)
    return Standing(_main_or_boilerplate(path))


class Element(NamedTuple):
    """What is looked at of an element on the way from the link to the root."""

    tag: str
    tokens: tuple[str, ...]  # id and classes
    attributes: dict[str, str | None]


def _path(link: LexborNode) -> Iterator[Element]:
    node: LexborNode | None = link
    for _ in range(MAX_DEPTH):
        if node is None or node.tag in ("html", "-undef", None):
            return
        attributes = node.attributes
        tokens = f"{attributes.get('id') or ''} {attributes.get('class') or ''}".split()[:40]
        yield Element(node.tag, tuple(tokens), attributes)
        node = node.parent


_HIDING_STYLE = (
    ("display-none", re.compile(r"display:none")),
    ("invisible", re.compile(r"visibility:(?:hidden|collapse)")),
    ("transparent", re.compile(r"opacity:0?\.?0*(?:%|;|!|$)")),
    ("zero-size", re.compile(r"font-size:0?\.?0*(?:[a-z%]*)(?:;|!|$)|font:0/0|(?:^|;)font:0(?:px)?/")),
    (
        "off-screen",
        re.compile(r"text-indent:-\d{3,}|(?:left|top|right|bottom|margin(?:-left|-top)?):-\d{3,}"),
    ),
    ("clipped", re.compile(r"clip:rect\((?:0(?:px)?|1px)[, ]|clip-path:inset\((?:50|100)%")),
)
_ZERO_BOX = re.compile(r"(?:^|;)(?:max-)?(?:width|height):[01](?:px|em|%)?(?:;|!|$)")
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
        compact = re.sub(r"/\*.*?\*/|\s+", "", style.lower()[:2_000])
        yield from (sign for sign, pattern in _HIDING_STYLE if pattern.search(compact))
        if "overflow:hidden" in compact and _ZERO_BOX.search(compact):
            yield "zero-size"
    if element.tag != "body" and not _HIDING_CLASSES.isdisjoint(element.tokens):
        yield "hiding-class"


def _is_comment(element: Element) -> bool:
    if element.tag == "body":
        return False
    if (element.attributes.get("itemtype") or "").endswith(("schema.org/Comment", "schema.org/UserComments")):
        return True
    return any(_COMMENT.search(token) and not _NO_COMMENT.search(token) for token in element.tokens)


def _main_or_boilerplate(path: list[Element]) -> Place:
    """Let the nearest sign decide; without any, a link belongs to the main part."""
    in_heading = False
    for index, element in enumerate(path):
        in_heading = in_heading or element.tag in _HEADINGS
        if element.tag == "body":
            break
        if _is_main(element):
            return Place.MAIN
        if _is_boilerplate(element) or (
            element.tag == "header" and not _is_in_article(path[index:], in_heading)
        ):
            return Place.BOILERPLATE
    return Place.MAIN


def _is_in_article(path: list[Element], in_heading: bool) -> bool:  # noqa: FBT001 - reads as said
    return in_heading and any(element.tag in ("article", "main") for element in path)


def _is_main(element: Element) -> bool:
    if element.tag == "article" or "articlebody" in (element.attributes.get("itemprop") or "").lower():
        return True
    return any(_MAIN.search(token) for token in element.tokens)


def _is_boilerplate(element: Element) -> bool:
    if element.tag in _BOILERPLATE_TAGS or element.attributes.get("role") in _BOILERPLATE_ROLES:
        return True
    return any(not _BOILERPLATE_WORDS.isdisjoint(_words(token)) for token in element.tokens)


def _words(token: str) -> list[str]:
    """Part a class or an id into its words: `siteFooter-top` into site, footer, top."""
    if _STATE.search(token):
        return []
    return [word.lower() for word in _WORD.findall(token[:80])]
