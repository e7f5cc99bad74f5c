"""Words, numbers and marked texts for the pages. Pure; what comes in is hostile, what goes out is text.

Templates escape all of it; here it is made harmless to read: no controls, no marks that turn its direction.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from proxy.linkback import Linkback
from proxy.policy import RULES, Reason
from proxy.store import Record, State

_STEPS = ((60.0, "second", 1.0), (3600.0, "minute", 60.0), (86400.0, "hour", 3600.0))
DAYS_SHOWN = 30  # beyond, the date says more
LONGEST_SHOWN = 600  # characters of a text in a list
LONGEST_ADDRESS = 300
NOTHING = "\N{EN DASH}"

# Marks that turn the direction of what follows (Unicode Standard Annex 9), and invisible ones (tags).
STEERING = frozenset(
    map(chr, (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF))
)

STATES = {
    State.RECEIVED: "waits to be judged",
    State.JUDGING: "is being judged",
    State.HELD: "held",
    State.QUEUED: "to be delivered",
    State.DELIVERING: "being delivered",
    State.DELIVERED: "delivered",
    State.REJECTED: "rejected",
    State.DISCARDED: "discarded",
    State.DEAD: "undeliverable",
}


def plain(text: object) -> str:
    """Replace controls and marks of direction by a visible sign; line breaks by a blank."""
    shown = str(text)
    return shown if shown.isprintable() else "".join(map(_visible, shown))


def _visible(character: str) -> str:
    if character in "\t\n\r":
        return " "
    hidden = character in STEERING or unicodedata.category(character) in {"Cc", "Cs", "Co", "Zl", "Zp"}
    return "\N{REPLACEMENT CHARACTER}" if hidden else character


def cut(text: str, length: int = LONGEST_SHOWN) -> str:
    """Shorten a text, plain."""
    short = plain(text[: length + 1])
    return short if len(short) <= length else short[:length].rstrip() + "…"


def ago(then: float | None, now: float) -> str:
    """Say how long ago something was."""
    if then is None:
        return NOTHING
    passed = max(now - then, 0.0)
    for limit, unit, size in _STEPS:
        if passed < limit:
            number = int(passed // size)
            return "just now" if unit == "second" else f"{number} {unit}{'' if number == 1 else 's'} ago"
    days = int(passed // 86400)
    return day(then) if days > DAYS_SHOWN else "yesterday" if days == 1 else f"{days} days ago"


def day(then: float) -> str:
    """Give a date."""
    at = datetime.fromtimestamp(then, UTC)
    return f"{at.day} {at:%B %Y}"


def moment(then: float | None) -> str:
    """Give an exact time."""
    return datetime.fromtimestamp(then, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if then else NOTHING


def percent(share: float | None) -> str:
    """Give a share of one as a percentage that never rounds to certainty."""
    if share is None:
        return NOTHING
    value = share * 100
    if 0 < value < 1 or 99 < value < 100:  # noqa: PLR2004
        return f"{min(max(value, 0.1), 99.9):.1f} %"
    return f"{value:.0f} %"


def path_of(url: str) -> str:
    """Give what tells an address from others of its host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return cut(url, LONGEST_ADDRESS)
    shown = parts.path + (f"?{parts.query}" if parts.query else "")
    return cut(shown if shown not in {"", "/"} else parts.netloc, LONGEST_ADDRESS)


def heading(one: Record) -> str:
    """Name a linkback: what its page or its sender calls it, or its address."""
    title = one.linkback.title or (one.evidence.title if one.evidence else "")
    return cut(title.strip(), 200) or path_of(one.linkback.source)


def target_name(one: Record) -> str:
    """Name the post that a linkback is for."""
    return (
        cut(one.post.title.strip(), 120)
        if one.post and one.post.title.strip()
        else path_of(one.linkback.target)
    )


def reason_text(reason: str) -> str:
    """Give the sentence of a reason."""
    try:
        return RULES[Reason(reason)].text
    except (ValueError, KeyError):
        return reason or "No decision yet."


def reason_name(reason: str) -> str:
    """Give a reason as words."""
    return reason.replace("-", " ") or "none yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A text with the link in it marked."""

    before: str = ""
    link: str = ""
    after: str = ""

    def __bool__(self) -> bool:
        return bool(self.before or self.link or self.after)


def marked(one: Record, length: int = LONGEST_SHOWN) -> Marked:
    """Give the text around the link, with the link marked where it can be found; else the claim's."""
    found = one.evidence
    if found is None or not found.excerpt:
        return Marked(before=cut(claimed_excerpt(one.linkback), length))
    before, link, after = (
        found.excerpt.partition(found.anchor_text) if found.anchor_text else (found.excerpt, "", "")
    )
    room = max(length - len(link), 0) // 2
    if link and len(before) > room:
        before = "…" + before[-room:]
    return Marked(
        before=plain(before) if link else cut(before, length), link=cut(link, length), after=cut(after, room)
    )


def claimed_excerpt(linkback: Linkback) -> str:
    """Give the sender's own excerpt."""
    return linkback.excerpt.strip()
