"""How far long work is: a bar that moves on a terminal, elsewhere a line for each tenth."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

Progress = Callable[[str, float], None]  # what is being done, and the share of it that is done

WIDTH = 24
TENTHS = 10


class Bar:
    """Shows one piece of work after another, each with its time."""

    def __init__(self) -> None:
        self._what, self._tenth, self._began = "", -1, 0.0

    def __call__(self, what: str, share: float) -> None:
        """Show how far something is."""
        now = time.monotonic()
        if what != self._what:
            self._what, self._tenth, self._began = what, -1, now
        tenth = int(share * TENTHS)
        if sys.stderr.isatty():
            end = "\n" if share >= 1 else ""
            print(f"\r\033[K{bar(what, share, now - self._began)}", end=end, file=sys.stderr, flush=True)
        elif tenth != self._tenth:
            self._tenth = tenth
            print(bar(what, share, now - self._began), file=sys.stderr, flush=True)


def bar(what: str, share: float, seconds: float) -> str:
    """Give the line that says how far something is."""
    full = int(min(share, 1.0) * WIDTH)
    return f"[{'#' * full}{'.' * (WIDTH - full)}] {min(share, 1.0):4.0%} {seconds:5.0f} s  {what}"


def silent(_what: str, _share: float) -> None:
    """Show nothing."""
