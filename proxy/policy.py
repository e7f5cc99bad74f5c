"""What is done about what was found: the table of reasons and actions, and the function that weighs.

Pure. The one place where a finding becomes a decision; it may not fetch, store or answer. The same
table is the README's, the dashboard's legend and the tests' parameter list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

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


class Action(StrEnum):
    """What happens to a linkback in the end."""

    FORWARD = "forward"
    QUARANTINE = "quarantine"
    REJECT = "reject"


class Heard(StrEnum):
    """What the sender is told: no more than a bare WordPress would tell it.

    A verdict of the judge is never told apart: ham, unsure and spam all hear REGISTERED, as from a
    WordPress that holds every linkback for moderation.
    """

    REGISTERED = "registered"
    NO_SOURCE = "no source"  # pingback 1.0 fault 16
    NO_LINK = "no link"  # fault 17
    NO_TARGET = "no target"  # fault 32
    CLOSED = "closed"  # fault 33
    DUPLICATE = "duplicate"  # fault 48
    DENIED = "denied"  # fault 49
    LATER = "later"  # a temporary failure: nothing was accepted


class Reason(StrEnum):
    """Why a linkback met its fate."""

    HAM = "ham"
    UNSURE = "unsure"
    SPAM = "spam"
    ALLOWED = "allowed"
    DENIED = "denied"
    CLOSED = "closed"
    FOREIGN_TARGET = "foreign-target"
    BAD_SOURCE = "bad-source"
    SAME_PAGE = "same-page"
    SELF_PING = "self-ping"
    SOURCE_UNREACHABLE = "source-unreachable"
    SOURCE_TROUBLED = "source-troubled"
    SOURCE_GONE = "source-gone"
    SOURCE_FORBIDDEN = "source-forbidden"
    SOURCE_REDIRECTS = "source-redirects"
    SOURCE_NOT_A_PAGE = "source-not-a-page"
    SOURCE_OPTED_OUT = "source-opted-out"
    SOURCE_UNREADABLE = "source-unreadable"
    NO_LINK = "no-link"
    NO_LINK_BUT_HAM = "no-link-but-ham"
    LINK_HIDDEN = "link-hidden"
    CLOAKED = "cloaked"
    NOT_JUDGED = "not-judged"
    REFUSED_UPSTREAM = "refused-upstream"
    UPSTREAM_DOWN = "upstream-down"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table: the default action, what the sender hears, and the sentence for the owner."""

    action: Action
    heard: Heard
    text: str


_F, _Q, _R = Action.FORWARD, Action.QUARANTINE, Action.REJECT

RULES: Mapping[Reason, Rule] = {
    Reason.HAM: Rule(_F, Heard.REGISTERED, "The score is below the ham cut-off."),
    Reason.UNSURE: Rule(_Q, Heard.REGISTERED, "The score lies between the two cut-offs."),
    Reason.SPAM: Rule(_R, Heard.REGISTERED, "The score is at or above the spam cut-off."),
    Reason.ALLOWED: Rule(_F, Heard.REGISTERED, "The source is on the allow list, and its page links."),
    Reason.DENIED: Rule(_R, Heard.REGISTERED, "The source is on the deny list."),
    Reason.CLOSED: Rule(_R, Heard.CLOSED, "The target takes no linkbacks (`closed`)."),
    Reason.FOREIGN_TARGET: Rule(_R, Heard.NO_TARGET, "The target is not on this blog."),
    Reason.BAD_SOURCE: Rule(_R, Heard.NO_SOURCE, "The source is no http or https address."),
    Reason.SAME_PAGE: Rule(_R, Heard.NO_SOURCE, "Source and target are the same page."),
    Reason.SELF_PING: Rule(_F, Heard.REGISTERED, "The blog links to itself (`self_pings` decides)."),
    Reason.SOURCE_UNREACHABLE: Rule(
        _Q, Heard.REGISTERED, "The source could not be reached, in several tries over a day."
    ),
    Reason.SOURCE_TROUBLED: Rule(
        _Q, Heard.REGISTERED, "The source answered with errors, in several tries over a day."
    ),
    Reason.SOURCE_GONE: Rule(_R, Heard.NO_SOURCE, "The source says that it does not exist (4xx)."),
    Reason.SOURCE_FORBIDDEN: Rule(
        _R, Heard.NO_SOURCE, "The source is at a private address or a port that is not allowed."
    ),
    Reason.SOURCE_REDIRECTS: Rule(_Q, Heard.REGISTERED, "The source redirects too often."),
    Reason.SOURCE_NOT_A_PAGE: Rule(_Q, Heard.REGISTERED, "The source is no page that can hold a link."),
    Reason.SOURCE_OPTED_OUT: Rule(_Q, Heard.REGISTERED, "The source's site asks not to be fetched."),
    Reason.SOURCE_UNREADABLE: Rule(
        _Q, Heard.REGISTERED, "The source's page was too large or too tangled to be read safely."
    ),
    Reason.NO_LINK: Rule(_R, Heard.NO_LINK, "The source's page does not link to the target."),
    Reason.NO_LINK_BUT_HAM: Rule(
        _Q, Heard.REGISTERED, "A trackback whose page does not link, but whose text reads genuine."
    ),
    Reason.LINK_HIDDEN: Rule(_Q, Heard.REGISTERED, "The link stands where no reader can see it."),
    Reason.CLOAKED: Rule(_Q, Heard.REGISTERED, "The page looked different at a second look."),
    Reason.NOT_JUDGED: Rule(_Q, Heard.REGISTERED, "The judge failed; a person must look."),
    Reason.REFUSED_UPSTREAM: Rule(_R, Heard.REGISTERED, "The blog itself refused it; its answer is kept."),
    Reason.UPSTREAM_DOWN: Rule(_Q, Heard.REGISTERED, "The blog did not take it in many tries."),
}

