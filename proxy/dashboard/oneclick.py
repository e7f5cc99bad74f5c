"""The page behind a link of the digest: it shows the linkback and asks once more.

Opening it decides nothing, since scanners and previews open every link of an e-mail; its one button does.
Who holds the signed ticket needs no log-in, and can do with it what it names, once, and nothing else.
"""

from __future__ import annotations

from aiohttp import web

from proxy.dashboard.decisions import act, provenance
from proxy.dashboard.desk import DESK, Desk
from proxy.dashboard.pages import page
from proxy.dashboard.queue import rows
from proxy.dashboard.tickets import Ticket, batch_of, renewed, secret_of, verified
from proxy.store import Record, State

BY = "digest"  # the provenance of its labels
LATE = "This link was good for seven days, and those are over. Decide on the dashboard."
DONE = "This was decided already: the linkback is {state} now. On the dashboard it can still be changed."
TEXTS = {
    "release": ("Release this linkback?", "Release", "Released. It is on its way to your blog."),
    "spam": ("Discard this linkback as spam?", "It is spam", "Discarded as spam."),
    "unwanted": ("Discard this linkback as unwanted?", "It is unwanted", "Discarded as unwanted."),
}


async def _meant(request: web.Request) -> tuple[Ticket, Record]:
    """Return ticket and linkback; a page that says so if the ticket is forged, expired or used up."""
    desk = request.app[DESK]
    ticket = verified(request.match_info["ticket"], await secret_of(desk))
    one = await desk.store.review.get(ticket.id) if ticket else None
    if ticket is None or one is None:
        raise web.HTTPNotFound
    if desk.clock() > ticket.until:
        raise web.HTTPGone(text=LATE)
    if one.state is not State.HELD or await desk.store.trail.batch(batch_of(request.match_info["ticket"])):
        raise web.HTTPGone(text=DONE.format(state=one.state))
    return ticket, one


async def show(request: web.Request) -> web.Response:
    """Show what a ticket would do."""
    ticket, one = await _meant(request)
    return await _page(request, ticket, one, is_done=False)


async def decide(request: web.Request) -> web.Response:
    """Do what the ticket says."""
    ticket, one = await _meant(request)
    desk: Desk = request.app[DESK]
    batch = batch_of(request.match_info["ticket"])
    await act(desk, ticket.what, BY, batch)([one.id])
    return await _page(request, ticket, one, is_done=True)


async def _page(request: web.Request, ticket: Ticket, one: Record, *, is_done: bool) -> web.Response:
    question, button, done = TEXTS[ticket.what]
    row = (await rows(request.app[DESK], (one,)))[0]
    return page(
        request, "oneclick.html", row=row, question=question, button=button, done=done if is_done else ""
    )


async def renew(request: web.Request) -> web.Response:
    """Make every link that was sent so far worthless."""
    await renewed(request.app[DESK], by=provenance(request))
    raise web.HTTPSeeOther("/settings")
