"""What WordPress did and what the gate said, compared, and counted by kind."""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from proxy.linkback import Linkback, Protocol
from proxy.protocols.recognise import Batch, Claim, Incoming, Ordinary, Recognised, Refusal, recognise
from tests.differential.wire import Shape, Site, send

if TYPE_CHECKING:
    from tests.rig import Comment

_NUMBER = re.compile(r"/source/(\d+)/")


@dataclass(slots=True)
class Ledger:
    """Counts by kind and outcome."""

    counts: Counter[str] = field(default_factory=Counter)
    comments: int = 0  # that were looked at
    last: int = 0  # the id of the last comment that was looked at

    def stored(self) -> int:
        """Count the shapes of which WordPress stored something."""
        return sum(count for what, count in self.counts.items() if what.startswith("stored"))

    def __str__(self) -> str:
        return "\n".join(f"{count:6} {what}" for what, count in sorted(self.counts.items()))


def recognised(shape: Shape, site: Site) -> Recognised:
    """Show a shape to the gate."""
    return recognise(
        Incoming(
            method=shape.method,
            raw_target=shape.target,
            headers=shape.headers,
            body=shape.body,
            blog_url=site.url,
        )
    )


def check(shape: Shape, site: Site, ledger: Ledger) -> None:
    """Send a shape to WordPress and show it to the gate; fail where WordPress knows more than the gate."""
    said = recognised(shape, site)
    answer = send(shape, site.rig.options.port, site.host)
    stored = site.rig.comments(since=ledger.last)  # whatever the answer: a batch may store, and then break
    ledger.last = max((comment.id for comment in stored), default=ledger.last)
    ledger.comments += len(stored)
    ledger.counts[_entry(shape, said, stored)] += 1
    note = f"{shape}\nsaid {said}\nstored {stored}\nanswer {answer[-300:]!r}"
    assert not (stored and isinstance(said, Ordinary)), f"stored but not recognised:\n{note}"
    claims = _claims(said)
    for comment in stored if claims else []:
        assert any(_same(claim, comment, site) for claim in claims), f"stored otherwise than claimed:\n{note}"


def _entry(shape: Shape, said: Recognised, stored: list[Comment]) -> str:
    kind = type(said).__name__.lower()
    reason = f"{said.reason}: {_words(said.answer.body)}" if isinstance(said, Refusal) else ""
    return f"{'stored' if stored else 'not stored':10}  {shape.kind:15}  {kind} {reason}"


def _words(answer: bytes) -> str:
    """Give what a refusal says to its sender."""
    said = re.search(rb"<message>(.*?)</message>|<string>(.*?)</string>|\A([^<]+)", answer, re.DOTALL)
    return next((words for words in said.groups() if words), b"").decode().strip() if said else ""


def _claims(said: Recognised) -> list[Linkback]:
    if isinstance(said, Claim):
        return [said.linkback]
    return [call for call in said.calls if isinstance(call, Linkback)] if isinstance(said, Batch) else []


def _same(claim: Linkback, comment: Comment, site: Site) -> bool:
    """Compare a claim with a stored comment, entities and blanks aside."""
    if claim.protocol is Protocol.PINGBACK:
        return (
            comment.type == "pingback"
            and _number(claim.source) == _number(comment.author_url)
            and site.post_of(claim.target) in (None, comment.post_id)  # None: an address of another form
        )
    title, _, excerpt = comment.content.partition("\n\n")
    return (
        comment.type == "trackback"
        and site.post_of(claim.target) == comment.post_id
        and _plain(unquote(claim.source)) == _plain(unquote(comment.author_url))
        and _plain(claim.title) == _plain(title.removeprefix("<strong>").removesuffix("</strong>"))
        and _plain(claim.excerpt) == _plain(excerpt)
    )


def _number(url: str) -> str:
    match = _NUMBER.search(url)
    return match[1] if match else ""


def _plain(text: str) -> str:
    """Undo what WordPress adds to a text for showing it: entities, doubled or not, and blanks."""
    for _ in range(3):
        text = html.unescape(text)
    return " ".join(text.replace("\\", "").split())
