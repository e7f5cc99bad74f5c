"""Several workers of one service: processes that share the port, forked and watched by a parent.

The parent starts nothing else and serves nobody. It forks after everything was imported, so that the workers
share those pages; a worker that dies is replaced; SIGTERM, SIGINT and SIGHUP go on to all. A worker that dies
young would die again: then all are stopped, and its exit code is the parent's. Workers whose parent is gone
stop by themselves. For POSIX systems.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import FrameType

YOUNG_SECONDS = 5.0  # a worker that ends before could not start


class Workers:
    """Runs `work` in `count` processes until told to stop. Each is given a number, its successor the same."""

    def __init__(
        self, work: Callable[[int], int], count: int, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._work = work
        self._count = count
        self._clock = clock
        self._started: dict[int, float] = {}  # by process
        self._numbers: dict[int, int] = {}  # likewise
        self._is_stopping = False

    def run(self) -> int:
        """Run until all workers have ended; give the exit code."""
        self._lifeline = os.pipe()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGHUP, lambda number, _frame: self._tell(number))
        gc.collect()
        gc.freeze()  # what is here now stays; looking through it again would only copy its pages
        code = 0
        for worker in range(self._count):
            self._fork(worker)
        while self._started:
            process, status = os.waitpid(-1, 0)
            code = max(code, self._bury(process, os.waitstatus_to_exitcode(status)))
        return code

    def _bury(self, process: int, code: int) -> int:
        """Replace a dead worker, or stop all if it makes no sense; give what its end means for us."""
        if process not in self._started:
            return 0  # the nursery of page readers; who needs it starts another
        age = self._clock() - self._started.pop(process)
        worker = self._numbers.pop(process)
        if self._is_stopping:
            return 0
        if age < YOUNG_SECONDS:
            self._stop()
            return abs(code) or 1
        self._fork(worker)
        return 0

    def _fork(self, worker: int) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        process = os.fork()
        if process == 0:
            self._become_worker(worker)
        self._started[process], self._numbers[process] = self._clock(), worker
        if self._is_stopping:  # told so between the look and the fork
            self._tell(signal.SIGTERM)

    def _become_worker(self, worker: int) -> None:
        code = 1
        try:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            os.close(self._lifeline[1])
            threading.Thread(target=_outlive_nobody, args=(self._lifeline[0],), daemon=True).start()
            code = self._work(worker)
        except BaseException:  # noqa: BLE001  (whatever it is, this process may not go on as its parent)
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _stop(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        self._is_stopping = True
        self._tell(signal.SIGTERM)

    def _tell(self, number: int) -> None:
        for process in tuple(self._started):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)


def _outlive_nobody(lifeline: int) -> None:
    """Wait for the parent's end of a pipe to close, then stop this process in good order."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)
