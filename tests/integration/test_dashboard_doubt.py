"""The order of doubt: nearest to the middle between the cut-offs first, on both databases."""

import random

import pytest
import pytest_asyncio
import sqlalchemy as sa

from proxy.store import State, open_store
from proxy.store.schema import linkbacks
from proxy.store.search import Filter
from tests.support.dashboard import judged, linkback, running_dashboard, sqlite

HELD = Filter(states=(State.HELD,))
# Ties on one side, on both sides of the middle, at the middle, at the ends, and linkbacks without a score.
SCORES = (
    0.5,
    0.5,
    0.4,
    0.6,
    0.6,
    0.6,
    0.4,
    0.1,
    0.9,
    None,
    0.0,
    1.0,
    None,
    0.45,
    0.55,
    0.30000000000000004,
    0.7,
)


@pytest_asyncio.fixture(params=["sqlite", "postgresql"])
async def store(request, tmp_path):
    url = sqlite(tmp_path)
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql").create_database(f"doubt_{tmp_path.name[-40:]}")
    async with open_store(url) as opened:
        yield opened


async def hold(store, scores):
    """Hold one linkback of each score; return the ids."""
    ids = []
    for number, score in enumerate(scores):
        ids.append(await judged(store, linkback(number), score=0.5 if score is None else score))
        if score is None:
            bare = sa.update(linkbacks).where(linkbacks.c.id == ids[-1]).values(score=None)
            await store.database.write(lambda c, bare=bare: c.execute(bare).rowcount)
    return ids


async def followed(store, wanted, middle, limit):
    """Follow the pages to the end."""
    found, key = [], None
    while True:
        page = await store.search.doubtful(wanted, middle, before=key, limit=limit)
        found += [one.id for one in page.records]
        if (key := page.next) is None:
            return found


@pytest.mark.parametrize("middle", [0.5, 0.45, 0.0, 1.0, 0.637])
async def test_pages_of_any_size_follow_each_other(store, middle):
    """Whatever the middle and the size of a page, each linkback is shown once, the most doubtful first."""
    scores = [*SCORES, *(round(random.Random(middle).random(), 2) for _ in range(30))]
    ids = await hold(store, scores)
    await judged(store, linkback(99), state=State.REJECTED, score=0.5)
    far = {one: 2.0 if score is None else abs(score - middle) for one, score in zip(ids, scores, strict=True)}
    for limit in (1, 3, 50):
        found = await followed(store, HELD, middle, limit)
        assert sorted(found) == ids
        assert [far[one] for one in found] == sorted(far.values())


async def test_the_order_goes_with_a_filter(store, monkeypatch):
    """Filters narrow it; what lies beyond the window is told, and found by looking further."""
    monkeypatch.setattr("proxy.store.search.WINDOW", 4)
    ids = await hold(store, [number / 100 for number in range(40)])
    some = Filter(states=(State.HELD,), domain="s7.example")
    first = await store.search.doubtful(some, 0.2, limit=25)
    assert (first.records, first.looked_at) == ((), 4)
    assert await followed(store, some, 0.2, 25) == [ids[7]]
    old = Filter(states=(State.HELD,), until=1.0)
    assert await followed(store, old, 0.2, 25) == []


async def test_the_queue_is_ordered_by_the_cut_offs_in_force(tmp_path):
    """The address asks for the order; other cut-offs change it at once; other tabs have none."""
    async with running_dashboard(sqlite(tmp_path)) as board:
        ids = await hold(board.store, [0.1, 0.5, 0.9])

        async def shown(path):
            text = await board.text(path)
            return sorted(ids, key=lambda one: text.index(f'value="{one}"'))

        assert await shown("/") == ids[::-1]
        blog = board.desk.blogs().named("https://blog.example").name
        for ham, spam, order in ((0.0, 0.2, ids), (0.8, 1.0, ids[::-1])):
            await board.store.choices.set_cutoffs(blog, ham, spam, by="test")
            await board.desk.changed()
            assert await shown("/?sort=doubt") == order
        assert 'name="sort"' not in await board.text("/?state=all&sort=doubt")
