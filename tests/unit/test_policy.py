"""The table of reasons and actions, and the weighing."""

import pytest

from proxy.linkback import (
    Cutoffs,
    Evidence,
    FetchFailure,
    FetchReason,
    Linkback,
    Place,
    Protocol,
    Score,
    Verdict,
)
from proxy.policy import RETRY_SECONDS, RULES, Action, Reason, Rules, retry, weigh

RULES_OF_BLOG = Rules(cutoffs=Cutoffs(ham=0.2, spam=0.9), actions={})
LINKED = Evidence(found=True, place=Place.MAIN)
HIDDEN = Evidence(found=True, place=Place.HIDDEN)
UNLINKED = Evidence(found=False)


def claim(protocol: Protocol = Protocol.PINGBACK) -> Linkback:
    return Linkback(protocol=protocol, source="https://a.example/1", target="https://b.example/2")


def failure(reason: FetchReason, retry_after: float | None = None) -> FetchFailure:
    return FetchFailure(url="https://a.example/1", reason=reason, detail="it failed", retry_after=retry_after)


def test_every_reason_has_a_rule():
    """No reason is without a default action, an answer for the sender and a sentence for the owner."""
    assert set(RULES) == set(Reason)
    assert all(rule.text.endswith(".") for rule in RULES.values())


PING, TRACK, MENTION = Protocol.PINGBACK, Protocol.TRACKBACK, Protocol.WEBMENTION


@pytest.mark.parametrize(
    ("protocol", "seen", "spam", "allowed", "reason"),
    [
        (PING, LINKED, 0.1, False, Reason.HAM),
        (PING, LINKED, 0.2, False, Reason.UNSURE),  # cut-offs as Python slices: ham's is not ham
        (PING, LINKED, 0.9, False, Reason.SPAM),
        (PING, LINKED, 0.95, True, Reason.ALLOWED),
        (PING, UNLINKED, 0.0, False, Reason.NO_LINK),
        (PING, UNLINKED, 0.0, True, Reason.NO_LINK),  # the allow list trusts the score, not the claim
        (MENTION, UNLINKED, 0.0, False, Reason.NO_LINK),
        (TRACK, UNLINKED, 0.1, False, Reason.NO_LINK_BUT_HAM),
        (TRACK, UNLINKED, 0.5, False, Reason.NO_LINK),
        (TRACK, UNLINKED, None, False, Reason.NO_LINK),
        (PING, HIDDEN, 0.1, False, Reason.LINK_HIDDEN),
        (PING, HIDDEN, 0.95, False, Reason.SPAM),
        (PING, failure(FetchReason.UNREACHABLE), 0.1, False, Reason.SOURCE_UNREACHABLE),
        (PING, failure(FetchReason.UNREACHABLE), 0.95, False, Reason.SPAM),
        (PING, failure(FetchReason.GONE), 0.1, False, Reason.SOURCE_GONE),
        (TRACK, failure(FetchReason.FORBIDDEN_ADDRESS), 0.1, False, Reason.SOURCE_FORBIDDEN),
        (PING, failure(FetchReason.NOT_A_PAGE), 0.1, True, Reason.SOURCE_NOT_A_PAGE),
        (PING, Reason.CLOAKED, 0.5, False, Reason.CLOAKED),
        (PING, Reason.SOURCE_UNREADABLE, 0.1, False, Reason.SOURCE_UNREADABLE),
        (PING, LINKED, None, False, Reason.NOT_JUDGED),
    ],
)
def test_weighing(protocol, seen, spam, allowed, reason):
    """What was seen and how it scored give one named reason, whose action is the table's."""
    score = None if spam is None else Score(spam=spam)
    decision = weigh(linkback=claim(protocol), seen=seen, score=score, allowed=allowed, rules=RULES_OF_BLOG)
    assert decision.reason is reason
    assert decision.action is RULES[reason].action


def test_the_owner_may_change_an_action():
    """A configured action goes before the table's, for its reason only."""
    rules = Rules(cutoffs=RULES_OF_BLOG.cutoffs, actions={Reason.SPAM: Action.QUARANTINE})
    score = Score(spam=1.0)
    decision = weigh(linkback=claim(), seen=LINKED, score=score, allowed=False, rules=rules)
    assert decision.action is Action.QUARANTINE
    assert rules.action(Reason.NO_LINK) is Action.REJECT


@pytest.mark.parametrize(
    ("spam", "verdict"),
    [
        (0.0, Verdict.HAM),
        (0.1999, Verdict.HAM),
        (0.2, Verdict.UNSURE),
        (0.8999, Verdict.UNSURE),
        (0.9, Verdict.SPAM),
    ],
)
def test_cutoffs(spam, verdict):
    """Below ham's cut-off is ham, at and above spam's is spam."""
    assert RULES_OF_BLOG.cutoffs.verdict(spam) is verdict


@pytest.mark.parametrize(
    ("reason", "retry_after", "tries", "seconds"),
    [
        (FetchReason.UNREACHABLE, None, 1, RETRY_SECONDS[0]),
        (FetchReason.TROUBLED, None, 3, RETRY_SECONDS[2]),
        (FetchReason.TROUBLED, 500.0, 1, 500.0),  # the source may ask for more time
        (FetchReason.TROUBLED, 9e9, 1, RETRY_SECONDS[-1]),  # but not for ever
        (FetchReason.UNREACHABLE, None, len(RETRY_SECONDS) + 1, None),
        (FetchReason.GONE, None, 1, None),
        (FetchReason.FORBIDDEN_ADDRESS, None, 1, None),
    ],
)
def test_retrying(reason, retry_after, tries, seconds):
    """A source that may come back is tried again with back-off, a bounded number of times."""
    later = retry(failure(reason, retry_after), tries)
    assert (later.seconds if later else None) == seconds


def test_the_tries_take_about_a_day():
    """60 + 300 + 1800 + 7200 + 21600 + 54000 s: a source has a day to come back."""
    assert 20 * 3600 <= sum(RETRY_SECONDS) <= 28 * 3600
