"""Imports of labelled linkbacks: CSV, WordPress's export XML, a dump of WordPress's database, JSONL.

Each importer gives JSON objects with the data's keys, and reports what it skips with line or number.
An owner's approval is the label 'ham', a spam mark 'spam'; what waits for moderation has no label and
is left out. Texts are taken as WordPress stores them: a trackback as `<strong>title</strong>`, blank
line, excerpt; a pingback's author is the page's title.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

from proxy.linkback import Protocol
from training.rows import row_of

FILE_LIMIT = 2_000_000_000  # bytes of one file
TEXT_LIMIT = 1_500  # characters of a target post
LABELS = {"1": "ham", "approved": "ham", "approve": "ham", "ham": "ham", "spam": "spam"}
STORED_TRACKBACK = re.compile(r"\s*<strong>(.*?)</strong>\s*(.*)", re.DOTALL)

Record = dict[str, Any]
Skip = Callable[[str], None]


def import_file(path: Path, group: str, skip: Skip) -> Iterator[Record]:
    """Give the labelled linkbacks of a file, by its ending."""
    kinds = {".csv": from_csv, ".xml": from_export, ".wxr": from_export, ".sql": from_dump}
    if path.stat().st_size > FILE_LIMIT:
        raise ValueError(f"{path} is larger than {FILE_LIMIT} bytes")
    yield from kinds.get(path.suffix.lower(), from_jsonl)(path, group, skip)


def from_jsonl(path: Path, group: str, skip: Skip) -> Iterator[Record]:
    """Give a JSONL file's rows, those of the proxy's own labels among them."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                record = json.loads(line)
                row_of(record)
            except (ValueError, AttributeError) as error:
                skip(f"line {number}: {error}")
                continue
            if record.get("label"):
                yield {"set": group, **record}
            else:
                skip(f"line {number}: no label")


def from_csv(path: Path, group: str, skip: Skip) -> Iterator[Record]:
    """Give a CSV file's rows: a header with the data's keys, at least `label`."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        for number, found in enumerate(csv.DictReader(file), start=2):
            record = {key: value for key, value in found.items() if key}
            label = LABELS.get(str(record.get("label", "")).strip().lower())
            if label is None:
                skip(f"line {number}: no label")
                continue
            yield {"set": group, "id": f"{group}:{number}", **record, "label": label}


def from_export(path: Path, group: str, skip: Skip) -> Iterator[Record]:
    """Give the linkbacks of a WordPress export (WXR): every item's pingbacks and trackbacks."""
    reader = _ExportReader()
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = _refuse_entities
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(1 << 16), b""):
            try:
                parser.Parse(chunk)
            except (expat.ExpatError, ValueError) as error:
                skip(f"line {parser.CurrentLineNumber}: {error}; the rest is not read")
                return
            for item, comments in reader.take():
                yield from _of_item(item, comments, group, skip)


def _refuse_entities(*_: object) -> None:
    raise ValueError("the file declares entities of its own")


class _ExportReader:
    """Collects items and their comments from the parser's calls."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._text: list[str] = []
        self._item: dict[str, str] = {}
        self._comment: dict[str, str] = {}
        self._comments: list[dict[str, str]] = []
        self._done: list[tuple[dict[str, str], list[dict[str, str]]]] = []

    def start(self, name: str, _: dict[str, str]) -> None:
        self._path.append(name.rsplit(":", maxsplit=1)[-1])
        self._text = []
        if self._path[-1] == "comment":
            self._comment = {}

    def text(self, data: str) -> None:
        self._text.append(data)

    def end(self, name: str) -> None:
        tag = self._path.pop()
        value = "".join(self._text)
        if tag == "item":
            self._done.append((self._item, self._comments))
            self._item, self._comments = {}, []
        elif tag == "comment":
            self._comments.append(self._comment)
        elif "comment" in self._path:
            self._comment[tag] = value
        elif "item" in self._path and not name.startswith("excerpt:"):
            self._item.setdefault("text" if tag == "encoded" else tag, value)
        self._text = []

    def take(self) -> list[tuple[dict[str, str], list[dict[str, str]]]]:
        done, self._done = self._done, []
        return done


def _of_item(
    item: dict[str, str], comments: list[dict[str, str]], group: str, skip: Skip
) -> Iterator[Record]:
    post = {
        "target_title": item.get("title", ""),
        "target_url": item.get("link", ""),
        "target_text": item.get("text", "")[:TEXT_LIMIT],
    }
    for comment in comments:
        record = record_of(comment, group, skip)
        if record:
            yield record | post


def record_of(comment: dict[str, str], group: str, skip: Skip) -> Record | None:
    """Make a record of a stored comment's fields, if it is a linkback with a label."""
    kind, number = (
        comment.get("comment_type", ""),
        comment.get("comment_id") or comment.get("comment_ID", "?"),
    )
    if kind not in set(Protocol):
        return None
    label = LABELS.get(comment.get("comment_approved", ""))
    if label is None:
        skip(f"comment {number}: neither approved nor marked as spam")
        return None
    title, blog_name, excerpt = _stored_texts(kind, comment)
    return {
        "id": f"{group}:{number}",
        "set": group,
        "kind": kind,
        "label": label,
        "title": title,
        "blog_name": blog_name,
        "url": comment.get("comment_author_url", ""),
        "excerpt": excerpt,
        "date": comment.get("comment_date_gmt") or comment.get("comment_date", ""),
        "label_source": "owner",
        "text_key": hashlib.sha256(f"{title} {excerpt}".encode("utf-8", "replace")).hexdigest()[:16],
    }


