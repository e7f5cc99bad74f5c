"""One request shape, the site that it is aimed at, and a socket that sends it exactly as it is."""

from __future__ import annotations

import itertools
import socket
import threading
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from tests.rig import BlogPost, Rig


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A request, byte for byte."""

    kind: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def wire(self, host: str) -> bytes:
        """Write the request as it goes over the wire."""
        lines = [f"{self.method} {self.target} HTTP/1.1", f"Host: {host}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines += [f"Content-Length: {len(self.body)}", "", ""]
        return "\r\n".join(lines).encode("latin-1") + self.body


def send(shape: Shape, port: int, host: str) -> bytes:
    """Send a shape and return the whole answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(shape.wire(host))
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
        return answer


class Sources(ThreadingHTTPServer):
    """Serves one page for each source that was handed out, with a link to what it was handed out for."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        super().__init__(("127.0.0.1", 0), _Page)

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self.server_close()


class _Page(BaseHTTPRequestHandler):
    server: Sources

    def do_GET(self) -> None:
        body = self.server.pages.get(self.path, b"")
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A WordPress with its posts, and the sources that ping it."""

    rig: Rig = field(repr=False)
    sources: Sources = field(repr=False)
    # All of one length: what is drawn may not depend on how much was drawn before.
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1_000_001), repr=False)

    @property
    def url(self) -> str:
        """The blog's public base address."""
        return self.rig.public_url

    @property
    def host(self) -> str:
        """The blog's public Host."""
        return urlsplit(self.url).netloc

    @property
    def root(self) -> str:
        """The folder that the blog lives in, '' for none."""
        return urlsplit(self.url).path

    def posts(self) -> list[BlogPost]:
        """List the posts that shapes aim at: ordinary and special ones."""
        return [*self.rig.posts[:3], *self.rig.special.values()]

    def new_source(self, target: str = "") -> str:
        """Hand out the address of a source page that links to `target`."""
        path = f"/source/{next(self.numbers)}/"
        page = f'<title>Page {path}</title><p>Words around <a href="{escape(target)}">a link</a> here.</p>'
        self.sources.pages[path] = page.encode("utf-8", "replace")
        return f"http://127.0.0.1:{self.sources.server_port}{path}"

    def post_of(self, target: str) -> int | None:
        """Say which post an address names, by the posts' own addresses and ids."""
        path, _, query = target.removeprefix(self.url).partition("?")
        path = path.removeprefix("/index.php")
        for post in (*self.rig.posts, *self.rig.special.values()):
            named = {f"{key}={post.id}" for key in ("p", "page_id", "attachment_id")}
            if query in named | {f"{key}={post.slug}" for key in ("name", "pagename")}:
                return post.id
            own = post.path.removeprefix("/index.php")
            if not query and path.strip("/").lower() == own.strip("/").lower():
                return post.id
        return None
