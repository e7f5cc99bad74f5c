"""What senders hear, in their protocol's own words, and what upstream is sent. Pure.

The seam between the protocols: nobody else asks which protocol a linkback came by.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from proxy.blogs import Site
from proxy.linkback import Linkback, Protocol
from proxy.policy import Heard
from proxy.protocols import methods, pingback, trackback, webmention
from proxy.protocols.http import Answer, Delivery, Headers, Outcome
from proxy.protocols.xmlrpc import Fault, Value

RETRY_AFTER = 60  # seconds; what a temporary failure asks for

# Pingback 1.0 section 3: the fault of each answer that is none of success.
_FAULTS = {
    Heard.NO_SOURCE: 16,
    Heard.NO_LINK: 17,
    Heard.NO_TARGET: 32,
    Heard.CLOSED: 33,
    Heard.DUPLICATE: 48,
    Heard.DENIED: 49,
}
# WordPress tells a trackback's sender of these two; of anything else it knows nothing.
_TRACKBACK = {
    Heard.CLOSED: "Sorry, trackbacks are closed for this item.",
    Heard.DUPLICATE: "We already have a ping from that URL for this post.",
    Heard.NO_TARGET: "I really need an ID for this to work.",
}
# Webmention section 3.2.1: the sender's errors.
_WEBMENTION = {
    Heard.NO_SOURCE: "The source can't be used.",
    Heard.NO_LINK: "The source does not link to the target.",
    Heard.NO_TARGET: "The target is not on this site.",
    Heard.CLOSED: "The target takes no webmentions.",
    Heard.DENIED: "The webmention can't be taken.",
}


def answer(linkback: Linkback, heard: Heard) -> Answer:
    """Say to the sender what it may hear."""
    if linkback.protocol is Protocol.PINGBACK:
        busy = heard is Heard.LATER
        return pingback.answer_busy(RETRY_AFTER) if busy else pingback.answer(result(linkback, heard))
    if linkback.protocol is Protocol.TRACKBACK:
        busy = heard is Heard.LATER
        return trackback.answer_busy(RETRY_AFTER) if busy else trackback.answer(_TRACKBACK.get(heard))
    return _webmention(heard)


def result(linkback: Linkback, heard: Heard) -> Value | Fault:
    """Give a pingback's result alone, as it stands in the answer to a batch."""
    if heard is Heard.REGISTERED:
        return pingback.success_text(linkback)
    if heard is Heard.LATER:
        return Fault(code=503, text="Temporarily unavailable: try again later.")
    return pingback.fault(_FAULTS[heard])


def _webmention(heard: Heard) -> Answer:
    if heard is Heard.LATER:
        return webmention.answer_busy(RETRY_AFTER)
    if heard in _WEBMENTION:
        return webmention.answer_error(_WEBMENTION[heard])
    return webmention.answer_accepted()


def too_many_calls() -> Answer:
    """Tell a client that its XML-RPC calls come too fast."""
    fault = pingback.answer(Fault(code=429, text="Too many calls: slow down."))
    headers = (*fault.headers, ("Retry-After", str(RETRY_AFTER)))
    return Answer(status=429, headers=headers, body=fault.body)


def batch(
    calls: tuple[methods.Call, ...], results: tuple[Value | Fault, ...], others: bytes | None
) -> Answer:
    """Answer a batch: our results of its linkbacks and upstream's of its other calls, in their order."""
    theirs = methods.read_others(others) if others is not None else None
    return pingback.answer(methods.splice(calls, results, theirs))


def batch_for_upstream(calls: tuple[methods.Call, ...], site: Site) -> Delivery | None:
    """Give the batch's other calls as a request of our own, or None if there are none."""
    if not any(isinstance(call, methods.OtherCall) for call in calls):
        return None
    body = methods.render_others(calls)
    return Delivery(method="POST", path=site.xmlrpc_path, headers=pingback.XML_HEADERS, body=body)


def delivery(linkback: Linkback, site: Site) -> Delivery:
    """Give our canonical request to upstream for a linkback: never the sender's bytes."""
    if linkback.protocol is Protocol.TRACKBACK:
        return trackback.delivery(linkback)
    if linkback.protocol is Protocol.WEBMENTION and site.native_webmentions:
        return webmention.delivery(linkback, _home(site) + webmention.PLUGIN_PATH)
    return pingback.delivery(linkback, site.xmlrpc_path)


def read(linkback: Linkback, site: Site, *, status: int, headers: Headers, body: bytes) -> Outcome:
    """Read what upstream made of a delivery."""
    if linkback.protocol is Protocol.TRACKBACK:
        return trackback.read_result(status, headers, body)
    if linkback.protocol is Protocol.WEBMENTION and site.native_webmentions:
        return webmention.read_result(status, headers, body)
    return pingback.read_result(status, headers, body)


def _home(site: Site) -> str:
    return urlsplit(site.name).path.rstrip("/")
