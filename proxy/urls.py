"""Addresses of pages: bring them to one spelling, resolve links, and say whether two name the same page.

Pure. Never raises and never asks DNS. Reads an address the way browsers do (WHATWG URL Standard,
https://url.spec.whatwg.org/: tabs dropped, backslashes as slashes, numeric hosts in any base), so that
no spelling means one thing to us and another to whoever follows the link.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

import idna
from publicsuffixlist import PSLFILE, PublicSuffixList, encode_idn

# Who has a blog there has a name of their own below it, as below the public list's suffixes.
HOSTS_OF_MANY = """
angelfire.com blog.com.br blog.de blog.hu blogs.com canalblog.com cocolog-nifty.com dreamwidth.org
edublogs.org egloos.com exblog.jp fc2.com free.fr ghost.io jimdo.com livejournal.com micro.blog
myblog.de neocities.org over-blog.com posterous.com skyrock.com soup.io squarespace.com substack.com
tistory.com tripod.com tumblr.com twoday.net typepad.com webs.com weebly.com wordpress.com
"""
MAX_LENGTH = 8_192  # characters; longer is no address (servers refuse request lines over 8 KB)

LONGEST_REMEMBERED = 500
DEFAULT_PORTS = {"http": 80, "https": 443}

_ENDS = "".join(map(chr, range(0x21)))  # C0 controls and the blank, stripped from both ends
_DROPPED = str.maketrans("", "", "\t\n\r")
_AMPERSAND = re.compile(r"&(?:(?:amp|#0*38|#x0*26);)+", re.IGNORECASE)  # encoded too often
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", re.DOTALL)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_LEGAL = re.compile(r"[^A-Za-z0-9\-._~!$&'()*+,;=:@/%?|\[\]]|%(?![0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_FORBIDDEN_IN_HOST = re.compile(r"[\x00-\x20#%/:<>?@\[\\\]^|\x7f]")
_NUMBER = re.compile(r"0[xX][0-9A-Fa-f]*|[0-9]+")
# At a glance: an address that is in its canonical spelling already, as most are.
_BYTE = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_CANONICAL = re.compile(
    rf"(https?)://((?:{_BYTE}\.){{3}}{_BYTE}|(?:[a-z0-9-]{{1,63}}\.){{0,9}}[a-z][a-z0-9-]{{0,62}})"
    r"(?::([1-9]\d{3}))?"
    r"(/(?!\.)(?:[A-Za-z0-9\-_~!$'()*+,;=:@.]|/(?!\.)|&(?![Aa][Mm][Pp];))*+)?"
    r"(?:\?((?:[A-Za-z0-9\-._~!$'()*+,;=:@/]|&(?![Aa][Mm][Pp];))*+))?",
    re.ASCII,
)
LONGEST_AT_A_GLANCE = 2_000


class Parts(NamedTuple):
    """An address taken apart, each part in its canonical spelling."""

    scheme: str
    host: str
    port: int | None  # None for the scheme's own
    path: str  # begins with a slash
    query: str  # without the question mark

    @property
    def authority(self) -> str:
        """Host and port as they stand in an address and in a Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    def __str__(self) -> str:
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{self.authority}{self.path}{query}"


def split(url: str) -> Parts | None:
    """Take an absolute http(s) address apart; None if it is none. User and fragment are dropped."""
    return _remembered(url) if len(url) <= LONGEST_REMEMBERED else _split(url)


def glance(url: str) -> Parts | None:
    """Take an address apart that is canonical already; None for any other."""
    match = _CANONICAL.fullmatch(url) if len(url) <= LONGEST_AT_A_GLANCE else None
    if match is None:
        return None
    scheme, host, port, path, query = match.groups()
    return Parts(scheme, host, int(port) if port else None, path or "/", query or "")


def _split(url: str) -> Parts | None:
    return glance(url) or _read(url)


def _read(url: str) -> Parts | None:
    match = _SCHEME.fullmatch(_cleaned(url))
    if match is None or match[1].lower() not in DEFAULT_PORTS:
        return None
    return _bounded(_from_authority(match[1].lower(), match[2]))


# Of one linkback, the same two addresses are asked for again and again.
_remembered = lru_cache(maxsize=2048)(_split)


def canonical(url: str) -> str | None:
    """Spell an absolute http(s) address in one way; None if it is none."""
    parts = split(url)
    return None if parts is None else str(parts)


def resolve(base: Parts, href: str) -> Parts | None:
    """Say where a link on the page `base` leads; None if not to an http(s) address."""
    if len(href) > MAX_LENGTH:
        return None
    return _bounded(_resolved(base, _cleaned(href)))


def _resolved(base: Parts, text: str) -> Parts | None:
    if match := _SCHEME.fullmatch(text):
        scheme, rest = match[1].lower(), match[2]
        if scheme not in DEFAULT_PORTS:
            return None
        if scheme != base.scheme or rest.replace("\\", "/").startswith("//"):
            return _from_authority(scheme, rest)
        text = rest  # `https:page` on an https page is a relative link
    return _relative(base, text)


def same_page(a: str, b: str) -> bool:
    """Say whether two addresses name one page: scheme, `www.`, fragment and last slash do not count."""
    key = page_key(split(a))
    return key is not None and key == page_key(split(b))


def page_key(parts: Parts | None) -> tuple[str, int | None, str, str] | None:
    """Reduce an address to what `same_page` compares."""
    if parts is None:
        return None
    return parts.host.removeprefix("www."), parts.port, parts.path.rstrip("/"), parts.query


def host_of(url: str) -> str:
    """Name the host of an address, in its canonical spelling; '' if there is none."""
    parts = split(url)
    return "" if parts is None else parts.host


