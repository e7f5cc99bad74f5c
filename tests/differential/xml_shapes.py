"""The grammar of pingbacks: XML-RPC in every dress that WordPress might still read."""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.differential.drawing import mostly, rarely
from tests.differential.wire import Shape, Site

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.rig import BlogPost

PATHS = (
    *("//xmlrpc.php", "/./xmlrpc.php", "/nothing/../xmlrpc.php", "/xmlrpc%2ephp", "/%78mlrpc.php"),
    *("/xmlrpc.php/", "/xmlrpc.php/any/thing", "/xmlrpc.php?x=1", "/xmlrpc.php?tb=1&p=4", "/XMLRPC.php"),
    *("/wp-admin/../xmlrpc.php", "/xmlrpc.php%00", "/xmlrpc.php%20", "/xmlrpc.php;x", "/xmlrpc.php??"),
    *("/wp-admin/%2e%2e/xmlrpc.php", "/xmlrpc.php/trackback/", "/index.php/xmlrpc.php", "/xmlrpc"),
    *("/xmlrpc.php/../xmlrpc.php", "/%c0%ae%c0%ae/xmlrpc.php", "/xmlrpc.php?rsd=0", "/a%2f..%2fxmlrpc.php"),
    *(
        "/XMLRPC.PHP",
        "/xmlrpc.php::$DATA",
        "/xmlrpc.php#x",
        "/#/xmlrpc.php",
        "/%2578mlrpc.php",
        "/xmlrpc.php%3fx=1",
    ),
    *(
        "/wp-content/../xmlrpc.php",
        "/xmlrpc.php/%2e%2e/xmlrpc.php",
        "/.//xmlrpc.php",
        "/xmlrpc%00.php",
        "/xmlrpc.PHP",
    ),
    *("/xmlrpc.php%0a", "//127.0.0.1//xmlrpc.php", "http://127.0.0.1/xmlrpc.php", "/xmlrpc.php?%00"),
)
PRELUDES = (
    *(b"", b"<?xml version='1.1' encoding='UTF-16'?>\n", b'<?xml version="1.0" encoding="iso-8859-1"?>'),
    *(
        b" \n\t\0\x0b",
        b"\xef\xbb\xbf",
        b"<!DOCTYPE methodCall>",
        b"<!DOCTYPE m SYSTEM 'http://127.0.0.1/x'>\n",
    ),
    *(
        b'<?xml version="1.0"?>\n<!doctype m>\n',
        b" " * 90 + b'<?xml version="1.0"?>',
        b"<!-- c -->",
        b"<?x?>",
    ),
    *(b"junk<?xml version='1.0'?>", b"\0\0<?xml?>", b"<?xml version='1.0'?><?xml version='1.0'?>"),
    *(b" " * 300, b"<!DOCTYPE m [<!ENTITY a 'pingback.ping'>]>", b"<?xml " + b"a" * 99 + b"?>"),
)
EPILOGUES = (b"\0\0", b" \n\x0b", b"<!-- end -->", b"trailing", b"<more/>", b"\0x", b"<?p i?>")
ROOT = ("<methodCall>", "</methodCall>")
ROOTS = (
    *(('<methodCall a="b">', "</methodCall >"), ("<methodCall\n>", "</methodCall>")),
    *(
        ("<methodResponse><methodCall/>", "</methodResponse>"),
        ("<fault><methodCall>", "</methodCall></fault>"),
    ),
    *(("<methodCall><methodResponse/>", "</methodCall>"), ("<methodResponse>", "</methodResponse>")),
    *(
        (f'<methodCall a="{"b" * 70_000}">', "</methodCall>"),
        ("<methodCall>" + "<x>" * 240, "</x>" * 240 + "</methodCall>"),
    ),
    *(
        ("<y:methodCall>", "</y:methodCall>"),
        (f"<methodCall><x>{'<string>' + 'z' * 60_000 + '</string>'}</x>", "</methodCall>"),
    ),
    *(('<methodCall xmlns="urn:x" xmlns:y="urn:y">', "</methodCall>"), ("<MethodCall>", "</MethodCall>")),
)
PING = "pingback.ping"
METHODS = (
    *(" pingback.ping\n", "<![CDATA[pingback.ping]]>", "pingback&#46;ping", "ping<!-- c -->back.ping"),
    *("pingback.ping<x/>", "<x/>pingback.ping", "PINGBACK.ping", "pingback.ping&#0;", "ping<?p i?>back.ping"),
    *(" " * 70_000 + "pingback.ping", "pingback.ping" + "\n" * 70_000, "&#112;ingback.&#112;ing"),
    *("<y:x xmlns:y='urn:y'/>pingback.ping", "pingback.<![CDATA[ping]]>", "pingback.ping" + "<x/>" * 300),
    *("&#x70;ingback.ping", "pingback.ping\x0b", "ping<x>back.</x>pingback.ping", "demo.sayHello"),
)
OTHERS = ("demo.sayHello", "demo.addTwoNumbers", "no.such", "wp.getUsersBlogs", "system.multicall", "")
TYPES = (
    "text/xml",
    "application/xml",
    "",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
)
PARAMS = {
    "full": ("<params>", "<param><value>{}</value></param>", "</params>"),
    "array": (
        "<params><param><value><array><data>",
        "<value>{}</value>",
        "</data></array></value></param></params>",
    ),
    "bare": ("", "{}", ""),
    "in one value": ("<value>", "{}", "</value>"),
    "in params": ("<params>", "{}", "</params>"),
    "in strange tags": ("<params><param><value>", "<x>{}</x>", "</value></param></params>"),
    "struct without names": ("<struct>", "{}", "</struct>"),
    "struct": ("<params><struct>", "<member><name>{i}</name>{}</member>", "</struct></params>"),
    "struct, odd names": ("<params><struct>", "<member><name>0{i}</name>{}</member>", "</struct></params>"),
    "struct, blanks": ("<params><struct>", "<member><name> {i} </name>{}</member>", "</struct></params>"),
}
SCALARS = (
    "untyped",
    "base64",
    "base64 with junk",
    "CDATA",
    "references",
    "comment",
    "encoded twice",
    "tag before",
)
BATCHES = {
    "array": (
        "<params><param><value><array><data>",
        "<value>{}</value>",
        "</data></array></value></param></params>",
    ),
    "params": ("<params>", "<param><value>{}</value></param>", "</params>"),
    "struct": (
        "<params><struct>",
        "<member><name>k{i}</name><value>{}</value></member>",
        "</struct></params>",
    ),
    "bare": ("<data>", "{}", "</data>"),
}


