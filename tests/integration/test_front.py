"""The front: it lives as long as the service, and leaves no sender without an answer."""

from __future__ import annotations

import asyncio
import json
import marshal
import os
import resource
import signal
import socket
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest
import yaml

from proxy import handing
from proxy.config import Config, load, parse
from proxy.handing import Handing, Line, Taking
from proxy.linkback import Linkback, Protocol
from proxy.policy import Heard
from tests.benchmarks.relay import family_of
from tests.support.ports import eventually, is_listening
from tests.support.proxy import ROOT, running_proxy

LINKBACK = Linkback(
    protocol=Protocol.TRACKBACK, source="https://s.example/ü\ud800", target="https://b.example/", title="x"
)
SITE = SimpleNamespace(name="https://b.example")


def front_of(process: int) -> int:
    """Find the front of a service: forked from it, so that both were called alike."""
    named = {one: Path(f"/proc/{one}/cmdline").read_bytes() for one in family_of(process)}
    (front,) = (one for one, name in named.items() if name == named[process] and one != process)
    return front


@pytest.fixture
def upstreams():
    """Run two blogs that say who they are; give their addresses."""
    servers = [_blog(name) for name in ("first", "second")]
    yield [f"http://127.0.0.1:{server.server_port}" for server in servers]
    for server in servers:
        server.shutdown()
        server.server_close()


def _blog(name: str) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(name.encode())

        def do_PUT(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    return server


def page(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def test_the_front_ends_with_the_service(tmp_path, upstreams):
    """Whoever kills the service, with -9 too, has its port back at once."""
    with running_proxy(tmp_path, upstream=upstreams[0]) as proxy:
        assert page(proxy.url) == "first"
        front = front_of(proxy.process.pid)
        proxy.process.kill()
        proxy.process.wait()
        eventually(lambda: not Path(f"/proc/{front}").exists() or _is_dead(front), within=5)
        assert not is_listening(proxy.port)


def _is_dead(process: int) -> bool:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def test_the_service_ends_with_its_front(tmp_path, upstreams):
    """Without a front nobody is served: the service ends with an error, for its supervisor to see."""
    with running_proxy(tmp_path, upstream=upstreams[0]) as proxy:
        eventually(lambda: "ready" in proxy.log())
        os.kill(front_of(proxy.process.pid), signal.SIGKILL)
        assert proxy.process.wait(30) == 1
        assert "the front ended" in proxy.log()


def test_signals_are_the_service_s_to_hear(tmp_path, upstreams):
    """What ends or reloads a whole group of processes leaves the front to the service, which ends both."""
    with running_proxy(tmp_path, upstream=upstreams[0]) as proxy:
        eventually(lambda: "ready" in proxy.log())
        front = front_of(proxy.process.pid)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            os.kill(front, number)
        assert page(proxy.url) == "first"
        proxy.process.terminate()
        assert proxy.process.wait(20) == 0


def test_the_front_has_room_for_many(tmp_path, upstreams):
    """However few descriptors a process is given at first, idle clients do not use them up."""
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, most))
    try:
        with running_proxy(tmp_path, upstream=upstreams[0]) as proxy:
            assert resource.prlimit(front_of(proxy.process.pid), resource.RLIMIT_NOFILE) == (most, most)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (few, most))


def test_a_reload_reaches_the_front(tmp_path, upstreams):
    """A new configuration is taken up where requests are relayed; an upload under way ends as it began."""
    with (
        running_proxy(tmp_path, upstream=upstreams[0]) as proxy,
        socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as upload,
    ):
        eventually(lambda: "ready" in proxy.log())
        upload.sendall(b"PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 6\r\n\r\nabc")
        tree = yaml.safe_load(proxy.config_file.read_text())
        tree["blogs"][0]["upstream"] = upstreams[1]
        proxy.config_file.write_text(yaml.safe_dump(tree))
        proxy.process.send_signal(signal.SIGHUP)
        eventually(lambda: page(proxy.url) == "second")
        upload.sendall(b"def")
        assert b"first" in b"".join(iter(lambda: upload.recv(4096), b""))


