"""The service's composition root: here every concrete thing is named and joined.

`Service` runs one process: the judges, the deliverers and the dashboard, over one database, behind a front
that serves connections (`proxy.front`), or without one. What may change while it runs (configuration, model)
is in `Live`, swapped as a whole.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from pathlib import Path

import structlog
from aiohttp import web

from proxy import scoring, upkeep
from proxy.config import Config, ConfigError, load
from proxy.dashboard.desk import Desk
from proxy.deliver import Deliverers
from proxy.door import begin, bound, claim, knock, opened
from proxy.edge import Edge
from proxy.express import ExpressServer
from proxy.fetch import Fetcher
from proxy.front import Front, FrontLostError
from proxy.judging import Judges
from proxy.limits import Buckets
from proxy.linkback import Linkback
from proxy.live import (
    Live,
    StartError,
    changed_at,
    fetch_limits,
    load_model,
    models_folder,
    own_hosts,
    usable_models,
    written_at,
)
from proxy.meters import Meters
from proxy.nursery import Nursery
from proxy.policy import Heard
from proxy.reader import Reader
from proxy.receive import Reception
from proxy.relay import Relay
from proxy.revisit import ROUND_SECONDS, look_again
from proxy.shadow import Shadow, candidate_of
from proxy.store import StoreError, open_store
from proxy.workbench import Parts, Workbench

# For what is under way when the service is told to stop: requests first, then judgings and deliveries.
STOP_SECONDS = 5.0
DASHBOARD = "proxy.dashboard.routes"  # a tenth of the start's time: loaded for whoever comes to see it

_log = structlog.get_logger()


@asynccontextmanager
async def serving(
    config: Config,
    config_path: Path | None = None,
    meters: Meters | None = None,
    nursery: Nursery | None = None,
    front: Front | None = None,
) -> AsyncIterator[Service]:
    """Run the service until the block ends; StartError if it can't start.

    Without a `front` it serves connections itself. Workers of one service share their counts and the
    `nursery` of their page readers.
    """
    live = Live(config, _first_model(config))
    async with AsyncExitStack() as stack:
        try:
            store = await stack.enter_async_context(open_store(config.database))
        except StoreError as error:
            raise StartError(f"database: {error}; check the path, the rights and the disk") from error
        relay = await stack.enter_async_context(Relay())
        fetcher = await stack.enter_async_context(Fetcher(fetch_limits(config), own_hosts=own_hosts(live)))
        reader = await stack.enter_async_context(Reader(nursery=nursery))
        parts = Parts(store=store, relay=relay, fetcher=fetcher, reader=reader)
        service = Service(live, parts, config_path, meters or Meters(), front)
        live.choose(await store.choices.all())
        await service.start(stack)
        yield service


def _first_model(config: Config) -> scoring.Model:
    """Load the model to begin with, and say so if it is not the owner's."""
    folder = usable_models(config)
    model = load_model(folder)
    if folder != models_folder(config):
        _log.error(
            "model", what="yours is of another version; the shipped one judges: retrain", model=model.name
        )
    return model


