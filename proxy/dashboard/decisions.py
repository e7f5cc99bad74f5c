"""Decisions: one form for a linkback, the selected ones, all of a filter, all of a campaign; and undo."""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web
from multidict import MultiMapping

from proxy.dashboard.desk import DESK, Desk
from proxy.dashboard.filters import number, wish
from proxy.dashboard.guard import NAME
from proxy.store import Label, State
from proxy.store.review import DISCARDABLE, HOLDABLE, RELEASABLE
from proxy.store.search import Filter

CHUNK = 500  # linkbacks in one write
MOST = 20_000  # linkbacks in one decision; more take a second one

CAMPAIGN_STATES = (State.HELD, State.REJECTED, State.DEAD)  # what a campaign's decision is about
STATES = {"release": RELEASABLE, "spam": DISCARDABLE, "unwanted": DISCARDABLE, "hold": HOLDABLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a form asked for."""

    what: str  # release, spam, unwanted, hold
    ids: tuple[int, ...] = ()
    filter: Filter | None = None  # in place of ids: all that match


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A decision that was just made, and whether it can still be undone."""

    key: str
    text: str
    can_undo: bool
    seconds: int | None = None  # until it is too late; None if that never comes


def order_of(form: MultiMapping[str]) -> Order | None:
    """Read the decision from a form; None if there is none in it."""
    what, _, one = form.get("do", "").partition(":")
    if what not in STATES:
        return None
    if one:
        return Order(what=what, ids=_numbers([one]))
    if campaign := form.get("campaign", ""):
        return Order(what=what, filter=Filter(campaign=campaign, states=CAMPAIGN_STATES))
    if form.get("all"):
        query = dict(parse_qsl(urlsplit(form.get("back", "")).query))
        return Order(what=what, filter=wish(query).filter)
    return Order(what=what, ids=_numbers(form.getall("id", [])))


def _numbers(texts: list[str]) -> tuple[int, ...]:
    return tuple(one for text in texts if (one := number(text)) is not None)


def local(address: str) -> str:
    """Return an address of the dashboard itself; anything else becomes the queue's."""
    good = re.fullmatch(r"/(?!/)[^\\\s\x00-\x1f\x7f]{0,2000}", address)
    return address if good else "/"


async def _chunks(desk: Desk, order: Order) -> AsyncIterator[list[int]]:
    """Give the ids that an order means, some at a time."""
    if order.filter is None:
        for start in range(0, len(order.ids), CHUNK):
            yield list(order.ids[start : start + CHUNK])
        return
    allowed = STATES[order.what]
    states = tuple(state for state in order.filter.states or tuple(State) if state in allowed)
    before, left = None, MOST
    while states and left > 0:
        narrowed = replace(order.filter, states=states)
        ids, before = await desk.store.search.ids(narrowed, before=before, limit=min(CHUNK, left))
        left -= len(ids)
        yield ids
        if before is None:
            return


def act(desk: Desk, what: str, by: str, batch: str) -> Callable[[list[int]], Awaitable[list[int]]]:
    """Give the function that does to some linkbacks what a decision says."""
    review = desk.store.review
    if what == "hold":
        return lambda ids: review.take_back(ids, by=by)
    if what == "release":
        delay = desk.config().delivery.undo_seconds
        return lambda ids: review.release(ids, by=by, delay=delay, batch=batch)
    return lambda ids: review.discard(ids, label=Label(what), by=by, batch=batch)


async def decide(request: web.Request) -> web.Response:
    """Do what the form says and go back to where it stood."""
    desk = request.app[DESK]
    form = await request.post()
    texts = form  # only texts: forms with files are refused by their size
    order = order_of(texts)  # type: ignore[arg-type]
    back = local(str(form.get("back", "/")))
    if order is None:
        raise web.HTTPBadRequest(text="This form names no decision.")
    batch = secrets.token_hex(12)
    do = act(desk, order.what, provenance(request), batch)
    async for ids in _chunks(desk, order):
        await do(ids)
    raise web.HTTPSeeOther(f"{back}{'&' if '?' in back else '?'}done={batch}")


async def undo(request: web.Request) -> web.Response:
    """Take a decision back, as far as that is still possible."""
    desk = request.app[DESK]
    form = await request.post()
    key, after = str(form.get("done", "")), 0
    while ids := await desk.store.trail.batch_ids(key, after=after):
        await desk.store.review.take_back(ids, by=provenance(request))
        after = ids[-1]
    raise web.HTTPSeeOther(local(str(form.get("back", "/"))))


def provenance(request: web.Request) -> str:
    """Say by whom a label was given."""
    return f"dashboard:{request[NAME]}"


RELEASED = "label ham"
_TEXTS = {RELEASED: "Released", "label spam": "Discarded as spam", "label unwanted": "Discarded as unwanted"}


async def done_of(desk: Desk, key: str) -> Done | None:
    """Find the decision that an address tells of."""
    batch = await desk.store.trail.batch(key[:24]) if key else None
    if batch is None:
        return None
    size = "" if batch.size == 1 else f" {batch.size:,} linkbacks"
    text = f"{_TEXTS.get(batch.what, 'Done')}{size}."
    if batch.what != RELEASED:
        return Done(key=key, text=text, can_undo=True)
    left = math.ceil(desk.config().delivery.undo_seconds - (desk.clock() - batch.at))
    return Done(key=key, text=text, can_undo=left > 0, seconds=max(left, 0))
