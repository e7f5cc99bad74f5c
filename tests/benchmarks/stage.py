"""The stage of benchmarks with linkbacks: the service, a blog and source pages behind nginx, senders by wrk.

Each source stands on a host of its own in 127.0.0.0/8, as spammers' pages do, so the service asks each for
its robots.txt too. The limits that protect others' sites are lifted: what is measured is the machine.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.relay import Front, processor_seconds, started
from tests.support.ports import eventually, free_port, is_held

ROOT = Path(__file__).parents[2]
NGINX = """
worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; daemon off;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000; default_type text/html; root {folder}/html;
  server {{ listen {port}; location = /robots.txt {{ return 404; }}
    location /linked/ {{ rewrite ^ /linked.html break; }} location / {{ rewrite ^ /bare.html break; }} }}
  server {{ listen 127.0.0.1:{upstream}; location / {{ rewrite ^ /post.html break; }} }}
}}
"""
SERVICE = """
listen: 127.0.0.1:{port}
workers: {workers}
database: sqlite+aiosqlite:///{folder}/linkbacks.db
models: {folder}/models
dashboard: {{listen: 127.0.0.1:{dashboard}}}
blogs:
  - url: http://127.0.0.1:{port}
    upstream: http://127.0.0.1:{upstream}
    deny: [denied.example]
    closed: [/2024/01/a-closed-post/]
    cutoffs: {{ham: 0.0, spam: 0.0}}  # whatever the score: what is measured is its cost
fetch: {{allow_networks: [127.0.0.0/8], allow_ports: any, per_second: 1000000, per_host_per_minute: 1000000,
  per_address_per_minute: 1000000, per_path_per_minute: 1000000, concurrency_per_host: 50}}
limits: {{per_client_per_minute: 10000000, queue: 1000000}}
xmlrpc: {{per_client_per_minute: 10000000}}
reply_budget_seconds: 30
log: {{level: error}}
"""
PAGE = """<!doctype html><html lang="en"><head><title>{title}</title></head><body>
<nav><a href="/">Home</a> <a href="/about/">About</a></nav><article><h1>{title}</h1>{text}</article>
<footer><a href="/imprint/">Imprint</a></footer></body></html>"""
SPAM = "cheap replica watches, buy generic viagra online, no prescription, casino bonus, payday loans. "
TRACKBACK_SPAM = (
    "cheap replica shoes, replica nike air max, cheap jordan shoes outlet sale, buy viagra online "
)
# Each request has an address of its own: the start makes kinds differ, the counter requests.
LUA = """
local n = {start}
wrk.method = "POST"
wrk.headers["Content-Type"] = "{kind}"
request = function()
  n = n + 1
  local a, b, c = 1 + math.floor(n / 62500) % 250, math.floor(n / 250) % 250, 1 + n % 250
  local host = string.format("127.%d.%d.%d", a, b, c)
  local body = ([[{body}]]):gsub("HOST", host):gsub("NUMBER", tostring(n))
  return wrk.format(nil, [[{path}]], nil, body)
end
"""
PINGBACK = (
    "<?xml version='1.0'?><methodCall><methodName>pingback.ping</methodName><params><param><value><string>"
    "{source}</string></value></param><param><value><string>{target}</string></value></param></params></methodCall>"
)
TRACKBACK = "url={source}&title={words}&excerpt={words}{words}&blog_name={words}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of linkback in a flood; HOST and NUMBER in its addresses differ from one to the next."""

    name: str
    reason: str  # that the service must give
    source: str
    target: str = "{blog}/2024/01/a-post/"
    is_trackback: bool = False
    path: str = ""  # of a trackback; its target is always ours, since its path names it

    def script(self, stage: Stage, blog: str, start: int) -> str:
        """Write wrk's script for linkbacks of this kind."""
        source = self.source.format(sources=stage.sources, closed=stage.closed)
        target = self.target.format(blog=blog)
        body = PINGBACK.format(source=source, target=target)
        path, kind = "/xmlrpc.php", "text/xml"
        if self.is_trackback:
            words = TRACKBACK_SPAM.replace(" ", "+")
            body, path = TRACKBACK.format(source=source, words=words), self.path or stage.trackback_path
            kind = "application/x-www-form-urlencoded"
        return LUA.format(start=start, kind=kind, body=body, path=path)


