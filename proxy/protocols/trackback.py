"""Trackback: which request is one, what it claims, the answers, the delivery, and upstream's result.

Pure. It may not decide whether a trackback is welcome.
Specification: https://www.sixapart.com/labs/trackback/ (as archived), and what WordPress and PHP do.

The address forms, and the one that each is delivered to:
  path/to/post/trackback/               the same
  any/wp-trackback.php/x/ID             any/wp-trackback.php/ID
  any/wp-trackback.php?p=ID             the same (or page_id, name, ...: the variable that was named)
  anything with tb=1 and p=ID           blog/?p=ID&tb=1 (likewise)
  path/to/post/?tb=1                    path/to/post/trackback/
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urlencode, urlsplit
from xml.sax.saxutils import escape

from proxy.linkback import Linkback, Protocol
from proxy.protocols import charsets, wptext
from proxy.protocols.forms import Form
from proxy.protocols.http import (
    Answer,
    Delivery,
    Head,
    Headers,
    Outcome,
    OutcomeKind,
    blog_path,
    decoded_path,
    readings,
    retry_after,
)

TITLE_LENGTH = 250  # wp-trackback.php cuts here
EXCERPT_LENGTH = 252
BLOG_NAME_LENGTH = 245  # WordPress's longest comment author
MAX_URL = 2_000
MAX_RESULT = 65_536  # bytes of an upstream answer that are read
MAX_DIGITS = 18  # of a post's number
NO_ID = "I really need an ID for this to work."  # WordPress's words
TEXTS = ("url", "title", "excerpt", "blog_name", "charset")
POST_VARIABLES = ("p", "page_id", "attachment_id", "name", "pagename", "attachment")
WANTED = frozenset((*TEXTS, *POST_VARIABLES, "tb", "tb_id"))
XML_HEADERS: Headers = (("Content-Type", "text/xml; charset=UTF-8"),)

# WordPress's files that show the page whose path follows them. `index.php` stands in real addresses, of blogs
# whose server rewrites none, and stays.
FRONT_DOORS = frozenset(("wp-activate.php", "wp-blog-header.php", "wp-signup.php"))

_UNCLEAR = re.compile("[\x00-\x1f\ufffd]")  # in an address: each version drops another part of it
_HTTP = re.compile(r"https?://[^/?#]", re.IGNORECASE)  # of others WordPress makes something else, or ''
_ENDPOINT = re.compile(rb"(?:\A|/)trackback/*\s*\Z")
_SCRIPT = re.compile(rb"wp-tra(ckback|~)", re.IGNORECASE)  # by its short name too, on servers that have such
_SIDE = re.compile(r"embed|comment-page-\d+")  # of a post: not its address
_NUMBER = re.compile(r"[ \t\n\r\v\f]*([+-]?(?:\d|\.\d)[\d.eE+-]*)", re.ASCII)
_PLAIN_NUMBER = re.compile(r"\+?\d{1,18}", re.ASCII)
_PATH_SAFE = "/~:@!$&'()*+,;="
_ERROR = re.compile(rb"<error>\s*(\d+)\s*</error>", re.IGNORECASE)
_MESSAGE = re.compile(rb"<message>(.{0,2000}?)</message>", re.IGNORECASE | re.DOTALL)


class NotATrackbackError(ValueError):
    """A request on a trackback endpoint that names no post, no source, or says things twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a trackback is meant to go."""

    endpoint: str  # path and query, ours
    target: str  # the post's address


def is_endpoint_path(head: Head) -> bool:
    """Whether the path alone says that a POST here is a trackback."""
    return _is_endpoint(decoded_path(head))


@lru_cache(maxsize=256)  # asked for twice of one request, and of many for the same post
def _is_endpoint(path: bytes) -> bool:
    return any(_SCRIPT.search(reading) or _ENDPOINT.search(reading) for reading in readings(path))


def is_endpoint(head: Head, query: Form) -> bool:
    """Whether path or query alone say that a POST here is a trackback."""
    return is_endpoint_path(head) or "tb" in query.hints


def could_be_stored(form: Form) -> bool:
    """Whether a form has both of what WordPress asks for."""
    return form.has("url") and form.has("title")


def claim(head: Head, query: Form, body: Form) -> Linkback:
    """Read the linkback that a trackback claims, or raise `NotATrackbackError`."""
    if body.odd or query.odd or body.arrays & set(TEXTS):
        raise NotATrackbackError("This form can be read in two ways.")
    place = _place(head, query, body)
    try:
        texts = {
            name: charsets.decode(body.values.get(name, b""), body.text("charset")) for name in TEXTS[1:4]
        }
    except charsets.UnreadableError as error:
        raise NotATrackbackError(f"Refused: {error}.") from error
    url = body.values.get("url", b"").decode("utf-8", "replace")
    if _UNCLEAR.search(url.strip(wptext.PHP_BLANKS)) or any("\0" in text for text in (url, *texts.values())):
        raise NotATrackbackError("This form can be read in two ways.")
    source = wptext.clean_url(wptext.strip_all_tags(url))
    title = wptext.html_excerpt(texts["title"], TITLE_LENGTH)
    if not _HTTP.match(source) or len(source) > MAX_URL or not title:
        raise NotATrackbackError("A trackback needs url and title.")
    return Linkback(
        protocol=Protocol.TRACKBACK,
        source=source,
        target=place.target,
        endpoint=place.endpoint,
        title=title,
        excerpt=wptext.html_excerpt(texts["excerpt"], EXCERPT_LENGTH),
        blog_name=wptext.strip_all_tags(texts["blog_name"])[:BLOG_NAME_LENGTH],
    )


def _place(head: Head, query: Form, body: Form) -> Place:
    """Find the post that is meant; the forms are in the module's table."""
    named = _named_post(query, body)
    number = _number_at_end(head, query)  # what WordPress falls back to where it finds no single post
    if len(readings(decoded_path(head))) > 1:
        raise NotATrackbackError("This address can be read in two ways.")
    path = _plain(decoded_path(head))
    script = next(
        (at for at, segment in enumerate(path) if _SCRIPT.match(segment.encode("latin-1", "replace"))), None
    )
    if script is not None:
        if len(path) > script + 2:
            raise NotATrackbackError("This names two posts.")
        return _place_by_script(head, _rendered(path[:script]), named, number)
    if named and path[-1:] != ["trackback"]:
        root = _rendered(_plain(blog_path(head.blog_url).encode()))
        query_string = _query_string(named)
        return Place(endpoint=f"{root}?{query_string}&tb=1", target=f"{_origin(head)}{root}?{query_string}")
    if named or number:
        raise NotATrackbackError("This names two posts.")
    return _place_by_path(head, path[:-1] if path[-1:] == ["trackback"] else path)


