"""Later looks at the sources of delivered linkbacks."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table of looks."""
    op.create_table(
        "revisits",
        sa.Column(
            "linkback_id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("due_at", sa.Float),
        sa.Column("looks", sa.Integer, nullable=False, server_default="0"),
        sa.Column("seen", sa.String(8), nullable=False, server_default=""),
        sa.Column("seen_at", sa.Float),
        sa.Column("detail", sa.Text, nullable=False, server_default=""),
    )
    op.create_index("revisits_due", "revisits", ["due_at"])
    op.create_index("revisits_seen", "revisits", ["seen", "linkback_id"])
