"""The blogs behind the proxy: which one a request is for, and what its owner decided, of the gate too.

Pure. Built once from the configuration and the model's cut-offs; finding a blog costs the same for one
and for thousands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_network
from urllib.parse import urlsplit

from proxy.config import Blog, Config
from proxy.forwarding import Network
from proxy.linkback import Cutoffs
from proxy.policy import Action, Rules
from proxy.protocols.methods import XmlRpcPolicy
from proxy.screen import House

_SELF_PINGS = {"forward": Action.FORWARD, "drop": Action.REJECT, "quarantine": Action.QUARANTINE}
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One blog, with everything that the rooms need to know of it."""

    name: str  # its first address
    urls: tuple[str, ...]
    upstream: str
    observe: bool
    spacing: float  # seconds between two deliveries
    native_webmentions: bool
    xmlrpc_path: str
    webmention_path: str  # '' takes none
    house: House
    rules: Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a blog's owner chose on the dashboard; it adds to the configuration's lists."""

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    ham: float | None = None  # cut-offs that stand before the configuration's and the model's
    spam: float | None = None


NO_CHOICE = Choice()
NO_CUTOFFS = Cutoffs(ham=0.0, spam=1.0)  # where nothing is judged


class Blogs:
    """All sites, by name and by public address."""

    def __init__(self, sites: Iterable[Site]) -> None:
        self._by_name = {site.name: site for site in sites}
        by_host: dict[str, list[tuple[str, Site]]] = defaultdict(list)
        for site in self._by_name.values():
            for url in site.urls:
                parts = urlsplit(url)
                by_host[_host(parts.netloc, parts.scheme)].append((parts.path.rstrip("/"), site))
        for found in by_host.values():
            found.sort(key=lambda one: -len(one[0]))  # the longest path first: /blog before /
        self._by_host = dict(by_host)

    def named(self, name: str) -> Site | None:
        """Return the site of that name, or None if it is no longer configured."""
        return self._by_name.get(name)

    def chosen(self, host: str, path: str, scheme: str) -> Site | None:
        """Return the site that a request is for. A proxy of one blog takes any Host for it."""
        found = self._by_host.get(_host(host, scheme), ())
        for prefix, site in found:
            if not prefix or path == prefix or path.startswith(prefix + "/"):
                return site
        if len(self._by_name) == 1:
            return next(iter(self._by_name.values()))
        return found[-1][1] if found else None

    def only(self, host: str, scheme: str) -> Site | None:
        """Return the site that all requests for a host are for; None if there is none, or paths matter."""
        if len(self._by_name) == 1:
            return next(iter(self._by_name.values()))
        found = self._by_host.get(_host(host, scheme), ())
        return found[0][1] if len(found) == 1 else None

    def __iter__(self) -> Iterator[Site]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)


@lru_cache(maxsize=1024)
def _host(netloc: str, scheme: str) -> str:
    host = netloc.rpartition("@")[2].lower()
    return host.removesuffix(_DEFAULT_PORTS.get(scheme, "")).removesuffix(".")


def blogs_of(config: Config, cutoffs: Cutoffs, choices: Mapping[str, Choice] | None = None) -> Blogs:
    """Build the sites; the model's cut-offs stand where the owner set none."""
    chosen = choices or {}
    return Blogs(_site(blog, config, cutoffs, chosen.get(blog.name, NO_CHOICE)) for blog in config.blogs)


def _site(blog: Blog, config: Config, cutoffs: Cutoffs, choice: Choice) -> Site:
    own = Cutoffs(
        ham=_first(choice.ham, blog.cutoffs.ham, cutoffs.ham),
        spam=_first(choice.spam, blog.cutoffs.spam, cutoffs.spam),
    )
    return Site(
        name=blog.name,
        urls=blog.url,
        upstream=blog.upstream,
        observe=blog.mode == "observe",
        spacing=blog.delivery_spacing_seconds,
        native_webmentions=blog.webmention_delivery == "native",
        xmlrpc_path=blog.xmlrpc_path or urlsplit(blog.name).path.rstrip("/") + "/xmlrpc.php",
        webmention_path=blog.webmention_path,
        house=House(
            urls=blog.url,
            allow=(*blog.allow, *choice.allow),
            deny=(*blog.deny, *choice.deny),
            closed=blog.closed,
            self_pings=_SELF_PINGS[blog.self_pings],
        ),
        rules=Rules(cutoffs=own, actions=config.actions),
    )


def _first(*values: float | None) -> float:
    return next(value for value in values if value is not None)


def xmlrpc_policy(config: Config) -> XmlRpcPolicy:
    """Give the policy for XML-RPC methods."""
    keys = config.xmlrpc
    closed = () if keys.get_pingbacks else ("pingback.extensions.getPingbacks",)
    return XmlRpcPolicy(allow=keys.allow, deny=(*keys.deny, *closed), max_batch=keys.max_batch)


def networks(texts: tuple[str, ...]) -> frozenset[Network]:
    """Read networks that the configuration has checked."""
    return frozenset(ip_network(text) for text in texts)
