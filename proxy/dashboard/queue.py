"""The queue: linkbacks by filter, page by page, and what each row shows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from aiohttp import web

from proxy.dashboard import wording
from proxy.dashboard.decisions import done_of
from proxy.dashboard.desk import DESK, Desk
from proxy.dashboard.filters import TABS, Wish, address, wish
from proxy.dashboard.pages import page
from proxy.linkback import Cutoffs, Verdict
from proxy.store import Record
from proxy.store.review import DISCARDABLE, HOLDABLE, RELEASABLE
from proxy.store.search import Count, Filter, Found

PAGE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One linkback as the queue shows it."""

    one: Record
    heading: str
    excerpt: wording.Marked
    target: str
    cutoffs: Cutoffs
    verdict: Verdict | None
    telling: str  # the clue that counted most, or the reason's sentence
    campaign: Count  # near-duplicates, itself included

    @property
    def can_release(self) -> bool:
        """Whether the owner may release it."""
        return self.one.state in RELEASABLE

    @property
    def can_discard(self) -> bool:
        """Whether the owner may discard it."""
        return self.one.state in DISCARDABLE

    @property
    def can_hold(self) -> bool:
        """Whether it can be taken back."""
        return self.one.state in HOLDABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One of the queue's tabs."""

    word: str
    heading: str
    address: str
    count: Count
    current: bool


async def rows(desk: Desk, records: tuple[Record, ...]) -> list[Row]:
    """Lay out records as rows."""
    campaigns = await desk.store.search.campaigns({one.campaign for one in records})
    return [_row(desk, one, campaigns[one.campaign]) for one in records]


def _row(desk: Desk, one: Record, campaign: Count) -> Row:
    cutoffs = desk.cutoffs(one.blog)
    return Row(
        one=one,
        heading=wording.heading(one),
        excerpt=wording.marked(one, 320),
        target=wording.target_name(one),
        cutoffs=cutoffs,
        verdict=cutoffs.verdict(one.score) if one.score is not None else None,
        telling=_telling(one),
        campaign=campaign,
    )


def _telling(one: Record) -> str:
    """Say in a phrase what counted most."""
    leaning = 1 if (one.score or 0.0) >= 0.5 else -1  # noqa: PLR2004
    heaviest = max(one.clues, key=lambda clue: clue.weight * leaning, default=None)
    if one.reason in {"ham", "unsure", "spam"} and heaviest is not None:
        return wording.cut(heaviest.text, 120)
    return wording.reason_text(one.reason)


async def tabs(desk: Desk, asked: Wish) -> list[Tab]:
    """Give the tabs, each with a count under the filter that is set."""
    narrow = {word: replace(asked.filter, states=states) for word, (_, states) in TABS.items()}
    counts = await desk.store.search.count_each(list(narrow.values()))
    return [
        Tab(
            word=word,
            heading=TABS[word][0],
            address=asked.address(state="" if word == "held" else word),
            count=count,
            current=word == asked.tab,
        )
        for word, count in zip(narrow, counts, strict=True)
        if count.number or word in {"held", asked.tab}
    ]


async def _found(desk: Desk, asked: Wish) -> Found:
    search = desk.store.search
    if asked.by_doubt:
        middle = desk.middle(asked.filter.blog)
        return await search.doubtful(asked.filter, middle, before=asked.before, limit=PAGE)
    return await search.page(asked.filter, before=asked.before, limit=PAGE)


async def show_queue(request: web.Request) -> web.Response:
    """Show a page of the queue."""
    desk = request.app[DESK]
    asked = wish(request.query)
    found, states, facets, done = await asyncio.gather(
        _found(desk, asked),
        tabs(desk, asked),
        desk.store.search.facets(asked.filter),
        done_of(desk, request.query.get("done", "")),
    )
    return page(
        request,
        "queue.html",
        asked=asked,
        tabs=states,
        rows=await rows(desk, found.records),
        found=found,
        older=address({**asked.values, "before": str(found.next)}) if found.next is not None else "",
        back=address(dict(asked.values) | ({"before": str(asked.before)} if asked.before else {})),
        done=done,
        reasons=_choices(facets["reason"], asked.shown["reason"]),
        protocols=_choices(facets["protocol"], asked.shown["protocol"]),
        blogs=_choices(facets["blog"], asked.shown["blog"], *(site.name for site in desk.blogs())),
        total=next(tab.count for tab in states if tab.current),
    )


def _choices(counted: dict[str, Count], *others: str) -> dict[str, Count | str]:
    """Give what a field can be narrowed to: what occurs, with its number, and what else may be chosen."""
    named: dict[str, Count | str] = dict.fromkeys(filter(None, others), "")
    return {name: number for name, number in sorted((named | counted).items()) if name}


async def neighbours(desk: Desk, one: Record) -> list[Record]:
    """Return the last few other linkbacks of the same domain."""
    found = await desk.store.search.page(Filter(domain=one.domain), limit=6)
    return [other for other in found.records if other.id != one.id][:5]
