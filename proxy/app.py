"""The composition root: the only file that names every concrete thing and joins them.

`Service` runs one process: the proxy's listener, the dashboard's, the judges and the deliverers, over
one database. What may change while it runs (configuration, model) is in `Live`, swapped as a whole.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import random
import signal
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from proxy import scoring, upkeep
from proxy.blogs import Choice, Site, blogs_of
from proxy.cloaking import differs
from proxy.config import Config, ConfigError, load
from proxy.dashboard.desk import Desk
from proxy.dashboard.routes import dashboard
from proxy.deliver import Deliverers, Patience
from proxy.edge import Edge
from proxy.express import ExpressServer
from proxy.fetch import BROWSER, Fetcher
from proxy.forwarding import Network
from proxy.hop import FetchLimits
from proxy.judging import Bench, Judges
from proxy.limits import Buckets
from proxy.linkback import Evidence, FetchFailure, History, Linkback, Page, Post, Sample, Score
from proxy.pipeline import Tools
from proxy.posts import Posts
from proxy.protocols.methods import XmlRpcPolicy
from proxy.reader import Reader
from proxy.receive import Bounds, Reception
from proxy.relay import Relay
from proxy.screen import listed
from proxy.store import Store, StoreError, open_store
from proxy.urls import host_of, registrable_domain
from proxy.workers import claim

SHIPPED_MODELS = Path(__file__).resolve().parent.parent / "models"
# For what is under way when the service is told to stop: requests first, then judgings and deliveries.
STOP_SECONDS = 5.0

_log = structlog.get_logger()


class StartError(Exception):
    """The service can't start. The text says why and what to do, in one line."""


class Live:
    """What may be swapped while the service runs: configuration and model, and what follows from them."""

    def __init__(self, config: Config, model: scoring.Model) -> None:
        self.choices: Mapping[str, Choice] = {}
        self.take(config, model)

    def take(self, config: Config, model: scoring.Model) -> None:
        """Swap configuration and model, both or neither."""
        self.blogs = blogs_of(config, model.cutoffs, self.choices)
        self.trusted = _networks(config.trusted_proxies)
        self.config, self.model = config, model

    def choose(self, choices: Mapping[str, Choice]) -> None:
        """Take up what the owner chose on the dashboard."""
        if choices != self.choices:
            self.choices = choices
            self.take(self.config, self.model)

    def site(self, name: str) -> Site | None:
        """Return the site of that name, or None if it is no longer configured."""
        return self.blogs.named(name)

    def xmlrpc(self) -> XmlRpcPolicy:
        """Give the policy for XML-RPC methods."""
        keys = self.config.xmlrpc
        closed = () if keys.get_pingbacks else ("pingback.extensions.getPingbacks",)
        return XmlRpcPolicy(allow=keys.allow, deny=(*keys.deny, *closed), max_batch=keys.max_batch)

    def bounds(self) -> Bounds:
        """Give what senders may ask."""
        return Bounds(budget=self.config.reply_budget_seconds, backlog=self.config.limits.queue)

    def patience(self) -> Patience:
        """Give how long and how often a delivery is tried."""
        keys = self.config.delivery
        return Patience(timeout=keys.timeout_seconds, max_tries=keys.max_tries)

    def allowed(self, blog: str, linkback: Linkback) -> bool:
        """Say whether a source is on its blog's allow list."""
        site = self.site(blog)
        return site is not None and listed(linkback.source, site.house.allow)


def models_folder(config: Config) -> Path:
    """Return the folder of the model in use: the owner's once one was trained, else the shipped."""
    own = Path(config.models)
    return own if (own / "manifest.json").exists() else SHIPPED_MODELS


def load_model(config: Config) -> scoring.Model:
    """Load the model in use; StartError says what to do if it can't be."""
    try:
        return scoring.load(models_folder(config))
    except (scoring.ModelError, OSError) as error:
        raise StartError(f"models: {error}") from error


@asynccontextmanager
async def serving(config: Config, config_path: Path | None = None) -> AsyncIterator[Service]:
    """Run the service until the block ends; StartError if it can't start."""
    live = Live(config, load_model(config))
    async with AsyncExitStack() as stack:
        try:
            store = await stack.enter_async_context(open_store(config.database))
        except StoreError as error:
            raise StartError(f"database: {error}; check the path, the rights and the disk") from error
        relay = await stack.enter_async_context(Relay())
        fetcher = await stack.enter_async_context(Fetcher(_fetch_limits(config), own_hosts=_own_hosts(live)))
        reader = await stack.enter_async_context(Reader())
        parts = Parts(store=store, relay=relay, fetcher=fetcher, reader=reader)
        service = Service(live, parts, config_path)
        live.choose(await store.choices.all())
        await service.start(stack)
        yield service


def _fetch_limits(config: Config) -> FetchLimits:
    keys = config.fetch
    plain = keys.model_dump(exclude={"allow_networks", "allow_ports", "second_look_share"})
    return FetchLimits(
        allow_networks=_networks(keys.allow_networks),
        allow_ports=frozenset(keys.allow_ports) or None,
        **plain,
    )


