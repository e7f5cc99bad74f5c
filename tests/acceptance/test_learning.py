"""Learning from the owner's decisions, in a real browser: retrain with progress, promote, roll back."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from proxy.store import Label, State, open_store
from tests.support.dashboard import judged, linkback, sqlite
from tests.support.ports import eventually
from tests.support.proxy import ProxyProcess, running_proxy

pytestmark = pytest.mark.browser


async def _decide(proxy: ProxyProcess) -> None:
    """Label forty linkbacks in the running proxy's database, as an owner does."""
    async with open_store(sqlite(proxy.folder)) as store:
        for number in range(40):
            spam = bool(number % 2)
            words = {
                "title": f"Cheap pills {number}" if spam else f"Reading notes {number}",
                "excerpt": "order pills here today" if spam else f"a calm remark on the post, the {number}th",
            }
            one = await judged(store, linkback(number, **words), state=State.HELD)
            if spam:
                await store.review.discard([one], label=Label.SPAM, by="test")
            else:
                await store.review.release([one], by="test", delay=1000)


def test_retrain_promote_and_roll_back(chromium: Browser, tmp_path: Path) -> None:
    """A retraining tells its progress; its candidate is in use once promoted, until rolled back."""
    with (
        running_proxy(tmp_path, upstream="http://127.0.0.1:9", models=str(tmp_path / "models")) as proxy,
        ThreadPoolExecutor(1) as apart,
    ):
        apart.submit(lambda: asyncio.run(_decide(proxy))).result()
        page = chromium.new_context().new_page()
        page.goto(f"{proxy.dashboard_url}/learning")
        shipped = page.locator(".block p").first.inner_text()
        page.get_by_role("button", name="Retrain").click()
        expect(page.get_by_role("progressbar")).to_be_visible()
        promote = page.get_by_role("button", name="Promote")
        expect(promote).to_be_visible(timeout=90_000)
        candidate = page.get_by_role("heading", name="Candidate").inner_text().split()[-1]
        promote.click()
        expect(page.locator(".block p").first).to_contain_text(candidate)
        eventually(lambda: f"model={candidate}" in proxy.log(), what="taking the candidate up")
        page.get_by_role("button", name="Roll back").click()
        expect(page.locator(".block p").first).to_contain_text(shipped)
        page.context.close()
