"""Imports of labelled linkbacks: JSONL, CSV, WordPress's export; `dumps` adds its database, `own` our labels.

Each importer gives JSON objects with the data's keys, and reports what it skips with line or number.
An owner's approval is the label 'ham', a spam mark 'spam'; what waits for moderation has no label and
is left out. Texts are taken as WordPress stores them: a trackback as `<strong>title</strong>`, blank
line, excerpt; a pingback's author is the page's title. Any file may be gzipped.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

from proxy.linkback import Protocol
from training.lines import lines_of, opened, record_of
from training.rows import row_of

FILE_LIMIT = 2_000_000_000  # bytes of one file
TEXT_LIMIT = 1_500  # characters of a target post
CELL_LIMIT = 10_000_000  # characters of one cell of a CSV file
HEAD = 4_096  # bytes by which a file without a known ending is told
LABELS = {"1": "ham", "approved": "ham", "approve": "ham", "genuine": "ham", "ham": "ham", "spam": "spam"}
IS_SPAM = {"1": "spam", "true": "spam", "yes": "spam", "0": "ham", "false": "ham", "no": "ham"}
STORED_TRACKBACK = re.compile(r"\s*<strong>(.*?)</strong>\s*(.*)", re.DOTALL)
# Headings of CSV files, as spreadsheets and plugins write them, for the data's keys.
HEADINGS = {
    "kind": "type comment_type protocol",
    "label": "class status comment_approved verdict",
    "url": "source source_url comment_author_url author_url",
    "target_url": "target permalink",
    "title": "post_title",
    "excerpt": "content text comment_content body",
    "blog_name": "blog name author comment_author",
    "date": "comment_date_gmt comment_date",
}
KEYS = {other: key for key, others in HEADINGS.items() for other in others.split()}

Record = dict[str, Any]
Skip = Callable[[str], None]


def import_file(path: Path, group: str, skip: Skip) -> Iterator[Record]:
    """Give the labelled linkbacks of a file, by its ending or, without a known one, by its beginning."""
    if path.stat().st_size > FILE_LIMIT:
        raise ValueError(f"{path} is larger than {FILE_LIMIT} bytes")
    yield from _reader_of(path)(path, group, skip)


def _reader_of(path: Path) -> Callable[[Path, str, Skip], Iterator[Record]]:
    from training import dumps, own  # noqa: PLC0415 (they build on this module)

    if path.name == "wp-config.php":
        return dumps.from_database
    kinds = {
        ".csv": from_csv, ".tsv": from_csv, ".xml": from_export, ".wxr": from_export, ".sql": dumps.from_dump,
        ".jsonl": from_jsonl, ".json": from_jsonl, ".yaml": own.from_labels, ".yml": own.from_labels,
    }  # fmt: skip
    known = kinds.get(Path(path.name.removesuffix(".gz")).suffix.lower())
    return known or _by_beginning(path, dumps.from_dump)


def _by_beginning(path: Path, from_dump: Callable[[Path, str, Skip], Iterator[Record]]) -> Any:
    with opened(path) as file:
        head = file.read(HEAD).removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"<"):
        return from_export
    if head.startswith((b"--", b"/*")) or b"INSERT INTO" in head:
        return from_dump
    return from_jsonl if head.startswith(b"{") else from_csv


def from_jsonl(path: Path, group: str, skip: Skip) -> Iterator[Record]:
    """Give a JSONL file's rows."""
    for number, line in lines_of(path):
        try:
            record = record_of(line)
            if record is None:
                continue
            row = row_of(record)
        except ValueError as error:
            skip(f"line {number}: {error}")
            continue
        if row.spam is None:
            skip(f"line {number}: no label")
        else:
            yield {"set": group, **record}


def text_of(path: Path) -> IO[str]:
    """Open a text file: UTF-8, or UTF-16 as spreadsheets write it."""
    with opened(path) as file:
        is_wide = file.read(2) in {b"\xff\xfe", b"\xfe\xff"}
    charset = "utf-16" if is_wide else "utf-8-sig"
    return io.TextIOWrapper(opened(path), encoding=charset, errors="replace", newline="")


def from_csv(path: Path, group: str, skip: Skip) -> Iterator[Record]:
    """Give a CSV file's rows: a header with the data's keys or their like, at least one for the label."""
    csv.field_size_limit(CELL_LIMIT)
    with text_of(path) as file:
        first = file.readline(CELL_LIMIT)
        separator = max(",;\t|", key=first.count)
        header = [_key(cell) for cell in next(csv.reader([first], delimiter=separator), [])]
        if not {"label", "is_spam"} & set(header):
            raise ValueError(f"{path.name} has no column 'label' in its first line")
        rows = csv.reader(file, delimiter=separator)
        while True:
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                skip(f"line {rows.line_num + 1}: {error}")
                continue
            yield from _of_cells(dict(zip(header, cells, strict=False)), rows.line_num + 1, group, skip)


def _key(heading: str) -> str:
    plain = re.sub(r"\W+", "_", heading.strip(' "').lower())
    return KEYS.get(plain, plain)


def _of_cells(found: dict[str, str], line: int, group: str, skip: Skip) -> Iterator[Record]:
    if not any(cell.strip() for cell in found.values()):
        return
    label = label_of(found.get("label") or IS_SPAM.get(found.pop("is_spam", "").strip().lower(), ""))
    if label is None:
        skip(f"line {line}: no label")
        return
    given = {key: value for key, value in found.items() if key and value}
    record = {"set": group, "id": f"{group}:{line}", **given, "label": label}
    try:
        row_of(record)
    except ValueError as error:
        skip(f"line {line}: {error}")
        return
    yield record


def label_of(said: str) -> str | None:
    """Give the label that a word stands for."""
    return LABELS.get(said.strip().lower())


def from_export(path: Path, group: str, skip: Skip) -> Iterator[Record]:
    """Give the linkbacks of a WordPress export (WXR): every item's pingbacks and trackbacks."""
    reader = _ExportReader()
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = _refuse_entities
    with opened(path) as file:
        for chunk in chain(iter(lambda: file.read(1 << 16), b""), [b""]):
            fault = _fault_in(parser, chunk)
            for item, comments in reader.take():
                yield from _of_item(item, comments, group, skip)
            if fault:
                skip(f"line {parser.CurrentLineNumber}: {fault}; the rest is not read")
                return


def _fault_in(parser: expat.XMLParserType, chunk: bytes) -> str:
    """Feed a chunk, the last of which is empty."""
    try:
        parser.Parse(chunk, not chunk)
    except (expat.ExpatError, ValueError) as error:
        return str(error)
    return ""


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
        record = record_of_comment(comment, group, skip)
        if record:
            yield record | post


def record_of_comment(comment: dict[str, str], group: str, skip: Skip) -> Record | None:
    """Make a record of a stored comment's fields, if it is a linkback with a label."""
    kind, number = (
        comment.get("comment_type", ""),
        comment.get("comment_id") or comment.get("comment_ID", "?"),
    )
    if kind not in set(Protocol):
        return None
    label = label_of(comment.get("comment_approved", ""))
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
