"""The joined service on real sockets, before an upstream that a test can break."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web

from proxy import config as configuration
from proxy import renewal
from proxy.app import serving
from proxy.live import SHIPPED_MODELS
from proxy.scoring import load as load_model
from proxy.shadow import pairs_of
from proxy.starting import StartError
from proxy.store import Listing, State, open_store
from tests.source_server import SourceServer
from tests.support.ports import close_door, free_port, open_door
from training.registry import write_model

PINGBACK = """<?xml version="1.0"?><methodCall><methodName>pingback.ping</methodName><params>
<param><value><string>{source}</string></value></param>
<param><value><string>{target}</string></value></param></params></methodCall>"""
STORED = "<methodResponse><params><param><value>registered</value></param></params></methodResponse>"
FAULT_0 = "<int>0</int>"


class Blog:
    """An upstream that remembers its requests, and stops and starts on its port."""

    def __init__(self):
        self.port = free_port()
        self.requests = []
        self.says = STORED
        self._runner = self._door = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    async def start(self):
        self._runner = web.ServerRunner(web.Server(self.handle))
        await self._runner.setup()
        self._door = open_door("127.0.0.1", self.port)
        await web.SockSite(self._runner, self._door).start()

    async def stop(self):
        await close_door(self._door)
        await self._runner.cleanup()

    async def handle(self, request):
        body = await request.read()
        self.requests.append((request.method, request.raw_path, body))
        if request.path.endswith("xmlrpc.php"):
            return web.Response(text=self.says, content_type="text/xml")
        if "trackback" in request.path:
            return web.Response(text="<response><error>0</error></response>", status=404)
        return web.Response(text="<title>A post</title><p>words of the post</p>", content_type="text/html")

    def posts(self):
        return [one for one in self.requests if one[0] == "POST"]


@pytest_asyncio.fixture
async def blog():
    upstream = Blog()
    await upstream.start()
    yield upstream
    await upstream.stop()


@pytest.fixture
def sources():
    with SourceServer(host="0.0.0.0") as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.url.replace("0.0.0.0", "localhost")  # another host than the blog's
        server.shutdown()


@pytest.fixture
def tree(tmp_path, blog):
    """Give the configuration as a tree that a test may change."""
    return {
        "listen": "127.0.0.1:0",
        "dashboard": {"listen": f"127.0.0.1:{free_port()}"},
        "database": f"sqlite+aiosqlite:///{tmp_path}/l.db",
        "models": str(tmp_path / "models"),
        "fetch": {"allow_networks": ["127.0.0.0/8", "::1/128"], "allow_ports": "any"},
        "blogs": [
            {
                "url": "http://blog.example",
                "upstream": blog.url,
                "delivery_spacing_seconds": 0,
                "cutoffs": {"ham": 1, "spam": 1},  # what the model says is not under test here
            }
        ],
    }


@contextlib.asynccontextmanager
async def running(tree):
    """Run the service; give it, and a client that speaks to it as blog.example."""
    async with (
        serving(configuration.parse(json.dumps(tree))) as service,
        ClientSession(
            f"http://127.0.0.1:{service.ports[0]}", headers={"Host": "blog.example"}, auto_decompress=False
        ) as client,
    ):
        yield service, client


async def ping(client, source, target="http://blog.example/post/"):
    async with client.post("/xmlrpc.php", data=PINGBACK.format(source=source, target=target)) as answer:
        return await answer.text()


async def until(service, state, count=1):
    """Wait for the linkbacks to get into a state."""
    async with asyncio.timeout(20):
        while len(found := await records(service, state)) < count:
            await asyncio.sleep(0.02)
    return found


async def records(service, *states):
    return await service.parts.store.review.records(Listing(states=states))


def linking(sources, kind="blogpost", name="x", target="http://blog.example/post/", **more):
    extra = "".join(f"&amp;{key}={value}" for key, value in more.items())
    return f"{sources}/{kind}/{name}?to={target}{extra}"


async def test_a_genuine_pingback_is_delivered_in_our_own_words(tree, blog, sources):
    """Upstream gets one canonical call, and the sender hears what WordPress says."""
    async with running(tree) as (service, client):
        assert "registered" in await ping(client, linking(sources))
        await until(service, State.DELIVERED)
    [(_, path, body)] = blog.posts()
    assert path == "/xmlrpc.php"
    assert b"pingback.ping" in body
    assert linking(sources).encode() in body


@pytest.mark.parametrize(
    ("kind", "target", "reason"),
    [
        ("nolink", "http://blog.example/post/", "no-link"),
        ("blogpost", "http://elsewhere.example/post/", "foreign-target"),
        ("blogpost", "http://blog.example/old/post/", "closed"),
    ],
)
async def test_what_is_rejected_looks_like_wordpress(tree, sources, kind, target, reason):
    """A fault of number 0 without a word, whatever the reason; nothing reaches upstream; all is kept."""
    tree["blogs"][0]["closed"] = ["/old/*"]
    async with running(tree) as (service, client):
        answer = await ping(client, linking(sources, kind, target=target), target)
        assert FAULT_0 in answer
        [record] = await until(service, State.REJECTED)
        assert record.reason == reason


async def test_verdicts_are_not_told_apart(tree, sources):
    """Spam, unsure and ham all hear the same."""
    answers = set()
    del tree["blogs"][0]["cutoffs"]
    async with running(tree) as (_, client):
        for kind in ("blogpost", "spam", "hidden"):
            source = linking(sources, kind)
            answers.add((await ping(client, source)).replace(source, "SOURCE"))
    assert len(answers) == 1


async def test_a_slow_source_is_accepted_and_judged_later(tree, blog, sources):
    """When the budget is over the sender hears 'accepted', and the work goes on."""
    tree["reply_budget_seconds"] = 0.1
    async with running(tree) as (service, client):
        assert "registered" in await ping(client, linking(sources, "slow", s="0.6"))
        assert (await records(service, State.JUDGING)) != []
        async with asyncio.timeout(20):
            while await records(service, State.JUDGING):
                await asyncio.sleep(0.05)


async def test_upstream_down(tree, blog, sources):
    """Relayed traffic hears 502 at once; a linkback is accepted and delivered when upstream is back."""
    await blog.stop()
    async with running(tree) as (service, client):
        async with client.get("/") as answer:
            assert answer.status == 502
        assert "registered" in await ping(client, linking(sources))
        [record] = await until(service, State.QUEUED)
        await blog.start()
        await service.parts.store.review.release([record.id], by="test", delay=0)
        async with asyncio.timeout(20):
            while not await records(service, State.DELIVERED):
                await _hurry(service, record.id)
    assert len(blog.posts()) == 1


async def _hurry(service, one):
    """Make a delivery due now."""
    from proxy.store.schema import linkbacks  # noqa: PLC0415

    change = linkbacks.update().where(linkbacks.c.id == one, linkbacks.c.state == "queued").values(due_at=0)
    await service.parts.store.database.write(lambda connection: connection.execute(change))
    await asyncio.sleep(0.1)


async def test_source_down(tree, sources):
    """A source that can't be reached is tried again, with the reason to be seen."""
    async with running(tree) as (service, client):
        assert "registered" in await ping(client, f"http://localhost:{free_port()}/page")
        [record] = await until(service, State.RECEIVED)
        assert (record.reason, record.tries) == ("source-unreachable", 1)
        assert record.due_at > record.received_at + 30


