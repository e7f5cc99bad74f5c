"""What becomes of a delivery: what upstream's answer means, what follows, and where it is sent."""

from __future__ import annotations

import pytest

from proxy import answers
from proxy.blogs import blogs_of
from proxy.config import Config
from proxy.deliver import LONGEST_WAIT, after
from proxy.linkback import Cutoffs, Linkback, Protocol
from proxy.protocols import pingback, trackback, xmlrpc
from proxy.protocols.http import Outcome, OutcomeKind
from proxy.protocols.xmlrpc import Fault
from proxy.store import State

PING = Linkback(protocol=Protocol.PINGBACK, source="http://a.example/", target="http://blog.example/x/")


@pytest.mark.parametrize(
    ("kind", "tries", "state", "seconds"),
    [
        (OutcomeKind.DELIVERED, 1, State.DELIVERED, 0),
        (OutcomeKind.DUPLICATE, 1, State.DELIVERED, 0),
        (OutcomeKind.SAME_WORDS, 1, State.REJECTED, 0),  # somebody else's: upstream did not store ours
        (OutcomeKind.SAME_WORDS, 2, State.DELIVERED, 0),
        (OutcomeKind.REFUSED, 1, State.REJECTED, 0),
        (OutcomeKind.UNCLEAR, 1, State.QUEUED, 15),
        (OutcomeKind.UNCLEAR, 2, State.QUEUED, 30),
        (OutcomeKind.UNCLEAR, 3, State.REJECTED, 0),
        (OutcomeKind.RETRY, 3, State.QUEUED, 60),
        (OutcomeKind.RETRY, 12, State.DEAD, 0),
    ],
)
def test_what_follows(kind: OutcomeKind, tries: int, state: State, seconds: float) -> None:
    """What may be a flood limit in disguise is tried again, a few times; nothing is tried for ever."""
    found = after(Outcome(kind=kind, detail=""), tries=tries, max_tries=12)
    assert (found[0], found[2]) == (state, seconds)
    assert after(Outcome(kind=kind, detail=""), tries=1_000, max_tries=2_000)[2] <= LONGEST_WAIT


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        (48, "The pingback has already been registered.", OutcomeKind.DUPLICATE),
        (409, "Duplicate comment detected", OutcomeKind.SAME_WORDS),
        (429, "You are posting comments too quickly. Slow down.", OutcomeKind.RETRY),
        (0, "You are posting comments too quickly. Slow down.", OutcomeKind.RETRY),
        (0, "", OutcomeKind.UNCLEAR),  # masked, as WordPress sends nearly all of them
        (17, "no link", OutcomeKind.REFUSED),
        (-32601, "no such method", OutcomeKind.REFUSED),
    ],
)
def test_faults(code: int, text: str, kind: OutcomeKind) -> None:
    """A fault says that it was delivered before, that another try makes sense, or that none does."""
    body = xmlrpc.render_fault(Fault(code=code, text=text))
    assert pingback.read_result(200, (), body).kind is kind


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, "<error>0</error>", OutcomeKind.DELIVERED),
        (
            200,
            "<error>1</error><message>There is already a ping from that URL</message>",
            OutcomeKind.DUPLICATE,
        ),
        (409, "Duplicate comment detected", OutcomeKind.SAME_WORDS),
        (429, "You are posting comments too quickly", OutcomeKind.RETRY),
        (200, "<html>a page</html>", OutcomeKind.RETRY),
        (200, "<error>1</error><message>Sorry, trackbacks are closed</message>", OutcomeKind.REFUSED),
    ],
)
def test_trackback_answers(status: int, body: str, kind: OutcomeKind) -> None:
    """A trackback's answer is read from its body before its status."""
    assert trackback.read_result(status, (), body.encode()).kind is kind


@pytest.mark.parametrize(
    ("blog", "path"),
    [
        ({"url": "http://blog.example"}, "/xmlrpc.php"),
        ({"url": "http://blog.example/blog/"}, "/blog/xmlrpc.php"),
        ({"url": "http://blog.example", "xmlrpc_path": "/wp/xmlrpc.php"}, "/wp/xmlrpc.php"),
    ],
)
def test_where_pingbacks_go(blog: dict[str, str], path: str) -> None:
    """A pingback goes to the blog's own xmlrpc.php, or to where the owner says that WordPress lives."""
    config = Config.model_validate({"blogs": [{"upstream": "http://127.0.0.1:8080", **blog}]})
    site = next(iter(blogs_of(config, Cutoffs(ham=0.3, spam=0.7))))
    assert answers.delivery(PING, site).path == path
