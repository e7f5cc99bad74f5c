"""The real things that tests run against, each started once a session and only when a test asks for it."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from tests.rig import Folder, Options, Rig
from tests.rig.build import start
from tests.source_server import SourceServer
from tests.support import ports
from tests.support.postgresql import PostgreSQL, run_cluster
from tests.support.scratch import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

MOST_PROCESSES = 4
CHROMIUM = "/usr/bin/chromium"
# Root has no sandbox; /dev/shm is small in containers; nothing may be asked of the outside.
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]


def pytest_xdist_auto_num_workers() -> int:
    """Run one process more than there are cores: tests wait for servers half of their time."""
    return min(MOST_PROCESSES, (os.cpu_count() or 1) + 1)


@contextlib.contextmanager
def _rig(public_port: int | None = None) -> Iterator[Rig]:
    port = ports.free_port()
    options = Options(
        port=port,
        public_url=f"http://127.0.0.1:{public_port}" if public_port else f"http://localhost:{port}",
        trust_proxy=True,
        pingback_sleep=False,
    )
    with scratch_folder("rig") as folder:
        rig = start(Folder(folder / "site"), options)
        yield rig
        rig.stop()


@pytest.fixture(scope="session")
def public_port() -> int:
    """Return the port that the proxy in front of the session's WordPress listens on."""
    return ports.free_port()


@pytest.fixture(scope="session")
def wordpress_of_session(public_port: int) -> Iterator[Rig]:
    """Run a real WordPress that believes to live on `public_port`."""
    with _rig(public_port) as rig:
        yield rig


@pytest.fixture
def wordpress(wordpress_of_session: Rig) -> Rig:
    """Return the session's WordPress, without comments."""
    wordpress_of_session.reset()
    return wordpress_of_session


@pytest.fixture(scope="session")
def second_wordpress() -> Iterator[Rig]:
    """Run a second WordPress, with nothing in front and on another host: a sender."""
    with _rig() as rig:
        yield rig


@pytest.fixture(scope="session")
def source_server() -> Iterator[str]:
    """Return the base URL of a server of source pages (see tests/source_server.py).

    Blogs under test are at 127.0.0.1; sources are at localhost, for a blog's own host links to itself.
    """
    with SourceServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def free_port() -> int:
    """Return a port that nobody listens on."""
    return ports.free_port()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """Run a real PostgreSQL; take a database from it with `.create_database(name)`."""
    yield from run_cluster()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Run a real Chromium, headless.

    For a module, not a session, and for modules without asynchronous tests: Playwright's synchronous
    interface holds the thread's event loop for as long as it lives.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()
