"""The gate: what is a linkback, what is refused, and what passes untouched."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.linkback import Linkback, Protocol
from proxy.protocols import forms, xmlrpc
from proxy.protocols.http import Head, Incoming
from proxy.protocols.methods import OtherCall, XmlRpcPolicy
from proxy.protocols.recognise import (
    Batch,
    Claim,
    GatePolicy,
    Ordinary,
    Recognised,
    Refusal,
    inspect,
    recognise,
    suspects,
)

BLOG = "http://blog.example"
FORM = "application/x-www-form-urlencoded"
FIELDS = b"url=http://a.example/1&title=T"
TARGET = f"{BLOG}/2024/01/bread/"
LONG = b"A" * 5_000  # more than is looked at of a name


def request(
    target: str, body: bytes = b"", kind: str = FORM, method: str = "POST", blog: str = BLOG, **more: str
) -> Incoming:
    """Write a request; further headers by their names with underscores."""
    headers = [("Content-Type", kind)] if kind else []
    headers += [(name.replace("_", "-"), value) for name, value in more.items()]
    return Incoming(method=method, raw_target=target, headers=tuple(headers), blog_url=blog, body=body)


def ask(*arguments: object, **more: str) -> Recognised:
    """Write a request and show it to the gate."""
    return recognise(request(*arguments, **more))  # type: ignore[arg-type]


def claimed(said: Recognised) -> Linkback:
    """Give the one linkback that was recognised."""
    assert isinstance(said, Claim), said
    return said.linkback


def ping(source: str = "http://a.example/1", target: str = TARGET) -> bytes:
    """Write a pingback."""
    return xmlrpc.render_call("pingback.ping", [source, target])


def batch(*calls: xmlrpc.Value) -> bytes:
    """Write a system.multicall."""
    return xmlrpc.render_call("system.multicall", [list(calls)])


BIG = b"pingback.ping" + b"\n" * 66_000 + b"</methodName>"
PING: dict[str, xmlrpc.Value] = {"methodName": "pingback.ping", "params": ["http://a.example/1", TARGET]}
HELLO: dict[str, xmlrpc.Value] = {"methodName": "demo.sayHello", "params": []}

# Pingbacks


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/xmlrpc.php",
            "//xmlrpc.php",
            "/blog/xmlrpc.php/x",
            "/xmlrpc%2ephp",
            "/x/../xmlrpc.php?a=b",
            "/XMLRPC.php",
        ),
        *(
            "http://blog.example/xmlrpc.php",
            "/xmlrpc",
            "/a%2fxmlrpc.php%00",
            "/xmlrpc.php?tb=1",
            "/xmlrpc.php/trackback/",
        ),
    ],
)
@pytest.mark.parametrize("kind", ["text/xml", "", FORM, "multipart/form-data; boundary=x"])
def test_pingback_by_every_path(path: str, kind: str) -> None:
    """A pingback is recognised wherever xmlrpc.php may be hidden, whatever type it says to be."""
    linkback = claimed(ask(path, ping(), kind))
    assert (linkback.protocol, linkback.source, linkback.target) == (
        Protocol.PINGBACK,
        "http://a.example/1",
        TARGET,
    )


@pytest.mark.parametrize(
    ("arguments", "source"),
    [
        ([" http://a.example/1\n", TARGET], "http://a.example/1"),
        (["http://a.example/?a=1&amp;b=2", TARGET], "http://a.example/?a=1&b=2"),
        ([b"http://a.example/1", TARGET.encode()], "http://a.example/1"),
        ([["http://a.example/1", TARGET]], "http://a.example/1"),
        ([{"0": "http://a.example/1", "1": TARGET}], "http://a.example/1"),
        (["http://a.example/1", TARGET, "more"], "http://a.example/1"),
        (["http://a.example/冬", TARGET], "http://a.example/冬"),
    ],
)
def test_pingback_in_every_dress(arguments: list[xmlrpc.Value], source: str) -> None:
    """Source and target are found in each of the shapes that WordPress takes."""
    linkback = claimed(ask("/xmlrpc.php", xmlrpc.render_call("pingback.ping", arguments), "text/xml"))
    assert (linkback.source, linkback.target) == (source, TARGET)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "unreadable-xmlrpc"),
        (b"url=http://a.example/", "unreadable-xmlrpc"),
        (ping().replace(b"http://a", b"http://\xff"), "unreadable-xmlrpc"),
        (xmlrpc.render_response("x"), "no-method-call"),
        (xmlrpc.render_call("pingback.ping", ["http://a.example/"]), "no-claim"),
        (xmlrpc.render_call("pingback.ping", ["", TARGET]), "no-claim"),
        (xmlrpc.render_call("pingback.ping", ["http://a b/", TARGET]), "no-claim"),
        (xmlrpc.render_call("pingback.ping", ["http://a/" + "x" * 2_000, TARGET]), "no-claim"),
        (xmlrpc.render_call("pingback.ping", ["http://a/" + "x" * 90_000, TARGET]), "no-claim"),
        (xmlrpc.render_call("pingback.ping", [["http://a/"], TARGET]), "no-claim"),
        (ping().replace(b"<params>", b"<methodName>demo.sayHello</methodName><params>"), "ambiguous-xmlrpc"),
        (ping().replace(b"pingback.ping", b" " * 70_000 + b"pingback.ping"), "unreadable-xmlrpc"),
        (
            ping().replace(b"<params>", b"<params>" + b"<x>y</x>" * 20 + b"<methodName>" + BIG),
            "unreadable-xmlrpc",
        ),
        (batch(*[PING] * 51), "batch-too-long"),
    ],
)
def test_refused_calls(body: bytes, reason: str) -> None:
    """What cannot be understood on the XML-RPC path is answered with a fault and never forwarded."""
    said = ask("/xmlrpc.php", body, "text/xml")
    assert isinstance(said, Refusal)
    assert said.reason == reason
    assert xmlrpc.parse(said.answer.body).root == "fault" or b"<fault>" in said.answer.body


def test_batch() -> None:
    """A batch is unpacked in place and order: linkbacks, other calls, and faults for what may not pass."""
    nested: xmlrpc.Value = {"methodName": "system.multicall", "params": []}
    said = ask("/xmlrpc.php", batch(HELLO, PING, nested, "nonsense", HELLO), "text/xml")
    assert isinstance(said, Batch)
    kinds = [type(call).__name__ for call in said.calls]
    assert kinds == ["OtherCall", "Linkback", "Fault", "Fault", "OtherCall"]
    assert said.calls[0] == OtherCall(method="demo.sayHello", params=())


def test_batch_of_other_calls_passes() -> None:
    """A batch without linkbacks goes on with its own bytes."""
    assert ask("/xmlrpc.php", batch(HELLO, HELLO), "text/xml") == Ordinary()


def test_denied_methods() -> None:
    """A denied method is unknown, alone and in a batch; a pingback stays a pingback under any list."""
    policy = GatePolicy(xmlrpc=XmlRpcPolicy(deny=("demo.say*",)))
    alone = recognise(request("/xmlrpc.php", xmlrpc.render_call("demo.sayHello", []), "text/xml"), policy)
    assert isinstance(alone, Refusal)
    assert b"-32601" in alone.answer.body
    together = recognise(request("/xmlrpc.php", batch(HELLO), "text/xml"), policy)
    assert isinstance(together, Batch)
    only = GatePolicy(xmlrpc=XmlRpcPolicy(allow=("wp.get*",)))
    assert isinstance(recognise(request("/xmlrpc.php", ping(), "text/xml"), only), Claim)
    assert isinstance(recognise(request("/xmlrpc.php", batch(PING), "text/xml"), only), Refusal)


# Bodies in disguise


def test_gzip() -> None:
    """A gzip body is unpacked; a false, cut or doubled one, and a bomb, are refused."""
    packed = gzip.compress(ping())
    assert claimed(ask("/xmlrpc.php", packed, "text/xml", Content_Encoding="gzip")).target == TARGET
    other = gzip.compress(xmlrpc.render_call("demo.sayHello", []))
    assert ask("/xmlrpc.php", other, "text/xml", Content_Encoding="gzip") == Ordinary()
    bomb = gzip.compress(b" " * 40_000_000)
    for body in (ping(), packed[:-9], packed + packed, packed + b"x", bomb):
        assert isinstance(ask("/xmlrpc.php", body, "text/xml", Content_Encoding="gzip"), Refusal)
    for encoding in ("deflate", "br", "gzip, gzip"):
        assert isinstance(ask("/xmlrpc.php", packed, "text/xml", Content_Encoding=encoding), Refusal)
    assert isinstance(ask("/x/trackback/", FIELDS, Content_Encoding="gzip"), Refusal)


def test_two_content_types() -> None:
    """Two Content-Types are two readings, if either of them is a form's."""
    for kinds in ((FORM, "text/plain"), ("text/plain", FORM)):
        headers = tuple(("Content-Type", kind) for kind in kinds)
        incoming = Incoming(
            method="POST", raw_target="/", headers=headers, blog_url=BLOG, body=b"tb=1&" + FIELDS
        )
        assert isinstance(recognise(incoming), Refusal)