def _own_hosts(live: Live) -> frozenset[str]:
    """Name the hosts that are never fetched from: the blog's own, where it has a host to itself.

    Several blogs may link to each other; there the rates alone keep us from being turned on one of them.
    """
    if len(live.blogs) > 1:
        return frozenset()
    urls = (url for site in live.blogs for url in site.urls)
    return frozenset(host_of(url) for url in urls if not urlsplit(url).path.strip("/"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The open parts that a service is joined from."""

    store: Store
    relay: Relay
    fetcher: Fetcher
    reader: Reader


class Service:
    """One running process."""

    def __init__(self, live: Live, parts: Parts, config_path: Path | None) -> None:
        self.live = live
        self.parts = parts
        self.ports: tuple[int, ...] = ()
        self._config_path = config_path
        self._scorer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="score")
        self._posts = Posts(relay=parts.relay, describe=parts.reader.describe)
        self._clients = Buckets(per_minute=live.config.limits.per_client_per_minute, clock=time.monotonic)
        self._callers = Buckets(per_minute=live.config.xmlrpc.per_client_per_minute, clock=time.monotonic)
        self._reloading = asyncio.Lock()
        self._deliverers = Deliverers(
            queue=parts.store.queue, relay=parts.relay, site=live.site, patience=live.patience
        )
        self._judges = Judges(
            queue=parts.store.queue,
            bench=self._bench,
            allowed=live.allowed,
            places=lambda: live.config.limits.judging,
            queued=self._deliverers.wake,
        )

    async def start(self, stack: AsyncExitStack) -> None:
        """Open the listener and begin to work; `stack` ends it all, the last begun first."""
        stack.callback(self._scorer.shutdown, wait=False)
        stack.push_async_callback(self._finish)
        for work in self._background_work():
            await stack.enter_async_context(_background(work))
        edge = self._edge()
        server = ExpressServer(edge.handle, relay=self.parts.relay, choose=edge.choose)
        runner = web.ServerRunner(server, shutdown_timeout=STOP_SECONDS)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await _listen(runner, self.live.config.listen, "listen", is_shared=self.live.config.workers > 1)
        self.ports = tuple(address[1] for address in runner.addresses)
        await self._start_dashboard(stack)

    def _background_work(self) -> tuple[Coroutine[object, object, None], ...]:
        store = self.parts.store
        return (
            self._judges.run(),
            self._deliverers.run(),
            upkeep.watch(lambda: _changed_at(self.live.config), self._take_model),
            upkeep.prune(store.pruning, lambda: self.live.config.retention),
            upkeep.obey(store.orders, self.reload),
            upkeep.again(self._take_choices, "the owner's choices wait", seconds=upkeep.LOOK_SECONDS),
            upkeep.again(store.tallies.roll, "summing up waits", seconds=upkeep.TALLY_SECONDS),
        )

    async def _finish(self) -> None:
        """Let what is under way end within a bound, and give the rest back to whoever starts next."""
        await asyncio.gather(self._judges.finish(STOP_SECONDS), self._deliverers.finish(STOP_SECONDS))
        try:
            await self.parts.store.queue.give_back()
        except StoreError as error:
            _log.error("store", what="leases are not given back and will run out", error=str(error))

    async def _start_dashboard(self, stack: AsyncExitStack) -> None:
        desk = Desk(
            store=self.parts.store,
            config=lambda: self.live.config,
            blogs=lambda: self.live.blogs,
            model=lambda: self.live.model,
            models=lambda: models_folder(self.live.config),
            changed=self._take_choices,
            config_path=self._config_path,
            clock=time.time,
        )
        runner = web.AppRunner(
            dashboard(desk), access_log=None, handle_signals=False, shutdown_timeout=STOP_SECONDS
        )
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        address, is_shared = self.live.config.dashboard.listen, self.live.config.workers > 1
        await _listen(runner, address, "dashboard.listen", is_shared=is_shared)

    def _edge(self) -> Edge:
        reception = Reception(
            queue=self.parts.store.queue,
            judges=self._judges,
            clients=self._clients,
            bounds=self.live.bounds,
            queued=self._deliverers.wake,
        )
        return Edge(
            blogs=lambda: self.live.blogs,
            relay=self.parts.relay,
            reception=reception,
            xmlrpc=self.live.xmlrpc,
            trusted=lambda: self.live.trusted,
            callers=self._callers,
        )

    async def reload(self) -> str:
        """Take new configuration and model and say so; what can't be used is refused and the old stays."""
        if self._config_path is None:
            return "refused: there is no configuration file"
        async with self._reloading:
            try:
                config = await asyncio.to_thread(load, self._config_path)
                model = await asyncio.to_thread(load_model, config)
            except (ConfigError, StartError) as error:
                _log.error("reload", what="refused; the old configuration stays", error=str(error))
                return f"refused; the old configuration stays: {error}"
            waiting = upkeep.need_restart(self.live.config, config)
            self._take(config, model)
        _log.info("reload", what="done", blogs=len(self.live.blogs), model=model.name, need_restart=waiting)
        return "done" + (f"; only a restart changes {', '.join(waiting)}" if waiting else "")

    def _take(self, config: Config, model: scoring.Model) -> None:
        self.live.take(config, model)
        self._clients.resize(config.limits.per_client_per_minute)
        self._callers.resize(config.xmlrpc.per_client_per_minute)
        self.parts.fetcher.adjust(_fetch_limits(config), _own_hosts(self.live))

    def _bench(self, blog: str) -> Bench | None:
        site = self.live.site(blog)
        if site is None:
            return None
        return Bench(rules=site.rules, observe=site.observe, tools=self._tools(site))

    def _tools(self, site: Site) -> Tools:
        async def post(target: str) -> Post | None:
            return await self._posts.find(site, target)

        async def history(source: str) -> History:
            return await self.parts.store.review.history(site.name, registrable_domain(source))

        return Tools(
            fetch=self._fetch,
            examine=self._examine,
            post=post,
            history=history,
            score=self._score,
            cloaks=self._cloaks,
            sampled=lambda: random.random() < self.live.config.fetch.second_look_share,  # noqa: S311
        )

    async def _fetch(self, source: str, remote: str) -> Page | FetchFailure:
        return await self.parts.fetcher.fetch(source, forwarded_for=remote)

    async def _examine(self, page: Page, target: str) -> Evidence | None:
        seen = await self.parts.reader.examine(page, target=target, with_text=True)
        return seen if isinstance(seen, Evidence) else None

    async def _cloaks(self, first: Evidence, source: str, target: str) -> bool:
        """Look again as a browser would. What can't be seen a second time is no proof."""
        page = await self.parts.fetcher.fetch(source, identity=BROWSER)
        second = await self._examine(page, target) if isinstance(page, Page) else None
        return second is not None and differs(first, second)

    async def _score(self, sample: Sample) -> Score | None:
        """Score off the event loop; None, and a line in the log, if the model fails."""
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._scorer, self.live.model.score, sample
            )
        except Exception:  # noqa: BLE001  (a model that fails must not lose a linkback)
            _log.exception("bug", what="the model failed; the linkback is held")
            return None

    async def _take_choices(self) -> None:
        """Take up what was chosen on a dashboard, this process's or another's."""
        self.live.choose(await self.parts.store.choices.all())

    async def _take_model(self) -> None:
        """Take up a model that was promoted or rolled back, without a restart."""
        async with self._reloading:
            try:
                self.live.take(self.live.config, await asyncio.to_thread(load_model, self.live.config))
            except StartError as error:
                _log.error("model", what="refused; the old model stays", error=str(error))
            else:
                _log.info("model", what="taken up", model=self.live.model.name)


def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


def _changed_at(config: Config) -> tuple[Path, int]:
    """Say which manifest counts, and when it last changed."""
    manifest = models_folder(config) / "manifest.json"
    try:
        return manifest, manifest.stat().st_mtime_ns
    except OSError:
        return manifest, 0


@asynccontextmanager
async def _background(work: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Run a coroutine beside the block; it is cancelled at the end."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def prepare(config: Config) -> None:
    """Find out, before several workers do, whether the service can start; bring the database up to date."""
    load_model(config)
    try:
        async with open_store(config.database):
            pass
    except StoreError as error:
        raise StartError(f"database: {error}; check the path, the rights and the disk") from error
    for key, address in (("listen", config.listen), ("dashboard.listen", config.dashboard.listen)):
        try:
            claim(address)
        except OSError as error:
            raise _taken(key, address, error) from error


async def _listen(runner: web.BaseRunner, address: str, key: str, *, is_shared: bool) -> None:
    host, _, port = address.rpartition(":")
    site = web.TCPSite(
        runner, host.strip("[]"), int(port), backlog=1024, reuse_port=True if is_shared else None
    )
    try:
        await site.start()
    except OSError as error:
        raise _taken(key, address, error) from error


def _taken(key: str, address: str, error: OSError) -> StartError:
    text = f"{key}: can't listen on {address}: {error.strerror or error}"
    return StartError(f"{text}; stop what uses it or choose another")


async def run_service(config: Config, config_path: Path) -> None:
    """Serve until SIGTERM or SIGINT; SIGHUP reloads."""
    stop, again = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, again.set)  # before all else: unhandled it would end us
    async with serving(config, config_path) as service, _background(_reload_when(again, service)):
        _log.info("ready", listen=config.listen, blogs=len(service.live.blogs), model=service.live.model.name)
        with contextlib.suppress(asyncio.CancelledError):
            await stop.wait()
        _log.info("stopping")


async def _reload_when(asked: asyncio.Event, service: Service) -> None:
    while True:
        await asked.wait()
        asked.clear()
        await service.reload()
