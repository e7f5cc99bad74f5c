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


WRONGLY = [
    ("windows-1251", "iso-8859-1"),
    ("windows-1251", "us-ascii"),
    ("windows-1251", "gb2312"),
    ("koi8-r", "windows-1251"),
    ("koi8-r", "windows-1252"),
    ("shift_jis", "iso-8859-1"),
    ("shift_jis", "windows-1252"),
    ("euc-jp", "shift_jis"),
    ("gb18030", "windows-1252"),
    ("big5", "iso-8859-1"),
    ("windows-1253", "iso-8859-1"),
    ("windows-1256", "iso-8859-1"),
    ("windows-1252", "gb2312"),
    ("windows-1252", "shift_jis"),
]
LONGER = {
    "shift_jis": "今日は天気がいいので散歩に行きました。写真をたくさん撮ったので、あとでここに載せます。",
    "euc-jp": "今日は天気がいいので散歩に行きました。写真をたくさん撮ったので、あとでここに載せます。",
    "gb18030": "这是一个关于中国的博客，我们在这里写了很多东西，他们说这些都是大家的，你可以来看一看",
    "windows-1252": "L’été dernier, à Paris, il a été question de la forêt et des élèves privés de congés",
}


@pytest.mark.parametrize(("charset", "label"), WRONGLY)
def test_a_declaration_that_the_bytes_contradict(charset: str, label: str) -> None:
    """A page that is plainly in another encoding than it says is read in that one."""
    page = f"<meta charset={label}><p>" + LONGER.get(charset, TEXTS[charset]) * 4
    assert decode(page.encode(charset), "text/html") == (page, charset)


@pytest.mark.parametrize("charset", TEXTS)
@pytest.mark.parametrize("times", [1, 9])
def test_a_right_declaration_is_never_contradicted(charset: str, times: int) -> None:
    """However little or much text there is, and even if it has no common word, the right encoding stays."""
    names = {"shift_jis": "東京大学情報学部", "euc-jp": "東京大学情報学部", "big5": "國立臺灣大學 台灣新聞"}
    for text in (TEXTS[charset], names.get(charset, TEXTS[charset][:5])):
        page = f"<meta charset={charset}><p>" + text * times
        assert decode(page.encode(charset), "text/html").text == page


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_sixteen_bits_with_and_without_a_mark(charset: str) -> None:
    """UTF-16 is read by its mark, or by the header where it has none."""
    text = "<p>größer als これ</p>"
    header = (
        "" if charset in ("utf-16", "utf-8-sig") else f"text/html; charset={charset.replace('-16-', '-16')}"
    )
    assert decode(text.encode(charset), header).text == text


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
