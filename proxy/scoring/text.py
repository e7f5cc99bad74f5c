"""Text as a reader sees it, and the words in it: the ground that every feature stands on.

Pure. Undoes what spammers do to hide words (entities, zero-width characters, look-alike letters,
digits for letters, spaced letters) and counts what it undid, because hiding is a sign itself.
Follows Unicode's NFKC (UAX 15) and, for the look-alikes, the rows of UTS 39's confusables that
occur in running text. Never reads more than `LIMIT` characters of a field.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from string import ascii_letters, digits

CONSONANTS = b"bcdfghjklmnpqrstvwxz"
NO_VOWELS = bytes.maketrans(CONSONANTS, b"c" * len(CONSONANTS))
LIMIT = 1_500  # characters of a field that count: WordPress stores at most 252 of an excerpt
TAG = re.compile(r"<[^<>]{0,500}>")
LINK = re.compile(r"<a\s[^<>]{0,500}href|\[(?:url|link)\b", re.IGNORECASE)
ADDRESS = re.compile(  # begins with a set of letters, which is quick to look for
    r"[hHwW](?:(?<=[hH])[tT][tT][pP][sS\u017f]?:/{0,2}|(?<=[wW])[wW][wW]\.)[^\s<>\"'\])}]+"
)
REFERENCE = re.compile(r"&#?\w{1,31};?")
NO_LETTERS = bytes(set(range(256)).difference(ascii_letters.encode()))
BRACKETED_WORD = re.compile(r"\[/?(?:url|link|b|i|img|color|size)\b[^\]]{0,300}\]", re.IGNORECASE)
WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
COMMON = f"{ascii_letters}{digits}' ".encode()
SIGNS = bytes(code if code in COMMON or code > 127 else 32 for code in range(256))  # noqa: PLR2004 (ASCII's last)
SIGN = re.compile(r"[^\w'\u2019]")
STRAY = re.compile(r"'(?:(?![^\W_])|(?<![^\W_].))", re.DOTALL)  # an apostrophe that joins no letters
STRAY_CURLY = re.compile("\u2019" + STRAY.pattern[1:], re.DOTALL)
SPACED = re.compile(r"(?<!\w)(?:[^\W\d_][ .\-_*]){3,}[^\W\d_](?!\w)")
LEET_WORD = re.compile(r"(?<![\w@$])[a-z]++[013457@$]++[a-z][a-z013457@$]*+(?![\w@$])")
LEET = str.maketrans("013457@$", "oieastas")
# A text's shape, a byte for each character: l for a letter, u for what is beyond ASCII, 1 for what is read as
# a letter, _ for what may stand between spaced letters. Most texts are seen by it to hide nothing.
BEYOND_ASCII = bytes(range(0x80, 0x100))
SHAPES = bytes.maketrans(
    ascii_letters.encode() + BEYOND_ASCII + b"013457@$" + b" .-_*",
    b"l" * len(ascii_letters) + b"u" * len(BEYOND_ASCII) + b"1" * 8 + b"_" * 5,
)
# Each `MAYBE` is quick to look for, and stands in whatever the pattern that it is named after finds.
MAYBE_SPACED = re.compile(rb"_[lu]_[lu]_[lu](?!l)")  # in a shape, as is the next one
MAYBE_LEET = re.compile(rb"1(?<=l1)1*l")
FURTHER_BYTES = bytes(range(0x80, 0xC0))
BLANKS = bytes.maketrans(b"\t\n\v\f\r\x1c\x1d\x1e\x1f", b" " * 9)  # those of ASCII
LEET_WORDS = 2  # one alone is 'log4j' or 'h264x'; its letters are read all the same
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
INVISIBLE = dict.fromkeys(
    (0xAD, 0x34F, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x2060, 0x2065), 0xFEFF)
)
MAYBE_INVISIBLE = re.compile("[" + "".join(map(chr, INVISIBLE)) + "]")
SPLIT_WORD = re.compile(r"[^\W\d_][\u034f\u180e\u200b\u200e\u200f\u2060-\u2064\ufeff]+[^\W\d_]")
LOOKALIKES = str.maketrans(
    "аеорсухікјѕԁһѵԝмтвнгαεορυνικτѡɑɡ",
    "aeopcyxikjsdhvwmtbhraeopuvikt" + "wag",
)
NORMAL = re.compile(
    r"[\x00-\x7f\xc0-\xff\u0400-\u0481\u048a-\u052f\u2013\u2014\u2018-\u201e\u4e00-\u9fff]*"
)  # as NFKC has it
LATIN = re.compile(r"[a-z]")
CYRILLIC_OR_GREEK = re.compile(r"[\u0370-\u03ff\u0400-\u052f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A field as shown, lower-cased and undisguised, and how it had been disguised."""

    shown: str  # as a reader sees it: no markup, entities resolved, blanks joined
    plain: str  # `shown`, undisguised and in lower case
    words: tuple[str, ...]  # of `plain`; two characters each where a script has no blanks
    vocabulary: frozenset[str] = frozenset()  # each of the words once
    squashed: str = ""  # only the letters and digits of `plain`
    links: int = 0  # link markup, HTML or BBCode
    addresses: tuple[str, ...] = ()  # web addresses written out in it
    disguises: tuple[str, ...] = ()  # names of the disguises that were undone


