"""What the gate costs: processor time that it adds to a request, and its memory for a large upload.

python -m tests.benchmarks.gate
"""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Callable
from urllib.parse import urlencode

from proxy.protocols import xmlrpc
from proxy.protocols.http import Head
from proxy.protocols.recognise import Ordinary, inspect
from tests.benchmarks.report import table

PIECE = 65_536
FORM = "application/x-www-form-urlencoded"


def head(method: str, target: str, kind: str = "") -> Head:
    """Write the head of a request as a browser would."""
    headers = (("Host", "blog.example"), ("User-Agent", "benchmark"), ("Accept", "*/*"), ("Cookie", "a=b"))
    more = (("Content-Type", kind),) if kind else ()
    return Head(method=method, raw_target=target, headers=headers + more, blog_url="https://blog.example")


def look(request: Head, body: bytes) -> None:
    """Let the gate see a request whose body comes in pieces as the server reads them."""
    inspection = inspect(request)
    if inspection is not None:
        for start in range(0, len(body), PIECE):
            inspection.feed(body[start : start + PIECE])
        assert inspection.close() == Ordinary()


def microseconds(work: Callable[[], None], times: int) -> float:
    """Measure processor time, the best of five rounds."""
    best = float("inf")
    for _ in range(5):
        begun = time.process_time()
        for _ in range(times):
            work()
        best = min(best, (time.process_time() - begun) / times)
    return best * 1e6


def peak(work: Callable[[], None]) -> int:
    """Measure how much more memory is held at once than before."""
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def main() -> None:
    """Print the figures."""
    form = urlencode({f"field-{i}": f"some words and a number {i} " * 8 for i in range(45)}).encode()
    upload = xmlrpc.render_call(
        "metaWeblog.newMediaObject", [1, "user", "password", {"bits": b"x" * 7_500_000}]
    )
    part = b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
    multipart = part + random.Random(1).randbytes(10_000_000) + b"\r\n--B--\r\n"
    rows = (
        ("GET of a page", head("GET", "/2024/01/bread/?utm_source=feed"), b"", 20_000),
        ("GET of a style sheet", head("GET", "/wp-content/themes/x/style.css?ver=6.1"), b"", 20_000),
        ("POST of a form", head("POST", "/contact/", FORM), form, 1_000),
        ("POST of JSON", head("POST", "/wp-json/wp/v2/posts", "application/json"), form, 20_000),
        ("upload by a form", head("POST", "/contact/", "multipart/form-data; boundary=B"), multipart, 3),
        ("upload by XML-RPC", head("POST", "/xmlrpc.php", "text/xml"), upload, 3),
    )
    lines = []
    for name, request, body, times in rows:
        cost = microseconds(lambda request=request, body=body: look(request, body), times)  # type: ignore[misc]
        held = peak(lambda request=request, body=body: look(request, body))  # type: ignore[misc]
        lines.append(
            (name, f"{len(body):,}", f"{cost:,.0f}" if cost >= 100 else f"{cost:.1f}", f"{held / 1e6:.2f}")
        )
    print(table(["", "bytes", "µs", "MB held"], lines))


if __name__ == "__main__":
    main()