def test_form_inside_xml() -> None:
    """A body that is both an XML-RPC call and a trackback's form is taken for the linkback that it is."""
    body = b"<methodCall><![CDATA[&tb=1&p=4&" + FIELDS + b"&]]></methodCall>"
    assert claimed(ask("/nothing/xmlrpc.php", body)).protocol is Protocol.TRACKBACK


# Trackbacks


@pytest.mark.parametrize(
    ("target", "body", "endpoint", "post"),
    [
        ("/2024/01/bread/trackback/", b"", "/2024/01/bread/trackback/", "/2024/01/bread/"),
        ("/2024/01/bread/trackback", b"", "/2024/01/bread/trackback/", "/2024/01/bread/"),
        ("//2024/./x/../01/br%65ad/%74rackback/%0a?x", b"", "/2024/01/bread/trackback/", "/2024/01/bread/"),
        ("http://blog.example/a/trackback/", b"", "/a/trackback/", "/a/"),
        ("/index.php/a/trackback/", b"", "/index.php/a/trackback/", "/index.php/a/"),
        ("/wp-activate.php/a/trackback/", b"", "/a/trackback/", "/a/"),
        ("/wp-blog-header.php/a/trackback/", b"", "/a/trackback/", "/a/"),
        ("/index.php?tb=1", b"", "/?tb=1", "/"),
        ("/a/embed/?tb=1", b"", "/a/trackback/", "/a/"),
        ("/a/comment-page-2?tb=1", b"", "/a/trackback/", "/a/"),
        ("/%e5%86%ac/trackback/", b"", "/%E5%86%AC/trackback/", "/%E5%86%AC/"),
        ("/冬/trackback/", b"", "/%E5%86%AC/trackback/", "/%E5%86%AC/"),
        ("/?name=冬&tb=1", b"", "/?name=%E5%86%AC&tb=1", "/?name=%E5%86%AC"),
        ("/a/?tb=1", b"", "/a/trackback/", "/a/"),
        ("/a/", b"tb[]=1", "/a/trackback/", "/a/"),
        ("/?tb=1", b"", "/?tb=1", "/"),
        ("/?p=4&tb=1", b"", "/?p=4&tb=1", "/?p=4"),
        ("/a/b?p=04", b"+tb=1", "/?p=4&tb=1", "/?p=4"),
        ("/", b"tb%00x=1&page_id=7", "/?page_id=7&tb=1", "/?page_id=7"),
        ("/wp-trackback.php?p=4", b"", "/wp-trackback.php?p=4", "/?p=4"),
        ("/wp-trackback.php?name=a%20b", b"", "/wp-trackback.php?name=a+b", "/?name=a+b"),
        ("/wp-trackback.php/4", b"", "/wp-trackback.php/4", "/?p=4"),
        ("/wp-trackback.php/+04x", b"", "/wp-trackback.php/4", "/?p=4"),
        ("/blog/wp-trackback.php/4?y", b"", "/blog/wp-trackback.php/4", "/blog/?p=4"),
        ("/WP-TRACKBACK.PHP/4", b"", "/wp-trackback.php/4", "/?p=4"),
        ("/wp-tra~1.php?p=4", b"", "/wp-trackback.php?p=4", "/?p=4"),
        ("/?x=1;tb=1&p=4", b"", "/?p=4&tb=1", "/?p=4"),
        ("/?p=4", b"tb[" + LONG[:4_000] + b"]=1", "/?p=4&tb=1", "/?p=4"),
    ],
)
def test_trackback_addresses(target: str, body: bytes, endpoint: str, post: str) -> None:
    """Each address that takes trackbacks leads to one endpoint and one post."""
    linkback = claimed(ask(target, FIELDS + b"&" + body))
    assert (linkback.endpoint, linkback.target) == (endpoint, BLOG + post)


