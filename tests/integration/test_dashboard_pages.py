"""The dashboard's other pages: overview, cut-offs, lists, health, settings, trail, feed."""

import xml.etree.ElementTree as ET

import pytest
import pytest_asyncio
import sqlalchemy as sa

from proxy.dashboard.passwords import Passwords
from proxy.policy import Reason
from proxy.screen import screen
from proxy.store import Arrival, Label, State
from proxy.store.revisits import Seen
from proxy.store.schema import linkbacks
from proxy.store.tallies import HOUR, What
from tests.support.dashboard import BLOG, judged, linkback, running_dashboard, sqlite

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest_asyncio.fixture
async def board(tmp_path):
    async with running_dashboard(sqlite(tmp_path)) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    if request.param == "sqlite":
        return sqlite(tmp_path)
    return request.getfixturevalue("postgresql").create_database(f"board_{tmp_path.name[-40:]}")


async def test_every_page_opens_on_both_databases(database):
    """Each query runs on SQLite and on PostgreSQL, with nothing there and with something."""
    async with running_dashboard(database) as board:
        for filled in (False, True):
            if filled:
                one = await judged(board.store, linkback())
                await board.store.review.discard([one], label=Label.SPAM, by="test")
                await judged(board.store, linkback(2), state=State.REJECTED, score=0.99)
                await judged(board.store, linkback(3))
                board.clock.now += 2 * HOUR
                assert await board.store.tallies.roll() == 1
                assert f"/linkback/{one}" in await board.text("/?state=all&q=title&since=2020-01-01")
                assert "the link" in await board.text(f"/linkback/{one}")
            for path in ("/", "/?state=all", "/?state=leaving&domain=x", "/overview", "/overview?period=day",
                         "/health", "/settings", "/trail", "/vanished", "/keys"):  # fmt: skip
                assert "</html>" in await board.text(path), path


async def test_summed_hours_say_what_the_rows_say(board):
    """An hour counts the same before and after it is summed up, and still when its rows are pruned."""
    for number, score in enumerate((0.02, 0.51, 0.53, 0.97, 0.98)):
        await judged(board.store, linkback(number), score=score)
    hour = int(board.clock.now) // HOUR

    async def told():
        found = [await board.store.tallies.since(what, hour - 5) for what in What]
        return sorted((one.what, one.name, one.n) for part in found for one in part)

    before = await told()
    assert [entry for entry in before if entry[0] == "score"] == [
        ("score", "0", 1), ("score", "10", 2), ("score", "19", 2)
    ]  # fmt: skip
    board.clock.now += 2 * HOUR
    assert await board.store.tallies.roll() == 1
    assert await board.store.tallies.roll() == 0
    await board.store.database.write(lambda connection: connection.execute(sa.delete(linkbacks)).rowcount)
    assert await told() == before


async def test_cut_offs_are_tried_before_they_are_kept(board):
    """The preview counts the owner's own labels; saving changes what is used, resetting undoes it."""
    for number, score in enumerate((0.1, 0.3, 0.6)):
        one = await judged(board.store, linkback(number), score=score)
        await board.store.review.release([one], by="test", delay=1000)
    for number, score in enumerate((0.15, 0.6, 0.99)):
        one = await judged(board.store, linkback(10 + number), score=score)
        await board.store.review.discard([one], label=Label.SPAM, by="test")
    text = await board.text("/overview?ham=40&spam=55")
    assert "Would have held or rejected 1 genuine, passed 1 spam." in text
    assert await board.post("/cutoffs", blog=BLOG, ham="40", spam="55", do="save") == 303
    assert "Cut-offs 40 % and 55 %" in await board.text("/settings")
    choice = (await board.store.choices.all())[BLOG]
    assert (choice.ham, choice.spam) == (0.4, 0.55)
    assert await board.post("/cutoffs", blog=BLOG, do="reset") == 303
    assert "Cut-offs" not in await board.text("/settings")
    assert await board.post("/cutoffs", blog="https://other.example", ham="40", spam="55") == 400


@pytest.mark.parametrize("text", ["", "nan", "inf", "x", "-5", "1e99"])
async def test_odd_cut_offs_do_no_harm(board, text):
    """Whatever the form says, cut-offs stay between 0 and 1, ham's not above spam's."""
    assert await board.post("/cutoffs", blog=BLOG, ham=text, spam=text, do="save") == 303
    choice = (await board.store.choices.all())[BLOG]
    assert 0 <= choice.ham <= choice.spam <= 1


