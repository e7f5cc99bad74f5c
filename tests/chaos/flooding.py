"""A sender of a flood, in a process of its own: `python -m tests.chaos.flooding URL NUMBER SECONDS SOURCES`.

Half are pingbacks from pages that do not link, half trackbacks with words of spam; each comes from an address
and claims a page on a host of its own, as a botnet's do. Gives way to the service, as one that floods from
elsewhere does. Prints how many were answered with what.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import Counter

import aiohttp

from tests.benchmarks.stage import PINGBACK, TRACKBACK, TRACKBACK_SPAM

AT_ONCE = 400


def request(url: str, number: int, sources: str) -> tuple[str, str, dict[str, str]]:
    """Give path, body and headers of one of many."""
    source = (
        f"http://127.{20 + number // 62500}.{number // 250 % 250}.{1 + number % 250}:{sources}/spam/{number}"
    )
    client = f"198.{18 + number % 2}.{number // 500 % 250}.{1 + number // 2 % 250}"
    headers = {"X-Forwarded-For": client, "Content-Type": "text/xml"}
    if number % 2:
        return "/xmlrpc.php", PINGBACK.format(source=source, target=f"{url}/post/"), headers
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    words = f"{TRACKBACK_SPAM}{number}".replace(" ", "+")
    return "/post/trackback/", TRACKBACK.format(source=source, words=words), headers


async def flood(url: str, number: int, seconds: float, sources: str) -> Counter[str]:
    """Send so many, evenly; whoever is not answered in time does not wait for others."""
    heard: Counter[str] = Counter()
    room = asyncio.Semaphore(AT_ONCE)

    async def one(session: aiohttp.ClientSession, each: int) -> None:
        path, body, headers = request(url, each, sources)
        try:
            async with session.post(url + path, data=body, headers=headers) as answer:
                await answer.read()
                heard[str(answer.status)] += 1
        except (aiohttp.ClientError, TimeoutError):
            heard["no answer"] += 1
        finally:
            room.release()

    begun = time.perf_counter()
    connector, timeout = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout(total=15)
    async with (
        aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
        asyncio.TaskGroup() as all_,
    ):
        for each in range(number):
            await asyncio.sleep(max(0.0, begun + each * seconds / number - time.perf_counter()))
            await room.acquire()
            all_.create_task(one(session, each))
    heard["seconds"] = round(time.perf_counter() - begun)
    return heard


if __name__ == "__main__":
    os.nice(10)
    target, count, within, port = sys.argv[1:5]
    print(dict(asyncio.run(flood(target, int(count), float(within), port))))
