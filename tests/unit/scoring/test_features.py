"""The features: what is found in a linkback, the same in every protocol, and nothing it must not see."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import replace
from itertools import count
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.linkback import Evidence, History, Linkback, Place, Post, Protocol, Sample
from proxy.scoring.clues import FINDINGS, in_words
from proxy.scoring.features import FAMILIES, PAIRED, VERSION, families_of, family_of, features
from proxy.scoring.model import placed
from proxy.scoring.text import NORMAL, WORD, words
from proxy.scoring.view import PLAIN_ADDRESS, place, target_of, view
from tests.support.world import world
from training.rows import row_of

POST = Post(
    url="https://blog.example/p/1", title="Growing tomatoes", text="Tomatoes want sun, water and a stake."
)


def claim(**fields: str) -> Linkback:
    """Make a trackback to the post."""
    given_fields = {"source": "http://a.example/x", "target": POST.url, **fields}
    return Linkback(protocol=Protocol.TRACKBACK, **given_fields)


FOUND = {
    "title:is-blog-name": claim(title="Cheap Bags", blog_name="cheap bags"),
    "title:short-ascii-lower": claim(title="cheap bags", blog_name="x"),
    "title:says-trackback": claim(title="... [Trackback]", blog_name="x"),
    "title:is-target-title": claim(title="growing tomatoes", blog_name="x"),
    "title:name-in-host": claim(title="t", blog_name="Garden Notes", source="http://gardennotes.example/1"),
    "title:joined-in-path": claim(title="red shoes now", source="http://a.example/redshoesnow/"),
    "title:lost-letters": claim(title="???? ?????"),
    "title:list": claim(title="red shoes|blue shoes|cheap bags|outlet", blog_name="x"),
    "title:spun": claim(title="{Great|Nice|Cool} post", blog_name="x"),
    "title:name-encoded": claim(title="t", blog_name="RW1wcmVzYSBkZSBjcmlhw6fDo28gZGUg"),
    "address:bare": claim(source="http://a.example/"),
    "address:dated": claim(source="http://a.example/2014/05/on-tomatoes/"),
    "address:same-site": claim(source="https://blog.example/p/2"),
    "address:feed": claim(source="http://a.example/shoes/feed/"),
    "address:folder": claim(source="http://a.example/images/shoes.html"),
    "form:wrapped": claim(excerpt="[...]Growing tomatoes[...]"),
    "form:echoes-title": claim(excerpt="[...]Growing tomatoes[...]"),
    "form:is-target-title": replace(
        claim(excerpt="[...] Growing tomatoes [...]"), protocol=Protocol.PINGBACK
    ),
    "form:target-address": claim(excerpt="[...] Read More: blog.example/p/1 [...]"),
    "form:little-but-target-address": claim(excerpt="[...] 85615 more Infos: blog.example/p/1 [...]"),
    "form:only-target-address": claim(excerpt="[...] https://blog.example/p/1 [...]"),
    "form:foreign-addresses": claim(excerpt="http://b.example http://c.example"),
    "form:many-links": claim(excerpt="<a href=http://b.example>b</a> [url=http://c.example]c[/url]"),
    "form:hides=look-alikes": claim(excerpt="сasino"),
    "form:spun": claim(excerpt="{great|good|fine} post"),
    "form:speaks-to-you": claim(excerpt="I love your blog, thank you"),
    "form:natural=high": claim(excerpt="it was the best of what we had and it is for you"),
    "title:holds-target-title": claim(title="Growing tomatoes | Garden Notes", blog_name="x"),
    "words:title-sells=2": claim(title="cheap handbags", blog_name="x"),
    "words:name-sells=1": claim(title="t", blog_name="Casino tips"),
    "address:path-is-target-title=most": claim(source="http://a.example/growing-tomatoes/"),
    "address:path-in-excerpt=none": claim(source="http://a.example/red-shoes-today/", excerpt="on flowers"),
    "address:host-in-excerpt": claim(source="http://buyflowers.example/x", excerpt="on flowers"),
    "address:host-sells=1": claim(source="http://besthandbag.example/x"),
    "address:path-sells=2": claim(source="http://a.example/cheap-insurance-for-you"),
    "address:path-joined-sells": claim(source="http://a.example/saleoakleysunglasses/index.htm"),
    "address:own=10-14": claim(source="http://elevenletter.example/"),
    "address:unpronounceable": claim(source="http://xkqzrtpl.example/"),
    "address:host-of-names=all": claim(source="http://www.bestmobilenews.example/x"),
    "address:host-of-names=much": claim(source="http://bestmobilenewsandtomato.example/x"),
    "address:host-of-names=some": claim(source="http://tomatonews.example/x"),
    "address:part-is-a-name": claim(source="http://news.tomato.example/x"),
    "words:name-of-names=all": claim(title="t", blog_name="Mobile Apps Now"),
    "words:name-of-names=1": claim(title="t", blog_name="Tomato News"),
    "form:links-here": claim(excerpt='see <a href="https://blog.example/p/1" rel="nofollow">this</a>'),
    "form:links": claim(excerpt='<a href="https://blog.example.evil.example/p/1">this</a>'),
    "address:media": claim(source="http://a.example/images/car.jpg"),
    "form:praises=1": claim(excerpt="It was on your blog that we read of it"),
    "form:praises=3": claim(excerpt="Great post, thanks for sharing! I have bookmarked your site."),
    "form:praises=2": claim(excerpt="这个不错，谢谢"),
    "words:title-praises": claim(title="Very nice article", blog_name="x"),
    "form:sells=3": claim(excerpt="cheap insurance and casino tips"),
    "form:starts-with-target-title": claim(excerpt="Growing tomatoes, says he"),
    "form:start-of-target-title": claim(excerpt="growing toma"),
    "form:holds-target-title": claim(excerpt="as in Growing tomatoes by him"),
    "form:natural=low": claim(excerpt="replica watches handbags outlet discount cheap shoes"),
}


@pytest.mark.parametrize("name", FOUND)
def test_finding_is_found(name: str) -> None:
    """Each finding is there in a claim that has it, and not in an empty claim."""
    assert name in features(Sample(linkback=FOUND[name], post=POST)).findings
    assert name not in features(Sample(linkback=claim(), post=POST)).findings


def test_a_year_is_no_random_folder() -> None:
    """'/blog/2015/' is how blogs' addresses begin; '/bhv/x91a/' is how hacked sites' do."""
    found = [
        features(Sample(linkback=claim(source=f"http://a.example{path}"), post=POST)).findings
        for path in ("/blog/2015/02/12/on-tomatoes/", "/bhv/x91a/on-tomatoes/")
    ]
    assert ["address:random" in one for one in found] == [False, True]


LONG = " ".join(f"vegetable{letter}" for letter in "abcdefghijklmnopqrstuvwxyz")
PAGE = Evidence(
    found=True, place=Place.MAIN, title="On tomatoes | Garden Notes", excerpt="[...] as in this post [...]"
)
PAGE_FOUND = {
    "page:no-link": replace(PAGE, found=False),
    "page:place=hidden": replace(PAGE, place=Place.HIDDEN),
    "page:rel=nofollow": replace(PAGE, rel=("nofollow", "noopener")),
    "page:links=81+": replace(PAGE, links_out=500),
    "page:sells=3-5": replace(PAGE, text="cheap replica handbags and casino tips"),
    "page:sells-again=often": replace(PAGE, text="cheap bags, cheap shoes, cheap watches in our shop"),
    "page:title-again=very-often": replace(PAGE, title="Used sofas | b", text="used sofas and more " * 20),
    "page:hosts=2-3": replace(PAGE, links_out=9, hosts_out=3),
    "page:beside-sells=most": replace(PAGE, beside=("cheap loans", "казино онлайн", "Home")),
    "page:beside-letters": replace(PAGE, beside=("yxfklpc", "jvrrq", "twqfb", "envqlon", "Home")),
    "page:no-title": replace(PAGE, title=""),
    "page:anchor-sells": replace(PAGE, anchor_text="cheap loans"),
    "page:link-dense": replace(PAGE, links_out=50, text="a few words"),
    "page:many-keywords": replace(PAGE, text="watches handbags outlet casino bonus replica"),
    "page:links-a-hundred-words=many": replace(PAGE, links_out=50, text="a few words"),
    "page:anchor=title": replace(PAGE, anchor_text="Growing tomatoes"),
    "page:anchor=address": replace(PAGE, anchor_text="https://blog.example/p/1"),
    "page:title-is-target-title": replace(PAGE, title="Growing tomatoes | Cheap Shoes"),
    "page:holds-post=most": replace(PAGE, text=LONG),
    "page:other-script": replace(PAGE, text="在线娱乐城优惠活动"),
    "page:sign=off-screen": replace(PAGE, signs=("off-screen",)),
    "page:subject=same": replace(PAGE, text="tomatoes want water stake"),
}


@pytest.mark.parametrize("name", PAGE_FOUND)
def test_page_finding_is_found(name: str) -> None:
    """What the examiner found becomes a finding."""
    post = replace(POST, text=LONG) if "holds" in name else POST
    assert name in features(Sample(linkback=claim(), evidence=PAGE_FOUND[name], post=post)).findings


LIKE = {
    "likeness:copied": claim(excerpt="tomatoes want sun water stake"),
    "likeness:none": claim(excerpt="replica watches handbags outlet"),
    "likeness:other-script": claim(excerpt="在线娱乐城优惠活动"),
}


@pytest.mark.parametrize("name", LIKE)
def test_likeness_is_asked_for_where_the_page_was_read(name: str) -> None:
    """A claim is laid beside the post where its page was read; of a claim alone likeness says nothing."""
    assert name in features(Sample(linkback=LIKE[name], evidence=PAGE, post=POST)).findings
    alone = features(Sample(linkback=LIKE[name], post=POST)).findings
    assert not [finding for finding in alone if "likeness:" in finding]


def test_claim_is_looked_for_in_the_page() -> None:
    """A trackback that quotes what its page does not say is told from one that does."""
    said = "sourdough needs patience, water and plenty of flour"
    for text, found in ((said, "yes"), ("replica watches and handbags", "no")):
        sample = Sample(linkback=claim(excerpt=said), evidence=replace(PAGE, text=text), post=POST)
        assert f"page:says-claim={found}" in features(sample).findings


@pytest.mark.parametrize("page", [replace(PAGE, found=False), replace(PAGE, place=Place.HIDDEN)])
def test_nothing_on_a_page_that_hides_its_link_counts_for_it(page: Evidence) -> None:
    """A page without the link, or with a hidden one, adds a finding against the claim and nothing else."""
    ping = Linkback(protocol=Protocol.PINGBACK, source="http://a.example/x", target=POST.url)
    alone, seen = (features(Sample(linkback=ping, evidence=one, post=POST)) for one in (None, page))
    assert alone.tokens == seen.tokens
    added = set(seen.findings) - set(alone.findings)
    assert {name for name in added if "&" not in name} == {
        "page:place=hidden" if page.found else "page:no-link"
    }


def test_no_page_gives_no_page_finding() -> None:
    """Missing evidence is not guessed at: no page gives no page finding, no labels no history."""
    found = features(Sample(linkback=claim(title="t"), post=POST)).findings
    assert not [name for name in found if name.startswith(("page:", "history:"))]


HISTORIES = {
    "history:ham": History(ham=1),
    "history:ham-often": History(ham=5, spam=1),
    "history:spam": History(spam=2),
    "history:spam-often": History(spam=9),
    "history:busy": History(seen=50),
}


@pytest.mark.parametrize("name", HISTORIES)
def test_history_finding_is_found(name: str) -> None:
    """The owner's labels on a domain become findings."""
    assert name in features(Sample(linkback=claim(), history=HISTORIES[name])).findings


