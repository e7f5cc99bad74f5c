"""Texts and addresses as WordPress cleans them before it stores them.

Pure. Judging exactly what will be stored needs exactly these functions: wp_strip_all_tags,
wp_html_excerpt (wp-includes/formatting.php) and PHP's strip_tags.
"""

from __future__ import annotations

import re

from proxy.protocols.striptags import strip_tags

_SCRIPT = re.compile(r"<(script|style)[^>]*?>.*?</\1>", re.IGNORECASE | re.DOTALL)
_BREAKS = re.compile(r"[\r\n\t ]+")
_HALF_ENTITY = re.compile(rb"&[^;\s]{0,6}\Z")  # of bytes: PHP counts those, not characters
_KSES_TAG = re.compile(r"<[^<>]*>")  # what wp_kses still removes: '<' and a blank is a tag to it
_NOT_IN_URL = re.compile(r'[\x00-\x20"<>\\^`{}\x7f]')
PHP_BLANKS = " \t\n\r\0\x0b"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


def strip_all_tags(text: str) -> str:
    """Strip a text of its markup and fold its blanks, as wp_strip_all_tags does."""
    bare = strip_tags(_SCRIPT.sub("", text))
    has_breaks = "  " in bare or "\n" in bare or "\r" in bare or "\t" in bare
    return (_BREAKS.sub(" ", bare) if has_breaks else bare).strip(PHP_BLANKS)


def html_excerpt(text: str, length: int) -> str:
    """Strip a text and cut it at so many characters, as wp_html_excerpt and wp_kses do."""
    whole = strip_all_tags(text)
    kept = _HALF_ENTITY.sub(b"", whole[:length].encode("utf-8", "surrogatepass"))
    cut = kept.decode("utf-8", "surrogatepass")
    shown = whole if whole == cut else cut.strip(PHP_BLANKS) + ELLIPSIS
    return _KSES_TAG.sub("", shown)


def clean_url(url: str) -> str:
    """Drop from an address what WordPress's sanitize_url drops."""
    return _NOT_IN_URL.sub("", url.strip(PHP_BLANKS).replace(" ", "%20"))
