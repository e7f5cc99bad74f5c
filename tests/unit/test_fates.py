"""The demonstration's ledger: from the log's events to readable lines."""

from __future__ import annotations

import pytest

from proxy.demo.fates import Fate, Ledger, read_event

LINKBACK = {
    "event": "linkback",
    "id": 7,
    "protocol": "pingback",
    "source": "https://a.example/",
    "target": "https://blog.example/",
    "action": "forward",
    "reason": "ham",
    "score": 0.03,
}
DELIVERY = {"event": "delivery", "id": 7, "state": "delivered"}


def test_fate_line() -> None:
    """A fate's line says what was done, why, the score, the protocol and who sent it."""
    fate = Ledger().take(LINKBACK)
    assert isinstance(fate, Fate)
    assert fate.line("a baker").split() == ["passed", "on", "ham", "0.03", "pingback", "a", "baker"]


@pytest.mark.parametrize(
    ("events", "settled"),
    [
        ([], False),
        ([LINKBACK], False),  # passed on, but not yet on the blog
        ([LINKBACK, {**DELIVERY, "state": "queued"}], False),
        ([LINKBACK, DELIVERY], True),
        ([DELIVERY, LINKBACK], True),  # the two are logged by different tasks
        ([{**LINKBACK, "action": "quarantine"}], True),
        ([{"event": "ready"}], False),
    ],
)
def test_settled(events: list[dict[str, object]], settled: bool) -> None:
    """All is settled when each linkback was decided and those passed on have arrived."""
    ledger = Ledger()
    for event in events:
        ledger.take(event)
    assert ledger.is_settled(1) is settled


def test_summary() -> None:
    """The summary counts each action."""
    ledger = Ledger()
    for number, action in enumerate(("forward", "reject", "reject")):
        ledger.take({**LINKBACK, "id": number, "action": action})
    assert ledger.summary() == "3 linkbacks: 1 passed on, 0 held, 2 rejected."


@pytest.mark.parametrize("line", [b"", b"Traceback (most recent call last):", b"[1]", b"\xff", b"7"])
def test_no_event(line: bytes) -> None:
    """What is no event in the log is passed over."""
    assert read_event(line) is None
