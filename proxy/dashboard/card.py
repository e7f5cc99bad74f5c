"""The evidence card: one linkback with everything that is known of it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from aiohttp import web

from proxy.dashboard import wording
from proxy.dashboard.decisions import done_of, local
from proxy.dashboard.desk import DESK
from proxy.dashboard.filters import address
from proxy.dashboard.lists import standing
from proxy.dashboard.pages import page
from proxy.dashboard.queue import neighbours, rows
from proxy.linkback import Clue, Cutoffs, Evidence, Place, Verdict
from proxy.scoring.functionwords import FUNCTION_WORDS
from proxy.store import Record

WORDS = ("w:", "b:", "t:", "u:", "h:")  # clues whose names begin so are words (see `scoring.clues`)
SHARED = 8  # shown of the words that page and post share
CHANGES = 3  # shown of what would have changed the verdict

PLACES = {
    Place.MAIN: "in the main text",
    Place.BOILERPLATE: "in navigation, sidebar or footer",
    Place.COMMENT: "in a reader's comment",
    Place.HIDDEN: "where no reader sees it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A clue as a bar: to the right it speaks for spam, to the left for genuine."""

    text: str
    weight: float
    x: float  # of a drawing 200 wide, the middle at 100
    width: float


def bars(clues: tuple[Clue, ...]) -> list[Bar]:
    """Draw clues to the scale of the heaviest."""
    scale = 96 / max((abs(clue.weight) for clue in clues), default=1.0)
    return [_bar(clue, scale) for clue in sorted(clues, key=lambda clue: -clue.weight)]


def _bar(clue: Clue, scale: float) -> Bar:
    width = round(max(abs(clue.weight) * scale, 1.0), 1)
    return Bar(
        text=wording.cut(clue.text, 160),
        weight=clue.weight,
        x=100.0 if clue.weight > 0 else 100.0 - width,
        width=width,
    )


def changes(score: float | None, clues: tuple[Clue, ...], cutoffs: Cutoffs) -> list[str]:
    """Say which single clues, had they been absent, would have changed the verdict."""
    if score is None or not 0 < score < 1:
        return []
    now, odds = cutoffs.verdict(score), math.log(score / (1 - score))
    told = []
    for clue in clues:
        other = cutoffs.verdict(_probability(odds - clue.weight))
        if other is not now:
            told.append(f"Without “{wording.cut(clue.text, 120)}” it would have been {other}.")
    return told[:CHANGES] or [_distance(score, now, cutoffs)]


def _distance(score: float, now: Verdict, cutoffs: Cutoffs) -> str:
    nearest = min((cutoffs.ham, cutoffs.spam), key=lambda edge: abs(edge - score))
    text = f"No single clue decided: all must change for another verdict than {now}"
    return f"{text}. The nearest cut-off is at {wording.percent(nearest)}."


def _probability(odds: float) -> float:
    return 1 / (1 + math.exp(-max(min(odds, 700.0), -700.0)))


def facts(one: Record) -> list[tuple[str, str]]:
    """List what the examiner saw, a name and a text each."""
    found = one.evidence
    if found is None:
        return [("Page", one.answer or "It was not looked at.")]
    return [(name, text) for name, text in _facts(one, found) if text]


def _facts(one: Record, found: Evidence) -> list[tuple[str, str]]:
    return [
        ("Link", _link(found)),
        ("Link attributes", ", ".join(found.rel)),
        ("Links to this post", str(found.links_to_target)),
        ("Links to other sites", str(found.links_out)),
        ("Main text", f"{wording.percent(found.text_share)} of what is to be read" if found.text else ""),
        ("Answer", f"HTTP {found.status}{', cut at the limit' if found.truncated else ''}"),
        ("Redirects", " → ".join((*found.redirects, found.final_url)) if found.redirects else ""),
        ("Found at", found.final_url if found.final_url != one.linkback.source else ""),
        ("Language", _languages(one, found)),
        ("Likeness", likeness(one, found)),
        ("Character set", found.charset),
        ("Signs", ", ".join(found.signs)),
    ]


def _link(found: Evidence) -> str:
    return PLACES[found.place] if found.found and found.place else "not in the page"


def _languages(one: Record, found: Evidence) -> str:
    if not found.language:
        return ""
    post = f", the post's is {one.post.language}" if one.post and one.post.language else ""
    return f"{found.language}{post}"


def likeness(one: Record, found: Evidence) -> str:
    """Say how many of the page's telling words stand in the post too, and name some."""
    words, post = _telling(found.text or found.excerpt), set(_telling(one.post.text if one.post else ""))
    if not words or not post:
        return ""
    shared = [word for word in words if word in post]
    named = f": {', '.join(shared[:SHARED])}" if shared else ""
    return f"{len(shared)} of the page's {len(words)} telling words stand in your post{named}"


def _telling(text: str) -> list[str]:
    """Give a text's longer words but those that every text has, each once."""
    words = re.findall(r"[^\W\d_]{4,}", text.lower())
    return [word for word in dict.fromkeys(words) if word not in FUNCTION_WORDS]


async def show_card(request: web.Request) -> web.Response:
    """Show one linkback."""
    desk = request.app[DESK]
    one = await desk.store.review.get(int(request.match_info["id"]))
    if one is None:
        raise web.HTTPNotFound
    row = (await rows(desk, (one,)))[0]
    words = tuple(clue for clue in one.clues if clue.name.startswith(WORDS))
    return page(
        request,
        "card.html",
        row=row,
        one=one,
        context=wording.marked(one, 1200),
        facts=facts(one),
        findings=bars(tuple(clue for clue in one.clues if clue not in words)),
        words=bars(words),
        changes=changes(one.score, one.clues, row.cutoffs),
        history=await desk.store.review.history(one.blog, one.domain),
        others=await neighbours(desk, one),
        listed=standing(one.linkback.source, desk.blogs().named(one.blog)),
        trail=await desk.store.trail.of(one.id),
        campaign_address=address({"campaign": one.campaign, "state": "all"}),
        domain_address=address({"domain": one.domain, "state": "all"}),
        address=request.rel_url.path_qs,
        back=local(request.query.get("back", "/")),
        done=await done_of(desk, request.query.get("done", "")),
    )
