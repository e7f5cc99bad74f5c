"""What spam sells, and how its hosts are named: the words that made-up campaigns are built from."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass
from importlib.resources import files

from training.render.sources import SITE_WORDS

FREE_HOSTS = (".blogspot.com", ".wordpress.com", ".tumblr.com", ".weebly.com", ".over-blog.com")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Keyword phrases by trade, and the parts that host names are made of."""

    trades: dict[str, tuple[str, ...]]
    fillers: tuple[str, ...]
    syllables: tuple[str, ...]
    endings: tuple[str, ...]
    words: tuple[str, ...]

    def host(self, keyword: str, rng: random.Random) -> str:
        """Give a host name as campaigns use them: keyword, nonsense, or somebody's broken-into site."""
        make = rng.choices((self._of_keyword, self._of_nonsense, self._of_words), (3, 2, 5))[0]
        name = make(keyword, rng)
        if rng.random() < 0.02:
            return ".".join(str(rng.randint(2, 250)) for _ in range(4))
        if rng.random() < 0.12:
            return name + rng.choice(FREE_HOSTS)
        return rng.choice(("", "", "www.", "blog.", "shop.")) + name + "." + rng.choice(self.endings)

    def site(self, keyword: str, rng: random.Random) -> tuple[str, str]:
        """Give name and host of a site that shows others' posts among advertisements: each is called as the other."""
        parts = rng.sample(SITE_WORDS, rng.randint(1, 3))
        if rng.random() < 0.3:
            parts[-1:] = [word for word in keyword.lower().split() if word.isascii() and word.isalnum()]
        if len(parts) < 2 or rng.random() < 0.1:
            parts.append(rng.choice(self.words))
        name = " ".join(parts).title()
        host = rng.choice(("", "", "", "-")).join(parts) + "." + rng.choice(self.endings)
        return rng.choice((name, name, name, name.replace(" ", ""), host)), rng.choice(
            ("", "", "www.", "blog.", "news.")
        ) + host

    def _of_keyword(self, keyword: str, rng: random.Random) -> str:
        parts = [word for word in keyword.lower().split() if word.isascii() and word.isalnum()] or ["shop"]
        return rng.choice(("", "-")).join(
            [*parts, *rng.choice(((), ("online",), ("365",), ("shop",), ("uk",)))]
        )

    def _of_nonsense(self, _: str, rng: random.Random) -> str:
        return "".join(rng.sample(self.syllables, rng.randint(2, 5))) + rng.choice(
            ("", "", str(rng.randint(1, 999)))
        )

    def _of_words(self, _: str, rng: random.Random) -> str:
        joined = rng.choice(("", "", "-")).join(rng.sample(self.words, rng.randint(1, 3)))
        return joined + rng.choice(("", "", rng.choice(self.syllables)))


def lexicon() -> Lexicon:
    """Read the words."""
    content = tomllib.loads((files("training.render") / "keywords.toml").read_text(encoding="utf-8"))
    return Lexicon(
        trades={trade: tuple(phrases) for trade, phrases in content["trades"].items()},
        **{part: tuple(words) for part, words in content["names"].items()},
    )
