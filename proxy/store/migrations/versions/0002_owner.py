"""Indexes for the owner's pages: order of doubt, tabs of a domain and of a campaign, numbers of labels.

With the state between, no tab walks another's rows.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make one index, and three into two."""
    held = sa.text("state = 'held'")
    op.create_index(
        "linkbacks_doubt",
        "linkbacks",
        ["state", "score", "id"],
        sqlite_where=held,
        postgresql_where=held,
    )
    for name in ("linkbacks_campaign", "linkbacks_source", "linkbacks_likes"):
        op.drop_index(name, "linkbacks")
    op.create_index("linkbacks_source", "linkbacks", ["domain", "state", "id"])
    op.create_index("linkbacks_likes", "linkbacks", ["campaign", "state", "id"])
    op.create_index("labels_label", "labels", ["label", "at"])
