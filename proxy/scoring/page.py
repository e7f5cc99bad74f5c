"""Findings about the source page and about the owner's own history with its domain.

Pure. Speaks only of what the examiner found: no page gives no finding but 'not known'.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import filterfalse

from proxy.linkback import Evidence, History, Protocol, Sample
from proxy.scoring.address import telling
from proxy.scoring.functionwords import FUNCTION_WORDS
from proxy.scoring.text import number_of_words, script_of, squashed, step, words
from proxy.scoring.trades import OTHER, traded, words_of_trades
from proxy.scoring.view import View

LINKS = ((0, "0"), (3, "1-3"), (10, "4-10"), (30, "11-30"), (80, "31-80"))
SHARES = ((0.02, "none"), (0.15, "little"), (0.5, "half"))
TEXTS = ((80, "none"), (400, "short"), (1500, "middle"))

DENSITIES = ((0.2, "none"), (1.5, "1"), (4, "2-4"), (10, "5-10"))  # links to other hosts
CLAIMED = ((0.7, "yes"), (0.3, "in part"), (0.0, "no"))  # share of the claimed words
SOLD = ((1, "1"), (2, "2"), (5, "3-5"))  # words of trades in a page's text
AGAIN = ((0.008, "seldom"), (0.025, "sometimes"))  # share of a page's words
TOLD_AGAIN = ((0.01, "hardly"), (0.03, "seldom"), (0.06, "often"))  # share of the title's words in the text
TOLD_IN = 60  # words of a text that it takes to say so
HOSTS = ((0, "0"), (1, "1"), (3, "2-3"), (8, "4-8"), (20, "9-20"))
MOST_LINKS = 0.4  # share of the links beside that sell
ODD_LINKS = 3  # links called by such letters, from which they are told, if half of them are
TEXT_LIMIT = 5_000  # characters of a page's text that are read for what it sells
# What hardly a word of any language has, and letters drawn by lot have: as doorways are called, 'fkcv'.
ODD_LETTERS = re.compile(
    r"q(?!u)|[jv]$|j[bcdfghklmpqrstvwxz]|[bcdfgjkmpqtvwz]x|x[bdfgjkmnqrvwxz]|z[bdfgjkpqrtvx]"
    r"|[bcdfgjkmpqtvw]z[bcdfg]|[bcdfghjklmnpqrstvwxz]v[bcdfghjkmnpqtwxz]|[bcdfghjkmnpqrtvwxz]{4}"
    r"|^(?!sch|str|scr|spr|chr|thr|phr|shr|spl|krz|prz|trz|grz|brz|skr)[bcdfghjklmnpqrstvwxz]{3}"
)
PAGE_WORDS = 160  # words of a page's text that are read one by one
HELD_WORDS = 20  # telling words of the post that it takes to say whether a page holds them
KEYWORDS, MANY_KEYWORDS = 0.3, 0.15  # share of function words: prose has 0.35 to 0.5


def page_findings(seen: View, sample: Sample) -> Iterator[str]:
    """Give what is to be said of the page."""
    page = sample.evidence
    if page is None:
        return
    yield from _of_link(page, seen)
    yield from _of_page(page, seen)
    yield from _of_subject(page, seen, sample.linkback.title)
    yield from _of_claim(page, seen)
    yield from _of_links_beside(page)
    text = page.text[:TEXT_LIMIT].lower()
    said = words(text)
    yield from _of_trades(said, text)
    yield from _of_title_again(said, seen)


def _of_link(page: Evidence, seen: View) -> Iterator[str]:
    if page.place:
        yield f"page:place={page.place.value}"
    yield from (f"page:rel={token}" for token in page.rel if token in {"nofollow", "ugc", "sponsored"})
    yield from (f"page:sign={sign}" for sign in page.signs[:8])
    if page.links_to_target > 1:
        yield "page:target-linked-often"
    yield "page:anchor=" + _anchor(page.anchor_text, seen)


def _anchor(shown: str, seen: View) -> str:
    """Name what the link's words are: the post's title, its address, or something else."""
    said = squashed(shown)
    if not said:
        return "empty"
    title = seen.post.title.squashed
    if title and (said in title or title in said):
        return "title"
    if seen.target.squashed_host and seen.target.squashed_host in said:
        return "address"
    return "word" if len(shown.split()) == 1 else "words"


def _of_page(page: Evidence, seen: View) -> Iterator[str]:
    if not page.title:
        yield "page:no-title"
    yield "page:links=" + step(page.links_out, LINKS, "81+")
    yield "page:text-share=" + step(page.text_share, SHARES, "most")
    yield "page:text=" + step(len(page.text), TEXTS, "long")
    length = max(1, number_of_words(page.text))
    if page.links_out > 4 and page.links_out * 12 > length:  # noqa: PLR2004 (a link for every dozen words)
        yield "page:link-dense"
    density = 100 * page.links_out / length
    yield "page:links-a-hundred-words=" + step(density, DENSITIES, "many")
    if page.text and page.text.isascii():
        share = sum(map(FUNCTION_WORDS.__contains__, seen.page_text.words)) / max(
            1, len(seen.page_text.words)
        )
        if share < KEYWORDS:
            yield "page:many-keywords" if share < MANY_KEYWORDS else "page:keywords"
    if page.anchor_text and traded(
        frozenset(words(page.anchor_text[:300].lower())), page.anchor_text.lower()
    ):
        yield "page:anchor-sells"
    if page.redirects:
        yield "page:redirected"


def _of_trades(said: Sequence[str], plain: str) -> Iterator[str]:
    """Say how many words of trades the text has, and how often it says them: sellers repeat themselves."""
    latin = words_of_trades(frozenset(said))
    others = [] if plain.isascii() else OTHER.findall(plain)
    sold = len(latin) + len(set(others))
    if sold:
        yield "page:sells=" + step(sold, SOLD, "6+")
        share = (sum(map(latin.__contains__, said)) + len(others)) / max(1, len(said))
        yield "page:sells-again=" + step(share, AGAIN, "often")


def _of_title_again(said: Sequence[str], seen: View) -> Iterator[str]:
    """Say how often the text says the title's words, or the path's: made for a phrase, it repeats it."""
    told = telling(seen.title.vocabulary) or telling(frozenset(seen.source.words[-8:]))
    if told and len(said) >= TOLD_IN:
        share = sum(map(told.__contains__, said)) / len(said)
        yield "page:title-again=" + step(share, TOLD_AGAIN, "very-often")


def _of_links_beside(page: Evidence) -> Iterator[str]:
    """Say among what links the link stands: sellers' ones, such as are called by lot, and how many sites."""
    if page.hosts_out or not page.links_out:
        yield "page:hosts=" + step(page.hosts_out, HOSTS, "21+")
    shown = [text.lower() for text in page.beside if text]
    if shown:
        sold = _sellers(shown) / len(shown)
        if sold:
            yield "page:beside-sells=" + ("most" if sold >= MOST_LINKS else "some")
        odd = sum(bool(text.isascii() and text.isalpha() and ODD_LETTERS.search(text)) for text in shown)
        if odd >= ODD_LINKS and odd * 2 >= len(shown):
            yield "page:beside-letters"


