"""The fuzz targets: each takes any bytes, and fails where a parser breaks its promise."""

from __future__ import annotations

import asyncio
from functools import cache
from ipaddress import ip_network

from aiohttp.resolver import ThreadedResolver
from selectolax.lexbor import LexborHTMLParser

from proxy import discover, forwarding, heads, robots, urls
from proxy.charsets import decode as decode_page
from proxy.cloaking import differs
from proxy.examine import examine
from proxy.hop import FetchLimits, Guard, HopError, request
from proxy.inflate import BrokenEncodingError, Inflater
from proxy.languages import language_of
from proxy.linkback import Evidence, Protocol
from proxy.mentions import mentions
from proxy.protocols import charsets, forms, pingback, recognise, striptags, trackback, webmention, xmlrpc
from proxy.protocols.http import Head, Incoming
from proxy.styles import Sheet, hiding
from proxy.surroundings import meaning
from proxy.targets import match

LOOPBACK = frozenset({ip_network("127.0.0.0/8")})
WANTED = frozenset(("url", "title", "tb"))
KINDS = (
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=B",
    "text/xml",
    "application/json",
)
PATHS = ("/xmlrpc.php", "/a/trackback/", "/", "/?p=4", "/wp-json/webmention/1.0/endpoint")


def fuzz_xmlrpc(data: bytes) -> None:
    """Check for a message or `MalformedError`, the same in one piece and in two, that can be read again."""
    half = len(data) // 2
    try:
        whole = xmlrpc.parse(data)
    except xmlrpc.MalformedError:
        return
    reader = xmlrpc.Reader()
    reader.feed(data[:half])
    reader.feed(data[half:])
    assert reader.close() == whole
    try:
        body = xmlrpc.render_call(whole.method, list(whole.params))
    except xmlrpc.MalformedError:
        return
    assert xmlrpc.parse(body).root == "methodCall"


def fuzz_forms(data: bytes) -> None:
    """Check for a form, the same in one piece and in two."""
    half = len(data) // 2
    for kind in KINDS[:2]:
        one, two = forms.reader(kind, WANTED), forms.reader(kind, WANTED)
        assert one is not None
        assert two is not None
        one.feed(data)
        two.feed(data[:half])
        two.feed(data[half:])
        assert one.close() == two.close()


