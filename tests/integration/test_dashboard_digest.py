"""The daily digest over a real SMTP dialogue, and its one-click decisions."""

import asyncio
import html
import re
import time

import pytest
import pytest_asyncio

from proxy import mail
from proxy.config import Digest
from proxy.dashboard.digest import day_of, send_due, unlinked
from proxy.dashboard.pages import environment
from proxy.dashboard.passwords import Passwords
from proxy.dashboard.tickets import GOOD_SECONDS, Ticket, secret_of, signed, verified
from proxy.store import State, open_store
from tests.support.dashboard import judged, linkback, running_dashboard, sqlite
from tests.support.smtp import SmtpServer

HOUR = 3600
TEMPLATES = environment()


@pytest.fixture
def post():
    with SmtpServer() as server:
        yield server


@pytest_asyncio.fixture
async def board(tmp_path, post):
    keys = Digest(to=("me@blog.example",), sender="proxy@blog.example", server=post.address)
    async with running_dashboard(sqlite(tmp_path), digest=keys) as running:
        await Passwords(running.store).set("owner", "correct horse", by="test")
        yield running


async def sent(board):
    return await send_due(board.desk, TEMPLATES, mail.send, mail.MailError)


def words(letter, kind="plain"):
    return letter.get_body((kind,)).get_content()


def links(letter):
    """Give the paths of the decisions that an e-mail offers, by name."""
    found = re.findall(r"(Release|Spam|Unwanted): +http://127.0.0.1:8001(\S+)", words(letter))
    return {name.lower(): path for name, path in found}


async def test_a_digest_tells_what_waits(board, post):
    """Who, what, which post, score and reason, with a link for each decision, as text and as HTML."""
    one = await judged(board.store, linkback(), score=0.5)
    await judged(board.store, linkback(2), state=State.REJECTED, score=0.99)
    assert await sent(board)
    sender, recipients, letter = post.letters[0]
    assert (sender, recipients) == ("proxy@blog.example", ["me@blog.example"])
    assert letter["Subject"] == "1 linkback waits for you"
    assert letter["Auto-Submitted"] == "auto-generated"
    plain, rich = words(letter), words(letter, "html")
    for part in ("Title 1", "The post", "50 % spam", f"/linkback/{one}", "before the link after"):
        assert part in plain, part
        assert part in rich, part
    assert "Title 2" not in plain
    for path in links(letter).values():
        assert html.escape(path) in rich


@pytest.mark.parametrize(
    "text",
    ["<script>x</script>", "Subject: x\r\nBcc: all@evil.example", "\u202e\x00\x1b", "W" * 9000, "\udcff"],
)
async def test_strangers_words_stay_words(board, post, text):
    """They reach no header, no tag, no link, and no line of the dialogue."""
    words_ = {"title": text.replace("\x00", ""), "excerpt": f"{text} http://evil.example/ a@evil.example"}
    await judged(board.store, linkback(source="https://evil.example/p", **words_))
    assert await sent(board)
    assert post.letters[0][1] == ["me@blog.example"]
    letter = post.letters[0][2]
    assert set(letter.keys()) == {"Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted",
                                  "MIME-Version", "Content-Type"}  # fmt: skip
    assert "evil.example" not in words(letter) + words(letter, "html")
    assert "<script" not in words(letter, "html")
    assert not {"\u202e", "\x1b"} & set(words(letter))


async def test_a_digest_is_sent_once_a_day_and_only_if_something_waits(board, post, tmp_path):
    """Several processes send one; a day without anything sends none; the next day has its own."""
    board.clock.now = day = 20_000 * 24 * HOUR + 8.0 * HOUR
    assert not await sent(board)
    await judged(board.store, linkback())
    assert not await sent(board)  # this day's round found nothing, and is over
    board.clock.now = day + 24 * HOUR
    async with running_dashboard(sqlite(tmp_path), digest=board.desk.config().digest) as other:
        other.clock.now = board.clock.now
        assert sorted(await asyncio.gather(*(sent(each) for each in (board, other, board)))) == [
            False,
            False,
            True,
        ]
    assert len(post.letters) == 1
    board.clock.now += 10 * HOUR
    assert not await sent(board)
    board.clock.now = day + 48 * HOUR
    assert await sent(board)


def test_a_day_begins_at_the_hour():
    """What is before the hour belongs to the day before."""
    noon = 20_000 * 24 * HOUR + 12 * HOUR
    assert [day_of(noon + shift * HOUR, 7) for shift in (-6, -5, 0)] == [
        "2024-10-03",
        "2024-10-04",
        "2024-10-04",
    ]