@pytest.mark.parametrize(
    ("entry", "source", "reason"),
    [
        ("s1.example", "https://s1.example/a", Reason.DENIED),
        ("s1.example", "https://s2.example/a", None),
        ("s1.example/~me/", "https://s1.example/~me/a", Reason.DENIED),
        ("s1.example/~me/", "https://s1.example/~you/a", None),
    ],
)
async def test_lists_filled_here_count_for_what_comes_next(board, entry, source, reason):
    """A domain or profile that is denied on a card is screened from then on, until it is struck."""
    assert await board.post("/list", blog=BLOG, entry=entry, list="deny") == 303
    assert screen(linkback(source=source), board.desk.blogs().named(BLOG).house).reason == reason
    assert await board.post("/list", blog=BLOG, entry=entry, list="allow") == 303
    assert screen(linkback(source=source), board.desk.blogs().named(BLOG).house).allowed is (
        reason is not None
    )
    assert await board.post("/list", blog=BLOG, entry=entry, list="strike") == 303
    assert (await board.store.choices.all())[BLOG].allow == ()


async def test_the_feed_has_a_private_address(board):
    """The feed is valid Atom whatever a sender writes, opens without logging in, and moves when told."""
    await judged(board.store, linkback(title="<b>&\x00\x1b]]>", excerpt="\u202e&amp;"))
    settings = await board.text("/settings")
    path = settings[settings.index("/feed/") :].split("<")[0]
    await Passwords(board.store).set("owner", "correct horse", by="test")
    board.client.cookie_jar.clear()
    feed = ET.fromstring(await board.text(path))
    assert feed.find(f"{ATOM}entry/{ATOM}title").text.startswith("<b>&")
    assert await board.status("/feed/guess.atom") == 404
    assert await board.status("/settings") == 303
    await Passwords(board.store).remove("owner", by="test")
    assert await board.post("/feed") == 303
    assert await board.status(path) == 404


async def test_health_says_what_to_do(board):
    """A blog that takes nothing and linkbacks that wait too long are told, with advice."""
    assert "All is well." in await board.text("/health")
    one = await judged(board.store, linkback(), state=State.QUEUED)
    assert (await board.store.queue.lease_delivery(BLOG, spacing=0, seconds=60)).id == one
    await board.store.queue.delivery_ended(one, State.QUEUED, answer="connection refused", seconds=60)
    arrival = Arrival(linkback=linkback(2), blog=BLOG, domain="s2.example", remote="", state=State.RECEIVED)
    await board.store.queue.receive(arrival)
    board.clock.now += 100
    text = await board.text("/health")
    for part in ("2 parts need you", "connection refused", "See that the blog runs", "1 wait for more than"):
        assert part in text


async def test_the_trail_names_who_did_what(board):
    """Decisions, lists and settings leave a trace with a name."""
    one = await judged(board.store, linkback())
    await board.post("/decide", do=f"spam:{one}")
    await board.post("/list", blog=BLOG, entry="s1.example", list="deny")
    text = await board.text("/trail")
    for part in ("label spam", f'href="/linkback/{one}"', "deny s1.example", "dashboard:local"):
        assert part in text


async def test_vanished_links_are_listed_as_text(tmp_path):
    """A delivered linkback whose link is gone is listed with its reason, and nothing of it is markup."""
    async with running_dashboard(sqlite(tmp_path)) as board:
        assert "None that we know of" in await board.text("/vanished")
        assert "fetch.revisit_days is empty" in await board.text("/vanished")
        one = await judged(board.store, linkback(), state=State.QUEUED)
        await board.store.queue.lease_delivery(BLOG, spacing=0, seconds=60)
        assert await board.store.queue.delivery_ended(one, State.DELIVERED, answer="")
        await board.store.revisits.note([1])
        board.clock.now += 25 * HOUR
        (visit,) = await board.store.revisits.take(1)
        await board.store.revisits.looked(visit, Seen.GONE, "<b>no longer</b> links", [1])
        text = await board.text("/vanished")
        assert f'href="/linkback/{one}"' in text
        assert "&lt;b&gt;no longer&lt;/b&gt; links" in text


async def test_passwords_in_settings_are_masked(tmp_path):
    """The page of settings shows each key with its source, and no password."""
    url = "postgresql+asyncpg://me:secret@db.example/linkbacks"
    async with running_dashboard(sqlite(tmp_path), database=url) as board:
        text = await board.text("/settings")
        assert "me:***@db.example" in text
        assert "secret" not in text
        assert "delivery.undo_seconds" in text
