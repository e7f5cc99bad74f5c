"""The fetcher against real servers on real sockets."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from ipaddress import ip_network

import pytest
from aiohttp import web

from proxy.fetch import BROWSER, Fetcher
from proxy.hop import FetchLimits
from proxy.linkback import FetchFailure, FetchReason, Page
from tests.support.pages import HTML, answering, served

LOCAL = FetchLimits(
    allow_networks=(ip_network("127.0.0.0/8"),), allow_ports=None, honour_robots=False, total_seconds=10
)


async def fetch(base: str, limits: FetchLimits = LOCAL) -> Page | FetchFailure:
    """Fetch one address with a fetcher of its own."""
    async with Fetcher(limits) as fetcher:
        return await fetcher.fetch(base)


async def test_a_page_is_brought_with_how_it_came() -> None:
    """A page has its bytes, type, final address and redirects."""

    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/a":
            return web.Response(status=301, headers={"Location": "b?x=1"})
        return web.Response(body=b"<p>hello", headers=HTML)

    async with served(handler) as base:
        page = await fetch(base + "/a")
    assert isinstance(page, Page)
    assert (page.body, page.content_type, page.status) == (b"<p>hello", HTML["Content-Type"], 200)
    assert (page.final_url, page.redirects) == (base + "/b?x=1", (base + "/a",))


async def test_nothing_of_ours_is_sent_but_an_honest_name() -> None:
    """A request holds our name and the sender's address, and no cookie, credential or referrer."""
    seen: list[dict[str, str]] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append(dict(request.headers))
        if request.path == "/a":
            return web.Response(status=302, headers={"Location": "/b", "Set-Cookie": "a=1"})
        return web.Response(headers={**HTML, "Set-Cookie": "b=1"})

    async with served(handler) as base, Fetcher(LOCAL) as fetcher:
        await fetcher.fetch(base.replace("//", "//user:secret@") + "/a", forwarded_for="192.0.2.7")
        await fetcher.fetch(base + "/b")
    names = {"Host", "Connection", "User-Agent", "Accept", "Accept-Encoding", "X-Pingback-Forwarded-For"}
    assert [set(headers) for headers in seen] == [names, names, names - {"X-Pingback-Forwarded-For"}]
    assert seen[1]["User-Agent"] == LOCAL.user_agent
    assert seen[1]["X-Pingback-Forwarded-For"] == "192.0.2.7"


async def test_no_proxy_of_the_environment_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxy variables do not lead a fetch past the guard."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    async with served(answering(body=b"x")) as base:
        assert isinstance(await fetch(base), Page)


async def test_a_second_look_comes_as_a_browser() -> None:
    """The other identity has a browser's name, says nothing of us, and is a fetch of its own."""
    agents: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        agents.append(request.headers["User-Agent"])
        assert len(agents) == 1 or "X-Pingback-Forwarded-For" not in request.headers
        return web.Response(headers=HTML)

    async with served(handler) as base, Fetcher(LOCAL) as fetcher:
        await fetcher.fetch(base, forwarded_for="192.0.2.7")
        await fetcher.fetch(base, forwarded_for="192.0.2.7", identity=BROWSER)
    assert agents[0] == LOCAL.user_agent
    assert agents[1].startswith("Mozilla/5.0")


STATUSES = [
    ({"status": 404}, FetchReason.GONE),
    ({"status": 410}, FetchReason.GONE),
    ({"status": 403}, FetchReason.GONE),
    ({"status": 429}, FetchReason.TROUBLED),
    ({"status": 500}, FetchReason.TROUBLED),
    ({"status": 503, "headers": {"Retry-After": "120"}}, FetchReason.TROUBLED),
    ({"status": 304}, FetchReason.NOT_A_PAGE),
    ({"headers": {"Content-Type": "application/pdf"}}, FetchReason.NOT_A_PAGE),
    ({"headers": {"Content-Type": "text/plain"}}, FetchReason.NOT_A_PAGE),
    ({"headers": {**HTML, "Content-Encoding": "br"}}, FetchReason.UNREACHABLE),
    ({"body": b"no gzip", "headers": {**HTML, "Content-Encoding": "gzip"}}, FetchReason.UNREACHABLE),
    ({"status": 302}, FetchReason.FORBIDDEN_ADDRESS),
    ({"status": 302, "headers": {"Location": "file:///etc/passwd"}}, FetchReason.FORBIDDEN_ADDRESS),
    ({"status": 302, "headers": {"Location": "http://10.0.0.1/"}}, FetchReason.FORBIDDEN_ADDRESS),
    ({"status": 307, "headers": {"Location": "/again"}}, FetchReason.TOO_MANY_REDIRECTS),
]


