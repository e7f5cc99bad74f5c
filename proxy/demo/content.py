"""What the demonstration shows: the blog's posts, and the linkbacks that are sent to them. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from proxy.linkback import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class BlogPost:
    """A post of the small blog."""

    title: str
    text: str  # paragraphs, separated by an empty line


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Somebody who sends a linkback: a page, how it is sent, and what one would say of it."""

    protocol: Protocol
    path: str  # of the page, on the sender's own site
    target: str  # slug of a post
    title: str
    body: str  # HTML; {target} becomes the post's address
    excerpt: str = ""  # trackback only
    blog_name: str = ""
    about: str  # for the terminal: what kind of linkback this is


POSTS: Mapping[str, BlogPost] = {
    "bread": BlogPost(
        title="Bread in a cold kitchen",
        text="""From November on my kitchen has fourteen degrees, and for two winters my sourdough
simply slept. What helped in the end was no heating mat but a smaller jar and a stiffer dough: one part
starter, three parts flour, less water than the books say. It ferments slowly and forgives me when I
come home late.

On baking days I begin the evening before. If the dough has just begun to fall in the morning, the loaf
will rise; if it is still climbing, I wait. An impatient baker eats flat bread, as I have proved often
enough.""",
    ),
    "river": BlogPost(
        title="The otters are back",
        text="""Thirty years ago there was not one otter in our river. Last week I found fresh tracks in
the mud under the road bridge, and yesterday, at six in the rain, I saw her: a line of bubbles against
the current, then a flat head, then nothing but a heron that disapproved of me.

They came back with the water. When the tannery closed, first the insects returned, then the small fish,
then the eels. If you want to see one, sit still for longer than seems reasonable.""",
    ),
    "leak": BlogPost(
        title="A memory leak, found with patience",
        text="""Our service grew by forty megabytes a day: slowly enough that each deployment hid it,
fast enough that a quiet fortnight killed it. Two snapshots, taken an hour apart and compared line by
line, showed a dictionary in a metrics library that was keyed by the path of the request.

One line fixed it. The lesson is older than Python: whatever takes its keys from the outside world needs
a bound.""",
    ),
}

_SHOP = "".join(
    f'<p><a href="http://{word}-{i}.invalid/buy">{text} {word} {text.lower()}</a> no prescription</p>'
    for i, (word, text) in enumerate(
        (word, text)
        for word in ("viagra", "cialis", "tramadol", "xanax", "ambien")
        for text in ("Buy", "Cheap", "Order online", "Discount", "Overnight delivery")
    )
)

SENDERS: Mapping[str, Sender] = {
    "notes-from-the-oven": Sender(
        protocol=Protocol.PINGBACK,
        path="2026/01/a-stiffer-dough",
        target="bread",
        title="A stiffer dough",
        body="""<p>All week I wondered why my loaves stay flat as soon as it gets cold. Then I read <a
href="{target}">this account of baking in a cold kitchen</a>, and it names exactly my mistake: too much
water, and far too little patience.</p><p>So on Saturday I fed the starter with twice the flour, put the
jar on top of the refrigerator and went to bed. In the morning it had domed and just begun to fall. The
loaf rose like a hat. I shall keep the stiff dough over the winter and write again when spring
comes.</p>""",
        about="a baker who read the post and writes about it",
    ),
    "riverbank-diary": Sender(
        protocol=Protocol.TRACKBACK,
        path="2026/02/bubbles-against-the-current",
        target="river",
        title="Bubbles against the current",
        body="""<p>We have watched the upper valley for three years without one sighting, so I was
delighted by <a href="{target}">the report of an otter below the road bridge</a>. Our own camera showed
nothing but ducks until Tuesday, when a tail crossed the corner of one single picture.</p><p>I agree
about sitting still. Bring a cushion.</p>""",
        excerpt="""We have watched the upper valley for three years without one sighting, so I was
delighted by the report of an otter below the road bridge. Our own camera showed nothing but ducks until
Tuesday.""",
        blog_name="Riverbank diary",
        about="a neighbour's blog, by trackback",
    ),
    "small-services": Sender(
        protocol=Protocol.WEBMENTION,
        path="2026/03/every-cache-is-a-leak",
        target="leak",
        title="Every cache is a leak until it has a bound",
        body="""<p>A good short read for anyone who keeps a service running: <a href="{target}">a memory
leak, found with patience</a>. We had the very same thing last year, only that our unbounded dictionary
was a cache of parsed templates and the keys came from user agents.</p><p>Since then there is a test
that sends ten thousand random requests and compares the memory before and after. It has failed twice,
and both times it was right.</p>""",
        about="a programmer's answer, by webmention",
    ),
    "pills": Sender(
        protocol=Protocol.PINGBACK,
        path="buy/viagra-cialis-online.html",
        target="bread",
        title="Buy Viagra Cialis Online - Cheap Pharmacy No Prescription",
        body=_SHOP + '<p>nice site <a href="{target}">click here</a> very useful thanks</p>' + _SHOP,
        about="a pill shop that really links",
    ),
    "watches": Sender(
        protocol=Protocol.TRACKBACK,
        path="replica-watches.html",
        target="river",
        title="replica watches cheap",
        body="<p>Replica watches, replica handbags, cheap shoes online shop.</p>",
        excerpt="... [Trackback] ... replica rolex watches for sale, cheap louis vuitton handbags outlet, "
        "discount nike shoes online store, free shipping, best replica watches ...",
        blog_name="replica watches online",
        about="a shop that does not even link",
    ),
    "casino": Sender(
        protocol=Protocol.TRACKBACK,
        path="casino/bonus.php",
        target="leak",
        title="online casino bonus",
        body="<p>Play online casino slots and poker for real money.</p>",
        excerpt="[...] online casino no deposit bonus, texas holdem poker, play slots free, loans [...]",
        blog_name="best online casino bonus",
        about="a casino's robot",
    ),
    "empty-claim": Sender(
        protocol=Protocol.PINGBACK,
        path="something-else",
        target="river",
        title="A page about something else",
        body="<p>This page says that it links, but it does not.</p>",
        about="a claim that is not true",
    ),
    "hidden": Sender(
        protocol=Protocol.PINGBACK,
        path="ten-tips",
        target="leak",
        title="Ten tips for faster programs",
        body="""<p>Measure first. Change one thing at a time. Write down what you saw.</p> <div
style="display:none"><a href="{target}">memory leak</a></div><p>Then measure again.</p>""",
        about="a link where no reader can see it",
    ),
    "old-friend": Sender(
        protocol=Protocol.TRACKBACK,
        path="2026/01/my-winter-loaf",
        target="bread",
        title="My winter loaf",
        body="<p>The page has moved, and the link got lost on the way.</p>",
        excerpt="""I tried the stiff dough that you describe, and for the first time in two winters my
bread has risen. Thank you; I have written down what I changed, and what I would do differently next
time.""",
        blog_name="Kitchen table",
        about="reads genuine, but its page does not link",
    ),
}
