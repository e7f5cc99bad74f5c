"""Processes that work for this one, and do not outlive it."""

from __future__ import annotations

import ctypes
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

PR_SET_PDEATHSIG = 1  # prctl(2): the signal that a process gets when its parent ends


def pool(processes: int) -> ProcessPoolExecutor:
    """Give so many processes, which begin with what this one holds."""
    return ProcessPoolExecutor(processes, get_context("fork"), initializer=_end_with_parent)


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