def test_pingback_and_trackback_look_alike() -> None:
    """A pingback's page title gives the same title and name as a trackback's two fields."""
    ping = replace(
        claim(title="On tomatoes | Garden Notes"), protocol=Protocol.PINGBACK, excerpt="[...] as here [...]"
    )
    track = claim(title="On tomatoes", blog_name="Garden Notes", excerpt="as here")
    seen = [view(Sample(linkback=one, post=POST), target_of(POST)) for one in (ping, track)]
    assert seen[0].title.plain == seen[1].title.plain == "on tomatoes"
    assert seen[0].name.plain == seen[1].name.plain == "garden notes"
    assert seen[0].excerpt.plain == seen[1].excerpt.plain == "as here"


def test_page_stands_in_for_what_a_pingback_does_not_claim() -> None:
    """A pingback's title and excerpt are taken from its page."""
    ping = Linkback(protocol=Protocol.PINGBACK, source="http://a.example/x", target=POST.url)
    seen = view(Sample(linkback=ping, evidence=PAGE, post=POST), target_of(POST))
    assert (seen.title.plain, seen.excerpt.plain) == ("on tomatoes", "as in this post")


def test_every_finding_has_a_family_and_words() -> None:
    """Each finding belongs to a family that training can take away, and is told in words."""
    for name in (*FOUND, *PAGE_FOUND, *HISTORIES, *PAIRED):
        assert family_of(name) in FAMILIES
        assert name.partition("=")[0] in FINDINGS
    assert families_of("title:none & form:wrapped") == {"title", "form"}
    assert in_words("w:casino") == "the word 'casino'"
    assert (
        in_words("title:none & form:wrapped")
        == "there is no title and the trackback imitates a pingback's '[...]'"
    )


