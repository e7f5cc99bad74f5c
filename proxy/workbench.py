"""The judge's bench: the tools that a blog's linkbacks are judged with, joined from the open parts."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from proxy.blogs import Site
from proxy.cloaking import differs
from proxy.fetch import BROWSER, Fetcher
from proxy.judging import Bench
from proxy.linkback import Evidence, FetchFailure, History, Page, Post, Sample, Score
from proxy.live import Live
from proxy.meters import FETCHES, Meters
from proxy.pipeline import Tools
from proxy.posts import Posts
from proxy.reader import Reader
from proxy.relay import Relay
from proxy.scorer import Scorer
from proxy.store import Store
from proxy.urls import registrable_domain

if TYPE_CHECKING:
    from proxy.shadow import Shadow


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The open parts that a service is joined from."""

    store: Store
    relay: Relay
    fetcher: Fetcher
    reader: Reader


class Workbench:
    """Lays out the tools for each blog; the model is the one in use when a linkback is scored."""

    def __init__(self, live: Live, parts: Parts, meters: Meters, shadow: Shadow) -> None:
        self._live = live
        self._meters = meters
        self._shadow = shadow
        self._parts = parts
        self._posts = Posts(relay=parts.relay, describe=parts.reader.describe)
        self._scorer = Scorer(self._scored)

    def close(self) -> None:
        """Begin no further score."""
        self._scorer.close()

    def bench(self, blog: str) -> Bench | None:
        """Give what a blog's linkbacks are judged by; None if it is no longer configured."""
        site = self._live.site(blog)
        if site is None:
            return None
        return Bench(rules=site.rules, observe=site.observe, tools=self._tools(site))

    def _tools(self, site: Site) -> Tools:
        async def post(target: str) -> Post | None:
            return await self._posts.find(site, target)

        async def history(source: str) -> History:
            return await self._parts.store.review.history(site.name, registrable_domain(source))

        return Tools(
            fetch=self._fetch,
            examine=self.examine,
            post=post,
            history=history,
            score=self._scorer.score,
            cloaks=self._cloaks,
            sampled=lambda: random.random() < self._live.config.fetch.second_look_share,  # noqa: S311
        )

    async def _fetch(self, source: str, remote: str) -> Page | FetchFailure:
        found = await self._parts.fetcher.fetch(source, forwarded_for=remote)
        self._meters.count(FETCHES, "page" if isinstance(found, Page) else found.reason)
        return found

    async def examine(self, page: Page, target: str) -> Evidence | None:
        """Examine a page; None if it could not be read."""
        seen = await self._parts.reader.examine(page, target=target, with_text=True)
        return seen if isinstance(seen, Evidence) else None

    async def _cloaks(self, first: Evidence, source: str, target: str) -> bool:
        """Look again as a browser would. What can't be seen a second time is no proof."""
        page = await self._parts.fetcher.fetch(source, identity=BROWSER)
        second = await self.examine(page, target) if isinstance(page, Page) else None
        return second is not None and differs(first, second)

    def _scored(self, sample: Sample) -> Score:
        return self._shadow.beside(self._live.model.score(sample), sample)
