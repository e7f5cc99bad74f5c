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
    ('<p style="opacity:0.9; font-size:0.8em; line-height:0">{}</p>', Place.MAIN),
]  # fmt: skip


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
