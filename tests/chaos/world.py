"""What surrounds the proxy in a chaos run: an upstream, sources and senders, all of which may fail."""

from __future__ import annotations

import asyncio
import html
import random
import re
import socket
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import yaml
from aiohttp import web

from tests.rig.build import start_nginx
from tests.support.ports import close_door, free_port, is_held, is_listening, open_door
from tests.support.proxy import run_command

if TYPE_CHECKING:
    from asyncio.subprocess import Process

    from tests.rig import Rig

ROOT = Path(__file__).parents[2]
BLOG = "http://blog.example"
CALL = """<?xml version="1.0"?><methodCall><methodName>pingback.ping</methodName><params>
<param><value><string>{source}</string></value></param>
<param><value><string>{target}</string></value></param></params></methodCall>"""
STORED = "<methodResponse><params><param><value><string>ok</string></value></param></params></methodResponse>"
DUPLICATE = """<methodResponse><fault><value><struct>
<member><name>faultCode</name><value><int>48</int></value></member>
<member><name>faultString</name><value><string>already</string></value></member>
</struct></value></fault></methodResponse>"""
SHIFTED = """import runpy, sys, time
now = time.time
time.time = lambda: now() + {}
sys.argv[0] = "linkback-proxy"
runpy.run_module("proxy", run_name="__main__")"""
PAGE = """<!doctype html><html lang="en"><head><title>Notes, part {name}</title></head><body><article>
<h1>Notes</h1><p>On a walk this morning I thought about what {link} says of gardens, and about how few people
write of them with such patience. It is number {name} of the things that I read this month and that I would
keep.</p></article></body></html>"""
STRINGS = re.compile(r"<string>(.*?)</string>", re.DOTALL)


