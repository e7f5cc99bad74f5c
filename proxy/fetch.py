"""Fetch source pages that strangers name, as safely as we know.

I/O. Every hop of a redirect is checked anew and goes through the guard at the socket (see `proxy.hop`).
No sender can turn us against a third party: one fetch for one source at a time, failures remembered,
rates by host, by address, by path and in total, the blog's own hosts refused. Expected outcomes are
values; nothing is raised but for cancellation. Never shares a session with anything that may reach the
blog's upstream.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from aiohttp.abc import AbstractResolver
from aiohttp.resolver import ThreadedResolver

from proxy import robots, urls
from proxy.hop import PAGES, Answer, FetchLimits, Guard, HopError, is_success, media_type, request
from proxy.linkback import FetchFailure, FetchReason, Page
from proxy.rates import Rate, first_wait

SHORT_WAIT = 1.0  # seconds for which a turn is waited for; for a longer one the linkback is put back
MINUTE = 60.0
DAY = 86_400.0
MAX_ORIGINS = 10_000  # whose robots.txt is remembered
MAX_RECENT = 2_000  # results that are remembered
MAX_RECENT_BYTES = 8_000_000

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TRY_AGAIN = frozenset({408, 425, 429})


_BROWSER_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """As whom we ask: honestly, or for a second look as a browser would."""

    name: str
    headers: tuple[tuple[str, str], ...] = ()
    is_honest: bool = False  # the User-Agent is ours, and the sender's address is passed on


HONEST = Identity(name="honest", headers=(("Accept", "text/html, application/xhtml+xml"),), is_honest=True)
BROWSER = Identity(
    name="browser",
    headers=(
        ("User-Agent", _BROWSER_AGENT),
        ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        ("Accept-Language", "en-US,en;q=0.9"),
        ("Upgrade-Insecure-Requests", "1"),
    ),
)

Result = Page | FetchFailure


class Fetcher:
    """Fetches pages within limits that hold for all callers together. Use it as an async context."""

    def __init__(
        self,
        limits: FetchLimits | None = None,
        *,
        own_hosts: Collection[str] = (),
        resolver: AbstractResolver | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._given_resolver = resolver
        self._clock = clock
        self._running: dict[tuple[str, str], asyncio.Task[Result]] = {}
        self._robots: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self.adjust(limits or FetchLimits(), own_hosts)

    def adjust(self, limits: FetchLimits, own_hosts: Collection[str]) -> None:
        """Take other limits for all fetches that begin from now on; what is counted begins anew."""
        self._limits = limits
        self._own_hosts = {host.lower().removeprefix("www.") for host in own_hosts}
        self._recent = _Recent(self._limits)
        self._slots = asyncio.Semaphore(self._limits.concurrency)
        self._turns = _Turns(self._limits.concurrency_per_host)
        self._all = Rate(self._limits.per_second, 1.0)
        self._by_host = Rate(self._limits.per_host_per_minute, MINUTE)
        self._by_path = Rate(self._limits.per_path_per_minute, MINUTE)
        self._by_address = Rate(self._limits.per_address_per_minute, MINUTE)

    async def __aenter__(self) -> Self:
        self._resolver = self._given_resolver or ThreadedResolver()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        if self._given_resolver is None:
            await self._resolver.close()

    async def fetch(self, url: str, *, forwarded_for: str = "", identity: Identity = HONEST) -> Result:
        """Fetch a page, or say why there is none. Callers that ask for the same at once share one fetch."""
        parts = urls.split(url)
        if parts is None:
            return FetchFailure(
                url=url, reason=FetchReason.FORBIDDEN_ADDRESS, detail="not an http or https address"
            )
        key = (str(parts), identity.name)
        if known := self._recent.get(key, self._clock()):
            return replace(known, url=url)
        task = self._running.get(key)
        if task is None:
            task = asyncio.create_task(self._fetch(parts, forwarded_for, identity))
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return replace(await asyncio.shield(task), url=url)

    async def _fetch(self, url: urls.Parts, forwarded_for: str, identity: Identity) -> Result:
        began = self._clock()
        trail: list[str] = []
        try:
            async with asyncio.timeout(self._limits.total_seconds), self._slots:
                result: Result = await self._follow(
                    url, trail, _headers(self._limits, identity, forwarded_for)
                )
        except TimeoutError:
            result = _failure(url, FetchReason.UNREACHABLE, "the page took too long")
        except HopError as error:
            result = _failure(url, error.reason, str(error))
        result = replace(result, milliseconds=1000 * (self._clock() - began))
        self._recent.put((str(url), identity.name), result, self._clock())
        return result

    async def _follow(self, url: urls.Parts, trail: list[str], headers: dict[str, str]) -> Result:
        """Go from hop to hop until there is a page or a reason why not."""
        here = url
        while True:
            if reason := await self._opted_out(here):
                return _failure(url, FetchReason.OPTED_OUT, reason)
            answer = await self._ask(here, headers, self._limits.max_bytes)
            if answer.status not in _REDIRECTS:
                return _result(url, here, answer, tuple(trail))
            trail.append(str(here))
            there = urls.resolve(here, answer.headers.get("Location", ""))
            if "Location" not in answer.headers or there is None:
                return _failure(
                    url, FetchReason.FORBIDDEN_ADDRESS, "it redirects to no http or https address"
                )
            if len(trail) > self._limits.max_redirects:
                return _failure(url, FetchReason.TOO_MANY_REDIRECTS, f"more than {len(trail) - 1} redirects")
            here = there

    async def _ask(self, url: urls.Parts, headers: dict[str, str], max_bytes: int) -> Answer:
        """Send one request if the rates allow it."""
        if url.host.removeprefix("www.") in self._own_hosts:
            raise HopError(FetchReason.FORBIDDEN_ADDRESS, "it is the blog itself")
        domain = urls.registrable_domain(url.host)
        async with self._turns.of(domain):
            wanted = [(self._all, ""), (self._by_host, domain), (self._by_path, (url.host, url.path))]
            while wait := first_wait(wanted, self._clock()):
                if wait <= SHORT_WAIT:
                    await asyncio.sleep(wait)
                    continue
                raise HopError(FetchReason.BUSY, f"{domain} was asked often enough; again in {wait:.0f} s")
            guard = Guard(limits=self._limits, may_connect=self._may_connect)
            return await request(
                url, headers=headers, guard=guard, resolver=self._resolver, max_bytes=max_bytes
            )

    def _may_connect(self, address: str) -> bool:
        return first_wait([(self._by_address, address)], self._clock()) == 0

    async def _opted_out(self, url: urls.Parts) -> str:
        """Say why a site does not want this fetch; '' if it does not object."""
        if not self._limits.honour_robots:
            return ""
        origin = f"{url.scheme}://{url.authority}"
        token = robots.token_of(self._limits.user_agent)
        expires, text = self._robots.get(origin, (0.0, b""))
        if expires <= self._clock():
            text = robots.worth_keeping(await self._robots_of(url), token)
            self._robots[origin] = (self._clock() + DAY, text)
            if len(self._robots) > MAX_ORIGINS:
                self._robots.popitem(last=False)
        return "" if robots.allows(text, token, str(url)) else f"robots.txt of {origin} asks us not to"

    async def _robots_of(self, url: urls.Parts) -> bytes:
        """Return a site's robots.txt, empty if it has none; only what forbids us to ask at all is raised."""
        headers = _headers(self._limits, HONEST, "")
        try:
            answer = await self._ask(url._replace(path="/robots.txt", query=""), headers, robots.MAX_BYTES)
        except HopError as error:
            if error.reason in (FetchReason.FORBIDDEN_ADDRESS, FetchReason.BUSY):
                raise
            return b""
        return answer.body if media_type(answer.headers) == "text/plain" else b""