NOTHING = Text(shown="", plain="", words=())


def read(raw: str) -> Text:
    """Give a field's text for any string at all."""
    if not raw or raw.isspace():
        return NOTHING
    raw = raw[:LIMIT]
    disguises: list[str] = []
    shown, links = _without_markup(raw, disguises)
    plain = _undisguised(shown, disguises)
    addresses = tuple(ADDRESS.findall(shown)) if ":/" in shown or "www." in plain else ()
    runs = _runs(plain)
    found = words(ADDRESS.sub(" ", plain)) if addresses else _split(plain, runs)
    return Text(
        shown=shown,
        plain=plain,
        words=found,
        vocabulary=frozenset(found),
        squashed=_joined_up(runs),
        links=links,
        addresses=addresses,
        disguises=tuple(disguises),
    )


def words(plain: str) -> tuple[str, ...]:
    """Split lower-cased text into words; scripts without blanks into pairs of characters."""
    return _split(plain, _runs(plain))


def bare_words(raw: str) -> tuple[str, ...]:
    """Split a text that nobody disguised (the blog's own) into words."""
    shown = TAG.sub(" ", raw) if "<" in raw else raw
    return words((unescape(shown) if "&" in shown else shown).lower())


def squashed(text: str) -> str:
    """Only the letters and digits, in lower case: for comparing names with host names."""
    return _joined_up(_runs(text.lower()))


def _runs(plain: str) -> list[str]:
    """Give what `WORD` finds: blanks in place of signs are several times faster."""
    bare = plain.encode("utf-8", "surrogatepass").translate(SIGNS).decode("utf-8", "surrogatepass")
    if not bare.isascii():
        for sign in set(SIGN.findall(_uncommon(bare))):
            bare = bare.replace(sign, " ")
    if "'" in bare:
        bare = STRAY.sub(" ", bare)
    if "\u2019" in bare:
        bare = STRAY_CURLY.sub(" ", bare)
    return bare.split()


def _joined_up(runs: list[str]) -> str:
    return "".join(runs).replace("'", "").replace("\u2019", "")


def _split(plain: str, runs: list[str]) -> tuple[str, ...]:
    if plain.isascii() or not UNSPACED.search(_uncommon(plain)):
        return tuple(runs)
    parts: list[str] = []
    for word in runs:
        if not word.isascii() and UNSPACED.search(word):
            parts += map(str.__add__, word, word[1:]) if word[1:] else [word]
        else:
            parts.append(word)
    return tuple(parts)


def step(value: float, steps: Iterable[tuple[float, str]], beyond: str) -> str:
    """Name a number after the first step that it does not exceed."""
    for most, label in steps:
        if value <= most:
            return label
    return beyond


def is_unpronounceable(plain: str) -> bool:
    """Say whether five consonants stand together: few languages' words have no vowel for so long."""
    return b"ccccc" in plain.encode("utf-8", "surrogatepass").translate(NO_VOWELS)


def number_of_words(text: str) -> int:
    """Count what stands between blanks."""
    joined = _with_single_blanks(text)
    return joined.count(" ") + 1 if joined else 0


def _with_single_blanks(text: str) -> str:
    if text.isascii():
        text = text.encode().translate(BLANKS).decode()
    else:
        text = text.replace("\n", " ").replace("\xa0", " ")
        if not _uncommon(text).isprintable():  # other blanks, perhaps
            return " ".join(text.split())
    while "  " in text:
        text = text.replace("  ", " ")
    return text.strip(" ")


def _uncommon(text: str) -> str:
    """Leave out ASCII's letters, digits and blanks: there is little left to look for anything else in."""
    return text.encode("utf-8", "surrogatepass").translate(None, COMMON).decode("utf-8", "surrogatepass")


