"""`linkback-proxy examine` on a file: what it prints, and that strangers' text does not steer a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from proxy.__main__ import main

PAGE = b"""<html lang=de><title>Ein Tag\x1b[31m</title><p>Gestern las ich
<a rel="nofollow ugc" href="http://blog.example/post/?a=1&amp;b=2#more">diesen Beitrag</a> mit Freude."""
TARGET = "https://www.blog.example/post?a=1&b=2"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """Write a page to a file."""
    file = tmp_path / "page.html"
    file.write_bytes(PAGE)
    return file


def examined(page: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """Run the command and return what it prints."""
    source = ["--source", "http://source.example/a", "--target", TARGET]
    assert main(["examine", str(page), *source, *options]) == 0
    return capsys.readouterr().out


def test_json(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Everything that was found is a key of one JSON object."""
    found = json.loads(examined(page, capsys, "--json"))
    assert {key: found[key] for key in ("found", "where", "rel", "anchor_text", "language", "links_out")} == {
        "found": True,
        "where": "main",
        "rel": ["nofollow", "ugc"],
        "anchor_text": "diesen Beitrag",
        "language": "de",
        "links_out": 1,
    }
    assert found["excerpt"] == "[…] las ich diesen Beitrag mit […]"
    assert (found["charset"], found["truncated"]) == ("ascii", False)
    assert found["title"].startswith("Ein Tag")


def test_a_terminal_is_not_steered(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters of a page are not printed."""
    shown = examined(page, capsys)
    assert "\x1b" not in shown
    assert "where            main" in shown


def test_a_page_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a page the command says so and returns 2."""
    assert main(["examine", str(tmp_path / "none.html"), "--target", TARGET]) == 2
    assert "No page" in capsys.readouterr().err
