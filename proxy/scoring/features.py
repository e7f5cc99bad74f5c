"""What the judge looks at in a linkback: the named features, one function for service and training.

Pure. Each feature is a name that is present or absent, `family:finding` or `family:finding=value`;
families can be taken away by name in training. Nothing here knows a label, a date or where a row
came from. A missing field gives a feature of its own ('no title'), never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise

from proxy.linkback import Place, Protocol, Sample
from proxy.scoring.address import address_findings, address_tokens
from proxy.scoring.form import form_findings
from proxy.scoring.headings import heading_findings
from proxy.scoring.likeness import likeness_findings
from proxy.scoring.page import history_findings, page_findings, page_tokens
from proxy.scoring.text import Text
from proxy.scoring.view import Target, View, target_of, view

VERSION = 9  # of the features: an artefact of another version is refused

FAMILIES: dict[str, str] = {
    "words": "the words of title, name and excerpt, alone and in pairs, and what they sell",
    "title": "title and blog name: their shape, how they relate to each other and to the address; no words",
    "address": "the source's address: host, path, and the words in them",
    "form": "the excerpt's form: length, links, brackets, digits, natural language, disguises",
    "likeness": "how the claim relates to the target post, where its page was read",
    "page": "what the source page showed, and the words of its text",
    "history": "what the owner decided about the domain before",
}
TOKEN_FAMILIES = {"w": "words", "b": "words", "t": "words", "u": "address", "h": "address", "p": "page"}
EXCERPT_WORDS = 70  # words of an excerpt that are read: WordPress stores at most 252 characters
TARGET_WORD = "\u2023"  # stands for a word of the target's title
ECHOED_WORD = "\u2024"  # the same in a trackback, which quotes its sender's own words


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What was found: findings (few, named, each with its own weight) and tokens (many, hashed).

    Tokens are written down as one text, since there are many: none of them holds a line's end.
    """

    findings: tuple[str, ...]
    lines: str  # the tokens, each once
    seen: View | None = field(default=None, compare=False, repr=False)  # for what a memory may know

    @property
    def tokens(self) -> tuple[str, ...]:
        """Give the tokens one by one."""
        return tuple(self.lines.split("\n")) if self.lines else ()


def features(sample: Sample, post: Target | None = None) -> Features:
    """Give the features of a sample; `post` is its post where that was read before."""
    page = sample.evidence
    is_shown = page is None or (page.found and page.place is not Place.HIDDEN)
    seen = view(sample if is_shown else replace(sample, evidence=None), post or target_of(sample.post))
    findings = [*heading_findings(seen), *address_findings(seen), *form_findings(seen)]
    if page is not None and is_shown:
        findings += [*likeness_findings(seen), *page_findings(seen, sample)]
    elif page is not None:  # what readers can't find speaks against the claim, and nothing on the page for it
        findings.append("page:place=hidden" if page.found else "page:no-link")
    findings += _pairs(findings)
    findings += history_findings(sample.history)
    return Features(findings=tuple(findings), lines=_lines(seen), seen=seen)


def family_of(name: str) -> str:
    """Give the family of a finding's name, or of a token's."""
    prefix = name.split(":", 1)[0]
    return TOKEN_FAMILIES.get(prefix, prefix)


def families_of(name: str) -> frozenset[str]:
    """Give every family that a finding stands on: two for a pair."""
    return frozenset(family_of(part) for part in name.split(" & "))


PAIRED = frozenset(
    {
        "title:is-blog-name",
        "title:none",
        "title:short-lower",
        "title:name-in-host",
        "title:in-path=most",
        "title:in-host",
        "title:is-target-title",
        "title:no-name",
        "title:in-path=none",
        "title:name-not-in-host",
        "title:words=1",
        "title:words=2",
        "title:words=3",
        "title:letters=lower",
        "title:lost-letters",
        "title:in-excerpt=none",
        "title:in-excerpt=most",
        "title:says-trackback",
        "title:short-each-capital",
        "title:name-letters=lower",
        "address:filed",
        "address:scripted",
        "address:folder",
        "address:random",
        "address:numbered",
        "address:hosted-blog",
        "form:as=trackback",
        "form:as=pingback",
        "form:as=webmention",
        "form:words=5-9",
        "form:natural=short",
        "form:starts-lower",
        "form:little-but-target-address",
        "form:only-target-address",
        "likeness:copied",
        "likeness:excerpt-holds-target-title",
        "form:foreign-addresses",
        "page:no-link",
        "page:holds-post=most",
        "page:title-is-target-title",
        "page:links-a-hundred-words=5-10",
        "page:links-a-hundred-words=many",
        "page:anchor=title",
        "page:place=main",
        "page:place=boilerplate",
        "page:links=31-80",
        "page:links=81+",
        "page:text-share=little",
        "page:text-share=half",
        "page:text-share=most",
        "page:title-agrees",
        "page:link-dense",
        "page:keywords",
        "page:many-keywords",
        "address:bare",
        "address:dated",
        "address:same-site",
        "address:social",
        "form:words=0",
        "form:words=1-4",
        "form:natural=low",
        "form:natural=high",
        "form:foreign-address",
        "form:is-target-title",
        "form:echoes-title",
        "form:wrapped",
        "form:target-address",
        "form:speaks-to-you",
        "form:praises=1",
        "form:praises=2",
        "form:praises=3",
        "likeness:none",
        "likeness:high",
        "likeness:unknown",
        "likeness:title-none",
    }
)


def _pairs(findings: list[str]) -> list[str]:
    present = [name for name in findings if name in PAIRED]
    return list(map(" & ".join, combinations(present, 2)))


def _lines(seen: View) -> str:
    target = frozenset(seen.post.title.words)
    echo = ECHOED_WORD if seen.protocol is Protocol.TRACKBACK else TARGET_WORD
    found = _words(seen.excerpt, dict.fromkeys(target, echo), "w:", "b:")
    in_headings = dict.fromkeys(target, TARGET_WORD)
    for heading in (seen.title, seen.name):
        found += _words(heading, in_headings, "t:", "t:")
    found += address_tokens(seen.source)
    return "\n".join([*dict.fromkeys(found), *page_tokens(seen, target)])


def _words(text: Text, shown_as: dict[str, str], alone: str, paired: str) -> list[str]:
    shown: Iterable[str] = text.words[:EXCERPT_WORDS]
    if shown_as or not text.squashed.isalpha():
        shown = [shown_as.get(word) or (f"#{len(word)}" if word.isdigit() else word) for word in shown]
    pairs = pairwise(["^", *shown])
    return [alone + word for word in shown] + [f"{paired}{before} {word}" for before, word in pairs]