def test_trackback_of_a_blog_in_a_folder() -> None:
    """Where the blog lives in a folder, variables name its posts there."""
    linkback = claimed(ask("/blog/?tb=1&p=4", FIELDS, blog=f"{BLOG}/blog"))
    assert (linkback.endpoint, linkback.target) == ("/blog/?p=4&tb=1", f"{BLOG}/blog/?p=4")


@pytest.mark.parametrize(
    ("target", "body", "reason"),
    [
        ("/a/trackback/", b"", "no-claim"),
        ("/a/trackback/", b"url=http://a.example/", "no-claim"),
        ("/a/trackback/", b"url=&title=T", "no-claim"),
        ("/a/trackback/", b"url=http://a.example/&title=<b>", "no-claim"),
        ("/a/trackback/", b"url=http://a.example/&url=http://b.example/&title=T", "ambiguous-form"),
        ("/a/trackback/", b"url[]=http://a.example/&title=T", "no-claim"),
        ("/a/trackback/", b"url=http://a%ff.example/&title=T", "no-claim"),
        ("/a/trackback/", b"url=http://a.example/&title=%00T", "no-claim"),
        ("/a/trackback/", b"url=http://%0d%0aa.example/&title=T", "no-claim"),
        ("/a/trackback/", b"url=ttp://a.example/&title=T", "no-claim"),
        ("/a/trackback/", b"url=a.example&title=T", "no-claim"),
        ("/a/trackback/", b"url=<http://a.example/&title=T", "no-claim"),
        ("/a/trackback/", b"url=http://a%00.example/&title=T", "no-claim"),
        ("/a/trackback/", FIELDS + b"&charset=BASE64", "no-claim"),
        ("/a/trackback/", FIELDS + b"&charset=HTML-ENTITIES", "no-claim"),
        ("/a/trackback/", FIELDS + b"&charset=utf-7", "no-claim"),
        ("/a/trackback/?p=5", FIELDS, "no-claim"),
        ("/a/trackback?x=/5", FIELDS, "no-claim"),
        ("/?tb=1&p=4", FIELDS + b"&p=5", "no-claim"),
        ("/?tb=1&p=x", FIELDS, "no-claim"),
        ("/nothing/5?tb=1", FIELDS, "no-claim"),
        ("/nothing/1e1?tb=1", FIELDS, "no-claim"),
        ("/nothing/.5e1?tb=1", FIELDS, "no-claim"),
        ("/wp-trackback.php/1e1", FIELDS, "no-claim"),
        ("/wp-trackback.php/4.5", FIELDS, "no-claim"),
        ("/wp-trackback.php/2024/01/bread/", FIELDS, "no-claim"),
        ("/wp-trackback.php/2024/01/bread/5", FIELDS, "no-claim"),
        ("/index.php/a/trackback/%3fx", FIELDS, "no-claim"),
        ("/index.php/a/trackback%3F", FIELDS, "no-claim"),
        ("/a/trackback/#x", FIELDS, "no-claim"),
        ("/?p=4#&tb=1", FIELDS, "no-claim"),
        (f"/?tb=1&p%00{LONG.decode()}=4", FIELDS, "no-claim"),
        ("/?p=4", FIELDS + b"&tb[" + LONG + b"]=1", "ambiguous-form"),
        ("/?p=4", b"tb%00" + LONG + b"=1&" + FIELDS, "ambiguous-form"),
        ("/?p=4", b"+" * 5_000 + b"tb=1&" + FIELDS, "ambiguous-form"),
        ("/a/trackback/", FIELDS.replace(b"title", b"title%00" + LONG), "ambiguous-form"),
        ("/wp-trackback.php", FIELDS, "no-claim"),
    ],
)
def test_refused_trackbacks(target: str, body: bytes, reason: str) -> None:
    """What names no post, no source, or says things twice hears error 1 and goes no further."""
    said = ask(target, body)
    assert isinstance(said, Refusal)
    assert said.reason == reason
    assert b"<error>1</error>" in said.answer.body


