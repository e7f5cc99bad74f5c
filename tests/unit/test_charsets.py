"""The encoding of a page, declared and real."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.charsets import decode

TEXTS = {
    "windows-1251": "Привет, это обычный русский текст о погоде и природе",
    "koi8-r": "Привет, это обычный русский текст о погоде и природе",
    "shift_jis": "これは日本語のテキストです。ブログの記事を書きました。",
    "euc-jp": "これは日本語のテキストです。ブログの記事を書きました。",
    "gb18030": "这是一个关于中国的博客文章，我们在这里写了很多东西",
    "big5": "這是一個關於中國的部落格文章，我們在這裡寫了很多東西",
    "euc-kr": "이것은 한국어 블로그 글입니다. 오늘은 날씨가 좋습니다",
    "windows-1253": "Αυτό είναι ένα ελληνικό κείμενο για τον καιρό",
    "windows-1256": "هذا نص عربي عن الطقس اليوم في المدينة",
    "windows-1250": "Wczoraj był piękny dzień, poszliśmy więc na długi spacer",
    "windows-1254": "Bugün hava çok güzel, İstanbul’da yağmur yağmıyor şimdi",
    "windows-1252": "L’été dernier, à Paris, il a été question de la forêt",
}


@pytest.mark.parametrize(("charset", "text"), TEXTS.items())
@pytest.mark.parametrize("how", ["header", "meta", "guess", "wrong"])
def test_encodings_of_blogs(charset: str, text: str, how: str) -> None:
    """A text is read rightly if its encoding is declared, or not, or UTF-8 is declared wrongly."""
    meta = {"meta": f"<meta charset={charset}>", "wrong": "<meta charset=utf-8>"}.get(how, "")
    header = f"text/html; charset={charset}" if how == "header" else "text/html"
    decoded = decode((meta + text).encode(charset), header)
    assert decoded == (meta + text, charset)


LABELS = [
    (b"plain", "", "ascii"),
    (b"\xef\xbb\xbfplain", "text/html; charset=koi8-r", "utf-8"),
    ("ü".encode("utf-16-le"), "text/html; charset=utf-16", "utf-16le"),
    (codecs.BOM_UTF16_BE + "ü".encode("utf-16-be"), "", "utf-16be"),
    ("<meta charset=iso-8859-1>grün, schön, für".encode("latin-1"), "", "iso-8859-1"),
    ("<meta charset=iso-8859-1>grün".encode(), "", "utf-8"),
    (
        b'<meta http-equiv=Content-Type content="text/html; charset=x-sjis">' + "日本".encode("cp932"),
        "",
        "shift_jis",
    ),
    (
        b"<!-- <meta charset=koi8-r> --><meta charset=windows-1251>" + "да".encode("cp1251"),
        "",
        "windows-1251",
    ),
    (b'<?xml version="1.0" encoding="koi8-r"?>' + "да".encode("koi8-r"), "", "koi8-r"),
    (b"<meta charset=utf-16>" + "ü".encode(), "", "utf-8"),
    (b"<meta charset=utf-7>+ADw-script+AD4-", "", "ascii"),
    ("so, ü".encode() * 50 + b"\xff\xfe\xfa", "", "utf-8"),
    (b"\x1b$B$3$l\x1b(B", "text/html; charset=iso-2022-jp", "iso-2022-jp"),
]


@pytest.mark.parametrize(("body", "header", "charset"), LABELS)
def test_which_declaration_counts(body: bytes, header: str, charset: str) -> None:
    """Byte-order mark, header and meta count in this order, and bytes that are UTF-8 before the last two."""
    assert decode(body, header).charset == charset


@given(st.binary(max_size=200), st.text(max_size=40))
def test_any_bytes_are_read(body: bytes, header: str) -> None:
    """Any bytes under any header are a text in some encoding."""
    decoded = decode(body, header)
    assert decoded.charset == decoded.charset.lower() != ""
