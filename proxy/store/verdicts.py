"""Verdicts: the ends of judgings, recorded where the lease is still ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from proxy.linkback import Evidence, Post
from proxy.policy import Action, Decision
from proxy.store.records import kept, page_campaign, scored
from proxy.store.schema import MOVES, State, linkbacks


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of a linkback's judging, and where it goes."""

    one: int
    decision: Decision
    state: State
    evidence: Evidence | None
    post: Post | None
    answer: str


_VALUES = (
    "state", "reason", "action", "score", "model", "clues", "evidence", "post", "urgent", "judged_at",
    "due_at", "answer", "finished_at",
)  # fmt: skip
_WORDS = linkbacks.c.title + linkbacks.c.excerpt + linkbacks.c.blog_name
# The campaign by the page, for a claim without words.
_PAGE_OR_OLD = sa.func.coalesce(sa.bindparam("page", type_=sa.String), linkbacks.c.campaign)
# One statement for all, so that it is compiled once.
_SETTLE = (
    sa.update(linkbacks)
    .where(
        linkbacks.c.id == sa.bindparam("one"),
        linkbacks.c.state == State.JUDGING,
        linkbacks.c.lease_owner == sa.bindparam("owner"),
    )
    .values(
        {name: sa.bindparam(f"new_{name}", type_=linkbacks.c[name].type) for name in _VALUES}
        | {"lease_owner": "", "lease_until": 0.0, "tries": 0}
        | {"campaign": sa.case((_WORDS == "", _PAGE_OR_OLD), else_=linkbacks.c.campaign)}
    )
)


def settle(connection: sa.Connection, verdicts: Sequence[Verdict], now: float, owner: str) -> list[bool]:
    """Record verdicts; False for those whose lease was lost meanwhile."""
    return [
        connection.execute(_SETTLE, _values(verdict, now) | {"one": verdict.one, "owner": owner}).rowcount
        == 1
        for verdict in verdicts
    ]


def _values(verdict: Verdict, now: float) -> dict[str, Any]:
    decision, evidence, state = verdict.decision, verdict.evidence, verdict.state
    if state not in MOVES[State.JUDGING]:
        raise ValueError(f"no move from {State.JUDGING} to {state}")
    values = {
        "state": state,
        "reason": decision.reason,
        "action": decision.action,
        **scored(decision.score),
        "evidence": kept(asdict(evidence)) if evidence else None,
        "post": kept(asdict(verdict.post)) if verdict.post else None,
        "urgent": decision.action is Action.FORWARD,
        "judged_at": now,
        "due_at": now,
        "answer": kept(verdict.answer),
        "finished_at": now if state is State.REJECTED else None,
    }
    return {f"new_{name}": value for name, value in values.items()} | {"page": page_campaign(evidence)}
