"""What is no linkback is never refused: 500 ordinary requests arrive upstream with their bytes unchanged.

The requests are made from a table of the things that people, apps and plugins do to a WordPress, with a
fixed seed for what fills them. Those that name words of linkbacks on purpose are the point of the test.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import urlencode

import pytest

from proxy.protocols import xmlrpc
from tests.support.proxy import ProxyProcess, running_proxy
from tests.support.tape import Tape

SEED = 20_050_117
FORM = "application/x-www-form-urlencoded"
WORDS = (
    *("bread", "winter", "trackback", "pingback", "tb", "url", "title", "excerpt", "blog_name", "xmlrpc"),
    *("source", "target", "café", "東京", "привет", "spam", "&", "=", "%", "+", "<b>", ";", '"', "'"),
)


class Ordinary(NamedTuple):
    """One request, as its client would send it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Maker = Callable[[random.Random], Ordinary]


def words(rng: random.Random, count: int = 6) -> str:
    return " ".join(rng.choices(WORDS, k=count))


def get(target: str, **headers: str) -> Ordinary:
    return Ordinary("GET", target, headers, b"")


def form(target: str, **fields: str) -> Ordinary:
    return Ordinary("POST", target, {"Content-Type": FORM}, urlencode(fields).encode())


def multipart(rng: random.Random, target: str, fields: dict[str, str], size: int) -> Ordinary:
    edge = f"----edge{rng.getrandbits(60):x}"
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n'
    parts.append(head.encode() + b"Content-Type: image/jpeg\r\n\r\n" + rng.randbytes(size) + b"\r\n")
    body = b"".join(parts) + f"--{edge}--\r\n".encode()
    return Ordinary("POST", target, {"Content-Type": f"multipart/form-data; boundary={edge}"}, body)


def call(method: str, *params: xmlrpc.Value, **headers: str) -> Ordinary:
    body = xmlrpc.render_call(method, list(params))
    return Ordinary("POST", "/xmlrpc.php", {"Content-Type": "text/xml"} | headers, body)


def page(rng: random.Random) -> Ordinary:
    slug = rng.choice(("hello-world", "on-trackback-spam", "why-i-like-pingbacks", "xmlrpc-explained"))
    return get(f"/2024/0{rng.randint(1, 9)}/{slug}/", Cookie="wordpress_test_cookie=1")


def search(rng: random.Random) -> Ordinary:
    return get("/?" + urlencode({"s": words(rng), "paged": str(rng.randint(1, 9))}))


def comment(rng: random.Random) -> Ordinary:
    """Fill the comment form, which has `url`; plugins add `title`."""
    fields = {"author": words(rng, 2), "email": "a@b.example", "url": "https://c.example/", "submit": "Post"}
    review = {"title": words(rng, 3), "rating": "5"} if rng.random() < 0.5 else {}
    return form(
        "/wp-comments-post.php",
        **fields,
        **review,
        comment=words(rng, 40),
        comment_post_ID=str(rng.randint(1, 99)),
    )


def login(rng: random.Random) -> Ordinary:
    return form("/wp-login.php", log="admin", pwd=words(rng, 3), redirect_to="https://b.example/wp-admin/")


def ajax(rng: random.Random) -> Ordinary:
    return form("/wp-admin/admin-ajax.php", action="heartbeat", url="https://x.example/", title=words(rng))


def rest(rng: random.Random) -> Ordinary:
    body = json.dumps(
        {"title": words(rng), "content": words(rng, 60), "source": "https://a.example/"}
    ).encode()
    target = f"/wp-json/wp/v2/posts/{rng.randint(1, 99)}"
    return Ordinary(rng.choice(("POST", "PUT", "PATCH")), target, {"Content-Type": "application/json"}, body)


def feed(rng: random.Random) -> Ordinary:
    agent = {"User-Agent": "FeedReader/1", "If-None-Match": '"abc"'}
    return get(
        rng.choice(("/feed/", "/comments/feed/", "/?feed=rss2", "/sitemap.xml", "/robots.txt")), **agent
    )


def upload(rng: random.Random) -> Ordinary:
    target = rng.choice(("/wp-admin/async-upload.php", "/wp-json/wp/v2/media"))
    return multipart(rng, target, {"name": words(rng, 2), "title": words(rng)}, rng.randint(10, 120_000))