@pytest.mark.parametrize(
    ("charset", "title", "stored"),
    [
        ("", "é冬".encode(), "é冬"),
        ("", b"\xe9", "é"),
        ("iso-8859-1", b"\xe9", "é"),
        ("Windows-1251", b"\xcc\xe8\xf0", "Мир"),
        ("EUC-JP", "冬".encode("euc-jp"), "冬"),
        (" utf-8 ", "冬".encode(), "冬"),
        ("no-such", "冬".encode(), "冬"),
        ("UTF-8", b"a <b>bold</b>\r\n move<script>x()</script>", "a bold move"),
        ("UTF-8", b"x" * 251, "x" * 250 + "…"),
        ("UTF-8", b"&hellip" + b"x" * 250, "&hellip" + "x" * 243 + "…"),
        ("UTF-8", b"x" * 246 + b"&hellip;", "x" * 246 + "…"),
    ],
)
def test_title_is_what_will_be_stored(charset: str, title: bytes, stored: str) -> None:
    """The title is decoded, stripped and cut as WordPress stores it."""
    quoted = "".join(f"%{byte:02x}" for byte in title)
    body = f"url=http://a.example/&charset={charset}&title={quoted}".encode()
    assert claimed(ask("/a/trackback/", body)).title == stored


# Forms that PHP reads otherwise than others would: each of these was stored by a real WordPress.

