"""Group commit: many small writes share one transaction and one fsync.

A write is a function of a connection. Those that wait together run in one transaction; if one of
them fails, each runs again in its own, so that only the faulty one hears of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

T = TypeVar("T")
Work = Callable[[sa.Connection], Any]
Waiting = tuple[Work, "asyncio.Future[Any]"]

MAX_GROUP = 500  # writes in one transaction


class StoreError(Exception):
    """The database can't be used just now. Nothing of the failed write was kept."""


class Writer:
    """Runs writes one group at a time, in the order of their arrival."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._queue: asyncio.Queue[Waiting] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="store writer")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        while not self._queue.empty():
            _, future = self._queue.get_nowait()
            future.cancel()

    async def run(self, work: Callable[[sa.Connection], T]) -> T:
        """Return the work's result once it is committed to disk; StoreError if it can't be."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((work, future))
        return await future

    async def _run(self) -> None:
        while True:
            group = [await self._queue.get()]
            while len(group) < MAX_GROUP and not self._queue.empty():
                group.append(self._queue.get_nowait())
            try:
                await self._together(group)
            except asyncio.CancelledError:
                for _, future in group:
                    future.cancel()
                raise

    async def _together(self, group: list[Waiting]) -> None:
        """Run a group in one transaction; on an error run each alone."""
        try:
            results = await self._transaction([work for work, _ in group])
        except Exception as error:  # noqa: BLE001  (every failure belongs to a caller; none may end the writer)
            if len(group) == 1:
                _settle(group[0][1], error=translated(error))
                return
            for one in group:
                await self._together([one])
        else:
            for (_, future), result in zip(group, results, strict=True):
                _settle(future, result=result)

    async def _transaction(self, works: list[Work]) -> list[Any]:
        async with self._engine.begin() as connection:
            return await connection.run_sync(lambda plain: [work(plain) for work in works])


def _settle(future: asyncio.Future[Any], *, result: object = None, error: Exception | None = None) -> None:
    """Answer a waiting caller, unless it has gone away."""
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)


def translated(error: Exception) -> Exception:
    """Turn a failure of the database into a StoreError; leave a bug what it is."""
    if not isinstance(error, (SQLAlchemyError, OSError)):
        return error
    cause = getattr(error, "orig", None) or error
    result = StoreError(f"the database can't be used: {' '.join(str(cause).split())}")
    result.__cause__ = error
    return result
