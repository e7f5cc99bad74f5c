"""A loopback server of source pages that link, or do not link, to a target in some forty ways.

Any path may carry a suffix, so that each test has a source URL of its own: /links/abc?to=URL.

 /links?to=U       plain page, one <a href=U>          /nolink          page without a link
 /textonly?to=U    U as text, no <a>                   /notitle?to=U    links, but no <title>
 /slow?to=U&s=N    answers after N s (max 120)         /drip?to=U&s=N   headers now, body over N s
 /redirect?to=U    302 to /links?to=U (&n=K hops)      /redirect?url=X  302 to X itself
 /loop             302 to itself                       /big?to=U&mb=N   N MB (10), link at the end (&at=start)
 /gzipbomb?to=U&mb=N  gzip of N MB (200, max 1024)     /truncated?to=U  Content-Length larger than the body
 /nofollow?to=U    rel=nofollow ugc                    /comment?to=U    link only inside <!-- -->
 /script?to=U      link only inside <script>           /hidden?to=U     link inside display:none
 /spam?to=U        pharmacy page, 200 links out        /blogpost?to=U   natural post of 600 words, link in it
 /entity?to=U      href written with &#xNN; entities   /relative?to=U   link to the path of U only
 /imgonly?to=U     <a href=U><img></a>                 /imgsrc?to=U     <img src=U>, no <a>
 /meta?to=U        <link rel=canonical href=U> only    /upper?to=U      <A HREF='U'> upper-case, single quotes
 /status?code=N&to=U   page with that HTTP status      /type?ct=T&to=U  page with that Content-Type
 /charset?cs=C&to=U    page encoded in C               /close           closes without a byte
 /garbage          bytes that are not HTTP             /log             JSON of the requests seen; ?clear=1
Further parameters: title=T (page title); anything else is ignored and makes the URL unique.

In a shell: `python -m tests.source_server --port 8391`.
"""

from __future__ import annotations

