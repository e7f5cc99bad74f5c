"""What the relay does over time: kept connections, clients and upstreams that go, streams, tunnels."""

from __future__ import annotations

import asyncio
import contextlib
import resource

import aiohttp
from aiohttp import web

from tests.support.wire import (
    CLOSE,
    GET,
    OK,
    Fronts,
    answering,
    connected,
    listening,
    read_request,
    start_line,
    talk,
)

OLD_GET = b"GET / HTTP/1.0\r\n\r\n"
HUNDRED = 100
PIECE = bytes(1024 * 1024)


# Connections


async def test_connection_to_upstream_is_kept_for_reading_requests(relaying: Fronts) -> None:
    """GET and HEAD share one connection, whatever kind of answer came on it."""
    answers = [OK, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", OK]
    async with answering(*answers) as upstream, relaying(upstream.url) as port:
        for method in (b"GET", b"HEAD", b"GET"):
            await talk(port, method + b" / HTTP/1.1\r\n" + CLOSE)
    assert [len(connection) for connection in upstream.connections] == [3]


async def test_request_on_a_connection_just_closed_is_sent_again(relaying: Fronts) -> None:
    """Where upstream closes a kept connection at the moment of the next GET, the client notices nothing."""
    seen: list[bytes] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await read_request(reader))
        writer.write(OK)
        seen.append(await read_request(reader))

    async with listening(script) as url, relaying(url) as port:
        answers = [await talk(port, GET), await talk(port, GET)]
    assert [start_line(answer) for answer in answers] == [b"HTTP/1.1 200 OK"] * 2
    assert len([request for request in seen if request]) == 3


async def test_post_is_never_sent_twice(relaying: Fronts) -> None:
    """A POST goes on a new connection, so that a failure is no reason to repeat it."""
    post = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"
    async with answering(OK, b"", then_close=True) as upstream, relaying(upstream.url) as port:
        await talk(port, GET)
        await talk(port, post)
    assert [[start_line(r)[:4] for r in c] for c in upstream.connections] == [[b"GET "], [b"POST"]]


async def test_client_that_hangs_up_ends_the_exchange(relaying: Fronts) -> None:
    """When the client goes while upstream still works, upstream's connection is closed."""
    asked, left = asyncio.Event(), asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        asked.set()
        await reader.read()
        left.set()

    async with listening(script) as url, relaying(url) as port:
        async with connected(port) as (_, writer):
            writer.write(GET)
            await asked.wait()
        await left.wait()


async def test_upload_that_breaks_off_is_not_completed_for_upstream(relaying: Fronts) -> None:
    """When the client goes in the middle of a chunked body, upstream sees no end of it."""
    got, all_of_it = asyncio.Event(), asyncio.get_running_loop().create_future()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"abc")
        got.set()
        try:
            all_of_it.set_result(head + await reader.read())
        except ConnectionResetError:
            all_of_it.set_result(head)

    async with listening(script) as url, relaying(url) as port:
        async with connected(port) as (_, writer):
            writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            await got.wait()
        assert not (await all_of_it).endswith(b"0\r\n\r\n")


async def test_rest_of_an_upload_is_not_the_next_request(relaying: Fronts) -> None:
    """Where upstream answers early and waits for the rest of a body, nothing else goes on that connection."""
    first: list[bytes] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        first.append(start_line(head))
        writer.write(OK)
        await reader.read()

    put = b"PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1000000\r\n\r\nabc"
    async with asyncio.timeout(10), listening(script) as url, relaying(url) as port:
        async with connected(port) as (reader, writer):
            writer.write(put)
            await reader.readuntil(b"ok")
        assert (await talk(port, GET)).endswith(b"ok")
    assert first == [b"PUT / HTTP/1.1", b"GET / HTTP/1.1"]


async def test_bytes_that_nobody_asked_for_end_a_kept_connection(relaying: Fronts) -> None:
    """An upstream that says 408 on an idle connection, as Apache does, is asked again on another one."""
    late = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"
    answered, left = asyncio.Event(), asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(OK)
        await answered.wait()
        if not left.is_set():
            writer.write(late)
            with contextlib.suppress(ConnectionError):
                await reader.read()
            left.set()

    async with listening(script) as url, relaying(url) as port:
        assert (await talk(port, GET)).endswith(b"ok")
        answered.set()
        async with asyncio.timeout(10):
            await left.wait()
        assert (await talk(port, GET)).endswith(b"ok")


