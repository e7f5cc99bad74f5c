"""Engines by asynchronous drivers: SQLite's for reading, and PostgreSQL's.

Loaded by the process that opens a database, not at its start: they bring SQLAlchemy's larger half. One
process writes PostgreSQL at a time, as with SQLite: groups that wait for each other's rows would deadlock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from proxy.store.engines import BUSY_SECONDS, READERS, Engine, configure, existing

T = TypeVar("T")

# Reads are single statements, each a transaction of its own: to begin and end one costs as much again.
SINGLE = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
WRITERS_LOCK = 0x4C42  # an advisory lock: a number that nobody else in the database uses
# A server that is gone or hangs is an error in seconds, not a wait for ever.
ARGUMENTS = {
    "timeout": BUSY_SECONDS,
    "command_timeout": 30.0,
    "server_settings": {"lock_timeout": f"{BUSY_SECONDS:.0f}s"},
}


class Awaited:
    """Runs transactions by an asynchronous driver."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """See Engine."""
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def dispose(self) -> None:
        """See Engine."""
        await self._engine.dispose()


def reading_sqlite(url: str) -> Engine:
    """Return the engine that reads."""
    engine = create_async_engine(
        existing(sa.make_url(url).set(drivername="sqlite+aiosqlite")),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=READERS,
        max_overflow=0,
        connect_args={"timeout": BUSY_SECONDS},
        **SINGLE,
    )
    configure(engine.sync_engine)
    return Awaited(engine)


def open_postgresql(url: str) -> tuple[Engine, Engine]:
    """Return the engine that writes and the one that reads."""
    writing = _engine(url, size=1)

    @sa.event.listens_for(writing.sync_engine, "begin")
    def wait_for_turn(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})")

    return Awaited(writing), Awaited(_engine(url, size=READERS, **SINGLE))


def _engine(url: str, *, size: int, **more: Any) -> AsyncEngine:
    return create_async_engine(
        url, pool_size=size, max_overflow=0, pool_pre_ping=True, connect_args=ARGUMENTS, **more
    )
