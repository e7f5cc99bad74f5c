"""axe-core's rules on every page of the dashboard, in light and dark, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from proxy.dashboard.candidate import Training, tell
from proxy.dashboard.passwords import Passwords
from proxy.linkback import Protocol
from proxy.shadow import candidate_of
from proxy.store import Label, State
from tests.support.dashboard import BLOG, Running, judged, linkback, sqlite
from tests.support.packages import AXE
from tests.support.served import Served, serve

pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/?state=all&q=title",
    "/?domain=nowhere.example",
    "/linkback/1",
    "/overview",
    "/learning",
    "/health",
    "/trail",
    "/vanished",
    "/settings",
    "/keys",
    "/nowhere",
)
ON_A_PHONE = ("/", "/linkback/1", "/overview", "/learning")  # where the layout differs
RUN = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .map(one => `${one.id}: ${one.nodes.map(node => node.html.slice(0, 160)).join(" | ")}`)"""


def _pair(*numbers: int) -> dict[str, dict[str, int]]:
    names = ("spam", "caught", "ham", "false")
    return {
        "before": dict(zip(names, numbers[:4], strict=True)),
        "after": dict(zip(names, numbers[4:], strict=True)),
    }


OUTCOME = {
    "model": "judge-0000000000",
    "safe": False,
    "later": _pair(40, 30, 60, 1, 40, 36, 60, 2),
    "old": _pair(1500, 1400, 1500, 3, 1500, 1399, 1500, 3),
    "slices": {
        "protocol: trackback": _pair(30, 25, 40, 1, 30, 29, 40, 1),
        "language: en": _pair(40, 30, 50, 0, 40, 36, 50, 1),
        f"blog: {BLOG}/{'long' * 30}": _pair(40, 30, 60, 1, 40, 36, 60, 2),
    },
}


async def _fill(board: Running) -> None:
    """Leave something to see on every page."""
    store, folder = board.store, candidate_of(Path(board.desk.config().models))
    folder.mkdir()
    tell(folder, Training(outcome=OUTCOME))
    for number in range(4):
        await judged(store, linkback(number, title=f"Offer {number}", excerpt="Buy this", blog_name="Shop"))
    await judged(store, linkback(7, protocol=Protocol.PINGBACK, title="", excerpt="", blog_name=""), text="x")
    await judged(store, linkback(8), state=State.REJECTED, score=0.99)
    await store.review.release([await judged(store, linkback(9))], by="test", delay=1000)
    await store.review.discard([await judged(store, linkback(10))], label=Label.SPAM, by="test")
    await store.choices.enlist(BLOG, "s1.example", allow=False, by="test")


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Served]:
    """Serve a dashboard with linkbacks in several states."""
    folder = tmp_path_factory.mktemp("accessible")
    with serve(sqlite(folder), _fill, models=str(folder / "models")) as board:
        yield board


@pytest.fixture(
    params=[("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)], ids="{0[0]} {0[1]}".format
)
def page(request, chromium: Browser, served: Served) -> Iterator[Page]:
    """Open a browser of one scheme and width."""
    scheme, width = request.param
    context = chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": 844})
    context.add_init_script(path=AXE[2])
    yield context.new_page()
    context.close()


def findings(page: Page) -> list[str]:
    """Return what axe finds on the page as it stands, however slight."""
    return page.evaluate(RUN)


def test_no_page_has_a_finding(page: Page, served: Served) -> None:
    """Contrast, names, roles, landmarks, headings: axe finds nothing on any page, not even slight."""
    found = {}
    for path in PAGES if page.viewport_size["width"] > 400 else ON_A_PHONE:
        page.goto(served.url + path)
        found[path] = findings(page)
    page.goto(served.url)
    page.keyboard.press("?")
    found["?"] = findings(page)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("x")
    found["a row chosen"] = findings(page)
    assert {path: one for path, one in found.items() if one} == {}


def test_the_log_in_has_no_finding(page: Page, served: Served) -> None:
    """The form, and the form that says no."""
    passwords = Passwords(served.board.store)
    served.do(passwords.set("owner", "correct horse", by="test"))
    try:
        page.goto(f"{served.url}/login")
        assert findings(page) == []
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("alert").wait_for()
        assert findings(page) == []
    finally:
        served.do(passwords.remove("owner", by="test"))


def test_axe_can_fail(page: Page, served: Served) -> None:
    """A page with grey on grey and a nameless button is found out."""
    page.goto(served.url)
    page.evaluate("document.querySelector('main').innerHTML = '<h1>Broken</h1><button></button>'")
    assert [one.partition(":")[0] for one in findings(page)] == ["button-name"]
