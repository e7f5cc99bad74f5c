"""What the owner decides on the dashboard, and what becomes of it in the store."""

import pytest
import pytest_asyncio

from proxy.linkback import Protocol
from proxy.policy import RULES
from proxy.store import State
from proxy.store.search import Filter
from tests.support.dashboard import judged, linkback, running_dashboard, sqlite


@pytest_asyncio.fixture
async def board(tmp_path):
    async with running_dashboard(sqlite(tmp_path)) as running:
        yield running


async def state(board, one):
    return (await board.store.review.get(one)).state


@pytest.mark.parametrize(
    ("before", "what", "after", "label"),
    [
        (State.HELD, "release", State.QUEUED, "ham"),
        (State.HELD, "spam", State.DISCARDED, "spam"),
        (State.HELD, "unwanted", State.DISCARDED, None),
        (State.REJECTED, "release", State.QUEUED, "ham"),
        (State.REJECTED, "spam", State.DISCARDED, "spam"),
        (State.QUEUED, "hold", State.HELD, None),
        (State.QUEUED, "spam", State.DISCARDED, "spam"),
        (State.HELD, "hold", State.HELD, None),
    ],
)
async def test_a_decision_moves_and_labels(board, before, what, after, label):
    """Each button does what it says, labels by whom, and only where the move is legal."""
    one = await judged(board.store, linkback(), state=before)
    assert await board.post("/decide", do=f"{what}:{one}") == 303
    assert await state(board, one) == after
    labels = [(row["label"], row["by"]) for row in await board.store.review.labelled()]
    assert labels == ([(label, "dashboard:local")] if label else [])


@pytest.mark.parametrize("what", ["release", "spam", "unwanted"])
async def test_a_decision_can_be_undone(board, what):
    """Undo holds all of a decision's linkbacks again and takes their labels away; then it is told no more."""
    ids = [await judged(board.store, linkback(number)) for number in range(3)]
    async with board.client.post(
        f"{board.url}/decide",
        data=[("csrf", await board.csrf()), ("do", what), *(("id", str(one)) for one in ids)],
    ) as answer:
        done = answer.url.query["done"]
        assert "3 linkbacks" in await answer.text()
    assert await board.post("/undo", done=done, back="/") == 303
    assert [await state(board, one) for one in ids] == [State.HELD] * 3
    assert await board.store.review.labelled() == []


async def test_a_label_that_is_taken_back_is_gone(board):
    """Long after, from the card: the linkback is held again, and trains nothing any more."""
    one = await judged(board.store, linkback())
    assert await board.post("/decide", do=f"spam:{one}") == 303
    board.clock.now += 20 * 86_400
    assert await board.post("/decide", do=f"hold:{one}", back=f"/linkback/{one}") == 303
    assert await state(board, one) == State.HELD
    assert await board.store.review.labelled() == []
    assert "Held." in await board.text(f"/linkback/{one}")


async def test_undo_is_offered_while_it_is_possible(board):
    """After the seconds that delivery waits, a release is no longer offered to be undone."""
    one = await judged(board.store, linkback())
    async with board.client.post(
        f"{board.url}/decide", data={"csrf": await board.csrf(), "do": f"release:{one}"}
    ) as answer:
        path = answer.url.path_qs
        assert "Undo" in await answer.text()
    board.clock.now += 11
    assert "Undo" not in await board.text(path)


async def test_all_of_a_filter_is_decided(board):
    """One decision takes whatever the filter matches, on every page, and nothing else."""
    track = [await judged(board.store, linkback(number)) for number in range(60)]
    ping = await judged(
        board.store, linkback(99, protocol=Protocol.PINGBACK, title="", excerpt="", blog_name="")
    )
    assert await board.post("/decide", do="spam", all="1", back="/?protocol=trackback") == 303
    assert {await state(board, one) for one in track} == {State.DISCARDED}
    assert await state(board, ping) == State.HELD


async def test_a_campaign_is_decided_as_one(board):
    """Near-duplicates, which differ in digits and addresses, share one decision."""

    def pills(number):
        return linkback(
            number, title=f"Pills {number}", excerpt=f"Buy {number} at http://p{number}.example/ now"
        )

    alike = [
        await judged(board.store, pills(n), state=State.REJECTED if n % 2 else State.HELD) for n in range(20)
    ]
    other = await judged(board.store, linkback(77, excerpt="An honest word"))
    campaign = (await board.store.review.get(alike[0])).campaign
    assert "20 alike" in await board.text("/")
    assert await board.post("/decide", do="spam", campaign=campaign) == 303
    assert {await state(board, one) for one in alike} == {State.DISCARDED}
    assert await state(board, other) == State.HELD