async def test_refusal_of_an_upload_is_heard_while_it_goes_on(relaying: Fronts) -> None:
    """A client that sends on after upstream has refused its body hears why, and no reset before that."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
        while await reader.read(1 << 20):
            pass

    async with listening(script) as url, relaying(url) as port, connected(port) as (reader, writer):
        writer.write(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n" + PIECE)
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        assert (start_line(head), await reader.readexactly(3)) == (b"HTTP/1.1 413 Too Large", b"big")
        for _ in range(6):
            writer.write(PIECE)
            await writer.drain()  # a reset would be heard here
            await asyncio.sleep(0.01)


async def test_what_stands_behind_an_upload_is_the_next_request(relaying: Fronts) -> None:
    """A body that comes in pieces ends where its length says; what follows is answered after it."""
    put = b"PUT /1 HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (3 * len(PIECE))
    async with answering(OK) as upstream, relaying(upstream.url) as port, connected(port) as (reader, writer):
        for piece in (put + PIECE, PIECE, PIECE + GET.replace(b"GET /", b"GET /2")):
            writer.write(piece)
            await writer.drain()
        assert (await reader.read()).count(b"HTTP/1.1 200 OK") == 2
    assert [start_line(r).split()[1] for r in upstream.requests] == [b"/1", b"/2"]
    assert upstream.requests[0].endswith(b"\r\n\r\n" + 3 * PIECE)


async def test_answer_before_the_end_of_an_upload_is_passed_on(relaying: Fronts) -> None:
    """Upstream may refuse a large body before it has come: the client hears why."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
        await reader.read()

    async with listening(script) as url, relaying(url) as port, connected(port) as (reader, writer):
        writer.write(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc")
        answer = await reader.readuntil(b"big")
    assert start_line(answer) == b"HTTP/1.1 413 Too Large"
    assert b"Connection: close" in answer


# Streams


async def test_events_are_passed_on_one_by_one(relaying: Fronts) -> None:
    """A server-sent event reaches the client before upstream makes the next one."""
    heard = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        await heard.wait()
        writer.write(b"data: 2\n\n")

    async with listening(script) as url, relaying(url) as port, connected(port) as (reader, writer):
        writer.write(GET)
        await reader.readuntil(b"data: 1\n\n")
        heard.set()
        assert b"data: 2\n\n" in await reader.read()


async def test_request_body_is_passed_on_piece_by_piece(relaying: Fronts) -> None:
    """A chunk of a request reaches upstream before the client sends the next one."""
    first = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"3\r\nabc\r\n")
        first.set()
        await reader.readuntil(b"0\r\n\r\n")
        writer.write(OK)

    async with listening(script) as url, relaying(url) as port, connected(port) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await first.wait()
        writer.write(b"0\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\nok")).startswith(b"HTTP/1.1 200 OK")


def peak_memory() -> int:
    """Give the most memory that this process ever held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


async def test_upload_of_100_mb_is_streamed(relaying: Fronts) -> None:
    """100 MB pass in bounded memory: upstream's pace holds the client back."""
    taken = 0

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal taken
        await reader.readuntil(b"\r\n\r\n")
        while taken < HUNDRED * len(PIECE):
            taken += len(await reader.read(1 << 20))
        writer.write(OK)

    before = peak_memory()
    async with listening(script) as url, relaying(url) as port, connected(port) as (reader, writer):
        writer.write(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (HUNDRED * len(PIECE)))
        for _ in range(HUNDRED):
            writer.write(PIECE)
            await writer.drain()
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200 OK")
    assert taken == HUNDRED * len(PIECE)
    assert peak_memory() - before < 30 * len(PIECE)


