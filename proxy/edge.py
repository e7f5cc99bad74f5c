"""The edge: for each HTTP request, find its blog, let the gate look, and relay, take or refuse it.

A body that the gate must see is spooled as it comes, so that its memory stays bounded; what turns out
to be no linkback goes on from the spool, byte for byte.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import BinaryIO, cast

import structlog
from aiohttp import web
from aiohttp.client_exceptions import ClientPayloadError

from proxy import answers
from proxy.blogs import Blogs, Site
from proxy.express import Way
from proxy.forwarding import LONGEST_REMEMBERED, Header, Network, Peer, peer_in_lines, peer_of, raw
from proxy.handing import Takes
from proxy.heads import Asked
from proxy.limits import Buckets, Courtesy
from proxy.linkback import Linkback
from proxy.meters import LIMITED, REFUSED, RELAYED, Meters
from proxy.policy import Heard
from proxy.protocols.http import Answer, Head
from proxy.protocols.methods import XmlRpcPolicy
from proxy.protocols.recognise import (
    Batch,
    Claim,
    GatePolicy,
    Inspection,
    Ordinary,
    Recognised,
    Refusal,
    inspect,
    is_call,
    is_plainest,
)
from proxy.relay import Relay, say_continue
from proxy.upstream import UpstreamError

SPOOL_BYTES = 256_000  # of a body under inspection that stay in memory
MAX_INSPECTED_BYTES = 1_000_000_000  # of a body that the gate must see (uploads too); more is refused
PATIENCE_SECONDS = 60.0  # between two pieces of a body under inspection
OTHERS_SECONDS = 60.0
KNOWN = 1024  # ways that are remembered: the same clients ask again and again
MAX_OTHERS_BYTES = 20_000_000

_log = structlog.get_logger()


class TooLargeError(Exception):
    """A body under inspection is longer than any that is let through."""


class Edge:
    """Handles requests. `blogs` gives the blogs as they are configured now."""

    def __init__(
        self,
        *,
        blogs: Callable[[], Blogs],
        relay: Relay,
        reception: Takes,
        xmlrpc: Callable[[], XmlRpcPolicy],
        trusted: Callable[[], frozenset[Network]],
        callers: Buckets,
        meters: Meters,
    ) -> None:
        self._blogs = blogs
        self._relay = relay
        self._reception = reception
        self._xmlrpc = xmlrpc
        self._trusted = trusted
        self._callers = callers  # of XML-RPC, by address
        self._meters = meters
        self._courtesy = Courtesy()  # among those whose bodies the gate must see

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        peer = peer_of(request.remote, request.raw_headers, self._trusted())
        site = self._blogs().chosen(peer.host, request.path, peer.scheme)
        if site is None:
            return web.Response(status=421, text="No blog is configured here for this host name.\n")
        head = _head(request.method, request.raw_path, request.raw_headers, site)
        inspection = inspect(head, self._policy(site))
        if inspection is None:
            self._meters.count(RELAYED)
            return await self._relay.relay(request, upstream=site.upstream, peer=peer)
        if is_call(head) and self._is_too_fast(peer):
            return _response(answers.too_many_calls())
        with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
            body = cast("BinaryIO", spool)
            try:
                await say_continue(request)
                await _spool(request, body, inspection)
            except TooLargeError:
                return web.Response(status=413, text="The request is too large.\n")
            except TimeoutError:
                return web.Response(status=408, text="The request did not arrive in time.\n")
            except (ClientPayloadError, asyncio.IncompleteReadError):
                return web.Response(status=400, text="The request's body is broken.\n")
            answer = await self._act(inspection.close(), site, peer)
            if answer is not None:
                return _response(answer)
            return await self._relay.relay(request, upstream=site.upstream, peer=peer, body=body)

    def choose(self, asked: Asked, remote: str) -> Way | None:
        """Say where the express takes a request; None leaves it to `handle`."""
        blogs, trusted = self._blogs(), self._trusted()
        if 0 < len(asked.said) <= LONGEST_REMEMBERED and is_plainest(asked.target):
            way = _way_of(remote, asked.said, trusted, blogs)
            if way is not None:
                self._meters.count(RELAYED)
                return way
        peer = asked.peer(remote, trusted)
        target = asked.target.decode("ascii")
        path = target.partition("?")[0]
        if "%" in path and len(blogs) > 1:
            return None  # a blog's own path may be written in many ways
        site = blogs.chosen(peer.host, path, peer.scheme)
        if site is None:
            return None
        return self._looked_at(_head(asked.method, target, asked.headers, site), peer, site)

    def _looked_at(self, head: Head, peer: Peer, site: Site) -> Way | None:
        """Let the gate say whether it must see the body."""
        inspection = inspect(head, self._policy(site))
        if inspection is None:
            self._meters.count(RELAYED)
            return Way(site.upstream, peer, None)
        if head.method != "POST":
            return None

        async def take(body: bytes) -> Answer | None:
            if is_call(head) and self._is_too_fast(peer):
                return answers.too_many_calls()
            await self._courtesy.turn()
            inspection.feed(body)
            return await self._act(inspection.close(), site, peer)

        return Way(site.upstream, peer, take)

    def _is_too_fast(self, peer: Peer) -> bool:
        """Say whether a client has used its XML-RPC calls up, and count it."""
        refused = not self._callers.take(peer.address)
        if refused:
            self._meters.count(LIMITED, "callers")
        return refused

    def _policy(self, site: Site) -> GatePolicy:
        paths = (site.webmention_path,) if site.webmention_path else ()
        return GatePolicy(xmlrpc=self._xmlrpc(), webmention_paths=paths)

    async def _act(self, what: Recognised, site: Site, peer: Peer) -> Answer | None:
        """Do what a request asks for and give our answer; None if it is upstream's."""
        match what:
            case Ordinary():
                self._meters.count(RELAYED)
                return None
            case Claim(linkback=linkback):
                return answers.answer(linkback, await self._take(linkback, site, peer))
            case Batch():
                return await self._batch(what, site, peer)
            case Refusal():
                self._meters.count(REFUSED, what.reason)
                _log.info("refusal", blog=site.name, reason=what.reason, remote=peer.address)
                return what.answer

    async def _take(self, linkback: Linkback, site: Site, peer: Peer) -> Heard:
        return await self._reception.take(linkback, site, peer.address)

    async def _batch(self, what: Batch, site: Site, peer: Peer) -> Answer:
        """Take a batch's linkbacks one by one and pass its other calls on, side by side."""
        linkbacks = [call for call in what.calls if isinstance(call, Linkback)]
        others = asyncio.create_task(self._others(what, site, peer))
        heard = await asyncio.gather(*(self._take(one, site, peer) for one in linkbacks))
        results = tuple(answers.result(one, word) for one, word in zip(linkbacks, heard, strict=True))
        return answers.batch(what.calls, results, await others)

    async def _others(self, what: Batch, site: Site, peer: Peer) -> bytes | None:
        """Return upstream's answer to the other calls; None if there are none or it has none."""
        request = answers.batch_for_upstream(what.calls, site)
        if request is None:
            return None
        try:
            answer = await self._relay.exchange(
                upstream=site.upstream,
                method=request.method,
                path=request.path,
                headers=raw(request.headers),
                body=request.body,
                peer=peer,
                timeout=OTHERS_SECONDS,
                max_bytes=MAX_OTHERS_BYTES,
            )
        except UpstreamError:
            return None
        return answer.body


@lru_cache(maxsize=KNOWN)
def _way_of(remote: str, said: bytes, trusted: Collection[Network], blogs: Blogs) -> Way | None:
    """Say where all that one client reads of one host goes; None if that depends on the path."""
    peer = peer_in_lines(remote, said, trusted)
    site = blogs.only(peer.host, peer.scheme)
    return Way(site.upstream, peer, None) if site is not None else None


def _head(method: str, target: str, raw_headers: Iterable[Header], site: Site) -> Head:
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw_headers)
    return Head(method=method, raw_target=target, headers=headers, blog_url=site.name)


async def _spool(request: web.BaseRequest, spool: BinaryIO, inspection: Inspection) -> None:
    """Read the body to the spool, past the inspection."""
    size = 0
    while True:
        async with asyncio.timeout(PATIENCE_SECONDS):
            piece = await request.content.readany()
        if not piece:
            return
        size += len(piece)
        if size > MAX_INSPECTED_BYTES:
            raise TooLargeError
        inspection.feed(piece)
        spool.write(piece)


def _response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, headers=list(answer.headers), body=answer.body)
