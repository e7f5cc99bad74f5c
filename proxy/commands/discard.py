"""`linkback-proxy discard`: linkbacks go nowhere, labelled spam or unwanted."""

from __future__ import annotations

import argparse

from proxy.commands.common import BY, add_config, told, with_store
from proxy.config import Config
from proxy.store import Label, Store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_config(parser)
    parser.add_argument("id", type=int, nargs="+", metavar="ID")
    parser.add_argument("--as", dest="label", choices=["spam", "unwanted"], required=True, help="the label")


def run(arguments: argparse.Namespace) -> int:
    """Discard and return the exit code."""
    return with_store(_discard, arguments)


async def _discard(arguments: argparse.Namespace, _config: Config, store: Store) -> int:
    done = await store.review.discard(arguments.id, label=Label(arguments.label), by=BY)
    return told(arguments.id, done, f"discarded as {arguments.label}")
