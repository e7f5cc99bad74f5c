"""The service's composition root: here every concrete thing is named and joined.

`Service` runs one process: the judges, the deliverers and the dashboard, over one database, behind a front
that serves connections (`proxy.front`), or without one. What may change while it runs (configuration, model)
is in `Live`, swapped as a whole. It takes linkbacks as soon as the database is open, and loads only then what
they are judged with.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from aiohttp import web

from proxy import board, upkeep
from proxy.config import Config
from proxy.dashboard.desk import Desk
from proxy.deliver import Deliverers
from proxy.door import begin, opened
from proxy.edge import Edge
from proxy.express import ExpressServer
from proxy.fetch import Fetcher
from proxy.front import Front, FrontLostError
from proxy.judging import Bench, Judges
from proxy.limits import Buckets
from proxy.linkback import Linkback, Score
from proxy.live import Live, fetch_limits, own_hosts
from proxy.meters import Meters
from proxy.nursery import Nursery
from proxy.policy import Heard
from proxy.reader import Reader
from proxy.receive import Reception, Sheltered
from proxy.relay import Relay
from proxy.revisit import ROUND_SECONDS, look_again
from proxy.starting import StartError, hold, taken
from proxy.store import StoreError, open_store
from proxy.workbench import Parts, Workbench

if TYPE_CHECKING:
    from proxy.renewal import Renewal
    from proxy.shadow import Shadow

RENEWAL = "proxy.renewal"  # and with it numpy and all that scoring needs: a quarter of the start's time
# For what is under way when the service is told to stop: requests first, then judgings and deliveries.
STOP_SECONDS = 5.0

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
    live = Live(config)
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


class Service:
    """One running process."""

    renewal: Renewal  # these three: from when linkbacks can be judged
    _shadow: Shadow
    _workbench: Workbench

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
        self._clients = Buckets(per_minute=live.config.limits.per_client_per_minute, clock=time.monotonic)
        self._callers = Buckets(per_minute=live.config.xmlrpc.per_client_per_minute, clock=time.monotonic)
        self._deliverers = Deliverers(
            queue=parts.store.queue,
            relay=parts.relay,
            site=live.site,
            patience=live.patience,
            meters=meters,
        )
        self._judges = Judges(
            queue=parts.store.queue,
            bench=self._bench,
            allowed=live.allowed,
            places=live.places,
            queued=self._deliverers.wake,
            meters=self._meters,
            noted=self._note,
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
        """Take linkbacks, then begin to work on them; `stack` ends it all, the last begun first."""
        tools = stack.enter_context(ExitStack())
        stack.push_async_callback(self._finish)
        await self._open(stack)
        await self._equip(tools)
        for work in self._background_work():
            await stack.enter_async_context(upkeep.beside(work))
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

    async def _equip(self, stack: ExitStack) -> None:
        """Get what linkbacks are judged with; they come already, and wait on disk."""
        await asyncio.to_thread(import_module, RENEWAL)
        from proxy.renewal import Renewal  # noqa: PLC0415
        from proxy.shadow import Shadow  # noqa: PLC0415

        self._shadow = Shadow()
        stack.callback(self._shadow.close)
        self._workbench = Workbench(self.live, self.parts, self._meters, self._shadow)
        stack.callback(self._workbench.close)
        self.renewal = Renewal(self.live, self._shadow, self.parts.store, self._config_path, self._adjust)
        await self.renewal.take_first()

    def _bench(self, blog: str) -> Bench | None:
        """Give what a blog's linkbacks are judged with, if it is there."""
        return self._workbench.bench(blog) if self.live.places() else None

    def _note(self, one: int, score: Score | None) -> None:
        self._shadow.note(one, score)

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
            self.renewal.watch_model(),
            self.renewal.watch_candidate(),
            upkeep.prune(store.pruning, lambda: self.live.config.retention),
            upkeep.obey(store.orders, self.renewal.reload),
            upkeep.again(self.renewal.take_choices, "the owner's choices wait", seconds=upkeep.LOOK_SECONDS),
            upkeep.again(self.renewal.take_labels, "the last labels wait", seconds=upkeep.LOOK_SECONDS),
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
            models=self.renewal.models,
            changed=self.renewal.take_choices,
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
            raise taken("dashboard.listen", address, error) from error
        await stack.enter_async_context(upkeep.beside(board.show(door, self._desk, STOP_SECONDS)))

    def _edge(self) -> Edge:
        return Edge(
            blogs=lambda: self.live.blogs,
            relay=self.parts.relay,
            reception=Sheltered(self._reception),
            xmlrpc=self.live.xmlrpc,
            trusted=lambda: self.live.trusted,
            callers=self._callers,
            meters=self._meters,
        )

    def _adjust(self, config: Config) -> None:
        """Tell those who keep something of the configuration by themselves."""
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


async def _listen(runner: web.BaseRunner, address: str, key: str, *, is_shared: bool) -> None:
    await begin(runner, await asyncio.to_thread(hold, address, key, is_shared=is_shared))