def fuzz_recognise(data: bytes) -> None:
    """Check for one of the gate's four answers; what is claimed can be delivered."""
    choice, body = data[:1] or b"\0", data[1:]
    incoming = Incoming(
        method="POST",
        raw_target=PATHS[choice[0] % len(PATHS)],
        headers=(("Content-Type", KINDS[choice[0] // 16 % len(KINDS)]),),
        blog_url="http://blog.example",
        body=body,
    )
    said = recognise.recognise(incoming)
    if isinstance(said, recognise.Claim):
        pingback.delivery(said.linkback, "/xmlrpc.php")
        trackback.delivery(said.linkback)
        webmention.delivery(said.linkback)


def fuzz_requests(data: bytes) -> None:
    """Check for the same answer of the gate in one piece and in bytes, whatever target and headers say."""
    target, kind, encoding, body = [*data.split(b"\n", 3), b"", b"", b"", b""][:4]
    headers = (("Content-Type", kind.decode("latin-1")), ("Content-Encoding", encoding.decode("latin-1")))
    head = Head(
        method="POST",
        raw_target=target.decode("utf-8", "surrogateescape"),
        headers=headers if encoding else headers[:1],
        blog_url="http://blog.example/b",
    )
    one, two = recognise.inspect(head), recognise.inspect(head)
    if one is not None and two is not None:
        one.feed(body)
        for byte in body:
            two.feed(bytes([byte]))
        assert one.close() == two.close()


def fuzz_results(data: bytes) -> None:
    """Check for an outcome, whatever upstream answers."""
    for status in (200, 404, 500):
        pingback.read_result(status, (), data)
        trackback.read_result(status, (), data)
        webmention.read_result(status, (), data)


def fuzz_texts(data: bytes) -> None:
    """Check for a text or `UnreadableError`, no longer after stripping, and fit to be a target."""
    name, _, value = data.partition(b"\n")
    try:
        text = charsets.decode(value, name.decode("latin-1"))
    except charsets.UnreadableError:
        text = charsets.detect(value)
    assert len(striptags.strip_tags(text)) <= len(text)
    match(text, ("http://blog.example",))


SOURCE, TARGET = "http://source.example/a", "http://blog.example/2024/post"


def fuzz_page(data: bytes) -> None:
    """Check for bounded evidence, and that no link is found where the cheap test excludes one."""
    header, _, body = data.partition(b"\n")
    content_type = header.decode("latin-1")
    assert decode_page(body, content_type).charset
    evidence = examine(body, content_type=content_type, source=SOURCE, target=TARGET, with_text=False)
    assert len(repr(evidence)) < 20_000
    assert mentions(body, source=SOURCE, target=TARGET) or not evidence.found


def fuzz_urls(data: bytes) -> None:
    """Check for one spelling, and that a link leads to an address in it."""
    first, _, second = data.decode("utf-8", "replace").partition("\n")
    base = urls.split(first) or urls.Parts("http", "source.example", None, "/a", "")
    assert urls.canonical(str(base)) == str(base)
    link = urls.resolve(base, second)
    assert link is None or urls.canonical(str(link)) == str(link)
    urls.same_page(first, second)


def fuzz_inflate(data: bytes) -> None:
    """Check for no more bytes than the limit, or one exception."""
    for coding in ("gzip", "deflate", ""):
        inflater = Inflater(coding, 1000)
        try:
            kept = inflater.feed(data[: len(data) // 2]) + inflater.feed(data[len(data) // 2 :])
        except BrokenEncodingError:
            continue
        assert len(kept) <= 1000


def fuzz_charset(data: bytes) -> None:
    """Check for a text and a named encoding, also of a part."""
    header, _, body = data.partition(b"\n")
    for piece in (body, body[: len(body) // 2]):
        decoded = decode_page(piece, header.decode("latin-1"))
        assert decoded.charset == decoded.charset.lower() != ""
        assert len(decoded.text) <= len(piece)


def fuzz_styles(data: bytes) -> None:
    """Check for names of ways to hide, whatever stands in a sheet, a style and a class."""
    css, _, own = data.decode("utf-8", "replace").partition("\n")
    tree = LexborHTMLParser(f"<style>{css}</style><div id=a class='b c'><p class=b><a href=x>y</a></p></div>")
    sheet = Sheet(tree)
    for node in tree.css("a, p, div"):
        ways = set(sheet.hides(node, ("b", "c"), own)) | set(hiding(own))
        assert all(len(way) < 20 for way in ways)
    for token in own.split():
        meaning(token)


def fuzz_robots(data: bytes) -> None:
    """Check for a yes or a no, and for a yes where nobody names us."""
    allowed = robots.allows(data, "linkbackproxy", "http://source.example/a?b")
    assert allowed or b"linkbackproxy" in data.lower()


def fuzz_discover(data: bytes) -> None:
    """Check for an http(s) address or none, whatever headers and page say."""
    header, _, body = data.partition(b"\n")
    text = header.decode("latin-1")
    target = discover.Target(url=TARGET, headers=(("Link", text), ("X-Pingback", text)), body=body)
    for protocol in Protocol:
        found = discover.endpoint(protocol, target)
        assert found is None or found.startswith(("http://", "https://"))
        assert found is None or discover.is_plausible(found, TARGET) in (True, False)


def fuzz_forwarding(data: bytes) -> None:
    """Check for a client's address or 'unknown', and that no framing of a client goes on."""
    pairs = [line.partition(b":")[::2] for line in data.split(b"\n")]
    headers = [(name.strip(), value.strip()) for name, value in pairs]
    peer = forwarding.peer_of("127.0.0.1", headers, [ip_network("127.0.0.0/8"), ip_network("::1/128")])
    assert len(peer.via) <= forwarding.LONGEST_CHAIN
    names = [name.lower() for name, _ in forwarding.forwarded_headers(headers, peer)]
    assert b"transfer-encoding" not in names
    assert names.count(b"x-forwarded-for") == 1
    forwarding.origin_form(data.decode("latin-1"))


def fuzz_heads(data: bytes) -> None:
    """Check that a head which is read at a glance is the same to llhttp, who asks included."""
    head = data + heads.END_OF_HEAD
    seen, known = heads.glance(head), heads.read(head)
    if seen is not None:
        assert known is not None
        assert seen[:2] + seen[4:] == known[:2] + known[4:]
        assert seen.peer("127.0.0.1", LOOPBACK) == known.peer("127.0.0.1", LOOPBACK)


def fuzz_words(data: bytes) -> None:
    """Check that any text has a language or none, and does not differ from itself."""
    text = data.decode("utf-8", "replace")
    assert len(language_of(text)) in (0, 2)
    assert not differs(Evidence(found=True, text=text), Evidence(found=True, text=text))


LOCAL = FetchLimits(
    allow_networks=(ip_network("127.0.0.1/32"),), allow_ports=None, first_byte_seconds=0.5, total_seconds=1,
    max_bytes=2_000, max_wire_bytes=1_000,
)  # fmt: skip


class Liar:
    """A server on loopback that answers every request with the same bytes, and hangs up."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.says = b""
        server = self.loop.run_until_complete(asyncio.start_server(self._answer, "127.0.0.1", 0))
        self.port = int(server.sockets[0].getsockname()[1])

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(self.says)
        writer.close()

    async def ask(self) -> int:
        """Fetch from it, and return how much of the body was kept."""
        url = urls.Parts("http", "127.0.0.1", self.port, "/", "")
        guard = Guard(limits=LOCAL, may_connect=lambda _: True)
        try:
            answer = await request(url, headers={}, guard=guard, resolver=ThreadedResolver(), max_bytes=2_000)
        except HopError:
            return 0
        return len(answer.body)


liar = cache(Liar)


def fuzz_answer(data: bytes) -> None:
    """Check for a bounded answer or one exception, whatever a server says over a real socket."""
    server = liar()
    server.says = data
    assert server.loop.run_until_complete(server.ask()) <= LOCAL.max_bytes


TARGETS = {
    "heads": fuzz_heads,
    "charset": fuzz_charset,
    "styles": fuzz_styles,
    "robots": fuzz_robots,
    "discover": fuzz_discover,
    "forwarding": fuzz_forwarding,
    "words": fuzz_words,
    "answer": fuzz_answer,
    "page": fuzz_page,
    "urls": fuzz_urls,
    "inflate": fuzz_inflate,
    "xmlrpc": fuzz_xmlrpc,
    "forms": fuzz_forms,
    "recognise": fuzz_recognise,
    "requests": fuzz_requests,
    "results": fuzz_results,
    "texts": fuzz_texts,
}
SEEDS = {
    "heads": (
        b"GET /a?b HTTP/1.1\r\nHost: a\r\nAccept: */*\r\nConnection: keep-alive\r\nForwarded: for=1.2.3.4",
        b"HEAD / HTTP/1.1\r\nhost: a:80\r\nTe: x\r\nX_y: 1",
    ),
    "charset": ("text/html\n<meta charset=euc-jp>日本語".encode("euc-jp"), "\nпривет, мир".encode("koi8-r")),
    "styles": (
        b"@media all{.b{display:none!important}} #a > .b a,p{left:-999px;color:red}\ndisplay:block;font:0",
    ),
    "robots": (b"User-agent: LinkbackProxy\nDisallow: /a\nAllow: /*b$\n\nUser-agent: *\nDisallow: /",),
    "discover": (
        b'<http://a.example/x>; rel="webmention pingback", </y>; rel=z\n<link rel=webmention href=/w>',
        b'\n<rdf:Description dc:identifier="http://x" trackback:ping="http://y" /><a rel=trackback href=z>',
    ),
    "forwarding": (
        b'X-Forwarded-For: 1.2.3.4, [::1]:80\nForwarded: for="[2001:db8::1]";proto=https;host=a\nHost: b',
        b"Forwarded: for=_x, for=unknown\nTransfer-Encoding: chunked\nConnection: close, x",
    ),
    "words": (b"The cat and the dog are in that house for you", "это мир и не на что как".encode()),
    "answer": (
        b"HTTP/1.1 200\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab\r\n0\r\n\r\n",
        b"HTTP/1.0 200\nContent-Type: text/html\nContent-Encoding: gzip\nContent-Length: 9\n\n\x1f\x8b\x08",
        b"HTTP/1.1 302 Found\r\nLocation: //x\r\nSet-Cookie: a=b\r\n\r\n",
    ),
    "page": (
        b"text/html\n<base href=http://blog.example/><p>a <a href='2024/post' rel=ugc>link</a> of",
        b"text/html; charset=koi8-r\n<svg><a href=http://blog.example/2024/pos&#116;><noscript>",
    ),
    "urls": (b"http://u:p@0x7f.1:80/%7e/../x?y&amp;z#f\n//[::1]/x", "https://bücher.example/\n../ä".encode()),
    "inflate": (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x04\x00", b"\x78\x9c\x4b\x04\x00"),
    "xmlrpc": (
        b"<methodCall><methodName>m</methodName><params><param><value><i4>1</i4></value></param></params></methodCall>",
    ),
    "forms": (
        b"url=a&title=b&tb[]=1",
        b'--B\r\nContent-Disposition: form-data; name="url"\r\n\r\na\r\n--B--\r\n',
    ),
    "recognise": (
        b"\0<methodCall><methodName>pingback.ping</methodName></methodCall>",
        b"\1url=http://a/&title=b",
    ),
    "requests": (
        b"/b/x/%74rackback/?tb[]=1;p=4\napplication/x-www-form-urlencoded\n\nurl=http://a/&title=b",
        b'/?p=4\nmultipart/x; boundary=B\n\n--B\r\nContent-Disposition: form-data; name="tb"\r\n\r\n1',
        b"/xmlrpc.php\ntext/xml\ngzip\n\x1f\x8b\x08\x00",
        b'/wp-json/webmention/1.0/endpoint\napplication/json\n\n{"source": "http://a/", "target": "b"}',
    ),
    "results": (b"<methodResponse><fault/></methodResponse>", b"<response><error>0</error></response>"),
    "texts": (b"utf-8\n<a href='x'>", b"euc-jp\n\xc5\xdf"),
}
