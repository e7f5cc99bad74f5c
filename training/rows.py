"""Labelled rows and real posts, read from JSONL: what training and evaluation work on.

Reads the form of the project's data (a linkback a line with a `label`, or a post a line with a
`text`), tells the two apart by their keys, and reports what it cannot read with its line number.
Label, origin and grouping keys stay outside of the `Sample`, so no feature can see them.
How a `Sample` is made of a row, page and all, is `training.samples`'.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proxy.linkback import Protocol, Sample
from proxy.scoring.text import squashed
from training.bounded import Bounded
from training.lines import lines_of, record_of
from training.samples import sample_of, text_at

TRUST = {"A": 1.0, "B": 0.7, "C": 0.4}
COMMENT = "comment"


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
    of: frozenset[str] = frozenset()  # a made row: other blogs whose texts it was made of


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
    """What was read, or a bounded part of it, and what could not be."""

    rows: list[Row] = field(default_factory=list)
    articles: list[Article] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)  # 'file:line: why'
    hashes: dict[str, str] = field(default_factory=dict)  # file name -> SHA-256
    read: int = 0  # rows and articles, before some were left out
    labelled: int = 0  # of them linkbacks with a label

    @property
    def is_whole(self) -> bool:
        """Say whether nothing was left out."""
        return len(self.rows) + len(self.articles) == self.read


def read_data(files: Iterable[Path], most: int = sys.maxsize) -> Data:
    """Read linkbacks and posts from JSONL files, plain or gzipped; of each kind and label at most so many."""
    data, kept = Data(), Bounded[Row | Article](most)
    for file in files:
        for number, line in lines_of(file):
            fault = _take(line, kept)
            if fault:
                data.faults.append(f"{file.name}:{number}: {fault}")
        with file.open("rb") as whole:
            data.hashes[file.name] = hashlib.file_digest(whole, "sha256").hexdigest()
    for item in kept.items():
        if isinstance(item, Row):
            data.rows.append(item)
        else:
            data.articles.append(item)
    data.read = kept.taken
    data.labelled = sum(kept.counts[part_of(kind, spam)] for kind in Protocol for spam in (True, False))
    return data


def labelled_in(files: Iterable[Path], fault: Callable[[str], None] = lambda _: None) -> Iterator[Row]:
    """Give the labelled linkbacks of JSONL files one by one, telling of what can't be read."""
    for file in files:
        for number, line in lines_of(file):
            try:
                record = record_of(line)
                if record is not None and ("text" not in record or "kind" in record):
                    yield from labelled([row_of(record, number=number)])
            except ValueError as error:
                fault(f"{file.name}:{number}: {error}")


def _take(line: bytes | None, kept: Bounded[Row | Article]) -> str:
    try:
        record = record_of(line)
        if record is None or line is None:
            return ""
        if "text" in record and "kind" not in record:
            article = article_of(record)
            kept.take(article, part="post", key=article.url, line=line)
        else:
            row = row_of(record, number=kept.taken)
            kept.take(row, part=part_of(row.kind, row.spam), key=row.key, line=line)
    except ValueError as error:
        return str(error)
    return ""


def part_of(kind: str, spam: bool | None) -> str:  # noqa: FBT001 (a label, not a switch)
    """Name the rows of which at most so many are kept together."""
    return f"{kind} {spam}"


def row_of(record: dict[str, Any], *, number: int = 0) -> Row:
    """Make a row of a JSON object with the data's keys; all but the texts may be missing."""
    kind = text_at(record, "kind").lower() or Protocol.TRACKBACK.value
    if kind not in {*Protocol, COMMENT}:
        raise ValueError(f"unknown kind '{kind[:40]}'")
    label = text_at(record, "label")
    if label not in {"", "spam", "ham"}:
        raise ValueError(f"unknown label '{label[:40]}'")
    return Row(
        id=text_at(record, "id") or str(number),
        kind=kind,
        sample=sample_of(record, protocol_of(kind)),
        spam=None if not label else label == "spam",
        group=text_at(record, "set"),
        key=text_at(record, "text_key") or key_of(text_at(record, "title"), text_at(record, "excerpt")),
        language=text_at(record, "lang") or "und",
        date=text_at(record, "date").strip(),
        trust=TRUST.get(text_at(record, "trust"), 0.7),
        at=text_at(record, "at"),
    )


def protocol_of(kind: str) -> Protocol:
    """Give the protocol that a row's kind stands for: a comment is nearest to a webmention."""
    if kind == COMMENT:
        return Protocol.WEBMENTION
    return Protocol(kind) if kind in set(Protocol) else Protocol.TRACKBACK


def article_of(record: dict[str, Any]) -> Article:
    """Make an article of a JSON object."""
    article = Article(
        title=text_at(record, "title"),
        text=text_at(record, "text"),
        url=text_at(record, "url"),
        blog_name=text_at(record, "blog_name"),
        group=text_at(record, "set"),
        language=text_at(record, "lang") or "und",
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
