"""The store's database, of either kind, with a clock that a test moves."""

import pytest
import pytest_asyncio

from proxy.store.database import Database
from tests.support.clock import Clock


@pytest.fixture
def clock():
    return Clock(now=1_000_000.0)


@pytest_asyncio.fixture(params=["sqlite", "postgresql"])
async def database(request, tmp_path, clock):
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path}/linkbacks.db"
    else:
        url = request.getfixturevalue("postgresql").create_database(f"store_{tmp_path.name[-40:]}")
    async with Database(url, owner="me", clock=clock) as opened:
        yield opened