async def test_a_database_that_is_locked_accepts_nothing(tree, tmp_path, blog, sources):
    """The sender hears of a temporary failure; relayed traffic goes on; later all is well again."""
    import sqlite3  # noqa: PLC0415

    async with running(tree) as (service, client):
        other = sqlite3.connect(tmp_path / "l.db", check_same_thread=False)
        await asyncio.to_thread(other.execute, "BEGIN EXCLUSIVE")  # the service may be about to write
        try:
            async with client.post(
                "/xmlrpc.php",
                data=PINGBACK.format(source=linking(sources), target="http://blog.example/post/"),
            ) as answer:
                assert answer.status == 503
                assert "Retry-After" in answer.headers
            async with client.get("/") as page:
                assert page.status == 200
        finally:
            other.rollback()
            other.close()
        assert "registered" in await ping(client, linking(sources))
        await until(service, State.DELIVERED)


async def test_batches(tree, blog, sources):
    """Linkbacks in a batch are judged one by one; the other calls reach upstream; answers stay in order."""

    def call(method, *values):
        params = "".join(f"<value><string>{value}</string></value>" for value in values)
        return (
            f"<value><struct><member><name>methodName</name><value>{method}</value></member><member><name>"
            f"params</name><value><array><data>{params}</data></array></value></member></struct></value>"
        )

    target = "http://blog.example/post/"
    body = (
        "<methodCall><methodName>system.multicall</methodName><params><param><value><array><data>"
        + call("demo.sayHello")
        + call("pingback.ping", linking(sources, "nolink"), target)
        + call("pingback.ping", linking(sources), target)
        + "</data></array></value></param></params></methodCall>"
    )
    async with running(tree) as (service, client):
        async with client.post("/xmlrpc.php", data=body) as answer:
            text = await answer.text()
        assert text.index(FAULT_0) < text.index("registered")
        await until(service, State.DELIVERED)
        await until(service, State.REJECTED)
    others = [body for _, _, body in blog.posts() if b"multicall" in body]
    assert b"demo.sayHello" in others[0]
    assert b"pingback.ping" not in others[0]


