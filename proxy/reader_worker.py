"""The process in which pages are read, so that no page can stop the service.

Started by `proxy.reader`, talks over its standard streams: a line of JSON and the page's bytes in, a line
of JSON out. JSON and no pickle, so that a page which took over a parser could still only say something
wrong about itself. Limits its own memory before it reads anything; its time is its parent's to limit.
"""

from __future__ import annotations

import json
import resource
import sys
from dataclasses import asdict
from typing import BinaryIO

from proxy.examine import describe, examine
from proxy.maintext import main_text


def main() -> None:
    """Read pages until the parent closes the stream."""
    _limit(int(sys.argv[1]))
    serve(sys.stdin.buffer, sys.stdout.buffer)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Say that we are ready, then answer requests one by one."""
    main_text("<p>", 1)  # loads what it needs before the first page's time begins
    answers.write(b"ready\n")
    answers.flush()
    while line := requests.readline(65_536):
        order: dict[str, str | int | bool] = json.loads(line)
        body = requests.read(int(order["size"]))
        answers.write(_answer(order, body) + b"\n")
        answers.flush()


def _answer(order: dict[str, str | int | bool], body: bytes) -> bytes:
    content_type, source = str(order["content_type"]), str(order["source"])
    if order["kind"] == "describe":
        return _line(asdict(describe(body, content_type=content_type, url=source)))
    evidence = examine(
        body,
        content_type=content_type,
        source=source,
        target=str(order["target"]),
        with_text=bool(order["with_text"]),
    )
    return _line(asdict(evidence))


def _line(fields: dict[str, object]) -> bytes:
    return json.dumps(fields).encode("ascii")


def _limit(memory: int) -> None:
    """Forbid what reading a page does not need: much memory, files, children, core dumps."""
    for kind, amount in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (amount, amount))


if __name__ == "__main__":
    main()
