"""Where a link stands: each row is a piece of markup as blog software writes it."""

from __future__ import annotations

import pytest

from proxy.examine import examine
from proxy.linkback import Place

LINK = '<a href="http://blog.example/post">the post</a>'
ROWS = [
    ("<p>{}</p>", Place.MAIN),
    ("<article><p>{}</p></article>", Place.MAIN),
    ('<div class="entry-content"><p>{}</p></div>', Place.MAIN),
    ('<div class="post-body entry-content" id="post-body-1">{}</div>', Place.MAIN),
    ('<article><header><h2 class="entry-title">{}</h2></header></article>', Place.MAIN),
    ('<main><section><p class="lead">{}</p></section></main>', Place.MAIN),
    ('<div class="elementor-widget elementor-widget-text-editor"><p>{}</p></div>', Place.MAIN),
    ('<body class="has-sidebar comments-open"><p>{}</p>', Place.MAIN),
    ('<table><tr><td class="main">{}</td></tr></table>', Place.MAIN),
    ('<div id="mw-content-text" class="mw-parser-output"><p>{}</p></div>', Place.MAIN),
    ('<div id="sidebar-wrapper"><h1>All</h1><article>{} and much text of it</article></div>', Place.MAIN),
    ("<nav>{}</nav>", Place.BOILERPLATE),
    ("<footer><p>{}</p></footer><article>words words words words words</article>", Place.BOILERPLATE),
    ('<div role="navigation">{}</div>', Place.BOILERPLATE),
    ('<div id="sidebar"><div class="widget">{}</div></div>', Place.BOILERPLATE),
    ('<div class="LinkList widget"><div class="widget-content">{}</div></div>', Place.BOILERPLATE),
    ('<ul id="blogroll"><li>{}</li></ul>', Place.BOILERPLATE),
    ('<div class="siteFooterLinks">{}</div>', Place.BOILERPLATE),
    ('<div class="entry-content"><div class="sharedaddy sd-sharing">{}</div></div>', Place.BOILERPLATE),
    ('<aside class="related-posts"><article class="post">{}</article></aside><p>words words words words</p>',
     Place.BOILERPLATE),
    ("<ul>" + '<li><a href="/x">another link</a></li>' * 9 + "<li>{}</li></ul>", Place.BOILERPLATE),
    ('<noscript><img src="/p.gif">{}</noscript>', Place.BOILERPLATE),
    ('<article><div id="comments"><p>{}</p></div></article>', Place.COMMENT),
    ('<ol class="commentlist"><li class="comment even depth-1"><p>{}</p></li></ol>', Place.COMMENT),
    ('<article class="comment-body"><div class="entry-content">{}</div></article>', Place.COMMENT),
    ('<div class="wc-comment-text">{}</div>', Place.COMMENT),
    ('<div itemscope itemtype="http://schema.org/Comment">{}</div>', Place.COMMENT),
    ('<div id="kommentare"><div class="kommentar">{}</div></div>', Place.COMMENT),
    ('<div style="display: none">{}</div>', Place.HIDDEN),
    ('<div style="visibility:hidden">{}</div>', Place.HIDDEN),
    ('<div style="position:absolute; left:-9999px">{}</div>', Place.HIDDEN),
    ('<p style="text-indent:-5000px">{}</p>', Place.HIDDEN),
    ('<p style="font-size:0">{}</p>', Place.HIDDEN),
    ('<p style="opacity: 0">{}</p>', Place.HIDDEN),
    ('<div style="height:0;overflow:hidden">{}</div>', Place.HIDDEN),
    ("<div hidden>{}</div>", Place.HIDDEN),
    ('<span class="screen-reader-text">{}</span>', Place.HIDDEN),
    ('<div id="comments" style="display:none">{}</div>', Place.HIDDEN),
    ('<p style="font-size: 1px">{}</p>', Place.HIDDEN),
    ('<p style="color: #FFF; background: white">{}</p>', Place.HIDDEN),
    ('<p style="font-size: small; opacity: .5">{}</p>', Place.MAIN),
    ('<p style="padding-left:-0; border-left:-100px; color:#fff; background:#000">{}</p>', Place.MAIN),
    ('<p style="opacity:0.9; font-size:0.8em; line-height:0">{}</p>', Place.MAIN),
]  # fmt: skip


