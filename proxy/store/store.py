"""The open store: the two sides of one database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from proxy.store.choices import Choices
from proxy.store.database import Database
from proxy.store.digests import Digests
from proxy.store.orders import Orders
from proxy.store.pruning import Pruning
from proxy.store.pulse import Pulse
from proxy.store.queue import Queue
from proxy.store.review import Review
from proxy.store.revisits import Revisits
from proxy.store.search import Search
from proxy.store.sessions import Sessions
from proxy.store.tallies import Tallies
from proxy.store.trail import Trail


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """One open database, seen by senders and workers (`queue`) and by the owner (the others)."""

    database: Database
    queue: Queue
    pruning: Pruning
    orders: Orders
    review: Review
    revisits: Revisits
    choices: Choices
    digests: Digests
    pulse: Pulse
    search: Search
    sessions: Sessions
    tallies: Tallies
    trail: Trail


@asynccontextmanager
async def open_store(url: str, *, owner: str = "") -> AsyncIterator[Store]:
    """Open the database, creating what is missing; StoreError if it can't be used."""
    async with Database(url, owner=owner) as database:
        yield Store(
            database=database,
            queue=Queue(database),
            pruning=Pruning(database),
            orders=Orders(database),
            review=Review(database),
            revisits=Revisits(database),
            choices=Choices(database),
            digests=Digests(database),
            pulse=Pulse(database),
            search=Search(database),
            sessions=Sessions(database),
            tallies=Tallies(database),
            trail=Trail(database),
        )
