"""What the dashboard is given by the running service. Read anew for each request: it may change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from proxy.blogs import Blogs
from proxy.config import Config
from proxy.linkback import Cutoffs
from proxy.meters import Meters
from proxy.store import Store

if TYPE_CHECKING:
    from proxy import scoring


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The service as the dashboard sees it."""

    store: Store
    config: Callable[[], Config]
    blogs: Callable[[], Blogs]
    model: Callable[[], scoring.Model]
    models: Callable[[], Path]  # the folder of the model in use: the owner's, or the shipped
    changed: Callable[[], Awaitable[None]]  # the owner chose something: the service takes it up
    config_path: Path | None
    clock: Callable[[], float]
    meters: Meters

    def cutoffs(self, blog: str) -> Cutoffs:
        """Return the cut-offs in force for a blog, the model's if it is no longer configured."""
        site = self.blogs().named(blog)
        return site.rules.cutoffs if site else self.model().cutoffs

    def middle(self, blog: str) -> float:
        """Return where doubt is greatest: half-way between a blog's cut-offs ('': all blogs')."""
        sites = list(self.blogs())
        cutoffs = self.cutoffs(blog or (sites[0].name if len(sites) == 1 else ""))
        return (cutoffs.ham + cutoffs.spam) / 2


DESK = web.AppKey("desk", Desk)