def _headers(limits: FetchLimits, identity: Identity, forwarded_for: str) -> dict[str, str]:
    headers = dict(identity.headers)
    if identity.is_honest:
        headers["User-Agent"] = limits.user_agent
        if forwarded_for:
            headers["X-Pingback-Forwarded-For"] = forwarded_for
    return headers


def _result(url: urls.Parts, here: urls.Parts, answer: Answer, trail: tuple[str, ...]) -> Result:
    """Judge the last answer by its status and type."""
    status = answer.status
    if status in _TRY_AGAIN or status >= 500:  # noqa: PLR2004 - RFC 9110, section 15.6
        after = answer.headers.get("Retry-After", "")
        seconds = float(after) if after.isascii() and after.isdigit() and len(after) < 9 else None  # noqa: PLR2004
        failure = _failure(url, FetchReason.TROUBLED, f"the source answered {status}")
        return replace(failure, status=status, retry_after=seconds)
    if status >= 400:  # noqa: PLR2004 - RFC 9110, section 15.5
        return replace(_failure(url, FetchReason.GONE, f"the source answered {status}"), status=status)
    if not is_success(status) or media_type(answer.headers) not in PAGES:
        kind = media_type(answer.headers) or "nothing"
        return replace(_failure(url, FetchReason.NOT_A_PAGE, f"{status} with {kind}"[:200]), status=status)
    return Page(
        url=str(url),
        final_url=str(here),
        status=status,
        content_type=answer.headers.get("Content-Type", "")[:200],
        body=answer.body,
        truncated=answer.truncated,
        redirects=trail,
    )