async def test_a_webmention_is_delivered_as_a_pingback(tree, blog, sources):
    """A blog without the plugin gets what it understands."""
    form = {"source": linking(sources).replace("&amp;", "&"), "target": "http://blog.example/post/"}
    async with running(tree) as (service, client):
        async with client.post("/webmention", data=form) as answer:
            assert answer.status == 202
        await until(service, State.DELIVERED)
    assert b"pingback.ping" in blog.posts()[-1][2]


async def test_observing_forwards_all_and_records(tree, blog, sources):
    """In observe mode even what has no link is forwarded; the record says what would have been done."""
    tree["blogs"][0]["mode"] = "observe"
    async with running(tree) as (service, client):
        assert "registered" in await ping(client, linking(sources, "nolink"))
        [record] = await until(service, State.DELIVERED)
        assert (record.reason, record.action) == ("no-link", "reject")


@pytest.mark.parametrize(
    ("self_pings", "state"),
    [("forward", State.DELIVERED), ("drop", State.REJECTED), ("quarantine", State.HELD)],
)
async def test_self_pings(tree, self_pings, state):
    """The blog's own links are forwarded, dropped or held, as it is configured."""
    tree["blogs"][0]["self_pings"] = self_pings
    async with running(tree) as (service, client):
        await ping(client, "http://blog.example/newer/")
        [record] = await until(service, state)
        assert record.reason == "self-ping"


async def test_lists(tree, sources):
    """Who is denied is rejected without a fetch; who is allowed is not scored."""
    tree["blogs"][0] |= {"deny": ["spammer.example"], "allow": ["localhost"]}
    async with running(tree) as (service, client):
        assert "registered" in await ping(client, "http://www.spammer.example/x")
        assert "registered" in await ping(client, linking(sources, "spam"))
        [denied] = await until(service, State.REJECTED)
        [allowed] = await until(service, State.DELIVERED)
        assert (denied.reason, allowed.reason) == ("denied", "allowed")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<methodCall><methodName>pingback.ping</methodName>", "-32700"),
        ("this is no XML", "-32700"),
        ("<methodCall><methodName>pingback.ping</methodName><params/></methodCall>", FAULT_0),
    ],
)
async def test_what_is_not_understood_is_not_forwarded(tree, blog, body, says):
    """A call that can't be read is answered with a fault by us."""
    async with running(tree) as (_, client), client.post("/xmlrpc.php", data=body) as answer:
        assert says in await answer.text()
    assert blog.posts() == []


