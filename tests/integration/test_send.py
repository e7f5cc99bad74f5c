"""`linkback-proxy send` against real receivers on loopback."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from proxy import send
from proxy.demo.blog import Blog

Received = list[dict[str, str]]


def arguments(**given: str) -> argparse.Namespace:
    """Parse a command line."""
    parser = argparse.ArgumentParser()
    send.add_arguments(parser)
    return parser.parse_args([f"--{name.replace('_', '-')}={value}" for name, value in given.items()])


async def run(**given: str) -> int:
    """Run the command beside the receiver's event loop."""
    return await asyncio.to_thread(send.run, arguments(**given))


@pytest.fixture
async def blog(free_port: int) -> AsyncIterator[tuple[Blog, str]]:
    """Run the small blog, which takes pingbacks and trackbacks."""
    url = f"http://127.0.0.1:{free_port}"
    blog = Blog(url)
    async with TestServer(blog.application(), port=free_port):
        yield blog, url


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Received, str]]:
    """Run a receiver of webmentions that says 202, and two pages that lead astray."""
    received: Received = []

    async def take(request: web.Request) -> web.Response:
        received.append({name: str(value) for name, value in (await request.post()).items()})
        return web.Response(status=202 if "refuse" not in request.path else 400, text="said")

    async def page(request: web.Request) -> web.Response:
        return web.Response(headers={"Link": f"<{request.query.get('endpoint', '/wm')}>; rel=webmention"})

    async def bare(_: web.Request) -> web.Response:
        return web.Response(text="no endpoint")

    application = web.Application()
    application.add_routes([web.get("/post", page), web.get("/bare", bare), web.post("/{any:.*}", take)])
    async with TestServer(application) as server:
        yield received, str(server.make_url("/")).rstrip("/")


@pytest.mark.parametrize("protocol", ["pingback", "trackback"])
async def test_sends_to_a_blog(blog: tuple[Blog, str], protocol: str) -> None:
    """A linkback is sent to the endpoint that the target names, and the blog has it."""
    kept, url = blog
    status = await run(
        source="https://a.example/1", target=f"{url}/bread/", protocol=protocol, title="A title"
    )
    assert status == 0
    [linkback] = kept.linkbacks["bread"]
    assert (linkback.protocol, linkback.source) == (protocol, "https://a.example/1")


async def test_sends_a_webmention(receiver: tuple[Received, str], capsys: pytest.CaptureFixture[str]) -> None:
    """A webmention's form holds source and target, and what was answered is printed."""
    received, url = receiver
    assert await run(source="https://a.example/1", target=f"{url}/post") == 0
    assert received == [{"source": "https://a.example/1", "target": f"{url}/post"}]
    assert "HTTP 202: said" in capsys.readouterr().out


async def test_endpoint_by_hand(blog: tuple[Blog, str]) -> None:
    """A trackback can be sent to an endpoint that the target does not name."""
    kept, url = blog
    endpoint = f"{url}/river/trackback/"
    assert (
        await run(source="https://a.example/2", target=f"{url}/", protocol="trackback", endpoint=endpoint)
        == 0
    )
    assert [linkback.source for linkback in kept.linkbacks["river"]] == ["https://a.example/2"]


EXITS = [
    ({"target": "{url}/post?endpoint=/refuse"}, send.REFUSED),
    ({"target": "{url}/bare"}, send.NO_ENDPOINT),
    ({"target": "{url}/post", "protocol": "pingback"}, send.NO_ENDPOINT),
    ({"target": "{url}/post?endpoint=http://127.0.0.1:1/"}, send.UNREACHABLE),
    ({"target": "http://127.0.0.1:1/"}, send.UNREACHABLE),
    ({"target": "no address"}, send.UNREACHABLE),
    ({"target": "{url}/post", "endpoint": "{url}/wm"}, 2),
]


@pytest.mark.parametrize(("given", "status"), EXITS)
async def test_exit_status(receiver: tuple[Received, str], given: dict[str, str], status: int) -> None:
    """Each way of failing has its own exit status."""
    _, url = receiver
    given = {name: value.format(url=url) for name, value in given.items()}
    assert await run(source="https://a.example/1", **given) == status
