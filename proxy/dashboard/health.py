"""Health: each part with how it does and, where it does not, what to do; and the settings."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from aiohttp import web
from pydantic import BaseModel
from sqlalchemy.engine import make_url

from proxy.config import Config
from proxy.dashboard.desk import DESK, Desk
from proxy.dashboard.feed import feed_token
from proxy.dashboard.filters import number
from proxy.dashboard.pages import page
from proxy.dashboard.wording import ago
from proxy.linkback import FetchReason
from proxy.meters import FETCHES, LIMITED, Meters
from proxy.store import State
from proxy.store.digests import Round
from proxy.store.pulse import Sources, Stuck

LOW_DISK = 500_000_000  # bytes
# How a key's value is shown that holds a secret.
MASKS: Mapping[str, Callable[[str], str]] = {
    "database": lambda url: make_url(url).render_as_string(hide_password=True),
    "dashboard.metrics_token": lambda text: text if text == UNSET else "***",
    "digest.password": lambda text: "***" if text else UNSET,
}
UNSET = "not set"
FAILED_SHARE = 0.5  # of sources; beyond, it is rather our own network


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One part of the service and how it does."""

    part: str
    good: bool
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One key of the configuration."""

    key: str
    value: str
    source: str  # file, or default


def upstream_signs(blogs: list[str], stuck: list[Stuck]) -> Iterator[Sign]:
    """Say of each blog whether it takes what is delivered."""
    troubled = {one.blog: one for one in stuck}
    for blog in blogs:
        one = troubled.get(blog)
        if one is None:
            yield Sign(part=f"Upstream of {blog}", good=True, text="Takes what is delivered.")
        else:
            text = f"{one.number} deliveries were put back. Its last answer: {one.answer}"
            advice = (
                "See that the blog runs at its `upstream` address. Nothing is lost: they are tried again."
            )
            yield Sign(part=f"Upstream of {blog}", good=False, text=text, advice=advice)


def queue_sign(counts: dict[State, int], sources: Sources) -> Sign:
    """Say whether the queues move."""
    waiting = counts.get(State.RECEIVED, 0) + counts.get(State.JUDGING, 0)
    text = f"{waiting} to be judged, {counts.get(State.QUEUED, 0)} to be delivered."
    if not sources.late:
        return Sign(part="Queues", good=True, text=text)
    advice = (
        "Look into the log for what holds judging up; `limits.judging` says how many are judged at a time."
    )
    return Sign(
        part="Queues", good=False, text=f"{text} {sources.late} wait for more than a minute.", advice=advice
    )


def sources_sign(sources: Sources) -> Sign:
    """Say whether sources can be fetched."""
    text = f"{sources.failed} of the last {sources.looked_at} could not be read."
    good = sources.failed <= sources.looked_at * FAILED_SHARE
    advice = (
        ""
        if good
        else "So many failures point at our own side: name resolution, a firewall, or `fetch` limits."
    )
    return Sign(part="Sources", good=good, text=text, advice=advice)


def limits_sign(counted: Meters) -> Sign:
    """Say how much was told to come later since the start, and by which limit."""
    said = {
        "clients": "from clients that sent too many",
        "callers": "XML-RPC calls of clients that made too many",
        "queue": "while the queue was full",
        "turns": "while too many came at once",
        "store": "since the database was too slow",
    }
    found = [f"{total:,.0f} {said[values[0]]}" for values, total in counted.samples(LIMITED)]
    if busy := counted.total(FETCHES, FetchReason.BUSY):
        found.append(f"{busy:,.0f} fetches put off to spare their hosts")
    text = f"Told to come later since the start: {', '.join(found) or 'none'}."
    good = not any(counted.total(LIMITED, limit) for limit in ("queue", "store"))
    advice = "" if good else "Senders do not come again: look at `limits.queue` and at the disk."
    return Sign(part="Limits", good=good, text=text, advice=advice)


def disk_sign(url: str) -> Sign:
    """Say whether there is room for the database."""
    where = make_url(url)
    if where.get_backend_name() != "sqlite" or not where.database:
        return Sign(part="Database", good=True, text=where.render_as_string(hide_password=True))
    free = shutil.disk_usage(Path(where.database).resolve().parent).free
    size = Path(where.database).stat().st_size if Path(where.database).exists() else 0
    text = f"{size / 1e6:,.1f} MB at {where.database}; {free / 1e9:,.1f} GB free."
    advice = "" if free > LOW_DISK else "Make room on the disk, or set `retention` lower."
    return Sign(part="Database", good=free > LOW_DISK, text=text, advice=advice)


async def signs(desk: Desk) -> list[Sign]:
    """Look at every part."""
    pulse, model = desk.store.pulse, desk.model()
    sources = await pulse.sources()
    cutoffs = f"cut-offs {model.cutoffs.ham:.3f} and {model.cutoffs.spam:.3f}"
    return [
        *upstream_signs([site.name for site in desk.blogs()], await pulse.stuck()),
        queue_sign(await desk.store.review.counts(), sources),
        sources_sign(sources),
        limits_sign(desk.meters),
        Sign(part="Model", good=True, text=f"{model.name}, {cutoffs}."),
        disk_sign(desk.config().database),
        *digest_signs(desk.config(), await desk.store.digests.last(), desk.clock()),
    ]


def digest_signs(config: Config, last: Round, now: float) -> Iterator[Sign]:
    """Say whether the daily e-mail gets out, if one is wanted."""
    if not config.digest.to:
        return
    part, sent = (
        "Digest by e-mail",
        f"last sent {ago(last.sent_at, now)}" if last.sent_at else "none sent yet",
    )
    if not last.error:
        yield Sign(part=part, good=True, text=f"To {', '.join(config.digest.to)}; {sent}.")
        return
    advice = "See `digest.server`, `security`, `user` and `password`; the mail server's log may say more."
    text = f"Not sent in {last.tries} tries ({sent}). {last.error}"
    yield Sign(part=part, good=False, text=text, advice=advice)


def settings(config: Config) -> list[Setting]:
    """List every key with its value and where it comes from. Passwords in addresses are masked."""
    return [replace(one, value=MASKS.get(one.key, str)(one.value)) for one in _flat(config, "")]


def _flat(section: BaseModel, path: str) -> Iterator[Setting]:
    for name in type(section).model_fields:
        value, key = getattr(section, name), f"{path}{name}"
        if isinstance(value, BaseModel):
            yield from _flat(value, f"{key}.")
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            for number, one in enumerate(value):
                yield from _flat(one, f"{key}.{number}.")
        else:
            source = "file" if name in section.model_fields_set else "default"
            yield Setting(key=key, value=_text(value), source=source)


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {one}" for name, one in value.items()) or "none"
    return UNSET if value is None else str(value)


async def show_health(request: web.Request) -> web.Response:
    """Show how each part does."""
    return page(request, "health.html", signs=await signs(request.app[DESK]))


async def show_settings(request: web.Request) -> web.Response:
    """Show the configuration, the owner's own choices and the feed's address."""
    desk = request.app[DESK]
    public = desk.config().dashboard.public_url or f"http://{desk.config().dashboard.listen}"
    return page(
        request,
        "settings.html",
        settings=settings(desk.config()),
        path=str(desk.config_path or ""),
        digest=", ".join(desk.config().digest.to),
        choices=await desk.store.choices.all(),
        feed=f"{public}/feed/{await feed_token(desk)}.atom",
    )


async def show_trail(request: web.Request) -> web.Response:
    """Show who did what."""
    entries = await request.app[DESK].store.trail.entries(before=number(request.query.get("before", "")))
    return page(request, "trail.html", entries=entries)
