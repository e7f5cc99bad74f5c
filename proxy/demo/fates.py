"""What became of each linkback, read from the proxy's log and put into words. Pure.

The log is read as JSON, one event a line; what is no event of a linkback says nothing here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_WORDS = {"forward": "passed on", "quarantine": "held", "reject": "rejected"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What was decided about one linkback."""

    id: int
    protocol: str
    source: str
    action: str
    reason: str
    score: float | None

    def line(self, about: str) -> str:
        """Return one readable line."""
        score = "" if self.score is None else f"{self.score:.2f}"
        return f"  {_WORDS[self.action]:<10} {self.reason:<18} {score:>5}  {self.protocol:<11} {about}"


@dataclass(slots=True)
class Ledger:
    """The fates so far, and which of the linkbacks that were passed on have reached the blog."""

    fates: dict[int, Fate] = field(default_factory=dict)
    delivered: set[int] = field(default_factory=set)

    def take(self, event: Mapping[str, Any]) -> Fate | None:
        """Take an event of the log in; return the fate that it tells, if any."""
        if event.get("event") == "delivery" and event.get("state") == "delivered":
            self.delivered.add(event["id"])
        if event.get("event") != "linkback":
            return None
        fate = Fate(**{name: event[name] for name in Fate.__slots__})
        self.fates[fate.id] = fate
        return fate

    def is_settled(self, count: int) -> bool:
        """Whether so many linkbacks have met their fate, and those passed on have arrived."""
        passed_on = {fate.id for fate in self.fates.values() if fate.action == "forward"}
        return len(self.fates) >= count and passed_on <= self.delivered

    def summary(self) -> str:
        """Return how many met which fate."""
        actions = [fate.action for fate in self.fates.values()]
        counted = ", ".join(f"{actions.count(action)} {words}" for action, words in _WORDS.items())
        return f"{len(actions)} linkbacks: {counted}."


def read_event(line: bytes) -> Mapping[str, Any] | None:
    """Read a line of the log; None if it is no event."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None
