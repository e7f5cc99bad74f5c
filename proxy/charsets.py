"""Decide in which character encoding a page is written, and decode it.

Pure. Never raises; looks at a bounded part of the bytes. In the order of the HTML Standard
(https://html.spec.whatwg.org/multipage/parsing.html#determining-the-character-encoding): byte-order
mark, HTTP header, `<meta>`; and, unlike browsers, bytes that are plainly UTF-8 are read as UTF-8
whatever is declared, and bytes that contradict the declaration are guessed at.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

PRESCAN_BYTES = 4_096  # browsers look at 1,024; old pages put their banners first
GUESS_BYTES = 65_536  # more does not change a guess
LIKELY = (
    0.1  # share of characters above ASCII that must be common ones of the language; real text has 0.2 to 0.9
)
PLAIN = 0.4  # the same share of text that is in one encoding beyond doubt
FAR_LESS = 3  # times less likely is what is declared, if it is wrong
ENOUGH = 60  # bytes above ASCII that can contradict a declaration
LATIN_RUN = 1.5  # bytes above ASCII in a row, on average: Latin scripts have single letters, others words

# Labels of pages that Python does not know (https://encoding.spec.whatwg.org/#names-and-labels).
_LABELS = {
    "big5-eten": "big5", "cn-big5": "big5", "dos-874": "cp874", "koi": "koi8-r", "koi8": "koi8-r",
    "koi8-ru": "koi8-u", "unicode-1-1-utf-8": "utf-8", "windows-31j": "cp932", "windows-874": "cp874",
    "windows-949": "cp949", "x-cp1250": "cp1250", "x-cp1251": "cp1251", "x-cp1252": "cp1252",
    "x-euc-jp": "euc-jp", "x-gbk": "gbk", "x-mac-cyrillic": "mac-cyrillic", "x-mac-roman": "mac-roman",
    "x-sjis": "cp932", "x-unicode20utf8": "utf-8", "x-x-big5": "big5",
}  # fmt: skip
# Codecs of Python in whose place browsers use a larger one.
_LARGER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "utf-16": "utf-16-le",
}
# Codecs that browsers know, with their IANA names. No UTF-7 and no EBCDIC: they would hide text.
_IANA = {
    "utf-8": "utf-8",
    "utf-16-le": "utf-16le",
    "utf-16-be": "utf-16be",
    "gb18030": "gb18030",
    "big5hkscs": "big5",
    "euc_jp": "euc-jp",
    "iso2022_jp": "iso-2022-jp",
    "cp932": "shift_jis",
    "cp949": "euc-kr",
    "cp866": "ibm866",
    "cp874": "windows-874",
    "koi8-r": "koi8-r",
    "koi8-u": "koi8-u",
    "mac-roman": "macintosh",
    "mac-cyrillic": "x-mac-cyrillic",
    **{f"cp{number}": f"windows-{number}" for number in range(1250, 1259)},
    **{f"iso8859-{part}": f"iso-8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
}
_HAN = "的一是不了在人有我他中大上到子和你地出道也年得就那要下以生自去之家可"
_KANA = "のにはをたがでてとしれさいるなかもスルンラクトリイ"
# The commonest characters above ASCII of an encoding's languages; the first of equals wins.
_LATIN = {
    "cp1252": "éèàêçôâîùœäöüßÄÖÜñóíáúãõøåæÅØÆìò",
    "cp1250": "ąćęłńóśźżáčďéěíňřšťúůýžőűăâîşţ",
    "iso8859-2": "ąćęłńóśźżáčďéěíňřšťúůýžőűăâîşţ",
    "cp1254": "ğışçöüİâ",
    "cp1257": "ąčęėįšųūžāēģīķļņõäöü",
}
_MULTIBYTE = {
    "gb18030": _HAN + "这来国个说们为时会着过学对",
    "big5hkscs": _HAN + "這來國個說們為時會著過學對",
    "euc_jp": _KANA,
    "cp932": _KANA,
    "cp949": "이다는을의에가고하지를은기도로사리나어한대인서자",
}
_OTHER = {
    "cp1251": "оеаинтсрвлкмдпуяызьбгчійіїў",
    "koi8-r": "оеаинтсрвлкмдпуяызьбгчй",
    "cp866": "оеаинтсрвлкмдпуяызьбгчй",
    "iso8859-5": "оеаинтсрвлкмдпуяызьбгчйіїў",
    "cp1253": "αοιετσνηυρπκμλςωγδάίόέήύώ",
    "cp1255": "יוהלארתבשמנםדקעחפכ",
    "cp1256": "اليمونترهبدسعفقحكجشةی",
    "cp874": "านรอกเงมยลวดทสตะปบคหแจพชข่้ิีัไใ",
}
_COMMON = {**_LATIN, **_MULTIBYTE, **_OTHER}
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:+-]{1,40})", re.IGNORECASE)
_META = re.compile(
    rb"<(?:meta\b[^>]{0,500}|\?xml\b[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_.:-]{1,40}))", re.IGNORECASE
)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_LATIN_1 = frozenset({"iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1", "l1"})
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_ASCII = bytes(range(0x80))


class Decoded(NamedTuple):
    """A page's text and the encoding that it was read with."""

    text: str
    charset: str  # IANA name in lower case


