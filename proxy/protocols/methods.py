"""Which XML-RPC methods may pass, and what becomes of a batch (system.multicall).

Pure. The default lets everything through that the mobile apps and Jetpack use; an owner closes what
the blog does not need, for instance `system.multicall` and `wp.getUsersBlogs` against password guessing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from proxy.linkback import Linkback
from proxy.protocols import pingback, xmlrpc
from proxy.protocols.xmlrpc import Fault, Value

MULTICALL = "system.multicall"


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlRpcPolicy:
    """Which methods may pass. A denied method is answered as if the blog did not have it."""

    allow: tuple[str, ...] = ("*",)  # patterns of method names, as `wp.*`
    deny: tuple[str, ...] = ()  # likewise, e.g. pingback.extensions.getPingbacks; goes before `allow`
    max_batch: int = 50  # calls in one system.multicall

    def permits(self, method: str) -> bool:
        """Whether calls of this method may pass; a pingback itself is always taken."""
        if method == pingback.METHOD:
            return True
        return _fits(method, self.allow) and not _fits(method, self.deny)


def _fits(method: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(method, pattern) for pattern in patterns)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCall:
    """A call in a batch that is no linkback and may go to upstream, rendered again."""

    method: str
    params: tuple[Value, ...]


Call = Linkback | OtherCall | Fault  # a Fault is our own answer to a call that may not pass


def unknown_method(method: str) -> Fault:
    """Make the fault that WordPress gives for a method that it does not have."""
    return Fault(code=-32601, text=f"server error. requested method {method[:100]} does not exist.")


def calls(arguments: Value, policy: XmlRpcPolicy) -> tuple[Call, ...]:
    """List the calls of a system.multicall as IXR_Server::multiCall takes them, in order."""
    return tuple(_call(value, policy) for value in xmlrpc.items(arguments))


def _call(value: Value, policy: XmlRpcPolicy) -> Call:
    method = xmlrpc.text_of(xmlrpc.item(value, "methodName"))
    params = xmlrpc.item(value, "params")
    if method is None or not isinstance(params, list | dict):
        return Fault(code=-32600, text="server error. invalid xml-rpc. a call needs methodName and params")
    if method == MULTICALL:
        return Fault(code=-32600, text="Recursive calls to system.multicall are forbidden")
    if method == pingback.METHOD:
        return pingback.claim(xmlrpc.arguments(params))
    if not policy.permits(method):
        return unknown_method(method)
    return OtherCall(method=method, params=tuple(xmlrpc.items(params)))


def needs_unpacking(batch: tuple[Call, ...]) -> bool:
    """Whether the batch holds anything that may not reach upstream with the sender's bytes."""
    return any(not isinstance(call, OtherCall) for call in batch)


def can_be_written(batch: tuple[Call, ...]) -> bool:
    """Whether every other call of the batch was kept whole, so that it can be rendered again."""
    return not any(isinstance(call, OtherCall) and any(map(_has_blob, call.params)) for call in batch)


def _has_blob(value: Value) -> bool:
    return isinstance(value, xmlrpc.Blob) or any(map(_has_blob, xmlrpc.items(value)))


def render_others(batch: tuple[Call, ...]) -> bytes:
    """Render the batch's other calls as a system.multicall of our own, for upstream."""
    others: list[Value] = [
        {"methodName": call.method, "params": list(call.params)}
        for call in batch
        if isinstance(call, OtherCall)
    ]
    return xmlrpc.render_call(MULTICALL, [others])


def read_others(body: bytes) -> tuple[Value, ...] | None:
    """Read upstream's results of `render_others`, one for each call; None if it gave no such list."""
    try:
        message = xmlrpc.parse(body)
    except xmlrpc.MalformedError:
        return None
    if (
        message.root != "methodResponse"
        or len(message.params) != 1
        or not isinstance(message.params[0], list)
    ):
        return None
    return tuple(message.params[0])


def splice(
    batch: tuple[Call, ...], ours: tuple[Value | Fault, ...], theirs: tuple[Value, ...] | None
) -> list[Value]:
    """Put together the whole batch's results in order: ours of the linkbacks, upstream's of the other calls.

    `theirs` None (no usable answer from upstream) gives each of the other calls fault 50.
    """
    linkbacks, others = iter(ours), iter(theirs or ())
    return [_spliced(call, linkbacks, others) for call in batch]


def _spliced(call: Call, linkbacks: Iterator[Value | Fault], others: Iterator[Value]) -> Value:
    if isinstance(call, OtherCall):
        lost = xmlrpc.fault_value(pingback.fault(50, masked=False))
        return next(others, lost)
    result = call if isinstance(call, Fault) else next(linkbacks)
    return xmlrpc.fault_value(result) if isinstance(result, Fault) else [result]
