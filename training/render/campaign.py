"""One made campaign of spam: a trade, a few hosts, one habit, and what it gives away.

Some campaigns do as honest blogs do, with their addresses or their titles, so that neither tells the label.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from training.render.genuine import Target
from training.render.keywords import Lexicon
from training.render.phrases import PITCHES
from training.render.sources import blog_host

ROBBERS = frozenset({"republish", "filler", "news"})
MASKED = ("", "", "", "", "address", "address", "title", "both")  # what a campaign does as honest blogs do
GARBLED: tuple[
    Callable[[str], str], ...
] = (  # what is left of other scripts on the way through careless software
    lambda word: word.encode("ascii", "replace").decode(),
    lambda word: word.encode().decode("latin-1"),
    lambda word: word.encode("gb18030").decode("latin-1"),
)


@dataclass(frozen=True, slots=True)
class Campaign:
    """One made campaign: its words and its hosts."""

    phrases: tuple[str, ...]  # the templates that it uses
    keywords: tuple[str, ...]
    hosts: tuple[str, ...]
    stolen: tuple[Target, ...]  # posts that it republishes
    lexicon: Lexicon
    robbed: frozenset[str]  # the blogs whose posts it uses
    sites: Mapping[str, str]  # names of sites that show others' posts, with their hosts
    masked: str = ""  # what gives nothing away: 'address', 'title' (and name), or 'both'

    def keyword(self, rng: random.Random) -> str:
        """Give a phrase that it sells."""
        word = rng.choice(self.keywords)
        if word.isascii() and rng.random() < 0.35:
            word = f"{word} {rng.choice(self.lexicon.fillers)}"
        if not word.isascii() and rng.random() < 0.15:
            return rng.choice(GARBLED)(word)
        return rng.choice((word, word, word.title(), word.capitalize()))

    def heading(self, rng: random.Random) -> str:
        """Give what a page that sells it is called: the phrase, or a sentence that praises it."""
        if rng.random() < 0.65:
            return self.keyword(rng)
        return rng.choice(PITCHES).format(kw=self.keyword(rng), other=self.keyword(rng))


def campaign_of(
    habit: str, phrases: Sequence[str], targets: Sequence[Target], words: Lexicon, rng: random.Random
) -> Campaign:
    """Draw a campaign of a habit: its trade, its hosts, and whom it robs."""
    trade = words.trades[rng.choice(sorted(words.trades))]
    keywords = tuple(rng.sample(trade, rng.randint(2, 6)))
    masked = rng.choice(MASKED)
    if habit in {"mirror", "republish", "filler", "news"} and masked != "address":
        masked = ""
    hosts = rng.randint(1, 12)
    victim = rng.choice(targets).group  # one blog, as its feed is what is robbed
    theirs = [post for post in targets if post.group == victim]
    stolen = tuple(rng.sample(theirs, min(len(theirs), 8)))
    return Campaign(
        phrases=tuple(rng.sample(phrases, min(len(phrases), rng.randint(1, 8)))),
        keywords=keywords,
        hosts=tuple(
            blog_host(rng) if masked in {"address", "both"} else words.host(rng.choice(keywords), rng)
            for _ in range(hosts)
        ),
        stolen=stolen,
        robbed=frozenset(post.group for post in stolen)
        if habit in ROBBERS or masked in {"title", "both"}
        else frozenset(),
        lexicon=words,
        sites=dict(words.site(rng.choice(keywords), rng) for _ in range(rng.randint(1, 6))),
        masked=masked,
    )
