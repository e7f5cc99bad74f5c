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

# Tokens (whole classes, ids) that hold a word without its meaning: state of the page, layout, kinds of posts.
_STATE = re.compile(
    r"^(?:has|no|with|without|is|not|js|hide|show|col|grid|row|theme|page|layout|size|align|fauxcolumn|format|"
    r"tag|category|post|type|status)(?:[-_]|(?=[A-Z]))"
)
# What page builders put before their classes; their widgets and blocks are the page's own text as well.
_BUILDER = re.compile(r"^(?:elementor|et_pb|et|vc|fl|wpb|wp|td|tdb|tdi|tdc|kt|uagb|fusion|block|brxe|ct)[-_]")
_BUILDERS_WORDS = frozenset({"widget", "widgets", "block", "blocks", "gadget", "header"})
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

_COMMENT = re.compile(
    r"^(?:[a-z0-9]+[-_]{1,2})*(?:comments?|commentaires?|comentarios?|comentários?|kommentare?|komentar\w*"
    r"|commenti|commento|reacties|reactie|yorum(?:lar)?|pinglun|liuyan|hozzaszolas\w*|guestbook|replies)"
    r"(?:$|[-_]|list|area|body|text|content|author|box|block|item|entry|wrap|thread|s$)"
    r"|^(?:disqus|dsq-|commento|isso-|utterances|giscus|wpdiscuz|wpcomm|fb-comments|ljcmt|b-leaf|cmt-)"
    r"|commentlist|commentarea|blogcomments?|commentlinks|usercomment|postcomment|serendipity_comment",
    re.IGNORECASE,
)
_NO_COMMENT = re.compile(
    r"comments?[-_]?(?:open|closed|count|counts|number|num|link|icon|off|on|meta[-_]link|form|reply)$"
    r"|^(?:has|no|with|hide|show|allow|add|leave|view|write)[-_]|respond",
    re.IGNORECASE,
)