def contact(rng: random.Random) -> Ordinary:
    """Fill a contact form, which may well ask for a title and an address on the web, by just these names."""
    fields = {"title": words(rng, 3), "url": "https://x.example/", "message": words(rng, 30)}
    target = rng.choice(("/contact/", "/wp-json/contact-form-7/v1/contact-forms/5/feedback"))
    return multipart(rng, target, fields, 100) if rng.random() < 0.5 else form(target, **fields)


def camera(rng: random.Random) -> Ordinary:
    """Upload as simple devices do, with a form that no browser would write."""
    head = "--edge\nContent-Disposition: form-data; name=image; filename*=a.jpg\nTitle: x\n\n"
    body = head.encode() + rng.randbytes(5_000) + b"\n--edge--\n"
    return Ordinary(
        "POST", "/upload.php?url=1&title=2", {"Content-Type": "multipart/form-data; boundary=edge"}, body
    )


def route(rng: random.Random) -> Ordinary:
    """Call WordPress's REST server where no address is rewritten."""
    target = "/?" + urlencode({"rest_route": "/wp/v2/posts", "_method": "PUT"})
    return form(target, title=words(rng), url="https://x.example/", status="draft")


def settings(rng: random.Random) -> Ordinary:
    return form(
        "/wp-admin/options.php", ping_sites="http://rpc.example/", trackback_url=words(rng), title="x"
    )


def app(rng: random.Random) -> Ordinary:
    """Write a post, about pingbacks too, or upload a picture, as the mobile apps do."""
    post: dict[str, xmlrpc.Value] = {"post_title": words(rng), "post_content": words(rng, 80)}
    picture: dict[str, xmlrpc.Value] = {
        "name": "a.jpg",
        "bits": base64.b64encode(rng.randbytes(90_000)).decode(),
    }
    return rng.choice(
        (
            call("wp.newPost", 1, "admin", "secret", post),
            call(
                "metaWeblog.newPost",
                1,
                "admin",
                "secret",
                {"title": "pingback.ping", "description": "x"},
                True,
            ),
            call("wp.uploadFile", 1, "admin", "secret", picture),
            call("system.listMethods"),
            call("wp.getUsersBlogs", "admin", "secret"),
            call("system.multicall", [{"methodName": "wp.getPosts", "params": [1, "admin", "secret"]}]),
        )
    )


def jetpack(rng: random.Random) -> Ordinary:
    """Call as Jetpack does, which signs the very bytes of its body."""
    one = call(
        f"jetpack.{rng.choice(('testConnection', 'jsonAPI', 'syncObject'))}", words(rng), rng.randint(1, 9)
    )
    body = one.body.replace(b"><", b">\n  <")
    signature = hmac.new(b"key", hashlib.sha1(body).digest(), "sha1").hexdigest()
    target = "/xmlrpc.php?" + urlencode({"for": "jetpack", "token": "a:1:0", "signature": signature})
    return one._replace(target=target, body=body)


MAKERS: tuple[Maker, ...] = (
    *(page, search, comment, login, ajax, rest, feed, upload, contact, camera, route, settings, app, jetpack),
)


@pytest.fixture(scope="module")
def tape() -> Iterator[Tape]:
    with Tape() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def proxy(tape: Tape, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProxyProcess]:
    upstream = f"http://127.0.0.1:{tape.server_address[1]}"
    folder = tmp_path_factory.mktemp("ordinary")
    with running_proxy(folder, upstream=upstream, public_url="http://127.0.0.1") as running:
        yield running


def test_ordinary_requests_arrive_as_they_were_sent(proxy: ProxyProcess, tape: Tape) -> None:
    """Each of 500 requests is answered by upstream, which got its very first line and body."""
    rng = random.Random(SEED)
    sent: Counter[tuple[bytes, bytes]] = Counter()
    for number in range(500):
        one = MAKERS[number % len(MAKERS)](rng)
        connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=30)
        connection.request(one.method, one.target, one.body, one.headers)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"ok"), one
        connection.close()
        sent[f"{one.method} {one.target} HTTP/1.1".encode(), one.body] += 1
    arrived = Counter(tape.requests())
    assert list((sent - arrived).elements()) == []
    assert list((arrived - sent).elements()) == []
