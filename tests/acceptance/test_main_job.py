"""The main job: what is genuine reaches a real WordPress, what is spam does not, what is doubtful waits."""

from __future__ import annotations

import json
import os
import urllib.request
import xmlrpc.client
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.acceptance.spam import SPAM, Spam
from tests.rig import Comment, Rig
from tests.support import linkbacks
from tests.support.ports import eventually
from tests.support.proxy import ProxyProcess, running_proxy

pytestmark = pytest.mark.wordpress

GENUINE = {
    "title": "A stiffer dough for a cold kitchen",
    "blog_name": "Notes from the oven",
    "excerpt": "All week I wondered why my loaves stay flat as soon as it gets cold. Then I read this "
    "account of feeding a starter through the winter, and it names exactly my mistake: too much water, and "
    "far too little patience. On Saturday I shall try it with twice the flour.",
}
DOUBTLESS = frozenset(
    ("viagra", "cialis", "tramadol", "xanax", "phentermine", "casino", "poker", "porn", "loans", "replica")
)


def records(proxy: ProxyProcess) -> list[dict[str, object]]:
    """Return what the proxy has on record."""
    return [json.loads(line) for line in proxy.command("list", "--json", "--state", "all").splitlines()]


def states(proxy: ProxyProcess) -> list[tuple[object, object]]:
    """Return state and reason of each record."""
    return [(record["state"], record["reason"]) for record in records(proxy)]


def stored(wordpress: Rig, count: int = 1, *, within: float = 20.0) -> list[Comment]:
    """Wait until WordPress has stored so many comments and return them."""
    what = f"storing {count} comment(s)"
    eventually(lambda: len(wordpress.comments()) >= count, within=within, what=what)
    return wordpress.comments()


def test_genuine_pingback(wordpress: Rig, proxy: ProxyProcess, source_server: str) -> None:
    """A genuine pingback is stored, author and excerpt as WordPress writes them without a proxy."""
    target = wordpress.posts[0]
    source = f"{source_server}/blogpost/genuine?to={target.url}"
    linkbacks.pingback(wordpress.base_url, source, target.url)
    [directly] = wordpress.comments()
    wordpress.reset()
    assert "registered" in linkbacks.pingback(proxy.url, source, target.url)
    [through] = stored(wordpress)
    kept = ("type", "author", "author_url", "content", "post_id", "ip")
    assert [getattr(through, name) for name in kept] == [getattr(directly, name) for name in kept]


def test_pingback_without_link(wordpress: Rig, proxy: ProxyProcess, source_server: str) -> None:
    """A pingback from a page that does not link is refused and not stored."""
    with pytest.raises(xmlrpc.client.Fault) as refused:
        linkbacks.pingback(proxy.url, f"{source_server}/nolink/1", wordpress.posts[0].url)
    assert refused.value.faultCode == 0  # as WordPress masks it
    assert states(proxy) == [("rejected", "no-link")]
    assert wordpress.comments() == []


def test_genuine_trackback(wordpress: Rig, proxy: ProxyProcess, source_server: str) -> None:
    """A genuine trackback is stored, with the sender's title and excerpt."""
    target = wordpress.posts[0]
    source = f"{source_server}/blogpost/trackback?to={target.url}"
    assert "<error>0</error>" in linkbacks.trackback(target.trackback_url, url=source, **GENUINE)
    [comment] = stored(wordpress)
    assert (comment.type, comment.author_url, comment.author) == ("trackback", source, GENUINE["blog_name"])
    assert GENUINE["title"] in comment.content
    assert "All week I wondered" in comment.content


def test_genuine_webmention(wordpress: Rig, proxy: ProxyProcess, source_server: str) -> None:
    """A webmention for a blog without that plugin is verified and arrives as a pingback."""
    target = wordpress.posts[0]
    source = f"{source_server}/blogpost/webmention?to={target.url}"
    assert linkbacks.webmention(proxy.url + "/webmention", source, target.url) in {200, 201, 202}
    [comment] = stored(wordpress)
    assert (comment.type, comment.author_url) == ("pingback", source)


def own_spam() -> list[Spam]:
    """Return the spam that was written for these tests."""
    return list(SPAM)