@st.composite
def pingbacks(draw: st.DrawFn, site: Site) -> Shape:
    """Draw one call of pingback.ping, more or less."""
    values = [draw(_scalars(text)) for text in draw(_pairs(site))]
    if rarely(draw):
        values.append("<string>more</string>")
    tag = draw(mostly("methodName", ("methodname", "y:methodName", "methodName a='b'"), 12))
    name = f"<{tag}>{draw(mostly(PING, METHODS))}</{tag.split()[0]}>"
    parts = [name, _dressed(PARAMS[draw(mostly("full", tuple(PARAMS), 3))], values)]
    if rarely(draw):
        parts.append(f"<methodName>{draw(st.sampled_from((PING, *METHODS, *OTHERS)))}</methodName>")
    if rarely(draw):
        parts.reverse()
    return draw(_requests("pingback", "".join(parts)))


@st.composite
def multicalls(draw: st.DrawFn, site: Site) -> Shape:
    """Draw a system.multicall of linkbacks and other calls."""
    calls = draw(st.lists(_inner_calls(site), min_size=1, max_size=3))
    params = _dressed(BATCHES[draw(mostly("array", tuple(BATCHES), 2))], calls)
    return draw(_requests("multicall", f"<methodName>system.multicall</methodName>{params}"))


def _dressed(dress: tuple[str, str, str], values: Iterable[str]) -> str:
    opening, around, closing = dress
    return opening + "".join(around.format(v, i=i) for i, v in enumerate(values)) + closing


