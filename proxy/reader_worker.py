"""The processes in which pages are read, so that no page can stop the service.

The first, started by `proxy.nursery`, reads nothing: it forks a reader for each connection that it is handed.
A reader talks over its connection: a line of JSON and the page's bytes in, a line of JSON out. JSON and no
pickle, so that a page which took over a parser could still only say something wrong about itself. It limits
its own memory before it reads anything; its time is its parent's to limit.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import signal
import socket
import sys
from dataclasses import asdict
from typing import BinaryIO

from proxy.examine import describe, examine
from proxy.maintext import main_text

NICE = 5  # pages of the blog go before pages of strangers


def main() -> None:
    """Fork readers until everybody who may ask for one is gone."""
    os.nice(NICE)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    main_text("<p>", 1)  # loads what it needs, once for all
    gc.collect()
    gc.freeze()
    control = socket.socket(fileno=sys.stdin.fileno())
    while True:
        _, ends, _, _ = socket.recv_fds(control, 1, 1)
        if not ends:
            return
        if os.fork() == 0:
            control.close()
            _read_for(socket.socket(fileno=ends[0]), int(sys.argv[1]))
            os._exit(0)
        os.close(ends[0])


def _read_for(connection: socket.socket, memory: int) -> None:
    _limit(memory)
    with contextlib.suppress(OSError), connection:
        serve(connection.makefile("rb"), connection.makefile("wb"))


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Say that we are ready, and who we are; then answer requests one by one."""
    answers.write(b"ready %d\n" % os.getpid())
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
