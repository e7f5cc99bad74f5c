"""When a linkback may be taken from the process that holds it."""

import os

import pytest

from proxy.store.leases import LONGEST_SECONDS, Lease, is_lost, is_running

ME, NOW = "host/10/a", 1000.0


@pytest.mark.parametrize(
    ("holder", "until", "under_way", "lost"),
    [
        ("host/10/a", NOW + 1, (), False),
        ("host/10/a", NOW - 1, (), True),  # its end could not be recorded
        ("host/10/a", NOW - 1, (7,), False),  # the clock has jumped
        ("host/10/z", NOW + 1, (7,), True),  # an earlier process of our number: a container started again
        ("host/11/b", NOW + 1, (), False),  # runs
        ("host/12/c", NOW + 1, (), True),  # has ended
        ("other/12/c", NOW + 1, (), False),  # of another host we know nothing
        ("other/12/c", NOW - 1, (), True),
        ("other/12/c", NOW + LONGEST_SECONDS + 1, (), True),  # given by a clock that was ahead
        ("strange", NOW + 1, (), False),
    ],
)
def test_losing_a_lease(holder, until, under_way, lost):
    """A lease is lost with its time, or with the process that held it."""
    lease = Lease(id=7, owner=holder, until=until)
    assert is_lost(lease, owner=ME, now=NOW, under_way=under_way, runs={10, 11}.__contains__) == lost


def test_running():
    """We run; number 0 is nobody's business; a number beyond all numbers does not end us."""
    assert is_running(os.getpid())
    assert is_running(1)
    assert not is_running(4194304 + 1)
    assert is_running(2**80)