def _named_post(query: Form, body: Form) -> tuple[str, str] | None:
    found = {
        (name, form.text(name)) for form in (query, body) for name in POST_VARIABLES if form.values.get(name)
    }
    if len(found) > 1 or (query.arrays | body.arrays) & set(POST_VARIABLES):
        raise NotATrackbackError("This names two posts.")
    return found.pop() if found else None


def _number_at_end(head: Head, query: Form) -> str:
    """Read the number after the last slash of path and query as PHP does; '' if there is none."""
    found = _NUMBER.match(head.raw_target.rpartition("/")[2])
    if found is None or query.text("tb_id") not in ("", "0"):
        return ""
    if not _PLAIN_NUMBER.fullmatch(found[1]):  # 1e1 is 10 to PHP
        raise NotATrackbackError("This names two posts.")
    return str(int(found[1])) if int(found[1]) else ""


def _place_by_script(head: Head, root: str, named: tuple[str, str] | None, number: str) -> Place:
    if named:
        query_string = _query_string(named)
        endpoint = f"{root}wp-trackback.php?{query_string}"
        return Place(endpoint=endpoint, target=f"{_origin(head)}{root}?{query_string}")
    if number:
        return Place(endpoint=f"{root}wp-trackback.php/{number}", target=f"{_origin(head)}{root}?p={number}")
    raise NotATrackbackError(NO_ID)


