"""The store on real databases: SQLite always, PostgreSQL beside it."""

import asyncio
from dataclasses import replace

import pytest
import sqlalchemy as sa

from proxy.linkback import Clue, Evidence, Linkback, Place, Post, Protocol, Score
from proxy.policy import Action, Decision, Reason
from proxy.store import MOVES, Arrival, Label, Listing, Standing, State, StoreError
from proxy.store.database import Database
from proxy.store.pruning import Pruning
from proxy.store.queue import Queue
from proxy.store.records import REJUDGE_SECONDS
from proxy.store.review import Review
from proxy.store.schema import linkbacks

BLOG = "https://blog.example"
HAM = Decision(reason=Reason.HAM, action=Action.FORWARD, score=Score(spam=0.1, clues=(), model="m1"))
SPAM = Decision(
    reason=Reason.SPAM,
    action=Action.REJECT,
    score=Score(spam=0.99, clues=(Clue(name="word:pills", weight=2.0, text="the word pills"),), model="m1"),
)


@pytest.fixture
def queue(database):
    return Queue(database)


@pytest.fixture
def pruning(database):
    return Pruning(database)


@pytest.fixture
def review(database):
    return Review(database)


def arrival(number: int = 1, **values) -> Arrival:
    link = Linkback(protocol=Protocol.PINGBACK, source=f"https://s{number}.example/p", target=f"{BLOG}/post/")
    return Arrival(linkback=link, blog=BLOG, domain=f"s{number}.example", remote="192.0.2.1", **values)


async def held(queue, number: int = 1) -> int:
    one = (await queue.receive(arrival(number))).id
    decision = Decision(reason=Reason.UNSURE, action=Action.QUARANTINE, score=Score(spam=0.5))
    assert await queue.judged(one, decision, State.HELD, evidence=None, post=None)
    return one


async def test_what_was_judged_comes_back_whole(queue, review):
    """Claim, evidence, score, clues and post survive the database."""
    one = (await queue.receive(arrival())).id
    evidence = Evidence(found=True, place=Place.MAIN, rel=("nofollow",), title="Title", redirects=("a", "b"))
    post = Post(url=f"{BLOG}/post/", title="Post", language="en")
    assert await queue.judged(one, SPAM, State.REJECTED, evidence=evidence, post=post, answer="HTTP 200")
    record = await review.get(one)
    assert record.linkback == arrival().linkback
    assert (record.evidence, record.post, record.clues) == (evidence, post, SPAM.score.clues)
    assert (record.state, record.reason, record.score) == (State.REJECTED, "spam", 0.99)


async def test_a_second_arrival_is_known(queue, clock):
    """A claim is recorded once; later ones are told what became of the first."""
    first = await queue.receive(arrival())
    assert first.standing is Standing.NEW
    assert (await queue.receive(arrival())).standing is Standing.PENDING
    await queue.judged(first.id, HAM, State.QUEUED, evidence=None, post=None)
    again = await queue.receive(arrival())
    assert (again.id, again.standing) == (first.id, Standing.KNOWN)


async def test_a_rejected_claim_is_judged_afresh_later(queue, clock):
    """A page may link tomorrow: only for a while does the old answer stand."""
    first = (await queue.receive(arrival())).id
    await queue.judged(first, SPAM, State.REJECTED, evidence=None, post=None)
    assert (await queue.receive(arrival())).standing is Standing.REJECTED
    clock.now += REJUDGE_SECONDS
    assert await queue.receive(arrival()) == type(await queue.receive(arrival(2)))(
        id=first, standing=Standing.NEW, reason="spam"
    )


async def test_forged_words_do_not_block_the_genuine(queue):
    """Two trackbacks of one source with other words are two claims."""

    def track(excerpt):
        link = Linkback(
            protocol=Protocol.TRACKBACK, source="https://s.example/", target=f"{BLOG}/post/", excerpt=excerpt
        )
        return Arrival(linkback=link, blog=BLOG, domain="s.example", remote="192.0.2.1")

    assert (await queue.receive(track("buy pills"))).standing is Standing.NEW
    assert (await queue.receive(track("I liked this"))).standing is Standing.NEW
    assert (await queue.receive(track("I liked this"))).standing is Standing.PENDING


