"""Filters in the address: from a query string to a `Filter` and back. Pure; nonsense means 'any'."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from proxy.linkback import Protocol
from proxy.store import State
from proxy.store.search import Filter

MAX_VALUE = 300  # characters of one value
MAX_DIGITS = 18  # of an id

# The tabs of the queue: the word in the address, the heading, and the states behind it.
TABS: Mapping[str, tuple[str, tuple[State, ...]]] = {
    "held": ("Held", (State.HELD,)),
    "rejected": ("Rejected", (State.REJECTED,)),
    "leaving": ("On its way", (State.QUEUED, State.DELIVERING)),
    "delivered": ("Delivered", (State.DELIVERED,)),
    "discarded": ("Discarded", (State.DISCARDED,)),
    "undeliverable": ("Undeliverable", (State.DEAD,)),
    "waiting": ("Being judged", (State.RECEIVED, State.JUDGING)),
    "all": ("All", ()),
}
PLAIN = ("state", "sort")  # fields that narrow nothing further
FIELDS = (*PLAIN, "q", "blog", "protocol", "reason", "domain", "campaign", "from", "to", "since", "until")
DOUBT = "doubt"  # the one order beside the newest first; what is held has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a page of the queue was asked for."""

    tab: str
    filter: Filter
    values: Mapping[str, str]  # the fields that are set, as they stand in the address
    before: int | None

    @property
    def by_doubt(self) -> bool:
        """Whether the most doubtful come first, not the newest."""
        return "sort" in self.values

    @property
    def narrowed(self) -> bool:
        """Whether anything but the tab and the order is asked for."""
        return any(name not in PLAIN for name in self.values)

    @property
    def shown(self) -> Mapping[str, str]:
        """Every field as it stands in the form, '' if it is not set."""
        return {name: self.values.get(name, "") for name in FIELDS}

    @property
    def plain(self) -> str:
        """The tab's address without any filter."""
        return address({name: text for name, text in self.values.items() if name in PLAIN})

    def address(self, **changes: str) -> str:
        """Give the queue's address with some fields changed; '' removes one, and paging starts anew."""
        return address({**self.values, **changes})


def address(values: Mapping[str, str]) -> str:
    """Give the queue's address for some fields."""
    query = urlencode([(name, values[name]) for name in (*FIELDS, "before") if values.get(name)])
    return f"/?{query}" if query else "/"


def wish(query: Mapping[str, str]) -> Wish:
    """Read a query string."""
    values = {name: text for name in FIELDS if (text := query.get(name, "").strip()[:MAX_VALUE])}
    tab = values.get("state", "held")
    if tab not in TABS:
        tab = "held"
        values.pop("state", None)
    if tab != "held" or values.get("sort") != DOUBT:
        values.pop("sort", None)
    if values.get("protocol") not in set(Protocol):
        values.pop("protocol", None)
    return Wish(
        tab=tab,
        filter=_filter(tab, values),
        values=values,
        before=number(query.get("before", "")),
    )


def number(text: str) -> int | None:
    """Read an id; None if it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else None


def _filter(tab: str, values: Mapping[str, str]) -> Filter:
    until = _day(values.get("until", ""))
    return Filter(
        states=TABS[tab][1],
        blog=values.get("blog", ""),
        protocol=values.get("protocol", ""),
        reason=values.get("reason", ""),
        domain=values.get("domain", "").lower(),
        campaign=values.get("campaign", ""),
        score_from=_percent(values.get("from", "")),
        score_to=_percent(values.get("to", "")),
        since=_seconds(_day(values.get("since", ""))),
        until=_seconds(until + timedelta(days=1)) if until and until < date.max else None,
        text=values.get("q", ""),
    )


def _percent(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return min(max(value, 0.0), 100.0) / 100 if math.isfinite(value) else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _seconds(day: date | None) -> float | None:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() if day else None