def _query_string(named: tuple[str, str]) -> str:
    name, value = named
    if name in ("p", "page_id", "attachment_id"):
        if not (value.isascii() and value.isdigit()) or len(value) > MAX_DIGITS:
            raise NotATrackbackError(NO_ID)
        value = str(int(value))
    return urlencode({name: value.encode("latin-1")})


def _place_by_path(head: Head, segments: list[str]) -> Place:
    root = _plain(blog_path(head.blog_url).encode())
    inside = segments[len(root) :]
    if segments[: len(root)] == root and (
        inside == ["index.php"] or (inside[:1] and inside[0] in FRONT_DOORS)
    ):
        segments = root + inside[1:]
    if segments and _SIDE.fullmatch(segments[-1]):
        segments = segments[:-1]
    path = _rendered(segments)
    endpoint = f"{path}trackback/" if segments != root else f"{path}?tb=1"
    return Place(endpoint=endpoint, target=f"{_origin(head)}{path}")


def _origin(head: Head) -> str:
    parts = urlsplit(head.blog_url)
    return f"{parts.scheme}://{parts.netloc}"


def _plain(path: bytes) -> list[str]:
    """Split a decoded path into segments without empty ones and dot segments (RFC 3986, 5.2.4)."""
    segments: list[str] = []
    for segment in path.decode("utf-8", "surrogateescape").strip("/ \t\r\n\0").split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in ("", "."):
            segments.append(segment)
    return segments


def _rendered(segments: list[str]) -> str:
    path = "/".join(segments).encode("utf-8", "surrogateescape")
    return f"/{quote(path, safe=_PATH_SAFE)}/" if path else "/"


def answer(error: str | None = None) -> Answer:
    """Render the protocol's XML: error 0, or error 1 with a message."""
    result = (
        "<error>0</error>\n" if error is None else f"<error>1</error>\n<message>{escape(error)}</message>\n"
    )
    body = f'<?xml version="1.0" encoding="utf-8"?>\n<response>\n{result}</response>\n'
    return Answer(status=200, headers=XML_HEADERS, body=body.encode())


def answer_busy(seconds: int) -> Answer:
    """Render a temporary failure: the sender should come back."""
    busy = answer("Temporarily unavailable: try again later.")
    return Answer(status=503, headers=(*busy.headers, ("Retry-After", str(seconds))), body=busy.body)


def delivery(linkback: Linkback) -> Delivery:
    """Write our own trackback for this linkback, in UTF-8."""
    fields = {
        "url": linkback.source,
        "title": linkback.title,
        "excerpt": linkback.excerpt,
        "blog_name": linkback.blog_name,
        "charset": "UTF-8",
    }
    headers = (("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"),)
    body = urlencode(fields, encoding="utf-8", errors="replace").encode()
    return Delivery(method="POST", path=linkback.endpoint, headers=headers, body=body)


def read_result(status: int, headers: Headers, body: bytes) -> Outcome:
    """Say what upstream made of a delivered trackback; the body counts, for WordPress stores and says 404."""
    body = body[:MAX_RESULT]
    error = _ERROR.search(body)
    message = _MESSAGE.search(body)
    detail = message[1].decode("utf-8", "replace").strip()[:300] if message else ""
    if error and int(error[1][:9]) == 0:
        return Outcome(kind=OutcomeKind.DELIVERED, detail=f"HTTP {status}")
    if "already have a ping" in detail.lower() or "already a ping" in detail.lower():
        return Outcome(kind=OutcomeKind.DUPLICATE, detail=detail)
    if status == 409:  # noqa: PLR2004  (WordPress's answer to a redelivery if the source has a '&')
        return Outcome(kind=OutcomeKind.SAME_WORDS, detail=detail or "HTTP 409: upstream has this text")
    if not error or status == 429 or "too quickly" in detail.lower():  # noqa: PLR2004
        detail = detail or f"HTTP {status} with an answer that is no trackback's"
        return Outcome(kind=OutcomeKind.RETRY, detail=detail, retry_after=retry_after(headers))
    return Outcome(kind=OutcomeKind.REFUSED, detail=detail)
