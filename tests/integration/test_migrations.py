"""The schema: made at once, or grown by all migrations in order; on both databases."""

from __future__ import annotations

import pytest
import pytest_asyncio
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from proxy.store import StoreError, migrations, schema
from proxy.store.database import Database
from proxy.store.engines import open_engines

FOLDER = migrations.__path__[0]
GUARDS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": """SELECT tgname, pg_get_triggerdef(t.oid), prosrc
        FROM pg_trigger t JOIN pg_proc p ON p.oid = tgfoid WHERE NOT tgisinternal""",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def urls(request, tmp_path):
    """Give the addresses of two empty databases."""
    if request.param == "sqlite":
        for name in "ab":
            (tmp_path / f"{name}.db").touch()
        return [f"sqlite+aiosqlite:///{tmp_path}/{name}.db" for name in "ab"]
    cluster = request.getfixturevalue("postgresql")
    return [cluster.create_database(f"schema_{name}") for name in "ab"]


@pytest_asyncio.fixture
async def engines(urls):
    opened = [open_engines(url)[0] for url in urls]
    yield opened
    for engine in opened:
        await engine.dispose()


def described(connection: sa.Connection) -> dict[str, object]:
    """Describe all that is in a database: tables, columns, keys, indexes, guards, legal moves."""
    look = sa.inspect(connection)
    tables = {
        name: {
            "columns": [
                {**column, "type": str(column["type"])}
                for column in sorted(look.get_columns(name), key=lambda one: one["name"])
            ],
            "key": look.get_pk_constraint(name),
            "unique": sorted(look.get_unique_constraints(name), key=str),
            "indexes": sorted(str(_plain(index)) for index in look.get_indexes(name)),
        }
        for name in look.get_table_names()
    }
    guards = connection.exec_driver_sql(GUARDS[connection.dialect.name]).all()
    legal = connection.execute(sa.select(schema.moves).order_by(schema.moves.c.old, schema.moves.c.new)).all()
    version = connection.execute(sa.select(migrations.version)).all()
    return {"tables": tables, "guards": [tuple(g) for g in guards], "moves": legal, "version": version}


def _plain(index):
    """Give an index with the condition of a partial one as its words."""
    options = {name: str(one) for name, one in index.get("dialect_options", {}).items()}
    return {**index, "dialect_options": options}


async def test_a_fresh_schema_equals_all_migrations_in_order(engines):
    """What is made at once and what has grown step by step are the same to the last index."""
    fresh, grown = engines
    await fresh.transact(migrations.prepare)
    expected = await fresh.transact(described)
    await grown.transact(migrations.upgrade)
    assert await grown.transact(described) == expected
    assert {table.name for table in schema.metadata.sorted_tables} < set(expected["tables"])


def test_the_newest_migration_is_the_programs_version():
    """There is one line of migrations, and it ends where the program expects it."""
    assert ScriptDirectory(FOLDER).get_heads() == [migrations.HEAD]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "newer version"),
        ("DROP TABLE alembic_version", "no version"),
    ],
)
async def test_a_schema_of_another_kind_is_refused(urls, change, words):
    """A database that this program can't know is left alone, with a sentence."""
    async with Database(urls[0]) as database:
        await database.write(lambda connection: connection.exec_driver_sql(change).close())
    with pytest.raises(StoreError, match=words):
        async with Database(urls[0]):
            pass


async def test_two_that_start_at_once(urls):
    """Processes that meet at an empty database all find it made."""
    async with Database(urls[0]), Database(urls[0]):
        pass
