"""Importers: labelled linkbacks from what WordPress and owners have, and reports of what is skipped."""

from __future__ import annotations

import gzip
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


NETWORK = """-- MySQL dump
CREATE TABLE `wp_2_comments` (
  `comment_ID` bigint,
  `plugin` text,
  `comment_post_ID` bigint,
  `comment_author` text,
  `comment_approved` text,
  `comment_type` text,
  PRIMARY KEY (`comment_ID`)
);
INSERT INTO `wp_2_comments` VALUES
(1,_binary 'x',7,'(a\\\\','1','pingback'),
(2,NULL,7,'b','trash','pingback'),
(3,NULL,8,'c;','spam','trackback');
INSERT INTO `wp_posts` (ID, post_title) VALUES (7,'Other blog');
INSERT INTO `wp_2_posts` (ID, post_title) VALUES (7,'Bees');
"""


def test_dump_of_a_network_with_other_columns_is_read(tmp_path: Path) -> None:
    """Rows on lines of their own, a plugin's column, one blog of many, binary strings: all by their names."""
    found, skipped = imported(written(tmp_path, "dump", NETWORK))
    assert [(one["label"], one.get("target_title"), one["title"], one["blog_name"]) for one in found] == [
        ("ham", "Bees", "(a\\", ""),
        ("spam", None, "", "c;"),
    ]
    assert skipped == ["comment 2: neither approved nor marked as spam"]


ROWS = """kind,label,title
trackback,spam,"Bags, ""new"\""

pingback,,x
pingback,approved,"y
z"
fax,spam,q
"""
TOLD = [("spam", 'Bags, "new"'), ("ham", "y\nz")]


def test_csv_is_read_row_by_row(tmp_path: Path) -> None:
    """A row without a label or of an unknown kind is reported with its line, the others are taken."""
    found, skipped = imported(written(tmp_path, "rows.csv", ROWS))
    assert [(one["label"], one["title"]) for one in found] == TOLD
    assert skipped == ["line 4: no label", "line 7: unknown kind 'fax'"]


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbf" + ROWS.encode(),
        ROWS.encode("utf-16"),
        gzip.compress(ROWS.encode()),
        ROWS.replace("\n", "\r\n").replace("y\r\nz", "y\nz").encode(),
        ROWS.replace("kind,label,title", '"Type" , "Status", Post Title').encode(),
        ROWS.replace("Bags, ", "Bags~").replace(",", ";").replace("Bags~", "Bags, ").encode(),
        ROWS.encode() + b'pingback,spam,"never closed' + b"x" * 11_000_000,
    ],
    ids=["BOM", "UTF-16", "gzip", "CRLF", "headings", "semicolons", "open quote"],
)
def test_csv_of_any_program_is_read(raw: bytes, tmp_path: Path) -> None:
    """Marks, encodings, line ends, headings and separators of spreadsheets change nothing."""
    path = tmp_path / "rows.csv"
    path.write_bytes(raw)
    found, skipped = imported(path)
    assert [(one["label"], one["title"]) for one in found] == TOLD
    assert skipped[0] == "line 4: no label"


def test_csv_knows_a_column_that_says_is_spam(tmp_path: Path) -> None:
    """In a column 'is_spam' 1 means spam, though in WordPress's own 1 means approved."""
    found, _ = imported(written(tmp_path, "rows.csv", "is_spam,title\n1,a\n0,b\n"))
    assert [one["label"] for one in found] == ["spam", "ham"]
    found, _ = imported(written(tmp_path, "rows.csv", "comment_approved,title\n1,a\nspam,b\n"))
    assert [one["label"] for one in found] == ["ham", "spam"]


def test_csv_without_a_label_is_refused(tmp_path: Path) -> None:
    """A table that can't have labels is refused with a sentence, not skipped row by row."""
    with pytest.raises(ValueError, match="has no column 'label'"):
        imported(written(tmp_path, "rows.csv", "a,b\n1,2\n"))


def test_file_that_is_cut_is_told_of(tmp_path: Path) -> None:
    """Of an export that ends in the middle the whole items are read, and the end is reported."""
    one = COMMENT.format(id=1, author="a", content="b", approved="1", kind="pingback")
    whole = EXPORT.format(comments=one)
    found, skipped = imported(written(tmp_path, "export.xml", whole.replace("</channel></rss>", "<item>")))
    assert len(found) == 1
    assert "the rest is not read" in skipped[0]


BAD_LINES = ("{", '{"kind": "fax", "label": "spam"}', '{"kind": "pingback"}', "3", "[" * 50_000)


@pytest.mark.parametrize("line", BAD_LINES, ids=range(len(BAD_LINES)))
def test_bad_jsonl_is_reported(line: str, tmp_path: Path) -> None:
    """A line that is no labelled linkback is reported, and the next one is read."""
    good = '{"kind": "pingback", "label": "ham", "title": "t"}'
    found, skipped = imported(written(tmp_path, "rows.jsonl", f"{line}\n{good}\n"))
    assert [one["title"] for one in found] == ["t"]
    assert skipped[0].startswith("line 1: ")
