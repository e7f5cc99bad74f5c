"""Form bodies and queries as PHP reads them: urlencoded and multipart, name by name.

Pure. `FormReader` takes a body in pieces, keeps only the wanted names' values, and gives a `Form` for any
bytes. Where two readers of the same bytes could differ, the form says so (`odd`); what follows from that
is the caller's decision.

PHP's rules (main/php_variables.c, main/rfc1867.c):
  1. Names lose leading blanks and end at a NUL; '.' and blank become '_'; 'tb[x]' is the array 'tb'.
  2. The last of several values of one name wins. Values end nowhere: a NUL stays in them.
  3. A multipart part with a file name is an upload and no variable. `filename*` is no file name.
  4. A part ends before any line that begins with its delimiter, whatever ends that line. A header's line
     ends at a NUL; a line without a colon goes on with the one before.
Charsets of values are not resolved here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Protocol
from urllib.parse import unquote_to_bytes

from proxy.protocols.http import as_sent

MAX_VALUE = 65_536  # bytes of one wanted value
MAX_NAME = 4_096  # bytes of one raw name that are looked at
MAX_HEADERS = 4_096  # bytes of one multipart part's headers (PHP reads lines of 5,120)
MAX_FIELDS = 1_000  # PHP's max_input_vars: later ones are dropped
OVERLAP = 64  # more than a name and what leads to it, without what is dropped

_PLAIN_NAME = re.compile(rb"[A-Za-z0-9_-]+")
_BOUNDARY = re.compile(r'boundary=(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)
_DISPOSITION = re.compile(
    rb'content-disposition:[ \t]*form-data((?:[ \t]*;[ \t]*[\w*-]+="[^"\\\r\n\0]*")+)[ \t]*', re.IGNORECASE
)
_HEADER_LINE = re.compile(rb"[A-Za-z][^:\n\0]*:[^\n\0]*")
_PARAMETER = re.compile(rb';[ \t]*([\w*-]+)="([^"]*)"')
_PARAMETERS = ([b"name"], [b"filename", b"name"], [b"filename", b"filename*", b"name"])  # what browsers write
_AFTER_KIND = re.compile(r"[;, ]")
_BLANKS = re.compile(rb"[ \t\v\f]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What PHP would find in a form, of the names that were wanted."""

    values: dict[str, bytes] = field(default_factory=dict)  # the last value of each, still in its charset
    arrays: frozenset[str] = frozenset()  # wanted names that came as name[...]
    odd: bool = False  # two parsers could read it in two ways, or it is over a limit
    hints: frozenset[str] = frozenset()  # wanted names that some parser might see in it

    def has(self, name: str) -> bool:
        """Whether PHP would have a variable of this name."""
        return name in self.values or name in self.arrays

    def text(self, name: str) -> str:
        """Give the value as text for an ASCII purpose (an id, a flag): bytes one to one, '' if absent."""
        return self.values.get(name, b"").decode("latin-1")


class FormReader(Protocol):
    """An incremental reader of a form."""

    def feed(self, data: bytes) -> None:
        """Take the next piece of the body."""

    def close(self) -> Form:
        """End the body and give the form."""


def reader(content_type: str, wanted: frozenset[str]) -> FormReader | None:
    """Choose the reader that PHP would choose by this Content-Type; None if it reads no form."""
    kind = _AFTER_KIND.split(content_type.strip(), maxsplit=1)[0].lower()
    if kind == "application/x-www-form-urlencoded":
        return UrlencodedReader(wanted)
    if kind.startswith("multipart/"):
        return MultipartReader(content_type, wanted)
    return None


def read_query(query: str, wanted: frozenset[str]) -> Form:
    """Read a query string as PHP does; what follows a ';' is a hint (arg_separator.input)."""
    if not query:
        return Form()
    queries = UrlencodedReader(wanted)
    queries.feed(as_sent(query))
    form = queries.close()
    if ";" not in query:
        return form
    lax = UrlencodedReader(wanted)
    lax.feed(as_sent(query.replace(";", "&")))
    return replace(form, hints=form.hints | lax.close().hints)


def variable(name: bytes) -> tuple[str, bool]:
    """Turn a decoded name into PHP's variable name, and say whether it is an array (rule 1)."""
    name = name.lstrip(b" ").split(b"\0", 1)[0]
    head, bracket, rest = name.partition(b"[")
    is_array = bool(bracket) and b"]" in rest
    plain = head if is_array or not bracket else head + b"_" + rest
    return plain.replace(b".", b"_").replace(b" ", b"_").decode("latin-1"), is_array


