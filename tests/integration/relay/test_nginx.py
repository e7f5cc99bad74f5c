"""The relay in front of a real nginx: what it answers through the relay is what it answers directly."""

from __future__ import annotations

import gzip
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ports import await_port, free_port
from tests.support.wire import Fronts, talk

PAGE = b"<!doctype html><title>Post</title>" + b"<p>A paragraph of a post.</p>" * 500
CONF = """
pid {folder}/pid; error_log {folder}/error.log; daemon off; master_process off;
events {{ }}
http {{
  access_log off; gzip_static on; default_type text/html; client_max_body_size 1k;
  server {{
    listen 127.0.0.1:{port};
    root {folder}/html;
    location /old {{ return 301 /page.html; }}
    location /none {{ return 204; }}
    location /seen {{ return 200 "$request_method $request_uri $http_host $http_x_forwarded_for\\n"; }}
    location /put {{ proxy_pass http://127.0.0.1:{port}/seen; }}
    location /cookies {{ add_header Set-Cookie a=1; add_header Set-Cookie b=2; return 200 ok; }}
  }}
}}
"""


@pytest.fixture(scope="module")
def nginx() -> Iterator[int]:
    """Run nginx with a page and its compressed copy; give its port."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        folder.chmod(0o755)
        (folder / "html").mkdir()
        (folder / "html/page.html").write_bytes(PAGE)
        (folder / "html/page.html.gz").write_bytes(gzip.compress(PAGE))
        (folder / "nginx.conf").write_text(CONF.format(folder=folder, port=port))
        process = subprocess.Popen(["/usr/sbin/nginx", "-c", folder / "nginx.conf"])
        try:
            await_port(port, process)
            yield port
        finally:
            process.terminate()
            process.wait()


CASES = [
    ("GET /page.html", "", b""),
    ("GET /page.html", "Accept-Encoding: gzip\r\n", b""),
    ("HEAD /page.html", "", b""),
    ("HEAD /page.html", "Accept-Encoding: gzip\r\n", b""),
    ("GET /page.html", "Range: bytes=5-9\r\n", b""),
    ("GET /page.html", "Range: bytes=0-1,5-6\r\n", b""),
    ("GET /page.html", "Range: bytes=999999-\r\n", b""),
    ("GET /page.html", "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n", b""),
    ("GET /old", "", b""),
    ("GET /none", "", b""),
    ("GET /absent%2F..//x", "", b""),
    ("GET /cookies", "", b""),
    ("POST /page.html", "Content-Length: 3\r\n", b"abc"),
    ("POST /seen/%2e/x?a=%20", "Content-Length: 3\r\n", b"abc"),
    ("PUT /put", "Transfer-Encoding: chunked\r\n", b"3\r\nabc\r\n0\r\n\r\n"),
    ("PUT /put", "Content-Length: 2000\r\n", b"a" * 2000),
    ("OPTIONS /page.html", "", b""),
]


def facts(answer: bytes) -> tuple[bytes, set[bytes], bytes]:
    """Give what must be equal of an answer: status line, headers but those of the moment, and body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    passing = (b"date:", b"connection:", b"content-type: multipart/byteranges; boundary=")
    headers = {line for line in lines[1:] if not line.lower().startswith(passing)}
    boundary = next((line.rpartition(b"=")[2] for line in lines if b"; boundary=" in line), b"\0")
    return lines[0], headers, body.replace(boundary, b"")


@pytest.mark.parametrize(("line", "headers", "body"), CASES)
async def test_nginx_answers_through_the_relay_as_it_does_directly(
    relaying: Fronts, nginx: int, line: str, headers: str, body: bytes
) -> None:
    """Compressed, partial, unchanged, moved, missing or refused: the answer is nginx's own."""
    head = f"{line} HTTP/1.1\r\nHost: blog.example\r\nX-Forwarded-For: 127.0.0.1\r\nConnection: close\r\n"
    request = (head + headers + "\r\n").encode() + body
    direct = await talk(nginx, request)
    async with relaying(f"http://127.0.0.1:{nginx}") as port:
        assert facts(await talk(port, request)) == facts(direct)
    assert direct.startswith(b"HTTP/1.1 ")
