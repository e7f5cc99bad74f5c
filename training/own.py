"""The proxy's own labels: what its owner decided, from the database that a configuration names."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from proxy.config import ConfigError, load
from proxy.store import StoreError, open_store
from proxy.store.labels import row_of
from training.importers import Record, Skip


def from_labels(path: Path, _group: str, _skip: Skip) -> Iterator[Record]:
    """Give the labels that a proxy's owner gave, by the proxy's configuration."""

    async def read() -> list[Record]:
        async with open_store(load(path).database) as store:
            return [row_of(label) for label in await store.review.labelled()]

    try:
        yield from asyncio.run(read())
    except (ConfigError, StoreError) as error:
        raise ValueError(f"{path}: {error}") from error
