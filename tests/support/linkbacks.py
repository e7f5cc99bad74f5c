"""Linkbacks as senders send them: plain HTTP, so that no test trusts the proxy's own renderers."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
import xmlrpc.client

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def pingback(base_url: str, source: str, target: str) -> str:
    """Send a pingback and return what was answered; a fault is raised as xmlrpc.client.Fault."""
    with xmlrpc.client.ServerProxy(base_url + "/xmlrpc.php") as server:
        return str(server.pingback.ping(source, target))


def trackback(endpoint: str, **fields: str) -> str:
    """Send a trackback and return the body of the answer, whatever its status."""
    request = urllib.request.Request(endpoint, urllib.parse.urlencode(fields).encode())
    try:
        with _OPENER.open(request, timeout=30) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.read().decode()


def webmention(endpoint: str, source: str, target: str) -> int:
    """Send a webmention and return the status of the answer."""
    request = urllib.request.Request(
        endpoint, urllib.parse.urlencode({"source": source, "target": target}).encode()
    )
    try:
        with _OPENER.open(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code
