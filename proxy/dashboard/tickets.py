"""Tickets: signed addresses that let an e-mail's reader decide about one linkback without logging in.

A ticket names the linkback, the decision and its last second, and is signed with a secret of the database. It
is good once: what was decided with it is noted in the trail under its digest. Pure but for `secret_of`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from proxy.dashboard.desk import Desk

SETTING = "digest:secret"
WHATS = ("release", "spam", "unwanted")
GOOD_SECONDS = 7 * 86400.0
PATTERN = r"\d{1,18}-[a-z]{1,10}-\d{1,12}-[\w-]{32}"  # of the whole ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a ticket allows."""

    id: int
    what: str  # of WHATS
    until: int


def signed(ticket: Ticket, secret: str) -> str:
    """Give a ticket as it stands in an address."""
    text = f"{ticket.id}-{ticket.what}-{ticket.until}"
    return f"{text}-{_signature(text, secret)}"


def verified(shown: str, secret: str) -> Ticket | None:
    """Read a ticket; None if it was not signed with this secret. Whether it has expired is not asked here."""
    text, _, signature = shown[:-33], shown[-33:-32], shown[-32:]
    if not hmac.compare_digest(signature.encode(), _signature(text, secret).encode()):
        return None
    one, what, until = text.split("-")
    return Ticket(id=int(one), what=what, until=int(until)) if what in WHATS else None


def batch_of(shown: str) -> str:
    """Give the key under which the trail notes what a ticket did."""
    return hashlib.sha256(shown.encode()).hexdigest()[:24]


def _signature(text: str, secret: str) -> str:
    made = hmac.digest(secret.encode(), f"digest\0{text}".encode(), "sha256")
    return base64.urlsafe_b64encode(made[:24]).decode()


async def secret_of(desk: Desk) -> str:
    """Return the secret, made at its first use."""
    found = await desk.store.review.setting(SETTING)
    return found if isinstance(found, str) else await renewed(desk, by="digest")


async def renewed(desk: Desk, *, by: str) -> str:
    """Make another secret: every ticket that was sent so far is worth nothing from now on."""
    secret = secrets.token_urlsafe(32)
    await desk.store.review.set_setting(SETTING, secret, by=by)
    return secret