@pytest.mark.parametrize(("old", "new"), [(a, b) for a in State for b in State if a is not b])
async def test_the_database_refuses_illegal_moves(old, new, tmp_path):
    """Whoever writes to the table, only the moves of the table of moves are possible."""
    async with Database(f"sqlite+aiosqlite:///{tmp_path}/x.db") as database:
        await Queue(database).receive(arrival(state=old))
        move = sa.update(linkbacks).values(state=new)
        try:
            await database.write(lambda connection: connection.execute(move))
            moved = True
        except StoreError:
            moved = False
        assert moved == (new in MOVES[old])


async def test_postgresql_refuses_illegal_moves_too(queue, database):
    """The guard stands in both kinds of database."""
    one = (await queue.receive(arrival(state=State.HELD))).id
    move = sa.update(linkbacks).where(linkbacks.c.id == one).values(state=State.DELIVERED)
    with pytest.raises(StoreError, match="illegal move"):
        await database.write(lambda connection: connection.execute(move))


async def test_a_lost_lease_records_nothing(queue, review, clock):
    """A worker that was too slow can't overwrite what its successor does."""
    one = (await queue.receive(arrival())).id
    clock.now += 1000
    assert await queue.reclaim(State.JUDGING, under_way=()) == 1
    assert not await queue.judged(one, HAM, State.QUEUED, evidence=None, post=None)
    assert (await review.get(one)).state is State.RECEIVED
    assert [record.id for record in await queue.lease_received(10)] == [one]
    assert await queue.lease_received(10) == []


async def test_what_is_under_way_here_is_never_lost(queue, clock):
    """A clock that jumps ahead does not take work away from the process that is doing it."""
    one = (await queue.receive(arrival())).id
    clock.now += 86400
    assert await queue.reclaim(State.JUDGING, under_way=(one,)) == 0
    assert await queue.judged(one, HAM, State.QUEUED, evidence=None, post=None)


async def test_a_clean_stop_gives_everything_back(queue, review):
    """What a process had leased is free at once when it ends in order."""
    one = (await queue.receive(arrival())).id
    assert await queue.give_back() == 1
    assert (await review.get(one)).state is State.RECEIVED
    assert [record.id for record in await queue.lease_received(10)] == [one]


async def test_a_broken_off_delivery_waits_until_its_time_is_over(queue, clock):
    """Upstream may still be at work on it: it is not due again before the delivery's own end."""
    one = (await queue.receive(arrival())).id
    await queue.judged(one, HAM, State.QUEUED, evidence=None, post=None)
    await queue.lease_delivery(BLOG, spacing=0, seconds=70)
    assert await queue.give_back() == 1
    assert await queue.due_blogs(10) == []
    clock.now += 70
    assert (await queue.lease_delivery(BLOG, spacing=0, seconds=70)).id == one


async def test_a_clock_set_back_does_not_put_work_off_for_ever(queue, clock):
    """What is due later than any wait of ours was put off by a wrong clock, and is due now."""
    judge = (await queue.receive(arrival(1))).id
    await queue.judge_later([judge], reason="", answer="", seconds=60, counts=True)
    deliver = (await queue.receive(arrival(2))).id
    await queue.judged(deliver, HAM, State.QUEUED, evidence=None, post=None)
    clock.now -= 30 * 86400
    assert (await queue.lease_received(10), await queue.due_blogs(10)) == ([], [])
    assert await queue.straighten() == 2
    assert [record.id for record in await queue.lease_received(10)] == [judge]
    assert await queue.due_blogs(10) == [BLOG]


async def test_one_domain_can_be_left_out(queue):
    """Linkbacks of a domain that has its share wait, others do not wait for them."""
    for number in (1, 2):
        await queue.receive(arrival(number, state=State.RECEIVED))
    assert [record.domain for record in await queue.lease_received(10, without=["s1.example"])] == [
        "s2.example"
    ]


async def test_words_that_no_database_keeps_are_mended(queue, review):
    """A NUL and half a surrogate pair, which a stranger may send, cost no linkback."""
    link = Linkback(
        protocol=Protocol.TRACKBACK,
        source="https://s.example/",
        target=f"{BLOG}/post/",
        title="a\0b\ud800c",
    )
    one = (await queue.receive(Arrival(linkback=link, blog=BLOG, domain="s.example", remote=""))).id
    evidence = Evidence(found=True, title="x\0", text="\udfff", signs=("\0",))
    assert await queue.judged(one, HAM, State.QUEUED, evidence=evidence, post=None, answer="\0")
    record = await review.get(one)
    assert record.linkback.title == "a\ufffdb?c"
    assert record.evidence.text == "?"