KINDS = (
    Kind(name="known duplicate", reason="spam", source="http://127.0.0.9:{sources}/linked/same"),
    Kind(name="deny-listed", reason="denied", source="http://www.denied.example/NUMBER"),
    Kind(
        name="target not ours",
        reason="foreign-target",
        source="http://HOST:{sources}/linked/NUMBER",
        target="http://other.example/p",
    ),
    Kind(
        name="trackback, spam by its words",
        reason="spam",
        source="http://www.cheap-replica-NUMBER.example/",  # not fetched
        is_trackback=True,
    ),
    Kind(
        name="trackback, known duplicate",
        reason="spam",
        source="http://www.cheap-replica.example/",
        is_trackback=True,
    ),
    Kind(
        name="trackback, deny-listed",
        reason="denied",
        source="http://www.denied.example/NUMBER",
        is_trackback=True,
    ),
    Kind(
        name="trackback, post closed",
        reason="closed",
        source="http://HOST:{sources}/linked/NUMBER",
        is_trackback=True,
        path="/2024/01/a-closed-post/trackback/",
    ),
    Kind(name="source unreachable", reason="source-unreachable", source="http://HOST:{closed}/NUMBER"),
    Kind(name="no link in the page", reason="no-link", source="http://HOST:{sources}/bare/NUMBER"),
    Kind(name="judged by the model", reason="spam", source="http://HOST:{sources}/linked/NUMBER"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What came of one run of wrk."""

    answered: int
    seconds: float
    processor: float  # seconds of the front's processes

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.answered / self.seconds

    @property
    def cost(self) -> float:
        """Milliseconds of the front's processor time for each."""
        return 1000 * self.processor / self.answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where everything is."""

    folder: Path
    service: Front
    sources: int  # the port of all source pages
    closed: int  # a port that nobody listens on
    ready_after: float = 0.0  # seconds from the service's start until it listens
    door: int = 0  # the port that it opens after all else is done
    trackback_path: str = "/2024/01/a-post/trackback/"

    @property
    def blog(self) -> str:
        """The blog's address, behind the service."""
        return f"http://127.0.0.1:{self.service.port}"

    def await_all(self) -> None:
        """Wait until all of the service is there."""
        eventually(lambda: is_held(self.door), within=60)

    def reasons(self) -> Counter[str]:
        """Count what the service has taken, by reason; a known one each time that it came."""
        with contextlib.closing(sqlite3.connect(self.folder / "linkbacks.db")) as database:
            return Counter(dict(database.execute("SELECT reason, sum(hits) FROM linkbacks GROUP BY reason")))


@contextlib.contextmanager
def staged(folder: Path, *, workers: int = 1, target: str = "") -> Iterator[Stage]:
    """Start everything; `target` is linked from the sources beside the service's own post."""
    folder.chmod(0o755)
    sources, upstream, closed, port, dashboard = (free_port() for _ in range(5))
    conf = folder / "nginx.conf"
    conf.write_text(NGINX.format(folder=folder, port=sources, upstream=upstream))
    _write_pages(folder / "html", [f"http://127.0.0.1:{port}/2024/01/a-post/", target])
    config = folder / "config.yaml"
    config.write_text(
        SERVICE.format(folder=folder, port=port, dashboard=dashboard, upstream=upstream, workers=workers)
    )
    command = (sys.executable, "-m", "proxy", "serve", "-c", str(config))
    with started("sources", sources, "/usr/sbin/nginx", "-c", str(conf)):
        begun = time.monotonic()
        with started("linkback-proxy", port, *command) as service:
            ready = time.monotonic() - begun
            yield Stage(
                folder=folder,
                service=service,
                sources=sources,
                closed=closed,
                ready_after=ready,
                door=dashboard,
            )


def _write_pages(folder: Path, targets: list[str]) -> None:
    folder.mkdir()
    text = (ROOT / "tests/source_blogpost.txt").read_text()
    ham = "".join(f"<p>{line}</p>" for line in text.splitlines() if line)
    links = "".join(f'<p>{SPAM * 3}<a href="{target}">buy viagra</a> {SPAM}</p>' for target in targets)
    (folder / "post.html").write_text(PAGE.format(title="A post", text=ham))
    (folder / "bare.html").write_text(PAGE.format(title=SPAM, text=ham))
    (folder / "linked.html").write_text(PAGE.format(title=SPAM, text=f"<p>{SPAM * 40}</p>{links}"))


def wrk(front: Front, script: str, folder: Path, *, seconds: float, connections: int = 16) -> Load:
    """Send what a script makes, as fast as it is answered."""
    lua = folder / "flood.lua"
    lua.write_text(script)
    url = f"http://127.0.0.1:{front.port}/small.html"
    before = processor_seconds(front.process)
    text = subprocess.run(
        ["wrk", "--timeout", "60", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "-s", lua, url],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    spent = processor_seconds(front.process) - before
    found = re.search(r"(\d+) requests in +([\d.]+)(s|m)", text)
    if found is None:
        raise RuntimeError(f"wrk said something else: {text}")
    took = float(found[2]) * (60 if found[3] == "m" else 1)
    return Load(answered=int(found[1]), seconds=took, processor=spent)
