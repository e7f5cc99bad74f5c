"""The store's values: what goes in, what comes out, and the keys that tell claims apart. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from proxy.linkback import Clue, Evidence, Linkback, Place, Post, Protocol, Sample, Score
from proxy.store.schema import State
from proxy.urls import canonical, host_of

_NO_LETTERS = re.compile(r"[\W\d_]+")
_LETTERS = bytes(code if chr(code).isalpha() else ord(" ") for code in range(128)) + bytes(128)  # of ASCII
# A claim that was rejected is judged afresh when it is sent again after this many seconds: by then
# its page may link. Before, the old answer stands.
REJUDGE_SECONDS = 300.0


class Label(StrEnum):
    """What the owner says a linkback is. Unwanted: genuine or not, not wanted here; trains nothing."""

    HAM = "ham"
    SPAM = "spam"
    UNWANTED = "unwanted"


class Standing(StrEnum):
    """What the store knows of a claim that has just arrived."""

    NEW = "new"  # recorded; if it arrived as JUDGING, leased to us
    PENDING = "pending"  # is being judged since an earlier arrival
    KNOWN = "known"  # held, queued, delivered, dead or discarded: a duplicate
    REJECTED = "rejected"  # a moment ago, with a reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A linkback as it comes in: to be judged (JUDGING: by us, now), or in the state that screening gave."""

    linkback: Linkback
    blog: str
    domain: str
    remote: str
    state: State = State.JUDGING
    reason: str = ""
    action: str = ""
    commonness: float = 0.0  # of its kind; the unusual is judged first
    score: Score | None = None  # of its own words, where those settled it


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The answer of the store to an arrival."""

    id: int  # 0 for a new one that was screened out: nobody asks for it
    standing: Standing
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One stored linkback, as a value."""

    id: int
    linkback: Linkback
    blog: str
    domain: str
    campaign: str
    remote: str
    hits: int
    state: State
    reason: str
    action: str
    score: float | None
    model: str
    clues: tuple[Clue, ...]
    evidence: Evidence | None
    post: Post | None
    received_at: float
    due_at: float
    judged_at: float | None
    finished_at: float | None
    tries: int
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which records to list, newest first: all that match, `limit` of them, below the id `before`."""

    states: tuple[State, ...] = ()
    blog: str = ""
    protocol: str = ""
    reason: str = ""
    domain: str = ""
    campaign: str = ""
    before: int | None = None
    limit: int = 50


def standing(state: State, judged_at: float | None, now: float) -> Standing:
    """Say what a second arrival of a claim finds, by the state of the first."""
    if state in {State.RECEIVED, State.JUDGING}:
        return Standing.PENDING
    if state is not State.REJECTED:
        return Standing.KNOWN
    return Standing.REJECTED if now - (judged_at or 0.0) < REJUDGE_SECONDS else Standing.NEW


@lru_cache(maxsize=256)  # asked for on a claim's way through several rooms
def claim_key(blog: str, linkback: Linkback) -> str:
    """Name a claim: equal for two sendings of the same one.

    A trackback's own words belong to it: else a forged one would block the genuine one after it.
    """
    words = (linkback.title, linkback.excerpt, linkback.blog_name)
    family = words if linkback.protocol is Protocol.TRACKBACK else ("link",)
    parts = (blog, canonical(linkback.source) or linkback.source, _target_key(linkback), *family)
    return _digest("\0".join(parts))


def _target_key(linkback: Linkback) -> str:
    return (canonical(linkback.target) or linkback.target).rstrip("/")


def campaign_key(linkback: Linkback) -> str:
    """Name the campaign: the sender's words, masked. A claim without words is alike to its host's others."""
    words = f"{linkback.title} {linkback.blog_name} {linkback.excerpt}"
    return _digest(_masked(words) if words.strip() else f"host {host_of(linkback.source)}")


def page_campaign(evidence: Evidence | None) -> str | None:
    """Name the campaign of a claim without words by what its page says; None if that says nothing."""
    masked = _masked(f"{evidence.title} {evidence.excerpt}") if evidence else ""
    return _digest(masked) if masked else None


def _masked(words: str) -> str:
    """Leave of a text what near-duplicates share: no digits, no addresses, no marks."""
    plain = words.lower()
    if "://" in plain or "@" in plain:
        plain = " ".join([word for word in plain.split() if "://" not in word and "@" not in word])
    if plain.isascii():
        return " ".join(plain.encode().translate(_LETTERS).decode().split())
    return _NO_LETTERS.sub(" ", plain).strip()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def insertion(arrival: Arrival, key: str, now: float) -> dict[str, Any]:
    """Lay out an arrival with its claim's key as the columns of a new row, but for state and lease."""
    claim = arrival.linkback
    return {
        "protocol": claim.protocol.value,
        "source": kept(claim.source),
        "target": kept(claim.target),
        "endpoint": kept(claim.endpoint),
        "title": kept(claim.title),
        "excerpt": kept(claim.excerpt),
        "blog_name": kept(claim.blog_name),
        "claim_key": key,
        "campaign": campaign_key(arrival.linkback),
        "blog": arrival.blog,
        "domain": arrival.domain,
        "remote": arrival.remote,
        "received_at": now,
        "due_at": now,
        "commonness": arrival.commonness,
    } | scored(arrival.score)