URL, TITLE, TB = (
    f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    for name, value in (("url", "http://a.example/1"), ("title", "T"), ("tb", "1"))
)
END = b"--b--\r\n"
HIDDEN = {
    "file name in another form": TB.replace(b'"tb"', b'"tb"; filename*="x"') + URL + TITLE + END,
    "delimiter after a line feed": URL.replace(b"\r\n--b", b"") + b"--b\r\n\r\n\n" + TB + TITLE + END,
    "delimiter after a longer one": URL + TITLE[:-2] + b"\r\n--bx\r\n" + TB + END,
    "after the end": URL + TITLE + END + TB,
    "name of a parameter in two lines": TB.replace(b"name", b"na\r\nme") + URL + TITLE + END,
    "value of a parameter in two lines": TB.replace(b'"tb"', b'"t\r\nb"') + URL + TITLE + END,
    "no quotation marks": TB.replace(b'"tb"', b"tb").replace(b"1", b"x") + URL + TITLE + END,
    "value in two lines, without marks": TB.replace(b'"tb"', b"t\r\nb\r\nX: y") + URL + TITLE + END,
    "line cut at a NUL": TB.replace(b'"tb"', b'"t\0junk\r\nb"') + URL + TITLE + END,
    "file name behind a NUL": TB.replace(b'"tb"', b'"tb\0"; filename="x"') + URL + TITLE + END,
}


@pytest.mark.parametrize("body", HIDDEN.values(), ids=HIDDEN)
def test_variables_hidden_in_a_multipart_form(body: bytes) -> None:
    """What only PHP takes for a variable makes a form a trackback that can be read in two ways."""
    kind = "multipart/form-data; boundary=b"
    for step in (len(body), 1, 7):
        inspection = inspect(request("/?p=4", kind=kind))
        assert inspection is not None
        for at in range(0, len(body), step):
            inspection.feed(body[at : at + step])
        said = inspection.close()
        assert isinstance(said, Refusal)
        assert said.reason == "ambiguous-form"
    assert ask("/contact/", re.sub(rb"(t\W*(?:junk\W*)?)b", rb"\1c", body), kind) == Ordinary()


