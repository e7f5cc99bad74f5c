"""XML-RPC is read as WordPress reads it, in bounded memory, and written so that everybody can read it."""

from __future__ import annotations

import tracemalloc
import xmlrpc.client

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.protocols import xmlrpc as ours
from proxy.protocols.xmlrpc import Blob, DateTime, Fault, MalformedError, Message, Reader, Value, parse

CALL = b"<methodCall><methodName>m</methodName><params>%s</params></methodCall>"


def params(inside: bytes) -> list[Value]:
    """Read the parameters of a call."""
    return list(parse(CALL % inside).params)


@pytest.mark.parametrize(
    "body",
    [
        CALL % b"",
        b'<?xml version="1.0"?>' + CALL % b"",
        b"<?xml version='1.1' encoding='UTF-16'?>\n" + CALL % b"",
        b" \n\0<?xml version='1.0'?>\x0b" + CALL % b"" + b"\0\0 \n",
        b"<!DOCTYPE x SYSTEM 'http://a.example/x.dtd'>" + CALL % b"",
        b"<?xml version='1.0'?> <!doctype x> " + CALL % b"",
        b" " * 5_000 + CALL % b"",
        (CALL % b"").replace(b">m<", b">\n<![CDATA[m]]> <"),
        (CALL % b"").replace(b">m<", b">&#109;<"),
        (CALL % b"").replace(b">m<", b">x<y/><!-- c -->m<?p i?><"),
        (CALL % b"").replace(b"<methodCall>", b"<methodCall a='b'>"),
        b"<methodResponse>" + CALL % b"" + b"</methodResponse>",
    ],
)
def test_prelude_and_name(body: bytes) -> None:
    """What WordPress forgives around a call and inside its name is forgiven here."""
    message = parse(body)
    assert (message.root, message.method) == ("methodCall", "m")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xef\xbb\xbf" + CALL % b"",
        b"<!-- c -->" + CALL % b"",
        b" " * 90 + b"<?xml version='1.0'?>" + CALL % b"",
        b"<?xml version='1.0'?>" * 2 + CALL % b"",
        b"<!DOCTYPE x [<!ENTITY e 'm'>]>" + CALL % b"",
        CALL % b"<string>\xe9</string>",
        CALL % b"<string>\xc0\xaf</string>",
        CALL % b"<string>&e;</string>",
        CALL % b"<string>\0</string>",
        CALL % b"" + b"<more/>",
        (CALL % b"")[:-4],
        b"<methodcall></methodcall>",
        (CALL % b"").decode().encode("utf-16"),
        CALL % (b"<i4>" * 300 + b"</i4>" * 300),
        CALL % (b"<x/>" * 60_001),
    ],
)
def test_malformed(body: bytes) -> None:
    """What WordPress cannot read raises the one exception."""
    with pytest.raises(MalformedError):
        parse(body)


@pytest.mark.parametrize(
    ("inside", "values"),
    [
        (b"<param><value><string> a </string></value></param>", ["a"]),
        (b"<param><value> a </value></param>", [" a "]),
        (b"<value> </value>", []),
        (b"<string>a</string><i4> 7x</i4><int>-1</int>", ["a", 7, -1]),
        (b"<int>99999999999999999999</int><double>1.5</double>", [2**63 - 1, 1.5]),
        (b"<boolean>0</boolean><boolean>1</boolean>", [False, True]),
        (b"<base64>aHR0 cDov\n!L2E=</base64><base64>YQ</base64><base64>Y</base64>", [b"http://a", b"a", b""]),
        (b"<dateTime.iso8601> 20240101T00:00:00 </dateTime.iso8601>", [DateTime(text="20240101T00:00:00")]),
        (b"<array><data><value>a</value><i4>1</i4></data></array>", [["a", 1]]),
        (b"<struct><member><name> k </name><value>v</value></member></struct>", [{"k": "v"}]),
        (b"<struct><string>v</string></struct>", [{"": "v"}]),
        (b"<data><data>a</data></data>", [[[]]]),
        (b"<string>a<b>x</b>c</string>", ["c"]),
    ],
)
def test_values(inside: bytes, values: list[Value]) -> None:
    """Values are made when a tag closes, wrappers or not, as IXR makes them."""
    assert params(inside) == values


def test_two_readings_are_noticed() -> None:
    """A second methodName and a doubled member are reported, for parsers differ about them."""
    twice = parse(b"<methodCall><methodName>a</methodName><methodName>b</methodName></methodCall>")
    assert (twice.method, twice.methods) == ("b", ("a", "b"))
    member = b"<member><name>k</name><value>v</value></member>"
    assert parse(CALL % (b"<struct>" + member + member + b"</struct>")).doubled
    assert not parse(CALL % (b"<struct>" + member + b"</struct>")).doubled


@given(st.integers(1, 70))
def test_pieces(size: int) -> None:
    """It does not matter in which pieces a body comes."""
    body = b" <?xml version='1.0'?> " + CALL % b"<string>\xc3\xa9 &amp; <![CDATA[<]]></string>" + b" \0"
    reader = Reader()
    for start in range(0, len(body), size):
        reader.feed(body[start : start + size])
    assert reader.close() == parse(body)


@given(
    st.binary(max_size=200)
    | st.text(alphabet="<>/&;=![]- abmethodCallstringvalue", max_size=200).map(str.encode)
)
def test_any_bytes(data: bytes) -> None:
    """Any bytes give a message or the one exception, alone and inside a call."""
    for body in (data, CALL % data):
        try:
            assert isinstance(parse(body), Message)
        except MalformedError:
            continue


def test_memory_of_a_large_upload_is_bounded() -> None:
    """A value of 20 MB is read without being kept."""
    reader = Reader()
    tracemalloc.start()
    reader.feed(b"<methodCall><methodName>m</methodName><params><param><value><base64>")
    for _ in range(320):
        reader.feed(b"QUJD" * 16_384)
    reader.feed(b"</base64></value></param></params></methodCall>")
    message = reader.close()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert message.params == (Blob(length=320 * 65_536),)
    assert peak < 2_000_000


def test_one_endless_tag_is_refused() -> None:
    """A tag that the XML parser would have to hold whole is refused before it grows."""
    reader = Reader()
    reader.feed(b"<methodCall><x a='" + b"a" * 200_000)
    with pytest.raises(MalformedError):
        reader.feed(b"a" * 200_000)


VALUES = st.recursive(
    st.text(max_size=20) | st.integers(-(2**31), 2**31 - 1) | st.booleans() | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(VALUES, max_size=4))
def test_others_read_what_we_write(values: list[Value]) -> None:
    """Python's strict XML-RPC library reads our calls and responses without complaint."""
    _, method = xmlrpc.client.loads(ours.render_call("a.b", values).decode())
    assert method == "a.b"
    xmlrpc.client.loads(ours.render_response(values).decode())


@given(
    st.lists(st.text(alphabet="ab<&]>é冬\n'\"", min_size=1, max_size=9).map(lambda t: f"x{t}x"), max_size=4)
)
def test_what_we_write_says_what_was_meant(texts: list[str]) -> None:
    """Text survives writing and reading."""
    assert list(parse(ours.render_call("a.b", list(texts))).params) == texts


def test_faults_are_read_by_others() -> None:
    """A fault is a fault to Python's library too."""
    with pytest.raises(xmlrpc.client.Fault, match="<Fault 49: 'a < b'>"):
        xmlrpc.client.loads(ours.render_fault(Fault(code=49, text="a < b")).decode())
