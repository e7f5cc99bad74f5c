"""Importers: labelled linkbacks from what WordPress and owners have, and reports of what is skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.importers import import_file
from training.rows import row_of

EXPORT = """<?xml version="1.0" encoding="UTF-8"?>
<rss xmlns:wp="http://wordpress.org/export/1.2/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><item><title>Bees &amp; honey</title><link>https://b.example/bees</link>
<content:encoded><![CDATA[<p>Bees need water.</p>]]></content:encoded>
{comments}
</item></channel></rss>"""
COMMENT = """<wp:comment><wp:comment_id>{id}</wp:comment_id>
<wp:comment_author><![CDATA[{author}]]></wp:comment_author>
<wp:comment_author_url>http://s.example/{id}</wp:comment_author_url><wp:comment_date_gmt>2020-01-02</wp:comment_date_gmt>
<wp:comment_content><![CDATA[{content}]]></wp:comment_content><wp:comment_approved>{approved}</wp:comment_approved>
<wp:comment_type>{kind}</wp:comment_type></wp:comment>"""


def written(folder: Path, name: str, content: str) -> Path:
    """Write a file."""
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def imported(path: Path) -> tuple[list[dict[str, str]], list[str]]:
    """Import a file."""
    skipped: list[str] = []
    return list(import_file(path, "blog", skipped.append)), skipped


def test_export_gives_linkbacks_with_labels(tmp_path: Path) -> None:
    """An export gives approved pings as ham, marked ones as spam, and reports those without a label."""
    comments = [
        COMMENT.format(
            id=1,
            author="Bags",
            content="<strong>Cheap</strong>\n\nbuy [...]",
            approved="spam",
            kind="trackback",
        ),
        COMMENT.format(
            id=2, author="On bees | Diary", content="[...] as here [...]", approved="1", kind="pingback"
        ),
        COMMENT.format(id=3, author="x", content="y", approved="0", kind="pingback"),
        COMMENT.format(id=4, author="reader", content="nice", approved="1", kind="comment"),
    ]
    found, skipped = imported(written(tmp_path, "export.xml", EXPORT.format(comments="".join(comments))))
    assert [(one["label"], one["kind"], one["title"], one["blog_name"]) for one in found] == [
        ("spam", "trackback", "Cheap", "Bags"),
        ("ham", "pingback", "On bees | Diary", ""),
    ]
    assert found[0]["excerpt"] == "buy [...]"
    assert (found[0]["target_title"], found[0]["target_url"]) == ("Bees & honey", "https://b.example/bees")
    assert "water" in found[0]["target_text"]
    assert skipped == ["comment 3: neither approved nor marked as spam"]
    assert all(row_of(one).spam is not None for one in found)


def test_export_that_declares_entities_is_refused(tmp_path: Path) -> None:
    """An export can't blow itself up with entities of its own."""
    bomb = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>'
    found, skipped = imported(written(tmp_path, "export.xml", bomb))
    assert found == []
    assert "declares entities" in skipped[0]


DUMP = (
    "INSERT INTO `wp_posts` VALUES (7,1,'2020','2020','Bees need water','Bees','','publish','open','open','','bees',"  # noqa: E501
    "'','','2020','2020','',0,'https://b.example/?p=7');\n"
    "INSERT INTO `wp_comments` (comment_ID, comment_post_ID, comment_author, comment_author_url, comment_content, "  # noqa: E501
    "comment_approved, comment_type) VALUES (1,7,'It\\'s bags','http://s.example','<strong>T</strong>\\n\\nit''s (cheap), "  # noqa: E501
    "ok','spam','trackback'),(2,7,'N','http://t.example',NULL,'1','pingback');\n"
)


def test_dump_gives_linkbacks_with_their_posts(tmp_path: Path) -> None:
    """A database dump's quoting is undone, and each linkback has its post."""
    found, skipped = imported(written(tmp_path, "dump.sql", DUMP))
    assert [(one["label"], one["title"], one["blog_name"], one["excerpt"]) for one in found] == [
        ("spam", "T", "It's bags", "it's (cheap), ok"),
        ("ham", "N", "", ""),
    ]
    assert {one["target_title"] for one in found} == {"Bees"}
    assert skipped == []


def test_dump_that_is_cut_is_reported(tmp_path: Path) -> None:
    """A row that can't be read is reported with its line."""
    _, skipped = imported(written(tmp_path, "dump.sql", DUMP[:-40]))
    assert skipped == ["line 2: a row that can't be read"]


def test_csv_needs_a_label(tmp_path: Path) -> None:
    """A CSV row without a label is reported with its line, the others are taken."""
    path = written(
        tmp_path, "rows.csv", "kind,label,title\ntrackback,spam,Bags\npingback,,x\npingback,approved,y\n"
    )
    found, skipped = imported(path)
    assert [(one["label"], one["title"]) for one in found] == [("spam", "Bags"), ("ham", "y")]
    assert skipped == ["line 3: no label"]


@pytest.mark.parametrize("line", ["{", '{"kind": "fax", "label": "spam"}', '{"kind": "pingback"}', "3"])
def test_bad_jsonl_is_reported(line: str, tmp_path: Path) -> None:
    """A line that is no labelled linkback is reported, and the next one is read."""
    good = '{"kind": "pingback", "label": "ham", "title": "t"}'
    found, skipped = imported(written(tmp_path, "rows.jsonl", f"{line}\n{good}\n"))
    assert [one["title"] for one in found] == ["t"]
    assert skipped[0].startswith("line 1: ")
