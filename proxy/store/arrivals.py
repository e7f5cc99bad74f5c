"""Arrivals: linkbacks that have just come, put on disk many to a statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from proxy.store import prepared
from proxy.store.leases import JUDGING_SECONDS
from proxy.store.records import Arrival, Receipt, Standing, claim_key, insertion, kept, scored, standing
from proxy.store.schema import State, linkbacks


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """Where a claim stands that is recorded already."""

    id: int
    state: State
    reason: str
    judged_at: float | None


_KNOWN = (
    sa.select(
        linkbacks.c.claim_key, linkbacks.c.id, linkbacks.c.state, linkbacks.c.reason, linkbacks.c.judged_at
    )
    .where(linkbacks.c.claim_key.in_(sa.bindparam("keys", expanding=True)))
    .with_for_update()
)
_INSERT = sa.insert(linkbacks)
_HIT = (
    sa.update(linkbacks)
    .where(linkbacks.c.id == sa.bindparam("one"))
    .values(hits=linkbacks.c.hits + sa.bindparam("more"))
)


def entry(arrival: Arrival, now: float, owner: str) -> dict[str, Any]:
    """Give the columns that say where an arrival stands: leased for judging, waiting for it, or screened."""
    is_screened = arrival.state not in {State.JUDGING, State.RECEIVED}
    is_leased = arrival.state is State.JUDGING
    return {
        "state": arrival.state.value,
        "reason": arrival.reason,
        "action": arrival.action,
        "judged_at": now if is_screened else None,
        "finished_at": now if arrival.state is State.REJECTED else None,
        "lease_owner": owner if is_leased else "",
        "lease_until": now + JUDGING_SECONDS if is_leased else 0.0,
    }


def receive(connection: sa.Connection, arrivals: Sequence[Arrival], now: float, owner: str) -> list[Receipt]:
    """Put arrivals on disk, and say of each what it found. Of equal ones the first goes first.

    Nobody else writes meanwhile, so what is not known now is new.
    """
    keys = [claim_key(one.blog, one.linkback) for one in arrivals]
    known = _known(connection, keys)
    new = {key: one for key, one in zip(reversed(keys), reversed(arrivals), strict=True) if key not in known}
    if new:
        rows = [insertion(one, key, now) | entry(one, now, owner) for key, one in new.items()]
        prepared.run(connection, _INSERT, tuple(rows[0]), rows)
        known |= _known(connection, _wanted(keys, new))
    hits: Counter[int] = Counter()
    receipts = []
    for arrival, key in zip(arrivals, keys, strict=True):
        if new.pop(key, None) is not None:
            one = known[key].id if key in known else 0
            receipts.append(Receipt(id=one, standing=Standing.NEW, reason=arrival.reason))
            continue
        first = known[key]
        hits[first.id] += 1
        found = standing(first.state, first.judged_at, now)
        receipts.append(Receipt(id=first.id, standing=found, reason=arrival.reason or first.reason))
        if found is Standing.NEW:
            known[key] = _again(connection, first, arrival, now, owner)
    if hits:
        connection.execute(_HIT, [{"one": one, "more": more} for one, more in hits.items()])
    return receipts


def _wanted(keys: Sequence[str], new: Mapping[str, Arrival]) -> list[str]:
    """Name those of the new ones whose numbers anybody asks for: not what was screened out and came once."""
    came = Counter(keys)
    return [
        key
        for key, one in new.items()
        if came[key] > 1 or one.state is not State.REJECTED or one.score is not None
    ]


def _known(connection: sa.Connection, keys: Sequence[str]) -> dict[str, _Known]:
    if not keys:
        return {}
    return {
        key: _Known(id=one, state=State(state), reason=reason, judged_at=judged_at)
        for key, one, state, reason, judged_at in connection.execute(_KNOWN, {"keys": keys})
    }


def _again(connection: sa.Connection, known: _Known, arrival: Arrival, now: float, owner: str) -> _Known:
    """Let a claim that was rejected long ago go its way afresh."""
    change = entry(arrival, now, owner) | {"tries": 0, "due_at": now}
    change |= kept(scored(arrival.score)) if arrival.score else {}
    connection.execute(sa.update(linkbacks).where(linkbacks.c.id == known.id).values(**change))
    return replace(known, state=arrival.state, reason=arrival.reason, judged_at=change["judged_at"])
