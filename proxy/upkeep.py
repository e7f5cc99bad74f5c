"""What a running service does beside its work: take up what has changed, and keep the database small.

Each is a loop that ends only by cancellation, and that no failure of the database ends.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager

import structlog

from proxy.config import Config, Retention
from proxy.store import StoreError
from proxy.store.orders import Orders
from proxy.store.pruning import Pruning

ORDER_SECONDS = 1.0  # between two looks for an order
LOOK_SECONDS = 5.0  # between two looks for a new model
TALLY_SECONDS = 60.0  # between two looks for hours that have ended
PRUNE_SECONDS = 600.0
DAY = 86_400.0

# Keys that are read once, at the start.
STARTING = ("listen", "dashboard.listen", "database", "workers", "log")

_log = structlog.get_logger()


def need_restart(old: Config, new: Config) -> list[str]:
    """Name the keys that differ and that only a restart can change."""
    return [key for key in STARTING if _at(old, key) != _at(new, key)]


def _at(config: Config, key: str) -> object:
    value: object = config
    for name in key.split("."):
        value = getattr(value, name)
    return value


@asynccontextmanager
async def beside(work: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Run a coroutine beside the block; it is cancelled at the end."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def obey(orders: Orders, reload: Callable[[], Awaitable[str]]) -> None:
    """Reload whenever `linkback-proxy reload` asks for it, and answer what came of it."""
    seen: int | None = None
    while True:
        try:
            last = await orders.last("reload")
            if seen is not None and last > seen:
                await orders.reply("reload", await reload())
            seen = last
        except StoreError as error:
            _log.debug("store", what="orders are not heard", error=str(error))
        await asyncio.sleep(ORDER_SECONDS)


async def watch(look: Callable[[], object], take: Callable[[], Awaitable[None]]) -> None:
    """Take up the model whenever what `look` sees changes."""
    seen = look()
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        now = look()
        if now != seen:
            seen = now
            await take()


async def again(work: Callable[[], Awaitable[object]], trouble: str, *, seconds: float) -> None:
    """Do a piece of work with the database every so many seconds."""
    while True:
        try:
            await work()
        except StoreError as error:
            _log.error("store", what=trouble, error=str(error))
        await asyncio.sleep(seconds)


async def prune(pruning: Pruning, keys: Callable[[], Retention]) -> None:
    """Remove what is past its time or beyond its number or size, again and again."""
    while True:
        wanted = keys()
        try:
            gone = await pruning.prune(
                before=time.time() - wanted.days * DAY,
                keep=wanted.rows,
                max_bytes=wanted.max_megabytes * 1_000_000,
            )
            if gone:
                _log.info("prune", linkbacks=gone)
        except StoreError as error:
            _log.error("store", what="pruning waits", error=str(error))
        await asyncio.sleep(PRUNE_SECONDS)
