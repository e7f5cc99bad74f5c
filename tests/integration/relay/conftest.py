"""The relay is tested on both event loops, and with both kinds of server in front of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import uvloop

from tests.support.wire import Fronts, fronts

if TYPE_CHECKING:
    from collections.abc import Callable


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run each test of this folder twice."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(params=[False, True], ids=["aiohttp", "express"])
def relaying(request: pytest.FixtureRequest) -> Fronts:
    """Relay by aiohttp alone, and with plain requests by express: nobody may notice a difference."""
    return fronts(by_express=request.param)
