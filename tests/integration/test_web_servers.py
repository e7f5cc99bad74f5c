"""The configuration files of packaging/, each in its real web server: which requests go through the proxy."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import threading
from collections.abc import Iterator

import pytest

from tests.rig import Rig
from tests.support.web_servers import WEB_SERVERS, Fitting, in_front_of

pytestmark = pytest.mark.wordpress

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
POST = "/2024/01/feeding-a-sourdough-starter-through-a-cold-winter/"

# method, path, headers, body, whether it goes through the proxy
ROUTES = [
    ("GET", "/", {}, "", False),
    ("GET", POST, {}, "", False),
    ("GET", "/?s=caf%C3%A9", {}, "", False),
    ("GET", "/wp-includes/css/dashicons.min.css", {}, "", False),
    ("GET", "/wp-login.php", {}, "", False),
    ("GET", "/wp-json/wp/v2/posts", {}, "", False),
    ("POST", "/wp-login.php", FORM, "log=a&pwd=b", False),
    ("POST", "/wp-comments-post.php", FORM, "comment=x", False),
    ("POST", "/wp-admin/admin-ajax.php", FORM, "action=heartbeat", False),
    ("POST", "/wp-json/wp/v2/posts", JSON, "{}", False),
    ("POST", "/xmlrpc.php", {"Content-Type": "text/xml"}, "<methodCall/>", True),
    ("GET", "/xmlrpc.php?rsd", {}, "", True),
    ("POST", "//xmlrpc.php", {}, "<methodCall/>", True),
    ("POST", "/%78mlrpc.php", {}, "<methodCall/>", True),
    ("POST", "/wp-admin/../xmlrpc.php", {}, "<methodCall/>", True),
    ("POST", "/xmlrpc.php/more", {}, "<methodCall/>", True),
    ("POST", f"{POST}trackback/", FORM, "url=http://a.example/", True),
    ("POST", f"{POST}%74rackback", FORM, "url=http://a.example/", True),
    ("POST", "/wp-trackback.php?p=4", FORM, "url=http://a.example/", True),
    ("POST", POST, FORM, "tb=1&url=http://a.example/&title=t", True),
    ("POST", "/", FORM, "tb=1&p=4&url=http://a.example/&title=t", True),
    ("POST", "/?tb=1", FORM, "url=http://a.example/", True),
    ("POST", "/wp-admin/no-such-file.php", FORM, "tb=1&p=4&url=http://a.example/&title=t", True),
    ("POST", "/wp-admin/index.php/more", FORM, "tb=1", True),
    ("POST", "/wp-admin/admin-ajax.php?tb=1", FORM, "", True),
    ("POST", "/wp-login.php?%74b=1", FORM, "", True),
    ("POST", "/wp-json/wp/v2/media", FORM, "tb=1", True),
    ("POST", "/wp-json/webmention/1.0/endpoint", FORM, "source=a", True),
    ("POST", "/wp-json/webmention/1.0/endpoint", JSON, "{}", True),
    ("POST", "/webmention", FORM, "source=a", True),
    ("GET", "/?rest_route=/webmention/1.0/endpoint&_method=POST", {}, "", True),
    ("GET", "/?rest%5Froute=x", {}, "", True),
    ("GET", "/", {"X-HTTP-Method-Override": "POST"}, "", True),
]
# nginx cannot ask here whether the file exists; its PHP location does, and then answers 404 itself.
NOWHERE = {("nginx", "/wp-admin/no-such-file.php")}


class Echo(http.server.BaseHTTPRequestHandler):
    """Stands where the proxy listens and says what reached it."""

    def do_GET(self) -> None:
        """Answer with what was asked."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = f"{self.command} {self.path}\n".encode() + body
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("Went", "proxy")
        for name in ("Host", "X-Forwarded-For", "X-Forwarded-Proto"):
            self.send_header(f"Saw-{name}", self.headers.get(name, ""))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def echo() -> Iterator[int]:
    """Run an echo and yield its port."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def ask(
    port: int, method: str, path: str, headers: dict[str, str], body: str = ""
) -> http.client.HTTPResponse:
    """Ask a server on loopback."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body=body.encode(), headers=headers)
    response = connection.getresponse()
    response.text = response.read().decode(errors="replace")
    connection.close()
    return response


@pytest.fixture(params=list(WEB_SERVERS), scope="module")
def front(request: pytest.FixtureRequest, wordpress_of_session: Rig) -> Iterator[tuple[str, Fitting]]:
    """Run each web server in turn, an echo standing where the proxy listens."""
    with (
        echo() as proxy_port,
        in_front_of(wordpress_of_session, request.param, proxy_port=proxy_port) as fitting,
    ):
        yield request.param, fitting


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route[0]} {route[1]}")
def test_route(front: tuple[str, Fitting], route: tuple[str, str, dict[str, str], str, bool]) -> None:
    """What can be a linkback goes through the proxy, and nothing else does."""
    name, fitting = front
    method, path, headers, body, through = route
    response = ask(fitting.port, method, path, headers, body)
    if (name, path) in NOWHERE:
        assert response.status == 404
    else:
        assert (response.getheader("Went") == "proxy") is through, (response.status, response.text[:300])
        assert not through or body in response.text


def test_direct_requests_reach_wordpress(front: tuple[str, Fitting]) -> None:
    """A page that does not go through the proxy is WordPress's own."""
    response = ask(front[1].port, "GET", "/wp-login.php", {})
    assert (response.status, "Rig Test Journal" in response.text) == (200, True)


def test_proxy_learns_who_asks(front: tuple[str, Fitting]) -> None:
    """The proxy is told the public Host, the client's address (never a forged one) and the scheme."""
    port = front[1].port
    response = ask(port, "POST", "/xmlrpc.php", {"X-Forwarded-For": "203.0.113.9"}, "x")
    seen = [response.getheader(f"Saw-{name}") for name in ("Host", "X-Forwarded-For", "X-Forwarded-Proto")]
    assert seen[0] == f"127.0.0.1:{port}"
    assert seen[1].split(",")[-1].strip() == "127.0.0.1"
    assert seen[2] == "http"


def test_inner_server_is_wordpress(front: tuple[str, Fitting]) -> None:
    """The inner server, which the proxy passes on to, never asks the proxy again."""
    response = ask(front[1].inner_port, "POST", "/xmlrpc.php", {"Content-Type": "text/xml"}, "<methodCall/>")
    assert response.getheader("Went") is None
    assert "methodResponse" in response.text


@pytest.mark.parametrize("name", list(WEB_SERVERS))
def test_whole_site(name: str, wordpress_of_session: Rig) -> None:
    """In the second variant, everything goes through the proxy."""
    paths = ["/", "/wp-login.php", "/wp-includes/css/dashicons.min.css", "/xmlrpc.php"]
    with (
        echo() as proxy_port,
        in_front_of(wordpress_of_session, name, proxy_port=proxy_port, whole_site=True) as fitting,
    ):
        assert [ask(fitting.port, "GET", path, {}).getheader("Went") for path in paths] == ["proxy"] * 4
