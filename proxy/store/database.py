"""Opening a database, reading from it, and writing in groups.

SQLite gets one writing connection (WAL, a real fsync for each commit) and some reading ones;
PostgreSQL one pool. Knows nothing of linkbacks but that the schema must be there.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from proxy.store.schema import create
from proxy.store.writer import Writer, translated

T = TypeVar("T")

BUSY_SECONDS = 5.0  # how long a write waits for another process's
READERS = 4


def open_engines(url: str) -> tuple[AsyncEngine, AsyncEngine]:
    """Return the engine that writes and the one that reads (the same one on PostgreSQL)."""
    if not url.startswith("sqlite"):
        engine = create_async_engine(url, pool_size=8, pool_pre_ping=True)
        return engine, engine
    return _sqlite(url, size=1, begin="BEGIN IMMEDIATE"), _sqlite(url, size=READERS, begin="BEGIN")


def _sqlite(url: str, *, size: int, begin: str) -> AsyncEngine:
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        connect_args={"timeout": BUSY_SECONDS},
    )

    @sa.event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy begins transactions, not the driver
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-8000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


class Database:
    """One open database. Raises StoreError when it can't be used.

    `owner` names this process in leases; `clock` gives seconds since the epoch.
    """

    def __init__(self, url: str, *, owner: str = "", clock: Callable[[], float] = time.time) -> None:
        self._url = url
        self.clock = clock
        self.owner = owner or f"{socket.gethostname()}/{os.getpid()}"
        self._writing: AsyncEngine
        self._reading: AsyncEngine
        self._writer: Writer
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._writing, self._reading = open_engines(self._url)
        self._stack.push_async_callback(self._reading.dispose)
        self._stack.push_async_callback(self._writing.dispose)
        try:
            async with self._writing.begin() as connection:
                await connection.run_sync(create)
        except Exception as error:
            await self._stack.aclose()
            raise translated(error) from error
        self._writer = await self._stack.enter_async_context(Writer(self._writing))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Run a write in the next group commit and return its result once it is on disk."""
        return await self._writer.run(work)

    async def read(self, statement: sa.Executable) -> Sequence[sa.RowMapping]:
        """Return all rows of a query. The query bounds them."""
        try:
            async with self._reading.connect() as connection:
                rows: Sequence[sa.RowMapping] = (await connection.execute(statement)).mappings().all()
                return rows
        except Exception as error:
            raise translated(error) from error