def _failure(url: urls.Parts, reason: FetchReason, detail: str) -> FetchFailure:
    return FetchFailure(url=str(url), reason=reason, detail=detail)


class _Turns:
    """Lets so many at once into each host."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._hosts: dict[str, tuple[asyncio.Semaphore, int]] = {}

    @asynccontextmanager
    async def of(self, host: str) -> AsyncIterator[None]:
        """Wait for a turn at a host and keep it."""
        turn, users = self._hosts.get(host, (asyncio.Semaphore(self._at_once), 0))
        self._hosts[host] = (turn, users + 1)
        try:
            async with turn:
                yield
        finally:
            turn, users = self._hosts.pop(host)
            if users > 1:
                self._hosts[host] = (turn, users - 1)


class _Recent:
    """Remembers results for a while, within a number of entries and of bytes."""

    def __init__(self, limits: FetchLimits) -> None:
        self._limits = limits
        self._results: OrderedDict[tuple[str, str], tuple[float, Result]] = OrderedDict()
        self._bytes = 0

    def get(self, key: tuple[str, str], now: float) -> Result | None:
        expires, result = self._results.get(key, (0.0, None))
        return result if expires > now else None

    def put(self, key: tuple[str, str], result: Result, now: float) -> None:
        if isinstance(result, FetchFailure) and result.reason is FetchReason.BUSY:
            return  # the rates know it better
        seconds = self._limits.positive_seconds if isinstance(result, Page) else self._limits.negative_seconds
        self._forget(key)
        self._results[key] = (now + seconds, result)
        self._bytes += _size(result)
        while self._is_over(now):
            self._forget(next(iter(self._results)))

    def _is_over(self, now: float) -> bool:
        """Say whether the oldest is to be forgotten: its time is over, or there are too many."""
        if not self._results:
            return False
        expires, _ = next(iter(self._results.values()))
        return expires <= now or len(self._results) > MAX_RECENT or self._bytes > MAX_RECENT_BYTES

    def _forget(self, key: tuple[str, str]) -> None:
        if key in self._results:
            self._bytes -= _size(self._results.pop(key)[1])


def _size(result: Result) -> int:
    return len(result.body) if isinstance(result, Page) else 0
