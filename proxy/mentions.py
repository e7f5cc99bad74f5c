"""Prove cheaply that a page does not link to a target, so that it need not be parsed.

Pure. A link must spell the target's path somewhere in the page's bytes, directly or through what HTML and
URLs decode: character references, percent-encoding, dropped tabs and newlines. False is a proof; True
only says that a look at the parsed page is needed.
"""

from __future__ import annotations

import re

from proxy import urls

_RUN = re.compile(r"[a-z0-9]+")
_ESCAPED = re.compile(r"%[0-9A-F]{2}")
# Bytes with which an encoding or an escape could write letters otherwise than in ASCII: UTF-16, ISO 2022.
_OTHER_WRITING = (b"\x00", b"\x1b", b"\xff\xfe", b"\xfe\xff")
_REFERENCE = re.compile(rb"&#(?:0*([0-9]{1,3})(?![0-9])|[xX]0*([0-9A-Fa-f]{1,2})(?![0-9A-Fa-f]));?")
_NAMED = ((b"&fjlig;", b"fj"), (b"&percnt;", b"%"))  # all that stand for ASCII letters or begin an escape
_BLANKS = re.compile(rb"&(?:Tab|NewLine);")
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")


def mentions(body: bytes, *, source: str, target: str) -> bool:
    """Say whether the bytes may hold a link to the target; False proves that they do not."""
    needle = _needle(source, target)
    if not needle or needle in body.lower() or any(mark in body for mark in _OTHER_WRITING):
        return True
    return needle in _spelled_out(body).lower()


def _needle(source: str, target: str) -> bytes:
    """Choose letters that every link to the target must spell; none if a link may leave out its path.

    The path and not the host, as a host has too many spellings (case mapping, invisible characters).
    A page on the target's own host can link by `..` or by nothing at all.
    """
    parts = urls.split(target)
    if parts is None or not urls.host_of(source) or _host_key(parts.host) == _host_key(urls.host_of(source)):
        return b""
    runs = _RUN.findall(_ESCAPED.sub(" ", f"{parts.path}?{parts.query}").lower())
    return max(runs, key=len, default="").encode("ascii")


def _host_key(host: str) -> str:
    return host.removeprefix("www.")


def _spelled_out(body: bytes) -> bytes:
    """Decode what HTML and URLs allow for an ASCII letter."""
    text = _BLANKS.sub(b"", _REFERENCE.sub(_character, body))
    for name, letters in _NAMED:
        text = text.replace(name, letters)
    return _PERCENT.sub(_byte, text.translate(None, b"\t\r\n"))


def _character(match: re.Match[bytes]) -> bytes:
    code = int(match[1]) if match[1] else int(match[2], 16)
    return bytes([code]) if code < 128 else b" "  # noqa: PLR2004 - ASCII


def _byte(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 16)])