import argparse
import functools
import html
import http.server
import json
import threading
import time
import urllib.parse
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BLOG_POST = (Path(__file__).parent / "source_blogpost.txt").read_text(encoding="utf-8")
MEGABYTE = 1 << 20
LONGEST_WAIT = 120.0  # seconds
LOG_LENGTH = 2000
DRUGS = (
    "viagra",
    "cialis",
    "levitra",
    "tramadol",
    "xanax",
    "phentermine",
    "ambien",
    "valium",
    "soma",
    "propecia",
)
LURES = (
    "buy %s online no prescription",
    "cheap %s 50mg overnight delivery",
    "order generic %s discount",
    "%s without rx best price guaranteed",
    "online pharmacy %s free shipping",
    "%s for sale USA cod",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a request asks for."""

    path: str  # with query
    target: str
    title: str  # differs per path: WordPress refuses a second ping with equal title and excerpt
    query: Mapping[str, str]

    def number(self, name: str, default: float, most: float) -> float:
        """Return a parameter as a bounded number."""
        return min(float(self.query.get(name, default)), most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server says."""

    body: bytes
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    missing: int = 0  # bytes that Content-Length promises and the body lacks


def html_page(title: str | None, body: str, head: str = "") -> str:
    """Return a small page."""
    title_tag = "" if title is None else f"<title>{html.escape(title)}</title>"
    return (
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8">{title_tag}{head}</head>\n'
        f"<body>\n<h1>{html.escape(title or '')}</h1>\n{body}\n</body></html>\n"
    )


def link(target: str, text: str = "a post I liked", attributes: str = "") -> str:
    """Return a link."""
    return f'<a href="{html.escape(target)}"{attributes}>{text}</a>'


def paragraph(inner: str) -> str:
    """Return a paragraph of plain prose around `inner`."""
    return (
        f"<p>Good morning from a small page on the web. This week I have been reading {inner}, and it made "
        "me think again about a few things that I had taken for granted.</p>"
    )


def _page(body: str, title: str | None, head: str = "") -> Answer:
    return Answer(body=html_page(title, body, head).encode("utf-8", "replace"))


def _with(anchor: Callable[[Wish], str]) -> Callable[[Wish], Answer]:
    return lambda wish: _page(paragraph(anchor(wish)), wish.title)


def _around(template: str) -> Callable[[Wish], Answer]:
    """Return a page whose only link is put into `template`."""
    return lambda wish: _page(
        template.format(link=paragraph(link(wish.target)), raw=html.escape(wish.target)), wish.title
    )


def _entities(wish: Wish) -> str:
    href = "".join(f"&#x{ord(letter):x};" for letter in wish.target)
    return f'<a href="{href}">a post I liked</a>'


def _relative(wish: Wish) -> str:
    parts = urllib.parse.urlsplit(wish.target)
    return link(urllib.parse.urlunsplit(("", "", parts.path, parts.query, "")))


def _blogpost(wish: Wish) -> Answer:
    anchor = link(wish.target, "this careful piece")
    paragraphs = BLOG_POST.replace("@@LINK@@", anchor).strip().split("\n\n")
    body = "\n".join(f"<p>{text.strip()}</p>" for text in paragraphs)
    title = wish.query.get("title", "Toast, taps and other people's notebooks")
    filed = 'Filed under <a href="/tags/household">household</a> by Martin, Sunday.'
    return _page(f"<article>{body}</article>\n<footer><p>{filed}</p></footer>", title)


def _spam(wish: Wish) -> Answer:
    def offer(i: int) -> str:
        drug = DRUGS[i % 10]
        return link(f"http://{drug}-{i:03}.pills.invalid/buy-{i}.html", LURES[i // 10 % 6] % drug)

    rows = [
        f"<p>{' | '.join(offer(i + j) for j in range(10))} BEST PRICE {DRUGS[i // 10 % 10].upper()}!!!</p>"
        for i in range(0, 200, 10)
    ]
    rows.insert(7, f"<p>nice site {link(wish.target, 'click here')} very useful thx</p>")
    title = wish.query.get("title", "Buy Viagra Cialis Online - Cheap Pharmacy No Prescription")
    return _page("\n".join(rows), title)


def _to(location: str) -> Answer:
    return Answer(body=b"<title>moved</title>moved", status=302, headers={"Location": location})


def _redirect(wish: Wish) -> Answer:
    if "url" in wish.query:
        return _to(wish.query["url"])
    hops = int(wish.query.get("n", 1))
    if hops > 1:
        return _to("/redirect?" + urllib.parse.urlencode({"to": wish.target, "n": hops - 1}))
    return _to("/links?" + urllib.parse.urlencode({"to": wish.target}))


@functools.cache
def _bomb(megabytes: int, target: str) -> bytes:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = squeeze.compress(html_page("bomb", paragraph(link(target))).encode())
    return head + b"".join(squeeze.compress(bytes(MEGABYTE)) for _ in range(megabytes)) + squeeze.flush()


def _gzip_bomb(wish: Wish) -> Answer:
    body = _bomb(int(wish.number("mb", 200, 1024)), wish.target)
    return Answer(body=body, headers={"Content-Encoding": "gzip"})


def _charset(wish: Wish) -> Answer:
    charset = wish.query.get("cs", "iso-8859-1")
    text = html_page("Café naïve", paragraph(link(wish.target)) + "<p>éèü</p>").replace("utf-8", charset)
    return Answer(body=text.encode(charset, "replace"), content_type=f"text/html; charset={charset}")


_links = _with(lambda wish: link(wish.target))

PAGES: dict[str, Callable[[Wish], Answer]] = {
    "links": _links,
    "nolink": _around("<p>There is nothing of interest here, and no link to anybody.</p>"),
    "textonly": _around("<p>You might read {raw} if you like.</p>"),
    "notitle": lambda wish: _page(paragraph(link(wish.target)), None),
    "redirect": _redirect,
    "loop": lambda wish: _to(wish.path),
    "gzipbomb": _gzip_bomb,
    "truncated": lambda wish: Answer(body=_links(wish).body, missing=5000),
    "nofollow": _with(lambda wish: link(wish.target, attributes=' rel="nofollow ugc"')),
    "comment": _around("<p>Nothing to see.</p>\n<!-- {link} -->\n<p>The end.</p>"),
    "script": _around("<p>Nothing to see.</p>\n<script>var x = '{link}';</script>\n<p>The end.</p>"),
    "hidden": _around('<p>Visible text.</p><div style="display:none">{link}</div>'),
    "spam": _spam,
    "blogpost": _blogpost,
    "entity": _with(_entities),
    "relative": _with(_relative),
    "imgonly": _with(lambda wish: link(wish.target, '<img src="/x.png" alt="picture">')),
    "imgsrc": _around('<p>picture <img src="{raw}" alt=""> here</p>'),
    "meta": lambda wish: _page(
        "<p>No links.</p>", wish.title, f'<link rel="canonical" href="{html.escape(wish.target)}">'
    ),
    "upper": _with(lambda wish: f"<A TITLE=x HREF='{html.escape(wish.target)}'>a post I liked</A>"),
    "status": lambda wish: Answer(body=_links(wish).body, status=int(wish.query.get("code", 404))),
    "type": lambda wish: Answer(body=_links(wish).body, content_type=wish.query.get("ct", "application/pdf")),
    "charset": _charset,
}


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers from PAGES, or misbehaves on the wire by one of its own methods."""

    protocol_version = "HTTP/1.1"
    server_version = sys_version = "source_server"
    server: SourceServer

    def log_message(self, *_: object) -> None:
        """Say nothing: the log is served."""

    def do_HEAD(self) -> None:
        """Answer without a body."""
        self.do_GET()

    def do_GET(self) -> None:
        """Answer."""
        parts = urllib.parse.urlsplit(self.path)
        values = urllib.parse.parse_qs(parts.query, keep_blank_values=True)
        query = {name: said[-1] for name, said in values.items()}
        kind = parts.path.strip("/").split("/")[0]
        title = query.get("title", "A small page " + parts.path)
        wish = Wish(path=self.path, target=query.get("to", ""), title=title, query=query)
        try:
            self._answer(kind, wish)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _answer(self, kind: str, wish: Wish) -> None:
        if kind == "log":
            log = self.server.take_log(clear="clear" in wish.query)
            self._send(Answer(body=log, content_type="application/json"))
            return
        self.server.note(self)
        wire = {
            "slow": self._slow,
            "drip": self._drip,
            "big": self._big,
            "close": self._close,
            "garbage": self._garbage,
        }
        if kind in wire:
            wire[kind](wish)
        elif kind in PAGES:
            self._send(PAGES[kind](wish))
        else:
            self._send(Answer(body=b"<title>Not found</title><p>No such page.</p>", status=404))

    def _head(self, answer: Answer, length: int) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(length))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.missing:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()

    def _send(self, answer: Answer) -> None:
        self._head(answer, len(answer.body) + answer.missing)
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def _slow(self, wish: Wish) -> None:
        time.sleep(wish.number("s", 5, LONGEST_WAIT))
        self._send(_links(wish))

    def _drip(self, wish: Wish) -> None:
        answer = _links(wish)
        size, seconds = len(answer.body), wish.number("s", 5, LONGEST_WAIT)
        self._head(answer, size)
        for i in range(40):
            self.wfile.write(answer.body[size * i // 40 : size * (i + 1) // 40])
            self.wfile.flush()
            time.sleep(seconds / 40)

    def _big(self, wish: Wish) -> None:
        filler = b"<p>" + b"lorem ipsum dolor sit amet " * 38 + b"</p>\n"
        times = int(wish.number("mb", 10, 256)) * MEGABYTE // len(filler)
        head = f"<html><head><title>{html.escape(wish.title)}</title></head><body>".encode()
        anchor = paragraph(link(wish.target)).encode()
        at_start = wish.query.get("at") == "start"
        self._head(Answer(body=b""), len(head) + len(anchor) + times * len(filler))
        self.wfile.write(head + (anchor if at_start else b""))
        for _ in range(times):
            self.wfile.write(filler)
        self.wfile.write(b"" if at_start else anchor)

    def _close(self, _: Wish) -> None:
        self.close_connection = True

    def _garbage(self, _: Wish) -> None:
        self.wfile.write(b"\x16\x03\x01 this is not http\r\n\r\n")
        self.close_connection = True


class SourceServer(http.server.ThreadingHTTPServer):
    """The server, with the log of the requests that it saw."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        super().__init__((host, port), Handler)
        self._lock = threading.Lock()
        self._log: list[dict[str, object]] = []

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://{self.server_address[0]}:{self.server_address[1]}"

    def note(self, handler: Handler) -> None:
        """Remember a request."""
        with self._lock:
            self._log.append(
                {
                    "t": round(time.time(), 3),
                    "method": handler.command,
                    "path": handler.path,
                    "peer": handler.client_address[0],
                    "headers": dict(handler.headers.items()),
                }
            )
            del self._log[:-LOG_LENGTH]

    def take_log(self, *, clear: bool) -> bytes:
        """Return the log as JSON."""
        with self._lock:
            body = json.dumps(self._log).encode()
            if clear:
                self._log.clear()
        return body


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=8391)
    parser.add_argument("--bind", default="127.0.0.1")
    arguments = parser.parse_args()
    server = SourceServer(arguments.port, arguments.bind)
    print(json.dumps({"port": server.server_address[1]}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
