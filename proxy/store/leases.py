"""Leases: who works on a linkback, and when somebody else may take it up. Pure but for `is_running`."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from dataclasses import dataclass

JUDGING_SECONDS = 120.0  # longer than any judging takes
LONGEST_SECONDS = 3600.0  # a lease that ends later was given by a clock that has been set back since


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who holds a linkback, and until when."""

    id: int
    owner: str  # HOST/PID/TOKEN
    until: float


def is_lost(
    lease: Lease, *, owner: str, now: float, under_way: Collection[int], runs: Callable[[int], bool]
) -> bool:
    """Say whether a lease's holder is gone, as seen by the process `owner`.

    What is under way in this very process is never lost, wherever the clock has jumped to.
    """
    if lease.owner == owner and lease.id in under_way:
        return False
    if not now <= lease.until <= now + LONGEST_SECONDS:
        return True
    return _is_dead(lease.owner, owner, runs)


def _is_dead(holder: str, owner: str, runs: Callable[[int], bool]) -> bool:
    """Say whether the holder was a process of this host that has ended."""
    host, _, rest = holder.partition("/")
    own_host, _, own = owner.partition("/")
    pid, _, token = rest.partition("/")
    own_pid, _, own_token = own.partition("/")
    if host != own_host or not pid.isdigit():
        return False
    return token != own_token if pid == own_pid else not runs(int(pid))


def is_running(pid: int) -> bool:
    """Say whether a process of this number runs here."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