@st.composite
def _inner_calls(draw: st.DrawFn, site: Site) -> str:
    values = [draw(_scalars(text)) for text in draw(_pairs(site))]
    array = ("<array><data>", "<value>{}</value>", "</data></array>")
    struct = ("<struct>", "<member><name>{i}</name><value>{}</value></member>", "</struct>")
    params = _dressed(draw(mostly(array, (struct,))), values)
    name = draw(mostly("methodName", (" methodName ", "methodname")))
    dress = draw(
        st.sampled_from(("<value><string>{}</string></value>", "<value>{}</value>", "<string>{}</string>"))
    )
    method = draw(mostly(PING, OTHERS, 3))
    members = [f"<member><name>{name}</name>{dress.format(method)}</member>"]
    members.append(f"<member><name>params</name><value>{params}</value></member>")
    if rarely(draw):
        members.append(f"<member><name>methodName</name>{dress.format(PING)}</member>")
    return "<struct>" + "".join(draw(st.permutations(members))) + "</struct>"


@st.composite
def _pairs(draw: st.DrawFn, site: Site) -> tuple[str, str]:
    post = draw(st.sampled_from(site.posts()))
    target = draw(mostly(post.url, _targets(site, post), 2))
    source = site.new_source(target.strip())
    return source + draw(mostly("", ("?a=1&b=2", "#f", " ", "?x=<y>"))), target


def _targets(site: Site, post: BlogPost) -> tuple[str, ...]:
    return (
        *(f"{site.url}/?p={post.id}", f"{site.url}/?p={post.id}&x=1", post.url.rstrip("/"), f"{post.url}#x"),
        *(
            f"{site.url}/#post-{post.id}",
            f"{site.url}/#{post.id}",
            f"{post.url}?utm_source=x",
            f" {post.url} ",
        ),
        *(
            f"http://evil.example/?x={site.host}&p={post.id}",
            f"ftp://{site.host}/?p={post.id}",
            f"{post.url}<b>",
        ),
        *(
            f"https://{site.host}{post.path}",
            f"http://www.{site.host}{post.path}",
            f"{site.url}/index.php{post.path}",
        ),
    )


@st.composite
def _scalars(draw: st.DrawFn, text: str) -> str:
    safe = text.replace("&", "&amp;").replace("<", "&lt;")
    encoded = base64.b64encode(text.encode()).decode()
    dresses = {
        "string": f"<string>{safe}</string>",
        "untyped": f"<value>{safe}</value>",
        "base64": f"<base64>{encoded}</base64>",
        "base64 with junk": f"<base64>{encoded[:9]}\n! {encoded[9:]}==</base64>",
        "CDATA": f"<string><![CDATA[{text}]]></string>",
        "references": "<string>" + "".join(f"&#{ord(c)};" for c in text) + "</string>",
        "comment": f"<string>{safe[:5]}<!-- c -->{safe[5:]}</string>",
        "encoded twice": f"<string>{safe.replace('&amp;', '&amp;amp;')}</string>",
        "tag before": f"<string>x<y/>{safe}</string>",
    }
    return dresses[draw(mostly("string", SCALARS, 3))]


@st.composite
def _requests(draw: st.DrawFn, kind: str, inside: str) -> Shape:
    opening, closing = draw(mostly(ROOT, ROOTS))
    codec = draw(mostly("utf-8", ("utf-16", "utf-16-be", "utf-7", "cp037"), 20))
    document = (opening + inside + closing).encode(codec)
    if rarely(draw, 40):
        document = json.dumps({"methodName": PING, "params": [inside]}).encode()
    body = draw(mostly(b'<?xml version="1.0"?>', PRELUDES)) + document + draw(mostly(b"", EPILOGUES))
    headers = [] if rarely(draw, 4) else [("Content-Type", draw(mostly("text/xml", TYPES, 3)))]
    if rarely(draw):
        headers.append(("Content-Encoding", "gzip"))
        body = draw(st.sampled_from((body, gzip.compress(body, mtime=0))))
    method = draw(mostly("POST", ("GET", "PUT", "PATCH", "OPTIONS"), 16))
    if method != "POST":
        headers.append(("X-HTTP-Method-Override", "POST"))
    path = draw(mostly("/xmlrpc.php", PATHS, 3))
    return Shape(kind=kind, method=method, target=path, headers=tuple(headers), body=body)