# The rules of a page's own sheet, and what is in its body.
SHEETS = [
    (".x { display: none }", "<p class=x>{}</p>", Place.HIDDEN),
    ("p.x, #y > .z { visibility: hidden }", "<div id=y><p class=z></p><b class=z>{}</b></div>", Place.HIDDEN),
    ("#y > .z { visibility: hidden }", "<div id=y><p><b class=z>{}</b></p></div>", Place.MAIN),
    (".x { position: absolute; left: -9999px }", "<div class=x><p>{}</p></div>", Place.HIDDEN),
    (".x a { font-size: 0 }", "<p class=x>{}</p>", Place.HIDDEN),
    (".x { height: 1px; overflow: hidden }", "<div class=x>{}</div>", Place.HIDDEN),
    (".x { color: #fff; background-color: #FFFFFF }", "<p class=x>{}</p>", Place.HIDDEN),
    ("/* { */ @import 'a.css'; .x { display: none }", "<p class=x>{}</p>", Place.HIDDEN),
    ("@media screen { .x { display: none } }", "<p class=x>{}</p>", Place.HIDDEN),
    ("@media print { .x { display: none } }", "<p class=x>{}</p>", Place.MAIN),
    ("@media all and (max-width: 600px) { .x { display: none } }", "<p class=x>{}</p>", Place.MAIN),
    (".x { display: none } @media (width > 9px) { .x { display: block } }", "<p class=x>{}</p>", Place.MAIN),
    ("</style><style media=print>.x { display: none }", "<p class=x>{}</p>", Place.MAIN),
    ("</style><style media='(width > 9px)'>.x { display: none }", "<p class=x>{}</p>", Place.MAIN),
    ("</style><style media=screen>.x { display: none }", "<p class=x>{}</p>", Place.HIDDEN),
    (".x { display: none } .x { display: block }", "<p class=x>{}</p>", Place.MAIN),
    ("#y { display: block } .x { display: none }", "<p class=x id=y>{}</p>", Place.MAIN),
    ("#y { display: block } .x { display: none !important }", "<p class=x id=y>{}</p>", Place.HIDDEN),
    (".x { display: none }", "<p class=x style='display: block'>{}</p>", Place.MAIN),
    (".x:hover { display: none } .x::before { display: none }", "<p class=x>{}</p>", Place.MAIN),
    (".sub-menu { display: none }", "<nav><ul class=sub-menu><li>{}</ul></nav>", Place.BOILERPLATE),
    (".tab-pane { display: none }", "<div class=tab-pane><p>{}</p></div>", Place.MAIN),
    (".page { visibility: hidden }", "<body class=page><div class=page><p>{}</p></div>", Place.MAIN),
    (".x { opacity: 0; transition: opacity 1s }", "<p class=x>{}</p>", Place.MAIN),
    (".x { font-size: inherit } .x:[{ display: none } .x {", "<p class=x>{}</p>", Place.MAIN),
    (".comment { display: none }", "<p class=comment>{}</p>", Place.HIDDEN),
]  # fmt: skip


@pytest.mark.parametrize(("sheet", "markup", "place"), SHEETS)
def test_place_under_a_sheet(sheet: str, markup: str, place: Place) -> None:
    """What the page's own sheet hides is hidden, but menus, what a reader opens, and whole pages."""
    beside = "" if "page" in sheet else f"<p>{'Other words. ' * 50}</p>"
    evidence = examine(
        f"<style>{sheet}</style>{markup.replace('{}', LINK)}{beside}".encode(),
        content_type="text/html",
        source="http://source.example/",
        target="http://blog.example/post",
        with_text=False,
    )
    assert evidence.place is place


@pytest.mark.parametrize(("markup", "place"), ROWS)
def test_place(markup: str, place: Place) -> None:
    """A link stands where its surroundings say."""
    evidence = examine(
        markup.replace("{}", LINK).encode(),
        content_type="text/html",
        source="http://source.example/",
        target="http://blog.example/post",
        with_text=False,
    )
    assert evidence.place is place


def test_the_best_of_several_places_counts() -> None:
    """A link in the text is not outweighed by another in the footer or out of sight."""
    body = f"<div hidden>{LINK}</div><footer>{LINK}</footer><p>{LINK}</p>".encode()
    evidence = examine(body, content_type="", source="http://s.example/", target="http://blog.example/post")
    assert (evidence.place, evidence.links_to_target) == (Place.MAIN, 3)
