"""The dashboard over a real store, on a real socket, in the test's own process."""

from __future__ import annotations

import contextlib
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import jinja2
from aiohttp import web

from proxy.config import Config, parse
from proxy.dashboard.desk import Desk
from proxy.dashboard.guard import csrf_token
from proxy.dashboard.pages import TEMPLATES, environment
from proxy.dashboard.routes import dashboard
from proxy.linkback import Clue, Evidence, Linkback, Place, Post, Protocol, Score
from proxy.live import SHIPPED_MODELS, Live
from proxy.meters import Meters
from proxy.policy import Action, Decision, Reason
from proxy.scoring import Model, load
from proxy.store import Arrival, State, Store, open_store
from tests.support.clock import Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BLOG = "https://blog.example"
CLUES = (
    Clue(name="w:casino", weight=2.2, text="the word 'casino'"),
    Clue(name="address:dated", weight=-0.7, text="the source's address has a date"),
)


@dataclass(frozen=True, kw_only=True)
class Running:
    """A running dashboard, and a browser without a screen."""

    url: str
    desk: Desk
    store: Store
    clock: Clock
    client: aiohttp.ClientSession

    async def text(self, path: str, **headers: str) -> str:
        """Return a page's text."""
        async with self.client.get(self.url + path, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.text()

    async def status(self, path: str, **headers: str) -> int:
        """Return the status that a page is answered with, redirects not followed."""
        async with self.client.get(self.url + path, headers=headers, allow_redirects=False) as answer:
            return answer.status

    async def post(self, path: str, *, csrf: str | None = None, **fields: Any) -> int:
        """Send a form with the session's token (or the one given) and return the status."""
        headers = fields.pop("headers", {})
        data = {"csrf": await self.csrf() if csrf is None else csrf, **fields}
        async with self.client.post(
            self.url + path, data=data, headers=headers, allow_redirects=False
        ) as answer:
            return answer.status

    async def csrf(self) -> str:
        """Return the token that the forms of this session show."""
        if not len(self.client.cookie_jar):
            await self.text("/keys")
        return csrf_token(next(iter(self.client.cookie_jar)).value)


def config(**more: Any) -> Config:
    """Give a configuration of one blog."""
    text = f"blogs: [{{url: '{BLOG}', upstream: 'http://127.0.0.1:9'}}]\n"
    return parse(text).model_copy(update=more)


@functools.cache
def _model() -> Model:
    return load(SHIPPED_MODELS)


@functools.cache
def _templates() -> jinja2.Environment:
    """Compile the templates once for all tests."""
    return environment()


@contextlib.asynccontextmanager
async def running_dashboard(url: str, *, host: str = "127.0.0.1", **more: Any) -> AsyncIterator[Running]:
    """Serve the dashboard of a store on a free port."""
    clock, settings = Clock(), config(**more)
    async with contextlib.AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(url))
        store.database.clock = clock
        live = Live(settings, _model())

        async def changed() -> None:
            live.choose(await store.choices.all())

        desk = Desk(
            store=store,
            config=lambda: settings,
            blogs=lambda: live.blogs,
            models=lambda: SHIPPED_MODELS,
            changed=changed,
            model=lambda: live.model,
            config_path=None,
            clock=clock,
            meters=Meters(),
        )
        app = dashboard(desk)
        app[TEMPLATES] = _templates()
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, host, 0).start()
        jar = aiohttp.CookieJar(unsafe=True)
        client = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
        url = f"http://{host}:{runner.addresses[0][1]}"
        yield Running(url=url, desk=desk, store=store, clock=clock, client=client)


def linkback(number: int = 1, **values: Any) -> Linkback:
    """Make a claim."""
    fields: dict[str, Any] = {
        "protocol": Protocol.TRACKBACK,
        "source": f"https://s{number}.example/p",
        "target": f"{BLOG}/post/",
        "title": f"Title {number}",
        "excerpt": f"Words of number {'abcdefghij'[number % 10] * 3}",
        "blog_name": "Name",
    }
    return Linkback(**(fields | values))


async def judged(
    store: Store, one: Linkback, *, score: float = 0.5, state: State = State.HELD, **evidence: Any
) -> int:
    """Put a linkback into the store as the judge leaves it, and return its id."""
    domain = one.source.split("/")[2] if one.source.count("/") > 1 else "nowhere.example"
    arrival = Arrival(linkback=one, blog=BLOG, domain=domain, remote="192.0.2.1")
    receipt = await store.queue.receive(arrival)
    seen = Evidence(
        found=True,
        place=Place.MAIN,
        **({"anchor_text": "the link", "excerpt": "before the link after"} | evidence),
    )
    actions = {State.HELD: Action.QUARANTINE, State.REJECTED: Action.REJECT, State.QUEUED: Action.FORWARD}
    reasons = {State.HELD: Reason.UNSURE, State.REJECTED: Reason.SPAM, State.QUEUED: Reason.HAM}
    decision = Decision(
        reason=reasons[state],
        action=actions[state],
        score=Score(spam=score, clues=CLUES, model="judge-1"),
    )
    post = Post(url=one.target, title="The post", text="Otters in the river", language="en")
    assert await store.queue.judged(receipt.id, decision, state, evidence=seen, post=post)
    return receipt.id


def sqlite(folder: Path) -> str:
    """Give the address of a database in a folder."""
    return f"sqlite+aiosqlite:///{folder}/linkbacks.db"
