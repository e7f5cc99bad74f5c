"""WordPress's database: a dump of it, as mysqldump, mariadb-dump or phpMyAdmin write it, or itself.

The database is read through `mariadb-dump` or `mysqldump`, with what its `wp-config.php` says: nothing else
here speaks to a server. Columns are taken by their names, from the INSERT or the table's definition.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from training.importers import TEXT_LIMIT, Record, Skip, record_of_comment, text_of

TABLE = r"`?(\w*?)(comments|posts)`?"
CREATE = re.compile(rf"CREATE TABLE (?:IF NOT EXISTS )?{TABLE} \(\s*$", re.IGNORECASE)
COLUMN = re.compile(r"\s*`(\w+)` ")
INSERT = re.compile(rf"INSERT (?:IGNORE )?INTO {TABLE}\s*(\([^)]*\))?\s*VALUES\s*", re.IGNORECASE)
VALUE = re.compile(r"\s*(?:(?:_binary )?'((?:[^'\\]++|\\.|'')*+)'|(NULL)|([^\s,()']++))\s*([,)])", re.DOTALL)
BETWEEN = re.compile(r"[,\s]*")  # matches anywhere
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
COMMENTS = (
    "comment_ID comment_post_ID comment_author comment_author_email comment_author_url comment_author_IP "
    "comment_date comment_date_gmt comment_content comment_karma comment_approved comment_agent comment_type "
    "comment_parent user_id"
)
POSTS = (
    "ID post_author post_date post_date_gmt post_content post_title post_excerpt post_status "
    "comment_status ping_status post_password post_name to_ping pinged post_modified post_modified_gmt "
    "post_content_filtered post_parent guid"
)
SETTING = re.compile(r"define\s*\(\s*['\"]DB_(NAME|USER|PASSWORD|HOST)['\"]\s*,\s*(['\"])(.*?)\2\s*\)")
PREFIX = re.compile(r"\$table_prefix\s*=\s*['\"](\w*)['\"]")
FLAGS = ("--single-transaction", "--skip-lock-tables", "--no-tablespaces", "--default-character-set=utf8mb4")
DUMPERS = ("mariadb-dump", "mysqldump")

Row = dict[str, str]


def from_dump(path: Path, group: str, skip: Skip) -> Iterator[Record]:
    """Give the linkbacks of a dump."""
    with text_of(path) as lines:
        yield from _of_lines(lines, group, skip)


def _of_lines(lines: Iterable[str], group: str, skip: Skip) -> Iterator[Record]:
    """Read posts and comments, in whatever order their tables come, and join them."""
    posts: dict[tuple[str, str], Record] = {}
    comments: list[tuple[str, Row]] = []
    for prefix, table, row in _Dump(skip).rows(lines):
        if table == "posts":
            posts[prefix, row.get("ID", "")] = {
                "target_title": row.get("post_title", ""),
                "target_url": row.get("guid", ""),
                "target_text": row.get("post_content", "")[:TEXT_LIMIT],
            }
        elif row.get("comment_type") not in {"", "comment"}:
            comments.append((prefix, row))
    for prefix, comment in comments:
        record = record_of_comment(comment, group, skip)
        if record:
            yield record | posts.get((prefix, comment.get("comment_post_ID", "")), {})


class _Dump:
    """Reads the statements of a dump that matter, line by line: a statement may go on over many."""

    def __init__(self, skip: Skip) -> None:
        self._skip = skip
        self._columns = {"comments": COMMENTS.split(), "posts": POSTS.split()}
        self._defined: dict[tuple[str, str], list[str]] = {}

    def rows(self, lines: Iterable[str]) -> Iterator[tuple[str, str, Row]]:
        """Give prefix, table and row of each that was inserted."""
        defining: list[str] | None = None
        into: tuple[str, str, list[str]] | None = None
        for number, line in enumerate(lines, start=1):
            if created := CREATE.match(line):
                defining = self._defined.setdefault((created[1], created[2].lower()), [])
            elif defining is not None:
                defining = _with(defining, COLUMN.match(line))
            elif match := INSERT.match(line):
                into = self._into(match)
                yield from self._tuples(line, match.end(), number, into)
            elif into and line.startswith("("):
                yield from self._tuples(line, 0, number, into)
            else:
                into = None

    def _into(self, match: re.Match[str]) -> tuple[str, str, list[str]]:
        prefix, table = match[1], match[2].lower()
        named = re.findall(r"\w+", match[3]) if match[3] else None
        return prefix, table, named or self._defined.get((prefix, table)) or self._columns[table]

    def _tuples(
        self, line: str, position: int, number: int, into: tuple[str, str, list[str]]
    ) -> Iterator[tuple[str, str, Row]]:
        prefix, table, names = into
        while position < len(line) and line[position] == "(":
            values, position = _tuple(line, position + 1)
            if position < 0:
                self._skip(f"line {number}: a row that can't be read")
                return
            yield prefix, table, dict(zip(names, values, strict=False))
            position = BETWEEN.match(line, position).end()  # type: ignore[union-attr]


def _with(defining: list[str], column: re.Match[str] | None) -> list[str] | None:
    """Add a column to a table's definition; None at its end."""
    if column is None:
        return None
    defining.append(column[1])
    return defining


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


def from_database(path: Path, group: str, skip: Skip) -> Iterator[Record]:
    """Give the linkbacks of the database that a `wp-config.php` names."""
    text = path.read_text(encoding="utf-8", errors="replace")
    found = {name: value for name, _, value in SETTING.findall(text)}
    if missing := {"NAME", "USER", "PASSWORD", "HOST"} - set(found):
        raise ValueError(f"{path} does not say DB_{min(missing)} in quotes")
    prefix = PREFIX.search(text)
    tables = [(prefix[1] if prefix else "wp_") + table for table in ("posts", "comments")]
    with tempfile.NamedTemporaryFile("w", suffix=".cnf") as options:  # read by us alone: no password in `ps`
        options.write(_options(found))
        options.flush()
        command = [f"--defaults-extra-file={options.name}", *FLAGS, found["NAME"], *tables]
        yield from _of_lines(_dumped(command), group, skip)


def _options(found: dict[str, str]) -> str:
    """Write the client's options: a host is a name, a name with a port, or one with a socket."""
    host, _, rest = found["HOST"].partition(":")
    lines = ["[client]", f"user={_quoted(found['USER'])}", f"password={_quoted(found['PASSWORD'])}"]
    lines.append(f"socket={rest}" if rest.startswith("/") else f"host={host}")
    return "\n".join([*lines, *([f"port={rest}"] if rest.isdigit() else [])]) + "\n"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _dumped(arguments: list[str]) -> Iterator[str]:
    program = next(filter(None, map(shutil.which, DUMPERS)), None)
    if program is None:
        raise ValueError(f"neither {' nor '.join(DUMPERS)} is installed: import a dump instead")
    with tempfile.TemporaryFile("w+", errors="replace") as complaint:
        with subprocess.Popen(  # noqa: S603 (a fixed program; the values come from the owner's own file)
            [program, *arguments],
            stdout=subprocess.PIPE,
            stderr=complaint,
            encoding="utf-8",
            errors="replace",
        ) as process:
            yield from process.stdout or ()
        complaint.seek(0)
        if process.returncode:
            said = complaint.read().strip()[-300:]
            raise ValueError(f"{Path(program).name} could not read the database: {said}")
