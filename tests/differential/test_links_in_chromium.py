"""The examiner and a real browser agree on which pages link to which targets, on generated markup."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest

from proxy import urls
from proxy.examine import examine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Route

PAGES = 300
SOURCE = "http://source.example/blog/a"
TARGETS = [
    "http://blog.example/post",
    "http://blog.example/?p=4&x=1",
    "https://www.blog.example/p%C3%B6st/",
    "http://source.example/blog/b",
    "http://127.0.0.1/x",
]
HREFS = [
    "http://blog.example/post",
    "HTTP://BLOG.example:80/./post#x",
    "//blog.example/post",
    " http://blog.example/post\n",
    "http:\\\\blog.example\\post",
    "http:/blog.example/post",
    "http://u:p@blog.example/post",
    "http://blog.example@x.example",
    "http://blog.example/%70ost",
    "http://blog.example/post?",
    "http://blog.example/?p=4&amp;x=1",
    "http://blog.example/?p=4&x=1",
    "http://blog.example?p=4&#38;x=1",
    "https://blog.example/pöst",
    "https://blog.example/p%c3%b6st/",
    "b",
    "./b",
    "../blog/b",
    "/blog/x/../b",
    "?",
    "",
    "#x",
    "http:b",
    "https:b",
    "http://0x7f.1/x",
    "http://2130706433/x",
    "http://127.1/x",
    "javascript:void(0)",
    "mailto:a@blog.example",
    "http://blog.example:81/post",
    "http://blog.example/po\tst",
    "http://exa mple/",
    "post",
    "/post",
    "?p=4&x=1",
]
MARKUP = [
    '<a href="{}">',
    "<a href='{}'>x</a>",
    '<area href="{}">',
    '<map><area href="{}"></map>',
    '<A HREF="{}">y</A>',
    '<svg><a href="{}">s</a></svg>',
    '<math><a href="{}">m</a></math>',
    '<svg><desc><a href="{}">d</a></desc></svg>',
    '<svg><foreignObject><a href="{}">f</a></foreignObject></svg>',
    '<template><a href="{}">t</a></template>',
    '<!-- <a href="{}"> -->',
    '<!--><a href="{}">c</a>',
    "<script>var a = '<a href=\"{}\">'</script>",
    '<style><a href="{}"></style>',
    '<textarea><a href="{}"></textarea>',
    '<title><a href="{}"></title>',
    '<noscript><a href="{}">n</a></noscript>',
    '<iframe><a href="{}"></iframe>',
    '<xmp><a href="{}"></xmp>',
    '<a name="{}">',
    '<link href="{}">',
    '<p data-href="{}">',
    '<a data-x=">" href="{}">',
    '<a href="{}" href="z">',
    "<a href={}>",
    '<table><a href="{}">',
    '<select><a href="{}"></select>',
    '<a\nhref\n=\n"{}"\n>',
    '<a/href="{}"/>',
    '<option><a href="{}">',
    '<button><a href="{}">',
    '<object><a href="{}"></object>',
    '<frameset><a href="{}">',
    "<table><tr><td>",
    "</table>",
    "<p>",
    "</p>",
    "<div>",
    "</div>",
    "</a>",
    "<b><i>",
    "</b>",
    "<svg>",
    "</svg>",
    "<math><mi>",
    "</math>",
    "<template>",
    "</template>",
    "<noembed>",
    "</noembed>",
    "<!--",
    "-->",
    "words",
    "&amp;",
    '<base href="http://blog.example/x/">',
    '<base href="{}">',
    "<body>",
    "</body>",
    "<head>",
    "</head>",
    "<form>",
]


def generated(seed: int) -> str:
    """Make a page of pieces that meet by chance."""
    dice = random.Random(seed)
    pieces = (dice.choice(MARKUP).replace("{}", dice.choice(HREFS)) for _ in range(dice.randint(1, 25)))
    return "<!DOCTYPE html><meta charset=utf-8>" + "".join(pieces)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Open a page in a browser that reaches nothing but what is given to it."""
    page = chromium.new_page()
    yield page
    page.close()


def links_in(page: Page, html: str) -> list[str]:
    """Return the addresses of a browser's document.links for a page at the source's address."""

    def answer(route: Route) -> None:
        if route.request.is_navigation_request() and route.request.url == SOURCE:
            route.fulfill(body=html.encode("utf-8", "surrogatepass"), content_type="text/html; charset=utf-8")
        else:
            route.abort()

    page.unroute_all()
    page.route("**/*", answer)
    page.goto(SOURCE, wait_until="domcontentloaded")
    links: list[str] = json.loads(page.evaluate("JSON.stringify([...document.links].map(link => link.href))"))
    return links


@pytest.mark.browser
def test_links_are_those_of_a_browser(page: Page) -> None:
    """No link is found that the browser's document.links lacks, and none that it has is missed."""
    differences, positives = [], 0
    for seed in range(PAGES):
        html = generated(seed)
        links = links_in(page, html)
        for target in TARGETS:
            seen = any(urls.same_page(link, target) for link in links)
            evidence = examine(
                html.encode(),
                content_type="text/html; charset=utf-8",
                source=SOURCE,
                target=target,
                with_text=False,
            )
            found = evidence.found and "noscript" not in evidence.signs
            positives += seen
            if found != seen:
                differences.append((seed, target, "found" if found else "missed", html))
    assert positives > PAGES
    assert differences == []
