"""Spam made of campaign templates, in every protocol's form.

Each row of a made campaign goes to a real post, so that neither the post nor its language tells the label.
"""

from __future__ import annotations

import random
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import quote

from proxy.linkback import Sample
from training.render.campaign import Campaign, campaign_of
from training.render.claims import Words, claim_of
from training.render.genuine import Target
from training.render.habits import HABITS
from training.render.keywords import lexicon
from training.render.phrases import PEOPLE
from training.render.prose import prose
from training.render.sources import post_path
from training.rows import Row


def campaigns(
    targets: Sequence[Target],
    rng: random.Random,
    number: int = 600,
    size: int = 6,
    habits: Sequence[str] = tuple(HABITS),
) -> Iterator[Row]:
    """Give the rows of made campaigns."""
    words = lexicon()
    shares = [HABITS[habit][2] for habit in habits]
    for turn in range(number):
        habit = rng.choices(habits, shares)[0]
        say, phrases, _ = HABITS[habit]
        campaign = campaign_of(habit, phrases, targets, words, rng)
        for row in range(rng.randint(1, 2 * size - 1)):
            target = rng.choice(targets)
            said = _masked(say(campaign, target, rng), campaign, rng)
            claim = claim_of(said, target, _address(campaign, said, rng), rng)
            yield Row(
                id=f"made:{habit}:{turn}:{row}",
                kind=claim.protocol.value,
                sample=Sample(linkback=claim, post=target.post),
                spam=True,
                group=f"made:{habit}:{turn}",
                key=f"made:{turn}:{row}",
                made=habit,
                of=frozenset({target.group, *campaign.robbed}),
            )


def _masked(said: Words, campaign: Campaign, rng: random.Random) -> Words:
    """Put an honest blog's title and name over what is said, where the excerpt alone tells enough."""
    if not campaign.masked and rng.random() < (0.05 if said.name == said.title else 0.015):
        return replace(said, name=b64encode(said.title.encode()).decode())
    if campaign.masked not in {"title", "both"}:
        return said
    blogs = [name for one in prose().values() for name in one.blogs]
    post = rng.choice(campaign.stolen)
    return replace(
        said,
        title=post.title[:120],
        name=rng.choice((post.blog_name, rng.choice(blogs), rng.choice(PEOPLE), "")),
    )


def _address(campaign: Campaign, said: Words, rng: random.Random) -> str:
    plain = "" if "[" in said.title else said.title
    slug = quote("-".join(plain.lower().split()[:8]), safe="-") or rng.choice(campaign.lexicon.words)
    number = rng.randint(1, 99_999)
    if said.name in campaign.sites:
        return f"{rng.choice(('http', 'https'))}://{campaign.sites[said.name]}{post_path(plain, rng)}"
    if campaign.masked in {"address", "both"} or rng.random() < 0.1:
        return f"{rng.choice(('http', 'https'))}://{rng.choice(campaign.hosts)}{post_path(plain, rng)}"
    path = rng.choice(
        (
            "",
            "/",
            "/",
            f"/{slug}",
            f"/{slug}/",
            f"/{slug}.html",
            f"/{rng.choice(campaign.lexicon.words)}/{rng.choice(campaign.lexicon.words)}.html",
            f"/?p={number}",
            f"/index.php?id={number}",
            f"/{rng.randint(2008, 2025)}/{rng.randint(1, 12):02}/{slug}/",
            f"/images/{slug}.php",
            f"/{slug}/feed/",
            f"/{slug}/trackback/",
            f"/forum/viewtopic.php?t={number}",
            f"/{rng.choice(campaign.lexicon.syllables)}{number}",
            f"/blog/{slug}",
            f"/user/{rng.choice(campaign.lexicon.words)}{number}",
            f"/{rng.choice(campaign.lexicon.words)}-{rng.choice(campaign.lexicon.words)}-{rng.choice(campaign.lexicon.words)}/",
        )
    )
    return f"{rng.choice(('http', 'https'))}://{rng.choice(campaign.hosts)}{path}"
