"""The fuzz targets: each takes any bytes, and fails where a parser breaks its promise."""

from __future__ import annotations

from proxy import urls
from proxy.charsets import decode as decode_page
from proxy.examine import examine
from proxy.inflate import BrokenEncodingError, Inflater
from proxy.mentions import mentions
from proxy.protocols import charsets, forms, pingback, recognise, striptags, trackback, webmention, xmlrpc
from proxy.protocols.http import Incoming
from proxy.targets import match

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
    match(text, ["http://blog.example"])


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


TARGETS = {
    "page": fuzz_page,
    "urls": fuzz_urls,
    "inflate": fuzz_inflate,
    "xmlrpc": fuzz_xmlrpc,
    "forms": fuzz_forms,
    "recognise": fuzz_recognise,
    "results": fuzz_results,
    "texts": fuzz_texts,
}
SEEDS = {
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
    "results": (b"<methodResponse><fault/></methodResponse>", b"<response><error>0</error></response>"),
    "texts": (b"utf-8\n<a href='x'>", b"euc-jp\n\xc5\xdf"),
}
