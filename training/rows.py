"""Labelled rows and real posts, read from JSONL: what training and evaluation work on.

Reads the form of the project's data (a linkback a line with a `label`, or a post a line with a
`text`), tells the two apart by their keys, and reports what it cannot read with its line number.
Label, origin and grouping keys stay outside of the `Sample`, so no feature can see them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proxy.examine import examine
from proxy.linkback import Evidence, History, Linkback, Place, Post, Protocol, Sample
from proxy.scoring.text import squashed

LINE_LIMIT = 4_000_000  # bytes of one line; a row may bring its page
FIELD_LIMIT = 5_000  # characters of one field
TRUST = {"A": 1.0, "B": 0.7, "C": 0.4}
COMMENT = "comment"
PAGE_KEYS = ("page_html", "html", "page")  # under which a row may bring its source page


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One labelled linkback (or a comment, which is raw material and never scored as it is)."""

    id: str
    kind: str  # a protocol's value, or 'comment'
    sample: Sample
    spam: bool | None  # None: no label
    group: str  # the blog that it was left on
    key: str  # near-copies share it
    language: str = "und"
    date: str = ""
    trust: float = 1.0
    made: str = ""  # '' for a real row; how it was made otherwise
    at: str = ""  # an owner's label: when it was given


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A real blog post: raw material for genuine linkbacks, and for posts that are linked to."""

    title: str
    text: str
    url: str
    blog_name: str
    group: str
    language: str


@dataclass(slots=True)
class Data:
    """Everything that was read, and what could not be."""

    rows: list[Row] = field(default_factory=list)
    articles: list[Article] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)  # 'file:line: why'
    hashes: dict[str, str] = field(default_factory=dict)  # file name -> SHA-256


def read_data(files: Iterable[Path]) -> Data:
    """Read linkbacks and posts from JSONL files."""
    data = Data()
    for file in files:
        digest = hashlib.sha256()
        with file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                digest.update(line)
                fault = _take(line, data)
                if fault:
                    data.faults.append(f"{file.name}:{number}: {fault}")
        data.hashes[file.name] = digest.hexdigest()
    return data


def _take(line: bytes, data: Data) -> str:
    if not line.strip():
        return ""
    if len(line) > LINE_LIMIT:
        return "the line is too long"
    try:
        record = json.loads(line)
    except ValueError as error:
        return f"no JSON ({error})"
    if not isinstance(record, dict):
        return "no JSON object"
    try:
        if "text" in record and "kind" not in record:
            data.articles.append(article_of(record))
        else:
            data.rows.append(row_of(record, number=len(data.rows)))
    except ValueError as error:
        return str(error)
    return ""


def row_of(record: dict[str, Any], *, number: int = 0) -> Row:
    """Make a row of a JSON object with the data's keys; all but the texts may be missing."""
    kind = _text(record, "kind").lower() or Protocol.TRACKBACK.value
    if kind not in {*Protocol, COMMENT}:
        raise ValueError(f"unknown kind '{kind[:40]}'")
    label = record.get("label")
    if label not in {None, "", "spam", "ham"}:
        raise ValueError(f"unknown label '{str(label)[:40]}'")
    return Row(
        id=_text(record, "id") or str(number),
        kind=kind,
        sample=sample_of(record, kind),
        spam=None if not label else label == "spam",
        group=_text(record, "set"),
        key=_text(record, "text_key") or key_of(_text(record, "title"), _text(record, "excerpt")),
        language=_text(record, "lang") or "und",
        date=_text(record, "date").strip(),
        trust=TRUST.get(_text(record, "trust"), 0.7),
        at=_text(record, "at"),
    )


def sample_of(record: dict[str, Any], kind: str) -> Sample:
    """Make the sample of a JSON object."""
    protocol = Protocol(kind) if kind != COMMENT else Protocol.WEBMENTION
    claim = Linkback(
        protocol=protocol,
        source=_text(record, "url"),
        target=_text(record, "target_url"),
        title=_text(record, "title"),
        excerpt=_text(record, "excerpt"),
        blog_name=_text(record, "blog_name"),
    )
    post = Post(url=claim.target, title=_text(record, "target_title"), text=_text(record, "target_text"))
    return Sample(
        linkback=claim,
        post=post if post.title or post.text else None,
        evidence=evidence_of(record.get("evidence")) or page_of(record, claim),
        history=history_of(record.get("history")),
    )


def evidence_of(found: object) -> Evidence | None:
    """Make evidence of a JSON object with the fields of `Evidence`; None if there is none."""
    if not isinstance(found, dict):
        return None
    known = {name: value for name, value in found.items() if name in Evidence.__slots__}
    for name in ("rel", "redirects", "signs"):
        known[name] = tuple(map(str, known.get(name) or ()))
    known["place"] = Place(known["place"]) if known.get("place") else None
    return Evidence(**{"found": False, **known})


def page_of(record: dict[str, Any], claim: Linkback) -> Evidence | None:
    """Examine the page that a row brings, as the service would; None if it brings none."""
    html = next((record[key] for key in PAGE_KEYS if isinstance(record.get(key), str)), None)
    if html is None:
        return None
    body, content_type = html.encode("utf-8", "surrogatepass"), "text/html; charset=utf-8"
    return examine(body, content_type=content_type, source=claim.source, target=claim.target)


def history_of(found: object) -> History | None:
    """Make a history of a JSON object with the fields of `History`; None if there is none."""
    if not isinstance(found, dict):
        return None
    return History(**{name: int(found.get(name) or 0) for name in History.__slots__})


def article_of(record: dict[str, Any]) -> Article:
    """Make an article of a JSON object."""
    article = Article(
        title=_text(record, "title"),
        text=_text(record, "text"),
        url=_text(record, "url"),
        blog_name=_text(record, "blog_name"),
        group=_text(record, "set"),
        language=_text(record, "lang") or "und",
    )
    if not article.title and not article.text:
        raise ValueError("a post without title and text")
    return article


def key_of(title: str, excerpt: str) -> str:
    """Give the key that near-copies share: the text with numbers and addresses masked."""
    masked = re.sub(r"https?://\S+|\d+", "#", f"{title} {excerpt}".lower())
    return hashlib.sha256(squashed(masked)[:400].encode()).hexdigest()[:16]


def labelled(rows: Iterable[Row]) -> Iterator[Row]:
    """Give the rows that are linkbacks and have a label."""
    return (row for row in rows if row.spam is not None and row.kind != COMMENT)


def _text(record: dict[str, Any], key: str) -> str:
    value = record.get(key)
    return "" if value is None else str(value)[:FIELD_LIMIT]
