"""The process that page readers are forked from.

It has loaded what reading needs, once for all of them, so that a further reader costs milliseconds and few
megabytes, and one that had to be killed is soon replaced. It sees no page itself. Processes that are forked
from the one that made a nursery may use it too.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self


class Nursery:
    """Gives readers that may use `memory_bytes` of address space each. OSError if none can be had."""

    def __init__(self, memory_bytes: int) -> None:
        self._memory_bytes = memory_bytes
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._maker = 0  # who started the process, and may end it

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def fork(self) -> socket.socket:
        """Give our end of the connection to a new reader; a nursery that has died is replaced."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._hand_over(theirs)
            except OSError:
                self._end()
                self._start()
                self._hand_over(theirs)
        return ours

    def _hand_over(self, end: socket.socket) -> None:
        if self._control is None:
            raise BrokenPipeError("it is closed")
        socket.send_fds(self._control, [b"."], [end.fileno()])

    def _start(self) -> None:
        self._control, theirs = socket.socketpair()
        self._maker = os.getpid()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  (nothing of a stranger's stands in it)
                [sys.executable, "-m", "proxy.reader_worker", str(self._memory_bytes)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": str(Path(__file__).parent.parent)},  # and nothing of ours
            )

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None and self._maker == os.getpid():
            self._process.kill()
            self._process.wait()
        self._control = self._process = None
