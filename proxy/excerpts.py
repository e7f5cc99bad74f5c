"""Cut the text around a link as WordPress cuts a pingback's excerpt.

Pure. The rule is `wp_xmlrpc_server::pingback_ping` of WordPress: the paragraph that holds the link, at most
100 characters on either side of it, cut at blanks, between two ellipses. Works on the parsed page where
WordPress uses regular expressions, so broken markup gives text here and none there.
"""

from __future__ import annotations

from collections.abc import Iterator

from selectolax.lexbor import LexborNode

AROUND = 100  # characters on either side of the link (WordPress)
ANCHOR = 100  # characters of the link's own text (WordPress)
PARAGRAPH = 2_000  # characters on either side that are looked at
MAX_STEPS = 2_000  # nodes on either side that are looked at

# The tags at which WordPress ends a paragraph.
_BREAKS = frozenset({
    "h1", "h2", "h3", "h4", "h5", "h6", "p", "th", "td", "li", "dt", "dd", "pre", "caption", "input",
    "textarea", "button", "body",
})  # fmt: skip
_SILENT = frozenset({"script", "style", "template", "noscript", "head", "title"})


def anchor_text(link: LexborNode) -> str:
    """Return the text of a link, its blanks collapsed."""
    return " ".join(link.text(deep=True)[: PARAGRAPH * 2].split())[:PARAGRAPH]


def excerpt_around(link: LexborNode) -> str:
    """Return the excerpt that WordPress would store for a pingback, as plain text."""
    before = "".join(reversed(list(_pieces(link, backwards=True))))[-PARAGRAPH:]
    after = "".join(_pieces(link, backwards=False))[:PARAGRAPH]
    return cut(_collapsed(before).lstrip(), anchor_text(link), _collapsed(after).rstrip())


def cut(before: str, anchor: str, after: str) -> str:
    """Keep at most 100 characters on each side, from a blank to a blank where there is one on both sides."""
    shown = anchor if len(anchor) <= ANCHOR else anchor[:ANCHOR] + "…"
    start = before.find(" ", max(0, len(before) - AROUND - 1))
    end = after.rfind(" ", 0, AROUND + 1)
    if start < 0 or end < 0:  # WordPress keeps the whole paragraph then; we bound it
        kept = before[-AROUND * 3 :] + shown + after[: AROUND * 3]
    else:
        kept = before[start + 1 :] + shown + after[:end]
    return f"[…] {kept.strip()} […]"


def _collapsed(text: str) -> str:
    """Make one blank of every run of them, keeping those at the ends."""
    middle = " ".join(text.split())
    if not middle:
        return " " if text else ""
    return (" " if text[0].isspace() else "") + middle + (" " if text[-1].isspace() else "")


def _pieces(link: LexborNode, *, backwards: bool) -> Iterator[str]:
    """Yield the texts before or after a link in its paragraph, nearest first."""
    size = 0
    node: LexborNode | None = link
    for _ in range(MAX_STEPS):
        node = _next(node, backwards=backwards) if node is not None else None
        if node is None or node.tag in _BREAKS or size > PARAGRAPH:
            return
        if node.is_text_node:
            text = node.text_content or ""
            size += len(text)
            yield text


def _next(node: LexborNode, *, backwards: bool) -> LexborNode | None:
    """Step to the next node whose text borders on what was read; None at the paragraph's end."""
    current: LexborNode | None = node
    while current is not None:
        sibling = current.prev if backwards else current.next
        if sibling is not None:
            return _innermost(sibling, backwards=backwards)
        current = current.parent
        if current is None or current.tag in _BREAKS:
            return None
    return None


def _innermost(node: LexborNode, *, backwards: bool) -> LexborNode:
    """Go down to the first (or last) leaf, stopping at what ends a paragraph or holds no text."""
    for _ in range(MAX_STEPS):
        child = node.last_child if backwards else node.first_child
        if child is None or node.tag in _BREAKS or node.tag in _SILENT:
            return node
        node = child
    return node
