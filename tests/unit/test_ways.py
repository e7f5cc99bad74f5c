"""Where a plain request goes is what the gate and the blogs say; neither is asked each time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.blogs import blogs_of
from proxy.config import Config
from proxy.linkback import Cutoffs
from proxy.protocols.http import Head
from proxy.protocols.recognise import GatePolicy, inspect, is_plainest

POLICY = GatePolicy(webmention_paths=("/webmention",))
WORDS = "/ ? & = # xmlrpc.php wp-trackback.php trackback webmention wp-json 1.0/endpoint tb=1 rest_route a"
NAMES = "_method _METHOD _meth od _m%65thod POST %5f +"
PARTS = st.sampled_from([*WORDS.split(), *NAMES.split()])


@given(st.lists(PARTS, max_size=12), st.sampled_from(["GET", "HEAD"]))
def test_gate_lets_the_plainest_targets_pass(parts: list[str], method: str) -> None:
    """What is taken by its target alone is nothing that the gate would look at."""
    target = "/" + "".join(parts)
    head = Head(method=method, raw_target=target, headers=(("Host", "a"),), blog_url="http://a")
    if is_plainest(target.encode()):
        assert inspect(head, POLICY) is None


ONE = ["https://a.example"]
MANY = ["https://a.example", "https://b.example/blog", "https://c.example/one", "https://c.example/two"]
PATHS = ["/", "/blog", "/blog/x", "/one/", "/two", "/other"]


@pytest.mark.parametrize("urls", [ONE, MANY])
@pytest.mark.parametrize("host", ["a.example", "b.example", "B.example:443", "c.example", "d.example", ""])
def test_only_site_of_a_host_is_chosen_for_every_path(urls: list[str], host: str) -> None:
    """A host's only site is what would be chosen for any path; where paths matter, there is none."""
    tree = {"blogs": [{"url": url, "upstream": "http://127.0.0.1:1"} for url in urls]}
    blogs = blogs_of(Config.model_validate(tree), Cutoffs(ham=0.0, spam=1.0))
    chosen = {site and site.name for site in (blogs.chosen(host, path, "https") for path in PATHS)}
    only = blogs.only(host, "https")
    assert (only and only.name) == (chosen.pop() if len(chosen) == 1 else None)
