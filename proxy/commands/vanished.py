"""`linkback-proxy vanished`: delivered linkbacks whose link was gone when we looked again."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from datetime import UTC, datetime

from proxy.commands.common import add_config, plain, with_store
from proxy.config import Config
from proxy.store import Store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_config(parser)
    parser.add_argument("--limit", type=int, default=50, help="at most so many (50)")
    parser.add_argument("--json", action="store_true", help="print a JSON object a line")


def run(arguments: argparse.Namespace) -> int:
    """List and return the exit code."""
    return with_store(_list, arguments)


async def _list(arguments: argparse.Namespace, config: Config, store: Store) -> int:
    vanished = await store.revisits.vanished(max(1, arguments.limit))
    for one in vanished:
        day = datetime.fromtimestamp(one.seen_at, UTC).date()
        line = plain(f"{one.id:>6}  {day}  {one.source} -> {one.target}  {one.detail}")
        print(json.dumps(asdict(one)) if arguments.json else line)
    if not vanished and not arguments.json:
        looking = "" if config.fetch.revisit_days else " (no later looks: fetch.revisit_days is empty)"
        print(f"No link is known to have vanished{looking}.")
    return 0
