"""What the gate can say of a request: ordinary, one claim, a batch, or a refusal.

Pure values; no decision.
"""

from __future__ import annotations

from dataclasses import dataclass

from proxy.linkback import Linkback
from proxy.protocols import pingback, trackback, webmention
from proxy.protocols.http import Answer
from proxy.protocols.methods import Call
from proxy.protocols.xmlrpc import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordinary:
    """No linkback: relay the original bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Exactly one linkback."""

    linkback: Linkback


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A system.multicall that holds a linkback, or a call that may not pass. See `methods.splice`."""

    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Something that we answer ourselves and never forward."""

    reason: str  # for the log: a stable name
    answer: Answer


Recognised = Ordinary | Claim | Batch | Refusal

# Reason: the fault, in WordPress's words where WordPress has them.
FAULTS = {
    "unreadable-xmlrpc": Fault(code=-32700, text="parse error. not well formed"),
    "no-method-call": Fault(
        code=-32600,
        text="server error. invalid xml-rpc. not conforming to spec. Request must be a methodCall",
    ),
    "ambiguous-xmlrpc": Fault(
        code=-32600, text="server error. invalid xml-rpc. This call can be read in two ways"
    ),
    "batch-too-long": Fault(code=-32600, text="server error. Too many or too long calls in system.multicall"),
}


def refused_call(reason: str, fault: Fault | None = None) -> Refusal:
    """Refuse an XML-RPC call with a fault, by default the reason's."""
    return Refusal(reason=reason, answer=pingback.answer(fault or FAULTS[reason]))


def refused_trackback(reason: str, message: str) -> Refusal:
    """Refuse a trackback in its own words."""
    return Refusal(reason=reason, answer=trackback.answer(message))


def refused_webmention(message: str) -> Refusal:
    """Refuse a webmention that claims nothing."""
    return Refusal(reason="no-claim", answer=webmention.answer_error(message))


def refused_body(reason: str, status: int, text: str) -> Refusal:
    """Refuse a body whatever protocol it may be of."""
    headers = (("Content-Type", "text/plain; charset=UTF-8"),)
    return Refusal(reason=reason, answer=Answer(status=status, headers=headers, body=f"{text}\n".encode()))
