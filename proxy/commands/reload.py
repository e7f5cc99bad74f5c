"""`linkback-proxy reload`: the running service takes up its configuration and model anew."""

from __future__ import annotations

import argparse
import asyncio
import sys

from proxy.commands.common import BY, add_config, with_store
from proxy.config import Config
from proxy.store import Store

WAIT_SECONDS = 15.0  # for the first process to answer
MORE_SECONDS = 2.0  # for the others after it
LOOK_SECONDS = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_config(parser)


def run(arguments: argparse.Namespace) -> int:
    """Ask for a reload, print the answers and return the exit code."""
    return with_store(_reload, arguments)


async def _reload(_arguments: argparse.Namespace, _config: Config, store: Store) -> int:
    order = await store.orders.give("reload", by=BY)
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            while not await store.orders.replies("reload", since=order):  # noqa: ASYNC110  (it is another process)
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        print("No running service uses this database.", file=sys.stderr)
        return 1
    await asyncio.sleep(MORE_SECONDS)
    replies = await store.orders.replies("reload", since=order)
    for reply in replies:
        print(f"{reply.by.rpartition('/')[0]}: {reply.text}")
    return 1 if any(reply.text.startswith("refused") for reply in replies) else 0
