"""The target posts as the judge needs them: asked of upstream, read once, kept for a while."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from proxy.blogs import Site
from proxy.forwarding import Peer
from proxy.linkback import Page, Post
from proxy.relay import Relay
from proxy.upstream import UpstreamError

KEPT = 2_000  # posts
KEPT_SECONDS = 3600.0
MISSED_SECONDS = 60.0  # so long upstream is not asked again for a post that it did not give
AT_ONCE = 2  # of upstream's workers that may be busy with our questions
TIMEOUT_SECONDS = 5.0
MAX_BYTES = 1_000_000


class Posts:
    """Looks up target posts at upstream. What can't be had is None: missing evidence, not a failure."""

    def __init__(
        self,
        *,
        relay: Relay,
        describe: Callable[[Page], Awaitable[Post | None]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._relay = relay
        self._describe = describe
        self._clock = clock
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._kept: OrderedDict[tuple[str, str], tuple[Post | None, float]] = OrderedDict()

    async def find(self, site: Site, target: str) -> Post | None:
        """Return the post at an address of the blog, or None if upstream does not show it now."""
        key = (site.name, target)
        post, until = self._kept.get(key, (None, 0.0))
        if self._clock() < until:
            return post
        async with self._turns:
            post = await self._ask(site, target)
        self._kept[key] = (post, self._clock() + (KEPT_SECONDS if post else MISSED_SECONDS))
        self._kept.move_to_end(key)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return post

    async def _ask(self, site: Site, target: str) -> Post | None:
        parts, home = urlsplit(target), urlsplit(site.name)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            answer = await self._relay.exchange(
                upstream=site.upstream,
                method="GET",
                path=path,
                headers=((b"Accept", b"text/html"), (b"User-Agent", b"LinkbackProxy")),
                body=b"",
                peer=Peer(address="127.0.0.1", scheme=home.scheme, host=home.netloc),
                timeout=TIMEOUT_SECONDS,
                max_bytes=MAX_BYTES,
            )
        except UpstreamError:
            return None
        if answer.status != 200:  # noqa: PLR2004
            return None
        content_type = answer.headers.get("Content-Type", "")
        page = Page(url=target, final_url=target, status=200, content_type=content_type, body=answer.body)
        return await self._describe(page)