def spam_of_data() -> list[Spam]:
    """Read the 20 clearest spam trackbacks of the file that LINKBACK_DATA names (JSON lines).

    Clearest is what holds most of the words that no reader doubts.
    """
    path = os.environ.get("LINKBACK_DATA")
    if not path:
        pytest.skip("LINKBACK_DATA names no file of spam trackbacks")
    rows = [json.loads(line) for line in Path(path).read_text().split("\n") if line]
    spam = [
        Spam(**{name: row[name] or "" for name in Spam.__slots__})
        for row in rows
        if row["label"] == "spam" and row["kind"] == "trackback" and row["title"]
    ]
    return sorted(spam, key=lambda one: -len(DOUBTLESS & set(one.excerpt.lower().split())))[:20]


@pytest.mark.parametrize("spam", [own_spam, spam_of_data])
def test_spam_trackbacks(wordpress: Rig, proxy: ProxyProcess, source_server: str, spam: object) -> None:
    """None of the clearest spam trackbacks is stored, though every second one's page links."""
    for number, one in enumerate(spam()):
        target = wordpress.posts[number % len(wordpress.posts)]
        page = "spam" if number % 2 else "nolink"
        answer = linkbacks.trackback(
            target.trackback_url,
            url=f"{source_server}/{page}/{number}?to={target.url}",
            title=one.title,
            excerpt=one.excerpt.replace("TARGET", target.url.removeprefix("http://")),
            blog_name=one.blog_name,
        )
        assert "<error>0</error>" in answer  # nobody learns that it was found out
    eventually(lambda: all(state in {"rejected", "held"} for state, _ in states(proxy)), what="judging")
    assert len(states(proxy)) == 20
    assert wordpress.comments() == []


def test_doubtful_trackback(wordpress: Rig, proxy: ProxyProcess, source_server: str) -> None:
    """A doubtful trackback waits; once released, it is stored."""
    target = wordpress.posts[0]
    linkbacks.trackback(target.trackback_url, url=f"{source_server}/nolink/doubtful", **GENUINE)
    assert eventually(lambda: [row for row in states(proxy) if row[0] == "held"], what="holding")
    assert wordpress.comments() == []
    proxy.command("release", str(records(proxy)[0]["id"]))
    [comment] = stored(wordpress)
    assert comment.type == "trackback"


@pytest.mark.timeout(180)
def test_three_within_a_second(wordpress: Rig, public_port: int, tmp_path: Path, source_server: str) -> None:
    """With WordPress's flood check on, three linkbacks within a second are all stored in the end."""
    posts = wordpress.posts[:3]
    pings = [(f"{source_server}/blogpost/{post.id}?to={post.url}", post.url) for post in posts]
    with (
        wordpress.flood_check(),
        running_proxy(
            tmp_path,
            upstream=wordpress.base_url,
            public_url=wordpress.public_url,
            port=public_port,
            blog={"delivery_spacing_seconds": 16, "allow": ["localhost"]},
        ) as proxy,
        ThreadPoolExecutor() as threads,
    ):
        answers = threads.map(lambda ping: linkbacks.pingback(proxy.url, *ping), pings)
        assert all("registered" in answer for answer in answers)
        comments = stored(wordpress, 3, within=120)
    assert {comment.author_url for comment in comments} == {source for source, _ in pings}


def test_wordpress_as_sender(wordpress: Rig, second_wordpress: Rig, public_port: int, tmp_path: Path) -> None:
    """A post on another WordPress that links here arrives as a pingback, with that post as its author."""
    sender, target = second_wordpress, wordpress.posts[0]
    setting = {"upstream": wordpress.base_url, "public_url": wordpress.public_url, "port": public_port}
    with running_proxy(tmp_path, **setting, blog={"allow": ["localhost"]}):
        publish(sender, target.url)
        [comment] = stored(wordpress, within=40)
    assert comment.type == "pingback"
    assert comment.author_url.startswith(sender.public_url)
    assert "My winter loaf" in comment.author


def publish(sender: Rig, target: str) -> None:
    """Publish a post that links to the target, and let WordPress send what it has to send."""
    sender.sql("UPDATE wp_options SET option_value='1' WHERE option_name='default_pingback_flag'")
    text = (
        "All week I wondered why my loaves stay flat as soon as it gets cold. Then I read "
        f'<a href="{target}">this account of feeding a starter through the winter</a>, and it names '
        "exactly my mistake: too much water, and far too little patience."
    )
    with xmlrpc.client.ServerProxy(sender.base_url + "/xmlrpc.php") as blog:
        post = {"post_title": "My winter loaf", "post_content": text, "post_status": "publish"}
        blog.wp.newPost(1, sender.admin_user, sender.admin_password, post)
    with urllib.request.urlopen(sender.base_url + "/wp-cron.php", timeout=60):
        pass  # WordPress pings from its cron
