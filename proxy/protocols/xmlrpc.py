"""XML-RPC as WordPress reads it: the prelude and the tag semantics of its IXR library, and writing it.

Pure. `Reader` takes a body in pieces, keeps a bounded part of it, and gives a `Message` or raises
`MalformedError`, for any bytes. It knows no method: see `pingback` and `methods`.

The rules, which are laxer than the specification (http://xmlrpc.com/spec.md):
  1. An XML declaration anywhere in the first 100 bytes is removed, then blanks and NULs at both ends,
     then a DOCTYPE without internal subset in the first 200 bytes. No DTD is left: there are no entities.
  2. The root is methodCall, methodResponse or fault; inside it nothing is checked but well-formedness.
  3. A tag's closing makes a value of the text since the last tag; wrappers count for nothing.
  4. The last methodName wins; so does the last of the root names, wherever it stands.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape

PHP_BLANKS = b" \t\n\r\0\x0b"
PHP_BLANKS_TEXT = PHP_BLANKS.decode()
DECLARATION_WITHIN = 100  # bytes
DOCTYPE_WITHIN = 200  # bytes, after blanks
MAX_TAGS = 60_000  # WordPress: twice its element limit of 30,000 '<'
MAX_DEPTH = 260  # PHP's own parser stops at 255
MAX_TEXT = 65_536  # of one value; a longer one is kept as a Blob
MAX_KEPT = 1_048_576  # characters kept of a whole message
MAX_TOKEN = 262_144  # one tag with its attributes, one comment: the XML parser must buffer these
STEP = 65_536  # bytes given to the XML parser at once

ROOTS = (b"<methodCall", b"<methodResponse", b"<fault")
_DECLARATION = re.compile(rb"<\?xml.*?\?>", re.DOTALL)
_DOCTYPE = re.compile(rb"^<!DOCTYPE[^>]*>", re.IGNORECASE)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_INTEGER = re.compile(r"[+-]?\d{1,19}")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_XML_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class MalformedError(ValueError):
    """These bytes are no XML-RPC message that we are willing to understand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """A value too long to be kept; its call can be relayed with its bytes, never rendered again."""

    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DateTime:
    """A dateTime.iso8601, as written."""

    text: str


