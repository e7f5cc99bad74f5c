"""What styles hide: an element's own, and the rules of the sheets that stand in the page.

Pure. Reads as much of CSS as hiding takes (https://www.w3.org/TR/css-cascade-4/: importance, specificity,
order), and bounded: what it does not understand, it passes over. Sheets of other addresses are not fetched,
and rules for a state (`:hover`) or for print are not read; of those for a width only what they show.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

MAX_STYLE = 2_000  # characters of one element's style, and of one rule
MAX_SHEETS = 500_000  # characters of all sheets of a page
MAX_RULES = 5_000  # that say something of hiding
MAX_SELECTOR = 200  # characters
MAX_NESTING = 10  # at-rules around a rule

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
# How a declaration hides, and the property that says so; one that does not hide undoes the other.
_HIDING = (
    ("display-none", re.compile(r"(?:^|;)display:"), re.compile(r"(?:^|;)display:none")),
    ("invisible", re.compile(r"(?:^|;)visibility:"), re.compile(r"(?:^|;)visibility:(?:hidden|collapse)")),
    ("transparent", re.compile(r"(?:^|;)opacity:"), re.compile(r"(?:^|;)opacity:0*\.?0+(?:%|;|!|$)")),
    (
        "zero-size",
        re.compile(r"(?:^|;)font(?:-size)?:"),
        re.compile(r"(?:^|;)font-size:(?:0*\.?0+[a-z%]*|1px)(?:;|!|$)|(?:^|;)font:0(?:px)?/"),
    ),
    (
        "off-screen",
        re.compile(r"(?:^|;)(?:text-indent|left|top|right|bottom|margin(?:-left|-top)?):"),
        re.compile(r"(?:^|;)(?:text-indent:-\d{3,}|(?:left|top|right|bottom|margin(?:-left|-top)?):-\d{3,})"),
    ),
    (
        "clipped",
        re.compile(r"(?:^|;)clip(?:-path)?:"),
        re.compile(r"(?:^|;)clip:rect\((?:0(?:px)?|1px)[, ]|(?:^|;)clip-path:inset\((?:50|100)%"),
    ),
)
_ZERO_BOX = re.compile(r"(?:^|;)(?:max-)?(?:width|height):[01](?:px|em|%)?(?:;|!|$)")
_COLOUR = re.compile(r"(?:^|;)(color|background(?:-color)?):([^;!]+)")
_WHITE = {"white": "#fff", "#ffffff": "#fff", "black": "#000", "#000000": "#000"}
_BRACE = re.compile(r"([{}])")
_CONDITIONAL_AT = re.compile(r"@(?:media|container)\b(?!.*\bprint\b)", re.IGNORECASE)
_PLAIN_AT = re.compile(
    r"@(?:media\s+(?:all|(?:only\s+)?screen)|layer\b[^(]*|supports\b.*)\s*$", re.IGNORECASE
)
_KEY = re.compile(r"([#.]?)([A-Za-z_][\w-]*)(?:[#.\[][^\s>+~]*)?$")
_STATE = re.compile(r"[:*\\]")


# What scripts show as the page is scrolled to, so that a sheet says nothing by it.
_FADED_IN = "transparent"


class Rule(NamedTuple):
    """A selector and what its declarations say of hiding: by name of the way, whether it is taken."""

    selector: str
    weight: tuple[bool, int, int, int, int]  # importance, specificity, order
    ways: dict[str, bool]


def compact(style: str) -> str:
    """Bring declarations to one spelling: lower case, without blanks and comments."""
    return "".join(_COMMENT.sub("", style.lower()[:MAX_STYLE]).split())


def hiding(style: str) -> Iterator[str]:
    """Name the ways in which declarations hide."""
    declarations = compact(style)
    yield from (way for way, is_taken in _ways(declarations).items() if is_taken)


def _ways(declarations: str) -> dict[str, bool]:
    ways = {
        way: bool(hides.search(declarations)) for way, says, hides in _HIDING if says.search(declarations)
    }
    if "overflow:hidden" in declarations and _ZERO_BOX.search(declarations):
        ways["zero-size"] = True
    colours = {name: _WHITE.get(value, value) for name, value in _COLOUR.findall(declarations)}
    if "color" in colours:
        ground = colours.get("background-color", colours.get("background", ""))
        ways["unseen-colour"] = colours["color"] in ("transparent", ground)
    return ways


class Sheet:
    """The rules of a page's own sheets that say something of hiding."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self._by_key: dict[str, list[Rule]] = defaultdict(list)
        for order, (selector, ways, is_important) in enumerate(islice(_rules_of(tree), MAX_RULES)):
            if key := _KEY.search(selector):
                weight = (is_important, *_specificity(selector), order)
                self._by_key[key[1] + key[2]].append(Rule(selector, weight, ways))

    def hides(self, node: LexborNode, tokens: tuple[str, ...], own_style: str) -> Iterator[str]:
        """Name the ways in which the sheets hide an element, as far as its own style does not undo it."""
        if not self._by_key:
            return
        keys = [node.tag or "", *(mark + token for token in tokens for mark in ".#")]
        found = {id(rule): rule for key in keys for rule in self._by_key.get(key, ())}
        ways: dict[str, bool] = {}
        for rule in sorted(found.values(), key=lambda rule: rule.weight):
            if _matches(node, rule.selector):
                ways |= rule.ways
        ways |= _ways(compact(own_style))
        yield from (way for way, is_taken in ways.items() if is_taken and way != _FADED_IN)


def _rules_of(tree: LexborHTMLParser) -> Iterator[tuple[str, dict[str, bool], bool]]:
    """Read the rules of all sheets: a selector, the ways that it says something of, whether it insists."""
    left = MAX_SHEETS
    for style in tree.css("style"):
        css = style.text(deep=True)[:left]
        left -= len(css)
        media = style.attributes.get("media")
        yield from _rules(_COMMENT.sub("", css), [f"@media {media}"] if media else [])


def _rules(css: str, enclosing: list[str]) -> Iterator[tuple[str, dict[str, bool], bool]]:
    pieces = _BRACE.split(css)
    for text, brace in zip(pieces[::2], pieces[1::2], strict=False):
        if brace == "{":
            enclosing.append(text.rpartition(";")[2].strip()[-MAX_STYLE:])
            continue
        prelude = enclosing.pop() if enclosing else ""
        declarations = compact(text)
        ways = _under(enclosing, _ways(declarations))
        for selector in prelude.split(",") if ways and not prelude.startswith("@") else ():
            plain = selector.strip()
            if plain and len(plain) <= MAX_SELECTOR and not _STATE.search(plain):
                yield plain, ways, "!important" in declarations


def _under(enclosing: list[str], ways: dict[str, bool]) -> dict[str, bool]:
    """Keep what holds everywhere; of what holds for some screens, that it hides nothing there."""
    if len(enclosing) > MAX_NESTING:
        return {}
    if all(map(_PLAIN_AT.match, enclosing)):
        return ways
    if all(_PLAIN_AT.match(at) or _CONDITIONAL_AT.match(at) for at in enclosing):
        return {way: False for way, is_taken in ways.items() if not is_taken}
    return {}


def _specificity(selector: str) -> tuple[int, int, int]:
    names = len(re.findall(r"(?:^|[\s>+~])[A-Za-z]", selector))
    return selector.count("#"), selector.count(".") + selector.count("["), names


def _matches(node: LexborNode, selector: str) -> bool:
    try:
        return bool(node.css_matches(selector))
    except SelectolaxError:
        return False
