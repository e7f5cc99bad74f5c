"""What relaying costs: direct, through nginx's proxy_pass, and through the service with 1 and 2 workers.

`python -m tests.benchmarks.relay [--seconds S] [--rounds N] [--svg FILE]`. All fronts are measured in turn in
each round, against the same upstream (nginx with static files), and the median round counts. Processor
time is that of the front alone, so it means something on a busy machine too.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.report import Bar, bars, machine, table
from tests.support.ports import await_port, free_port, is_held

NGINX = """
worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; daemon off;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000; client_max_body_size 20m; client_body_buffer_size 16m;
  upstream site {{ server 127.0.0.1:{upstream}; keepalive 64; }}
  server {{ listen 127.0.0.1:{port}; root {folder}/html; {what} }}
}}
"""
FILES = """
location = /upload {
  proxy_pass http://site/taken; proxy_pass_request_body off; proxy_set_header Content-Length "";
}
location = /taken { return 200 "taken"; }
"""  # nginx reads the whole body before it asks itself for the answer
PASS = """location / {
  proxy_pass http://site; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;
  proxy_request_buffering off;
}"""
SERVICE = """
listen: 127.0.0.1:{port}
workers: {workers}
database: sqlite+aiosqlite:///{folder}/linkbacks.db
models: {folder}/models
dashboard: {{listen: 127.0.0.1:{dashboard}}}
blogs: [{{url: "http://127.0.0.1:{port}", upstream: "http://127.0.0.1:{upstream}"}}]
"""
SETTLING = 30  # seconds at most
IDLE = 0.1  # seconds of processor in a second, of a service that only looks whether there is something to do
UPLOAD = 'wrk.method = "PUT"; wrk.body = string.rep("x", 10 * 1024 * 1024)'
# What readers say: no request is quite like the one before, and nothing gains by being remembered whole.
PAGE = """
local n = 0
request = function()
  n = n + 1
  return "GET /small.html?page=" .. n .. " HTTP/1.1\\r\\nHost: " .. wrk.headers["Host"] .. "\\r\\n" ..
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\\r\\n" ..
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\\r\\n" ..
    "Accept-Language: en-US,en;q=0.5\\r\\nAccept-Encoding: gzip, deflate, br\\r\\n" ..
    "Referer: http://127.0.0.1/page/" .. n .. "\\r\\nConnection: keep-alive\\r\\n" ..
    "Cookie: seen=" .. n .. "; theme=dark\\r\\n\\r\\n"
end
"""
CASES = {  # name: path, connections, Lua
    "small page (16 kB)": ("/small.html", 16, PAGE),
    "small page, one at a time": ("/small.html", 1, PAGE),
    "file of 1 MB": ("/big.bin", 8, ""),
    "upload of 10 MB": ("/upload", 4, UPLOAD),
}
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """A server under test."""

    name: str
    port: int
    process: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One run of wrk against one front."""

    per_second: float
    p50: float  # milliseconds
    p99: float
    processor: float  # microseconds of the front's processes a request


@contextlib.contextmanager
def started(name: str, port: int, *command: str, door: int = 0) -> Iterator[Front]:
    """Run a server until the end of the block; `door` is a port that is opened after all else is done."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            await_port(port, process, within=60)
            if door:
                await_port(door, process, within=60, listens=is_held)
            yield Front(name=name, port=port, process=process.pid)
        finally:
            process.terminate()


def nginx(
    name: str, folder: Path, port: int, upstream: int, what: str
) -> contextlib.AbstractContextManager[Front]:
    """Run nginx with one worker."""
    (folder / "html").mkdir(parents=True)
    folder.chmod(0o755)
    (folder / "html/small.html").write_bytes(b"<p>Lorem</p>\n" * 1260)
    (folder / "html/big.bin").write_bytes(os.urandom(1024 * 1024))
    conf = folder / "nginx.conf"
    conf.write_text(NGINX.format(folder=folder, port=port, upstream=upstream, what=what))
    return started(name, port, "/usr/sbin/nginx", "-c", str(conf))


def service(folder: Path, upstream: int, workers: int) -> contextlib.AbstractContextManager[Front]:
    """Run the real service with so many workers."""
    folder.mkdir()
    port, dashboard = free_port(), free_port()
    config = folder / "config.yaml"
    config.write_text(
        SERVICE.format(folder=folder, port=port, dashboard=dashboard, upstream=upstream, workers=workers)
    )
    name = f"linkback-proxy, {workers} worker{'s' if workers > 1 else ''}"
    command = (sys.executable, "-m", "proxy", "serve", "-c", str(config))
    return started(name, port, *command, door=dashboard)


def processor_seconds(process: int) -> float:
    """Give the processor time of a process and of all that it started and that still run."""
    _, spent = _processes()
    return sum(spent.get(member, 0.0) for member in family_of(process))


def family_of(process: int) -> set[int]:
    """Give a process and all that it started and that still run."""
    parents, _ = _processes()
    family = {process}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return family


def _processes() -> tuple[dict[int, int], dict[int, float]]:
    """Give each process's parent and its processor time in seconds."""
    parents: dict[int, int] = {}
    spent: dict[int, float] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(") ")[2].split()
            number = int(path.parent.name)
            parents[number], spent[number] = int(fields[1]), (int(fields[11]) + int(fields[12])) / TICKS
    return parents, spent