async def test_deliveries_keep_their_distance(queue, clock):
    """Two linkbacks of one blog are leased no sooner than the spacing apart."""
    for number in (1, 2):
        one = (await queue.receive(arrival(number))).id
        await queue.judged(one, HAM, State.QUEUED, evidence=None, post=None)
    assert await queue.due_blogs(10) == [BLOG]
    assert await queue.lease_delivery(BLOG, spacing=16, seconds=60)
    clock.now += 15.9
    assert await queue.due_blogs(10) == []
    assert await queue.lease_delivery(BLOG, spacing=16, seconds=60) is None
    clock.now += 0.2
    assert await queue.lease_delivery(BLOG, spacing=16, seconds=60)


async def test_a_clock_set_back_does_not_stop_deliveries(queue, clock):
    """A turn further off than the spacing was written by a clock that has jumped."""
    for number in (1, 2):
        one = (await queue.receive(arrival(number))).id
        await queue.judged(one, HAM, State.QUEUED, evidence=None, post=None)
        if number == 1:
            await queue.lease_delivery(BLOG, spacing=16, seconds=60)
            clock.now -= 86400
    assert await queue.due_blogs(10) == [BLOG]
    assert await queue.lease_delivery(BLOG, spacing=16, seconds=60)


async def test_every_blog_gets_its_turn(queue, clock):
    """Of many blogs with due deliveries, those that have waited longest are named, and none in its pause."""
    for number in range(30):
        link = Linkback(protocol=Protocol.PINGBACK, source="https://s.example/p", target=f"http://b{number}/")
        entry = Arrival(linkback=link, blog=f"http://b{number}", domain="s.example", remote="")
        one = (await queue.receive(entry)).id
        await queue.judged(one, HAM, State.QUEUED, evidence=None, post=None)
        clock.now += 1
    assert await queue.due_blogs(2) == ["http://b0", "http://b1"]
    await queue.lease_delivery("http://b0", spacing=1000, seconds=60)
    assert await queue.due_blogs(2, without=["http://b2"]) == ["http://b1", "http://b3"]
    await queue.postpone("http://b1", 300)
    assert await queue.due_blogs(1) == ["http://b2"]


async def test_genuine_goes_before_released(queue, review, clock):
    """What the judge found genuine is delivered before what a person released earlier."""
    released = await held(queue, 1)
    await review.release([released], by="test", delay=0)
    clock.now += 1
    genuine = (await queue.receive(arrival(2))).id
    await queue.judged(genuine, HAM, State.QUEUED, evidence=None, post=None)
    assert (await queue.lease_delivery(BLOG, spacing=0, seconds=60)).id == genuine
    assert (await queue.lease_delivery(BLOG, spacing=0, seconds=60)).id == released


async def test_a_release_can_be_taken_back(queue, review):
    """Undo holds the linkback again and takes its label away."""
    one = await held(queue)
    assert await review.release([one], by="test", delay=10) == [one]
    assert [label["label"] for label in await review.labelled()] == ["ham"]
    assert await queue.lease_delivery(BLOG, spacing=0, seconds=60) is None
    assert await review.take_back([one], by="test") == [one]
    assert (await review.get(one)).state is State.HELD
    assert await review.labelled() == []


async def test_discarding_labels(queue, review):
    """Spam trains, unwanted does not; both are discarded and counted in the history of the domain."""
    spam, unwanted = await held(queue, 1), await held(queue, 2)
    await review.discard([spam], label=Label.SPAM, by="test")
    await review.discard([unwanted], label=Label.UNWANTED, by="test")
    assert [label["linkback_id"] for label in await review.labelled()] == [spam]
    history = await review.history(BLOG, "s1.example")
    assert (history.ham, history.spam, history.seen) == (0, 1, 1)
    assert (await queue.receive(arrival(1))).standing is Standing.KNOWN


async def test_listing(queue, review):
    """Newest first, by state, page by page."""
    ids = [await held(queue, number) for number in range(1, 6)]
    first = await review.records(Listing(states=(State.HELD,), limit=2))
    assert [record.id for record in first] == ids[:2:-1]
    rest = await review.records(Listing(states=(State.HELD,), before=first[-1].id))
    assert [record.id for record in rest] == ids[2::-1]
    assert await review.records(Listing(states=(State.DEAD,))) == []
    assert (await review.counts())[State.HELD] == 5


