"""The overview: what came, what was decided, how fast; and cut-offs tried on past decisions."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from proxy.dashboard.decisions import local, provenance
from proxy.dashboard.desk import DESK, Desk
from proxy.dashboard.filters import TABS, address
from proxy.dashboard.pages import page
from proxy.dashboard.plots import Part, Plot, line, stacked
from proxy.dashboard.wording import heading
from proxy.linkback import Cutoffs, Verdict
from proxy.policy import Action
from proxy.store import Label
from proxy.store.tallies import BINS, HOUR, Tally, What, quantile

# Each period: its name, its hours, and the hours of one bar.
PERIODS = {"day": ("24 hours", 24, 1), "week": ("7 days", 168, 6), "month": ("30 days", 720, 24)}
WORDS = {Action.FORWARD: "passed", Action.QUARANTINE: "held", Action.REJECT: "rejected"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What cut-offs would have done with the linkbacks of one label."""

    label: Label
    passed: int
    held: int
    rejected: int


def traffic(found: Iterable[Tally], now_hour: int, hours: int, step: int) -> list[Part]:
    """Sum tallies of actions into bars of `step` hours, the last one running."""
    bars: dict[int, Counter[str]] = {}
    for one in found:
        bars.setdefault((now_hour - one.hour) // step, Counter())[one.name] += one.n
    return [
        Part(
            label=_label((now_hour - number * step - step + 1) * HOUR, step),
            numbers=tuple((word, bars.get(number, Counter())[action]) for action, word in WORDS.items()),
        )
        for number in reversed(range(hours // step))
    ]


def _label(at: int, step: int) -> str:
    when = datetime.fromtimestamp(at, UTC)
    return f"{when:%H:%M}" if step == 1 else f"{when.day} {when:%b}" if step >= 24 else f"{when:%a %H:%M}"  # noqa: PLR2004


def histogram(found: Iterable[tuple[str, int]]) -> Plot:
    """Draw how the scores lie between 0 and 1."""
    counts: Counter[int] = Counter()
    for name, number in found:
        counts[min(max(int(name), 0), BINS - 1)] += number
    width = 100 // BINS
    parts = [
        Part(label=f"{number * width} %", numbers=(("scored", counts[number]),)) for number in range(BINS)
    ]
    return stacked(parts, labels=5)


def outcomes(counts: Mapping[tuple[str, str], int]) -> list[Outcome]:
    """Say what cut-offs would have done with what the owner labelled."""
    return [
        Outcome(
            label=label,
            passed=counts.get((label, Verdict.HAM), 0),
            held=counts.get((label, Verdict.UNSURE), 0),
            rejected=counts.get((label, Verdict.SPAM), 0),
        )
        for label in (Label.HAM, Label.SPAM)
    ]


def wished(ham: str, spam: str, now: Cutoffs) -> Cutoffs:
    """Read cut-offs in percent from a form; what is no number stays as it is."""
    low, high = _share(ham, now.ham), _share(spam, now.spam)
    return Cutoffs(ham=min(low, high), spam=high)


def _share(text: str, otherwise: float) -> float:
    try:
        return min(max(float(text) / 100, 0.0), 1.0) if text and float(text) == float(text) else otherwise
    except ValueError:
        return otherwise


async def show_overview(request: web.Request) -> web.Response:
    """Show the overview of a period."""
    desk, word = request.app[DESK], request.query.get("period", "week")
    _, hours, step = PERIODS.get(word, PERIODS["week"])
    now_hour = int(desk.clock()) // HOUR
    first = now_hour - hours + 1
    tallies, last = desk.store.tallies, await desk.store.tallies.last_hour()
    preview = asyncio.create_task(_preview(request))
    came, scores, domains, campaigns, depths, durations = await asyncio.gather(
        tallies.since(What.ACTION, first, step=step, last=last),
        tallies.top(What.SCORE, first, BINS + 2, last=last),
        tallies.top(What.DOMAIN, first, last=last),
        _campaigns(desk, first, last),
        _depths(desk),
        tallies.durations(),
    )
    bars = traffic(came, now_hour, hours, step)
    return page(
        request,
        "overview.html",
        period=word if word in PERIODS else "week",
        periods={name: text for name, (text, _, _) in PERIODS.items()},
        plot=stacked(bars),
        shares=line([_spam_share(part) for part in bars]),
        totals={word: sum(dict(part.numbers)[word] for part in bars) for word in WORDS.values()},
        scores=histogram(scores),
        domains=domains,
        campaigns=campaigns,
        depths=depths,
        median=quantile(durations, 0.5),
        slow=quantile(durations, 0.95),
        **await preview,
    )


def _spam_share(part: Part) -> float | None:
    return dict(part.numbers)["rejected"] / part.total if part.total else None


async def _campaigns(desk: Desk, first: int, last: int) -> list[tuple[str, int, str]]:
    """Name the largest campaigns by one linkback of each: its address, number and words."""
    found = {key: n for key, n in await desk.store.tallies.top(What.CAMPAIGN, first, last=last) if n > 1}
    named = await desk.store.search.examples(found)
    return [
        (address({"campaign": key, "state": "all"}), number, heading(named[key]))
        for key, number in found.items()
        if key in named
    ]


async def _depths(desk: Desk) -> list[tuple[str, str, int]]:
    counts = await desk.store.review.counts()
    return [
        (TABS[tab][0], address({"state": tab}), sum(counts.get(state, 0) for state in TABS[tab][1]))
        for tab in ("waiting", "held", "leaving", "undeliverable")
    ]


async def _preview(request: web.Request) -> dict[str, Any]:
    """Try cut-offs on what the owner labelled so far."""
    desk, names = request.app[DESK], [site.name for site in request.app[DESK].blogs()]
    blog = request.query.get("blog", "")
    blog = blog if blog in names else names[0]
    now = desk.cutoffs(blog)
    tried = wished(request.query.get("ham", ""), request.query.get("spam", ""), now)
    before = await desk.store.tallies.outcomes(blog, now)
    after = before if tried == now else await desk.store.tallies.outcomes(blog, tried)
    return {
        "blogs": names,
        "blog": blog,
        "now": now,
        "tried": tried,
        "outcomes": list(zip(outcomes(before), outcomes(after), strict=True)),
        "labelled": sum(before.values()),
    }


async def save_cutoffs(request: web.Request) -> web.Response:
    """Keep a blog's cut-offs, or go back to the configured ones."""
    desk, form = request.app[DESK], await request.post()
    blog = str(form.get("blog", ""))
    if desk.blogs().named(blog) is None:
        raise web.HTTPBadRequest(text="There is no such blog.")
    tried = wished(str(form.get("ham", "")), str(form.get("spam", "")), desk.cutoffs(blog))
    ham, spam = (None, None) if form.get("do") == "reset" else (tried.ham, tried.spam)
    await desk.store.choices.set_cutoffs(blog, ham, spam, by=provenance(request))
    await desk.changed()
    raise web.HTTPSeeOther(local(str(form.get("back", "/overview"))))