async def test_an_unknown_charset_is_not_forwarded(tree, blog, sources):
    """A trackback in a transfer encoding that poses as a charset is answered with an error."""
    form = {"url": linking(sources), "title": "aGk=", "excerpt": "aGk=", "charset": "BASE64"}
    async with running(tree) as (_, client), client.post("/post/trackback/", data=form) as answer:
        assert "<error>1</error>" in await answer.text()
    assert blog.posts() == []


async def test_blogs_are_chosen_by_host_and_path(tree, blog):
    """Each blog's requests go to its own upstream; an unknown host is refused."""
    other = Blog()
    await other.start()
    tree["blogs"] += [{"url": ["http://other.example/b", "http://b.example"], "upstream": other.url}]
    async with running(tree) as (_, client):
        for host, path in (("blog.example", "/1"), ("other.example", "/b/2"), ("b.example", "/3")):
            async with client.get(path, headers={"Host": host}) as answer:
                assert answer.status == 200
        for host, path in (("nobody.example", "/4"), ("evil", "/b/5")):
            async with client.get(path, headers={"Host": host}) as answer:
                assert answer.status == 421
    await other.stop()
    assert [path for _, path, _ in blog.requests] == ["/1"]
    assert [path for _, path, _ in other.requests] == ["/b/2", "/3"]


async def test_a_client_that_sends_too_many_is_told_to_come_later(tree):
    """Beyond the rate nothing is recorded."""
    tree["limits"] = {"per_client_per_minute": 3}
    async with running(tree) as (service, client):
        for number in range(3):
            await ping(client, f"http://blog.example/newer/{number}")
        assert "503" in await ping(client, "http://blog.example/newer/4")
        assert len(await records(service)) == 3


async def test_passwords_cannot_be_guessed_fast(tree, blog):
    """Beyond the rate an address's XML-RPC calls are answered by us; methods can be denied by pattern."""
    tree["xmlrpc"] = {"per_client_per_minute": 2, "deny": ["wp.getUsers*"]}
    call = "<methodCall><methodName>{}</methodName><params/></methodCall>"
    async with running(tree) as (_, client):
        for method, status in (("wp.getUsersBlogs", 200), ("wp.getPosts", 200), ("wp.getPosts", 429)):
            async with client.post("/xmlrpc.php", data=call.format(method)) as answer:
                assert answer.status == status
                assert ("-32601" in await answer.text()) is (method == "wp.getUsersBlogs")
    assert [body for _, _, body in blog.posts()] == [call.format("wp.getPosts").encode()]


async def test_a_candidate_scores_live_traffic_and_decides_nothing(tree, tmp_path, sources):
    """A candidate beside the models has its say recorded for each linkback, and only recorded."""
    shipped = load_model(SHIPPED_MODELS)
    write_model(replace(shipped, bias=shipped.bias + 30), tmp_path / "models-candidate", {})
    async with running(tree) as (service, client):
        await ping(client, linking(sources))
        [delivered] = await until(service, State.DELIVERED)
    [pair] = pairs_of(tmp_path / "models-candidate")
    assert (pair.id, round(delivered.score, 6)) == (delivered.id, pair.used)
    assert pair.rival > 0.99 > pair.used


