"""A small blog that takes pingbacks and trackbacks as WordPress does, and keeps them in memory.

It trusts everybody: whatever reaches it is shown. It may not know that a proxy stands in front.
"""

from __future__ import annotations

from collections import defaultdict

from aiohttp import web
from jinja2 import Environment, PackageLoader, select_autoescape

from proxy.demo.content import POSTS
from proxy.linkback import Linkback, Protocol
from proxy.protocols import pingback, trackback, xmlrpc
from proxy.protocols.http import Answer

MAX_BODY = 100_000  # bytes


class Blog:
    """The posts, and who links to them."""

    def __init__(self, url: str) -> None:
        self._url = url  # as readers and senders know it
        self._template = Environment(
            loader=PackageLoader("proxy.demo", ""), autoescape=select_autoescape()
        ).get_template("blog.html")
        self.linkbacks: dict[str, list[Linkback]] = defaultdict(list)  # by slug, bounded by the demonstration

    def application(self) -> web.Application:
        """Return the blog as an application that can be served."""
        application = web.Application(client_max_size=MAX_BODY)
        application.add_routes(
            [
                web.get("/", self._show_all),
                web.get("/{slug}/", self._show),
                web.post("/xmlrpc.php", self._take_pingback),
                web.post("/{slug}/trackback/", self._take_trackback),
            ]
        )
        return application

    def address(self, slug: str) -> str:
        """Return a post's address."""
        return f"{self._url}/{slug}/"

    async def _show_all(self, _: web.Request) -> web.Response:
        counts = {slug: len(self.linkbacks[slug]) for slug in POSTS}
        return self._page(posts=POSTS, counts=counts)

    async def _show(self, request: web.Request) -> web.Response:
        slug = request.match_info["slug"]
        if slug not in POSTS:
            raise web.HTTPNotFound
        return self._page(post=POSTS[slug], slug=slug, linkbacks=self.linkbacks[slug])

    def _page(self, **values: object) -> web.Response:
        html = self._template.render(url=self._url, **values)
        headers = {"X-Pingback": f"{self._url}/xmlrpc.php"}
        return web.Response(text=html, content_type="text/html", headers=headers)

    async def _take_pingback(self, request: web.Request) -> web.Response:
        try:
            message = xmlrpc.parse(await request.read())
        except xmlrpc.MalformedError:
            return _response(pingback.answer(xmlrpc.Fault(code=-32700, text="parse error")))
        linkback = pingback.claim(xmlrpc.arguments(message.params))
        if isinstance(linkback, xmlrpc.Fault):
            return _response(pingback.answer(linkback))
        slug = linkback.target.removeprefix(self._url).strip("/")
        if slug not in POSTS:
            return _response(pingback.answer(pingback.fault(33)))
        self._keep(slug, linkback)
        return _response(pingback.answer(pingback.success_text(linkback)))

    async def _take_trackback(self, request: web.Request) -> web.Response:
        slug, form = request.match_info["slug"], await request.post()
        if slug not in POSTS or not form.get("url"):
            return _response(trackback.answer("There is no such post, or no URL."))
        self._keep(
            slug,
            Linkback(
                protocol=Protocol.TRACKBACK,
                source=str(form["url"]),
                target=self.address(slug),
                title=str(form.get("title", "")),
                excerpt=str(form.get("excerpt", "")),
                blog_name=str(form.get("blog_name", "")),
            ),
        )
        return _response(trackback.answer())

    def _keep(self, slug: str, linkback: Linkback) -> None:
        self.linkbacks[slug].append(linkback)


def _response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, headers=dict(answer.headers), body=answer.body)
