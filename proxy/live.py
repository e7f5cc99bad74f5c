"""What may change while the service runs: configuration, model, the owner's choices, and what follows.

Swapped as a whole, so that no request sees half of a change. Opens nothing. Before there is a model
nothing is judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from proxy.blogs import NO_CUTOFFS, Choice, Site, blogs_of, networks, xmlrpc_policy
from proxy.config import Config
from proxy.deliver import Patience
from proxy.hop import FetchLimits
from proxy.linkback import Linkback
from proxy.protocols.methods import XmlRpcPolicy
from proxy.receive import Bounds
from proxy.screen import listed
from proxy.urls import host_of

if TYPE_CHECKING:
    from proxy import scoring
    from proxy.scoring.memory import Memory

SHARE_OF_ONE_BLOG = 0.5  # of the queue: a flood on one blog leaves room for the others' linkbacks
SHIPPED_MODELS = Path(__file__).resolve().parent.parent / "models"


class Live:
    """What may be swapped while the service runs: configuration and model, and what follows from them."""

    def __init__(self, config: Config, model: scoring.Model | None = None) -> None:
        self.choices: Mapping[str, Choice] = {}
        self.recent: Memory = {}
        self.take(config, model)

    def take(self, config: Config, model: scoring.Model | None) -> None:
        """Swap configuration and model, both or neither."""
        self.blogs = blogs_of(config, model.cutoffs if model else NO_CUTOFFS, self.choices)
        self.trusted = networks(config.trusted_proxies)
        self.config, self._model = config, model and replace(model, recent=self.recent)

    @property
    def model(self) -> scoring.Model:
        """The model in use; a bug before there is one."""
        if self._model is None:
            raise RuntimeError("there is no model yet")
        return self._model

    def choose(self, choices: Mapping[str, Choice]) -> None:
        """Take up what the owner chose on the dashboard."""
        if choices != self.choices:
            self.choices = choices
            self.take(self.config, self._model)

    def remember(self, recent: Memory) -> None:
        """Let the model know what the owner labelled last."""
        self.recent = recent
        self._model = replace(self.model, recent=recent)

    def site(self, name: str) -> Site | None:
        """Return the site of that name, or None if it is no longer configured."""
        return self.blogs.named(name)

    def xmlrpc(self) -> XmlRpcPolicy:
        """Give the policy for XML-RPC methods."""
        return xmlrpc_policy(self.config)

    def bounds(self) -> Bounds:
        """Give what senders may ask."""
        share = 1.0 if len(self.blogs) == 1 else SHARE_OF_ONE_BLOG
        return Bounds(budget=self.config.reply_budget_seconds, backlog=self.config.limits.queue, share=share)

    def places(self) -> int:
        """Give how many linkbacks may be judged at a time: none before there is a model."""
        return self.config.limits.judging if self._model else 0

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


def changed_at(config: Config) -> tuple[Path, int]:
    """Say which manifest counts, and when it last changed."""
    return written_at(models_folder(config))


def written_at(models: Path) -> tuple[Path, int]:
    """Say when a folder's manifest last changed; 0 if it has none."""
    manifest = models / "manifest.json"
    try:
        return manifest, manifest.stat().st_mtime_ns
    except OSError:
        return manifest, 0


def fetch_limits(config: Config) -> FetchLimits:
    """Give the fetcher's limits."""
    keys = config.fetch
    plain = keys.model_dump(exclude={"allow_networks", "allow_ports", "second_look_share", "revisit_days"})
    return FetchLimits(
        allow_networks=tuple(networks(keys.allow_networks)),
        allow_ports=frozenset(keys.allow_ports) or None,
        **plain,
    )


def own_hosts(live: Live) -> frozenset[str]:
    """Name the hosts that are never fetched from: the blog's own, where it has a host to itself.

    Several blogs may link to each other; there the rates alone keep us from being turned on one of them.
    """
    if len(live.blogs) > 1:
        return frozenset()
    urls = (url for site in live.blogs for url in site.urls)
    return frozenset(host_of(url) for url in urls if not urlsplit(url).path.strip("/"))
