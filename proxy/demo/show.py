"""`linkback-proxy demo`: run the small blog, the proxy and the senders, and say what is to be seen.

The proxy runs as its users run it: a process of its own with a configuration file. All files are in a
temporary folder that is removed in the end.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import yaml
from aiohttp import web

from proxy.demo.blog import Blog
from proxy.demo.content import SENDERS
from proxy.demo.fates import Ledger, read_event
from proxy.demo.senders import Senders
from proxy.send import SendError

START_SECONDS = 30  # until the proxy must be ready
SETTLE_SECONDS = 30  # until each linkback must have met its fate
PAUSE_SECONDS = 0.4  # between two senders, so that an onlooker can follow


class DemoError(Exception):
    """The demonstration cannot run; the text says why."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--port", type=int, default=8000, help="of the proxy (8000; another if taken)")
    parser.add_argument("--dashboard-port", type=int, default=8001, help="of the dashboard (8001; likewise)")
    parser.add_argument("--once", action="store_true", help="send all linkbacks, print a summary and end")


def run(arguments: argparse.Namespace) -> int:
    """Show the demonstration until Ctrl-C, or once."""
    try:
        asyncio.run(_show(arguments))
    except (DemoError, SendError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
    return 0


async def _show(arguments: argparse.Namespace) -> None:
    port, dashboard_port = _port(arguments.port), _port(arguments.dashboard_port)
    url = f"http://127.0.0.1:{port}"
    blog, senders, ledger = Blog(url), Senders(url), Ledger()
    async with contextlib.AsyncExitStack() as stack:
        upstream = await stack.enter_async_context(_served(blog.application(), "127.0.0.1"))
        senders.url = await stack.enter_async_context(_served(senders.application(), "localhost"))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="linkback-demo-")))
        config = _write_config(folder, url=url, upstream=upstream, port=port, dashboard_port=dashboard_port)
        process = await stack.enter_async_context(_proxy(config))
        await _until_ready(process)
        _introduce(url, dashboard_port)
        settled = asyncio.Event()
        watching = asyncio.create_task(_watch(process, ledger, senders, settled))
        await _send_all(senders, pause=0 if arguments.once else PAUSE_SECONDS)
        if arguments.once:
            await _settle(settled)
            print(f"\n{ledger.summary()}")
            watching.cancel()
        else:
            _invite(url, senders)
            await watching
            raise DemoError("the proxy has ended")


def _port(wanted: int) -> int:
    """Return the wanted port, or a free one if it is taken, and say so."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            pass
        else:
            return wanted
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    print(f"Port {wanted} is taken; using {free} in its place.")
    return free


@contextlib.asynccontextmanager
async def _served(application: web.Application, host: str) -> AsyncIterator[str]:
    """Serve an application on a free port of loopback and yield its address."""
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _write_config(folder: Path, *, url: str, upstream: str, port: int, dashboard_port: int) -> Path:
    """Write the proxy's configuration: all is on loopback, and this blog has no flood limit."""
    config = {
        "listen": f"127.0.0.1:{port}",
        "dashboard": {"listen": f"127.0.0.1:{dashboard_port}"},
        "database": f"sqlite:///{folder / 'linkbacks.db'}",
        "models": str(folder / "models"),
        "blogs": [{"url": url, "upstream": upstream, "delivery_spacing_seconds": 0}],
        "fetch": {"allow_networks": ["127.0.0.0/8", "::1/128"], "allow_ports": "any"},
        "log": {"format": "json"},
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


@contextlib.asynccontextmanager
async def _proxy(config: Path) -> AsyncIterator[Process]:
    """Run the proxy as a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "proxy", "serve", "-c", str(config), stderr=PIPE
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.communicate()


def _log(process: Process) -> asyncio.StreamReader:
    if process.stderr is None:
        raise DemoError("the proxy has no log")
    return process.stderr


async def _until_ready(process: Process) -> None:
    said = b""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(START_SECONDS):
            async for line in _log(process):
                event = read_event(line)
                if event and event.get("event") == "ready":
                    return
                said = line
    raise DemoError(f"the proxy did not start: {said.decode('utf-8', 'replace').strip()}")


async def _watch(process: Process, ledger: Ledger, senders: Senders, settled: asyncio.Event) -> None:
    """Print each linkback's fate as it comes, and say when all have met theirs."""
    about = {senders.source(name): f"{name}: {sender.about}" for name, sender in SENDERS.items()}
    async for line in _log(process):
        event = read_event(line)
        fate = ledger.take(event) if event else None
        if fate:
            print(fate.line(about.get(fate.source, fate.source)), flush=True)
        if ledger.is_settled(len(SENDERS)):
            settled.set()


async def _send_all(senders: Senders, *, pause: float) -> None:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=START_SECONDS)) as session:
        for name in SENDERS:
            await senders.send(session, name)
            await asyncio.sleep(pause)


async def _settle(settled: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(SETTLE_SECONDS):
            await settled.wait()
    except TimeoutError:
        raise DemoError(f"not all linkbacks met their fate within {SETTLE_SECONDS} s") from None


def _introduce(url: str, dashboard_port: int) -> None:
    print(
        f"""
  The blog, through the proxy   {url}/
  The dashboard                 http://127.0.0.1:{dashboard_port}/

Now {len(SENDERS)} senders send what they have.

  done       why                score  protocol    who""",
        flush=True,
    )


def _invite(url: str, senders: Senders) -> None:
    source = senders.source("notes-from-the-oven")
    print(
        f"""
That was all. Send something yourself, from any page that this machine can read:

  {sys.executable} -m proxy send --source {source}?again --target {url}/bread/

Ctrl-C stops everything and leaves nothing behind.""",
        flush=True,
    )
