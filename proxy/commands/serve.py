"""`linkback-proxy serve`: the service itself."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Coroutine
from importlib import import_module

import uvloop

from proxy.app import DASHBOARD, prepare, run_service
from proxy.commands.common import add_config
from proxy.config import load
from proxy.live import StartError
from proxy.log import configure
from proxy.meters import Meters
from proxy.nursery import Nursery
from proxy.reader import ReaderLimits
from proxy.workers import Workers

# So long another thread may keep the one that serves waiting; Python's own 5 ms are a whole page's time.
SWITCH_SECONDS = 0.0005


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_config(parser)


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to stop; return the exit code."""
    config = load(arguments.config)
    configure(config.log.level, config.log.format)
    sys.setswitchinterval(SWITCH_SECONDS)
    if config.workers == 1:
        return _serve(run_service(config, arguments.config))
    if code := _serve(prepare(config)):
        return code
    import_module(DASHBOARD)  # once for all, before there are several
    meters = Meters(config.workers)
    with Nursery(ReaderLimits().memory_bytes) as nursery:  # one for all workers

        def work(number: int) -> int:
            meters.worker = number
            return _serve(run_service(config, arguments.config, meters, nursery))

        return Workers(work, config.workers).run()


def _serve(work: Coroutine[object, object, None]) -> int:
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(work)
    except StartError as error:
        print(f"linkback-proxy: {error}", file=sys.stderr)
        return 1
    return 0
