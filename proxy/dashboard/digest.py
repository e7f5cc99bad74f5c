"""The daily digest: what waits for the owner, as an e-mail with a link for each decision.

Composes and decides when; how an e-mail is sent is passed in. Strangers' words stand in the body alone, as
text: no header holds them, and their addresses are broken up so that no mail program makes links of them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

import jinja2
import structlog

from proxy.config import Digest
from proxy.dashboard import wording
from proxy.dashboard.desk import Desk
from proxy.dashboard.queue import Row, rows
from proxy.dashboard.tickets import GOOD_SECONDS, WHATS, Ticket, secret_of, signed
from proxy.store import State
from proxy.store.search import Count, Filter

HELD = Filter(states=(State.HELD,))
SHOWN = 20  # linkbacks in one e-mail
JOINER = "\N{WORD JOINER}"  # invisible, and the end of what mail programs take for an address

Send = Callable[[EmailMessage, Digest], None]  # blocks; raises what `failures` names

_log = structlog.get_logger()


def day_of(now: float, hour: int) -> str:
    """Name the day of a digest that is sent from an hour of the day (UTC) on."""
    return datetime.fromtimestamp(now - hour * 3600, UTC).date().isoformat()


def unlinked(text: str) -> str:
    """Give a text in which a mail program finds no address to link."""
    return re.sub(r"(?<=\w)([.@])(?=\w)", rf"\1{JOINER}", text).replace("://", f":{JOINER}//")


def subject(count: Count) -> str:
    """Say in a line how much waits."""
    return "1 linkback waits for you" if str(count) == "1" else f"{count} linkbacks wait for you"


async def send_due(desk: Desk, templates: jinja2.Environment, send: Send, failures: type[Exception]) -> bool:
    """Send today's digest if it is due and nobody else does; say whether one was sent."""
    keys, digests = desk.config().digest, desk.store.digests
    day = day_of(desk.clock(), keys.hour)
    if not keys.to or not await digests.take(day):
        return False
    count = await desk.store.search.count(HELD)
    if not count.number:
        await digests.end(day)
        return False
    message = await compose(desk, templates, count)
    try:
        await asyncio.to_thread(send, message, keys)
    except failures as error:
        _log.error("digest", what="not sent; it is tried again", error=str(error))
        await digests.end(day, error=str(error))
        return False
    await digests.end(day, sent=True)
    _log.info("digest", what="sent", linkbacks=count.number)
    return True


async def compose(desk: Desk, templates: jinja2.Environment, count: Count) -> EmailMessage:
    """Write the e-mail: the most doubtful of what waits, each with its links."""
    keys = desk.config().digest
    found = await desk.store.search.doubtful(HELD, desk.middle(""), limit=SHOWN)
    secret, until = await secret_of(desk), int(desk.clock() + GOOD_SECONDS)
    base = desk.config().dashboard.public_url or f"http://{desk.config().dashboard.listen}"
    entries = [_entry(row, base, secret, until) for row in await rows(desk, found.records)]
    values = {"count": count, "entries": entries, "base": base, "title": subject(count)}
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject(count), keys.sender, ", ".join(keys.to)
    message["Date"] = format_datetime(datetime.fromtimestamp(desk.clock(), UTC))
    message["Message-ID"] = make_msgid(domain=keys.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers it
    message.set_content(templates.get_template("digest_text.html").render(values))
    message.add_alternative(templates.get_template("digest_mail.html").render(values), subtype="html")
    return message


def _entry(row: Row, base: str, secret: str, until: int) -> dict[str, object]:
    """Lay out one linkback: its words, and an address for each decision."""
    tickets = {what: signed(Ticket(id=row.one.id, what=what, until=until), secret) for what in WHATS}
    quote = row.excerpt
    return {
        "heading": unlinked(row.heading),
        "domain": unlinked(wording.cut(row.one.domain, 80)),
        "target": unlinked(row.target),
        "score": wording.percent(row.one.score) if row.one.score is not None else "",
        "reason": wording.reason_text(row.one.reason),
        "quote": unlinked(wording.cut(f"{quote.before}{quote.link}{quote.after}", 280)),
        "card": f"{base}/linkback/{row.one.id}",
        "links": {what: f"{base}/digest/{ticket}" for what, ticket in tickets.items()},
    }