PLACES = {
    "http://www.Blog.Example/A?b=C": ("blog.example", "/a?b=c", "blog.example"),
    "https://a.b.co.uk/%20x": ("a.b.co.uk", "/ x", "b.co.uk"),
    "http://http://a.example/x": ("a.example", "/x", "a.example"),
    "http://[::1/": ("", "", ""),
    "": ("", "", ""),
}


@pytest.mark.parametrize("address", PLACES)
def test_address_is_taken_apart(address: str) -> None:
    """Host, path and site are read from an address, and from nonsense nothing."""
    found = place(address)
    assert (found.host, found.path, found.site) == PLACES[address]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400), st.text(max_size=400), st.text(max_size=200), st.sampled_from(Protocol))
def test_any_text_has_features(title: str, excerpt: str, address: str, protocol: Protocol) -> None:
    """Whatever is claimed, features are found without an error, and the same ones each time."""
    one = Linkback(
        protocol=protocol, source=address, target=address, title=title, excerpt=excerpt, blog_name=title
    )
    sample = Sample(linkback=one, post=Post(url=address, title=excerpt, text=title))
    assert features(sample) == features(sample)


PLAIN = st.text("ab1'\u2019_ .-ёé", max_size=30)


HOSTS = st.sampled_from(
    ("a.example", "www.a-b.example.", "1.2.3.4:80", "a:b", "x@y.example", "[::1]", "a_b", "")
)


