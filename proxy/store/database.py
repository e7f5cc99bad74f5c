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
from typing import Self, TypeVar

import sqlalchemy as sa
import structlog

from proxy.store.engines import Engine, open_engines
from proxy.store.migrations import is_current, prepare
from proxy.store.writer import FaultyWorkError, StoreError, Together, Writer, translated, unusable

Item = TypeVar("Item")
T = TypeVar("T")

WAL_MAGIC = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")  # https://sqlite.org/fileformat2.html#walformat

_log = structlog.get_logger()


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
        self._writing: Engine
        self._reading: Engine
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
        if not await self._reading.transact(is_current):
            await self._writing.transact(prepare)
        self._identity = _identity(self._file)

    async def _check(self) -> None:
        """See that the file is the one that was opened; open the other one if it was replaced.

        SQLite itself would go on writing to a file that has no name any more, and behind a journal's
        ruined head, where nothing is found again.
        """
        now = _identity(self._file)
        if now == self._identity:
            if self._file and not _is_sound(f"{self._file}-wal"):
                raise StoreError(f"{self._file}-wal is damaged; stop, put a backup of both files back, start")
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

    def write_each(self, together: Together[Item, T], item: Item) -> asyncio.Future[T]:
        """Have `together` write an item with all others that wait for it; its result comes in time."""
        return self._writer.run_each(together, item)

    async def read(self, statement: sa.Executable) -> Sequence[sa.RowMapping]:
        """Return all rows of a query. The query bounds them.

        A read that has begun ends, even if its caller is cancelled: the driver can't break one off.
        """
        task = asyncio.create_task(self._read(statement))
        self._reads.add(task)
        task.add_done_callback(self._reads.discard)
        return await asyncio.shield(task)

    async def _read(self, statement: sa.Executable) -> Sequence[sa.RowMapping]:
        def run(connection: sa.Connection) -> Sequence[sa.RowMapping]:
            try:
                return connection.execute(statement).mappings().all()
            except Exception as error:
                connection.invalidate()
                raise FaultyWorkError from error

        try:
            return await self._reading.transact(run)
        except FaultyWorkError as fault:
            raise translated(fault.__cause__) or fault from fault.__cause__
        except Exception as error:
            raise unusable(error) from error

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


def _is_sound(journal: str) -> bool:
    """Whether a write-ahead log begins as one.

    The database itself must not be looked at so: SQLite loses its locks on a file that its process closes.
    """
    try:
        file = os.open(journal, os.O_RDONLY)
    except OSError:
        return True  # none yet
    try:
        return os.read(file, 4) in (b"", *WAL_MAGIC)
    finally:
        os.close(file)