async def test_pingbacks_are_alike_by_what_their_pages_say(board):
    """Two blogs' pages at like addresses are no campaign; two pages with like words are."""

    def ping(number):
        empty = {"title": "", "excerpt": "", "blog_name": ""}
        return linkback(
            number, protocol=Protocol.PINGBACK, source=f"https://b{number}.example/2026/p/", **empty
        )

    ids = [
        await judged(board.store, ping(1), title="One", excerpt="the first"),
        await judged(board.store, ping(2), title="Two", excerpt="the second"),
        await judged(board.store, ping(3), title="Two", excerpt="the second"),
    ]
    one, two, three = [(await board.store.review.get(each)).campaign for each in ids]
    assert one != two == three


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"do": "explode:1"},
        {"do": "release:x"},
        {"do": "release", "id": "-1"},
        {"do": "spam", "id": "9" * 40},
    ],
)
async def test_nonsense_decides_nothing(board, form):
    """A form that names no decision or no linkback changes nothing."""
    one = await judged(board.store, linkback())
    assert await board.post("/decide", **form) in {303, 400}
    assert await state(board, one) == State.HELD


async def test_what_was_discarded_does_not_come_back(board):
    """A sender's second try of something discarded is a duplicate."""
    one = await judged(board.store, linkback())
    await board.post("/decide", do=f"spam:{one}")
    await judged_again(board, linkback())
    assert await state(board, one) == State.DISCARDED


async def judged_again(board, link):
    with pytest.raises(AssertionError):
        await judged(board.store, link)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {1, 2, 3}),
        ("?protocol=pingback", {3}),
        ("?protocol=carrier-pigeon", {1, 2, 3}),
        ("?domain=S1.example", {1}),
        ("?from=40&to=60", {1, 3}),
        ("?from=nan&to=x", {1, 2, 3}),
        ("?q=TITLE+2", {2}),
        ("?q=%25", set()),
        ("?q=found+on+the+page", {3}),
        ("?reason=unsure", {1, 2, 3}),
        ("?reason=spam", set()),
        ("?state=rejected", {4}),
        ("?state=all", {1, 2, 3, 4}),
        ("?state=nonsense&before=x", {1, 2, 3}),
        ("?before=3", {1, 2}),
        ("?since=2001-01-01&until=2100-01-01", {1, 2, 3}),
        ("?until=2001-01-01", set()),
        ("?since=9999-12-31&until=9999-12-31", set()),
        ("?blog=https://blog.example", {1, 2, 3}),
        ("?blog=https://other.example", set()),
    ],
)
async def test_filters_live_in_the_address(board, query, expected):
    """Each filter shows what it names; nonsense filters nothing."""
    ids = {
        await judged(board.store, linkback(1)): 1,
        await judged(board.store, linkback(2), score=0.7): 2,
        await judged(
            board.store, linkback(3, protocol=Protocol.PINGBACK), excerpt="Found on the page, link"
        ): 3,
        await judged(board.store, linkback(4), state=State.REJECTED, score=0.99): 4,
    }
    text = await board.text(f"/{query}")
    assert {number for one, number in ids.items() if f'name="id" value="{one}"' in text} == expected


async def test_filters_say_how_many(board):
    """Beside each reason and protocol stands how many there are under the other filters that are set."""
    for number in range(3):
        await judged(board.store, linkback(number))
    await judged(board.store, linkback(3, protocol=Protocol.PINGBACK, title="", excerpt="", blog_name=""))
    await judged(board.store, linkback(4), state=State.REJECTED, score=0.99)
    for query, parts in (
        ("/", ("unsure (4)", "trackback (3)", "pingback (1)")),
        ("/?protocol=pingback", ("unsure (1)", "trackback (3)", "pingback (1)")),
        ("/?state=all", ("unsure (4)", "spam (1)", "trackback (4)")),
        ("/?reason=no-link", ("no link</option>",)),
    ):
        text = await board.text(query)
        assert [part for part in parts if part not in text] == [], query


async def test_pages_follow_each_other(board):
    """Following 'Older' shows every linkback once."""
    ids = [await judged(board.store, linkback(number)) for number in range(60)]
    found, key = [], None
    while True:
        page = await board.store.search.page(Filter(states=(State.HELD,)), before=key, limit=25)
        found += [one.id for one in page.records]
        if (key := page.next) is None:
            break
        assert f"before={key}" in await board.text(f"/?before={found[-25] + 1}")
    assert found == ids[::-1]


async def test_a_card_shows_the_evidence(board):
    """The card holds the claim, the marked link, the reason's sentence, the clues and what would change."""
    page = {
        "redirects": ("https://a.example/",),
        "final_url": "https://b.example/final",
        "text": "Otters! The river… with herons",
    }
    one = await judged(board.store, linkback(), score=0.5, **page)
    text = await board.text(f"/linkback/{one}")
    for part in (
        "Title 1",
        "<mark>the link</mark>",
        RULES["unsure"].text,
        "the word &#39;casino&#39;",
        "it would have been ham",
        "in the main text",
        "https://a.example/ → https://b.example/final",
        "2 of the page&#39;s 3 telling words stand in your post: otters, river",
        'rel="noreferrer noopener nofollow"',
    ):
        assert part in text
    assert await board.status("/linkback/999") == 404
