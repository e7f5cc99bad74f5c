"""The dashboard in a real browser: the owner's whole round in front of a real WordPress."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from proxy.store import open_store
from tests.rig import Rig
from tests.support import linkbacks
from tests.support.dashboard import judged, linkback, sqlite
from tests.support.ports import eventually
from tests.support.proxy import ROOT, ProxyProcess, running_proxy

pytestmark = [pytest.mark.wordpress, pytest.mark.browser]

PASSWORD = "correct horse"
HOLD_ALL = {"cutoffs": {"ham": 0.0, "spam": 1.0}}


def set_password(proxy: ProxyProcess) -> None:
    """Set the dashboard's password as an owner does, through a pipe."""
    command = [sys.executable, "-m", "proxy", "password", "-c", str(proxy.config_file)]
    subprocess.run(command, input=PASSWORD, text=True, check=True, cwd=ROOT, capture_output=True)


@pytest.fixture
def proxy(wordpress: Rig, public_port: int, tmp_path: Path) -> Iterator[ProxyProcess]:
    """Run a proxy that holds everything, and delivers what is released after three seconds."""
    with running_proxy(
        tmp_path,
        upstream=wordpress.base_url,
        public_url=wordpress.public_url,
        port=public_port,
        blog=HOLD_ALL,
        delivery={"undo_seconds": 3},
        limits={"per_client_per_minute": 1000},
    ) as process:
        yield process


@pytest.fixture
def page(chromium: Browser, proxy: ProxyProcess) -> Iterator[Page]:
    """Open the dashboard as its owner; any error of a script or of the policy fails the test."""
    set_password(proxy)
    context = chromium.new_context()
    page, faults = context.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(proxy.dashboard_url)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("link", name="Held")).to_be_visible()
    yield page
    context.close()
    assert faults == []


def test_the_whole_round(page: Page, wordpress: Rig, proxy: ProxyProcess, source_server: str) -> None:
    """Filter, read a card, release by key, undo, release again: then, and only then, WordPress has it."""
    target = wordpress.posts[0]
    source = f"{source_server}/blogpost/round?to={target.url}"
    linkbacks.pingback(proxy.url, source, target.url)
    other = {"title": "Other", "excerpt": "Something else", "blog_name": "Else"}
    linkbacks.trackback(target.trackback_url, url=f"{source_server}/links/other?to={target.url}", **other)
    page.reload()
    expect(page.locator("[data-row]")).to_have_count(2)
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Protocol").select_option("pingback")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile("protocol=pingback"))
    arrived(page, rows=1)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="In its context")).to_be_visible()
    expect(page.locator("blockquote mark")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("r")
    expect(page.get_by_role("status")).to_contain_text("Released")
    page.wait_for_load_state()
    page.keyboard.press("z")
    arrived(page, rows=1)
    assert [state for state in _states(proxy) if state != "held"] == []
    page.keyboard.press("j")
    page.keyboard.press("r")
    expect(page.get_by_role("status")).to_contain_text("Released")
    eventually(lambda: len(wordpress.comments()) == 1, what="WordPress storing the pingback")
    assert wordpress.comments()[0].author_url == source
    page.goto(f"{proxy.dashboard_url}/?state=delivered")
    expect(page.locator("[data-row]")).to_have_count(1)


def arrived(page: Page, *, rows: int) -> None:
    """Wait for a list of so many linkbacks and for its script, which hears the keys."""
    expect(page.locator("[data-row]")).to_have_count(rows)
    page.wait_for_load_state()


def _states(proxy: ProxyProcess) -> list[str]:
    return [
        line.split()[1] for line in proxy.command("list", "--state", "all", "--limit", "1000").splitlines()
    ]


async def _hold_offers(proxy: ProxyProcess, count: int) -> None:
    """Put near-duplicates into the running proxy's database, as its judges would."""
    async with open_store(sqlite(proxy.folder)) as store:
        for number in range(count):
            words = {
                "title": f"Offer {number}",
                "excerpt": f"Only {number} left, see http://x{number}.example",
            }
            await judged(store, linkback(number, blog_name="Shop", **words))


def test_a_campaign_in_two_keystrokes(
    page: Page, wordpress: Rig, proxy: ProxyProcess, source_server: str
) -> None:
    """Two hundred near-duplicates are spam by `c` and `s`, and nothing else is touched."""
    target = wordpress.posts[0]
    with ThreadPoolExecutor(1) as apart:  # the browser's interface keeps this thread's loop
        apart.submit(lambda: asyncio.run(_hold_offers(proxy, 200))).result()
    linkbacks.pingback(proxy.url, f"{source_server}/blogpost/last?to={target.url}", target.url)
    eventually(lambda: _states(proxy).count("held") == 201, within=60, what="holding all")
    page.reload()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(".row.now")).to_contain_text("Offer")
    page.keyboard.press("c")
    page.keyboard.press("s")
    expect(page.get_by_role("status")).to_contain_text("Discarded as spam 200 linkbacks")
    expect(page.locator("[data-row]")).to_have_count(1)
    assert sorted(set(_states(proxy))) == ["discarded", "held"]


def test_without_a_script(chromium: Browser, proxy: ProxyProcess, wordpress: Rig, source_server: str) -> None:
    """Everything that the owner decides works in a browser without scripts."""
    target = wordpress.posts[0]
    linkbacks.pingback(proxy.url, f"{source_server}/blogpost/plain?to={target.url}", target.url)
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(proxy.dashboard_url)
    page.get_by_role("checkbox", name="Select linkback").check()
    page.locator(".bulk").get_by_role("button", name="Spam").click()
    page.get_by_role("button", name="Undo").click()
    page.locator("[data-row] h2 a").click()
    expect(page.get_by_role("heading", name="In its context")).to_be_visible()
    page.get_by_role("button", name="Unwanted").first.click()
    expect(page.get_by_role("status")).to_contain_text("unwanted")
    assert _states(proxy) == ["discarded"]
    page.context.close()
