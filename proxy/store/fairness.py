"""Each blog in its turn: what waits for one blog, however much, does not hold up the others'.

The blogs that wait are walked over an index, one look-up each: with 20,000 linkbacks of one blog that is as
quick as with one.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from proxy.store.schema import RECEIVED, State, linkbacks


def blogs_in_turn(connection: sa.Connection, state: State, now: float, limit: int, after: str) -> list[str]:
    """Name blogs for which something is due in a state, in the order of their names from `after` on."""
    found = _blogs(connection, state, now, limit, after)
    if len(found) < limit and after:
        found += [blog for blog in _blogs(connection, state, now, limit, "") if blog <= after]
    return found[:limit]


def _blogs(connection: sa.Connection, state: State, now: float, limit: int, after: str) -> list[str]:
    walk = sa.select(_next(state, sa.literal(after)).label("blog")).cte("walk", recursive=True)
    walk = walk.union_all(sa.select(_next(state, walk.c.blog)).where(walk.c.blog.is_not(None)))
    is_due = sa.exists().where(
        linkbacks.c.state == state, linkbacks.c.blog == walk.c.blog, linkbacks.c.due_at <= now
    )
    query = sa.select(walk.c.blog).where(walk.c.blog.is_not(None), is_due).limit(limit)
    return list(connection.execute(query).scalars())


def _next(state: State, after: sa.ColumnElement[str]) -> sa.ScalarSelect[str]:
    first = sa.select(sa.func.min(linkbacks.c.blog)).where(linkbacks.c.state == state)
    return first.where(linkbacks.c.blog > after).scalar_subquery()


def due_in_turn(
    connection: sa.Connection,
    now: float,
    limit: int,
    after: str,
    without: Collection[str],
    *,
    unusual_first: bool,
) -> tuple[list[int], str]:
    """Give linkbacks that are due for judging, an equal part of each blog's; and the blog that was last.

    Those of some source domains are left out; of a blog, the oldest or the most unusual come first.
    """
    blogs = blogs_in_turn(connection, State.RECEIVED, now, limit, after)
    order = (linkbacks.c.commonness, linkbacks.c.due_at) if unusual_first else (linkbacks.c.due_at,)
    found: list[int] = []
    for left, blog in zip(range(len(blogs), 0, -1), blogs, strict=True):
        part = -(-(limit - len(found)) // left)
        due = (
            sa.select(linkbacks.c.id)
            .where(
                RECEIVED,
                linkbacks.c.blog == blog,
                linkbacks.c.due_at <= now,
                linkbacks.c.domain.not_in(without),
            )
            .order_by(*order)
            .limit(part)
        )
        found += connection.execute(due).scalars()
    return found, blogs[-1] if blogs else after