async def test_pruning_spares_labels_and_the_living(queue, review, pruning, clock):
    """Rejected rows go by age and by number; what waits and what was learned stays."""
    for number in range(1, 5):
        one = (await queue.receive(arrival(number))).id
        clock.now += 10
        await queue.judged(one, SPAM, State.REJECTED, evidence=None, post=None)
    spam, waiting = await held(queue, 8), await held(queue, 9)
    clock.now += 1
    await review.discard([spam], label=Label.SPAM, by="test")
    assert await pruning.prune(before=clock.now - 26, keep=3) == 2
    assert await pruning.prune(before=0, keep=1) == 2
    assert (await review.get(waiting)).state is State.HELD
    assert len(await review.labelled()) == 1


async def test_the_database_stays_under_its_size(tmp_path, clock):
    """Beyond `max_bytes` the oldest of what is finished goes, delivered ones too; what waits and labels stay.

    The file itself becomes smaller.
    """
    file = tmp_path / "linkbacks.db"
    async with Database(f"sqlite+aiosqlite:///{file}", owner="me", clock=clock) as database:
        queue, pruning, review = Queue(database), Pruning(database), Review(database)
        ones = []
        for number in range(600):
            one = arrival(number)
            link = replace(one.linkback, excerpt="words " * 300)
            ones.append((await queue.receive(replace(one, linkback=link))).id)
        await asyncio.gather(
            *(queue.judged(one, SPAM, State.REJECTED, evidence=None, post=None) for one in ones[:300])
        )
        clock.now += 10
        for one in ones[300:500]:
            await queue.judged(one, HAM, State.QUEUED, evidence=None, post=None)
            assert await queue.lease_delivery(BLOG, spacing=0, seconds=60)
            await queue.delivery_ended(one, State.DELIVERED, answer="")
        for one in ones[500:]:
            await queue.judged(one, HAM, State.HELD, evidence=None, post=None)
        await review.discard(ones[500:501], label=Label.SPAM, by="test")
        full = await pruning.used_bytes()
        before = file.stat().st_size
        removed = await pruning.prune(before=0, keep=10_000, max_bytes=full // 2)
        assert await pruning.used_bytes() <= full // 2
        left = await review.records(Listing(limit=1000))
        assert len(left) == 600 - removed
        assert {one.id for one in left} >= set(ones[501:])
        assert {one.state for one in left} <= {State.HELD, State.DELIVERED, State.DISCARDED}
        assert len(await review.labelled()) == 1
        await database.read(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))
        assert file.stat().st_size < before * 0.7


async def test_writes_share_commits(database, queue, review):
    """Many arrivals at once are all on disk, each with its own id."""
    receipts = await asyncio.gather(*(queue.receive(arrival(number)) for number in range(200)))
    assert len({receipt.id for receipt in receipts}) == 200
    assert len(await review.records(Listing(limit=500))) == 200


async def test_a_faulty_write_fails_alone(database, queue):
    """Writes that share a group with a faulty one are kept."""

    def faulty(connection):
        connection.execute(sa.text("INSERT INTO nowhere VALUES (1)"))

    results = await asyncio.gather(
        queue.receive(arrival(1)), database.write(faulty), queue.receive(arrival(2)), return_exceptions=True
    )
    assert [type(result).__name__ for result in results] == ["Receipt", "StoreError", "Receipt"]


async def test_settings_are_kept(review):
    """A setting is any JSON value; the last one counts."""
    assert await review.setting("cutoffs") is None
    await review.set_setting("cutoffs", {"ham": 0.1}, by="test")
    await review.set_setting("cutoffs", {"ham": 0.2}, by="test")
    assert await review.setting("cutoffs") == {"ham": 0.2}


async def test_a_database_that_cannot_be_opened_is_an_error(tmp_path):
    """A path that is no database is refused with a sentence."""
    (tmp_path / "x.db").write_bytes(b"this is no database, " * 100)
    with pytest.raises(StoreError, match="not a database"):
        async with Database(f"sqlite+aiosqlite:///{tmp_path}/x.db"):
            pass
