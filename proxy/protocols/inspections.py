"""The inspections of a body, one for each dress of a linkback; each takes the body in pieces.

Pure. Memory is bounded whatever the body's length. The choice between them is in `recognise`.
"""

from __future__ import annotations

import zlib
from typing import Protocol

from proxy.protocols import forms, methods, pingback, trackback, webmention, xmlrpc
from proxy.protocols.forms import Form
from proxy.protocols.http import Head
from proxy.protocols.methods import XmlRpcPolicy
from proxy.protocols.recognised import (
    Batch,
    Claim,
    Ordinary,
    Recognised,
    refused_body,
    refused_call,
    refused_trackback,
    refused_webmention,
)
from proxy.protocols.xmlrpc import Fault

WANTED = trackback.WANTED | webmention.WANTED
MAX_UNZIPPED = 33_554_432  # bytes of a gzip body after decompression
STEP = 65_536  # bytes that are decompressed at once


class Inspection(Protocol):
    """A body under inspection."""

    def feed(self, data: bytes, /) -> None:
        """Take the next piece of the body."""

    def close(self) -> Recognised:
        """End the body and say what the request is."""


class XmlRpcInspection:
    """An XML-RPC call. `strict`: the path names xmlrpc.php, so what is no call is refused."""

    def __init__(self, policy: XmlRpcPolicy, *, strict: bool) -> None:
        self._policy = policy
        self._strict = strict
        self._reader: xmlrpc.Reader | None = xmlrpc.Reader()

    def feed(self, data: bytes) -> None:
        """Take the next piece of the body."""
        try:
            if self._reader is not None:
                self._reader.feed(data)
        except xmlrpc.MalformedError:
            self._reader = None

    def close(self) -> Recognised:
        """End the body and say what the request is."""
        try:
            message = self._reader.close() if self._reader is not None else None
        except xmlrpc.MalformedError:
            message = None
        if message is not None:
            return self._judge(message)
        return refused_call("unreadable-xmlrpc") if self._strict else Ordinary()

    def _judge(self, message: xmlrpc.Message) -> Recognised:
        if message.root != "methodCall":
            return refused_call("no-method-call")
        delicate = {pingback.METHOD, methods.MULTICALL} & set(message.methods)
        if delicate and (len(message.methods) > 1 or message.doubled):
            return refused_call("ambiguous-xmlrpc")
        if not self._policy.permits(message.method):
            return refused_call("denied-method", methods.unknown_method(message.method))
        if message.method == pingback.METHOD:
            claim = pingback.claim(xmlrpc.arguments(message.params))
            return refused_call("no-claim", claim) if isinstance(claim, Fault) else Claim(linkback=claim)
        return self._batch(message) if message.method == methods.MULTICALL else Ordinary()

    def _batch(self, message: xmlrpc.Message) -> Recognised:
        calls = methods.calls(xmlrpc.arguments(message.params), self._policy)
        if len(calls) > self._policy.max_batch:
            return refused_call("batch-too-long")
        if not methods.needs_unpacking(calls):
            return Ordinary()
        return Batch(calls=calls) if methods.can_be_written(calls) else refused_call("batch-too-long")


class FormInspection:
    """A form that is, or could be, a trackback (or a webmention through `rest_route`)."""

    def __init__(self, head: Head, query: Form) -> None:
        self._head = head
        self._query = query
        self._reader = forms.reader(head.header("content-type"), WANTED)

    def feed(self, data: bytes) -> None:
        """Take the next piece of the body."""
        if self._reader is not None:
            self._reader.feed(data)

    def close(self) -> Recognised:
        """End the body and say what the request is."""
        form = self._reader.close() if self._reader is not None else Form()
        if webmention.names_route(form):
            return claimed_webmention(self._query, form)
        by_address = trackback.is_endpoint(self._head, self._query)
        if form.odd and _hints_at_linkback(form, by_address=by_address):
            return refused_trackback("ambiguous-form", "This form can be read in two ways.")
        if not (by_address or form.has("tb")):
            return Ordinary()
        if trackback.could_be_stored(form):
            return self._claimed(form)
        if trackback.is_endpoint_path(self._head):
            return refused_trackback("no-claim", "A trackback needs url and title.")
        return Ordinary()

    def _claimed(self, form: Form) -> Recognised:
        try:
            return Claim(linkback=trackback.claim(self._head, self._query, form))
        except trackback.NotATrackbackError as error:
            return refused_trackback("no-claim", str(error))