async def test_what_comes_before_the_model_waits_on_disk(tree, sources, monkeypatch):
    """While the model is loaded, linkbacks are recorded and their senders answered; then they are judged."""
    tree["listen"], loaded = f"127.0.0.1:{free_port()}", threading.Event()
    monkeypatch.setattr(renewal, "load_model", lambda folder: loaded.wait(20) and load_model(folder))

    async def send_early():
        async with (
            ClientSession(f"http://{tree['listen']}", headers={"Host": "blog.example"}) as client,
            open_store(tree["database"]) as store,
        ):
            await listening(tree["listen"])
            claim = {"url": linking(sources, name="y"), "title": "A title", "excerpt": "Some words"}
            async with client.post("/post/trackback/", data=claim) as answer:
                assert "<error>0</error>" in await answer.text()
            assert "registered" in await ping(client, linking(sources))
            assert len(await store.review.records(Listing(states=(State.RECEIVED,)))) == 2
        loaded.set()

    early = asyncio.create_task(send_early())
    async with running(tree) as (service, _):
        await early
        await until(service, State.DELIVERED, 2)


async def listening(address):
    host, _, port = address.rpartition(":")
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(ConnectionRefusedError):
                _, writer = await asyncio.open_connection(host, int(port))
                writer.close()
                return
            await asyncio.sleep(0.02)


async def start_error(tree) -> str:
    with pytest.raises(StartError) as raised:
        async with running(tree):
            pass
    return str(raised.value)


async def test_a_model_that_was_altered_is_refused(tree, tmp_path):
    """A model file that does not match its hash stops the start, with a sentence."""
    shutil.copytree(SHIPPED_MODELS, tmp_path / "models")
    for artefact in (tmp_path / "models").rglob("*.joblib"):
        artefact.write_bytes(artefact.read_bytes()[:-1] + b"x")
    assert (await start_error(tree)).startswith("models: ")


async def test_a_model_that_is_missing_is_refused(tree, tmp_path):
    """A manifest without its file stops the start, with a sentence."""
    shutil.copytree(SHIPPED_MODELS, tmp_path / "models")
    for artefact in (tmp_path / "models").rglob("*.joblib"):
        artefact.unlink()
    assert (await start_error(tree)).startswith("models: ")


async def test_a_model_of_another_version_stops_no_service(tree, tmp_path):
    """After an upgrade an owner's model that does not suit it waits, and the shipped one judges."""
    write_model(replace(load_model(SHIPPED_MODELS), name="own"), tmp_path / "models", {})
    manifest = tmp_path / "models" / "manifest.json"
    record = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(record | {"feature_version": record["feature_version"] - 1}))
    async with running(tree) as (service, _):
        assert service.live.model.name == load_model(SHIPPED_MODELS).name


async def test_a_port_that_is_taken_is_named(tree, blog):
    """The sentence names the key, the port and what to do."""
    tree["listen"] = f"127.0.0.1:{blog.port}"
    error = await start_error(tree)
    assert error.startswith(f"listen: can't listen on 127.0.0.1:{blog.port}")
    assert "choose another" in error


async def test_a_database_that_cannot_be_opened_is_named(tree):
    """A folder that is not there stops the start, with a sentence."""
    tree["database"] = "sqlite+aiosqlite:////nowhere/at/all/l.db"
    assert (await start_error(tree)).startswith("database: ")


async def test_reloading(tree, tmp_path, blog):
    """A good configuration is taken up; a bad one is refused with its fault and the old one stays."""
    path = Path(tmp_path / "config.yaml")
    path.write_text(json.dumps(tree))
    async with serving(configuration.load(path), path) as service:
        tree["blogs"][0]["closed"] = ["*"]
        tree["listen"] = "127.0.0.1:1"
        path.write_text(json.dumps(tree))
        assert await service.renewal.reload() == "done; only a restart changes listen"
        assert service.live.blogs.named("http://blog.example").house.closed == ("*",)
        path.write_text("blogs: nonsense")
        assert (await service.renewal.reload()).startswith("refused; the old configuration stays: ")
        assert service.live.blogs.named("http://blog.example").house.closed == ("*",)


