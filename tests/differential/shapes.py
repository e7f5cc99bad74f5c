"""Any shape of the grammar, and noise on top."""

from __future__ import annotations

import dataclasses
import re

from hypothesis import strategies as st

from tests.differential.form_shapes import trackbacks
from tests.differential.wire import Shape, Site
from tests.differential.xml_shapes import multicalls, pingbacks

NOISE = (b"", b"\0", b"&", b"<", b"\r\n", b" ", b"=", b"%00", b"]]>", b"--", b'"')


def shapes(site: Site) -> st.SearchStrategy[Shape]:
    """Draw any shape, at the blog's own folder."""
    forms = trackbacks(site)
    return st.one_of(pingbacks(site), multicalls(site), forms, forms, _noisy(site)).map(
        lambda shape: _under(site.root, shape)
    )


def _under(root: str, shape: Shape) -> Shape:
    host, path = re.fullmatch(r"(http://[^/]*)?(.*)", shape.target, re.DOTALL).groups("")
    return dataclasses.replace(shape, target=f"{host}{root}{path}")


@st.composite
def _noisy(draw: st.DrawFn, site: Site) -> Shape:
    """Draw a shape of which some bytes are cut or replaced."""
    shape = draw(st.one_of(pingbacks(site), multicalls(site), trackbacks(site)))
    body = bytearray(shape.body)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, 1_000)) % max(1, len(body))
        body[at : at + draw(st.integers(0, 6))] = draw(st.sampled_from(NOISE))
    return dataclasses.replace(shape, kind=f"noisy {shape.kind}", body=bytes(body))