class Server:
    """An HTTP server on a port of its own, which stops and starts."""

    def __init__(self, host: str) -> None:
        self._host = host
        self.port = free_port()
        self._runner: web.ServerRunner | None = None
        self._door: socket.socket | None = None

    async def start(self) -> None:
        self._runner = web.ServerRunner(web.Server(self.handle, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        self._door = open_door(self._host, self.port)
        await web.SockSite(self._runner, self._door, backlog=1024).start()

    async def stop(self) -> None:
        if self._runner is not None and self._door is not None:
            await close_door(self._door)
            await self._runner.cleanup()
            self._runner = self._door = None

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Blog:
    """A blog as its senders know it."""

    url: str
    targets: tuple[str, ...]

    def target(self, number: int) -> str:
        """Give the post that linkback N is about."""
        return self.targets[number % len(self.targets)]


class Upstream(Server):
    """Takes pingbacks as WordPress does: what it has gets fault 48, the rest is stored a moment later.

    Between the look and the storing WordPress fetches the source; so two deliveries that overlap are both
    stored here, as they would be there. Now and then the connection breaks off before the answer.
    """

    blog = Blog(url=BLOG, targets=(f"{BLOG}/post/",))

    def __init__(self, dice: random.Random, *, broken_off: float = 0, longest: float = 0.03) -> None:
        super().__init__("127.0.0.1")
        self._dice = dice
        self._broken_off = broken_off
        self.least, self._longest = 0.0, longest  # seconds until something is stored
        self.stored: Counter[str] = Counter()  # by source
        self.outcomes: Counter[str] = Counter()  # of all that was delivered

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def redelivered(self) -> int:
        """How many deliveries were answered with 'already there'."""
        return self.outcomes["duplicate"]

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = (await request.read()).decode()
        if request.method != "POST":
            return web.Response(
                text="<title>A post</title><p>Words about gardens.</p>", content_type="text/html"
            )
        source = html.unescape(STRINGS.findall(body)[0])
        if self.stored[source]:
            self.outcomes["duplicate"] += 1
            return web.Response(text=DUPLICATE, content_type="text/xml")
        self.outcomes["begun"] += 1
        await asyncio.sleep(self.least + self._dice.random() * self._longest)
        self.stored[source] += 1
        if self._dice.random() < self._broken_off and request.transport is not None:
            self.outcomes["stored, but the answer broke off"] += 1
            request.transport.abort()
        else:
            self.outcomes["stored"] += 1
        return web.Response(text=STORED, content_type="text/xml")


class WordPress:
    """The real one as an upstream: stopping it stops its web server, while its PHP ends what it has begun."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self.blog = Blog(url=rig.public_url, targets=tuple(post.url for post in rig.posts))

    @property
    def url(self) -> str:
        """Where it answers."""
        return self._rig.base_url

    @property
    def stored(self) -> Counter[str]:
        """Count the pingbacks that it has, by source."""
        return Counter(one.author_url for one in self._rig.comments() if one.type == "pingback")

    @property
    def outcomes(self) -> Counter[str]:
        """Count what was delivered: its web server's log tells no more than that."""
        log = (self._rig.folder / "log" / "access.log").read_text(errors="replace")
        return Counter({"begun": log.count("POST /xmlrpc.php")})

    async def start(self) -> None:
        if self._rig.folder.pid("nginx") is None:
            await asyncio.to_thread(start_nginx, self._rig.folder)

    async def stop(self) -> None:
        await asyncio.to_thread(self._rig.folder.stop, "nginx")


class Sources(Server):
    """Pages that link (/ham/N) or do not (/spam/N); some of their requests fail. Each N has its own host.

    They fail for the proxy alone: WordPress asks once, and tells nobody why it refuses.
    """

    def __init__(self, dice: random.Random, *, failing: float = 0, blog: Blog = Upstream.blog) -> None:
        super().__init__("0.0.0.0")
        self._dice = dice
        self._failing = failing
        self._blog = blog

    def url(self, kind: str, number: int) -> str:
        host = f"127.{10 + (kind == 'spam')}.{number // 250}.{number % 250 + 1}"
        return f"http://{host}:{self.port}/{kind}/{number}"

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        _, kind, name = request.path.split("/")[:3] if request.path.count("/") > 1 else ("", "", "")
        if kind not in {"ham", "spam"}:
            return web.Response(status=404)
        is_proxy = "LinkbackProxy" in request.headers.get("User-Agent", "")
        if is_proxy and self._dice.random() < self._failing:
            return web.Response(status=503)
        target = self._blog.target(number_of(request.path))
        link = f'<a href="{target}">this post</a>' if kind == "ham" else "a casino"
        return web.Response(text=PAGE.format(name=name, link=link), content_type="text/html")


def number_of(source: str) -> int:
    """Give the N of a source."""
    return int(source.rpartition("/")[2])


@dataclass(kw_only=True)
class Proxy:
    """A proxy that is killed and started again on one database."""

    folder: Path
    upstream: Upstream | WordPress
    more: dict[str, object] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: Process | None = None
    kills: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> str:
        return f"sqlite+aiosqlite:///{self.folder}/linkbacks.db"

    @property
    def config_file(self) -> Path:
        return self.folder / "config.yaml"

    def write_config(self, **changes: object) -> None:
        plenty = 1_000_000
        rates = ("per_second", "per_host_per_minute", "per_address_per_minute", "per_path_per_minute")
        config = {
            "listen": f"127.0.0.1:{self.port}",
            "dashboard": {"listen": f"127.0.0.1:{free_port()}"},
            "database": self.database,
            "models": str(self.folder / "models"),
            "fetch": {
                "allow_networks": ["127.0.0.0/8"],
                "allow_ports": "any",
                "honour_robots": False,
                "negative_seconds": 0,  # hours pass in seconds here
            }
            | dict.fromkeys(rates, plenty),
            "limits": {"per_client_per_minute": plenty},
            "delivery": {"timeout_seconds": 2},
            "blogs": [
                {
                    "url": self.upstream.blog.url,
                    "upstream": self.upstream.url,
                    "delivery_spacing_seconds": 0,
                    "cutoffs": {"ham": 1, "spam": 1},  # what the model says is not under test
                }
            ],
            **self.more,
            **changes,
        }
        self.config_file.write_text(yaml.safe_dump(config))

    def break_config(self) -> None:
        """Leave a configuration that can't be used."""
        self.config_file.write_text("blogs: nonsense")

    def command(self, verb: str) -> str:
        """Run a command on the configuration and return what it prints."""
        return run_command(verb, "-c", str(self.config_file), check=False)

    async def start(self, *, log: Path | None = None, shifted: float = 0) -> None:
        """Start it, its clock shifted by so many seconds."""
        command = ["-c", SHIFTED.format(shifted)] if shifted else ["-m", "proxy"]
        with (log or self.folder / "log.txt").open("ab") as file:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, *command, "serve", "-c", str(self.config_file), cwd=ROOT, stderr=file
            )
        address = yaml.safe_load(self.config_file.read_text())["dashboard"]["listen"]
        dashboard = int(address.rpartition(":")[2])
        async with asyncio.timeout(60):
            while not (
                is_listening(self.port) and is_held(dashboard)
            ):  # the front serves before the rest is there
                if self.process.returncode is not None:
                    raise AssertionError((self.folder / "log.txt").read_text()[-3000:])
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
            self.kills += 1
            async with asyncio.timeout(10):
                while is_listening(self.port):  # its front ends as soon as it notices
                    await asyncio.sleep(0.01)

    async def terminate(self, within: float) -> int:
        """End it in order; give its exit code."""
        assert self.process is not None
        assert self.process.returncode is None, (self.folder / "log.txt").read_text()[-3000:]
        self.process.terminate()
        return await asyncio.wait_for(self.process.wait(), within)


async def send(
    session: aiohttp.ClientSession,
    url: str,
    source: str,
    blog: Blog = Upstream.blog,
    client: str = "127.0.0.1",
) -> str:
    """Send a pingback; say what was heard: accepted, refused, later, or nothing."""
    try:
        async with session.post(
            f"{url}/xmlrpc.php",
            data=CALL.format(source=source, target=blog.target(number_of(source))),
            headers={"Host": blog.url.partition("://")[2], "X-Forwarded-For": client},
        ) as answer:
            text = await answer.text()
    except (aiohttp.ClientError, TimeoutError, ConnectionError):
        return "nothing"
    if answer.status == 503:
        return "later"
    return "refused" if "<fault>" in text else "accepted"
