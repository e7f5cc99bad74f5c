"""Verdicts: the ends of judgings, recorded where the lease is still ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from proxy.linkback import Evidence, Post
from proxy.policy import Action, Decision
from proxy.store import prepared
from proxy.store.records import flat, kept, page_campaign, scored
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
_OURS = sa.select(linkbacks.c.id).where(
    linkbacks.c.id.in_(sa.bindparam("ids", expanding=True)),
    linkbacks.c.state == State.JUDGING,
    linkbacks.c.lease_owner == sa.bindparam("owner"),
)
_SETTLE = (
    sa.update(linkbacks)
    .where(linkbacks.c.id == sa.bindparam("one"))
    .values(
        {name: sa.bindparam(f"new_{name}", type_=linkbacks.c[name].type) for name in _VALUES}
        | {"lease_owner": "", "lease_until": 0.0, "tries": 0}
        | {"campaign": sa.case((_WORDS == "", _PAGE_OR_OLD), else_=linkbacks.c.campaign)}
    )
)


def settle(connection: sa.Connection, verdicts: Sequence[Verdict], now: float, owner: str) -> list[bool]:
    """Record verdicts; False for those whose lease was lost meanwhile. Nobody else writes between the two."""
    ids = [verdict.one for verdict in verdicts]
    ours = set(connection.execute(_OURS, {"ids": ids, "owner": owner}).scalars())
    settled = {verdict.one: verdict for verdict in reversed(verdicts) if verdict.one in ours}
    if settled:
        prepared.run(connection, _SETTLE, None, [_values(verdict, now) for verdict in settled.values()])
    return [settled.get(verdict.one) is verdict for verdict in verdicts]


def _values(verdict: Verdict, now: float) -> dict[str, Any]:
    decision, evidence, state = verdict.decision, verdict.evidence, verdict.state
    if state not in MOVES[State.JUDGING]:
        raise ValueError(f"no move from {State.JUDGING} to {state}")
    values = {
        "state": state.value,
        "reason": decision.reason.value,
        "action": decision.action.value,
        **scored(decision.score),
        "evidence": flat(evidence) if evidence else None,
        "post": flat(verdict.post) if verdict.post else None,
        "urgent": decision.action is Action.FORWARD,
        "judged_at": now,
        "due_at": now,
        "answer": kept(verdict.answer),
        "finished_at": now if state is State.REJECTED else None,
    }
    named = {f"new_{name}": value for name, value in values.items()}
    return named | {"one": verdict.one, "page": page_campaign(evidence)}
