"""Pages that mean harm to whoever parses them, each bounded; the figures are printed (`pytest -s`)."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from proxy.linkback import Evidence, Page
from proxy.reader import Reader, ReaderLimits, Unreadable, UnreadableReason

TARGET = "http://blog.example/a-post"
LINK = f'<a href="{TARGET}">link</a>'
SIZE = 300_000  # bytes; times at the fetcher's limit are some four times higher
SECONDS = 2.0


def filled(piece: str, before: str = LINK, after: str = "") -> str:
    """Repeat a piece until the page is full."""
    return before + piece * (SIZE // len(piece.encode())) + after


PAGES: dict[str, Callable[[], str | bytes]] = {
    "deep nesting of div": lambda: filled("<div>"),
    "deep nesting of p": lambda: filled("<p>"),
    "deep nesting of b": lambda: filled("<b>"),
    "deep nesting of font": lambda: filled("<font size=1>"),
    "deep nesting of lists": lambda: filled("<ul><li>"),
    "deep nesting of tables": lambda: filled("<table><tr><td>"),
    "deep nesting of quotes": lambda: filled("<blockquote>"),
    "deep nesting of forms": lambda: filled("<form><div>"),
    "deep nesting of svg": lambda: filled("<svg><g>"),
    "deep nesting of mathematics": lambda: filled("<math><mrow>"),
    "deep nesting of templates": lambda: filled("<template>"),
    "deep nesting of select": lambda: filled("<select><optgroup><option>"),
    "deep nesting before the link": lambda: filled("<span>", "", LINK),
    "links within links": lambda: filled('<a href="/x">'),
    "misnested formatting": lambda: filled("<b><i><p></b></i>"),
    "misnested links": lambda: filled('<a href="/x"><p></a>'),
    "misnested tables": lambda: filled("<table><b><tr><i>"),
    "closing tags only": lambda: filled("</p></div></b>"),
    "tens of thousands of attributes": lambda: (
        LINK + "<p " + " ".join(f"a{n}=1" for n in range(SIZE // 9)) + ">"
    ),
    "a thousand classes on each of a thousand levels": lambda: (
        "".join(f'<div class="{" ".join(f"c{n}-{k}" for k in range(40))}">' for n in range(500)) + LINK * 25
    ),
    "a sheet of one comment": lambda: f"<style>{'/*' * (SIZE // 2)}</style>{LINK}",
    "a sheet without a brace": lambda: f"<style>{'a' * SIZE}</style>{LINK}",
    "a sheet of braces": lambda: f"<style>{'{' * (SIZE // 2)}{'}' * (SIZE // 2)}</style>{LINK}",
    "a sheet of nested conditions": lambda: (
        f"<style>{'@media all{' * (SIZE // 20)}{'a{display:none}' * (SIZE // 40)}</style>{LINK}"
    ),
    "a sheet of selectors that all fit": lambda: (
        f"<style>{'div>a,' * (SIZE // 12)}a{{display:none}}{'div a{left:-999px}' * (SIZE // 40)}</style>"
        + "<div>" * 200
        + LINK * 25
    ),
    "a sheet of long selectors": lambda: (
        f"<style>{(':is(' * 40 + 'a' + ')' * 40 + ' a{display:none}') * (SIZE // 220)}</style>{LINK}"
    ),
    "one attribute of enormous size": lambda: f'{LINK}<p title="{"x" * SIZE}">',
    "one tag name of enormous size": lambda: LINK + "<" + "x" * SIZE + ">",
    "an unclosed tag": lambda: LINK + "<p " + "x " * (SIZE // 2),
    "an unclosed comment": lambda: LINK + "<!--" + "- " * (SIZE // 2),
    "an unclosed script": lambda: LINK + "<script>" + "x " * (SIZE // 2),
    "comments of every kind": lambda: filled("<!><!-><!--><!--->"),
    "an enormous table": lambda: filled("<td>x", LINK + "<table><tr>"),
    "tens of thousands of links": lambda: filled('<a href="/">'.replace("/", "/x") + "</a>"),
    "thousands of links to the target": lambda: filled(LINK),
    "thousands of links to the target in a list": lambda: filled(f"<li>{LINK}", "<ul>"),
    "a link text of enormous size": lambda: f'<a href="{TARGET}">' + "x " * (SIZE // 2),
    "a paragraph of enormous size": lambda: filled("words and ", "<p>", LINK),
    "an address of enormous size": lambda: f'{LINK}<a href="{TARGET}?{"x" * SIZE}">',
    "an address of dots": lambda: f'{LINK}<a href="{TARGET}{"/.." * 2000}">' * 100,
    "an address of escapes": lambda: f'{LINK}<a href="{TARGET}?{"%zz%41" * 1000}">' * 100,
    "a base of enormous size": lambda: f'<base href="http://x/{"y/" * (SIZE // 2)}">{LINK}',
    "character references": lambda: filled("&amp;&#x41;&lt;&notit;"),
    "references that never end": lambda: filled("&#" + "9" * 1000),
    "an entity bomb": lambda: '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>' + filled("&b;"),
    "noughts": lambda: LINK.encode() + b"\0" * SIZE,
    "broken UTF-8": lambda: LINK.encode() + b"\xff\xc3\xf0\x9f" * (SIZE // 4),
    "UTF-16 without an end": lambda: (LINK + "x" * (SIZE // 2)).encode("utf-16")[:-1],
    "escapes of ISO-2022-JP": lambda: (
        b"<meta charset=iso-2022-jp>" + LINK.encode() + b"\x1b$B!!\x1b(B" * (SIZE // 8)
    ),
    "right-to-left marks": lambda: filled("\u202e\u2066x"),
    "combining marks": lambda: filled("e\u0301\u0300\u0323"),
    "styles for ever": lambda: filled('<p style="' + "left:-9999px;" * 300 + '">x</p>'),
    "classes for ever": lambda: f'<div class="{"comment-x " * (SIZE // 10)}">{LINK}</div>',
    "headings for ever": lambda: filled("<h1>x</h1>"),
    "titles for ever": lambda: filled("<title>x</title>"),
    "noscript for ever": lambda: filled("<noscript><p>x"),
    "meta for ever": lambda: filled('<meta http-equiv=refresh content="0">'),
    "plaintext": lambda: LINK + "<plaintext>" + "<a href=x>" * (SIZE // 10),
}


@pytest.fixture(scope="module")
def ledger() -> Iterator[list[str]]:
    """Collect a line a page and print them at the end."""
    lines: list[str] = []
    yield lines
    print("\n| page | outcome | seconds | bytes | peak MB |\n|---|---|---|---|---|")
    print("\n".join(lines))


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    """Run one reader with the limits of this test."""
    async with Reader(ReaderLimits(workers=1, page_seconds=SECONDS, memory_bytes=512_000_000)) as reader:
        yield reader


@pytest.mark.parametrize("name", PAGES)
async def test_hostile_page(name: str, reader: Reader, ledger: list[str]) -> None:
    """Every hostile page gives bounded evidence or is given up, and the next page is read."""
    made = PAGES[name]()
    body = made if isinstance(made, bytes) else made.encode("utf-8", "replace")
    began = time.monotonic()
    result = await reader.examine(page(body), target=TARGET)
    outcome = f"found {result.found}" if isinstance(result, Evidence) else result.reason.value
    seconds = time.monotonic() - began
    ledger.append(f"| {name} | {outcome} | {seconds:.2f} | {len(body):,} | {peak_memory(reader)} |")
    if isinstance(result, Unreadable):
        assert result.reason in (UnreadableReason.TOO_SLOW, UnreadableReason.BROKE)
    else:
        assert len(repr(result)) < 20_000
    assert isinstance(await reader.examine(page(LINK.encode()), target=TARGET), Evidence)


def peak_memory(reader: Reader) -> str:
    """Tell the peak memory of the process that read, in MB, if it lives."""
    for worker in reader._workers:
        handle = Path(f"/proc/self/fdinfo/{worker._handle}").read_text("ascii")
        status = Path(f"/proc/{handle.partition('Pid:')[2].split()[0]}/status").read_text("ascii")
        return f"{int(status.partition('VmHWM:')[2].split()[0]) / 1024:.0f}"
    return "killed"


def page(body: bytes) -> Page:
    """Make a page of a stranger."""
    address = "http://source.example/"
    return Page(url=address, final_url=address, status=200, content_type="text/html", body=body)
