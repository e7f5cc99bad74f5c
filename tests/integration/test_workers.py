"""Workers as real processes: they share a port, are replaced, and stop with their parent."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxy.door import claim
from tests.support.ports import eventually, free_port

# Each worker answers with its process number; 'die' makes it die, SIGHUP changes what it says.
PROGRAM = """
import os, signal, socket, sys
from proxy.workers import Workers

port, young = int(sys.argv[1]), sys.argv[2] == "young"

def work(number):
    if young:
        return 3
    word = ["hello"]
    signal.signal(signal.SIGHUP, lambda *_: word.__setitem__(0, "reloaded"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    server.bind(("127.0.0.1", port))
    server.listen()
    while True:
        client, _ = server.accept()
        with client:
            if client.recv(3) == b"die":
                os._exit(9)
            client.sendall(f"{os.getpid()} {word[0]}".encode())

class Aged:
    now = 0.0
    def __call__(self):
        self.now += 0.0 if young else 100.0
        return self.now

sys.exit(Workers(work, 2, clock=Aged()).run())
"""


@contextlib.contextmanager
def running(port: int, age: str = "old") -> Iterator[subprocess.Popen[bytes]]:
    """Run the program with two workers; its workers end with it."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(port), age], env={"PYTHONPATH": str(Path.cwd())}
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def ask(port: int, word: bytes = b"who") -> tuple[int, str] | None:
    """Give the process and the word of whichever worker answers."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            client.sendall(word)
            process, _, answer = client.recv(100).decode().partition(" ")
    except OSError:
        return None
    return (int(process), answer) if process else None


def both(port: int, word: str = "hello") -> frozenset[int]:
    """Wait until two workers say `word`; give their processes."""

    def two() -> frozenset[int]:
        found = {answer for _ in range(20) if (answer := ask(port)) is not None}
        processes = frozenset(process for process, _ in found)
        return processes if len(processes) == 2 and {said for _, said in found} == {word} else frozenset()

    return eventually(two, what="two workers")


def is_gone(process: int) -> bool:
    """Whether a process has ended."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def test_dead_worker_is_replaced_and_signals_go_on() -> None:
    """Two workers share a port; one that dies is replaced; SIGHUP reaches both, SIGTERM ends all with 0."""
    port = free_port()
    with running(port) as parent:
        before = both(port)
        ask(port, b"die")
        after = eventually(lambda: found if (found := both(port)) != before else None, what="another worker")
        assert len(before & after) == 1
        parent.send_signal(signal.SIGHUP)
        assert both(port, "reloaded") == after
        parent.send_signal(signal.SIGTERM)
        assert parent.wait(10) == 0
        assert all(is_gone(process) for process in after)


def test_workers_do_not_outlive_their_parent() -> None:
    """When the parent is killed, its workers stop."""
    port = free_port()
    with running(port) as parent:
        workers = both(port)
        parent.kill()
        eventually(lambda: all(is_gone(process) for process in workers), what="the workers' end")


def test_worker_that_cannot_start_ends_the_service() -> None:
    """A worker that ends at once is not started again and again: its exit code is the service's."""
    with running(free_port(), "young") as parent:
        assert parent.wait(10) == 3


def test_taken_port_is_told() -> None:
    """A port that somebody listens on cannot be claimed; a free one can."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(OSError, match="in use"):
            claim(address)
    claim(address)
