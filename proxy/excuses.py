"""What a client hears where upstream has no answer: a short page, which says nothing about upstream. Pure."""

from __future__ import annotations

import html
from http import HTTPStatus
from typing import Final

from proxy.forwarding import head_block

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<body><h1>{title}</h1><p>{text}</p></body></html>
"""
_TEXTS: Final = {
    HTTPStatus.BAD_REQUEST: "The request was not understood.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This server opens no tunnels.",
    HTTPStatus.REQUEST_TIMEOUT: "The request did not arrive in time.",
    HTTPStatus.BAD_GATEWAY: "The site does not answer at the moment. Please try again later.",
    HTTPStatus.GATEWAY_TIMEOUT: "The site takes too long to answer. Please try again later.",
}


def page_of(status: HTTPStatus) -> str:
    """Give the page that says what is wrong."""
    return _PAGE.format(title=f"{status.value} {status.phrase}", text=html.escape(_TEXTS[status]))


def excuse(status: HTTPStatus, *, is_head: bool) -> bytes:
    """Write the whole answer, the last one on its connection."""
    page = page_of(status).encode()
    headers = [
        (b"Content-Type", b"text/html; charset=utf-8"),
        (b"Content-Length", b"%d" % len(page)),
        (b"Cache-Control", b"no-store"),
        (b"Connection", b"close"),
    ]
    line = b"HTTP/1.1 %d %b" % (status, status.phrase.encode())
    return head_block(line, headers) + (b"" if is_head else page)
