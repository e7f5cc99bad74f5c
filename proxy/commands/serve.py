"""`linkback-proxy serve`: the service itself."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from importlib import import_module
from pathlib import Path

import uvloop

from proxy.commands.common import add_config
from proxy.config import Config, load
from proxy.front import Front
from proxy.loading import loading
from proxy.log import configure
from proxy.meters import Meters
from proxy.nursery import Nursery
from proxy.starting import SIGNALS, StartError, hold
from proxy.workers import Workers

# So long another thread may keep the one that serves waiting; Python's own 5 ms are a whole page's time.
SWITCH_SECONDS = 0.0005
NICE = 5  # the blog's pages go before the judging of linkbacks


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_config(parser)


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to stop; return the exit code."""
    config = load(arguments.config)
    configure(config.log.level, config.log.format)
    sys.setswitchinterval(SWITCH_SECONDS)
    meters = Meters(2 * config.workers)  # each worker and its front
    if config.workers == 1:
        return _work(0, config, arguments.config, meters)
    from proxy.board import ROUTES  # noqa: PLC0415 (these three: not before the front of a single worker)
    from proxy.reader import ReaderLimits  # noqa: PLC0415
    from proxy.running import prepare  # noqa: PLC0415

    if code := _serve(prepare(config)):
        return code
    import_module(ROUTES)  # once for all, before there are several
    with Nursery(ReaderLimits().memory_bytes) as nursery:  # one for all workers
        return Workers(
            lambda number: _work(number, config, arguments.config, meters, nursery), config.workers
        ).run()


def _work(number: int, config: Config, path: Path, meters: Meters, nursery: Nursery | None = None) -> int:
    """Be a worker: a front that serves connections, and the service behind it at a lower priority."""
    try:
        sockets = hold(config.listen, "listen", is_shared=config.workers > 1)
    except StartError as error:
        return _failed(error)
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # as soon as the front listens, somebody may send one
    front = Front.fork(config, sockets, meters, config.workers + number)
    meters.worker = number
    os.nice(NICE)
    with loading():
        from proxy.running import run_service  # noqa: PLC0415 (the front listens meanwhile)

    return _serve(run_service(config, path, meters, front, nursery))


def _serve(work: Coroutine[object, object, None]) -> int:
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(work)
    except StartError as error:
        return _failed(error)
    return 0


def _failed(error: StartError) -> int:
    print(f"linkback-proxy: {error}", file=sys.stderr)
    return 1
