"""The gate: say whether a request is a linkback, and what it claims.

Pure. It fails closed: whatever upstream could take for a linkback is a `Claim`, a `Batch` or a `Refusal`,
and only what certainly is none is `Ordinary`, to be relayed with its own bytes. It may not judge claims.

How to use it: `inspect(head, policy)` before the body is read. None means: relay, streamed. Otherwise feed
the body (spooled as it comes) to the inspection, and ask it at the end. `recognise` does both for a body
that is in memory already.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from proxy.protocols import forms, trackback, webmention
from proxy.protocols.http import Head, Incoming, decoded_path
from proxy.protocols.inspections import (
    WANTED,
    FormInspection,
    Inspection,
    WebmentionInspection,
    XmlRpcInspection,
    guarded,
)
from proxy.protocols.methods import XmlRpcPolicy
from proxy.protocols.recognised import Batch, Claim, Ordinary, Recognised, Refusal

__all__ = [
    "Batch",
    "Claim",
    "GatePolicy",
    "Incoming",
    "Inspection",
    "Ordinary",
    "Recognised",
    "Refusal",
    "inspect",
    "is_call",
    "is_plainest",
    "recognise",
    "suspects",
]

# Paths that some server maps to the file xmlrpc.php, whatever else is in them.
_ENDPOINT = re.compile(rb"xmlrpc\.php|(?<![\w-])xmlrpc(?![\w-])")


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePolicy:
    """What the gate may be told by the configuration."""

    xmlrpc: XmlRpcPolicy = field(default_factory=XmlRpcPolicy)
    webmention_paths: tuple[str, ...] = ()  # further paths at which this blog takes webmentions


def suspects(head: Head, policy: GatePolicy | None = None) -> bool:
    """Say whether the body must be read before the request may be relayed."""
    return inspect(head, policy) is not None


def recognise(incoming: Incoming, policy: GatePolicy | None = None) -> Recognised:
    """Say what a complete request is."""
    inspection = inspect(incoming, policy)
    if inspection is None:
        return Ordinary()
    inspection.feed(incoming.body)
    return inspection.close()


def inspect(head: Head, policy: GatePolicy | None = None) -> Inspection | None:
    """Begin to inspect a request; None if it may be relayed without a look at its body."""
    policy = policy or GatePolicy()
    if _is_plain_reading(head):
        return None
    query = forms.read_query(head.target[1], WANTED)
    if webmention.is_endpoint(head, query, policy.webmention_paths) and webmention.means_post(head, query):
        return guarded(head, [WebmentionInspection(head, query)])
    if head.method.upper() != "POST":
        return None
    path = decoded_path(head).lower()
    inspections: list[Inspection] = []
    if b"xmlrpc" in path:
        inspections.append(XmlRpcInspection(policy.xmlrpc, strict=bool(_ENDPOINT.search(path))))
    if trackback.is_endpoint(head, query) or _is_form(head):
        inspections.append(FormInspection(head, query))
    return guarded(head, inspections) if inspections else None


def is_plainest(target: bytes) -> bool:
    """Whether a GET or HEAD may be relayed by its target alone, if no header names another method."""
    return b"%" not in target and b"method" not in target


def is_call(head: Head) -> bool:
    """Whether a request is an XML-RPC call by its method and path: what passwords are guessed with."""
    return head.method.upper() == "POST" and b"xmlrpc.php" in decoded_path(head).lower()


def _is_plain_reading(head: Head) -> bool:
    """Whether a request is no POST and cannot claim to mean one: nearly all of a blog's traffic."""
    return head.method.upper() != "POST" and not webmention.may_override(head)


def _is_form(head: Head) -> bool:
    kinds = (value for key, value in head.headers if key.lower() == "content-type")
    return any(forms.reader(kind, WANTED) is not None for kind in kinds)
