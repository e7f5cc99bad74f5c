"""The proxy in front of the session's WordPress, as its users run it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig import Rig
from tests.support.proxy import ProxyProcess, running_proxy


@pytest.fixture
def proxy(wordpress: Rig, public_port: int, tmp_path: Path) -> Iterator[ProxyProcess]:
    """Run the proxy on WordPress's public port, with a fresh database."""
    with running_proxy(
        tmp_path, upstream=wordpress.base_url, public_url=wordpress.public_url, port=public_port
    ) as process:
        yield process