# Words that a class or an id of the surroundings of the post is made of.
_SURROUNDINGS = """
nav navi navbar navs navigation navigator topnav subnav sidenav menu menus submenu menue mlist
sidebar sidebars sidecolumn sidecol side rightbar leftbar leftcolumn rightcolumn leftcol rightcol rail
randspalte lateral footer foot footers fuss fusszeile rodape colophon bottombar bottom
header masthead topbar banner toolbar branding cabecera cabecalho entete kopf stopka
widget widgets gadget portlet blogroll breadcrumb breadcrumbs crumbs crumb miga migas
copyright copyrights credit credits powered poweredby legal disclaimer imprint impressum attribution beian
social socials sociallinks sns share sharing sharer shares sharekit addthis follow followus
related relatedposts recommend recommended recommendations similar trending popular readmore readnext tuijian
advert advertisement advertising adverts ad ads adsense adv sponsor sponsors promo promotion banners
newsletter subscribe subscription signup login logo donate donation support paypal
pagination pager paging pagenav prevnext tagcloud tags archives calendar categories catlinks metadata
postmeta meta authorbox bio cookie cookies consent gdpr modal popup overlay skip
partners friends friendlinks friendlink flink statcounter webring counter stats dropdown hamburger
"""
# The words that make even an article on a card one of the surroundings.
_ASIDE_WORDS = frozenset(
    {
        "sidebar",
        "sidebars",
        "footer",
        "related",
        "relatedposts",
        "recommended",
        "recommendations",
        "similar",
        "readnext",
    }
)
_GLUED = re.compile(
    r"(?:sidebar|footer|menu|navi|nav|navbar|blogroll|breadcrumb|copyright|widget|banner|masthead)s?$"
    r"|^(?:sidebar|footer|navbar|menu|copyright|blogroll|breadcrumb|social|related)"
)
_BOILERPLATE_WORDS = frozenset(_SURROUNDINGS.split())
_BOILERPLATE_TAGS = frozenset({"nav", "footer", "aside", "amp-sidebar", "menu", "dialog"})
_BOILERPLATE_ROLES = frozenset(
    {"navigation", "banner", "contentinfo", "complementary", "search", "menu", "menubar", "dialog", "toolbar"}
)
# Tokens of the element that holds a post's text, in blog software and microformats.
_MAIN = re.compile(
    r"^(?:[a-z0-9]+[-_]{1,2})*(?:entry|post|article|story|news|blog|blogpost|page|node|single|item|topic|message|asset)"
    r"[-_]{0,2}(?:content|body|text|entry|main|inner|copy|full)$"
    r"|^(?:e-content|hentry|h-entry|articlebody|entry|post|article|blogbody|postbody|posttext|storycontent"
    r"|mw-parser-output|mw-content-text|bodycontent|markdown-body|markdown|prose|richtext|content-body|gh-content"
    r"|maincontent|main-content|article__\w+|post__\w+|t_f|postmessage_\d+|post_message_\d+|usertext-body"
    r"|field-name-body|field--name-body|text-formatted|item-page|content-core|dokuwiki|section-content"
    r"|page__content|post_content|entrytext|entry_body|serendipity_entry_body|b-singlepost-body)$",
    re.IGNORECASE,
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_MOST = 0.5  # share of the page's text that no surroundings have
_LIST = 5  # links that make a list
_LONG_LIST = 1_000  # links of a list that are looked at
_NOTHING_ELSE = 0.95  # share of its text that stands in links
_CONTENT_TAGS = "h1, h2, article, main"


class Standing(NamedTuple):
    """Where a link stands, and the named findings that say why."""

    place: Place
    signs: tuple[str, ...] = ()


def place_of(link: LexborNode, page_length: int) -> Standing:
    """Say where a link stands. Hidden outweighs comment, and comment the nearest sign of the other two.

    `page_length` is the length of all text of the page.
    """
    path = list(_path(link))
    hidden = tuple(sign for element in path for sign in hidden_by(element))
    if hidden:
        return Standing(Place.HIDDEN, tuple(dict.fromkeys(hidden)))
    if any(_is_comment(element) for element in path):
        return Standing(Place.COMMENT)
    return Standing(_main_or_boilerplate(path, page_length))


class Element(NamedTuple):
    """What is looked at of an element on the way from the link to the root."""

    tag: str
    tokens: tuple[str, ...]  # id and classes
    attributes: dict[str, str | None]
    node: LexborNode


def _path(link: LexborNode) -> Iterator[Element]:
    node: LexborNode | None = link
    for _ in range(MAX_DEPTH):
        if node is None or node.tag in ("html", "-undef", None):
            return
        attributes = node.attributes
        tokens = f"{attributes.get('id') or ''} {attributes.get('class') or ''}".split()[:40]
        yield Element(node.tag, tuple(tokens), attributes, node)
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


def _main_or_boilerplate(path: list[Element], page_length: int) -> Place:
    """Let the nearest sign decide; without any, a link belongs to the main part."""
    in_heading = False
    for index, element in enumerate(path):
        if element.tag == "body":
            break
        in_heading = in_heading or element.tag in _HEADINGS
        if _is_main(element):
            is_aside = any(_is_aside(outer, page_length) for outer in path[index + 1 :])
            return Place.BOILERPLATE if is_aside else Place.MAIN
        if _is_boilerplate_by_tag(element):
            return Place.BOILERPLATE
        is_header = element.tag == "header" or _has_boilerplate_words(element)
        if (
            is_header
            and not (in_heading and _is_in_article(path[index:]))
            and not _holds_most(element, page_length)
        ):
            return Place.BOILERPLATE
    return Place.BOILERPLATE if _is_link_list(path) else Place.MAIN


def _is_aside(element: Element, page_length: int) -> bool:
    """Say whether an element around an article makes it a mere pointer to another page."""
    if element.tag == "body":
        return False
    is_named = any(not _ASIDE_WORDS.isdisjoint(_words(token)) for token in element.tokens)
    return (is_named or element.tag in ("aside", "footer", "nav")) and not _holds_most(element, page_length)


def _is_link_list(path: list[Element]) -> bool:
    """Say whether a link is one of a list of nothing but links."""
    for element in path[1:]:
        if element.tag in ("ul", "ol", "dl"):
            links = element.node.css("a[href]")[:_LONG_LIST]
            in_links = sum(len(link.text(deep=True).strip()) for link in links)
            return len(links) >= _LIST and in_links >= _NOTHING_ELSE * len(
                "".join(element.node.text(deep=True).split())
            )
    return False


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
    return any(_MAIN.search(token) for token in element.tokens)


def _is_boilerplate_by_tag(element: Element) -> bool:
    return element.tag in _BOILERPLATE_TAGS or element.attributes.get("role") in _BOILERPLATE_ROLES


def _has_boilerplate_words(element: Element) -> bool:
    return any(
        word in _BOILERPLATE_WORDS or _GLUED.search(word)
        for token in element.tokens
        for word in _words(token)
    )


def _words(token: str) -> list[str]:
    """Part a class or an id into its words: `siteFooter-top` into site, footer, top."""
    if _STATE.search(token):
        return []
    words = [word.lower() for word in _WORD.findall(token[:80])]
    if _BUILDER.search(token):
        return [word for word in words if word not in _BUILDERS_WORDS]
    return words
