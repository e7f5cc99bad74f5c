"""The tables, the states of a linkback, and the moves between them.

Times are seconds since the epoch, UTC. Addresses are text as claimed; `*_key` are canonical.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite


class State(StrEnum):
    """Where a linkback is on its way."""

    RECEIVED = "received"  # on disk, to be judged when due
    JUDGING = "judging"  # a worker holds its lease
    HELD = "held"  # waits for the owner
    QUEUED = "queued"  # to be delivered when due
    DELIVERING = "delivering"  # a worker holds its lease
    DELIVERED = "delivered"
    REJECTED = "rejected"  # by the table; seen and releasable until pruned
    DISCARDED = "discarded"  # by the owner
    DEAD = "dead"  # upstream did not take it in many tries


S = State

# Every legal move; the database refuses any other.
MOVES: Mapping[State, frozenset[State]] = {
    S.RECEIVED: frozenset({S.JUDGING, S.QUEUED, S.DISCARDED}),
    S.JUDGING: frozenset({S.RECEIVED, S.HELD, S.QUEUED, S.REJECTED}),
    S.HELD: frozenset({S.QUEUED, S.DISCARDED}),
    S.QUEUED: frozenset({S.DELIVERING, S.HELD, S.REJECTED, S.DISCARDED, S.DEAD}),
    S.DELIVERING: frozenset({S.DELIVERED, S.QUEUED, S.REJECTED, S.DEAD}),
    S.DELIVERED: frozenset(),
    S.REJECTED: frozenset({S.RECEIVED, S.JUDGING, S.QUEUED, S.DISCARDED, S.HELD}),
    S.DISCARDED: frozenset({S.HELD, S.QUEUED, S.REJECTED, S.DEAD}),
    S.DEAD: frozenset({S.QUEUED, S.DISCARDED}),
}

# As texts: a partial index is used only where its condition is literal.
HELD = sa.text("state = 'held'")
RECEIVED = sa.text("state = 'received'")

metadata = sa.MetaData()
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")

linkbacks = sa.Table(
    "linkbacks",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("claim_key", sa.String(40), nullable=False, unique=True),
    sa.Column("blog", sa.Text, nullable=False),
    sa.Column("protocol", sa.String(12), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("endpoint", sa.Text, nullable=False, server_default=""),
    sa.Column("title", sa.Text, nullable=False, server_default=""),
    sa.Column("excerpt", sa.Text, nullable=False, server_default=""),
    sa.Column("blog_name", sa.Text, nullable=False, server_default=""),
    sa.Column("domain", sa.Text, nullable=False),  # registrable domain of the source
    sa.Column("campaign", sa.String(40), nullable=False),  # equal for near-duplicates
    sa.Column("remote", sa.Text, nullable=False, server_default=""),  # the sender's address
    sa.Column("hits", sa.Integer, nullable=False, server_default="1"),  # how often it was sent
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("reason", sa.String(32), nullable=False, server_default=""),
    sa.Column("action", sa.String(12), nullable=False, server_default=""),  # what the table said
    sa.Column("score", sa.Float),
    sa.Column("model", sa.Text, nullable=False, server_default=""),
    sa.Column("clues", sa.JSON),
    sa.Column("evidence", sa.JSON),
    sa.Column("post", sa.JSON),  # the target post as the judge saw it
    sa.Column("urgent", sa.Boolean, nullable=False, server_default=sa.false()),  # delivered first
    sa.Column("received_at", sa.Float, nullable=False),
    sa.Column("due_at", sa.Float, nullable=False),
    sa.Column("judged_at", sa.Float),
    sa.Column("finished_at", sa.Float),  # delivered, rejected, discarded or dead since
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("answer", sa.Text, nullable=False, server_default=""),  # last word of source or upstream
    sa.Column("lease_owner", sa.Text, nullable=False, server_default=""),
    sa.Column("lease_until", sa.Float, nullable=False, server_default="0"),
    sa.Column("commonness", sa.Float, nullable=False, server_default="0"),  # of its kind when it came
    sa.Index("linkbacks_due", "state", "due_at"),
    sa.Index("linkbacks_blog", "state", "blog", "due_at"),
    sa.Index("linkbacks_domain", "blog", "domain", "received_at"),
    sa.Index("linkbacks_finished", "state", "finished_at"),
    # The owner's pages walk these from their newest end.
    sa.Index("linkbacks_state", "state", "id"),
    sa.Index("linkbacks_reason", "state", "reason", "id"),
    sa.Index("linkbacks_any_reason", "reason", "id"),
    sa.Index("linkbacks_source", "domain", "state", "id"),
    sa.Index("linkbacks_likes", "campaign", "state", "id"),
    sa.Index("linkbacks_of_blog", "blog", "state", "id"),
    sa.Index("linkbacks_received", "received_at", "id"),
    sa.Index("linkbacks_judged", "judged_at"),
)

labels = sa.Table(
    "labels",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("linkback_id", Id, nullable=False, unique=True),
    sa.Column("blog", sa.Text, nullable=False),
    sa.Column("domain", sa.Text, nullable=False),
    sa.Column("campaign", sa.String(40), nullable=False),
    sa.Column("label", sa.String(10), nullable=False),  # ham, spam, unwanted
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("by", sa.Text, nullable=False),  # provenance: cli, dashboard:NAME, digest, wordpress
    sa.Column("score", sa.Float),  # what the judge had said
    sa.Column("sample", sa.JSON, nullable=False),  # what the judge saw; outlives the linkback's row
    sa.Index("labels_domain", "blog", "domain"),
    sa.Index("labels_at", "at"),
    sa.Index("labels_label", "label", "at"),
    sa.Index("labels_blog", "blog", "at"),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("linkback_id", Id),
    sa.Column("detail", sa.Text, nullable=False, server_default=""),
    sa.Column("batch", sa.String(24), nullable=False, server_default=""),  # one decision about many
    sa.Index("audit_linkback", "linkback_id"),
    sa.Index("audit_batch", "batch", "linkback_id"),
)

revisits = sa.Table(
    "revisits",
    metadata,
    sa.Column("linkback_id", Id, primary_key=True, autoincrement=False),
    sa.Column("due_at", sa.Float),  # the next look; NULL after the last
    sa.Column("looks", sa.Integer, nullable=False, server_default="0"),  # that were made
    sa.Column("seen", sa.String(8), nullable=False, server_default=""),  # there or gone, '' if not known
    sa.Column("seen_at", sa.Float),  # the last look
    sa.Column("detail", sa.Text, nullable=False, server_default=""),
    sa.Index("revisits_due", "due_at"),
    sa.Index("revisits_seen", "seen", "linkback_id"),
)

pace = sa.Table(
    "pace",
    metadata,
    sa.Column("blog", sa.Text, primary_key=True),
    sa.Column("taken_at", sa.Float, nullable=False),  # the last delivery
    sa.Column("next_at", sa.Float, nullable=False),  # no delivery to the blog before
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token_digest", sa.String(64), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("begun_at", sa.Float, nullable=False),
    sa.Column("seen_at", sa.Float, nullable=False),
)

tallies = sa.Table(
    "tallies",
    metadata,
    sa.Column("what", sa.String(12), primary_key=True),
    sa.Column("hour", sa.Integer, primary_key=True),  # since the epoch
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Index("tallies_hour", "hour"),
)

settings = sa.Table(
    "settings",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

moves = sa.Table(
    "moves",
    metadata,
    sa.Column("old", sa.String(12), primary_key=True),
    sa.Column("new", sa.String(12), primary_key=True),
)

# As SQL, the same for both databases: SQLAlchemy would load all that it knows of either for a condition.
PARTIAL = (
    f"CREATE INDEX linkbacks_unusual ON linkbacks (blog, commonness, due_at) WHERE {RECEIVED.text}",
    f"CREATE INDEX linkbacks_doubt ON linkbacks (state, score, id) WHERE {HELD.text}",
)

GUARD = {
    "sqlite": (
        """CREATE TRIGGER linkbacks_legal_move BEFORE UPDATE OF state ON linkbacks
        WHEN old.state <> new.state
          AND NOT EXISTS (SELECT 1 FROM moves WHERE moves.old = old.state AND moves.new = new.state)
        BEGIN SELECT RAISE(ABORT, 'illegal move of a linkback'); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION linkbacks_legal_move() RETURNS trigger AS $$ BEGIN
        IF NOT EXISTS (SELECT 1 FROM moves m WHERE m.old = OLD.state AND m.new = NEW.state) THEN
          RAISE EXCEPTION 'illegal move of a linkback: % to %', OLD.state, NEW.state; END IF;
        RETURN NEW; END $$ LANGUAGE plpgsql""",
        """CREATE TRIGGER linkbacks_legal_move BEFORE UPDATE OF state ON linkbacks
        FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION linkbacks_legal_move()""",
    ),
}


def create(connection: sa.Connection) -> None:
    """Create tables, indexes, the table of legal moves, and the guard that reads it, in an empty database."""
    metadata.create_all(connection)
    legal = [{"old": old.value, "new": new.value} for old, news in MOVES.items() for new in sorted(news)]
    connection.execute(sa.insert(moves), legal)
    for statement in (*PARTIAL, *GUARD[connection.dialect.name]):
        connection.exec_driver_sql(statement)


def moving(ids: list[int], old: Collection[State], new: State) -> sa.Update:
    """Return the conditional update that makes a move; ValueError if the table forbids it."""
    if illegal := [state for state in old if new not in MOVES[state]]:
        raise ValueError(f"no move from {illegal[0]} to {new}")
    return (
        sa.update(linkbacks)
        .where(linkbacks.c.id.in_(ids), linkbacks.c.state.in_(sorted(old)))
        .values(state=new, lease_owner="", lease_until=0.0)
    )


def if_new(connection: sa.Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """Return an insert that does nothing where a unique key is there already."""
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")  # in use, so loaded already
    made: sqlite.Insert | postgresql.Insert = dialect.insert(table).on_conflict_do_nothing()
    return made