async def test_download_of_100_mb_is_streamed(relaying: Fronts) -> None:
    """100 MB pass in bounded memory the other way: the client's pace holds upstream back."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(HUNDRED):
            writer.write(b"%x\r\n%b\r\n" % (len(PIECE), PIECE))
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    before = peak_memory()
    total = 0
    async with listening(script) as url, relaying(url) as port, connected(port) as (reader, writer):
        writer.write(OLD_GET)
        await reader.readuntil(b"\r\n\r\n")
        while data := await reader.read(1 << 20):
            total += len(data)
    assert total == HUNDRED * len(PIECE)
    assert peak_memory() - before < 30 * len(PIECE)


async def test_client_that_does_not_read_is_cut_off(relaying: Fronts) -> None:
    """An answer that nobody takes in time is given up at both ends."""
    left, sent = asyncio.Event(), 0

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (64 * len(PIECE)))
        with contextlib.suppress(ConnectionError):
            for _ in range(64):
                writer.write(PIECE)
                await writer.drain()
                sent += 1
        left.set()

    async with (
        listening(script) as url,
        relaying(url, idle_seconds=0.2) as port,
        connected(port) as (_, writer),
    ):
        writer.transport.pause_reading()
        writer.write(GET)
        async with asyncio.timeout(10):
            await left.wait()
    assert sent < 32


async def test_requests_of_a_client_that_does_not_read_wait(relaying: Fronts) -> None:
    """Who asks for much ahead and reads nothing fills no memory: upstream is asked as answers are taken."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(PIECE) + PIECE
    async with (
        answering(answer) as upstream,
        relaying(upstream.url) as port,
        connected(port) as (reader, writer),
    ):
        writer.transport.pause_reading()
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 49 + GET)
        before = -1
        while len(upstream.requests) != before:
            before = len(upstream.requests)
            await asyncio.sleep(0.2)
        assert before < 30
        writer.transport.resume_reading()
        taken = 0
        while data := await reader.read(1 << 20):
            taken += len(data)
    assert len(upstream.requests) == 50
    assert taken > 50 * len(PIECE)


async def test_answer_under_way_is_ended_before_the_server_ends(relaying: Fronts) -> None:
    """A server that is told to stop waits for what it has begun."""
    asked, go = asyncio.Event(), asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        asked.set()
        await go.wait()
        writer.write(OK)

    async with listening(script) as url:
        async with relaying(url) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await asked.wait()
            asyncio.get_running_loop().call_later(0.05, go.set)
        assert (await reader.read()).endswith(b"ok")
        writer.close()


# WebSockets


async def echo(request: web.BaseRequest) -> web.StreamResponse:
    """Answer as a WebSocket server that repeats what it hears."""
    socket = web.WebSocketResponse(protocols=("chat",), max_msg_size=0)
    await socket.prepare(request)
    async for message in socket:
        if message.data == "bye":
            await socket.close(code=4001, message=b"so long")
        elif isinstance(message.data, str):
            await socket.send_str(message.data)
        else:
            await socket.send_bytes(message.data)
    return socket


async def test_websocket_is_a_tunnel(relaying: Fronts) -> None:
    """Subprotocol, compression, large messages and close codes pass in both directions."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(web.Server(echo), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    wanted = {"protocols": ("chat",), "compress": 15, "max_msg_size": 0}
    async with (
        relaying(url) as port,
        aiohttp.ClientSession() as client,
        client.ws_connect(f"http://127.0.0.1:{port}/chat", **wanted) as socket,
    ):
        assert (socket.protocol, socket.compress) == ("chat", 15)
        for message in ("hello", "é" * 2_000_000):
            await socket.send_str(message)
            assert await socket.receive_str() == message
        await socket.send_bytes(PIECE * 4)
        assert await socket.receive_bytes() == PIECE * 4
        await socket.send_str("bye")
        await socket.receive()
        assert socket.close_code == 4001
    server.close()


async def test_refused_websocket_is_an_ordinary_answer(relaying: Fronts) -> None:
    """Where upstream declines the upgrade, the client gets its answer and may go on."""
    ask = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    no = b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"
    async with answering(no) as upstream, relaying(upstream.url) as port:
        answer = await talk(port, ask + GET)
    assert answer.count(b"HTTP/1.1 403 No\r\n") == 2
    assert b"Connection: upgrade\r\nUpgrade: websocket\r\n" in upstream.requests[0]


async def test_other_upgrades_are_not_passed_on(relaying: Fronts) -> None:
    """Upgrade: h2c is left out: a tunnel that we do not understand hides requests from the gate."""
    ask = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings, close\r\n"
    async with answering(OK) as upstream, relaying(upstream.url) as port:
        await talk(port, ask + b"HTTP2-Settings: AAA\r\n\r\n")
    assert b"pgrade" not in upstream.requests[0]
    assert b"HTTP2" not in upstream.requests[0]
