"""WordPress's own pages, used in a real browser through the proxy."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.rig import Rig
from tests.support.proxy import ProxyProcess

pytestmark = [pytest.mark.wordpress, pytest.mark.browser]

# One red pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc000"
    "0003010100c9fe92ef0000000049454e44ae426082"
)


@pytest.fixture
def admin(chromium: Browser, wordpress: Rig, proxy: ProxyProcess) -> Page:
    """Return a page of a browser that is logged in to wp-admin through the proxy."""
    page = chromium.new_context().new_page()
    page.goto(f"{proxy.url}/wp-login.php")
    page.fill("#user_login", wordpress.admin_user)
    page.fill("#user_pass", wordpress.admin_password)
    page.click("#wp-submit")
    page.wait_for_url("**/wp-admin/**")
    return page


def test_log_in(admin: Page) -> None:
    """Logging in to wp-admin leads to the dashboard of WordPress."""
    assert "Dashboard" in admin.title()
    admin.context.close()


def test_media_upload(admin: Page, wordpress: Rig, proxy: ProxyProcess, tmp_path: Path) -> None:
    """A file that is uploaded in wp-admin is in WordPress, byte for byte."""
    file = tmp_path / "sourdough.png"
    file.write_bytes(PNG)
    admin.goto(f"{proxy.url}/wp-admin/media-new.php?browser-uploader")
    admin.set_input_files("#async-upload", file)
    admin.click("#html-upload")
    admin.wait_for_url("**/upload.php*")
    newest = "SELECT guid FROM wp_posts WHERE post_type='attachment' ORDER BY ID DESC LIMIT 1"
    url = wordpress.sql(newest).strip()
    assert url.startswith(proxy.url)
    assert admin.request.get(url).body() == PNG
    admin.context.close()


def test_page_view(chromium: Browser, wordpress: Rig, proxy: ProxyProcess) -> None:
    """A post is shown with its style, at its public address, and no request of the page fails."""
    page = chromium.new_context().new_page()
    failed: list[str] = []
    page.on("response", lambda response: failed.append(response.url) if response.status >= 400 else None)
    page.goto(wordpress.posts[0].url)
    assert page.locator("h1").first.inner_text() == wordpress.posts[0].title
    assert page.evaluate("document.styleSheets.length") > 0
    assert failed == []
    page.context.close()
