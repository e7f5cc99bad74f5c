"""The text of a page: what a visitor reads, and the part of it that is the post.

Pure. The post is what trafilatura takes for it; any failure of it gives no text, never an exception.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache, partial

from selectolax.lexbor import LexborHTMLParser

_UNSEEN = ["script", "style", "noscript", "template", "head", "svg", "textarea"]


def main_text(html: str, limit: int) -> str:
    """Extract the main text, at most `limit` characters."""
    try:
        text = _extract()(html)
    except Exception:  # noqa: BLE001 - a library's trouble with a stranger's markup is no finding
        return ""
    return (text or "")[:limit]


@cache
def _extract() -> Callable[[str], str | None]:
    """Load trafilatura, a quarter of a second, when somebody wants text, and read its settings once."""
    import trafilatura  # noqa: PLC0415
    from trafilatura.settings import Extractor  # noqa: PLC0415

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it reports strangers' markup as errors
    return partial(trafilatura.extract, options=Extractor(comments=False, fast=True))


def visible_text(tree: LexborHTMLParser) -> str:
    """Return the text of a page without its scripts, which are removed from the tree."""
    tree.strip_tags(_UNSEEN)
    return "" if tree.body is None else " ".join(tree.body.text(separator=" ").split())
