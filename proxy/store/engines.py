"""Engines for one database: one that writes, a transaction at a time, and one that reads.

SQLite is written in a thread of its own by the plain driver: a whole transaction is one way there and back,
where an asynchronous driver goes it for each statement. All else is done by asynchronous drivers, each
transaction in a greenlet, as SQLAlchemy's `AsyncEngine` does it; that would bring the whole ORM along. One
process writes PostgreSQL at a time, as with SQLite: groups that wait for each other's rows would deadlock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.pool import AsyncAdaptedQueuePool, QueuePool
from sqlalchemy.util import greenlet_spawn

T = TypeVar("T")

BUSY_SECONDS = 5.0  # how long a write waits for another process's
READERS = 4
PRAGMAS = (
    "auto_vacuum=INCREMENTAL",  # says nothing to a database that has tables
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "wal_autocheckpoint=8000",  # pages; in a flood the same ones change again and again
    "journal_size_limit=67108864",
)
# Reads are single statements, each a transaction of its own: to begin and end one costs as much again.
SINGLE = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
WRITERS_LOCK = 0x4C42  # an advisory lock: a number that nobody else in the database uses
# A server that is gone or hangs is an error in seconds, not a wait for ever.
ARGUMENTS = {
    "timeout": BUSY_SECONDS,
    "command_timeout": 30.0,
    "server_settings": {"lock_timeout": f"{BUSY_SECONDS:.0f}s"},
}


class Engine(Protocol):
    """Runs transactions, as many at a time as it was made for."""

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """Run a work in a transaction of its own; its result once that is committed."""

    async def dispose(self) -> None:
        """Drop the connections; the next transaction begins with a fresh one."""


class Threaded:
    """Runs one transaction at a time, in a thread of its own."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """See Engine."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, work)

    def _transact(self, work: Callable[[sa.Connection], T]) -> T:
        with self._engine.begin() as connection:
            return work(connection)

    async def dispose(self) -> None:
        """See Engine."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)


class Awaited:
    """Runs transactions by an asynchronous driver."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """See Engine."""
        return await greenlet_spawn(self._transact, work)

    def _transact(self, work: Callable[[sa.Connection], T]) -> T:
        with self._engine.begin() as connection:
            return work(connection)

    async def dispose(self) -> None:
        """See Engine."""
        await greenlet_spawn(self._engine.dispose)


def open_engines(url: str) -> tuple[Engine, Engine]:
    """Return the engine that writes and the one that reads. One process writes at a time."""
    if url.startswith("sqlite"):
        return Threaded(_sqlite_writing(url)), Awaited(_sqlite_reading(url))
    return _postgresql(url)


def _sqlite_writing(url: str) -> sa.Engine:
    engine = sa.create_engine(
        _existing(sa.make_url(url).set(drivername="sqlite")),
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    _configure(engine)

    @sa.event.listens_for(engine, "begin")
    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _sqlite_reading(url: str) -> sa.Engine:
    engine = sa.create_engine(
        _existing(sa.make_url(url).set(drivername="sqlite+aiosqlite")),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=READERS,
        max_overflow=0,
        connect_args={"timeout": BUSY_SECONDS},
        **SINGLE,
    )
    _configure(engine)
    return engine


def _configure(engine: sa.Engine) -> None:
    """Have each connection to SQLite set up as all are."""

    @sa.event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy begins transactions, not the driver
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


def _existing(url: sa.URL) -> sa.URL:
    """Let SQLite open only a file that is there: else a reader would make an empty one for a lost one."""
    return url.set(database=f"file:{quote(url.database or '')}", query={"mode": "rw", "uri": "true"})


def _postgresql(url: str) -> tuple[Engine, Engine]:
    writing = _engine(url, size=1)

    @sa.event.listens_for(writing, "begin")
    def wait_for_turn(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})")

    return Awaited(writing), Awaited(_engine(url, size=READERS, **SINGLE))


def _engine(url: str, *, size: int, **more: Any) -> sa.Engine:
    return sa.create_engine(
        url, pool_size=size, max_overflow=0, pool_pre_ping=True, connect_args=ARGUMENTS, **more
    )
