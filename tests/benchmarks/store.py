"""How many linkbacks a second are put on disk, one commit each and in groups.

    python -m tests.benchmarks.store [--folder FOLDER] [--number N]

The folder decides about the disk: fsync on a tmpfs costs nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time

from proxy.linkback import Linkback, Protocol
from proxy.store import Arrival, State, Store, open_store

BLOG = "https://blog.example"


def arrival(number: int) -> Arrival:
    """Give one linkback of many."""
    source = f"https://s{number}.example/page"
    linkback = Linkback(protocol=Protocol.PINGBACK, source=source, target=f"{BLOG}/post/")
    return Arrival(
        linkback=linkback, blog=BLOG, domain=f"s{number}.example", remote="192.0.2.1", state=State.RECEIVED
    )


async def rate(store: Store, first: int, number: int, senders: int) -> float:
    """Receive `number` linkbacks from so many senders at once; give linkbacks a second."""
    numbers = iter(range(first, first + number))

    async def sender() -> None:
        for one in numbers:
            await store.queue.receive(arrival(one))

    began = time.perf_counter()
    await asyncio.gather(*(sender() for _ in range(senders)))
    return number / (time.perf_counter() - began)


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", default=".")
    parser.add_argument("--number", type=int, default=3000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        async with open_store(f"sqlite+aiosqlite:///{folder}/linkbacks.db") as store:
            for turn, senders in enumerate((1, 10, 100, 500)):
                found = await rate(store, turn * arguments.number, arguments.number, senders)
                note = "a commit each" if senders == 1 else f"groups of up to {senders}"
                print(f"{senders:>4} senders at once, {note}: {found:>7.0f} linkbacks/s", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
