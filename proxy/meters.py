"""What is counted while the service runs, by every worker, and summed up where it is asked for.

The workers count in memory that they share, each in a row of its own: so no count needs a lock, and a worker
that replaces another goes on where that one ended. All that can be counted is known beforehand, so memory
and the number of time series are bounded. Counts begin with the service.
"""

from __future__ import annotations

import itertools
import mmap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from proxy.linkback import FetchReason, Protocol
from proxy.policy import Action, Reason
from proxy.protocols.http import OutcomeKind

OTHER = "other"  # whatever has a name that was not foreseen
REFUSALS = (
    "unreadable-xmlrpc",
    "no-method-call",
    "ambiguous-xmlrpc",
    "batch-too-long",
    "denied-method",
    "no-claim",
    "ambiguous-form",
    "ambiguous-headers",
    "content-encoding",
    OTHER,
)
# Upper bounds in seconds: a sender waits 3 s, a judging ends after 90.
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 90.0, float("inf"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Something that is counted: what its labels are called, and all that they can be."""

    name: str
    text: str
    labels: tuple[str, ...] = ()
    values: tuple[tuple[str, ...], ...] = ((),)


def _one(*values: str) -> tuple[tuple[str, ...], ...]:
    return tuple((value,) for value in values)


LINKBACKS = Family(
    name="linkbacks",
    text="Linkbacks that were decided, by protocol, action and reason.",
    labels=("protocol", "action", "reason"),
    values=tuple(itertools.product(Protocol, Action, Reason)),
)
AGAIN = Family(name="linkbacks_again", text="Linkbacks that were known already when they came.")
REFUSED = Family(
    name="refusals",
    text="Requests that could be linkbacks and were not understood.",
    labels=("reason",),
    values=_one(*REFUSALS),
)
LIMITED = Family(
    name="limited",
    text="Refused for a while: clients (linkbacks), callers (XML-RPC), turns and queue (too many at once), "
    "store (not recorded in time).",
    labels=("limit",),
    values=_one("clients", "callers", "turns", "queue", "store"),
)
FETCHES = Family(
    name="fetches",
    text="Fetches of sources; 'busy' are those put off by the limits for each host.",
    labels=("result",),
    values=_one("page", *FetchReason),
)
DELIVERIES = Family(
    name="deliveries",
    text="Deliveries to the blogs, by what came of them.",
    labels=("result",),
    values=_one(*OutcomeKind),
)
RELAYED = Family(name="relayed", text="Requests that were no linkbacks and were relayed.")
JUDGING = Family(
    name="judging_seconds", text="Seconds of judging, the fetch included.", labels=("le",),
    values=_one(*map(str, BUCKETS)),
)  # fmt: skip
JUDGING_SUM = Family(name="judging_seconds_sum", text="")
FAMILIES = (LINKBACKS, AGAIN, REFUSED, LIMITED, FETCHES, DELIVERIES, RELAYED, JUDGING, JUDGING_SUM)


class Meters:
    """The counts of all workers. Made by their parent; `worker` is the row that this process counts in."""

    def __init__(self, workers: int = 1) -> None:
        keys = ((family.name, *values) for family in FAMILIES for values in family.values)
        self._slots = {key: number for number, key in enumerate(keys)}
        self._workers = workers
        self._cells = memoryview(mmap.mmap(-1, 8 * workers * len(self._slots))).cast("d")
        self.worker = 0

    def count(self, family: Family, *values: str, by: float = 1.0) -> None:
        """Count something; an unforeseen value counts as `other`, where there is such."""
        slot = self._slots.get((family.name, *values))
        if slot is None:
            slot = self._slots[family.name, OTHER]
        self._cells[self.worker * len(self._slots) + slot] += by

    def took(self, seconds: float) -> None:
        """Count one judging."""
        self.count(JUDGING, str(next(bound for bound in BUCKETS if seconds <= bound)))
        self.count(JUDGING_SUM, by=seconds)

    def total(self, family: Family, *values: str) -> float:
        """Sum up over the workers."""
        slot = self._slots[family.name, *values]
        return sum(self._cells[slot :: len(self._slots)])

    def samples(self, family: Family) -> Iterator[tuple[Sequence[str], float]]:
        """Give the sums of a family that are not zero, with their labels' values."""
        for values in family.values:
            if total := self.total(family, *values):
                yield values, total
