"""Many blogs on one proxy: what floods one of them does not hold up the others."""

from __future__ import annotations

import asyncio
import sqlite3
import time

import pytest_asyncio
import sqlalchemy as sa

from proxy.linkback import Linkback, Protocol
from proxy.store import Arrival, State, open_store
from proxy.store.schema import linkbacks

FLOODED = "https://flooded.example"
FLOOD, MANY = 5_000, 1_000


def row(number: int, blog: str, state: State, now: float) -> dict[str, object]:
    """Give a row as it stands when much waits."""
    return {
        "claim_key": f"{number:040}",
        "blog": blog,
        "protocol": Protocol.PINGBACK,
        "source": f"https://s{number}.example/",
        "target": f"{blog}/post/",
        "domain": f"s{number}.example",
        "campaign": "",
        "state": state,
        "received_at": now,
        "due_at": now,
    }


@pytest_asyncio.fixture(params=["sqlite", "postgresql"])
async def store(request, tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path}/linkbacks.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql").create_database(f"fair_{request.node.nodeid[-40:-12]}")
    async with open_store(url) as opened:
        yield opened


async def fill(store, state: State) -> None:
    """Let many wait for one blog, and then one for each of many others."""
    now = time.time() - 60
    rows = [row(n, FLOODED, state, now) for n in range(FLOOD)]
    rows += [row(FLOOD + n, f"https://b{n:04}.example", state, now + 1) for n in range(MANY)]
    await store.database.write(lambda connection: connection.execute(sa.insert(linkbacks), rows))


async def test_a_flood_on_one_blog_does_not_delay_the_judging_of_others(store):
    """Of 20 places the flooded blog gets one while others wait, and each of those has its turn."""
    await fill(store, State.RECEIVED)
    turns = [one.blog for _ in range(10) for one in await store.queue.lease_received(20)]
    assert len(turns) == 200
    assert turns.count(FLOODED) <= 1
    assert len(set(turns)) == 200
    alone = [
        one.blog for one in await store.queue.lease_received(20, without=[f"s{n}.example" for n in range(10)])
    ]
    assert not set(alone) & set(turns)


async def test_a_blog_alone_gets_all_places(tmp_path):
    """Where nothing else waits, the places are one blog's, oldest first, whatever waits for a later time."""
    async with open_store(f"sqlite+aiosqlite:///{tmp_path}/l.db") as store:
        for number, blog in enumerate([FLOODED] * 30 + ["https://a.example", "https://z.example"]):
            link = Linkback(
                protocol=Protocol.PINGBACK, source=f"https://s.example/{number}", target=f"{blog}/p/"
            )
            state = State.RECEIVED if blog == FLOODED else State.JUDGING
            entry = Arrival(linkback=link, blog=blog, domain="s.example", remote="", state=state)
            one = (await store.queue.receive(entry)).id
            if blog != FLOODED:
                await store.queue.judge_later([one], reason="", answer="", seconds=60, counts=True)
        leased = await store.queue.lease_received(20)
        assert [one.blog for one in leased] == [FLOODED] * 20
        assert [one.id for one in leased] == sorted(one.id for one in leased)
        assert await store.queue.waiting() == {FLOODED: 10}


async def test_every_second_time_the_unusual_come_first(store):
    """Of a blog's linkbacks, one time the most unusual are judged, one time the oldest: none waits long."""
    now = time.time() - 60
    common = [9.0, 8.0, 0.0, 7.0, 1.0, 9.5]
    rows = [
        row(n, FLOODED, State.RECEIVED, now + n) | {"commonness": one, "source": f"https://s.example/{n}"}
        for n, one in enumerate(common)
    ]
    await store.database.write(lambda connection: connection.execute(sa.insert(linkbacks), rows))
    turns = [sorted(await _numbers(store)) for _ in range(3)]
    assert turns == [[2, 4], [0, 1], [3, 5]]


async def _numbers(store) -> list[int]:
    leased = await store.queue.lease_received(2)
    return [int(one.linkback.source.rpartition("/")[2]) for one in leased]


async def test_a_flood_on_one_blog_does_not_delay_the_delivery_of_others(store):
    """Whatever is queued for one blog, each round names others."""
    await fill(store, State.QUEUED)
    named: set[str] = set()
    for _ in range(5):
        blogs = await store.queue.due_blogs(20)
        named |= set(blogs)
        for blog in blogs:
            await store.queue.lease_delivery(blog, spacing=16, seconds=70)
    assert len(named) == 100


def test_no_look_for_work_reads_the_whole_table(tmp_path):
    """What is asked again and again is answered over indexes."""
    seen: list[str] = []

    def note(statement: str) -> None:
        if statement.startswith(("SELECT", "WITH", "UPDATE")):
            seen.append(statement)

    async def work() -> None:
        async with open_store(f"sqlite+aiosqlite:///{tmp_path}/l.db") as store:

            @sa.event.listens_for(sa.Engine, "before_cursor_execute")
            def listen(_c, _cursor, statement, parameters, _context, _many):
                note(statement)

            await store.queue.waiting()
            for _ in ("unusual", "oldest"):
                await store.queue.lease_received(20, without=["a.example"])
            await store.queue.due_blogs(20, without=["https://b.example"])
            await store.queue.lease_delivery("https://b.example", spacing=1, seconds=1)
            sa.event.remove(sa.Engine, "before_cursor_execute", listen)

    asyncio.run(work())
    assert len(seen) >= 5
    with sqlite3.connect(tmp_path / "l.db") as database:
        for statement in seen:
            plan = database.execute("EXPLAIN QUERY PLAN " + statement, [0] * statement.count("?")).fetchall()
            scans = [step[3] for step in plan if step[3].startswith("SCAN linkbacks")]
            assert not scans, (statement, plan)
