"""Counts: every worker's are summed up, and what can be counted is bounded."""

from __future__ import annotations

import os

import pytest

from proxy import meters
from proxy.meters import DELIVERIES, FAMILIES, JUDGING, JUDGING_SUM, LINKBACKS, REFUSED, RELAYED, Meters
from proxy.policy import Reason


def test_processes_count_together():
    """What a child counts in its row is in the parent's sum, and a child in its place goes on from there."""
    counted = Meters(workers=2)
    counted.count(RELAYED)
    for _ in range(2):
        if not (child := os.fork()):
            counted.worker = 1
            counted.count(RELAYED, by=10)
            os._exit(0)
        os.waitpid(child, 0)
    assert counted.total(RELAYED) == 21


def test_the_number_of_series_is_bounded():
    """All families together have so many series, whatever is sent."""
    assert sum(len(family.values) for family in FAMILIES) < 350
    counted = Meters()
    counted.count(REFUSED, "a reason of tomorrow")
    assert list(counted.samples(REFUSED)) == [((meters.OTHER,), 1.0)]
    with pytest.raises(KeyError):
        counted.count(DELIVERIES, "no outcome")


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_counted(reason):
    """Each reason has its series."""
    counted = Meters()
    counted.count(LINKBACKS, "pingback", "reject", reason)
    assert list(counted.samples(LINKBACKS)) == [(("pingback", "reject", reason), 1.0)]


@pytest.mark.parametrize(("seconds", "bound"), [(0.0, "0.05"), (0.05, "0.05"), (0.06, "0.1"), (1000, "inf")])
def test_a_duration_falls_into_the_first_bucket_that_holds_it(seconds, bound):
    """Bounds are inclusive, and the last bucket holds all the rest."""
    counted = Meters()
    counted.took(seconds)
    assert list(counted.samples(JUDGING)) == [((bound,), 1.0)]
    assert counted.total(JUDGING_SUM) == seconds
