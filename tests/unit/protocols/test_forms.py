"""Forms are read as PHP reads them; where readers could differ the form is called odd."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.protocols.forms import Form, reader, variable

WANTED = frozenset(("url", "title", "tb", "blog_name"))
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=B"


def read(content_type: str, body: bytes, size: int = 1 << 20) -> Form:
    """Read a form in pieces of a size."""
    form = reader(content_type, WANTED)
    assert form is not None
    for start in range(0, len(body), size):
        form.feed(body[start : start + size])
    return form.close()


def multipart(*parts: str) -> bytes:
    """Write a regular multipart form; each part is its headers and value."""
    return ("".join(f"--B\r\n{part}\r\n" for part in parts) + "--B--\r\n").encode()


def field(name: str, value: str) -> str:
    """Write one regular part."""
    return f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'


@pytest.mark.parametrize(
    ("raw", "name", "is_array"),
    [
        (b"tb", "tb", False),
        (b"  tb", "tb", False),
        (b"tb\0x", "tb", False),
        (b"blog.name", "blog_name", False),
        (b"blog name", "blog_name", False),
        (b"tb[]", "tb", True),
        (b"tb[a][b]", "tb", True),
        (b"tb[", "tb_", False),
        (b"TB", "TB", False),
        (b"tb ", "tb_", False),
    ],
)
def test_names(raw: bytes, name: str, is_array: bool) -> None:
    """PHP's rules for names: leading blanks, NUL, dots and brackets."""
    assert variable(raw) == (name, is_array)


@pytest.mark.parametrize(
    ("body", "values"),
    [
        (b"url=a&title=b", {"url": b"a", "title": b"b"}),
        (b"%75rl=a%20b+c&&=x&other=1", {"url": b"a b c"}),
        (b"url", {"url": b""}),
        (b"url=a=b%3D", {"url": b"a=b="}),
        (b"url=%zz%4", {"url": b"%zz%4"}),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_urlencoded(body: bytes, values: dict[str, bytes], size: int) -> None:
    """Pairs are split and decoded as PHP does, in whatever pieces they come."""
    assert read(URLENCODED, body, size) == Form(values=values, hints=frozenset(values))


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_multipart(size: int) -> None:
    """A browser's multipart form gives its values, and uploads are no variables."""
    upload = 'Content-Disposition: form-data; name="tb"; filename="a"\r\nContent-Type: text/html\r\n\r\n<p>'
    form = read(MULTIPART, multipart(field("url", "a\r\n--b"), upload, field("title", "")), size)
    assert (form.values, form.odd) == ({"url": b"a\r\n--b", "title": b""}, False)
    assert "tb" in form.hints


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (URLENCODED, b"url=a&url=b"),
        (URLENCODED, b"url=" + b"a" * 70_000),
        (URLENCODED, b"+" * 5_000 + b"tb=1"),
        (URLENCODED, b"a=1&" * 1_000 + b"tb=1"),
        (MULTIPART, multipart(field("url", "a")) + multipart(field("tb", "1"))),
        (MULTIPART, b"--B\r\n" + field("tb", "1").encode()),
        (MULTIPART, b"preamble\r\n" + multipart(field("tb", "1"))),
        (MULTIPART, multipart(field("tb", "1")).replace(b"\r\n", b"\n")),
        (MULTIPART, multipart("Content-Disposition: form-data; name=tb\r\n\r\n1")),
        (MULTIPART, multipart('Content-Disposition: form-data;\r\n name="tb"\r\n\r\n1')),
        (MULTIPART, multipart('Content-Disposition: form-data; name="x"; name="tb"\r\n\r\n1')),
        (
            MULTIPART,
            multipart('A: b\r\nContent-Disposition: x\r\nContent-Disposition: form-data; name="tb"\r\n\r\n'),
        ),
        (MULTIPART, multipart("A: " + "b" * 5_000 + "\r\n" + field("tb", "1"))),
        (MULTIPART.replace("=B", "=B; boundary=C"), multipart(field("tb", "1"))),
        ("multipart/form-data", multipart(field("tb", "1"))),
    ],
)
def test_odd(content_type: str, body: bytes) -> None:
    """What two parsers could read in two ways is odd, and hints at what some parser might see."""
    form = read(content_type, body)
    assert form.odd
    assert form.hints & {"tb", "url"}


@pytest.mark.parametrize("size", [1, 7, 33, 1000])
def test_hints_do_not_depend_on_the_pieces(size: int) -> None:
    """A name that begins as a wanted one is a hint, wherever the body is cut."""
    form = read(MULTIPART, multipart(field("urls", "a"), field("table", "b"), field("tb", "c")), size)
    assert form.hints == {"tb", "url"}


def test_hints_see_through_blanks_and_line_ends() -> None:
    """However far PHP reads over blanks and joined lines to a name, the name is a hint, in pieces too."""
    gap = b" \r\n" * 9_000 + b"\0junk\r\n" * 2_000
    for size in (1, 100, 65_536):
        form = read(MULTIPART, b"--B\r\nContent-Disposition: x; name=" + gap + b"tb\r\n\r\n1\r\n--B--", size)
        assert form.odd
        assert form.hints == {"tb"}


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json", "text/xml"])
def test_other_types_are_no_forms(content_type: str) -> None:
    """PHP reads no form of these types."""
    assert reader(content_type, WANTED) is None


@given(
    st.sampled_from((URLENCODED, MULTIPART, "multipart/x; boundary=")),
    st.binary(max_size=300),
    st.integers(1, 50),
)
def test_any_bytes(content_type: str, body: bytes, size: int) -> None:
    """Any bytes give a form, and the same one however they are cut."""
    whole = read(content_type, body)
    assert read(content_type, body, size) == whole


@pytest.mark.parametrize("content_type", [URLENCODED, MULTIPART])
def test_memory_is_bounded(content_type: str) -> None:
    """An upload of 30 MB is read without being kept."""
    form = reader(content_type, WANTED)
    assert form is not None
    tracemalloc.start()
    form.feed(
        b"file=" if content_type == URLENCODED else b'--B\r\nContent-Disposition: form-data; name="f"\r\n\r\n'
    )
    for _ in range(480):
        form.feed(b"\0abc" * 16_384)
    form.close()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000
