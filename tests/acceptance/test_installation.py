"""The installation of the README: a web server, the proxy, and WordPress behind an inner server."""

from __future__ import annotations

import xmlrpc.client
from pathlib import Path

import pytest

from tests.rig import Rig
from tests.support import linkbacks
from tests.support.ports import eventually, free_port
from tests.support.proxy import running_proxy
from tests.support.web_servers import WEB_SERVERS, in_front_of

pytestmark = pytest.mark.wordpress


@pytest.mark.parametrize("whole_site", [False, True], ids=["linkbacks", "whole-site"])
@pytest.mark.parametrize("name", list(WEB_SERVERS))
def test_installation(
    name: str, whole_site: bool, wordpress: Rig, public_port: int, tmp_path: Path, source_server: str
) -> None:
    """Through each web server, a genuine pingback is stored with its sender's address; a false one is not."""
    proxy_port, target = free_port(), wordpress.posts[0].url
    genuine = f"{source_server}/blogpost/{name}?to={target}"
    front = in_front_of(wordpress, name, proxy_port=proxy_port, port=public_port, whole_site=whole_site)
    with front as fitting:
        inner = f"http://127.0.0.1:{fitting.inner_port}"
        with running_proxy(tmp_path, upstream=inner, public_url=wordpress.public_url, port=proxy_port):
            with pytest.raises(xmlrpc.client.Fault):
                linkbacks.pingback(wordpress.public_url, f"{source_server}/nolink/{name}", target)
            linkbacks.pingback(wordpress.public_url, genuine, target)
            [comment] = eventually(wordpress.comments, what="storing the genuine one")
    assert (comment.type, comment.author_url, comment.ip) == ("pingback", genuine, "127.0.0.1")
