"""Findings about the source page and about the owner's own history with its domain.

Pure. Speaks only of what the examiner found: no page gives no finding but 'not known'.
"""

from __future__ import annotations

from collections.abc import Iterator

from proxy.linkback import Evidence, History, Sample
from proxy.scoring.functionwords import FUNCTION_WORDS
from proxy.scoring.text import read, squashed
from proxy.scoring.view import View

LINKS = ((0, "0"), (3, "1-3"), (10, "4-10"), (30, "11-30"), (80, "31-80"))
SHARES = ((0.02, "none"), (0.15, "little"), (0.5, "half"))
TEXTS = ((80, "none"), (400, "short"), (1500, "middle"))

KEYWORDS, MANY_KEYWORDS = 0.3, 0.15  # share of function words: prose has 0.35 to 0.5


def page_findings(seen: View, sample: Sample) -> Iterator[str]:
    """Give what is to be said of the page."""
    page = sample.evidence
    if page is None:
        return
    if not page.found:
        yield "page:no-link"
        return
    yield from _of_link(page)
    yield from _of_page(page)
    yield from _of_subject(page, seen)


def _of_link(page: Evidence) -> Iterator[str]:
    if page.place:
        yield f"page:place={page.place.value}"
    yield from (f"page:rel={token}" for token in page.rel if token in {"nofollow", "ugc", "sponsored"})
    yield from (f"page:sign={sign}" for sign in page.signs[:8])
    if page.links_to_target > 1:
        yield "page:target-linked-often"


def _of_page(page: Evidence) -> Iterator[str]:
    yield "page:links=" + next((label for most, label in LINKS if page.links_out <= most), "81+")
    yield "page:text-share=" + next((label for most, label in SHARES if page.text_share <= most), "most")
    yield "page:text=" + next((label for most, label in TEXTS if len(page.text) <= most), "long")
    words = max(1, len(page.text.split()))
    if page.links_out > 4 and page.links_out * 12 > words:  # noqa: PLR2004 (a link for every dozen words)
        yield "page:link-dense"
    share = sum(word in FUNCTION_WORDS for word in read(page.text).words) / words
    if page.text and page.text.isascii() and share < KEYWORDS:
        yield "page:many-keywords" if share < MANY_KEYWORDS else "page:keywords"
    if page.redirects:
        yield "page:redirected"


def _of_subject(page: Evidence, seen: View) -> Iterator[str]:
    if seen.title.plain and page.title:
        mine, theirs = squashed(seen.title.plain), squashed(page.title)
        yield "page:title-agrees" if mine in theirs or theirs in mine else "page:title-differs"
    if page.text and seen.post.known:
        telling = {word for word in read(page.text).words if word not in FUNCTION_WORDS and len(word) > 2}  # noqa: PLR2004
        share = len(telling & seen.post.words) / max(1, len(telling))
        yield "page:subject=" + ("same" if share > 0.5 else "near" if share > 0.12 else "far")  # noqa: PLR2004


def history_findings(history: History | None) -> Iterator[str]:
    """Give what is to be said of the owner's labels on the domain."""
    if history is None:
        return
    if history.ham > history.spam:
        yield "history:ham" if history.ham < 3 else "history:ham-often"  # noqa: PLR2004
    elif history.spam > history.ham:
        yield "history:spam" if history.spam < 3 else "history:spam-often"  # noqa: PLR2004
    if history.seen > 20:  # noqa: PLR2004 (more than a blog's friends send in a month)
        yield "history:busy"