class Service:
    """One running process."""

    def __init__(
        self,
        live: Live,
        parts: Parts,
        config_path: Path | None,
        meters: Meters,
        front: Front | None,
    ) -> None:
        self.live = live
        self.parts = parts
        self.ports: tuple[int, ...] = ()
        self._config_path = config_path
        self._meters = meters
        self._front = front
        self._shadow = Shadow()
        self._workbench = Workbench(live, parts, meters, self._shadow)
        self._clients = Buckets(per_minute=live.config.limits.per_client_per_minute, clock=time.monotonic)
        self._callers = Buckets(per_minute=live.config.xmlrpc.per_client_per_minute, clock=time.monotonic)
        self._reloading = asyncio.Lock()
        self._deliverers = Deliverers(
            queue=parts.store.queue,
            relay=parts.relay,
            site=live.site,
            patience=live.patience,
            meters=meters,
        )
        self._judges = Judges(
            queue=parts.store.queue,
            bench=self._workbench.bench,
            allowed=live.allowed,
            places=lambda: live.config.limits.judging,
            queued=self._deliverers.wake,
            meters=self._meters,
            noted=self._shadow.note,
        )
        self._reception = Reception(
            queue=parts.store.queue,
            judges=self._judges,
            clients=self._clients,
            bounds=live.bounds,
            queued=self._deliverers.wake,
            meters=meters,
        )

    async def start(self, stack: AsyncExitStack) -> None:
        """Open the listener and begin to work; `stack` ends it all, the last begun first."""
        stack.callback(self._shadow.close)
        stack.callback(self._workbench.close)
        stack.push_async_callback(self._finish)
        for work in self._background_work():
            await stack.enter_async_context(_background(work))
        await self._open(stack)
        await self._start_dashboard(stack)

    async def _open(self, stack: AsyncExitStack) -> None:
        """Let connections in: at the front, if there is one, else here."""
        if self._front is None:
            await self._serve(stack)
            return
        try:
            await self._front.begin(self._take)
        except FrontLostError as error:
            raise StartError("listen: the front can't serve; its last words stand above") from error
        stack.push_async_callback(self._front.end)

    async def _take(self, linkback: Linkback, blog: str, remote: str) -> Heard:
        """Take a linkback that the front hands over, unless its blog was given up meanwhile."""
        site = self.live.site(blog)
        return Heard.LATER if site is None else await self._reception.take(linkback, site, remote)

    async def _serve(self, stack: AsyncExitStack) -> None:
        edge = self._edge()
        server = ExpressServer(edge.handle, relay=self.parts.relay, choose=edge.choose)
        runner = web.ServerRunner(server, shutdown_timeout=STOP_SECONDS)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await _listen(runner, self.live.config.listen, "listen", is_shared=self.live.config.workers > 1)
        self.ports = tuple(dict.fromkeys(address[1] for address in runner.addresses))

    def _background_work(self) -> tuple[Coroutine[object, object, None], ...]:
        store = self.parts.store
        return (
            self._judges.run(),
            self._deliverers.run(),
            upkeep.watch(lambda: changed_at(self.live.config), self._take_model),
            self._watch_candidate(),
            upkeep.prune(store.pruning, lambda: self.live.config.retention),
            upkeep.obey(store.orders, self.reload),
            upkeep.again(self._take_choices, "the owner's choices wait", seconds=upkeep.LOOK_SECONDS),
            upkeep.again(store.tallies.roll, "summing up waits", seconds=upkeep.TALLY_SECONDS),
            upkeep.again(self._send_digest, "the digest waits", seconds=upkeep.TALLY_SECONDS),
            upkeep.again(self._look_again, "looking again waits", seconds=ROUND_SECONDS),
        )

    async def _finish(self) -> None:
        """Let what is under way end within a bound, and give the rest back to whoever starts next."""
        await asyncio.gather(self._judges.finish(STOP_SECONDS), self._deliverers.finish(STOP_SECONDS))
        try:
            await self.parts.store.queue.give_back()
        except StoreError as error:
            _log.error("store", what="leases are not given back and will run out", error=str(error))

    def _desk(self) -> Desk:
        return Desk(
            store=self.parts.store,
            config=lambda: self.live.config,
            blogs=lambda: self.live.blogs,
            model=lambda: self.live.model,
            models=lambda: usable_models(self.live.config),
            changed=self._take_choices,
            config_path=self._config_path,
            clock=time.time,
            meters=self._meters,
        )

    async def _send_digest(self) -> None:
        if self.live.config.digest.to:
            from proxy import mail  # noqa: PLC0415 (these three: for nobody without a digest)
            from proxy.dashboard.digest import send_due  # noqa: PLC0415
            from proxy.dashboard.pages import environment  # noqa: PLC0415

            await send_due(self._desk(), environment(), mail.send, mail.MailError)

    async def _start_dashboard(self, stack: AsyncExitStack) -> None:
        """Open the dashboard's door; what is behind it is loaded when somebody comes."""
        address, is_shared = self.live.config.dashboard.listen, self.live.config.workers > 1
        try:
            door = stack.enter_context(opened(address, is_shared=is_shared))
        except OSError as error:
            raise _taken("dashboard.listen", address, error) from error
        await stack.enter_async_context(_background(self._serve_dashboard(door)))

    async def _serve_dashboard(self, door: socket.socket) -> None:
        await knock(door)
        try:
            routes = await asyncio.to_thread(import_module, DASHBOARD)
            board = routes.dashboard(self._desk())
        except Exception:
            _log.exception("bug", what="the dashboard can't be shown")
            raise
        runner = web.AppRunner(board, access_log=None, handle_signals=False, shutdown_timeout=STOP_SECONDS)
        await runner.setup()
        try:
            await web.SockSite(runner, door).start()
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    def _edge(self) -> Edge:
        return Edge(
            blogs=lambda: self.live.blogs,
            relay=self.parts.relay,
            reception=self._reception,
            xmlrpc=self.live.xmlrpc,
            trusted=lambda: self.live.trusted,
            callers=self._callers,
            meters=self._meters,
        )

    async def reload(self) -> str:
        """Take new configuration and model and say so; what can't be used is refused and the old stays."""
        if self._config_path is None:
            return "refused: there is no configuration file"
        async with self._reloading:
            try:
                config = await asyncio.to_thread(load, self._config_path)
                model = await asyncio.to_thread(load_model, models_folder(config))
            except (ConfigError, StartError) as error:
                _log.error("reload", what="refused; the old configuration stays", error=str(error))
                return f"refused; the old configuration stays: {error}"
            waiting = upkeep.need_restart(self.live.config, config)
            self._take_up(config, model)
        _log.info("reload", what="done", blogs=len(self.live.blogs), model=model.name, need_restart=waiting)
        return "done" + (f"; only a restart changes {', '.join(waiting)}" if waiting else "")

    def _take_up(self, config: Config, model: scoring.Model) -> None:
        self.live.take(config, model)
        self._clients.resize(config.limits.per_client_per_minute)
        self._callers.resize(config.xmlrpc.per_client_per_minute)
        self.parts.fetcher.adjust(fetch_limits(config), own_hosts(self.live))
        if self._front is not None:
            self._front.tell(config)

    async def _look_again(self) -> None:
        await look_again(
            self.parts.store.revisits,
            self.live.config.fetch.revisit_days,
            self.parts.fetcher.fetch,
            self._workbench.examine,
        )

    async def _take_choices(self) -> None:
        """Take up what was chosen on a dashboard, this process's or another's."""
        self.live.choose(await self.parts.store.choices.all())

    async def _watch_candidate(self) -> None:
        """Have a candidate for the model's place score beside it, from when it is made until it is gone."""

        def folder() -> Path:
            return candidate_of(Path(self.live.config.models))

        async def take() -> None:
            await asyncio.to_thread(self._shadow.take, folder())

        await take()
        await upkeep.watch(lambda: written_at(folder()), take)

    async def _take_model(self) -> None:
        """Take up a model that was promoted or rolled back, without a restart."""
        async with self._reloading:
            try:
                self.live.take(
                    self.live.config, await asyncio.to_thread(load_model, models_folder(self.live.config))
                )
            except StartError as error:
                _log.error("model", what="refused; the old model stays", error=str(error))
            else:
                _log.info("model", what="taken up", model=self.live.model.name)


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
    load_model(usable_models(config))
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
    await begin(runner, await asyncio.to_thread(hold, address, key, is_shared=is_shared))


