"""`linkback-proxy send`: send one linkback, as a blog would, and print what was answered.

For trying an installation, and for anyone whose blog cannot send. Talks to whatever address it is given;
reads no configuration and no database.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import dataclass

import aiohttp

from proxy import discover
from proxy.linkback import Linkback, Protocol
from proxy.protocols import pingback, trackback, webmention
from proxy.protocols.http import Delivery, Outcome, OutcomeKind

SECONDS = 30  # for each of the two requests
MAX_ANSWER = 65_536  # bytes
USER_AGENT = "linkback-proxy-send"
ORDER = (Protocol.WEBMENTION, Protocol.PINGBACK, Protocol.TRACKBACK)  # newest first, where all are offered

DONE, REFUSED, NO_ENDPOINT, UNREACHABLE = 0, 1, 3, 4
EXITS = {
    OutcomeKind.DELIVERED: DONE,
    OutcomeKind.DUPLICATE: DONE,
    OutcomeKind.SAME_WORDS: DONE,
    OutcomeKind.UNCLEAR: REFUSED,
    OutcomeKind.REFUSED: REFUSED,
    OutcomeKind.RETRY: UNREACHABLE,
}
EPILOG = """Exit status: 0 taken (or taken before), 1 refused, 2 wrong use, 3 the target names no
endpoint, 4 the target or its endpoint could not be reached or asks for another try."""


class SendError(Exception):
    """The linkback could not be sent; the text says why in one line."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where and how to send."""

    protocol: Protocol
    url: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.epilog = EPILOG
    parser.add_argument("--source", required=True, metavar="URL", help="the page that links")
    parser.add_argument("--target", required=True, metavar="URL", help="the page that is linked to")
    parser.add_argument(
        "--protocol",
        choices=[protocol.value for protocol in Protocol],
        help="how to send it (default: the newest that the target offers)",
    )
    parser.add_argument(
        "--endpoint",
        metavar="URL",
        help="where to send it (default: what the target names); needs --protocol",
    )
    parser.add_argument("--title", default="", help="trackback only: the source's title (default: its URL)")
    parser.add_argument("--excerpt", default="", help="trackback only: some words of the source")
    parser.add_argument("--blog-name", default="", help="trackback only: the name of the source's blog")


def run(arguments: argparse.Namespace) -> int:
    """Send one linkback and return the exit status."""
    if arguments.endpoint and not arguments.protocol:
        print("send: --endpoint needs --protocol", file=sys.stderr)
        return 2
    try:
        endpoint, outcome = asyncio.run(_discover_and_send(arguments))
    except SendError as error:
        print(f"send: {error}", file=sys.stderr)
        return error.status
    print(f"endpoint  {endpoint.url} ({endpoint.protocol})")
    print(f"answer    {outcome.kind}" + (f": {outcome.detail}" if outcome.detail else ""))
    return EXITS[outcome.kind]


async def _discover_and_send(arguments: argparse.Namespace) -> tuple[Endpoint, Outcome]:
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, headers={"User-Agent": USER_AGENT}) as session:
        if arguments.endpoint:
            endpoint = Endpoint(protocol=Protocol(arguments.protocol), url=arguments.endpoint)
        else:
            wanted = (Protocol(arguments.protocol),) if arguments.protocol else ORDER
            endpoint = choose(await fetch_target(session, arguments.target), wanted)
        linkback = Linkback(
            protocol=endpoint.protocol,
            source=arguments.source,
            target=arguments.target,
            title=arguments.title or arguments.source,
            excerpt=arguments.excerpt,
            blog_name=arguments.blog_name,
        )
        return endpoint, await send(session, linkback, endpoint.url)


def choose(target: discover.Target, wanted: tuple[Protocol, ...]) -> Endpoint:
    """Return the first of the wanted protocols' endpoints that the target names."""
    for protocol in wanted:
        url = discover.endpoint(protocol, target)
        if url and discover.is_plausible(url, target.url):
            return Endpoint(protocol=protocol, url=url)
    raise SendError(f"{target.url} names no endpoint for {' or '.join(wanted)}", NO_ENDPOINT)


async def fetch_target(session: aiohttp.ClientSession, url: str) -> discover.Target:
    """Get the target's page, as far as discovery reads it."""
    try:
        async with session.get(url, max_redirects=5) as response:
            body = await _read(response, discover.MAX_PAGE)
            return discover.Target(url=str(response.url), headers=tuple(response.headers.items()), body=body)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise SendError(f"{url} could not be read: {_said(error)}", UNREACHABLE) from error


async def send(session: aiohttp.ClientSession, linkback: Linkback, endpoint: str) -> Outcome:
    """Send a linkback and return what its receiver made of it."""
    delivery = _delivery(linkback)
    try:
        async with session.post(
            endpoint, data=delivery.body, headers=dict(delivery.headers), allow_redirects=False
        ) as response:
            body = await _read(response, MAX_ANSWER)
            return _READERS[linkback.protocol](response.status, tuple(response.headers.items()), body)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise SendError(f"{endpoint} could not be asked: {_said(error)}", UNREACHABLE) from error


def _delivery(linkback: Linkback) -> Delivery:
    """Render the request; the path in it is for deliveries to a known upstream, and of no use here."""
    match linkback.protocol:
        case Protocol.PINGBACK:
            return pingback.delivery(linkback, "/")
        case Protocol.WEBMENTION:
            return webmention.delivery(linkback)
        case Protocol.TRACKBACK:
            return trackback.delivery(linkback)


_READERS = {
    Protocol.PINGBACK: pingback.read_result,
    Protocol.WEBMENTION: webmention.read_result,
    Protocol.TRACKBACK: trackback.read_result,
}


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes:
    read = bytearray()
    async for chunk in response.content.iter_any():
        read += chunk
        if len(read) >= limit:
            break
    return bytes(read[:limit])


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
