"""Each way to fail of the README's table, made to happen to a running service: nothing accepted is lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import subprocess
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from proxy.store import Listing, Record, open_store
from tests.chaos.world import Proxy, Sources, Upstream, send

ONLY_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk")


@pytest_asyncio.fixture
async def world(tmp_path):
    """Run an upstream and sources that do not fail, and give a proxy that is not started yet."""
    upstream, sources = Upstream(random.Random(1)), Sources(random.Random(1))
    await upstream.start()
    await sources.start()
    proxy = Proxy(folder=tmp_path, upstream=upstream)
    proxy.write_config()
    yield proxy, upstream, sources
    await proxy.kill()
    await upstream.stop()
    await sources.stop()


@pytest.fixture
def small_disk(tmp_path):
    """Give a disk of 3 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    _run("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder))
    yield folder
    _run("umount", "--lazy", str(folder))


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


def fill_up(folder: Path) -> Path:
    """Write to a disk until it is full."""
    filler = folder / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass
    return filler


class Talk:
    """A sender and a reader of the blog."""

    def __init__(self, session: aiohttp.ClientSession, proxy: Proxy, sources: Sources) -> None:
        self._session, self._proxy, self._sources = session, proxy, sources

    async def ping(self, number: int) -> str:
        return await send(self._session, self._proxy.url, self._sources.url("ham", number))

    async def page(self) -> int:
        async with self._session.get(f"{self._proxy.url}/", headers={"Host": "blog.example"}) as answer:
            await answer.read()
            return answer.status


@contextlib.asynccontextmanager
async def talking(proxy: Proxy, sources: Sources):
    async with aiohttp.ClientSession() as session:
        yield Talk(session, proxy, sources)


async def arrived(upstream: Upstream, source: str, within: float = 40) -> None:
    async with asyncio.timeout(within):
        while not upstream.stored[source]:
            await asyncio.sleep(0.1)


async def records(url: str) -> dict[str, Record]:
    async with open_store(url) as store:
        return {one.linkback.source: one for one in await store.review.records(Listing(limit=10_000))}


@ONLY_ROOT
async def test_a_read_only_database(world, small_disk):
    """On a read-only disk the service does not start, and says why; writable again, all is there."""
    proxy, upstream, sources = world
    url = f"sqlite+aiosqlite:///{small_disk}/linkbacks.db"
    proxy.write_config(database=url)
    await proxy.start()
    async with talking(proxy, sources) as talk:
        assert await talk.ping(0) == "accepted"
        await proxy.kill()
        _run("mount", "-o", "remount,ro", str(small_disk))
        with pytest.raises(AssertionError, match=r"linkback-proxy: database: .*readonly.*; check the path"):
            await proxy.start()
        _run("mount", "-o", "remount,rw", str(small_disk))
        await proxy.start()
        assert await talk.ping(1) == "accepted"
        for number in range(2):
            await arrived(upstream, sources.url("ham", number))
    await proxy.terminate(within=20)
    assert set(await records(url)) == {sources.url("ham", 0), sources.url("ham", 1)}


@ONLY_ROOT
async def test_the_log_on_a_full_disk(world, small_disk, tmp_path):
    """A log that can't be written stops nothing: pages are relayed, linkbacks accepted and delivered."""
    proxy, upstream, sources = world
    proxy.write_config(log={"level": "debug"})
    log = small_disk / "log.txt"
    await proxy.start(log=log)
    fill_up(small_disk)
    size = log.stat().st_size
    async with talking(proxy, sources) as talk:
        assert {await talk.ping(n) for n in range(100)} == {"accepted"}
        assert await talk.page() == 200
        for number in range(100):
            await arrived(upstream, sources.url("ham", number))
    assert log.stat().st_size <= size + 4096
    assert await proxy.terminate(within=20) == 0


async def test_a_corrupt_database(world):
    """A file that is no database is refused at the start, in one line that says what to do."""
    proxy, _, _ = world
    Path(proxy.folder, "linkbacks.db").write_bytes(b"this was a database once" * 1000)
    with pytest.raises(AssertionError, match=r"linkback-proxy: database: .*not a database.*; check the path"):
        await proxy.start()


async def test_a_database_that_becomes_corrupt(world):
    """When the file turns to rubbish under a running service, nothing is accepted and pages are relayed."""
    proxy, _, sources = world
    await proxy.start()
    async with talking(proxy, sources) as talk:
        assert await talk.ping(0) == "accepted"
        for name in ("linkbacks.db", "linkbacks.db-wal"):
            file = Path(proxy.folder, name)
            file.write_bytes(b"\xff" * file.stat().st_size)
        assert {await talk.ping(n) for n in range(1, 4)} == {"later"}
        assert await talk.page() == 200


async def test_dead_name_resolution(world):
    """What can't be resolved is accepted, tried again with its reason, and neither rejected nor lost."""
    proxy, upstream, sources = world
    await proxy.start()
    async with talking(proxy, sources) as talk, aiohttp.ClientSession() as session:
        source = "http://nowhere.invalid/ham/1"
        assert await send(session, proxy.url, source) == "accepted"
        assert await talk.ping(0) == "accepted"
        await arrived(upstream, sources.url("ham", 0))
    await proxy.terminate(within=20)
    one = (await records(proxy.database))[source]
    assert (one.state, one.reason) == ("received", "source-unreachable")


async def test_upstream_moves(world):
    """After a reload with another address of upstream, what waited for the old one goes to the new one."""
    proxy, upstream, sources = world
    await proxy.start()
    await upstream.stop()
    new = Upstream(random.Random(2))
    async with talking(proxy, sources) as talk:
        assert await talk.ping(0) == "accepted"
        await new.start()
        proxy.upstream = new
        proxy.write_config()
        assert "done" in await asyncio.to_thread(proxy.command, "reload")
        assert await talk.page() == 200
        await arrived(new, sources.url("ham", 0))
    await new.stop()
    assert not upstream.stored


async def test_a_model_that_is_missing_at_reload(world):
    """A model that can't be loaded is refused at a reload, which says so; the old one goes on judging."""
    proxy, upstream, sources = world
    await proxy.start()
    models = Path(proxy.folder, "models")
    models.mkdir()
    (models / "manifest.json").write_text('{"file": "gone.joblib"}')
    async with talking(proxy, sources) as talk:
        assert "refused; the old configuration stays" in await asyncio.to_thread(proxy.command, "reload")
        assert await talk.ping(0) == "accepted"
        await arrived(upstream, sources.url("ham", 0))


@pytest.mark.parametrize("days", [400, -400])
async def test_the_clock_jumps(world, days):
    """A year forth or back between two starts, and back again: what waited is delivered, once."""
    proxy, upstream, sources = world
    await upstream.stop()
    await proxy.start(shifted=days * 86400)
    async with talking(proxy, sources) as talk:
        assert await talk.ping(0) == "accepted"
        await proxy.kill()
        await upstream.start()
        await proxy.start()
        assert await talk.ping(1) == "accepted"
        await arrived(upstream, sources.url("ham", 1))
        await arrived(upstream, sources.url("ham", 0), within=70)
    assert max(upstream.stored.values()) == 1
