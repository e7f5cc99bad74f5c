"""A process of the service from its start to its end: what is found out before, and what signals do."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
from collections.abc import Coroutine
from pathlib import Path

import structlog

from proxy.app import Service, serving
from proxy.config import Config
from proxy.door import claim
from proxy.front import Front
from proxy.meters import Meters
from proxy.nursery import Nursery
from proxy.starting import SIGNALS, StartError, taken
from proxy.store import StoreError, open_store
from proxy.upkeep import beside

_log = structlog.get_logger()


async def prepare(config: Config) -> None:
    """Find out, before several workers do, whether the service can start; bring the database up to date."""
    from proxy.renewal import load_model, usable_models  # noqa: PLC0415 (all that judging needs, once for all)

    load_model(usable_models(config))
    try:
        async with open_store(config.database):
            pass
    except StoreError as error:
        raise StartError(f"database: {error}; check the path, the rights and the disk") from error
    for key, address in (("listen", config.listen), ("dashboard.listen", config.dashboard.listen)):
        try:
            claim(address)
        except OSError as error:
            raise taken(key, address, error) from error


async def run_service(
    config: Config, config_path: Path, meters: Meters, front: Front, nursery: Nursery | None = None
) -> None:
    """Serve behind a front until SIGTERM or SIGINT; SIGHUP reloads."""
    stop, again = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, again.set)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)  # unhandled, each of them would have ended us
    async with (
        serving(config, config_path, meters, nursery, front) as service,
        beside(_reload_when(again, service)),
    ):
        gc.collect()
        gc.freeze()  # what is here now stays; looking through it again and again would hold up the loop
        _log.info("ready", listen=config.listen, blogs=len(service.live.blogs), model=service.live.model.name)
        with contextlib.suppress(asyncio.CancelledError):
            await _first(stop.wait(), front.until_gone())
        if not stop.is_set():
            raise StartError("the front ended; its last words stand above")
        _log.info("stopping")


async def _first(*ends: Coroutine[object, object, object]) -> None:
    """Wait for the first of several."""
    tasks = [asyncio.create_task(end) for end in ends]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


async def _reload_when(asked: asyncio.Event, service: Service) -> None:
    while True:
        await asked.wait()
        asked.clear()
        await service.renewal.reload()
