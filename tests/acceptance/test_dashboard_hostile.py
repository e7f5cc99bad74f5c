"""Stored-XSS attempts in every field that a stranger controls, read in a real browser."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page

from proxy.linkback import Protocol
from proxy.store.schema import linkbacks
from tests.support.dashboard import Running, judged, linkback, sqlite
from tests.support.served import Served, serve

pytestmark = pytest.mark.browser

ATTEMPTS = (
    "<script>window.hit=1</script>",
    "<img src=x onerror=window.hit=1>",
    "<svg/onload=window.hit=1>",
    '"><svg><script>window.hit=1</script>',
    "' onmouseover='window.hit=1' x='",
    '" autofocus onfocus=window.hit=1 x="',
    "</title></textarea></style></script><script>window.hit=1</script>",
    "{{ 7*7 }}{% raw %}${window.hit=1}`",
    "javascript:window.hit=1//",
    "data:text/html,<script>window.hit=1</script>",
    "+ADw-script+AD4-window.hit=1+ADw-/script+AD4-",
    "\u202e\u2066<b>gnp.exe\u202c",
    "\ufeff\u200b\x01\x1b[2J\x00",
    "%3Cscript%3Ewindow.hit=1%3C/script%3E",
    "<iframe srcdoc='<script>parent.hit=1</script>'>",
    "<base href=//evil.example><meta http-equiv=refresh content=0;url=//evil.example>",
    "<style>*{display:none}</style><link rel=stylesheet href=//evil.example/x.css>",
    "W" * 100_000,
    "\u0627\u0644\u0639" * 5_000,
    "Z" + "\u0300" * 2_000,
)
FIELDS = ("title", "excerpt", "anchor_text", "text", "language", "charset", "final_url")
IDS = range(1, 3 * len(ATTEMPTS) + 1)  # three linkbacks of each
PATHS = ("/", "/?state=all", "/overview", "/learning", "/trail", "/settings", "/health")


async def _fill(board: Running) -> None:
    for number, text in enumerate(ATTEMPTS):
        for case in _cases(number, text):
            one = await judged(board.store, *case[:1], **case[1])
            await board.store.database.write(functools.partial(_headers, one, text.replace("\x00", "")))


def _headers(one: int, text: str, connection: sa.Connection) -> None:
    """Put an attempt where headers and answers of strangers' servers go."""
    change = sa.update(linkbacks).where(linkbacks.c.id == one).values(remote=text, answer=text, domain=text)
    connection.execute(change)


def _cases(number: int, text: str):
    text = text.replace("\x00", "")
    page = dict.fromkeys(
        ("title", "excerpt", "anchor_text", "text", "language", "charset", "final_url"), text
    )
    words = {"title": text, "excerpt": text, "blog_name": text}
    yield linkback(number, **words), {**page, "signs": (text,), "rel": (text,), "redirects": (text,)}
    address = f"https://h{number}.example/{text}"
    yield linkback(number, source=address, target=f"https://blog.example/{text}"), {}
    yield linkback(number, source=text, protocol=Protocol.PINGBACK, title="", excerpt="", blog_name=""), page


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Served]:
    """Serve a dashboard full of attempts."""
    with serve(sqlite(tmp_path_factory.mktemp("hostile")), _fill) as board:
        yield board


@pytest.fixture
def page(chromium: Browser, served: Served) -> Iterator[Page]:
    """Open a phone-sized page that notes whatever it asks of anybody but us."""
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page, elsewhere = context.new_page(), []
    page.on("dialog", lambda dialog: elsewhere.append(dialog.message))
    page.on(
        "request",
        lambda request: None if request.url.startswith(served.url) else elsewhere.append(request.url),
    )
    yield page
    context.close()
    assert elsewhere == []


def harmless(page: Page) -> None:
    """Hold that no script of a stranger ran, none stands in the page, and nothing is wider than the page."""
    assert page.evaluate("window.hit") is None
    assert page.locator("script:not([src='/static/script.js']), iframe, base, style").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    links = page.locator("main a").evaluate_all("all => all.map(a => a.protocol)")
    assert set(links) <= {"http:", "https:"}


def test_no_attempt_runs_in_lists(page: Page, served: Served) -> None:
    """Lists, overview, trail and settings show every attempt as text, within the width of a phone."""
    for path in (*PATHS, *(f"/?before={one}" for one in IDS[::20])):
        page.goto(served.url + path)
        harmless(page)


def test_no_attempt_runs_on_cards(page: Page, served: Served) -> None:
    """Each attempt's card shows it as text in every field."""
    for one in IDS:
        page.goto(f"{served.url}/linkback/{one}")
        assert page.locator("h1").count() == 1, one
        harmless(page)


def test_attempts_in_the_address(page: Page, served: Served) -> None:
    """What stands in the dashboard's own address is text too."""
    for text in ATTEMPTS[:16]:
        for name in ("q", "domain", "back", "campaign", "reason", "done", "since", "before"):
            page.request.get(f"{served.url}/", params={name: text})
        page.goto(
            f"{served.url}/?" + page.evaluate("text => new URLSearchParams({q: text, domain: text})+''", text)
        )
        harmless(page)


def test_no_frame_shows_the_dashboard(chromium: Browser, served: Served) -> None:
    """A page elsewhere that frames the dashboard gets an error in its place."""
    page = chromium.new_context().new_page()
    body = f"<iframe src='{served.url}/'></iframe>"
    page.route("http://clickjack.example/", lambda route: route.fulfill(content_type="text/html", body=body))
    page.goto("http://clickjack.example/")
    assert [frame.url for frame in page.frames[1:]] == ["chrome-error://chromewebdata/"]
    page.context.close()
