"""Bring a database's schema to this version's: a fresh one at once, an older one by Alembic, step by step.

Alembic is loaded only where there is something to migrate. A change to the schema needs a file in
`versions/` and the new HEAD here; a test holds that all files in order give what `schema` says.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from proxy.store import schema
from proxy.store.writer import StoreError

HEAD = "0004"

_metadata = sa.MetaData()
version = sa.Table(  # as Alembic lays it out
    "alembic_version",
    _metadata,
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def is_current(connection: sa.Connection) -> bool:
    """Say whether the schema is this version's."""
    return version_of(connection) == HEAD


def version_of(connection: sa.Connection) -> str:
    """Return the version of the schema, '' if there is none."""
    if not sa.inspect(connection).has_table(version.name):
        return ""
    return connection.execute(sa.select(version.c.version_num)).scalar() or ""


def prepare(connection: sa.Connection) -> None:
    """Create or migrate, within the connection's transaction; StoreError if this version can't."""
    found = version_of(connection)
    if found > HEAD:
        raise StoreError(f"the database is of a newer version ({found}) than this program ({HEAD})")
    if found:
        upgrade(connection)
    elif not sa.inspect(connection).has_table(schema.linkbacks.name):
        schema.create(connection)
        _metadata.create_all(connection)
        connection.execute(sa.insert(version).values(version_num=HEAD))
    else:
        raise StoreError("the database has tables but no version: it was not made by a released version")


def upgrade(connection: sa.Connection, to: str = "head") -> None:
    """Run the migrations that are missing, in order."""
    from alembic import command  # noqa: PLC0415  (half a second that only a migration is worth)
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent))
    command.upgrade(config, to)