def _stored_texts(kind: str, comment: dict[str, str]) -> tuple[str, str, str]:
    author, content = comment.get("comment_author", ""), comment.get("comment_content", "")
    stored = STORED_TRACKBACK.fullmatch(content)
    if kind == Protocol.TRACKBACK and stored:
        return stored[1], author, stored[2]
    return (author, "", content) if kind == Protocol.PINGBACK else ("", author, content)


INSERT = re.compile(
    r"INSERT (?:IGNORE )?INTO `?(\w*?)(comments|posts)`?\s*(\([^)]*\))?\s*VALUES\s*", re.IGNORECASE
)
VALUE = re.compile(r"\s*(?:'((?:[^'\\]|\\.|'')*)'|(NULL)|([^\s,()']+))\s*([,)])", re.DOTALL)
BETWEEN = re.compile(r"[,\s]*")  # matches anywhere
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
COMMENTS = tuple(
    """comment_ID comment_post_ID comment_author comment_author_email comment_author_url comment_author_IP
    comment_date comment_date_gmt comment_content comment_karma comment_approved comment_agent comment_type
    comment_parent user_id""".split()  # noqa: SIM905 (a table's columns, in order)
)
POSTS = tuple(
    """ID post_author post_date post_date_gmt post_content post_title post_excerpt post_status comment_status
    ping_status post_password post_name to_ping pinged post_modified post_modified_gmt post_content_filtered
    post_parent guid""".split()  # noqa: SIM905
)


def from_dump(path: Path, group: str, skip: Skip) -> Iterator[Record]:
    """Give the linkbacks of a dump of WordPress's database (as mysqldump or mariadb-dump write it)."""
    posts: dict[str, Record] = {}
    comments: list[dict[str, str]] = []
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            for table, row in _inserted(line, number, skip):
                if table == "posts":
                    posts[row.get("ID", "")] = {
                        "target_title": row.get("post_title", ""),
                        "target_url": row.get("guid", ""),
                        "target_text": row.get("post_content", "")[:TEXT_LIMIT],
                    }
                else:
                    comments.append(row)
    for comment in comments:
        record = record_of(comment, group, skip)
        if record:
            yield record | posts.get(comment.get("comment_post_ID", ""), {})


def _inserted(line: str, number: int, skip: Skip) -> Iterator[tuple[str, dict[str, str]]]:
    match = INSERT.match(line)
    if not match:
        return
    table = match[2].lower()
    names = tuple(re.findall(r"\w+", match[3])) if match[3] else COMMENTS if table == "comments" else POSTS
    position = match.end()
    while position < len(line) and line[position] == "(":
        values, position = _tuple(line, position + 1)
        if position < 0:
            skip(f"line {number}: a row that can't be read")
            return
        yield table, dict(zip(names, values, strict=False))
        position = BETWEEN.match(line, position).end()  # type: ignore[union-attr]


def _tuple(line: str, position: int) -> tuple[list[str], int]:
    values: list[str] = []
    while True:
        match = VALUE.match(line, position)
        if not match:
            return values, -1
        quoted, null, plain, end = match.groups()
        values.append(_unescaped(quoted) if quoted is not None else "" if null else plain)
        position = match.end()
        if end == ")":
            return values, position


def _unescaped(quoted: str) -> str:
    return re.sub(
        r"\\(.)|''",
        lambda match: ESCAPES.get(match[1], match[1]) if match[1] else "'",
        quoted,
        flags=re.DOTALL,
    )