@pytest.mark.parametrize(
    "parameters",
    ["boundary= b", "boundaryx=y; boundary=b", "boundary=b; Boundary=x", "x=boundary; boundary=b"],
)
def test_boundaries_that_two_readers_see_in_two_ways(parameters: str) -> None:
    """A boundary that PHP reads otherwise than others do makes no form harmless."""
    assert isinstance(ask("/?p=4", URL + TITLE + TB + END, f"multipart/form-data; {parameters}"), Refusal)


# Webmentions

MENTION = f"source=http://a.example/1&target={TARGET}".encode()


@pytest.mark.parametrize(
    ("method", "target", "body", "kind"),
    [
        ("POST", "/wp-json/webmention/1.0/endpoint", MENTION, FORM),
        ("POST", "/index.php/wp-json/Webmention/1.0/endpoint/", MENTION, FORM),
        ("POST", "/index.php/wp-json/webmention/1.0/endpoint/%3fx", MENTION, FORM),
        ("POST", "/?rest_route=/webmention/1.0/endpoint", MENTION, FORM),
        ("POST", "/any/", b"rest_route=/webmention/1.0/endpoint&" + MENTION, FORM),
        ("POST", f"/wp-json/webmention/1.0/endpoint?{MENTION.decode()}", b"", ""),
        ("GET", f"/wp-json/webmention/1.0/endpoint?_method=POST&{MENTION.decode()}", b"", ""),
        ("POST", "/own", MENTION, FORM),
        (
            "POST",
            "/wp-json/webmention/1.0/endpoint",
            b'{"source": "http://a.example/1", "target": "http://blog.example/2024/01/bread/"}',
            "application/json",
        ),
    ],
)
def test_webmention(method: str, target: str, body: bytes, kind: str) -> None:
    """A webmention is recognised on each way to the plugin's route and at the configured path."""
    said = recognise(request(target, body, kind, method), GatePolicy(webmention_paths=("/own",)))
    linkback = claimed(said)
    assert (linkback.source, linkback.target) == ("http://a.example/1", TARGET)


@pytest.mark.parametrize(
    "headers",
    [
        [("X-HTTP-Method-Override", "POST")],
        [("x_http_method_override", "post")],  # Caddy hands it to PHP as it does the first
        [("X.HTTP.Method!Override", "POST")],  # lighttpd too
        [("X-HTTP-Method-Override", "POST"), ("X-HTTP-Method-Override", "GET")],
    ],
)
def test_method_override(headers: list[tuple[str, str]]) -> None:
    """WordPress's REST server takes X-HTTP-Method-Override for the method, so we do on its route."""
    target = f"/wp-json/webmention/1.0/endpoint?{MENTION.decode()}"
    asked = request(target, b"", "", method="GET")
    assert recognise(asked) == Ordinary()
    assert claimed(recognise(replace(asked, headers=tuple(headers)))).protocol is Protocol.WEBMENTION


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"source=http://a.example/",
        b"source=ftp://a.example/&target=http://blog.example/",
        b"source=http://a.example/&target=http://a.example/",
        b"source=http://a b/&target=http://blog.example/",
        MENTION + b"&source=http://b.example/",
        MENTION.replace(b"source", b"source[]"),
    ],
)
def test_refused_webmentions(body: bytes) -> None:
    """What claims nothing, or two things, is the sender's error."""
    said = ask("/wp-json/webmention/1.0/endpoint", body)
    assert isinstance(said, Refusal)
    assert said.answer.status == 400


# What passes

CONTACT = b"name=A&email=a@example.org&url=http://a.example/&title=Question&message=About+trackback"
UPLOAD = (
    b'--B\r\nContent-Disposition: form-data; name="url"\r\n\r\nx\r\n'
    b'--B\r\nContent-Disposition: form-data; name="title"\r\n\r\nx\r\n'
    b'--B\r\nContent-Disposition: form-data; name="f"; filename="a.html"\r\n\r\n'
    b'<input name="tb">\r\n--B--\r\n'
)
MULTIPART = "multipart/form-data; boundary=B"