def _hints_at_linkback(form: Form, *, by_address: bool) -> bool:
    trackback_named = by_address or "tb" in form.hints
    return "rest_route" in form.hints or (trackback_named and {"url", "title"} <= form.hints)


class WebmentionInspection:
    """A request on a Webmention endpoint."""

    def __init__(self, head: Head, query: Form) -> None:
        self._query = query
        kind = head.header("content-type")
        self._reader = webmention.JsonReader() if "json" in kind.lower() else forms.reader(kind, WANTED)

    def feed(self, data: bytes) -> None:
        """Take the next piece of the body."""
        if self._reader is not None:
            self._reader.feed(data)

    def close(self) -> Recognised:
        """End the body and say what the request is."""
        return claimed_webmention(self._query, self._reader.close() if self._reader is not None else Form())


def claimed_webmention(query: Form, body: Form) -> Recognised:
    """Read the claim of a request that is a webmention by its route."""
    try:
        return Claim(linkback=webmention.claim(query, body))
    except webmention.NotAWebmentionError as error:
        return refused_webmention(str(error))


def guarded(head: Head, inspections: list[Inspection]) -> Inspection:
    """Guard inspections against headers by which two parsers could read two different bodies."""
    names = [key.lower() for key, _ in head.headers]
    if names.count("content-type") > 1 or names.count("content-encoding") > 1:
        return _Fixed(refused_body("ambiguous-headers", 400, "A header stands here twice."))
    encoding = head.header("content-encoding").strip().lower()
    if encoding in ("", "identity"):
        return inspections[0] if len(inspections) == 1 else _Several(inspections)
    first, *others = inspections
    if encoding in ("gzip", "x-gzip") and isinstance(first, XmlRpcInspection) and not others:
        return _Unzipped(first)
    return _Fixed(refused_body("content-encoding", 415, "Send this without Content-Encoding."))


class _Fixed:
    """An inspection whose result is known beforehand."""

    def __init__(self, result: Recognised) -> None:
        self._result = result

    def feed(self, data: bytes) -> None:
        """Take the next piece of the body."""

    def close(self) -> Recognised:
        """End the body and say what the request is."""
        return self._result


class _Several:
    """Several inspections of one body: the first that sees more in it than an ordinary request counts."""

    def __init__(self, inspections: list[Inspection]) -> None:
        self._inspections = inspections

    def feed(self, data: bytes) -> None:
        """Take the next piece of the body."""
        for inspection in self._inspections:
            inspection.feed(data)

    def close(self) -> Recognised:
        """End the body and say what the request is."""
        results = [inspection.close() for inspection in self._inspections]
        return next((result for result in results if not isinstance(result, Ordinary)), Ordinary())


class _Unzipped:
    """An inspection of a gzip body: bounded, complete, one member, nothing after it."""

    def __init__(self, inner: Inspection) -> None:
        self._inner = inner
        self._unzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        self._left = MAX_UNZIPPED
        self._broken = False

    def feed(self, data: bytes) -> None:
        """Take the next piece of the body."""
        try:
            while data and not self._broken:
                piece = self._unzip.decompress(data, STEP)
                self._left -= len(piece)
                self._inner.feed(piece)
                data = self._unzip.unconsumed_tail
                self._broken = self._left < 0 or bool(self._unzip.unused_data)
        except zlib.error:
            self._broken = True

    def close(self) -> Recognised:
        """End the body and say what the request is."""
        if self._broken or not self._unzip.eof:
            return refused_body("content-encoding", 415, "This is no single whole gzip body.")
        return self._inner.close()