_UNFETCHED: Mapping[FetchReason, Reason] = {
    FetchReason.UNREACHABLE: Reason.SOURCE_UNREACHABLE,
    FetchReason.TROUBLED: Reason.SOURCE_TROUBLED,
    FetchReason.BUSY: Reason.SOURCE_UNREACHABLE,
    FetchReason.GONE: Reason.SOURCE_GONE,
    FetchReason.FORBIDDEN_ADDRESS: Reason.SOURCE_FORBIDDEN,
    FetchReason.TOO_MANY_REDIRECTS: Reason.SOURCE_REDIRECTS,
    FetchReason.NOT_A_PAGE: Reason.SOURCE_NOT_A_PAGE,
    FetchReason.OPTED_OUT: Reason.SOURCE_OPTED_OUT,
}

WORTH_ANOTHER_TRY = frozenset({FetchReason.UNREACHABLE, FetchReason.TROUBLED, FetchReason.BUSY})

# Seconds until the source is tried again: minutes first, a day in all.
RETRY_SECONDS = (60.0, 300.0, 1800.0, 7200.0, 21600.0, 54000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What one blog's owner decided: cut-offs, and actions that differ from the table's."""

    cutoffs: Cutoffs
    actions: Mapping[Reason, Action]

    def action(self, reason: Reason) -> Action:
        """Return the owner's action for the reason, or the table's."""
        return self.actions.get(reason, RULES[reason].action)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The end of judging: one named reason, and what is to be done."""

    reason: Reason
    action: Action
    score: Score | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """No decision yet: the source is worth another try in `seconds`."""

    reason: Reason
    seconds: float
    detail: str = ""  # the source's last word, for the owner
    counts: bool = True  # as a try; not where nothing was asked of the source


def retry(failure: FetchFailure, tries: int) -> Retry | None:
    """Say whether a fetch that failed is tried again, and when; None after the last try.

    `tries` counts the fetches made so far, this one included. The source's own Retry-After is
    honoured up to the longest wait of ours. Our own limits use no try up.
    """
    if failure.reason is FetchReason.BUSY:
        reason = _UNFETCHED[failure.reason]
        return Retry(reason=reason, seconds=RETRY_SECONDS[0], detail=failure.detail, counts=False)
    if failure.reason not in WORTH_ANOTHER_TRY or tries > len(RETRY_SECONDS):
        return None
    asked = min(failure.retry_after or 0.0, RETRY_SECONDS[-1])
    seconds = max(RETRY_SECONDS[tries - 1], asked)
    return Retry(reason=_UNFETCHED[failure.reason], seconds=seconds, detail=failure.detail)


def is_certain(linkback: Linkback, score: Score | None, cutoffs: Cutoffs) -> bool:
    """Say whether a claim's own words settle it, so that its source need not be fetched.

    Only a trackback brings words of its own. Beyond doubt is ten times nearer to 1 than the cut-off.
    """
    if linkback.protocol is not Protocol.TRACKBACK or score is None:
        return False
    return score.spam >= 1.0 - (1.0 - cutoffs.spam) / 10.0


def weigh(
    *,
    linkback: Linkback,
    seen: Evidence | FetchFailure | Reason | None,
    score: Score | None,
    allowed: bool,
    rules: Rules,
) -> Decision:
    """Decide about one linkback from what was seen of its source and how it scored.

    `seen` is the evidence, the failure that left none, or the reason why the page could not be
    read or trusted; None if nobody looked. `score` is None only if the judge itself failed.
    """
    reason = _reason(linkback=linkback, seen=seen, score=score, allowed=allowed, cutoffs=rules.cutoffs)
    return Decision(reason=reason, action=rules.action(reason), score=score)


def _reason(
    *,
    linkback: Linkback,
    seen: Evidence | FetchFailure | Reason | None,
    score: Score | None,
    allowed: bool,
    cutoffs: Cutoffs,
) -> Reason:
    """Name the one reason, in the order of the cases below.

    1. The page says plainly that there is no link, or is no address to fetch at all.
    2. The owner trusts the source, and its page links.
    3. The claim reads as spam, whatever the page looked like.
    4. The page could not be looked at, or hides the link.
    5. The score.
    """
    found = isinstance(seen, Evidence) and seen.found
    against = _against(seen)
    score_says = cutoffs.verdict(score.spam) if score is not None else None
    if against in FINAL:
        genuine = linkback.protocol is Protocol.TRACKBACK and score_says is Verdict.HAM
        return Reason.NO_LINK_BUT_HAM if against is Reason.NO_LINK and genuine else against
    if allowed and found:
        return Reason.ALLOWED
    if score_says is Verdict.SPAM:
        return Reason.SPAM
    if against is not None:
        return against
    return Reason(score_says.value) if score_says is not None else Reason.NOT_JUDGED


# Findings that no score can outweigh.
FINAL = frozenset({Reason.NO_LINK, Reason.SOURCE_GONE, Reason.SOURCE_FORBIDDEN})


def _against(seen: Evidence | FetchFailure | Reason | None) -> Reason | None:
    """Name what the look at the page itself speaks against the claim, or None."""
    if isinstance(seen, FetchFailure):
        return _UNFETCHED[seen.reason]
    if seen is None or isinstance(seen, Reason):
        return seen
    if not seen.found:
        return Reason.NO_LINK
    return Reason.LINK_HIDDEN if seen.place is Place.HIDDEN else None