@given(HOSTS, st.text("/?#:%a\t\r\n \u00e9", max_size=8))
def test_plain_addresses_are_taken_apart_as_the_library_does(host: str, rest: str) -> None:
    """What one expression takes apart has the host, path and query that `urlsplit` gives."""
    address = f"http://{host}{rest}"
    plain = PLAIN_ADDRESS.fullmatch(address)
    if plain:
        parts = urlsplit(address)
        assert plain.groups("") == (parts.hostname, parts.path, parts.query)


@given(PLAIN)
def test_words_are_runs_of_letters_and_digits(plain: str) -> None:
    """Words by the quick way are those of the pattern that says what a word is."""
    assert list(words(plain)) == WORD.findall(plain)


def test_evidence_of_an_older_version_says_nothing_of_what_it_does_not_hold() -> None:
    """Evidence that was stored before hosts and links beside were counted gives no finding about them."""
    found = features(Sample(linkback=claim(), evidence=replace(PAGE, links_out=9), post=POST)).findings
    assert not [name for name in found if name.startswith(("page:hosts", "page:beside"))]


@given(st.text("a \u00e9\u0301\u2019\u201c\u0439\u4e2d\u2026\ufb01", max_size=12))
def test_what_is_taken_for_normal_is(text: str) -> None:
    """What is spared the rules of Unicode would not have been changed by them."""
    if NORMAL.fullmatch(text):
        assert unicodedata.normalize("NFKC", text) == text


