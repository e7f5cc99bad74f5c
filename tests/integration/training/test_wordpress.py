"""Imports from a real WordPress: its own export, a dump of its database, and the database itself."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.rig import Rig
from training.cli import main

EXPORT = """<?php
$_SERVER['HTTP_HOST'] = parse_url($argv[2], PHP_URL_HOST);
require $argv[1] . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/export.php';
export_wp();
"""
STORED = (
    ("trackback", "spam", "It''s <cheap>", "<strong>Bags; (new)</strong>\\n\\nbuy, \\\\ \\'here\\' ü 袋 […]"),
    ("trackback", "1", "Diary", "<strong>On bees</strong>\\n\\nAs I read there […]"),
    ("pingback", "1", "On bees | Diary", "[&#8230;] as <b>he</b> says [&#8230;]"),
    ("pingback", "0", "waits", "x"),
    ("comment", "1", "reader", "nice"),
)


@pytest.fixture
def blog(wordpress: Rig) -> Rig:
    """Give a WordPress that stored linkbacks, with its owner's decisions about them."""
    for number, (kind, approved, author, content) in enumerate(STORED):
        wordpress.sql(
            "INSERT INTO wp_comments (comment_post_ID, comment_author, comment_author_url, comment_content, "
            "comment_approved, comment_type, comment_date, comment_date_gmt) VALUES "
            f"({wordpress.posts[0].id}, '{author}', 'http://s{number}.example/a', '{content}', "
            f"'{approved}', '{kind}', '2024-01-02 03:04:05', '2024-01-02 03:04:05')"
        )
    return wordpress


def imported(path: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Import a file as an owner does."""
    assert main(["import", str(path), "--blog", "mine"]) == 0
    captured = capsys.readouterr()
    assert "neither approved nor marked as spam" in captured.err
    return [json.loads(line) for line in captured.out.splitlines()]


def run(*command: object) -> bytes:
    """Run a program and return what it prints."""
    return subprocess.run([str(word) for word in command], check=True, capture_output=True).stdout


def held_to(found: list[dict[str, Any]], rig: Rig, labels: tuple[str, ...]) -> None:
    """Hold what was imported to what WordPress stored."""
    assert tuple(one["label"] for one in found) == labels
    ham = [one for one in found if one["label"] == "ham"]
    assert [(one["kind"], one["title"], one["blog_name"]) for one in ham] == [
        ("trackback", "On bees", "Diary"),
        ("pingback", "On bees | Diary", ""),
    ]
    assert {one["target_title"] for one in found} == {rig.posts[0].title}
    assert all(one["target_text"] and one["target_url"] for one in found)


def test_database_and_its_dumps(blog: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A dump, a gzipped dump in one statement a row, and the database itself give the same linkbacks."""
    socket = f"--socket={blog.folder.database_socket}"
    dumper = shutil.which("mariadb-dump") or shutil.which("mysqldump")
    dump = run(dumper, "--no-defaults", socket, "-u", "root", "--default-character-set=utf8mb4", "wordpress")
    single = run(dumper, "--no-defaults", socket, "-u", "root", "--skip-extended-insert", "wordpress")
    (tmp_path / "dump.sql").write_bytes(dump)
    (tmp_path / "dump.sql.gz").write_bytes(gzip.compress(single))
    found = imported(tmp_path / "dump.sql", capsys)
    held_to(found, blog, ("spam", "ham", "ham"))
    assert (found[0]["title"], found[0]["blog_name"]) == ("Bags; (new)", "It's <cheap>")
    assert found[0]["excerpt"] == "buy, \\ 'here' ü 袋 […]"
    assert imported(tmp_path / "dump.sql.gz", capsys) == found
    assert imported(blog.folder / "www" / "wp-config.php", capsys) == found


def test_export(blog: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """WordPress's own export gives what was approved; it leaves spam out itself."""
    (tmp_path / "export.php").write_text(EXPORT)
    exported = run(
        "php", "-d", "display_errors=stderr", tmp_path / "export.php", blog.folder / "www", blog.public_url
    )
    (tmp_path / "export.xml").write_bytes(exported)
    held_to(imported(tmp_path / "export.xml", capsys), blog, ("ham", "ham"))


def test_database_that_does_not_answer_is_a_sentence(
    blog: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong password is told of in a sentence, and stands in no message."""
    config = (blog.folder / "www" / "wp-config.php").read_text()
    path = tmp_path / "wp-config.php"
    path.write_text(config + "\ndefine( 'DB_USER', 'nobody' );\ndefine( 'DB_PASSWORD', 'geheim' );\n")
    assert main(["import", str(path)]) == 1
    said = capsys.readouterr().err
    assert "could not read the database" in said
    assert "geheim" not in said