def decode(body: bytes, content_type: str) -> Decoded:
    """Read the bytes of a page as text; what can't be decoded becomes U+FFFD."""
    for mark, codec in _MARKS:
        if body.startswith(mark):
            return Decoded(body[len(mark) :].decode(codec, "replace"), _IANA[codec])
    label = declared_charset(body, content_type)
    declared = _codec(label)
    if declared.startswith("utf-16"):
        return Decoded(body.decode(declared, "replace"), _IANA[declared])
    if body.isascii():
        return _ascii(body, declared)
    codec = _true_codec(body, declared)
    return Decoded(body.decode(codec, "replace"), _name(codec, label))


def declared_charset(body: bytes, content_type: str) -> str:
    """Return the label that the header or the page itself gives, in lower case; '' if none."""
    if match := _CHARSET.search(content_type.encode("ascii", "replace")):
        return match[1].decode("ascii").lower()
    for meta in _META.finditer(_COMMENT.sub(b"", body[:PRESCAN_BYTES])):
        label = meta[1]
        if label is None and (found := _CHARSET.search(meta[0])):
            label = found[1]
        if label:
            name = label.decode("ascii").lower()
            return "utf-8" if name.startswith("utf-16") else name  # it was read as ASCII: it can't be UTF-16
    return ""


def _ascii(body: bytes, declared: str) -> Decoded:
    """Read bytes below 128: the declaration matters only for the encodings that switch by escapes."""
    if declared == "iso2022_jp" and b"\x1b" in body:
        return Decoded(body.decode(declared, "replace"), "iso-2022-jp")
    return Decoded(body.decode("ascii"), "ascii")


def _true_codec(body: bytes, declared: str) -> str:
    """Choose a codec for bytes with high bits: UTF-8 if they are, else as declared if it fits."""
    if _fits(body, "utf-8"):
        return "utf-8"
    if declared == "utf-8" and _is_broken_utf8(body):
        return "utf-8"
    if declared and declared != "utf-8" and _fits_mostly(body, declared):
        return _contradicting(body, declared) or declared
    if _is_broken_utf8(body):
        return "utf-8"
    return _guessed(body) or "cp1252"


def _fits(body: bytes, codec: str) -> bool:
    """Say whether the bytes decode without an error, a sequence cut off at the very end apart."""
    try:
        codecs.getincrementaldecoder(codec)("strict").decode(body)
    except UnicodeDecodeError:
        return False
    return True


def _fits_mostly(body: bytes, codec: str) -> bool:
    """Say whether hardly anything is undecodable: real pages contain a pasted byte or two."""
    return body.decode(codec, "replace").count("\ufffd") <= 2 + _high_bytes(body) // 50


def _is_broken_utf8(body: bytes) -> bool:
    """Say whether most of the high bytes form UTF-8 sequences, as in a page cut in the wrong place."""
    high = _high_bytes(body)
    wrong = body.decode("utf-8", "replace").count("\ufffd") - body.count(b"\xef\xbf\xbd")
    return wrong * 5 < high


def _high_bytes(body: bytes) -> int:
    return len(body.translate(None, _ASCII))


def _contradicting(body: bytes, declared: str) -> str:
    """Name the encoding that the bytes are plainly in though another fits as well; '' if there is none."""
    sample = _sample(body)
    common = _COMMON.get(declared, "")
    if not common or _high_bytes(sample) < ENOUGH:
        return ""
    guess = _guessed(body)
    if guess in _OTHER and declared in _MULTIBYTE and _fits(sample, declared):
        return ""  # single bytes do not pair so well by chance
    likely = _likelihood(sample, guess, _COMMON[guess]) if guess else 0.0
    is_odd_latin = declared in _LATIN and not _is_latin(sample)
    is_odd = is_odd_latin or FAR_LESS * _likelihood(sample, declared, common) < likely
    return guess if is_odd and likely >= PLAIN else ""


def _guessed(body: bytes) -> str:
    """Guess by how common the characters would be in each encoding; '' if none is likely."""
    sample = _sample(body)
    if _is_latin(sample):
        return _likeliest(sample, _LATIN)
    return _likeliest(sample, _MULTIBYTE) or _likeliest(sample, _OTHER)


def _sample(body: bytes) -> bytes:
    return body[:GUESS_BYTES] if _high_bytes(body[:GUESS_BYTES]) else body


def _is_latin(sample: bytes) -> bool:
    return _high_bytes(sample) < LATIN_RUN * len(_HIGH_RUN.findall(sample))


def _likeliest(sample: bytes, common: Mapping[str, str]) -> str:
    likelihoods = {codec: _likelihood(sample, codec, characters) for codec, characters in common.items()}
    best = max(likelihoods, key=lambda codec: likelihoods[codec])
    return best if likelihoods[best] > LIKELY else ""


def _likelihood(sample: bytes, codec: str, common: str) -> float:
    """Return the share of common characters among those above ASCII, minus what does not decode."""
    counts = Counter(sample.decode(codec, "replace").translate(dict.fromkeys(range(0x80))))
    total = counts.total() or 1
    return (sum(counts[character] for character in common) - 2 * counts["\ufffd"]) / total


def _codec(label: str) -> str:
    """Name the codec for a label as browsers read it; '' for a label that means no encoding of pages."""
    try:
        name = codecs.lookup(_LABELS.get(label, label)).name
    except (LookupError, ValueError):
        return ""
    name = _LARGER.get(name, name)
    return name if name in _IANA else ""


def _name(codec: str, label: str) -> str:
    """Name an encoding; the Western one, which has two names, as the page does."""
    return "iso-8859-1" if codec == "cp1252" and label in _LATIN_1 else _IANA[codec]
