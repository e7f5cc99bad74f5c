"""An index for the order of doubt: held linkbacks by their score."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the index."""
    held = sa.text("state = 'held'")
    op.create_index("linkbacks_doubt", "linkbacks", ["score", "id"], sqlite_where=held, postgresql_where=held)