@pytest.mark.parametrize(
    "config",
    [
        load(ROOT / "config.example.yaml"),
        parse(
            json.dumps(
                {
                    "blogs": [
                        {
                            "url": ["http://a.example", "https://a.example"],
                            "upstream": "http://127.0.0.1:1",
                            "cutoffs": {"ham": 0.1, "spam": 0.2},
                        }
                    ],
                    "fetch": {"allow_ports": "any", "allow_networks": ["127.0.0.0/8"]},
                    "actions": {"spam": "quarantine"},
                    "trusted_proxies": ["10.0.0.0/8", "::1/128"],
                }
            )
        ),
    ],
    ids=["example", "other"],
)
def test_a_configuration_is_the_same_on_both_ends(config):
    """What the front is told is what the service has."""
    assert Config.model_validate(marshal.loads(marshal.dumps(config.model_dump(mode="json")))) == config


async def test_messages_come_in_pieces():
    """However the socket cuts what is said, the same is heard; what is too long ends the line."""
    ours, theirs = socket.socketpair()
    line, heard = await Line.of(theirs), []
    messages = [("heard", 1, "later"), ("take", 2, "ü\ud800"), ("stop",)]
    said = b"".join(len(one := marshal.dumps(message)).to_bytes(4) + one for message in messages)
    attending = asyncio.create_task(line.attend(heard.append))
    for at in range(len(said)):
        await asyncio.get_running_loop().sock_sendall(ours, said[at : at + 1])
    eventually_heard = asyncio.get_running_loop().time() + 5
    while len(heard) < len(messages) and asyncio.get_running_loop().time() < eventually_heard:
        await asyncio.sleep(0)
    assert heard == messages
    await asyncio.get_running_loop().sock_sendall(ours, (handing.LONGEST_MESSAGE + 1).to_bytes(4))
    await asyncio.wait_for(attending, 5)
    ours.close()


async def _handed(take, *, budget: float = 5.0, times: int = 1) -> list[Heard]:
    """Hand linkbacks over and give what their senders hear."""
    ours, theirs = socket.socketpair()
    front, service = await Line.of(ours), await Line.of(theirs)
    over, taking = Handing(front, lambda: budget), Taking(service, take)

    ends = front.attend(lambda heard: over.answered(*heard[1:])), service.attend(taking.begin)
    tasks = [asyncio.create_task(end) for end in ends]
    try:
        return list(await asyncio.gather(*(over.take(LINKBACK, SITE, "192.0.2.1") for _ in range(times))))
    finally:
        front.close()
        service.close()
        await asyncio.gather(*tasks)


async def test_a_linkback_arrives_as_it_was():
    """Every field comes over, whatever characters a stranger put in it, and the answer goes back."""
    seen = []

    async def take(*what):
        seen.append(what)
        return Heard.DUPLICATE

    assert await _handed(take) == [Heard.DUPLICATE]
    assert seen == [(LINKBACK, SITE.name, "192.0.2.1")]


async def test_a_bug_is_heard_as_later():
    """If taking a linkback fails, its sender is told to come later."""

    async def take(*_):
        raise RuntimeError("a bug")

    assert await _handed(take) == [Heard.LATER]


async def test_a_service_that_stands_still_is_not_waited_for(monkeypatch):
    """Without an answer in time nothing is promised."""
    monkeypatch.setattr(handing, "MARGIN_SECONDS", 0.05)
    assert await _handed(lambda *_: asyncio.sleep(60), budget=0.05) == [Heard.LATER]


async def test_so_many_are_under_way(monkeypatch):
    """Beyond a number, linkbacks are told to come later."""
    monkeypatch.setattr(handing, "MOST_UNDER_WAY", 2)

    async def take(*_):
        await asyncio.sleep(0.05)
        return Heard.REGISTERED

    assert await _handed(take, times=4) == [Heard.REGISTERED] * 2 + [Heard.LATER] * 2
