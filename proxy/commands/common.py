"""The quarantine from the shell: what its verbs share. They work on the database itself.

What strangers wrote is printed with its control characters made visible: it may not steer a terminal.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from proxy.config import Config, load

if TYPE_CHECKING:
    from proxy.store import Record, Store

BY = "cli"

Command = Callable[[argparse.Namespace, Config, "Store"], Awaitable[int]]


def add_config(parser: argparse.ArgumentParser) -> None:
    """Declare the option that every verb with a configuration has."""
    parser.add_argument(
        "-c", "--config", type=Path, default=Path("config.yaml"), help="configuration file (config.yaml)"
    )


def with_store(command: Command, arguments: argparse.Namespace) -> int:
    """Read the configuration, open the store and run a command on it."""
    from proxy.store import StoreError, open_store  # noqa: PLC0415 (half of the start of who needs none)

    async def run(config: Config) -> int:
        async with open_store(config.database) as store:
            return await command(arguments, config, store)

    config = load(arguments.config)
    try:
        return asyncio.run(run(config))
    except StoreError as error:
        print(f"linkback-proxy: {error}", file=sys.stderr)
        return 1


def told(wanted: list[int], done: list[int], text: str) -> int:
    """Say what was done to which ids; the exit code."""
    for one in done:
        print(f"{one}: {text}")
    return missing([one for one in wanted if one not in done])


def missing(ids: list[int]) -> int:
    """Name the ids to which nothing could be done; the exit code."""
    for one in ids:
        print(f"{one}: there is no such linkback that this could be done to", file=sys.stderr)
    return 1 if ids else 0


def plain(text: str) -> str:
    """Make control characters visible, bidirectional ones too."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def as_json(one: Record) -> dict[str, Any]:
    """Lay a record out as JSON: the linkback's own keys beside the rest."""
    tree = asdict(one)
    claim: dict[str, Any] = tree.pop("linkback")
    return claim | tree