def scored(score: Score | None) -> dict[str, Any]:
    """Lay out a score as its columns, the clues for JSON."""
    clues = (
        [{"name": clue.name, "weight": clue.weight, "text": clue.text} for clue in score.clues]
        if score
        else None
    )
    return {
        "score": score.spam if score else None,
        "model": score.model if score else "",
        "clues": clues,
    }


def kept(value: Any) -> Any:
    """Give text, also in lists and mappings, as any database keeps it: no NUL, no lone surrogate."""
    if isinstance(value, str):
        if value.isascii() and "\0" not in value:
            return value
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {key: kept(one) for key, one in value.items()}
    return [kept(one) for one in value] if isinstance(value, (list, tuple)) else value


def flat(value: Evidence | Post) -> dict[str, Any]:
    """Lay a value out whose fields hold no further ones."""
    return {name: getattr(value, name) for name in value.__slots__}


def record(row: sa.RowMapping) -> Record:
    """Build the value from a row of `linkbacks`."""
    plain = {f.name: row[f.name] for f in fields(Record) if f.name not in _BUILT}
    claim = {f.name: row[f.name] for f in fields(Linkback)} | {"protocol": Protocol(row["protocol"])}
    return Record(
        linkback=Linkback(**claim),
        state=State(row["state"]),
        clues=tuple(Clue(**clue) for clue in row["clues"] or ()),
        evidence=evidence_from(row["evidence"]),
        post=Post(**row["post"]) if row["post"] else None,
        **plain,
    )


_BUILT = frozenset({"linkback", "state", "clues", "evidence", "post"})


def evidence_from(stored: dict[str, Any] | None) -> Evidence | None:
    """Build the evidence from its JSON form; fields that an older version stored are passed over."""
    if stored is None:
        return None
    known = {f.name for f in fields(Evidence)}
    values: dict[str, Any] = {
        key: tuple(v) if isinstance(v, list) else v for key, v in stored.items() if key in known
    }
    place = stored.get("place")
    values["place"] = Place(place) if place else None
    return Evidence(**values)


def sample_of(one: Record) -> dict[str, Any]:
    """Lay out what the judge saw, as JSON: the form in which a label keeps it."""
    return asdict(Sample(linkback=one.linkback, evidence=one.evidence, post=one.post))


def seen_from(stored: dict[str, Any]) -> Sample:
    """Build what the judge saw from the form in which a label keeps it."""
    claim, post = stored["linkback"], stored.get("post")
    return Sample(
        linkback=Linkback(**claim | {"protocol": Protocol(claim["protocol"])}),
        evidence=evidence_from(stored.get("evidence")),
        post=Post(**post) if post else None,
    )