async def test_a_stop_gives_back_what_is_not_judged_yet(tree, sources, monkeypatch):
    """A judging that outlasts the stop is neither lost nor held, but free for the next start."""
    monkeypatch.setattr("proxy.app.STOP_SECONDS", 0.2)
    tree["reply_budget_seconds"] = 0.1
    async with running(tree) as (service, client):
        await ping(client, linking(sources, "slow", s="5"))
        [record] = await until(service, State.JUDGING)
    async with open_store(tree["database"]) as store:
        assert (await store.review.get(record.id)).state is State.RECEIVED


@pytest.mark.parametrize("mode", ["enforce", "observe"])
async def test_trackback_that_its_words_settle_is_recorded_once(tree, mode):
    """A trackback that is spam by its words is on disk with its score, unfetched; again it only counts."""
    tree["blogs"][0] |= {"cutoffs": {"ham": 0.0, "spam": 0.5}, "mode": mode}
    words = "cheap replica shoes, buy viagra online, casino bonus"
    form = {"url": "http://cheap-replica.example/", "title": words, "blog_name": words, "excerpt": words}
    async with running(tree) as (service, client):
        for _ in range(2):
            async with client.post("/post/trackback/", data=form) as answer:
                assert answer.status == 200
        [one] = await records(service, *State)
        assert (one.reason, one.action, one.hits, one.evidence) == ("spam", "reject", 2, None)
        assert one.score > 0.95
        assert one.clues
        assert (one.state is State.REJECTED) is (mode == "enforce")


async def test_dashboard_opens_to_whoever_comes_first(tree):
    """The dashboard's first visitors are answered, though it is not loaded until they come."""
    async with running(tree) as (_, client):
        host = tree["dashboard"]["listen"]
        asked = (client.get(f"http://{host}/metrics", headers={"Host": host}) for _ in range(3))
        answers = await asyncio.gather(*asked)
        assert [answer.status for answer in answers] == [200, 200, 200]
        with pytest.raises(StartError, match="dashboard.listen: can't listen"):
            async with running(tree):
                pass


async def test_a_database_that_is_replaced_or_gone(tree, tmp_path, blog, sources):
    """Nothing is accepted into a file without a name; one put in its place is used without a restart."""
    file = tmp_path / "l.db"
    async with running(tree) as (_, client):
        for name in ("l.db", "l.db-wal", "l.db-shm"):
            (tmp_path / name).rename(tmp_path / f"old-{name}")
        target = "http://blog.example/post/"
        async with client.post(
            "/xmlrpc.php", data=PINGBACK.format(source=linking(sources), target=target)
        ) as no:
            assert no.status == 503
        async with open_store(f"sqlite+aiosqlite:///{tmp_path}/new.db"):
            pass
        (tmp_path / "new.db").rename(file)
        assert "registered" in await ping(client, linking(sources))
    async with open_store(tree["database"]) as store:
        assert len(await store.review.records(Listing())) == 1


async def test_a_domain_does_not_take_all_places(tree, sources):
    """Slow pages of one site leave room for the others."""
    tree["reply_budget_seconds"] = 0
    tree["limits"] = {"judging": 4}
    async with running(tree) as (service, client):
        for number in range(6):
            await ping(client, linking(sources, "slow", name=str(number), s="5"))
        await ping(client, linking(sources.replace("localhost", "127.0.0.2")))
        await until(service, State.DELIVERED)
        assert len(await records(service, State.JUDGING)) == 1
        assert len(await records(service, State.RECEIVED)) == 5


async def test_an_upstream_that_is_something_else_now(tree, blog, sources):
    """An answer that is no XML-RPC is no refusal: the linkback waits for its next try, with the answer."""
    blog.says = "<h1>This domain is parked</h1>"
    async with running(tree) as (service, client):
        assert "registered" in await ping(client, linking(sources))
        async with asyncio.timeout(20):
            while not (found := [one for one in await records(service, State.QUEUED) if one.answer]):
                await asyncio.sleep(0.02)
    assert "no XML-RPC" in found[0].answer
