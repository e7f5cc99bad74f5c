"""What the addresses alone say."""

import pytest

from proxy.linkback import Linkback, Protocol
from proxy.policy import Action, Reason
from proxy.screen import House, listed, screen

HOUSE = House(
    urls=("https://blog.example/~me", "https://blog.example.net"),
    allow=("friend.example", "host.example/~ann/"),
    deny=("spam.example",),
    closed=("/~me/old/*",),
    self_pings=Action.FORWARD,
)
POST = "https://blog.example/~me/post/"


def claim(source, target=POST, protocol=Protocol.PINGBACK):
    return Linkback(protocol=protocol, source=source, target=target)


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        ("https://a.example/", POST, None),
        ("ftp://a.example/", POST, Reason.BAD_SOURCE),
        ("javascript:alert(1)", POST, Reason.BAD_SOURCE),
        ("https://a.example/", "https://elsewhere.example/", Reason.FOREIGN_TARGET),
        ("https://a.example/", "https://blog.example/~other/", Reason.FOREIGN_TARGET),
        ("https://a.example/", "https://blog.example.net/2009/", None),
        ("https://a.example/", "https://blog.example/~me/old/post/", Reason.CLOSED),
        ("https://a.example/", "https://blog.example/~me/index.php/old/post/", Reason.CLOSED),
        ("https://blog.example/~me/post", POST, Reason.SAME_PAGE),
        ("https://blog.example/~me/newer/", POST, Reason.SELF_PING),
        ("http://www.blog.example.net/newer/", POST, Reason.SELF_PING),
        ("https://blog.example/~other/", POST, None),  # a neighbour on the same host is not ourselves
        ("https://www.spam.example/x", POST, Reason.DENIED),
        ("https://notspam.example/x", POST, None),
    ],
)
def test_screening(source, target, reason):
    """Each claim that needs no look at its page gets its reason."""
    assert screen(claim(source, target), HOUSE).reason is reason


def test_nobody_checks_a_forged_self_trackback():
    """A trackback that claims to come from the blog itself is held where a pingback is forwarded."""
    source = "https://blog.example/~me/newer/"
    assert screen(claim(source), HOUSE).action is Action.FORWARD
    assert screen(claim(source, protocol=Protocol.TRACKBACK), HOUSE).action is Action.QUARANTINE


@pytest.mark.parametrize(
    ("source", "is_listed"),
    [
        ("https://friend.example/", True),
        ("http://blog.friend.example:8080/x?y", True),
        ("https://www.friend.example/", True),
        ("https://friend.example.evil.example/", False),
        ("https://evilfriend.example/", False),
        ("https://host.example/~ann/post", True),
        ("https://host.example/~ann", True),
        ("https://host.example/~anna/post", False),
        ("https://host.example/", False),
        ("https://friend.example@evil.example/", False),
    ],
)
def test_lists(source, is_listed):
    """A domain stands for its subdomains, a prefix for what lies below it, and nothing else."""
    assert listed(source, HOUSE.allow) is is_listed
