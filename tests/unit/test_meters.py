"""Counts: every worker's are summed up, and what can be counted is bounded."""

from __future__ import annotations

import os

import pytest

from proxy import meters
from proxy.dashboard.health import limits_sign
from proxy.meters import (
    DELIVERIES,
    FAMILIES,
    FETCHES,
    JUDGING,
    JUDGING_SUM,
    LIMITED,
    LINKBACKS,
    REFUSED,
    RELAYED,
    Meters,
)
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


@pytest.mark.parametrize(
    ("limit", "good", "says"),
    [
        ("clients", True, "1 from clients that sent too many"),
        ("queue", False, "1 while the queue was full"),
        ("store", False, "1 since the database was too slow"),
    ],
)
def test_the_health_page_says_what_was_put_off(limit, good, says):
    """Limits that spare us or others are well; those that cost genuine linkbacks are a sign of trouble."""
    counted = Meters()
    assert limits_sign(counted).text.endswith(": none.")
    counted.count(LIMITED, limit)
    counted.count(FETCHES, "busy", by=3)
    sign = limits_sign(counted)
    assert (sign.good, bool(sign.advice)) == (good, not good)
    assert sign.text.endswith(f": {says}, 3 fetches put off to spare their hosts.")
