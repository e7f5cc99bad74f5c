"""The order of doubt: held linkbacks whose score lies nearest to a middle come first. Pure: builds queries.

Three walks along one index, each going on where the page before ended: down from the middle, up from it, and
at last what has no score. Of two equally far, the lower comes first; of equal scores, see `_walks`.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from proxy.store.schema import HELD, linkbacks

EPSILON = 1e-9  # index bounds are this much wider than the exact condition beside them: sums are rounded
BARE = 2.0  # the distance of what has no score: beyond any other
Condition = sa.ColumnElement[bool]

_score, _id = linkbacks.c.score, linkbacks.c.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The linkback that a page ended with."""

    id: int
    score: float | None


def nearest(middle: float, after: Mark | None, size: int) -> sa.Subquery:
    """Give `id` of the held linkbacks nearest to a middle, and `distance`, `side`, `turn`: their order."""
    parts = [walk.limit(size).subquery() for walk in _walks(middle, after)]
    joined = sa.union_all(*(sa.select(*part.c) for part in parts)).subquery()
    return sa.select(joined).order_by(*order(joined)).limit(size).subquery()


def order(found: sa.Subquery) -> tuple[sa.ColumnElement[object], ...]:
    """Give the columns to order by."""
    return found.c.distance, found.c.side, found.c.turn


def _walks(middle: float, after: Mark | None) -> list[sa.Select[tuple[int, float, int, int]]]:
    distance = sa.func.abs(_score - middle)
    down = _walk(distance, 0, -_id, [_score < middle, *_down(middle, after)], _score.desc(), _id.desc())
    up = _walk(distance, 1, _id, [_score >= middle, *_up(middle, after)], _score, _id)
    bare = [_score.is_(None), *([_id < after.id] if after and after.score is None else [])]
    last = _walk(sa.literal(BARE, sa.Float), 2, -_id, bare, _id.desc())
    return [last] if after and after.score is None else [down, up, last]


def _walk(
    distance: sa.ColumnElement[float],
    side: int,
    turn: sa.ColumnElement[int],
    conditions: list[Condition],
    *along: sa.ColumnElement[object],
) -> sa.Select[tuple[int, float, int, int]]:
    columns = _id, distance.label("distance"), sa.literal(side).label("side"), turn.label("turn")
    return sa.select(*columns).where(HELD, *conditions).order_by(*along)


def _down(middle: float, after: Mark | None) -> list[Condition]:
    """Say what of the scores below the middle is left after a mark."""
    if after is None or after.score is None:
        return []
    if after.score < middle:
        return [sa.tuple_(_score, _id) < sa.tuple_(after.score, after.id)]
    far = after.score - middle
    return [_score <= middle - far + EPSILON, sa.func.abs(_score - middle) > far]


def _up(middle: float, after: Mark | None) -> list[Condition]:
    """Say what of the scores from the middle on is left after a mark."""
    if after is None or after.score is None:
        return []
    if after.score >= middle:
        return [sa.tuple_(_score, _id) > sa.tuple_(after.score, after.id)]
    far = middle - after.score
    return [_score >= middle + far - EPSILON, sa.func.abs(_score - middle) >= far]
