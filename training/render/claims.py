"""What a made spam linkback says, and the form that each protocol gives it."""

from __future__ import annotations

import random
from dataclasses import dataclass

from proxy.linkback import Linkback, Protocol
from training.render.genuine import TITLE_FORMS, Target


@dataclass(frozen=True, slots=True)
class Words:
    """What a made claim says."""

    title: str
    name: str
    excerpt: str


def claim_of(said: Words, target: Target, address: str, rng: random.Random) -> Linkback:
    """Put words into a protocol's form; half of them are trackbacks."""
    protocol = rng.choice((Protocol.TRACKBACK, Protocol.TRACKBACK, Protocol.PINGBACK, Protocol.WEBMENTION))
    if protocol is Protocol.PINGBACK:
        title = (
            rng.choice(TITLE_FORMS).format(title=said.title, blog=said.name)
            if said.name != said.title
            else said.title
        )
        inner = said.excerpt.replace("[...]", "").replace("[…]", "").strip()
        return Linkback(
            protocol=protocol,
            source=address,
            target=target.url,
            title=title,
            excerpt=rng.choice(("[...] {} [...]", "[&#8230;] {} [&#8230;]", "[…] {} […]")).format(inner),
        )
    title = "" if protocol is Protocol.WEBMENTION and rng.random() < 0.4 else said.title
    return Linkback(
        protocol=protocol,
        source=address,
        target=target.url,
        title=title,
        blog_name=said.name,
        excerpt=said.excerpt,
    )