def _begins(prefix: bytes) -> str | None:
    """Say which variable a long raw name is of, by its first bytes; None if it is of any, being all blank."""
    name = _plus(prefix).lstrip(b" ")
    return variable(re.split(rb"[\[\0]", name, maxsplit=1)[0])[0] if name else None


@cache
def _beginnings(wanted: frozenset[str]) -> re.Pattern[bytes]:
    """Find the wanted names in headers whose lines are joined: where a name ends can't be told there."""
    names = b"|".join(name.encode().replace(b"_", b"[_. []") for name in sorted(wanted, key=len))
    return re.compile(rb"name\s*=\s*[\"']?\s*(" + names + rb")")


class _Collector:
    """The variables of one form, as they come."""

    def __init__(self, wanted: frozenset[str]) -> None:
        self.wanted = wanted
        self.odd = False
        self._values: dict[str, bytes] = {}
        self._arrays: set[str] = set()
        self._hints: set[str] = set()
        self._count = 0

    def add(self, name: bytes, value: bytes) -> None:
        variable_name, is_array = variable(name)
        self.put(variable_name, value, is_array=is_array)

    def put(self, variable_name: str, value: bytes, *, is_array: bool = False) -> None:
        self._count += 1
        if variable_name not in self.wanted:
            return
        self._hints.add(variable_name)
        self.odd |= len(value) > MAX_VALUE or self._count > MAX_FIELDS
        if is_array:
            self._arrays.add(variable_name)
            self._values.pop(variable_name, None)
        else:
            self.odd |= self._values.get(variable_name, value) != value
            self._arrays.discard(variable_name)
            self._values[variable_name] = value[:MAX_VALUE]

    def skip(self) -> None:
        self._count += 1

    def hint(self, names: set[str]) -> None:
        self._hints |= names & self.wanted

    def form(self) -> Form:
        return Form(
            values=self._values, arrays=frozenset(self._arrays), odd=self.odd, hints=frozenset(self._hints)
        )


class UrlencodedReader:
    """Reads application/x-www-form-urlencoded. Memory: one wanted value, or the head of one name."""

    def __init__(self, wanted: frozenset[str]) -> None:
        self._found = _Collector(wanted)
        self._rest = b""
        self._skipping = False  # inside a pair that is known not to be wanted

    def feed(self, data: bytes) -> None:
        """Take the next piece of the body."""
        if self._skipping:
            _, ampersand, data = data.partition(b"&")
            self._skipping = not ampersand
        pairs = (self._rest + data).split(b"&")
        self._rest = pairs.pop()
        for pair in pairs:
            self._pair(pair)
        if len(self._rest) > MAX_NAME and not self._may_be_wanted():
            self._rest, self._skipping = b"", True
        elif len(self._rest) > 4 * MAX_VALUE:
            self._pair(self._rest)
            self._found.odd, self._rest, self._skipping = True, b"", True

    def close(self) -> Form:
        """End the body and give the form."""
        self._pair(self._rest)
        self._rest = b""
        return self._found.form()

    def _pair(self, pair: bytes) -> None:
        name, _, value = pair.partition(b"=")
        if len(name) > MAX_NAME:
            self._long(name[:MAX_NAME])
        elif _PLAIN_NAME.fullmatch(name):  # as it is the variable's
            self._found.put(plain := name.decode(), _plus(value) if plain in self._found.wanted else b"")
        elif name:
            self._found.add(_plus(name), _plus(value) if self._interesting(name) else b"")

    def _long(self, prefix: bytes) -> None:
        """Take a pair by the beginning of its name: one that may be wanted is odd."""
        begins = _begins(prefix)
        names = self._found.wanted if begins is None else {begins} & self._found.wanted
        self._found.odd |= bool(names)
        self._found.hint(set(names))
        self._found.skip()

    def _interesting(self, raw_name: bytes) -> bool:
        return variable(_plus(raw_name))[0] in self._found.wanted

    def _may_be_wanted(self) -> bool:
        name, equals, _ = self._rest.partition(b"=")
        if equals and len(name) <= MAX_NAME:
            return self._interesting(name)
        return _begins(name[:MAX_NAME]) in {None, *self._found.wanted}


def _plus(encoded: bytes) -> bytes:
    """PHP's urldecode."""
    return unquote_to_bytes(encoded.replace(b"+", b" "))


