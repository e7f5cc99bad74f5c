"""The rig is a real WordPress: what other tests conclude from it rests on these facts."""

from __future__ import annotations

import urllib.request
import xmlrpc.client
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.rig import Rig
    from tests.support.postgresql import PostgreSQL

pytestmark = pytest.mark.wordpress


def ping(wordpress: Rig, source: str, target: str) -> str:
    """Send a pingback to WordPress itself."""
    with xmlrpc.client.ServerProxy(wordpress.base_url + "/xmlrpc.php") as server:
        return str(server.pingback.ping(source, target))


def test_pingback_is_stored(wordpress: Rig, source_server: str) -> None:
    """A pingback from a page that links becomes a comment whose author is the page's title."""
    target = wordpress.posts[0]
    source = f"{source_server}/links/rig?to={target.url}"
    ping(wordpress, source, target.url)
    [comment] = wordpress.comments()
    assert (comment.type, comment.author, comment.author_url, comment.post_id) == (
        "pingback",
        "A small page /links/rig",
        source,
        target.id,
    )


def test_flood_check_can_be_switched_on(wordpress: Rig, source_server: str) -> None:
    """With its flood check on, WordPress loses the second of two linkbacks; without, it stores both."""
    first, second = wordpress.posts[1], wordpress.posts[2]
    with wordpress.flood_check():
        ping(wordpress, f"{source_server}/links/flood1?to={first.url}", first.url)
        with pytest.raises(xmlrpc.client.Fault) as refused:
            ping(wordpress, f"{source_server}/links/flood2?to={second.url}", second.url)
    assert refused.value.faultCode == 429
    ping(wordpress, f"{source_server}/links/flood3?to={second.url}", second.url)
    assert [comment.post_id for comment in wordpress.comments()] == [first.id, second.id]


def test_browser_shows_a_page(chromium: Browser, wordpress: Rig) -> None:
    """Chromium renders the rig's log-in page."""
    page = chromium.new_page()
    page.goto(wordpress.base_url + "/wp-login.php")
    assert "Rig Test Journal" in page.title()
    page.close()


def test_postgresql_answers(postgresql: PostgreSQL) -> None:
    """The throwaway PostgreSQL takes a database and a query."""
    postgresql.create_database("rig")
    assert postgresql.sql("SELECT 1", "rig") == "1\n"


def test_source_server_logs_what_it_saw(source_server: str) -> None:
    """A request to the source server is in its log."""
    with urllib.request.urlopen(f"{source_server}/nolink/logged") as answer:
        assert answer.status == 200
    with urllib.request.urlopen(f"{source_server}/log") as answer:
        assert b"/nolink/logged" in answer.read()
