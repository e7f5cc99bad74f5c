"""The claim and what is found out about it: the frozen values that every other room speaks in.

Pure. Imports nothing of the project but this; holds no decision. Addresses (URLs) are `str` as
claimed unless a comment says that they are canonical; see `proxy.urls` for comparing them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Protocol(StrEnum):
    """The three ways in which a linkback arrives."""

    PINGBACK = "pingback"
    TRACKBACK = "trackback"
    WEBMENTION = "webmention"


class Place(StrEnum):
    """Where in the source page the link to the target stands, best first."""

    MAIN = "main"
    BOILERPLATE = "boilerplate"  # navigation, header, footer, sidebar, blogroll, related posts
    COMMENT = "comment"  # in a reader's comment on the source page
    HIDDEN = "hidden"  # not visible to a reader: style, attribute, template, noscript, zero size


class Verdict(StrEnum):
    """What the score says, by the two cut-offs: below ham's, between, or at and above spam's."""

    HAM = "ham"
    UNSURE = "unsure"
    SPAM = "spam"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoffs:
    """Two probabilities of spam: below `ham` a linkback is ham, from `spam` on it is spam."""

    ham: float
    spam: float

    def verdict(self, spam: float) -> Verdict:
        """Say what a probability means."""
        if spam >= self.spam:
            return Verdict.SPAM
        return Verdict.HAM if spam < self.ham else Verdict.UNSURE


@dataclass(frozen=True, slots=True, kw_only=True)
class Linkback:
    """A claim: the page `source` links to the page `target` on this blog."""

    protocol: Protocol
    source: str
    target: str  # the post's address; for a trackback derived from the endpoint
    endpoint: str = ""  # trackback: path and query that upstream takes it at, re-rendered by us
    title: str = ""  # trackback only: the text that WordPress would store, decoded and cut
    excerpt: str = ""  # trackback only, likewise
    blog_name: str = ""  # trackback only, likewise


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a fetch of a source (or of a target post) brought: bytes, and how they came."""

    url: str  # as asked for
    final_url: str  # after redirects
    status: int
    content_type: str  # the header's value, '' if none
    body: bytes  # decompressed, cut at the byte limit
    truncated: bool = False  # the page was longer than the limit
    redirects: tuple[str, ...] = ()  # each address that redirected, in order
    milliseconds: float = 0.0


class FetchReason(StrEnum):
    """Why there is no page to examine. The comment says whether another try makes sense."""

    UNREACHABLE = "unreachable"  # DNS, connect, time-out, broken answer: try again
    TROUBLED = "troubled"  # the source answered 5xx or 429: try again
    GONE = "gone"  # 404, 410 and other 4xx: no
    FORBIDDEN_ADDRESS = "forbidden-address"  # private address, bad port or scheme: no
    TOO_MANY_REDIRECTS = "too-many-redirects"  # no
    NOT_A_PAGE = "not-a-page"  # a content type that holds no links: no
    OPTED_OUT = "opted-out"  # the site asks not to be fetched: no
    BUSY = "busy"  # our own limits for this host are used up: try again


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFailure:
    """A fetch that brought no page, with the reason as a value."""

    url: str
    reason: FetchReason
    detail: str  # one sentence for the owner; never shown to a sender
    status: int = 0  # of the answer, 0 if there was none; 410 says that the source was deleted
    retry_after: float | None = None  # seconds, where the source named them
    milliseconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the examiner found in a source page about one target. Bounded text, never markup."""

    found: bool  # a real link to the target stands in the page
    place: Place | None = None  # of the best of the links to the target; None if not found
    rel: tuple[str, ...] = ()  # lower-cased rel tokens of that link: nofollow, ugc, sponsored, ...
    anchor_text: str = ""
    excerpt: str = ""  # the text around the link, cut as WordPress cuts a pingback's
    title: str = ""
    language: str = ""  # BCP 47 primary tag, '' if unknown
    text: str = ""  # the page's main text (trafilatura), cut at 5,000 characters
    text_share: float = 0.0  # length of main text / length of all visible text, 0..1
    links_out: int = 0  # links to other hosts in the whole page
    hosts_out: int = 0  # how many other hosts these lead to
    beside: tuple[str, ...] = ()  # the words of those of them that stand nearest to the link, in their order
    links_to_target: int = 0
    charset: str = ""  # the one that the page was read with, IANA name in lower case
    truncated: bool = False
    status: int = 200
    redirects: tuple[str, ...] = ()
    final_url: str = ""
    pingback_endpoint: str = ""  # what the page itself declares, if anything
    signs: tuple[str, ...] = ()  # further named findings: off-screen, zero-size, template, ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """The target post as far as we know it: for likeness of subject and language."""

    url: str
    title: str = ""
    text: str = ""  # first 1,500 characters of its main text
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What this blog's owner decided about the source's domain so far (labels, not verdicts)."""

    ham: int = 0
    spam: int = 0
    seen: int = 0  # linkbacks of the domain in the last 30 days, judged or not


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Everything that the judge may see of one linkback. None is 'not known', never a guess."""

    linkback: Linkback
    evidence: Evidence | None = None
    post: Post | None = None
    history: History | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """One reason for a score, in words and with its weight."""

    name: str  # stable identifier: 'title-is-blog-name', 'word:casino'
    weight: float  # log-odds; above 0 speaks for spam, below 0 for ham
    text: str  # one sentence or phrase for the owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The calibrated probability of spam, with the clues that made it, heaviest first."""

    spam: float  # 0..1
    clues: tuple[Clue, ...] = field(default=())
    model: str = ""  # identifier of the model (its manifest's), for the record
    rival: float | None = None  # what a candidate for the model's place says; decides nothing