def registrable_domain(url_or_host: str) -> str:
    """Name the domain that somebody has: the public suffix and one label; a numeric host as it is."""
    host = host_of(url_or_host) if "/" in url_or_host else host_of(f"http://{url_or_host}/")
    if not host or ":" in host or host.rsplit(".", 1)[-1].isdigit():
        return host
    return _private_suffix(host) or host


@lru_cache(maxsize=2048)  # of one linkback the same is asked for again, as of addresses
def _private_suffix(host: str) -> str | None:
    return _public_suffixes().privatesuffix(host)


@cache
def _public_suffixes() -> PublicSuffixList:
    """Load the public suffix list at its first use and keep it. Hosts are ASCII here, so are its rules."""
    lines = Path(PSLFILE).read_text("utf-8").splitlines()
    rules = (line if line.isascii() else encode_idn(line) for line in lines if not line.startswith("//"))
    return PublicSuffixList([*rules, *HOSTS_OF_MANY.split()], accept_encoded_idn=False)


def _cleaned(url: str) -> str:
    """Drop what browsers drop; '' for what is too long to be an address."""
    if len(url) > MAX_LENGTH:
        return ""
    return _AMPERSAND.sub("&", url.strip(_ENDS).translate(_DROPPED)).partition("#")[0]


def _bounded(parts: Parts | None) -> Parts | None:
    """Refuse what is too long only when all of it is percent-encoded."""
    return None if parts is None or len(str(parts)) > MAX_LENGTH else parts


def _from_authority(scheme: str, rest: str) -> Parts | None:
    """Read what follows `http:`, however many slashes of either kind stand there."""
    before_query, mark, query = rest.partition("?")
    authority, slash, path = before_query.replace("\\", "/").lstrip("/").partition("/")
    host_and_port = authority.rpartition("@")[2]
    name, port = _host_and_port(host_and_port)
    host = _host(name)
    if host is None or port is None:
        return None
    shown = None if port in (0, DEFAULT_PORTS[scheme]) else port
    return Parts(scheme, host, shown, _path(slash + path), _percent_encoded(query) if mark else "")


def _relative(base: Parts, text: str) -> Parts | None:
    before_query, mark, query = text.partition("?")
    path = before_query.replace("\\", "/")
    if path.startswith("//"):
        return _from_authority(base.scheme, text)
    encoded = _percent_encoded(query)
    if not path:
        return base._replace(query=encoded if mark else base.query)
    if not path.startswith("/"):
        path = base.path.rpartition("/")[0] + "/" + path
    return base._replace(path=_path(path), query=encoded)


def _host_and_port(text: str) -> tuple[str, int | None]:
    """Part host and port: port 0 if none is given, None if it is not a port."""
    if text.startswith("["):
        name, bracket, rest = text.partition("]")
        name, rest = name + bracket, rest.removeprefix(":") if rest.startswith(":") else rest and "?"
    else:
        name, _, rest = text.partition(":")
    if not rest:
        return name, 0
    if not (rest.isascii() and rest.isdigit() and len(rest) <= 5):  # noqa: PLR2004 - 65535 has five digits
        return name, None
    port = int(rest)
    return name, port if 0 < port < 1 << 16 else None


def _host(text: str) -> str | None:
    """Spell a host in one way: a name in lower-case ASCII, an IPv4 address dotted, IPv6 compressed."""
    if text.startswith("["):
        return _ipv6(text[1:-1]) if text.endswith("]") else None
    name = unquote_to_bytes(text).decode("utf-8", "replace")
    if not name.isascii():
        name = _to_ascii(name)
    name = name.lower().removesuffix(".")
    if "" in name.split(".") or len(name) > 253 or _FORBIDDEN_IN_HOST.search(name):  # noqa: PLR2004 - RFC 1035
        return None
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        return _ipv4(name)
    return name


def _to_ascii(name: str) -> str:
    """Convert an internationalised name (UTS 46, as browsers do); '' if it is no name."""
    try:
        mapped = idna.uts46_remap(name, std3_rules=False, transitional=False)
        return ".".join(
            label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
            for label in mapped.split(".")
        )
    except (idna.IDNAError, UnicodeError):
        return ""


def _ipv6(text: str) -> str | None:
    """Compress an IPv6 address; a zone identifier has no place in an address of a page."""
    try:
        return None if "%" in text else IPv6Address(text).compressed
    except ValueError:
        return None


def _ipv4(name: str) -> str | None:
    """Read decimal, octal and hexadecimal parts, the last of which fills the rest of the 32 bits."""
    pieces = name.split(".")
    if len(pieces) > 4 or not all(map(_NUMBER.fullmatch, pieces)):  # noqa: PLR2004 - four bytes
        return None
    numbers = [_number(piece) for piece in pieces]
    *head, last = numbers
    if None in numbers or last is None or last >= 256 ** (5 - len(pieces)):
        return None
    if any(number is None or number >> 8 for number in head):
        return None
    return str(IPv4Address(last + sum((number or 0) << 8 * (3 - i) for i, number in enumerate(head))))


def _number(text: str) -> int | None:
    try:
        if text[:2].lower() == "0x":
            return int(text[2:] or "0", 16)
        return int(text, 8 if text.startswith("0") else 10)
    except ValueError:  # an 8 or a 9 in an octal number
        return None


def _path(text: str) -> str:
    """Percent-encode in one way and resolve dot segments."""
    if not text:
        return "/"
    path = _percent_encoded(text)
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _percent_encoded(text: str) -> str:
    """Encode what must be, decode what need not be, in capital digits."""
    legal = _LEGAL.sub(_encode, text)
    return _AMPERSAND.sub("&", _ESCAPE.sub(_normalise_escape, legal)) if "%" in legal else legal


def _encode(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "replace"))


def _normalise_escape(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()
