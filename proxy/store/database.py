"""Opening a database, reading from it, and writing in groups.

One writing connection, which waits for its turn among processes (SQLite: WAL, a real fsync for each
commit), and some reading ones. Knows nothing of linkbacks but that the schema must be there.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from proxy.store.migrations import is_current, prepare
from proxy.store.writer import StoreError, Writer, translated, unusable

T = TypeVar("T")

BUSY_SECONDS = 5.0  # how long a write waits for another process's
READERS = 4
WRITERS_LOCK = 0x4C42  # PostgreSQL's advisory lock: a number that nobody else in the database uses
PRAGMAS = (
    "auto_vacuum=INCREMENTAL",  # says nothing to a database that has tables
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-8000",
    "journal_size_limit=67108864",
)
# A server that is gone or hangs is an error in seconds, not a wait for ever.
POSTGRESQL = {
    "timeout": BUSY_SECONDS,
    "command_timeout": 30.0,
    "server_settings": {"lock_timeout": f"{BUSY_SECONDS:.0f}s"},
}

_log = structlog.get_logger()


def open_engines(url: str) -> tuple[AsyncEngine, AsyncEngine]:
    """Return the engine that writes and the one that reads. One process writes at a time."""
    if url.startswith("sqlite"):
        return _sqlite(url, size=1, begin="BEGIN IMMEDIATE"), _sqlite(url, size=READERS, begin="BEGIN")
    writing = _postgresql(url, size=1)

    @sa.event.listens_for(writing.sync_engine, "begin")
    def wait_for_turn(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})")  # groups would deadlock

    return writing, _postgresql(url, size=READERS)


def _postgresql(url: str, *, size: int) -> AsyncEngine:
    return create_async_engine(
        url, pool_size=size, max_overflow=0, pool_pre_ping=True, connect_args=POSTGRESQL
    )


def _sqlite(url: str, *, size: int, begin: str) -> AsyncEngine:
    engine = create_async_engine(
        _existing(sa.make_url(url)),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        connect_args={"timeout": BUSY_SECONDS},
    )

    @sa.event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy begins transactions, not the driver
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _existing(url: sa.URL) -> sa.URL:
    """Let SQLite open only a file that is there: else a reader would make an empty one for a lost one."""
    return url.set(database=f"file:{quote(url.database or '')}", query={"mode": "rw", "uri": "true"})


class Database:
    """One open database. Raises StoreError when it can't be used.

    `owner` names this process in leases (`HOST/PID/TOKEN`); `clock` gives seconds since the epoch.
    """

    def __init__(self, url: str, *, owner: str = "", clock: Callable[[], float] = time.time) -> None:
        self._url = url
        self._file = sa.make_url(url).database if url.startswith("sqlite") else None
        self._identity: tuple[int, int] | None = None
        self.clock = clock
        self.owner = owner or f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"
        self._writing: AsyncEngine
        self._reading: AsyncEngine
        self._writer: Writer
        self._reads: set[asyncio.Task[Sequence[sa.RowMapping]]] = set()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._writing, self._reading = open_engines(self._url)
        self._stack.push_async_callback(self._reading.dispose)
        self._stack.push_async_callback(self._writing.dispose)
        self._stack.push_async_callback(self._end_reads)
        try:
            _make(self._file)
            await self._prepare()
        except Exception as error:
            await self._stack.aclose()
            raise unusable(error) from error
        self._writer = await self._stack.enter_async_context(Writer(self._writing, self._check))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _prepare(self) -> None:
        """Bring the schema to this version's, if it is not; a database that is only to be read stays so."""
        async with self._reading.connect() as connection:
            current = await connection.run_sync(is_current)
        if not current:
            async with self._writing.begin() as connection:
                await connection.run_sync(prepare)
        self._identity = _identity(self._file)

    async def _check(self) -> None:
        """See that the file is the one that was opened; open the other one if it was replaced.

        SQLite itself would go on writing to a file that has no name any more.
        """
        now = _identity(self._file)
        if now == self._identity:
            return
        if now is None:
            raise StoreError(f"the database file {self._file} is gone; put it back, or restart to begin anew")
        _log.warning("store", what="the database file was replaced; the new one is used", file=self._file)
        await self._reading.dispose()
        await self._writing.dispose()
        await self._prepare()

    @property
    def is_file(self) -> bool:
        """Whether this is SQLite's, a file of our own."""
        return self._file is not None

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Run a write in the next group commit and return its result once it is on disk."""
        return await self._writer.run(work)

    async def read(self, statement: sa.Executable) -> Sequence[sa.RowMapping]:
        """Return all rows of a query. The query bounds them.

        A read that has begun ends, even if its caller is cancelled: the driver can't break one off.
        """
        task = asyncio.create_task(self._read(statement))
        self._reads.add(task)
        task.add_done_callback(self._reads.discard)
        return await asyncio.shield(task)

    async def _read(self, statement: sa.Executable) -> Sequence[sa.RowMapping]:
        try:
            connection = await self._reading.connect()
        except Exception as error:
            raise unusable(error) from error
        try:
            rows: Sequence[sa.RowMapping] = (await connection.execute(statement)).mappings().all()
        except Exception as error:
            await connection.invalidate()
            raise translated(error) or error from error
        finally:
            await connection.close()
        return rows

    async def _end_reads(self) -> None:
        await asyncio.gather(*self._reads, return_exceptions=True)


def _make(file: str | None) -> None:
    """Make the file if it is not there."""
    if file and _identity(file) is None:
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o640))


def _identity(file: str | None) -> tuple[int, int] | None:
    """Tell files of one name apart; None if there is none."""
    if not file:
        return None
    try:
        status = os.stat(file)  # noqa: PTH116  (no more than a name look-up, a microsecond)
    except OSError:
        return None
    return status.st_dev, status.st_ino
