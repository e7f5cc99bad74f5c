"""The pool of page readers: real processes, real limits."""

from __future__ import annotations

import asyncio

from proxy.linkback import Evidence, Page, Place
from proxy.reader import Reader, ReaderLimits, Unreadable, UnreadableReason

TARGET = "http://blog.example/post"
GOOD = b"<title>A day</title><p>I have read <a href='http://blog.example/post'>this post</a> of a friend.</p>"
LONG = b"<a href='http://blog.example/post'>x</a>" * 300_000


def page(body: bytes) -> Page:
    """Make a page of the source as a fetch would bring it."""
    return Page(
        url="http://source.example/a",
        final_url="http://source.example/b",
        status=200,
        content_type="text/html; charset=utf-8",
        body=body,
        redirects=("http://source.example/a",),
    )


async def test_evidence_comes_from_another_process_with_what_the_fetch_knew() -> None:
    """The evidence holds what is in the page and how it came."""
    async with Reader() as reader:
        evidence = await reader.examine(page(GOOD), target=TARGET)
    assert isinstance(evidence, Evidence)
    assert (evidence.found, evidence.place, evidence.title) == (True, Place.MAIN, "A day")
    assert (evidence.final_url, evidence.redirects) == (
        "http://source.example/b",
        ("http://source.example/a",),
    )


async def test_a_post_is_described() -> None:
    """Title and text of the target post come from the same reading."""
    async with Reader() as reader:
        post = await reader.describe(page(GOOD))
    assert (post.url, post.title) == ("http://source.example/a", "A day")
    assert "this post" in post.text


async def test_a_page_that_takes_too_long_is_given_up_and_the_next_one_is_read() -> None:
    """A reader that is over its time is killed and replaced."""
    async with Reader(ReaderLimits(workers=1, page_seconds=0.05)) as reader:
        slow = await reader.examine(page(LONG), target=TARGET)
    async with Reader(ReaderLimits(workers=1)) as reader:
        good = await reader.examine(page(GOOD), target=TARGET)
    assert isinstance(slow, Unreadable)
    assert slow.reason is UnreadableReason.TOO_SLOW
    assert isinstance(good, Evidence)


async def test_a_page_that_takes_too_much_memory_is_given_up_and_the_next_one_is_read() -> None:
    """A reader that is over its memory dies and is replaced."""
    async with Reader(ReaderLimits(workers=1, memory_bytes=100_000_000, page_seconds=60)) as reader:
        greedy = await reader.examine(page(LONG * 2), target=TARGET)
        good = await reader.examine(page(GOOD), target=TARGET)
    assert isinstance(greedy, Unreadable)
    assert greedy.reason is UnreadableReason.BROKE
    assert isinstance(good, Evidence)


async def test_a_full_queue_refuses() -> None:
    """Beyond the workers and the bounded queue, callers are refused at once."""
    async with Reader(ReaderLimits(workers=1, waiting=2)) as reader:
        results = await asyncio.gather(*(reader.examine(page(GOOD), target=TARGET) for _ in range(10)))
    refused = [result for result in results if isinstance(result, Unreadable)]
    assert [result.reason for result in refused] == [UnreadableReason.BUSY] * 7


async def test_no_reader_is_asked_where_there_can_be_no_link() -> None:
    """A page without the target's address is answered even when no reader is free."""
    async with Reader(ReaderLimits(workers=1, waiting=0)) as reader:
        results = await asyncio.gather(*(reader.examine(page(b"<p>no"), target=TARGET) for _ in range(10)))
    assert all(isinstance(result, Evidence) and not result.found for result in results)
