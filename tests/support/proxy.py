"""The proxy as its users run it: a process of its own, started with a configuration file."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.support.ports import await_port, free_port, is_held

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyProcess:
    """A running proxy."""

    port: int
    dashboard_port: int
    folder: Path  # holds config.yaml, the database and log.txt
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def dashboard_url(self) -> str:
        """Where its dashboard listens."""
        return f"http://127.0.0.1:{self.dashboard_port}"

    @property
    def config_file(self) -> Path:
        """The configuration file that it runs with."""
        return self.folder / "config.yaml"

    def log(self) -> str:
        """Return what it has printed so far."""
        return (self.folder / "log.txt").read_text(errors="replace")

    def command(self, *arguments: str) -> str:
        """Run another command (`list`, `release`, ...) on the same configuration and return its output."""
        return run_command(arguments[0], "-c", str(self.config_file), *arguments[1:])


def run_command(*arguments: str, check: bool = True) -> str:
    """Run `linkback-proxy` with these arguments and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "proxy", *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    if check and done.returncode:
        raise AssertionError(
            f"linkback-proxy {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}"
        )
    return done.stdout


def write_config(
    folder: Path,
    *,
    public_url: str,
    upstream: str,
    port: int,
    dashboard_port: int,
    blog: Any = None,
    **more: Any,
) -> Path:
    """Write a configuration for tests: loopback may be fetched from without limits, and nothing waits."""
    config = {
        "listen": f"127.0.0.1:{port}",
        "dashboard": {"listen": f"127.0.0.1:{dashboard_port}"},
        "database": f"sqlite+aiosqlite:///{folder}/linkbacks.db",
        "models": str(folder / "models"),
        "fetch": {
            "allow_networks": ["127.0.0.0/8", "::1/128"],
            "allow_ports": "any",
            "concurrency_per_host": 50,
            "per_host_per_minute": 1000,
        },
        "reply_budget_seconds": 30,  # whoever asks hears the outcome, however busy the machine is
        "limits": {"per_client_per_minute": 1000},
        "delivery": {"undo_seconds": 0},
        "blogs": [{"url": public_url, "upstream": upstream, "delivery_spacing_seconds": 0, **(blog or {})}],
        **more,
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


@contextlib.contextmanager
def running_proxy(
    folder: Path, *, upstream: str, public_url: str = "", port: int = 0, blog: Any = None, **more: Any
) -> Iterator[ProxyProcess]:
    """Run a proxy in front of `upstream`; `blog` and `more` change the configuration."""
    port, dashboard_port = port or free_port(), free_port()
    public_url = public_url or f"http://127.0.0.1:{port}"
    config = write_config(
        folder,
        public_url=public_url,
        upstream=upstream,
        port=port,
        dashboard_port=dashboard_port,
        blog=blog,
        **more,
    )
    with (folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "proxy", "serve", "-c", config],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
    try:
        proxy = ProxyProcess(port=port, dashboard_port=dashboard_port, folder=folder, process=process)
        with _log_in_failures(proxy):
            await_port(port, process)
            await_port(dashboard_port, process, listens=is_held)  # the front serves before the rest is there
        yield proxy
    finally:
        process.terminate()
        process.wait(20)


@contextlib.contextmanager
def _log_in_failures(proxy: ProxyProcess) -> Iterator[None]:
    try:
        yield
    except AssertionError as failure:
        raise AssertionError(f"{failure}\n{proxy.log()}") from failure
