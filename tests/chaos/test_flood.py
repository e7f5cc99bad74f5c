"""A flood of spam: memory stays bounded, pages stay fast, and the genuine linkback in its middle arrives."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Self

import aiohttp
import pytest

from proxy.store import Listing, open_store
from tests.benchmarks.footprint import memory
from tests.benchmarks.relay import processor_seconds
from tests.chaos.world import CALL, ROOT, Blog, Proxy
from tests.support.ports import await_port, free_port

IS_LONG = os.environ.get("LINKBACK_CHAOS") == "long"
NUMBER, SECONDS = (20_000, 60.0) if IS_LONG else (1_000, 3.0)
QUIET_SECONDS = 30.0 if IS_LONG else 5.0
MOST_MEGABYTES = 400
MOST_SECONDS = 60.0  # until the genuine one is delivered
NGINX = """{user}
worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; daemon off;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000; default_type text/html; root {folder}/html;
  server {{ listen {sources} backlog=4096; location = /robots.txt {{ return 404; }}
    location /ham/ {{ rewrite ^ /ham.html break; }} location / {{ rewrite ^ /spam.html break; }} }}
  server {{ listen 127.0.0.1:{upstream}; location / {{ rewrite ^ /post.html break; }}
    location = /xmlrpc.php {{
      access_log {folder}/stored.log; default_type text/xml; return 200 "{stored}"; }} }}
}}
"""
STORED = "<methodResponse><params><param><value>ok</value></param></params></methodResponse>"
WORDS = (
    "<p>On a walk this morning I thought of gardens, and of how few people write of them with patience.</p>"
)


class Upstream:
    """A blog behind nginx, which takes no time, and the pages of all sources."""

    def __init__(self, folder: Path, public: str) -> None:
        self.folder, self.sources, self.port = folder, free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.blog = Blog(url=public, targets=(f"{public}/post/",))

    @contextlib.contextmanager
    def running(self):
        (self.folder / "html").mkdir(parents=True)
        self.folder.chmod(0o755)
        link = f'<p>I liked <a href="{self.blog.targets[0]}">this post</a> very much.</p>'
        for name, text in (("post", WORDS * 150), ("ham", WORDS * 9 + link), ("spam", WORDS * 9)):
            page = f"<!doctype html><title>{name}</title><article>{text}</article>"
            (self.folder / "html" / f"{name}.html").write_text(page)
        conf = self.folder / "nginx.conf"
        user = "user root;" if os.geteuid() == 0 else ""  # else it may not read the test's folder
        conf.write_text(
            NGINX.format(
                user=user, folder=self.folder, sources=self.sources, upstream=self.port, stored=STORED
            )
        )
        with subprocess.Popen(["/usr/sbin/nginx", "-c", conf]) as process:
            try:
                await_port(self.port, process)
                yield
            finally:
                process.terminate()

    def stored(self) -> int:
        """Count what was delivered."""
        return len((self.folder / "stored.log").read_text().splitlines())


async def most_memory(process: int, until: asyncio.Event) -> float:
    """Give the most memory that is seen of a process and its children."""
    most = 0.0
    while not until.is_set():
        most = max(most, await asyncio.to_thread(memory, process))
        await asyncio.sleep(0.5)
    return most


class Readers:
    """Readers of the blog's pages, from the block's begin to its end."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/2024/01/a-post/"
        self.found: dict[str, float] = {}

    async def __aenter__(self) -> Self:
        pipe = asyncio.subprocess.PIPE
        command = (sys.executable, "-m", "tests.benchmarks.reading", self._url)
        self._process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=pipe, stdout=pipe)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.found = json.loads((await self._process.communicate(b""))[0])

    def __str__(self) -> str:
        return ", ".join(f"{name} {value:.1f}" for name, value in self.found.items())


async def send_genuine(proxy: Proxy, sources: int) -> str:
    """Send one, as a WordPress would: it waits for its answer."""
    body = CALL.format(source=f"http://127.10.0.1:{sources}/ham/1", target=proxy.upstream.blog.targets[0])
    headers = {"X-Forwarded-For": "203.0.113.9"}
    async with aiohttp.ClientSession() as session:
        for _ in range(20):  # who is told to come later comes later
            async with session.post(f"{proxy.url}/xmlrpc.php", data=body, headers=headers) as answer:
                if answer.status != 503:
                    return await answer.text()
            await asyncio.sleep(2)
    return "never taken"


async def until_delivered(proxy: Proxy, upstream: Upstream) -> float:
    """Send the genuine one and give the seconds until the blog has it."""
    sent = time.monotonic()
    await send_genuine(proxy, upstream.sources)
    async with asyncio.timeout(1200):
        while not upstream.stored():
            await asyncio.sleep(0.1)
    return time.monotonic() - sent


@pytest.mark.timeout(3000)
async def test_a_flood(tmp_path, tell):
    """Whatever else comes, memory is bounded, pages are read, and a genuine linkback is delivered."""
    port = free_port()
    upstream = Upstream(tmp_path / "blog", f"http://127.0.0.1:{port}")
    proxy = Proxy(folder=tmp_path, upstream=upstream, port=port)
    networks = {"allow_networks": ["127.0.0.0/8"], "allow_ports": "any"}
    blog = {"url": upstream.blog.url, "upstream": upstream.url, "cutoffs": {"ham": 0.98, "spam": 0.98}}
    proxy.write_config(fetch=networks, limits={}, delivery={}, log={"level": "warning"}, blogs=[blog])
    with upstream.running():
        await proxy.start()
        try:
            rows = await measure(proxy, upstream)
        finally:
            await proxy.terminate(within=30)
        async with open_store(proxy.database) as store:
            states = Counter(str(one.state) for one in await store.review.records(Listing(limit=100_000)))
    tell(
        f"A flood of {NUMBER} linkbacks in {SECONDS:.0f} s",
        [*rows.items(), ("states at the end", dict(states))],
    )
    assert upstream.stored() == 1
    assert rows["memory, MB, most"] < MOST_MEGABYTES
    assert rows["genuine, seconds until delivered"] < MOST_SECONDS


async def measure(proxy: Proxy, upstream: Upstream) -> dict[str, object]:
    """Flood, look on, and say what was seen."""
    process = proxy.process.pid
    async with Readers(proxy.url) as quiet:
        await asyncio.sleep(QUIET_SECONDS)
    idle, spent, is_over = memory(process), processor_seconds(process), asyncio.Event()
    watching = asyncio.create_task(most_memory(process, is_over))
    async with Readers(proxy.url) as pages:
        flood = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.chaos.flooding",
            proxy.url, str(NUMBER), str(SECONDS), str(upstream.sources),
            cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        await asyncio.sleep(SECONDS / 2)
        genuine = asyncio.create_task(until_delivered(proxy, upstream))
        heard, _ = await flood.communicate()
    spent = processor_seconds(process) - spent
    arrived = await genuine
    is_over.set()
    return {
        "answered, by status": heard.decode().strip(),
        "memory, MB, idle": round(idle),
        "memory, MB, most": round(await watching),
        "processor seconds": round(spent, 1),
        "pages, ms, quiet": quiet,
        "pages, ms, in the flood": pages,
        "pages, p99, ratio": round(pages.found["p99"] / quiet.found["p99"], 2),
        "genuine, seconds until delivered": round(arrived, 1),
    }
