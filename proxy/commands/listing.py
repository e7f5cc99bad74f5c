"""`linkback-proxy list`: linkbacks, newest first."""

from __future__ import annotations

import argparse
import json

from proxy.commands.common import add_config, as_json, plain, with_store
from proxy.config import Config
from proxy.store import Listing, Record, State, Store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_config(parser)
    parser.add_argument(
        "--state",
        choices=[*(state.value for state in State), "all"],
        default="held",
        help="the state to list, or all (held)",
    )
    parser.add_argument("--limit", type=int, default=50, help="at most so many (50)")
    parser.add_argument("--json", action="store_true", help="print a JSON object a line")


def run(arguments: argparse.Namespace) -> int:
    """List and return the exit code."""
    return with_store(_list, arguments)


async def _list(arguments: argparse.Namespace, _config: Config, store: Store) -> int:
    states = () if arguments.state == "all" else (State(arguments.state),)
    records = await store.review.records(Listing(states=states, limit=max(1, arguments.limit)))
    for one in records:
        print(json.dumps(as_json(one)) if arguments.json else _line(one))
    if not records and not arguments.json:
        print(f"Nothing is {arguments.state}." if states else "Nothing has come yet.")
    return 0


def _line(one: Record) -> str:
    score = f"{one.score:.3f}" if one.score is not None else "  -  "
    link = one.linkback
    head = f"{one.id:>6}  {one.state:<10} {score}  {one.reason:<20} {link.protocol:<10}"
    return plain(f"{head} {link.source} -> {link.target}")
