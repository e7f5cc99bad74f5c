"""Later looks at the sources of delivered linkbacks, on real databases and a real server."""

import pytest
import sqlalchemy as sa
from aiohttp import web

from proxy.fetch import Fetcher
from proxy.linkback import Evidence, FetchFailure, FetchReason, Linkback, Page, Place, Protocol
from proxy.reader import Reader
from proxy.revisit import judged_failure, judged_page, look_again
from proxy.store import Arrival, State
from proxy.store.queue import Queue
from proxy.store.revisits import DAY, PUT_OFF_SECONDS, Revisits, Seen
from proxy.store.schema import linkbacks
from tests.integration.test_fetch import LOCAL
from tests.support.pages import HTML, served

DAYS = (1, 7, 30)
TARGET = "http://blog.example/a-post"


async def delivered(database, source):
    """Record a linkback and have it delivered now."""
    link = Linkback(protocol=Protocol.PINGBACK, source=source, target=TARGET)
    arrival = Arrival(
        linkback=link, blog="http://blog.example", domain="source.example", remote="", state=State.QUEUED
    )
    queue = Queue(database)
    receipt = await queue.receive(arrival)
    await queue.lease_delivery("http://blog.example", spacing=0, seconds=60)
    assert await queue.delivery_ended(receipt.id, State.DELIVERED, answer="")
    return receipt.id


async def test_looks_are_due_after_their_days_and_no_more(database, clock):
    """A delivered linkback is due after 1, 7 and 30 days; each look is taken by one."""
    one, began = await delivered(database, "http://source.example/1"), clock.now
    revisits = Revisits(database)
    assert await revisits.note(DAYS) == 1
    assert await revisits.note(DAYS) == 0
    for looks, day in enumerate(DAYS):
        clock.now = began + day * DAY - 1
        assert await revisits.take(10) == []
        clock.now += 2
        visit, *others = await revisits.take(10)
        assert (visit.id, visit.looks, others) == (one, looks, [])
        assert await revisits.take(10) == []
        await revisits.looked(visit, Seen.THERE, "", DAYS)
    clock.now += 365 * DAY
    assert await revisits.take(10) == []
    assert await revisits.note(DAYS) == 0


async def test_a_look_that_did_not_end_is_taken_again(database, clock):
    """Whoever took a look and died leaves it due in an hour; what ends twice counts once."""
    await delivered(database, "http://source.example/1")
    revisits = Revisits(database)
    await revisits.note(DAYS)
    clock.now += DAY + 1
    first = await revisits.take(10)
    clock.now += PUT_OFF_SECONDS + 1
    second = await revisits.take(10)
    assert first == second != []
    await revisits.looked(second[0], Seen.GONE, "gone", DAYS)
    await revisits.looked(first[0], Seen.THERE, "there", DAYS)
    assert [one.detail for one in await revisits.vanished(10)] == ["gone"]


async def test_what_is_pruned_is_forgotten(database, clock):
    """A linkback that is no longer kept is not looked at again."""
    one = await delivered(database, "http://source.example/1")
    revisits = Revisits(database)
    await revisits.note(DAYS)
    remove = sa.delete(linkbacks).where(linkbacks.c.id == one)
    await database.write(lambda connection: connection.execute(remove).rowcount)
    await revisits.note(DAYS)
    clock.now += DAY + 1
    assert await revisits.take(10) == []


async def test_rounds_find_what_has_vanished(database, clock):
    """Of three sources one still links, one no longer does, one is away: one is listed as vanished."""
    pages = {"/there": f"<a href='{TARGET}'>a</a>", "/changed": "<p>spam</p>", "/away": None}

    async def handler(request):
        text = pages[request.path]
        return web.Response(text=text, headers=HTML) if text else web.Response(status=503)

    async with served(handler) as base, Fetcher(LOCAL) as fetcher, Reader() as reader:
        ids = {path: await delivered(database, base + path) for path in pages}
        revisits = Revisits(database)

        async def examine(page, target):
            return await reader.examine(page, target=target)

        await look_again(revisits, (), fetcher.fetch, examine)
        await look_again(revisits, DAYS, fetcher.fetch, examine)
        assert await revisits.vanished(10) == []
        clock.now += DAY + 1
        await look_again(revisits, DAYS, fetcher.fetch, examine)
    (vanished,) = await revisits.vanished(10)
    assert (vanished.id, vanished.detail) == (ids["/changed"], "the page no longer links")


PAGE = {"url": "", "final_url": "", "status": 200, "content_type": "", "body": b""}
FAILURES = [
    (FetchReason.GONE, 404, Seen.GONE),
    (FetchReason.GONE, 410, Seen.GONE),
    (FetchReason.GONE, 403, Seen.UNKNOWN),
    (FetchReason.TROUBLED, 503, Seen.UNKNOWN),
    (FetchReason.UNREACHABLE, 0, Seen.UNKNOWN),
    (FetchReason.OPTED_OUT, 0, Seen.UNKNOWN),
]


@pytest.mark.parametrize(("reason", "status", "seen"), FAILURES)
def test_what_a_failure_says(reason, status, seen):
    """Only a page that is said not to be there is gone."""
    assert judged_failure(FetchFailure(url="", reason=reason, detail="", status=status))[0] is seen


@pytest.mark.parametrize(
    ("evidence", "truncated", "seen"),
    [
        (None, False, Seen.UNKNOWN),
        (Evidence(found=True, place=Place.MAIN), True, Seen.THERE),
        (Evidence(found=False), False, Seen.GONE),
        (Evidence(found=False), True, Seen.UNKNOWN),
    ],
)
def test_what_a_page_says(evidence, truncated, seen):
    """A page that was cut or not read proves no absence."""
    assert judged_page(Page(**PAGE, truncated=truncated), evidence)[0] is seen
