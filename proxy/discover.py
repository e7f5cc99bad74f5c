"""Find where a target takes linkbacks: its pingback, webmention and trackback endpoints.

Pure; reads what a GET of the target brought and never asks again. Specifications: Pingback 1.0 section 2
(https://www.hixie.ch/specs/pingback/pingback), Webmention 3.1.2 (https://www.w3.org/TR/webmention/),
TrackBack's auto-discovery (https://www.movabletype.org/docs/mttrackback.html), RFC 8288 for Link headers.
"""

from __future__ import annotations

import html
import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from proxy.linkback import Protocol

MAX_PAGE = 1_000_000  # bytes of the target that are read
_LINK = re.compile(r'<([^<>]*)>((?:"(?:[^"\\]|\\.)*"|[^",<])*)')  # one element of a Link header
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)
_RDF = re.compile(r"<rdf:Description\s[^<>]{0,4000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r'([\w:]+)\s*=\s*(?:"([^"]*)"|\'([^\']*)\')')


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The target's page as a GET brought it."""

    url: str  # after redirects: relative endpoints are relative to it
    headers: tuple[tuple[str, str], ...]
    body: bytes  # cut at MAX_PAGE

    def header(self, name: str) -> Iterator[str]:
        """Yield the values of a header, in order."""
        return (value for key, value in self.headers if key.lower() == name)


def endpoint(protocol: Protocol, target: Target) -> str | None:
    """Return the address at which the target takes linkbacks of this protocol, if it names one."""
    found = next(_FINDERS[protocol](target), None)
    if found is None:
        return None
    try:
        url = urljoin(target.url, found.strip())
        return url if urlsplit(url).scheme in {"http", "https"} else None
    except ValueError:
        return None


def is_plausible(endpoint_url: str, target_url: str) -> bool:
    """Say whether the endpoint may be asked: a loopback one only by a target that is loopback too.

    Webmention 4.3 asks for this: a hostile page must not aim senders at services of their own machine.
    """
    return not _is_loopback(endpoint_url) or _is_loopback(target_url)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def _pingback(target: Target) -> Iterator[str]:
    # Pingback 2.1: a client must look at the header first, and take the first link element after.
    yield from target.header("x-pingback")
    yield from _elements(target, "link[href]", "pingback")


def _webmention(target: Target) -> Iterator[str]:
    # Webmention 3.1.2: the first Link header, else the first <link> or <a> in document order; an empty
    # href is the page itself.
    yield from _link_headers(target, "webmention")
    yield from _elements(target, "link[href], a[href]", "webmention")


def _trackback(target: Target) -> Iterator[str]:
    yield from _rdf(target)
    yield from _elements(target, "link[href], a[href]", "trackback")


_FINDERS = {
    Protocol.PINGBACK: _pingback,
    Protocol.WEBMENTION: _webmention,
    Protocol.TRACKBACK: _trackback,
}


def _link_headers(target: Target, rel: str) -> Iterator[str]:
    for value in target.header("link"):
        for address, parameters in _LINK.findall(value):
            found = _REL.search(parameters)
            if found and rel in (found[1] or found[2] or "").lower().split():
                yield address


def _elements(target: Target, selector: str, rel: str) -> Iterator[str]:
    for node in LexborHTMLParser(_text(target)).css(selector):
        if rel in (node.attributes.get("rel") or "").lower().split():
            yield node.attributes.get("href") or ""


def _rdf(target: Target) -> Iterator[str]:
    """Yield the trackback:ping of each RDF description, best first: those that name this very page."""
    descriptions = [_attributes(tag) for tag in _RDF.findall(_text(target))]
    pings = [
        (row.get("dc:identifier"), row["trackback:ping"]) for row in descriptions if "trackback:ping" in row
    ]
    yield from _own_first(pings, target.url)


def _own_first(pings: Sequence[tuple[str | None, str]], url: str) -> list[str]:
    return [ping for _, ping in sorted(pings, key=lambda pair: pair[0] != url)]


def _attributes(tag: str) -> dict[str, str]:
    return {name.lower(): html.unescape(one or other) for name, one, other in _ATTRIBUTE.findall(tag)}


def _text(target: Target) -> str:
    return target.body[:MAX_PAGE].decode("utf-8", "replace")
