"""Group commit: many small writes share one transaction and one fsync.

A write is a function of a connection, or an item for a function that writes many at once. Those that
wait together run in one transaction. If one of them fails, each runs again in its own, so that only the
faulty one hears of it; if the database itself fails (at the transaction's beginning or end), all of them
hear of it at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from proxy.store.engines import Engine

Item = TypeVar("Item")
T = TypeVar("T")
Work = Callable[[sa.Connection], Any]
Together = Callable[[sa.Connection, Sequence[Item]], Sequence[T]]  # items in, a result for each out

MAX_GROUP = 500  # writes in one transaction
MAX_WAITING = 5_000  # writes that wait; more are refused
AT_A_TURN = 8  # results told at a turn of the loop: what follows for more at once would hold up others
CLOSE_SECONDS = 10.0  # for what waits when the database is closed


class StoreError(Exception):
    """The database can't be used just now. Nothing of the failed write was kept."""


class FaultyWorkError(Exception):
    """A read, or one of a group's writes, failed, not the database; the cause says how."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Waiting:
    """An item that waits to be written, and who waits for it."""

    together: Together[Any, Any]
    item: Any
    future: asyncio.Future[Any]


class Writer:
    """Runs writes one group at a time, in the order of their arrival. `check` looks before each group."""

    def __init__(self, engine: Engine, check: Callable[[], Awaitable[None]]) -> None:
        self._engine = engine
        self._check = check
        self._queue: asyncio.Queue[Waiting | None] = asyncio.Queue(MAX_WAITING)
        self._is_closed = False

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="store writer")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what waits, within a bound, and refuse the rest."""
        self._is_closed = True
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._queue.put(None)
                await self._task
        except TimeoutError:
            await asyncio.gather(self._task, return_exceptions=True)
        while not self._queue.empty():
            if (waiting := self._queue.get_nowait()) is not None:
                _settle(waiting.future, error=StoreError("the database was closed"))

    async def run(self, work: Callable[[sa.Connection], T]) -> T:
        """Return the work's result once it is committed to disk; StoreError if it can't be."""
        return await self.run_each(_one_by_one, work)

    def run_each(self, together: Together[Item, T], item: Item) -> asyncio.Future[T]:
        """Promise an item's result for when `together` has written it with others that wait for the same."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        if self._is_closed:
            future.set_exception(StoreError("the database is closed"))
            return future
        try:
            self._queue.put_nowait(Waiting(together=together, item=item, future=future))
        except asyncio.QueueFull:
            future.set_exception(StoreError(f"{MAX_WAITING} writes wait for the database already"))
        return future

    async def _run(self) -> None:
        """Write group after group until told to close."""
        while (first := await self._queue.get()) is not None:
            group = [first]
            is_last = False
            while len(group) < MAX_GROUP and not self._queue.empty() and not is_last:
                one = self._queue.get_nowait()
                is_last = one is None
                group += [one] if one else []
            try:
                await self._together(group)
            except asyncio.CancelledError:
                _refuse(group, StoreError("the database was closed"))
                raise
            if is_last:
                return

    async def _together(self, group: list[Waiting]) -> None:
        """Run a group in one transaction; if one of its writes is faulty, each alone."""
        try:
            results = await self._transaction(group)
        except FaultyWorkError as fault:
            await self._apart(group, fault.__cause__)
        except Exception as error:  # noqa: BLE001  (every failure belongs to the callers; none may end the writer)
            await self._engine.dispose()  # the next group begins with a fresh connection
            _refuse(group, unusable(error))
        else:
            for number, one in enumerate(group, 1):
                _settle(one.future, result=results[one])
                if number % AT_A_TURN == 0:
                    await asyncio.sleep(0)

    async def _apart(self, group: list[Waiting], cause: BaseException | None) -> None:
        if len(group) > 1:
            for one in group:
                await self._together([one])
            return
        if isinstance(cause, OperationalError):
            await self._engine.dispose()
        _settle(group[0].future, error=translated(cause))

    async def _transaction(self, group: list[Waiting]) -> dict[Waiting, Any]:
        def run(connection: sa.Connection) -> dict[Waiting, Any]:
            try:
                return _write(connection, group)
            except Exception as error:
                raise FaultyWorkError from error

        await self._check()
        return await self._engine.transact(run)


def _write(connection: sa.Connection, group: list[Waiting]) -> dict[Waiting, Any]:
    """Write a group, those together that ask for the same. Nobody relies on the order within a group."""
    alike: dict[Together[Any, Any], list[Waiting]] = {}
    for one in group:
        alike.setdefault(one.together, []).append(one)
    results: dict[Waiting, Any] = {}
    for together, ones in alike.items():
        results.update(zip(ones, together(connection, [one.item for one in ones]), strict=True))
    return results


def _one_by_one(connection: sa.Connection, works: Sequence[Work]) -> list[Any]:
    return [work(connection) for work in works]


def _refuse(group: list[Waiting], error: StoreError) -> None:
    for one in group:
        _settle(one.future, error=error)


def _settle(
    future: asyncio.Future[Any], *, result: object = None, error: BaseException | None = None
) -> None:
    """Answer a waiting caller, unless it has gone away."""
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)


def translated(error: BaseException | None) -> BaseException | None:
    """Turn a failure of the database into a StoreError; leave a bug what it is."""
    return unusable(error) if isinstance(error, (SQLAlchemyError, OSError)) else error


def unusable(error: BaseException) -> StoreError:
    """Say in one line why the database can't be used."""
    if isinstance(error, StoreError):
        return error
    cause = getattr(error, "orig", None) or error
    text = " ".join(str(cause).split()) or type(cause).__name__
    result = StoreError(f"the database can't be used: {text}")
    result.__cause__ = error
    return result
