"""A throwaway real PostgreSQL cluster in a folder of its own, on a port of 127.0.0.1."""

from __future__ import annotations

import os
import pwd
import re
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.ports import await_port, eventually, free_port
from tests.support.scratch import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgreSQL:
    """A running cluster; each test takes a database of its own."""

    port: int
    binaries: Path

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database."""
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/{database}"

    def is_ready(self) -> bool:
        """Whether clients are let in."""
        asked = [self.binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(asked, check=False).returncode == 0

    def create_database(self, name: str) -> str:
        """Make a fresh database and return its URL."""
        name = re.sub(r"\W+", "_", name.lower())[:60]
        for statement in (f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}"):
            self.sql(statement)
        return self.url(name)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run SQL and return what psql prints, without headings."""
        done = subprocess.run(
            [self.binaries / "psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-At",
             "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout


def newest_binaries() -> Path:
    """Return the folder of the newest PostgreSQL that Debian installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not found:
        raise AssertionError("PostgreSQL is missing: run `make test`, which installs it")
    return found[-1]


def _as_postgres() -> dict[str, Any]:
    """Return how to start a process as the user postgres: the server refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam("postgres")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def run_cluster() -> Iterator[PostgreSQL]:
    """Start a cluster, yield it, and leave nothing behind."""
    binaries, port = newest_binaries(), free_port()
    with scratch_folder("postgresql") as folder:
        who = _as_postgres()
        if who:
            os.chown(folder, who["user"], who["group"])
        settings = [
            f"--{setting}" for setting in (*FAST, f"port={port}", f"unix_socket_directories={folder}")
        ]
        server = [binaries / "postgres", "-D", folder / "data", *settings, "--listen_addresses=127.0.0.1"]
        initdb = [binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
                  "--locale=C.UTF-8", "--no-sync"]  # fmt: skip
        subprocess.run(initdb, check=True, capture_output=True, cwd=folder, **who)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                server, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, **who
            )
        try:
            await_port(port, process)
            cluster = PostgreSQL(port=port, binaries=binaries)
            eventually(cluster.is_ready, what="PostgreSQL")  # it listens before it lets anybody in
            yield cluster
        finally:
            process.send_signal(signal.SIGINT)  # fast: waits for no client
            process.wait(20)