def test_characters_that_are_taken_for_normal_are() -> None:
    """No character that is spared them is changed by the rules of Unicode, nor joins the one before it."""
    for letter in filter(NORMAL.fullmatch, map(chr, range(0x110000))):
        assert unicodedata.normalize("NFKC", f"a{letter}") == f"a{letter}"


PINNED = {9: "5f4fe9fc19d51c20"}  # by feature version
TOLD = (
    ("Cheap  Bags", "cheap bags", "[...] Rеad m0re ab0ut p0ker: blog.example/p/1 [...]"),
    (
        "Посылка из Paris’",
        "Записки",
        "Вчера v i a g r a пришла &#99;&#97;&#115;&#105;no \u200bв го\u200bрод www.b.example/x",
    ),
    ("On tomatoes", "Mobile News Today", "as in <a href='https://blog.example/p/1'>this post</a>"),
    ("在线娱乐城 casino", "", "<a href='http://b.example/'>优惠</a> it's don''t _a_ 12345 \ud800 [b]ﬁn[/b]"),
)


def test_features_of_a_version_are_fixed() -> None:
    """What is found in a linkback changes only with `VERSION`: a model is weights for just that."""
    page = replace(
        PAGE,
        text=LONG + " Tomatoes, water.",
        links_out=9,
        hosts_out=5,
        beside=("cheap loans", "Home"),
        title="Growing tomatoes | b",
        rel=("ugc",),
    )
    found = [
        features(Sample(linkback=claim(title=title, blog_name=name, excerpt=said), evidence=seen, post=POST))
        for title, name, said in TOLD
        for seen in (None, page, replace(page, found=False), replace(page, text=said, title=title))
    ]
    told = "\n".join(name for one in found for name in (*one.findings, *one.tokens))
    assert hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16] == PINNED.get(VERSION)


SMALL_WORLD = {9: "1194551ae85dcef8"}  # by feature version


def test_vectors_of_a_version_are_fixed() -> None:
    """However features are found, a row's findings, columns and values change only with `VERSION`."""
    told = hashlib.sha256()
    for row in (row_of(dict(record)) for record in world() if "kind" in record):
        claim, post = row.sample.linkback, row.sample.post
        assert post is not None
        text = f"{claim.excerpt} {post.text}"
        page = replace(PAGE, title=claim.title, excerpt="", text=text, links_out=7, anchor_text="here")
        for sample in (row.sample, replace(row.sample, evidence=page)):
            found = features(sample)
            row_placed = placed([found.lines])
            values = zip(row_placed.columns.tolist(), row_placed.shares.tolist(), strict=True)
            told.update(repr((found.findings, sorted(values))).encode())
    assert told.hexdigest()[:16] == SMALL_WORLD.get(VERSION)


def test_tokens_of_many_rows_are_placed_as_those_of_one() -> None:
    """Rows that are looked up together keep apart; of tokens that share a column the first one counts."""
    first, second = same_column()
    rows = [f"{first}\n{second}\nu:x", "", f"{second}\n{first}"]
    together, alone = placed(rows), [placed([one]) for one in rows]
    assert together.places.tolist() == [0, 2, 3]
    assert together.rows.tolist() == [0, 0, 2]
    assert together.columns.tolist() == [number for one in alone for number in one.columns.tolist()]
    assert together.shares.tolist() == [share for one in alone for share in one.shares.tolist()]


def same_column() -> tuple[str, str]:
    """Find two words that share a column."""
    seen: dict[int, str] = {}
    for number in count():
        token = f"w:{number}"
        column = int(placed([token]).columns[0])
        if column in seen:
            return seen[column], token
        seen[column] = token
    raise AssertionError
