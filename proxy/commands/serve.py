"""`linkback-proxy serve`: the service itself."""

from __future__ import annotations

import argparse
import asyncio
import sys

import uvloop

from proxy.app import StartError, run_service
from proxy.commands.common import add_config
from proxy.config import load
from proxy.log import configure


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_config(parser)


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to stop; return the exit code."""
    config = load(arguments.config)
    configure(config.log.level, config.log.format)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run_service(config, arguments.config))
    except StartError as error:
        print(f"linkback-proxy: {error}", file=sys.stderr)
        return 1
    return 0
