"""The text of a page: what a visitor reads, and the part of it that is the post.

Pure. The post is what trafilatura takes for it; any failure of it gives no text, never an exception.
"""

from __future__ import annotations

import logging

from selectolax.lexbor import LexborHTMLParser

_UNSEEN = ["script", "style", "noscript", "template", "head", "svg", "textarea"]


def main_text(html: str, limit: int) -> str:
    """Extract the main text, at most `limit` characters."""
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it reports strangers' markup as errors
    import trafilatura  # noqa: PLC0415 - a quarter of a second, and not every caller wants text

    try:
        text = trafilatura.extract(html, include_comments=False, fast=True)
    except Exception:  # noqa: BLE001 - a library's trouble with a stranger's markup is no finding
        return ""
    return (text or "")[:limit]


def visible_text(tree: LexborHTMLParser) -> str:
    """Return the text of a page without its scripts, which are removed from the tree."""
    tree.strip_tags(_UNSEEN)
    return "" if tree.body is None else " ".join(tree.body.text(separator=" ").split())
