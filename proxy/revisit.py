"""Look again at the sources of delivered linkbacks, days later: a link that vanishes was no link.

A few looks a round, one after the other, within all limits of fetching. Nothing is undone at the blog:
the owner sees what has vanished and decides.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from proxy.linkback import Evidence, FetchFailure, FetchReason, Page
from proxy.store.revisits import Revisits, Seen, Visit

ROUND_SECONDS = 60.0
LOOKS_A_ROUND = 10

_NO_PAGE = frozenset({404, 410})

Fetch = Callable[[str], Awaitable[Page | FetchFailure]]
Examine = Callable[[Page, str], Awaitable[Evidence | None]]


async def look_again(revisits: Revisits, days: Sequence[int], fetch: Fetch, examine: Examine) -> None:
    """Make one round; without days there is nothing to do."""
    if not days:
        return
    await revisits.note(days)
    for visit in await revisits.take(LOOKS_A_ROUND):
        found = await _look(visit, fetch, examine)
        if found is not None:
            await revisits.looked(visit, *found, days)


async def _look(visit: Visit, fetch: Fetch, examine: Examine) -> tuple[Seen, str] | None:
    """Say what a look finds; None if there could be none now."""
    page = await fetch(visit.source)
    if isinstance(page, FetchFailure):
        return None if page.reason is FetchReason.BUSY else judged_failure(page)
    return judged_page(page, await examine(page, visit.target))


def judged_failure(failure: FetchFailure) -> tuple[Seen, str]:
    """Say what a failed fetch means: only a page that is said not to be there is gone."""
    return Seen.GONE if failure.status in _NO_PAGE else Seen.UNKNOWN, failure.detail


def judged_page(page: Page, evidence: Evidence | None) -> tuple[Seen, str]:
    """Say what a page shows; one that was cut or not read proves no absence."""
    if evidence is None:
        return Seen.UNKNOWN, "the page could not be read"
    if evidence.found:
        return Seen.THERE, f"the link stands there ({evidence.place})"
    if page.truncated:
        return Seen.UNKNOWN, "no link in the part of the page that was read"
    return Seen.GONE, "the page no longer links"
