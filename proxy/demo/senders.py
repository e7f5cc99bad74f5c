"""The senders of the demonstration: a server with their pages, and the sending of their linkbacks."""

from __future__ import annotations

import html

import aiohttp
from aiohttp import web

from proxy.demo.content import SENDERS, Sender
from proxy.linkback import Linkback
from proxy.send import choose, fetch_target, send

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><article><h1>{title}</h1>
{body}
</article></body></html>
"""


class Senders:
    """Pages that link to the blog, or claim to."""

    def __init__(self, blog_url: str) -> None:
        self._blog_url = blog_url
        self.url = ""  # known when the server listens

    def application(self) -> web.Application:
        """Return the senders' pages as an application that can be served."""
        application = web.Application()
        application.add_routes([web.get("/{name}/{path:.*}", self._show)])
        return application

    def source(self, name: str) -> str:
        """Return the address of a sender's page."""
        return f"{self.url}/{name}/{SENDERS[name].path}"

    def target(self, sender: Sender) -> str:
        """Return the address of the post that a sender links to."""
        return f"{self._blog_url}/{sender.target}/"

    async def send(self, session: aiohttp.ClientSession, name: str) -> None:
        """Send one sender's linkback, as a blog would: discover the endpoint, then send."""
        sender = SENDERS[name]
        endpoint = choose(await fetch_target(session, self.target(sender)), (sender.protocol,))
        linkback = Linkback(
            protocol=sender.protocol,
            source=self.source(name),
            target=self.target(sender),
            title=sender.title,
            excerpt=sender.excerpt,
            blog_name=sender.blog_name,
        )
        await send(session, linkback, endpoint.url)

    async def _show(self, request: web.Request) -> web.Response:
        sender = SENDERS.get(request.match_info["name"])
        if sender is None:
            raise web.HTTPNotFound
        body = sender.body.replace("{target}", self.target(sender))
        return web.Response(
            text=_PAGE.format(title=html.escape(sender.title), body=body), content_type="text/html"
        )