def _sellers(shown: Sequence[str]) -> int:
    """Count the links whose words name a trade: mostly none does, which one look at all of them tells."""
    together = "\n".join(shown)
    if not traded(frozenset(words(together)), together):
        return 0
    return sum(bool(traded(frozenset(words(text)), text)) for text in shown)


def _of_subject(page: Evidence, seen: View, claimed: str) -> Iterator[str]:
    if claimed and page.title:  # a pingback's title is the page's own
        mine, theirs = seen.title.squashed, squashed(page.title)
        yield "page:title-agrees" if mine in theirs or theirs in mine else "page:title-differs"
    if page.title and len(seen.post.title.squashed) > 5 and seen.post.title.squashed in squashed(page.title):  # noqa: PLR2004
        yield "page:title-is-target-title"
    if page.text and seen.post.known:
        told = _telling(seen.page_text.vocabulary)
        share = len(told & seen.post.words) / max(1, len(told))
        yield "page:subject=" + ("same" if share > 0.5 else "near" if share > 0.12 else "far")  # noqa: PLR2004
        yield from _of_copy(told, seen)
    script = script_of(page.text)
    if script and seen.post.script and script != seen.post.script:
        yield "page:other-script"


def _telling(words: frozenset[str]) -> set[str]:
    return {word for word in words - FUNCTION_WORDS if len(word) > 2}  # noqa: PLR2004


_telling_of_post = lru_cache(maxsize=256)(_telling)  # many linkbacks come to few posts


def _of_copy(told: set[str], seen: View) -> Iterator[str]:
    """Say how much of the post stands in the page: a scraper's page holds nearly all of it."""
    post = _telling_of_post(seen.post.words)
    if len(post) >= HELD_WORDS:
        held = len(post & told) / len(post)
        yield "page:holds-post=" + ("most" if held > 0.6 else "some" if held > 0.25 else "little")  # noqa: PLR2004


def _of_claim(page: Evidence, seen: View) -> Iterator[str]:
    """Say whether what a trackback claims to quote stands in the page."""
    if seen.protocol is not Protocol.TRACKBACK or not page.text:
        return
    claimed = {word for word in seen.excerpt.vocabulary if len(word) > 3}  # noqa: PLR2004 (telling ones)
    if len(claimed) > 4:  # noqa: PLR2004
        shared = len(claimed & seen.page_text.vocabulary) / len(claimed)
        yield "page:says-claim=" + next(label for least, label in CLAIMED if shared >= least)


def page_tokens(seen: View, title: frozenset[str]) -> list[str]:
    """Give the telling words of the page's text, without those of the post's title."""
    told = dict.fromkeys(seen.page_text.words[:PAGE_WORDS])
    return ["p:" + word for word in filterfalse(FUNCTION_WORDS.__contains__, told) if word not in title]


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