def _without_markup(raw: str, disguises: list[str]) -> tuple[str, int]:
    if "<" not in raw and "&" not in raw and "[" not in raw:
        return _with_single_blanks(raw), 0
    links = len(LINK.findall(raw))
    bare = TAG.sub(" ", raw) if "<" in raw else raw
    if "&" in bare:
        resolved = unescape(unescape(bare))
        if _hides_letters(bare, resolved):
            disguises.append("entities")
        bare = TAG.sub(" ", resolved)
    if "[" in bare and "]" in bare:
        bare = BRACKETED_WORD.sub(" ", bare)
    return _with_single_blanks(bare), links


def _hides_letters(bare: str, resolved: str) -> bool:
    """Say whether plain ASCII letters were written as character references."""
    more = _number_of_letters(resolved) - _number_of_letters(REFERENCE.sub("", bare))
    return more >= 3  # noqa: PLR2004 (one or two are an apostrophe's neighbours)


def _number_of_letters(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass").translate(None, NO_LETTERS))


def _undisguised(shown: str, disguises: list[str]) -> str:
    plain = shown.lower() if shown.isascii() else _latin(_visible(shown, disguises), disguises)
    shape = plain.encode("utf-8", "surrogatepass").translate(SHAPES, FURTHER_BYTES)
    is_spaced = (b"_l_l_l" in shape or b"u" in shape) and MAYBE_SPACED.search(shape)
    if is_spaced and SPACED.search(plain):
        plain = SPACED.sub(_joined, plain)
        disguises.append("spaced-letters")
    return _without_leet(plain, disguises) if MAYBE_LEET.search(shape) else plain


def _visible(shown: str, disguises: list[str]) -> str:
    shown = shown.replace("\u2026", "...")  # as NFKC has it, which often has nothing else to do
    uncommon = _uncommon(shown)
    if NORMAL.fullmatch(uncommon):
        return shown.lower()
    if MAYBE_INVISIBLE.search(uncommon):
        if SPLIT_WORD.search(shown):
            disguises.append("invisible-characters")
        shown = shown.translate(INVISIBLE)
    return unicodedata.normalize("NFKC", shown).lower()


def _latin(plain: str, disguises: list[str]) -> str:
    """Turn look-alikes into Latin letters, in words that mix scripts."""
    if not CYRILLIC_OR_GREEK.search(_uncommon(plain)) or not LATIN.search(plain):
        return plain
    if not any(_mixes(word) for word in WORD.findall(plain)):
        return plain
    changed = WORD.sub(_one_script, plain)
    if changed != plain:
        disguises.append("look-alikes")
    return changed


def _mixes(word: str) -> bool:
    return not word.isascii() and bool(LATIN.search(word)) and bool(CYRILLIC_OR_GREEK.search(word))


def _one_script(match: re.Match[str]) -> str:
    word = match[0]
    return word.translate(LOOKALIKES) if len(word) > 2 and _mixes(word) else word  # noqa: PLR2004 (as in 'μm')


def _joined(match: re.Match[str]) -> str:
    return re.sub(r"[ .\-_*]", "", match[0])


def _without_leet(plain: str, disguises: list[str]) -> str:
    plain, leet = LEET_WORD.subn(_letters, plain)
    if leet >= LEET_WORDS:
        disguises.append("digits-for-letters")
    return plain


def _letters(match: re.Match[str]) -> str:
    return match[0].translate(LEET)


SCRIPTS = (
    ("latin", 0x41, 0x24F),
    ("greek", 0x370, 0x3FF),
    ("cyrillic", 0x400, 0x52F),
    ("arabic", 0x600, 0x6FF),
    ("thai", 0xE00, 0xE7F),
    ("east-asian", 0x3040, 0x9FFF),
    ("korean", 0xAC00, 0xD7AF),
)


def script_of(text: str) -> str:
    """Name the script of a text: the first other than Latin that has a fifth of its letters."""
    if text.isascii():
        return "latin" if any(map(str.isalpha, text)) else ""
    letters = list(filter(str.isalpha, text[:80]))
    if letters and max(letters) < chr(SCRIPTS[1][1]):
        return "latin"
    found = Counter(map(_script_of_letter, letters))
    return next(
        (name for name, _, _ in (*SCRIPTS[1:], SCRIPTS[0]) if 0 < len(letters) <= 5 * found[name]), ""
    )


@lru_cache(maxsize=4_096)
def _script_of_letter(letter: str) -> str:
    return next((name for name, first, last in SCRIPTS if first <= ord(letter) <= last), "")
