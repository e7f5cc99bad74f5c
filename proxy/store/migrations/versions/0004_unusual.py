"""How common a linkback's kind was when it came, and an index by which the unusual is judged first."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the column and its index."""
    received = sa.text("state = 'received'")
    op.add_column("linkbacks", sa.Column("commonness", sa.Float, nullable=False, server_default="0"))
    op.create_index(
        "linkbacks_unusual",
        "linkbacks",
        ["blog", "commonness", "due_at"],
        sqlite_where=received,
        postgresql_where=received,
    )