def settle(front: Front) -> None:
    """Wait, within a bound, until a front has done what it begins with; a little to do it always has."""
    for _ in range(SETTLING):
        before = processor_seconds(front.process)
        time.sleep(1)
        if processor_seconds(front.process) - before < IDLE:
            return


def wrk(front: Front, case: str, seconds: int, folder: Path) -> Measure:
    """Load a front for some seconds."""
    path, connections, script = CASES[case]
    lua = folder / "wrk.lua"
    lua.write_text(script)
    url = f"http://127.0.0.1:{front.port}{path}"
    command = ["wrk", "--latency", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(lua), url]
    before = processor_seconds(front.process)
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    spent = processor_seconds(front.process) - before
    if "Non-2xx" in text or "Socket errors" in text:
        raise RuntimeError(f"{front.name}, {case}: {text}")
    return Measure(
        per_second=float(_found(r"Requests/sec: +([\d.]+)", text)[0]),
        p50=_milliseconds(text, "50%"),
        p99=_milliseconds(text, "99%"),
        processor=1e6 * spent / max(int(_found(r"(\d+) requests in", text)[0]), 1),
    )


def _found(pattern: str, text: str) -> tuple[str, ...]:
    match = re.search(pattern, text)
    if match is None:
        raise RuntimeError(f"wrk said something else: {text}")
    return match.groups()


def _milliseconds(text: str, share: str) -> float:
    number, unit = _found(rf" {share} +([\d.]+)(us|ms|s)", text)
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def median(measures: list[Measure]) -> Measure:
    """Take the median of each figure."""
    return Measure(
        per_second=statistics.median(one.per_second for one in measures),
        p50=statistics.median(one.p50 for one in measures),
        p99=statistics.median(one.p99 for one in measures),
        processor=statistics.median(one.processor for one in measures),
    )


def rows(case: str, found: dict[str, Measure]) -> list[list[str]]:
    """Write one case's part of the table; ratios are against nginx's proxy_pass."""
    base = found["nginx proxy_pass"]
    return [
        [
            f"{case}: {name}",
            f"{one.per_second:,.0f}",
            f"{one.per_second / base.per_second:.2f}",
            f"{one.p50:.2f}",
            f"{one.p99:.2f}",
            f"{one.processor:,.0f}",
            f"{base.processor / one.processor:.2f}" if one.processor else "",
        ]
        for name, one in found.items()
    ]


def measure(seconds: int, rounds: int) -> dict[str, dict[str, Measure]]:
    """Measure all cases on all fronts, print the table, and give the figures."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        upstream, passing = free_port(), free_port()
        fronts = [
            stack.enter_context(nginx("direct", folder / "a", upstream, upstream, FILES)),
            stack.enter_context(nginx("nginx proxy_pass", folder / "b", passing, upstream, PASS)),
            stack.enter_context(service(folder / "c", upstream, 1)),
            stack.enter_context(service(folder / "d", upstream, 2)),
        ]
        for front in fronts:
            settle(front)
        result: dict[str, dict[str, Measure]] = {}
        for case in CASES:
            runs: dict[str, list[Measure]] = {front.name: [] for front in fronts}
            for _ in range(rounds):
                for front in fronts:
                    runs[front.name].append(wrk(front, case, seconds, folder))
            result[case] = {front: median(measures) for front, measures in runs.items()}
    header = ["", "requests/s", "ratio", "p50 ms", "p99 ms", "CPU µs", "ratio a core"]
    print(table(header, [row for case, found in result.items() for row in rows(case, found)]))
    return result


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--svg", type=Path)
    options = parser.parse_args()
    print(machine("aiohttp", "httptools", "uvloop") + "\n")
    result = measure(options.seconds, options.rounds)
    if options.svg:
        values = [
            Bar(group=case, label=front, value=one.per_second)
            for case, found in result.items()
            for front, one in found.items()
        ]
        options.svg.write_text(bars("Relayed requests a second", "/s", values))


if __name__ == "__main__":
    main()