class MultipartReader:
    """Reads multipart/form-data strictly, and beside it hints at every name that a lax parser might see.

    Memory: one part's headers, one wanted value, and an overlap between two pieces.
    """

    def __init__(self, content_type: str, wanted: frozenset[str]) -> None:
        self._found = _Collector(wanted)
        boundaries = _BOUNDARY.findall(content_type)
        boundary = (boundaries[0][0] or boundaries[0][1]) if boundaries else ""
        self._found.odd = content_type.lower().count("boundary") != 1 or not boundary
        self._delimiter = b"\n--" + boundary.encode("latin-1", "replace")
        self._buffer = b"\r\n"  # so that the first delimiter looks like the others
        self._scan = b""
        self._cut = False  # behind a NUL in a line
        self._part: _Part | None = None
        self._ended = False

    def feed(self, data: bytes) -> None:
        """Take the next piece of the body."""
        self._hint(data)
        self._buffer += data
        while (at := self._buffer.find(self._delimiter)) >= 0:
            end = at + len(self._delimiter)
            if len(self._buffer) < end + 2:
                return
            self._found.odd |= self._buffer[at - 1 : at] != b"\r"
            self._end_part(self._buffer[: max(0, at - 1)])
            self._begin(self._buffer[end : end + 2])
            self._buffer = self._buffer[end + 2 :]
        self._drain()

    def close(self) -> Form:
        """End the body and give the form."""
        self.feed(b"\r\n")  # a closing delimiter may lack its line end
        self._found.odd |= not self._ended or self._part is not None or bool(self._buffer.strip())
        return self._found.form()

    def _hint(self, data: bytes) -> None:
        """Look for names as PHP would see them in headers: cut at NULs, their lines joined."""
        line = data.find(b"\n") if self._cut else 0
        if line >= 0:
            self._cut = data.rfind(b"\0", line) > data.rfind(b"\n")
            lines = (one.partition(b"\0")[0] for one in data[line:].lower().split(b"\n"))
            self._scan = self._scan[-OVERLAP:] + b"".join(lines).replace(b"\r", b"")
            if b"name" in self._scan:
                self._scan = _BLANKS.sub(b" ", self._scan)
                found = _beginnings(self._found.wanted).findall(self._scan)
                self._found.hint({variable(name)[0] for name in found})

    def _begin(self, after: bytes) -> None:
        self._found.odd |= self._ended or after not in (b"\r\n", b"--")
        self._part = _Part() if after == b"\r\n" else None
        self._ended = self._ended or after == b"--"

    def _end_part(self, data: bytes) -> None:
        if self._part is None:
            self._found.odd |= bool(data.strip())
        else:
            self._part.feed(data)
            self._part.finish(self._found)

    def _drain(self) -> None:
        """Hand on what cannot be the beginning of a delimiter."""
        keep = len(self._delimiter) + 2
        ready, self._buffer = self._buffer[:-keep], self._buffer[-keep:]
        if self._part is not None:
            self._part.feed(ready)
        else:
            self._found.odd |= bool(ready.strip())


class _Part:
    """One part of a multipart body: headers until an empty line, then a value."""

    def __init__(self) -> None:
        self._held = b""
        self._headers: bytes | None = None
        self._size = 0

    def feed(self, data: bytes) -> None:
        self._size += len(data)
        if self._headers is not None:
            self._held += data[: max(0, MAX_VALUE + 1 - len(self._held))]
            return
        self._held += data
        headers, empty_line, value = self._held.partition(b"\r\n\r\n")
        if empty_line:
            self._headers = headers if len(headers) <= MAX_HEADERS else b""
            self._held = value[: MAX_VALUE + 1]
        elif len(self._held) > MAX_HEADERS:
            self._headers, self._held = b"", b""  # no disposition: odd

    def finish(self, found: _Collector) -> None:
        lines = (self._headers or b"").split(b"\r\n")
        dispositions = [line for line in lines if line.lower().startswith(b"content-disposition")]
        match = _DISPOSITION.fullmatch(dispositions[0]) if len(dispositions) == 1 else None
        regular = match and all(map(_HEADER_LINE.fullmatch, lines))
        parameters = _PARAMETER.findall(match[1]) if match else []
        keys = sorted(key.lower() for key, _ in parameters)
        if not regular or keys not in _PARAMETERS:
            found.odd = True
        elif len(keys) == 1:
            found.add(parameters[0][1], self._held)
