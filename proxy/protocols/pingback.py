"""Pingback: the claim in a call, the answers to senders, the delivery, and reading upstream's result.

Pure. It may not decide whether a pingback is welcome.
Specification: https://www.hixie.ch/specs/pingback/pingback, and what WordPress does.
"""

from __future__ import annotations

import re

from proxy.linkback import Linkback, Protocol
from proxy.protocols import xmlrpc
from proxy.protocols.http import Answer, Delivery, Headers, Outcome, OutcomeKind, retry_after
from proxy.protocols.xmlrpc import Fault, Value

METHOD = "pingback.ping"
MAX_URL = 2_000  # characters; WordPress stores 200 of a source
MAX_RESULT = 65_536  # bytes of an upstream answer that are read
XML_HEADERS: Headers = (("Content-Type", "text/xml; charset=UTF-8"),)
_ADDRESS = re.compile(r"[^\x00-\x20\x7f]+")

# The faults of the specification, by number: what an honest receiver says.
FAULTS = {
    0: "",
    16: "The source URI does not exist.",
    17: "The source URI does not contain a link to the target URI, and so cannot be used as a source.",
    32: "The specified target URI does not exist.",
    33: "The specified target URI cannot be used as a target.",
    48: "The pingback has already been registered.",
    49: "Access denied.",
    50: "The server could not communicate with an upstream server.",
}
# WordPress hides every fault but this one from senders, so that spammers learn nothing.
UNMASKED = 48


def claim(arguments: Value) -> Linkback | Fault:
    """Read the linkback that the arguments of pingback.ping claim; a fault if there is none in them."""
    source = xmlrpc.text_of(xmlrpc.item(arguments, 0))
    target = xmlrpc.text_of(xmlrpc.item(arguments, 1))
    if source is None or target is None:
        return fault(0)
    source, target = (u.strip(xmlrpc.PHP_BLANKS_TEXT).replace("&amp;", "&") for u in (source, target))
    if not all(len(u) <= MAX_URL and _ADDRESS.fullmatch(u) for u in (source, target)):
        return fault(0)
    return Linkback(protocol=Protocol.PINGBACK, source=source, target=target)


def fault(code: int, *, masked: bool = True) -> Fault:
    """Make the specification's fault; masked as WordPress masks it unless told otherwise."""
    return Fault(code=0, text="") if masked and code != UNMASKED else Fault(code=code, text=FAULTS[code])


def success_text(linkback: Linkback) -> str:
    """Say what WordPress says of a pingback that it stored."""
    return f"Pingback from {linkback.source} to {linkback.target} registered. Keep the web talking! :-)"


def answer(result: Value | Fault) -> Answer:
    """Render a result or a fault as an HTTP answer: always 200, as XML-RPC wants it."""
    body = xmlrpc.render_fault(result) if isinstance(result, Fault) else xmlrpc.render_response(result)
    return Answer(status=200, headers=XML_HEADERS, body=body)


def answer_busy(seconds: int) -> Answer:
    """Render a temporary failure: the sender should come back."""
    body = xmlrpc.render_fault(Fault(code=503, text="Temporarily unavailable: try again later."))
    return Answer(status=503, headers=(*XML_HEADERS, ("Retry-After", str(seconds))), body=body)


def delivery(linkback: Linkback, endpoint: str) -> Delivery:
    """Write our own call of pingback.ping for this linkback, at upstream's XML-RPC endpoint."""
    body = xmlrpc.render_call(METHOD, [linkback.source, linkback.target])
    return Delivery(method="POST", path=endpoint, headers=XML_HEADERS, body=body)


def read_result(status: int, headers: Headers, body: bytes) -> Outcome:
    """Say what upstream made of a delivered pingback, judged by the body before the status."""
    if status == 429 or status >= 500:  # noqa: PLR2004
        return _retry(f"HTTP {status}", headers)
    try:
        message = xmlrpc.parse(body[:MAX_RESULT])
    except xmlrpc.MalformedError:
        return _retry(f"HTTP {status} with an answer that is no XML-RPC", headers)
    if message.root == "fault" or _is_fault(message):
        return _read_fault(message, headers)
    return Outcome(kind=OutcomeKind.DELIVERED, detail=_shown(message.params[0] if message.params else ""))


def _is_fault(message: xmlrpc.Message) -> bool:
    return bool(message.params) and xmlrpc.item(message.params[0], "faultCode") is not None


def _read_fault(message: xmlrpc.Message, headers: Headers) -> Outcome:
    value = xmlrpc.item(message.params[0], "faultCode") if message.params else None
    code = value if isinstance(value, int) else -1
    text = _shown(xmlrpc.item(message.params[0], "faultString")) if message.params else ""
    if code == UNMASKED:
        return Outcome(kind=OutcomeKind.DUPLICATE, detail=text)
    if code == 409:  # noqa: PLR2004  (WordPress's answer to a redelivery if the source has a '&')
        return Outcome(kind=OutcomeKind.SAME_WORDS, detail=f"fault {code}: {text}")
    if code == 0 and not text:  # any fault, masked: newer versions mask the flood limit too
        return Outcome(kind=OutcomeKind.UNCLEAR, detail="fault 0, without a word")
    if code in (429, 500, 502, 503) or "too quickly" in text.lower():
        return _retry(f"fault {code}: {text}", headers)
    return Outcome(kind=OutcomeKind.REFUSED, detail=f"fault {code}: {text}".rstrip(": "))


def _retry(detail: str, headers: Headers) -> Outcome:
    return Outcome(kind=OutcomeKind.RETRY, detail=detail, retry_after=retry_after(headers))


def _shown(value: Value | None) -> str:
    return value[:300] if isinstance(value, str) else ""
