"""Lines of a file that anybody may have written: bounded, and unzipped where it is zipped.

A line that is too long is told of and passed over; a byte order mark is taken off.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

LINE_LIMIT = 16_000_000  # bytes of one line; a row may bring its page
GZIP = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"


def opened(path: Path) -> IO[bytes]:
    """Open a file, plain or gzipped."""
    with path.open("rb") as file:
        is_zipped = file.read(2) == GZIP
    return cast("IO[bytes]", gzip.open(path) if is_zipped else path.open("rb"))


def lines_of(path: Path) -> Iterator[tuple[int, bytes | None]]:
    """Give a file's lines with their numbers; None for one that is too long. ValueError if it is cut."""
    with opened(path) as file:
        try:
            yield from enumerate(_lines(file), start=1)
        except (EOFError, zlib.error) as error:
            raise ValueError(f"{path.name} can't be unzipped to its end ({error})") from error


def _lines(file: IO[bytes]) -> Iterator[bytes | None]:
    mark = BOM
    while line := file.readline(LINE_LIMIT):
        is_whole = len(line) < LINE_LIMIT or line.endswith(b"\n")
        yield line.removeprefix(mark) if is_whole else None
        while not is_whole and line and not line.endswith(b"\n"):
            line = file.readline(LINE_LIMIT)
        mark = b""


def record_of(line: bytes | None) -> dict[str, Any] | None:
    """Read a line as a JSON object; None for an empty one, ValueError for anything else."""
    if line is None:
        raise ValueError(f"the line is longer than {LINE_LIMIT} bytes")
    if not line.strip():
        return None
    try:
        record = json.loads(line.decode("utf-8", "replace"))
    except RecursionError:
        raise ValueError("no JSON (nested too deeply)") from None
    except ValueError as error:
        raise ValueError(f"no JSON ({error})") from error
    if not isinstance(record, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 (a line's fault, not a caller's)
    return record