Value = str | bytes | int | float | bool | DateTime | Blob | list["Value"] | dict[str, "Value"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as WordPress would hand it to its server."""

    root: str  # methodCall, methodResponse or fault
    method: str
    params: tuple[Value, ...]
    methods: tuple[str, ...] = ()  # every methodName there was: more than one is two readings
    doubled: bool = False  # a struct had a member twice: parsers differ about it


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An XML-RPC fault as a value."""

    code: int
    text: str


def parse(body: bytes) -> Message:
    """Read a whole message, or raise `MalformedError`."""
    reader = Reader()
    reader.feed(body)
    return reader.close()


@dataclass(slots=True)
class _Prelude:
    """The head of a message, held back until rules 1 and 2 can be decided."""

    held: bytearray = field(default_factory=bytearray)
    declared: bool = False
    done: bool = False

    def feed(self, data: bytes, *, last: bool) -> bytes:
        """Take bytes; give those that belong to the XML document as soon as that is settled."""
        if self.done:
            return data
        self.held += data
        if not self.declared and (last or len(self.held) >= DECLARATION_WITHIN):
            head = bytes(self.held[:DECLARATION_WITHIN])
            self.held[:DECLARATION_WITHIN] = _DECLARATION.sub(b"", head, count=1)
            self.declared = True
        if not self.declared:
            return b""
        self.held = self.held.lstrip(PHP_BLANKS)
        return self._root() if last or len(self.held) >= 2 * DOCTYPE_WITHIN else b""

    def _root(self) -> bytes:
        head = bytes(self.held[:DOCTYPE_WITHIN])
        self.held[:DOCTYPE_WITHIN] = _DOCTYPE.sub(b"", head, count=1)
        document = bytes(self.held.lstrip(PHP_BLANKS))
        if re.split(rb"[> \t\r\n]", document[:20], maxsplit=1)[0] not in ROOTS:
            raise MalformedError("the root is not a method call")
        self.done = True
        self.held.clear()
        return document


class Reader:
    """An incremental reader of one message. Its memory is bounded whatever the message's length."""

    def __init__(self) -> None:
        self._prelude = _Prelude()
        self._held = b""  # trailing blanks and NULs: they end the message or belong to it
        self._tags = 0
        self._given = 0
        self._builder = _Builder()
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._builder.open
        self._parser.EndElementHandler = self._builder.close
        self._parser.CharacterDataHandler = self._builder.text

    def feed(self, data: bytes) -> None:
        """Take the next piece of the body."""
        self._parse(self._prelude.feed(data, last=False))

    def close(self) -> Message:
        """End the body and give the message."""
        self._parse(self._prelude.feed(b"", last=True))
        if not self._prelude.done:
            raise MalformedError("empty")
        self._give(b"", last=True)
        return self._builder.message()

    def _parse(self, data: bytes) -> None:
        data = self._held + data
        solid = max(len(data.rstrip(PHP_BLANKS)), len(data) - STEP)
        self._held = data[solid:]
        self._tags += data.count(b"<", 0, solid)
        if self._tags > MAX_TAGS:
            raise MalformedError("too many elements")
        for start in range(0, solid, STEP):
            self._give(data[start : min(start + STEP, solid)])

    def _give(self, piece: bytes, *, last: bool = False) -> None:
        try:
            self._parser.Parse(piece, last)
        except expat.ExpatError as error:
            raise MalformedError(f"not well formed: {expat.ErrorString(error.code)}") from error
        self._given += len(piece)
        if self._given - max(self._parser.CurrentByteIndex, 0) > MAX_TOKEN:
            raise MalformedError("one tag is too long")


class _Builder:
    """What IXR's tag_open, cdata and tag_close do, with bounds."""

    def __init__(self) -> None:
        self._root = ""
        self._methods: list[str] = []
        self._doubled = False
        self._params: list[Value] = []
        self._stack: list[list[Value] | dict[str, Value]] = []
        self._names: list[str] = []
        self._text: list[str] = []
        self._length = 0
        self._kept = 0
        self._depth = 0

    def message(self) -> Message:
        """Everything read so far, as a message."""
        return Message(
            root=self._root,
            method=self._methods[-1] if self._methods else "",
            params=tuple(self._params),
            methods=tuple(self._methods),
            doubled=self._doubled,
        )

    def open(self, tag: str, _attributes: dict[str, str]) -> None:
        """Begin an element."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise MalformedError("too deep")
        self._forget()
        if tag in ("methodCall", "methodResponse", "fault"):
            self._root = tag
        elif tag == "data":
            self._stack.append([])
        elif tag == "struct":
            self._stack.append({})

    def text(self, text: str) -> None:
        """Take character data, as far as it may still be kept."""
        self._length += len(text)
        if self._length <= MAX_TEXT and self._kept + len(text) <= MAX_KEPT:
            self._kept += len(text)
            self._text.append(text)
        else:
            self._text.clear()
            self._length = max(self._length, MAX_TEXT + 1)

    def close(self, tag: str) -> None:
        """End an element: rule 3 of the module."""
        self._depth -= 1
        text = self._taken()
        if tag in ("data", "struct"):
            self._add(self._stack.pop())
        elif tag == "member":
            del self._names[-1:]
        elif tag == "name":
            self._names.append(_name(text))
        elif tag == "methodName":
            if isinstance(text, Blob):  # blanks around it may hide any name
                raise MalformedError("a method's name is too long")
            self._methods.append(_name(text))
        elif tag == "value":
            if isinstance(text, Blob) or text.strip(PHP_BLANKS_TEXT):
                self._add(text)
        elif tag in SCALARS:
            self._add(text if isinstance(text, Blob) else SCALARS[tag](text))
        self._forget()

    def _taken(self) -> str | Blob:
        return "".join(self._text) if self._length <= MAX_TEXT else Blob(length=self._length)

    def _forget(self) -> None:
        if self._length:
            self._text.clear()
            self._length = 0

    def _add(self, value: Value) -> None:
        if not self._stack:
            self._params.append(value)
            return
        top = self._stack[-1]
        if isinstance(top, dict):
            name = self._names[-1] if self._names else ""
            self._doubled |= name in top
            top[name] = value
        else:
            top.append(value)


def _name(text: str | Blob) -> str:
    """Read the name of a method or a member; a member's that is too long to be kept is nobody's."""
    return text.strip(PHP_BLANKS_TEXT) if isinstance(text, str) else f"[{text.length} characters]"


def _integer(text: str) -> int:
    exact = _INTEGER.fullmatch(text.strip(PHP_BLANKS_TEXT))
    return max(-(2**63), min(2**63 - 1, int(exact[0]) if exact else int(_number(text))))


def _number(text: str) -> float:
    match = _NUMBER.match(text.strip(PHP_BLANKS_TEXT))
    value = float(match[0]) if match else 0.0
    return value if math.isfinite(value) else 0.0


def _base64(text: str) -> str | bytes:
    """PHP's forgiving base64_decode: what is not of the alphabet is skipped, an odd end dropped."""
    letters = _NOT_BASE64.sub(b"", text.encode("utf-8", "replace"))
    letters = letters[:-1] if len(letters) % 4 == 1 else letters
    return base64.b64decode(letters + b"=" * (-len(letters) % 4))


SCALARS: dict[str, Callable[[str], Value]] = {
    "int": _integer,
    "i4": _integer,
    "double": _number,
    "string": lambda text: text.strip(PHP_BLANKS_TEXT),
    "dateTime.iso8601": lambda text: DateTime(text=text.strip(PHP_BLANKS_TEXT)),
    "boolean": lambda text: text.strip(PHP_BLANKS_TEXT) not in ("", "0"),
    "base64": _base64,
}


def arguments(params: tuple[Value, ...] | list[Value] | dict[str, Value]) -> Value:
    """Give what a method is handed: a single parameter itself, else the list of them (IXR_Server::call)."""
    values = list(params.values()) if isinstance(params, dict) else list(params)
    return values[0] if len(values) == 1 else params if isinstance(params, dict) else values


def item(value: Value, key: int | str) -> Value | None:
    """PHP's `$value[key]` of an array; a struct's member '0' is its index 0."""
    if isinstance(value, list):
        return value[key] if isinstance(key, int) and key < len(value) else None
    return value.get(str(key)) if isinstance(value, dict) else None


def items(value: Value) -> list[Value]:
    """List what PHP's foreach visits: an array's or a struct's values, nothing of a scalar."""
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def text_of(value: Value | None) -> str | None:
    """Take the value as a text, if it is one (or bytes of UTF-8)."""
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return None
    return value if isinstance(value, str) else None


# Writing --------------------------------------------------------------------------------------

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def render_call(method: str, params: tuple[Value, ...] | list[Value]) -> bytes:
    """Write a method call in plain canonical form, UTF-8."""
    inner = "".join(f"<param>{_value(p)}</param>\n" for p in params)
    return (
        f"{_HEAD}<methodCall>\n<methodName>{_text(method)}</methodName>\n"
        f"<params>\n{inner}</params>\n</methodCall>\n"
    ).encode()


def render_response(value: Value) -> bytes:
    """Write a method response with one value."""
    return (
        f"{_HEAD}<methodResponse>\n<params>\n<param>{_value(value)}</param>\n</params>\n</methodResponse>\n"
    ).encode()


def render_fault(fault: Fault) -> bytes:
    """Write a fault response."""
    return (
        f"{_HEAD}<methodResponse>\n<fault>{_value(fault_value(fault))}</fault>\n</methodResponse>\n".encode()
    )


def fault_value(fault: Fault) -> dict[str, Value]:
    """Give a fault as the struct that stands in a response, and in a batch's results."""
    return {"faultCode": fault.code, "faultString": fault.text}


def _text(text: str) -> str:
    return escape(_XML_FORBIDDEN.sub("\ufffd", text))


def _value(value: Value) -> str:
    return f"<value>{_inner(value)}</value>"


def _inner(value: Value) -> str:
    if isinstance(value, list):
        return f"<array><data>{''.join(map(_value, value))}</data></array>"
    if isinstance(value, dict):
        members = (f"<member><name>{_text(k)}</name>{_value(v)}</member>" for k, v in value.items())
        return f"<struct>{''.join(members)}</struct>"
    if isinstance(value, Blob):
        raise MalformedError("a value too long to be kept cannot be written again")
    tag, written = _scalar(value)
    return f"<{tag}>{written}</{tag}>"


def _scalar(value: str | bytes | float | DateTime) -> tuple[str, str]:
    match value:
        case bool():
            return "boolean", f"{value:d}"
        case int():
            return "int", str(value)
        case float():
            return "double", repr(value)
        case bytes():
            return "base64", base64.b64encode(value).decode()
        case DateTime():
            return "dateTime.iso8601", _text(value.text)
        case _:
            return "string", _text(value)