@pytest.mark.parametrize(
    ("method", "target", "kind", "body"),
    [
        ("GET", "/2024/01/bread/", "", b""),
        ("GET", "/2024/01/bread/trackback/", "", b""),
        ("GET", "/?s=trackback&tb=1", "", b""),
        ("HEAD", "/xmlrpc.php", "", b""),
        ("GET", "/xmlrpc.php?rsd", "", b""),
        ("POST", "/contact/", FORM, CONTACT),
        ("POST", "/how-a-trackback-works/", FORM, CONTACT),
        ("POST", "/contact/", MULTIPART, UPLOAD),
        (
            "POST",
            "/wp-comments-post.php",
            FORM,
            b"comment=xmlrpc.php&author=A&url=http://a.example/&comment_post_ID=4",
        ),
        ("POST", "/wp-login.php", FORM, b"log=a&pwd=%26tb%3D1"),
        ("POST", "/wp-admin/admin-ajax.php", FORM, b"action=heartbeat&url=x&title=y&TB_iframe=true"),
        ("POST", "/wp-admin/async-upload.php", MULTIPART, UPLOAD),
        (
            "POST",
            "/wp-json/wp/v2/posts/4",
            "application/json",
            b'{"title": "trackback", "url": "x", "tb": 1}',
        ),
        ("POST", "/wp-json/wp/v2/media", "image/jpeg", b"\xff\xd8tb=1&url=x&title=y"),
        ("POST", "/wp-json/batch/v1", "application/json", b"{}"),
        ("POST", "/xmlrpc-explained/", FORM, CONTACT),
        (
            "POST",
            "/xmlrpc.php",
            "text/xml",
            xmlrpc.render_call("wp.getPosts", [1, "admin", "pass", {"number": 5}]),
        ),
        (
            "POST",
            "/xmlrpc.php?for=jetpack&token=t&signature=s",
            "text/xml",
            xmlrpc.render_call("jetpack.verify", []),
        ),
        ("PUT", "/wp-json/wp/v2/posts/4", FORM, b"tb=1&" + FIELDS),
    ],
)
def test_ordinary(method: str, target: str, kind: str, body: bytes) -> None:
    """What is no linkback is left alone."""
    assert recognise(request(target, body, kind, method)) == Ordinary()


@pytest.mark.parametrize(
    ("method", "target", "kind", "looks"),
    [
        ("GET", "/", "", False),
        ("POST", "/wp-json/wp/v2/media", "image/jpeg", False),
        ("POST", "/wp-admin/async-upload.php", MULTIPART, True),
        ("POST", "/wp-admin/admin-ajax.php", FORM, True),
        ("POST", "/", FORM, True),
        ("POST", "/", "text/plain", False),
        ("POST", "/x/trackback/", "text/plain", True),
    ],
)
def test_prefilter(method: str, target: str, kind: str, looks: bool) -> None:
    """A body is looked at only where it could hide a linkback.

    WordPress's own files are no exception: where the blog lives in a folder of its own they may not exist,
    and the server shows a post instead.
    """
    head = Head(method=method, raw_target=target, headers=(("Content-Type", kind),), blog_url=BLOG)
    assert suspects(head) is looks


ANY_TARGET = st.text(alphabet="/%.?=&xmlrpctbackhwjso-109ü", max_size=60)


@given(
    ANY_TARGET,
    st.sampled_from((FORM, MULTIPART, "text/xml", "application/json", "")),
    st.binary(max_size=120),
)
def test_any_request(target: str, kind: str, body: bytes) -> None:
    """Any request at all is one of the four things, whole or in pieces."""
    incoming = request(target, body, kind)
    said = recognise(incoming)
    assert isinstance(said, Ordinary | Claim | Batch | Refusal)
    inspection = inspect(incoming)
    if inspection is not None:
        for byte in body:
            inspection.feed(bytes([byte]))
        assert inspection.close() == said


def test_limits_stand_in_the_tests_too() -> None:
    """The bounds that these tests lean on are the code's."""
    assert (forms.MAX_VALUE, xmlrpc.MAX_TEXT, XmlRpcPolicy().max_batch) == (65_536, 65_536, 50)
