"""`linkback-proxy release`: linkbacks go to the blog, labelled ham."""

from __future__ import annotations

import argparse

from proxy.commands.common import BY, add_config, told, with_store
from proxy.config import Config
from proxy.store import Store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_config(parser)
    parser.add_argument("id", type=int, nargs="+", metavar="ID")


def run(arguments: argparse.Namespace) -> int:
    """Release and return the exit code."""
    return with_store(_release, arguments)


async def _release(arguments: argparse.Namespace, config: Config, store: Store) -> int:
    delay = config.delivery.undo_seconds
    done = await store.review.release(arguments.id, by=BY, delay=delay)
    return told(arguments.id, done, f"released; delivered from {delay:g} s on, in the blog's pace")
