"""The schema of the first release."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOVES = {
    "received": ["discarded", "judging", "queued"],
    "judging": ["held", "queued", "received", "rejected"],
    "held": ["discarded", "queued"],
    "queued": ["dead", "delivering", "discarded", "held", "rejected"],
    "delivering": ["dead", "delivered", "queued", "rejected"],
    "delivered": [],
    "rejected": ["discarded", "held", "judging", "queued", "received"],
    "discarded": ["dead", "held", "queued", "rejected"],
    "dead": ["discarded", "queued"],
}
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


def upgrade() -> None:
    """Make the tables, the legal moves, and the guard that reads them."""
    _tables()
    moves = sa.table("moves", sa.column("old"), sa.column("new"))
    op.bulk_insert(moves, [{"old": old, "new": new} for old, news in MOVES.items() for new in news])
    for statement in GUARD[op.get_bind().dialect.name]:
        op.execute(statement)


def _tables() -> None:
    op.create_table(
        "audit",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("linkback_id", ID, nullable=True),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("batch", sa.String(length=24), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("audit_batch", "audit", ["batch", "linkback_id"], unique=False)
    op.create_index("audit_linkback", "audit", ["linkback_id"], unique=False)
    op.create_table(
        "labels",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("linkback_id", ID, nullable=False),
        sa.Column("blog", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=10), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("sample", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("linkback_id"),
    )
    op.create_index("labels_at", "labels", ["at"], unique=False)
    op.create_index("labels_blog", "labels", ["blog", "at"], unique=False)
    op.create_index("labels_domain", "labels", ["blog", "domain"], unique=False)
    op.create_table(
        "linkbacks",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("claim_key", sa.String(length=40), nullable=False),
        sa.Column("blog", sa.Text(), nullable=False),
        sa.Column("protocol", sa.String(length=12), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("excerpt", sa.Text(), server_default="", nullable=False),
        sa.Column("blog_name", sa.Text(), server_default="", nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("remote", sa.Text(), server_default="", nullable=False),
        sa.Column("hits", sa.Integer(), server_default="1", nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=32), server_default="", nullable=False),
        sa.Column("action", sa.String(length=12), server_default="", nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("model", sa.Text(), server_default="", nullable=False),
        sa.Column("clues", sa.JSON(), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=True),
        sa.Column("post", sa.JSON(), nullable=True),
        sa.Column("urgent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("received_at", sa.Float(), nullable=False),
        sa.Column("due_at", sa.Float(), nullable=False),
        sa.Column("judged_at", sa.Float(), nullable=True),
        sa.Column("finished_at", sa.Float(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("lease_owner", sa.Text(), server_default="", nullable=False),
        sa.Column("lease_until", sa.Float(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("claim_key"),
    )
    op.create_index("linkbacks_any_reason", "linkbacks", ["reason", "id"], unique=False)
    op.create_index("linkbacks_blog", "linkbacks", ["state", "blog", "due_at"], unique=False)
    op.create_index("linkbacks_campaign", "linkbacks", ["campaign", "state"], unique=False)
    op.create_index("linkbacks_domain", "linkbacks", ["blog", "domain", "received_at"], unique=False)
    op.create_index("linkbacks_due", "linkbacks", ["state", "due_at"], unique=False)
    op.create_index("linkbacks_finished", "linkbacks", ["state", "finished_at"], unique=False)
    op.create_index("linkbacks_judged", "linkbacks", ["judged_at"], unique=False)
    op.create_index("linkbacks_likes", "linkbacks", ["campaign", "id"], unique=False)
    op.create_index("linkbacks_of_blog", "linkbacks", ["blog", "state", "id"], unique=False)
    op.create_index("linkbacks_reason", "linkbacks", ["state", "reason", "id"], unique=False)
    op.create_index("linkbacks_received", "linkbacks", ["received_at", "id"], unique=False)
    op.create_index("linkbacks_source", "linkbacks", ["domain", "id"], unique=False)
    op.create_index("linkbacks_state", "linkbacks", ["state", "id"], unique=False)
    op.create_table(
        "moves",
        sa.Column("old", sa.String(length=12), nullable=False),
        sa.Column("new", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("old", "new"),
    )
    op.create_table(
        "pace",
        sa.Column("blog", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.Float(), nullable=False),
        sa.Column("next_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("blog"),
    )
    op.create_table(
        "sessions",
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.Float(), nullable=False),
        sa.Column("seen_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("token_digest"),
    )
    op.create_table(
        "settings",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "tallies",
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("what", "hour", "name"),
    )
    op.create_index("tallies_hour", "tallies", ["hour"], unique=False)
