"""Stopping, reloading, a full disk, and several processes on one database, all under load."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import subprocess

import aiohttp
import pytest
import pytest_asyncio

from proxy.store import Listing, State, open_store
from tests.chaos.world import Proxy, Sources, Upstream, send
from tests.support.ports import free_port

ALIVE = {State.RECEIVED, State.QUEUED, State.DELIVERING, State.JUDGING, State.DELIVERED}


@pytest_asyncio.fixture
async def world(tmp_path):
    """Run an upstream and sources that do not fail, and give a proxy that is not started yet."""
    dice = random.Random(1)
    upstream, sources = Upstream(dice), Sources(dice)
    await upstream.start()
    await sources.start()
    proxy = Proxy(folder=tmp_path, upstream=upstream)
    proxy.write_config()
    yield proxy, upstream, sources
    with contextlib.suppress(ProcessLookupError):
        await proxy.kill()
    await upstream.stop()
    await sources.stop()


async def page(session: aiohttp.ClientSession, url: str) -> int:
    async with session.get(f"{url}/", headers={"Host": "blog.example"}) as answer:
        await answer.read()
        return answer.status


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


async def recorded(proxy: Proxy) -> dict[str, State]:
    async with open_store(proxy.database) as store:
        return {one.linkback.source: one.state for one in await store.review.records(Listing(limit=10_000))}


@pytest.mark.parametrize("workers", [1, 2])
async def test_terminate_under_load(world, workers):
    """SIGTERM ends the service within the bound; what was accepted is recorded or delivered."""
    proxy, upstream, sources = world
    proxy.write_config(workers=workers)
    await proxy.start()
    heard: dict[str, str] = {}

    async def one(session, source):
        heard[source] = await send(session, proxy.url, source)

    async with aiohttp.ClientSession() as session:
        tasks = [asyncio.create_task(one(session, sources.url("ham", n))) for n in range(200)]
        await asyncio.wait(tasks[:20], return_when=asyncio.FIRST_COMPLETED)
        assert await proxy.terminate(within=20) == 0
        await asyncio.gather(*tasks)
    states = await recorded(proxy)
    accepted = [source for source, word in heard.items() if word == "accepted"]
    assert accepted
    assert all(states[source] in ALIVE for source in accepted)
    assert State.JUDGING not in states.values()
    assert max(upstream.stored.values(), default=1) == 1


@pytest.mark.parametrize("workers", [1, 2])
async def test_reload_under_load(world, workers):
    """Twenty reloads, by command and by signal, of good and bad files, fail no request."""
    proxy, _, sources = world
    proxy.write_config(workers=workers)
    await proxy.start()
    statuses, words, is_over = set(), set(), asyncio.Event()

    async def visit(session):
        while not is_over.is_set():
            statuses.add(await page(session, proxy.url))

    async def ping(session):
        for number in range(60):
            words.add(await send(session, proxy.url, sources.url("ham", number)))

    async with aiohttp.ClientSession() as session:
        visits = [asyncio.create_task(visit(session)) for _ in range(4)]
        pings = asyncio.create_task(ping(session))
        for number in range(19):
            budget = 1 + number / 10
            proxy.write_config(
                reply_budget_seconds=budget, workers=workers
            ) if number % 3 else proxy.break_config()
            proxy.process.send_signal(signal.SIGHUP)
            await page(session, proxy.url)
        proxy.write_config(workers=workers)
        done = await asyncio.to_thread(proxy.command, "reload")
        await pings
        is_over.set()
        await asyncio.gather(*visits)
    assert done.count("done") == workers
    assert (statuses, words) == ({200}, {"accepted"})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk")
async def test_a_full_disk(world, tmp_path):
    """Nothing is accepted that is not kept, pages are still relayed, and with room again all goes on."""
    proxy, upstream, sources = world
    small = tmp_path / "small"
    small.mkdir()
    await asyncio.to_thread(_run, "mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(small))
    try:
        proxy.write_config(database=f"sqlite+aiosqlite:///{small}/linkbacks.db")
        await proxy.start()
        async with aiohttp.ClientSession() as session:
            assert await send(session, proxy.url, sources.url("ham", 0)) == "accepted"
            filler = small / "filler"
            with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
                while file.write(b"x" * 4096):
                    pass
            words = [await send(session, proxy.url, sources.url("ham", n)) for n in range(1, 60)]
            assert words[-1] == "later"
            assert await page(session, proxy.url) == 200
            filler.unlink()
            assert await send(session, proxy.url, sources.url("ham", 99)) == "accepted"
            async with asyncio.timeout(40):
                while not upstream.stored[sources.url("ham", 99)]:
                    await asyncio.sleep(0.1)
        await proxy.terminate(within=20)
        async with open_store(f"sqlite+aiosqlite:///{small}/linkbacks.db") as store:
            kept = {one.linkback.source for one in await store.review.records(Listing(limit=1000))}
    finally:
        await proxy.kill()
        await asyncio.to_thread(_run, "umount", str(small))
    accepted = {sources.url("ham", n) for n, word in enumerate(words, 1) if word == "accepted"}
    assert accepted <= kept


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_two_processes_on_one_database(world, tmp_path, request, kind):
    """Two services that share a database bring each linkback to the blog once, without asking twice."""
    first, upstream, sources = world
    url = first.database
    if kind == "postgresql":
        url = request.getfixturevalue("postgresql").create_database("chaos_two")
    (tmp_path / "second").mkdir()
    second = Proxy(folder=tmp_path / "second", upstream=upstream, port=free_port())
    for proxy in (first, second):
        proxy.write_config(database=url)
    await asyncio.gather(first.start(), second.start())
    try:
        async with aiohttp.ClientSession() as session:
            sends = [
                send(session, proxy.url, sources.url("ham", n))
                for n in range(100)
                for proxy in (first, second)
            ]
            words = await asyncio.gather(*sends)
            async with asyncio.timeout(60):
                while len(upstream.stored) < 100:
                    await asyncio.sleep(0.1)
        assert set(words) <= {"accepted", "refused"}
        assert (upstream.stored.total(), upstream.redelivered) == (100, 0)
    finally:
        await second.terminate(within=20)
        await first.terminate(within=20)


async def test_a_process_that_stands_still(world, tmp_path):
    """A process that is stopped in a delivery for longer than its lease records nothing about it afterwards.

    Another one delivers the linkback meanwhile, and the blog's own check makes the second delivery harmless.
    """
    first, upstream, sources = world
    upstream.least = 1.0  # second that the blog takes: time to stop who delivers
    source = sources.url("ham", 1)
    first.write_config(delivery={"timeout_seconds": 3, "undo_seconds": 0})
    (tmp_path / "second").mkdir()
    second = Proxy(folder=tmp_path / "second", upstream=upstream)
    second.write_config(delivery={"timeout_seconds": 3, "undo_seconds": 0}, database=first.database)
    await first.start()
    async with aiohttp.ClientSession() as session:
        assert await send(session, first.url, source) == "accepted"
        async with asyncio.timeout(20):
            while not upstream.outcomes["begun"]:
                await asyncio.sleep(0.02)
        first.process.send_signal(signal.SIGSTOP)
        try:
            await second.start()
            async with asyncio.timeout(40):
                while not upstream.outcomes["duplicate"]:
                    await asyncio.sleep(0.1)
            async with asyncio.timeout(20):
                while (await recorded(first))[source] is not State.DELIVERED:
                    await asyncio.sleep(0.1)
        finally:
            first.process.send_signal(signal.SIGCONT)
        async with asyncio.timeout(20):
            while "came too late and does not count" not in (tmp_path / "log.txt").read_text():
                await asyncio.sleep(0.1)
        assert (await recorded(first))[source] is State.DELIVERED
        assert await send(session, first.url, sources.url("ham", 2)) == "accepted"  # and it goes on
    async with asyncio.timeout(20):
        while not upstream.stored[sources.url("ham", 2)]:
            await asyncio.sleep(0.1)
    assert (upstream.stored[source], upstream.outcomes["duplicate"]) == (1, 1)
    assert upstream.stored[sources.url("ham", 2)] == 1
    await second.terminate(within=20)
    await first.terminate(within=20)
