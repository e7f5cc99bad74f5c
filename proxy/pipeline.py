"""The order of the steps by which one linkback is judged, cheapest evidence first.

Decides nothing itself and does no I/O of its own: what looks things up is passed in as `Tools`,
what weighs is `policy`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from proxy.linkback import (
    Evidence,
    FetchFailure,
    History,
    Linkback,
    Page,
    Post,
    Protocol,
    Sample,
    Score,
    Verdict,
)
from proxy.policy import FINAL, Decision, Reason, Retry, Rules, is_certain, retry, weigh


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One linkback to judge, with what its blog's owner decided beforehand."""

    linkback: Linkback
    remote: str  # the sender's address, told to the source
    tries: int  # fetches made before this one
    allowed: bool
    rules: Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What the steps look things up with. None of them raises for an expected outcome."""

    fetch: Callable[[str, str], Awaitable[Page | FetchFailure]]  # source, the sender's address
    examine: Callable[[Page, str], Awaitable[Evidence | None]]  # None: could not be read safely
    post: Callable[[str], Awaitable[Post | None]]
    history: Callable[[str], Awaitable[History]]  # of the source's domain, on this blog
    score: Callable[[Sample], Awaitable[Score | None]]  # None: the judge failed
    cloaks: Callable[[Evidence, str, str], Awaitable[bool]]  # a second look at the source differs
    sampled: Callable[[], bool]  # take a second look at this one, whatever its score


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A decision with what it rests on."""

    decision: Decision
    evidence: Evidence | None
    post: Post | None
    detail: str = ""  # the last word of the source, for the owner


async def judge(case: Case, tools: Tools) -> Judgement | Retry:
    """Judge one linkback: fetch, examine, score, weigh; or say when the source is tried again."""
    page = await tools.fetch(case.linkback.source, case.remote)
    if isinstance(page, FetchFailure):
        later = retry(page, case.tries + 1)
        if later is not None:
            return later
        return await _weighed(case, tools, seen=page, evidence=None, detail=page.detail)
    evidence = await tools.examine(page, case.linkback.target)
    if evidence is None:
        return await _weighed(case, tools, seen=Reason.SOURCE_UNREADABLE, evidence=None)
    judgement = await _weighed(case, tools, seen=evidence, evidence=evidence)
    if not evidence.found or not (_doubtful(judgement, case.rules) or tools.sampled()):
        return judgement
    if not await tools.cloaks(evidence, case.linkback.source, case.linkback.target):
        return judgement
    decision = _weigh(case, Reason.CLOAKED, judgement.decision.score)
    return replace(judgement, decision=decision)


async def settled_by_words(case: Case, tools: Tools) -> Decision | None:
    """Decide about a trackback that is spam by its own words, whatever its source may show; else None.

    Asked before a linkback is recorded: so most of a trackback flood costs one write and no fetch.
    """
    if case.allowed or case.linkback.protocol is not Protocol.TRACKBACK:
        return None
    score = await tools.score(Sample(linkback=case.linkback))
    certain = is_certain(case.linkback, score, case.rules.cutoffs)
    return _weigh(case, None, score) if certain else None


async def _weighed(
    case: Case,
    tools: Tools,
    *,
    seen: Evidence | FetchFailure | Reason,
    evidence: Evidence | None,
    detail: str = "",
) -> Judgement:
    """Score, unless nothing that a score says could matter, and weigh."""
    bare = _weigh(case, seen, None)
    if bare.reason in FINAL and case.linkback.protocol is not Protocol.TRACKBACK:
        return Judgement(decision=bare, evidence=evidence, post=None, detail=detail)
    post = await tools.post(case.linkback.target)
    history = await tools.history(case.linkback.source)
    score = await tools.score(Sample(linkback=case.linkback, evidence=evidence, post=post, history=history))
    return Judgement(decision=_weigh(case, seen, score), evidence=evidence, post=post, detail=detail)


def _weigh(case: Case, seen: Evidence | FetchFailure | Reason | None, score: Score | None) -> Decision:
    return weigh(linkback=case.linkback, seen=seen, score=score, allowed=case.allowed, rules=case.rules)


def _doubtful(judgement: Judgement, rules: Rules) -> bool:
    score = judgement.decision.score
    return score is not None and rules.cutoffs.verdict(score.spam) is Verdict.UNSURE