def hold(address: str, key: str, *, is_shared: bool) -> list[socket.socket]:
    """Give sockets that hold an address to listen on; StartError if it can't be had."""
    try:
        return bound(address, is_shared=is_shared)
    except OSError as error:
        raise _taken(key, address, error) from error


def _taken(key: str, address: str, error: OSError) -> StartError:
    text = f"{key}: can't listen on {address}: {error.strerror or error}"
    return StartError(f"{text}; stop what uses it or choose another")


async def run_service(
    config: Config, config_path: Path, meters: Meters, front: Front, nursery: Nursery | None = None
) -> None:
    """Serve behind a front until SIGTERM or SIGINT; SIGHUP reloads."""
    stop, again = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, again.set)  # before all else: unhandled it would end us
    async with (
        serving(config, config_path, meters, nursery, front) as service,
        _background(_reload_when(again, service)),
    ):
        gc.collect()
        gc.freeze()  # what is here now stays; looking through it again and again would hold up the loop
        _log.info("ready", listen=config.listen, blogs=len(service.live.blogs), model=service.live.model.name)
        with contextlib.suppress(asyncio.CancelledError):
            await _first(stop.wait(), front.until_gone())
        if not stop.is_set():
            raise StartError("the front ended; its last words stand above")
        _log.info("stopping")


async def _first(*ends: Coroutine[object, object, object]) -> None:
    """Wait for the first of several."""
    tasks = [asyncio.create_task(end) for end in ends]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


async def _reload_when(asked: asyncio.Event, service: Service) -> None:
    while True:
        await asked.wait()
        asked.clear()
        await service.reload()
