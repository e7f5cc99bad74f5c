"""Bytes of a trackback to text, by the name of a charset as PHP's mbstring knows them.

Pure. Transfer encodings that pose as charsets (BASE64, HTML-ENTITIES, ...) hide words from a filter and
have no honest use here: they are refused, and so is UTF-7, which WordPress refuses too.
"""

from __future__ import annotations

import codecs

# mbstring names, upper-cased, that are no charsets of text (https://www.php.net/mbstring.supported-encodings)
REFUSED = frozenset(
    {"BASE64", "HTML", "HTML-ENTITIES", "HTML_ENTITIES", "QUOTED-PRINTABLE", "QPRINT", "UUENCODE", "PASS"}
    | {"7BIT", "8BIT", "BINARY", "AUTO", "WCHAR", "BYTE2BE", "BYTE2LE", "BYTE4BE", "BYTE4LE"}
    | {"UTF-7", "UTF7", "UTF7-IMAP", "UTF-7-IMAP"}
)
# mbstring names whose Python codec has another name; all others are asked for by their own.
CODECS = {
    "JIS": "iso2022_jp_ext",
    "ISO-2022-JP-MS": "iso2022_jp_ext",
    "SJIS-WIN": "cp932",
    "SJIS-MAC": "shift_jis",
    "EUCJP-WIN": "euc_jp",
    "CP51932": "euc_jp",
    "EUC-CN": "gb2312",
    "CN-GB": "gb2312",
    "BIG-5": "big5",
    "CP950": "cp950",
    "UHC": "cp949",
    "UCS-2": "utf-16-be",
    "UCS-2BE": "utf-16-be",
    "UCS-2LE": "utf-16-le",
    "UCS-4": "utf-32-be",
    "UCS-4BE": "utf-32-be",
    "UCS-4LE": "utf-32-le",
}
# Python codecs that turn bytes into text and that a sender may name.
ALLOWED_PREFIXES = (
    "iso8859",
    "latin",
    "cp",
    "koi8",
    "euc",
    "gb",
    "big5",
    "shift_jis",
    "iso2022",
    "utf-",
    "hz",
)
ALLOWED = frozenset(("ascii", "iso2022_jp_ext"))


class UnreadableError(ValueError):
    """The charset is refused."""


def decode(value: bytes, charset: str) -> str:
    """Decode a value by the charset that the sender named, '' for none; `UnreadableError` if refused."""
    name = charset.strip(" \t\n\r\0\x0b").upper().replace(",", "").replace(" ", "")
    if name in REFUSED or "UTF-7" in name:
        raise UnreadableError(f"charset {name[:40]}")
    codec = _codec(name) if name else None
    return _as(value, codec) if codec else detect(value)


def detect(value: bytes) -> str:
    """Decode a value whose charset nobody named: UTF-8 if it is that, else Latin-1."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _as(value: bytes, codec: str) -> str:
    return value.decode(codec, "replace").replace("\ufffd", "?")


def _codec(name: str) -> str | None:
    try:
        found = codecs.lookup(CODECS.get(name, name.replace("WINDOWS-", "CP"))).name
    except (LookupError, ValueError):
        return None
    return found if found in ALLOWED or found.startswith(ALLOWED_PREFIXES) else None