@pytest.mark.parametrize("refuses", ["MAIL", "RCPT", "DATA"])
async def test_a_refused_digest_is_told_and_tried_again(board, post, refuses):
    """Whatever the server refuses: health says so with advice; it is sent when the server takes it."""
    await judged(board.store, linkback())
    post.refuses = refuses
    assert not await sent(board)
    assert not await sent(board)  # not at once
    post.refuses = ""
    board.client.cookie_jar.clear()
    await Passwords(board.store).remove("owner", by="test")
    health = await board.text("/health")
    assert "Not sent in 1 tries" in health
    assert "550" in health
    assert "digest.server" in health
    board.clock.now += 301
    assert await sent(board)
    assert "Digest by e-mail" in await board.text("/health")
    assert "Not sent" not in await board.text("/health")


async def test_nobody_there_and_no_encryption(board, post, free_port):
    """A server that is down, or that can't encrypt as configured, gets nothing."""
    await judged(board.store, linkback())
    keys, message = board.desk.config().digest, mail.EmailMessage()
    with pytest.raises(mail.MailError, match="refused"):
        mail.send(message, keys.model_copy(update={"server": f"127.0.0.1:{free_port}"}))
    with pytest.raises(mail.MailError, match="STARTTLS"):
        mail.send(message, keys.model_copy(update={"security": "starttls", "user": "u", "password": "p"}))
    assert "AUTH" not in post.commands
    assert post.letters == []


@pytest.mark.parametrize(
    ("what", "state", "label"),
    [
        ("release", State.QUEUED, "ham"),
        ("spam", State.DISCARDED, "spam"),
        ("unwanted", State.DISCARDED, None),
    ],
)
async def test_a_link_decides_once_and_never_by_being_opened(board, post, what, state, label):
    """Opening shows and asks; the button decides, without logging in; then the link is used up."""
    one = await judged(board.store, linkback())
    await sent(board)
    path = links(post.letters[0][2])[what]
    board.client.cookie_jar.clear()
    assert await board.status("/") == 303
    for _ in range(3):
        assert "Title 1" in await board.text(path)
        async with board.client.head(board.url + path) as answer:
            assert answer.status == 200
    assert (await board.store.review.get(one)).state is State.HELD
    assert await press(board, path) == 200
    assert (await board.store.review.get(one)).state is state
    assert [(row["label"], row["by"]) for row in await board.store.review.labelled()] == (
        [(label, "digest")] if label else []
    )
    await board.store.review.take_back([one], by="test")
    assert await press(board, path) == 410
    assert await board.status(path) == 410
    assert (await board.store.review.get(one)).state is State.HELD


async def press(board, path):
    async with board.client.post(board.url + path) as answer:
        return answer.status


async def test_forged_and_old_links_decide_nothing(board):
    """A link counts as it was signed, for its time, for its linkback and decision; a new secret ends all."""
    one, other = [await judged(board.store, linkback(number)) for number in (1, 2)]
    secret, until = await secret_of(board.desk), int(board.clock.now + GOOD_SECONDS)
    good = signed(Ticket(id=one, what="release", until=until), secret)
    changed = [
        good.replace(f"{one}-", f"{other}-", 1),
        good.replace("release", "spam"),
        good.replace(str(until), str(until + 1)),
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        signed(Ticket(id=one, what="explode", until=until), secret),
        signed(Ticket(id=99, what="release", until=until), secret),
        signed(Ticket(id=one, what="release", until=until), "another"),
    ]
    assert [await press(board, f"/digest/{text}") for text in changed] == [404] * 7
    assert verified(good, secret) == Ticket(id=one, what="release", until=until)
    board.clock.now += GOOD_SECONDS + 1
    assert await press(board, f"/digest/{good}") == 410
    board.clock.now -= GOOD_SECONDS + 1
    await Passwords(board.store).remove("owner", by="test")
    board.client.cookie_jar.clear()
    assert await board.post("/renew-digest", csrf="") == 403
    assert await board.post("/renew-digest") == 303
    assert await press(board, f"/digest/{good}") == 404
    assert {(await board.store.review.get(each)).state for each in (one, other)} == {State.HELD}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see http://a.example/x", "see http:\u2060//a.\u2060example/x"),
        ("a@b.example", "a@\u2060b.\u2060example"),
        ("The end. A start", "The end. A start"),
    ],
)
def test_addresses_are_broken_up(text, expected):
    """A mail program finds nothing to link in a stranger's words, and a reader sees no difference."""
    assert unlinked(text) == expected


async def test_a_round_is_given_up_after_some_tries(tmp_path):
    """Waits double, and a server that never takes it is left alone until the next day."""
    async with open_store(sqlite(tmp_path)) as store:
        now, taken = time.time(), []
        store.database.clock = lambda: now
        for minute in range(2 * 24 * 60):
            now += 60
            if await store.digests.take("one day"):
                taken.append(minute)
                await store.digests.end("one day", error="no")
        assert taken == [0, 5, 15, 35, 75, 155, 315, 635]
        assert await store.digests.take("the next")