@pytest.mark.parametrize(("answer", "reason"), STATUSES)
async def test_what_is_no_page_has_a_named_reason(answer: dict[str, object], reason: FetchReason) -> None:
    """Every answer that brings no page is a value that says why."""
    async with served(answering(**answer)) as base:
        failure = await fetch(base)
    assert isinstance(failure, FetchFailure)
    assert failure.reason is reason
    assert failure.retry_after == (120.0 if answer.get("status") == 503 else None)


async def test_one_fetch_serves_all_who_ask_at_once_and_shortly_after() -> None:
    """Concurrent and following callers for one source cause one request."""
    requests = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal requests
        requests += 1
        return web.Response(headers=HTML)

    async with served(handler) as base, Fetcher(LOCAL) as fetcher:
        pages = await asyncio.gather(*(fetcher.fetch(base) for _ in range(50)))
        pages.append(await fetcher.fetch(base + "/#other"))
    assert requests == 1
    assert all(isinstance(page, Page) for page in pages)


async def test_failures_are_remembered_for_their_time() -> None:
    """A source that failed is asked again only after the negative time."""
    now, requests = 1000.0, 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal requests
        requests += 1
        return web.Response(status=404)

    async with served(handler) as base, Fetcher(LOCAL, clock=lambda: now) as fetcher:
        await fetcher.fetch(base)
        now += LOCAL.negative_seconds - 1
        await fetcher.fetch(base)
        assert requests == 1
        now += 2
        await fetcher.fetch(base)
    assert requests == 2


async def test_the_blog_itself_is_not_fetched() -> None:
    """A source on the blog's own host is refused, under any spelling of it."""
    async with served(answering()) as base, Fetcher(LOCAL, own_hosts=["127.0.0.1"]) as fetcher:
        failure = await fetcher.fetch(base.replace("127.0.0.1", "0x7f.1"))
    assert isinstance(failure, FetchFailure)
    assert failure.reason is FetchReason.FORBIDDEN_ADDRESS


@pytest.mark.parametrize(
    ("robots", "expected"),
    [
        ("User-agent: LinkbackProxy\nDisallow: /", FetchFailure),
        ("User-agent: other\nUser-agent: linkbackproxy\nDisallow: /private", FetchFailure),
        ("User-agent: LinkbackProxy\nDisallow: /elsewhere", Page),
        ("User-agent: *\nDisallow: /", Page),
        ("", Page),
    ],
)
async def test_a_site_that_names_us_in_robots_txt_is_left_alone(robots: str, expected: type) -> None:
    """A group of robots.txt with our name is honoured; one for all crawlers does not mean us."""

    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/robots.txt":
            return web.Response(text=robots)
        return web.Response(headers=HTML)

    async with served(handler) as base:
        result = await fetch(base + "/private/a", replace(LOCAL, honour_robots=True))
    assert isinstance(result, expected)
    assert isinstance(result, Page) or result.reason is FetchReason.OPTED_OUT


async def test_reflection_is_bounded() -> None:
    """Ten thousand linkbacks naming one victim, each another address of it, cause the configured number."""
    requests = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal requests
        requests += 1
        return web.Response(headers=HTML)

    now = 1000.0
    limits = replace(LOCAL, per_host_per_minute=30, honour_robots=True)
    async with served(handler) as victim, Fetcher(limits, clock=lambda: now) as fetcher:
        for round_ in range(10):
            urls = [f"{victim}/{n % 100}?cache-buster={round_}-{n}" for n in range(1000)]
            await asyncio.gather(*(fetcher.fetch(url) for url in urls))
            now += 1.1
    assert requests == 30


async def test_changing_queries_do_not_pass_the_limit_of_a_path() -> None:
    """One path is asked a few times a minute, whatever stands behind the question mark."""
    async with served(answering()) as base, Fetcher(LOCAL) as fetcher:
        results = [await fetcher.fetch(f"{base}/?p={n}") for n in range(15)]
    assert [isinstance(result, Page) for result in results] == [True] * 10 + [False] * 5


async def test_many_names_of_one_address_share_its_limit() -> None:
    """A victim's address is asked so often a minute, under however many names."""
    async with served(answering()) as base, Fetcher(replace(LOCAL, per_address_per_minute=7)) as fetcher:
        bases = [base.replace("127.0.0.1", name) for name in ("127.0.0.1", "localhost")]
        results = [await fetcher.fetch(f"{bases[n % 2]}/{n}") for n in range(20)]
    assert sum(isinstance(result, Page) for result in results) == 7
    assert {result.reason for result in results if isinstance(result, FetchFailure)} == {FetchReason.BUSY}


async def test_leaving_ends_what_is_under_way() -> None:
    """When the fetcher closes, no fetch is left running."""
    begun = asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        begun.set()
        await asyncio.Event().wait()
        return web.Response()

    async with served(handler) as base:
        async with Fetcher(LOCAL) as fetcher:
            waiting = asyncio.create_task(fetcher.fetch(base))
            await begun.wait()
        with pytest.raises(asyncio.CancelledError):
            await waiting
