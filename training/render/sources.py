"""Addresses of genuine sources: the hosts that blogs have, and the paths that their software gives posts."""

from __future__ import annotations

import random
from urllib.parse import quote, urlsplit

from proxy.scoring.sitenames import GENERAL
from proxy.scoring.text import bare_words

SITE_WORDS = tuple(word for word in GENERAL.split() if len(word) > 2)  # no "to"
SERVICES = (
    "wordpress.com", "wordpress.com", "blogspot.com", "blogspot.com", "blogspot.de", "livejournal.com", "typepad.com",
    "tumblr.com", "github.io", "github.io", "over-blog.com", "canalblog.com", "hatenablog.com", "tistory.com",
    "blogg.se", "blog.hu", "substack.com", "blogs.com", "edublogs.org", "netlify.app", "micro.blog", "webs.com",
    "posterous.com", "blogger.de", "twoday.net", "antville.org", "blox.pl", "blogcu.com", "free.fr", "altervista.org",
)  # fmt: skip
ENDINGS = (
    "com", "com", "com", "com", "net", "org", "org", "de", "de", "nl", "fr", "it", "es", "se", "dk", "no", "fi", "pl",
    "cz", "ru", "ru", "jp", "cn", "cn", "com.cn", "kr", "tw", "co.uk", "com.br", "com.ar", "pt", "ro", "hu", "gr",
    "at", "ch", "be", "eu", "info", "io", "me", "us", "ca", "com.au", "co.nz", "in", "com.tr", "ua", "ir", "il", "edu",
    "ac.uk", "gov", "blog", "dev", "xyz", "cc", "tv", "name",
)  # fmt: skip
PARTS = (
    "alex", "anna", "maria", "jens", "kim", "tom", "yuki", "wang", "lee", "ivan", "sara", "paul", "emma", "otto",
    "code", "blog", "notes", "log", "diary", "life", "book", "coffee", "cat", "tree", "north", "web", "data", "home",
    "haus", "welt", "tage", "kueche", "foto", "viaje", "casa", "carnet", "monde", "blogi", "kirja", "ksiazki", "dom",
    "mir", "les", "hana", "yama", "sora", "xiao", "long", "feng", "ming", "sky", "geek", "linux", "think", "open",
    "daily", "random", "words", "my", "the", "travel", "bike", "music", "film", "garden", "school", "lab", "news",
)  # fmt: skip


def blog_host(rng: random.Random) -> str:
    """Give the host of a made blog: on a service, or a domain of its own."""
    parts = SITE_WORDS if rng.random() < 0.2 else PARTS  # some honest sites are called as sellers' are
    name = rng.choice(("", "", "-")).join(rng.sample(parts, rng.randint(1, 3)))
    if rng.random() < 0.06:
        name += str(rng.randint(1, 99))
    if rng.random() < 0.35:
        return f"{name}.{rng.choice(SERVICES)}"
    return rng.choice(("", "", "", "www.", "www.", "blog.")) + f"{name}.{rng.choice(ENDINGS)}"


def post_path(title: str, rng: random.Random) -> str:
    """Give the path of a post as some blog's software makes it of a title."""
    year, month, day = rng.randint(2003, 2025), rng.randint(1, 12), rng.randint(1, 28)
    slug, number = slug_of(title, rng) or f"post-{rng.randint(2, 999)}", rng.randint(2, 9_999)
    if rng.random() < 0.08:
        return _odd_path(slug, number, rng)
    return rng.choice(
        (
            f"/{year}/{month:02}/{day:02}/{slug}/",
            f"/{year}/{month:02}/{day:02}/{slug}/",
            f"/{year}/{month:02}/{slug}.html",
            f"/{year}/{month:02}/{slug}.html",
            f"/{year}/{month:02}/{slug}/",
            f"/{year}/{month}/{day}/{slug}",
            f"/archives/{number}",
            f"/archives/{number:06}.html",
            f"/archives/{year}/{month:02}/{slug}.html",
            f"/blog/{slug}",
            f"/blog/{year}/{month:02}/{day:02}/{slug}/",
            f"/blog/index.php?itemid={number}",
            f"/{slug}/",
            f"/{slug}/",
            f"/{slug}",
            f"/{slug}.html",
            f"/{slug}.php",
            f"/posts/{slug}/",
            f"/post/{number}/{slug}",
            f"/?p={number}",
            f"/?p={number}",
            f"/index.php?p={number}",
            f"/index.php/{year}/{month:02}/{day:02}/{slug}/",
            f"/index.php/archives/{number}",
            f"/node/{number}",
            f"/entry/{number}",
            f"/entry/{year}/{month:02}/{day:02}/{number % 240_000:06}",
            f"/article/details/{number}{number}",
            f"/{number}.html",
            f"/{number}",
        )
    )


def _odd_path(slug: str, number: int, rng: random.Random) -> str:
    """Give an address that is no single post's, or not a blog's."""
    return rng.choice(
        (
            f"/category/{slug}/",
            f"/tag/{slug}",
            f"/wiki/{slug}",
            f"/{rng.choice(PARTS)}/{slug}.htm",
            f"/{rng.choice(PARTS)}/{rng.choice(PARTS)}/{slug}/index.html",
            f"/~{rng.choice(PARTS)}/weblog/{slug}.html",
            f"/forum/viewtopic.php?t={number}",
            f"/news/{slug}-{number}.html",
            f"/weblog/{number}.php",
            "/links.html",
            "/about/",
        )
    )


def slug_of(title: str, rng: random.Random) -> str:
    """Give a title as it stands in addresses: its Latin words, or all of it encoded."""
    found = bare_words(title)
    latin = [word for word in found if word.isascii()]
    if len(latin) * 2 < len(found):
        return (
            quote(title.lower().replace(" ", "-")[:40])
            if rng.random() < 0.7
            else str(rng.randint(10, 99_999))
        )
    kept = latin[: rng.randint(2, 9)] if rng.random() < 0.4 else latin
    return rng.choice(("-", "-", "-", "_", "")).join(kept)


def address(given: str, title: str, rng: random.Random) -> str:
    """Give a post's own address, or one that it might have with other software, on another host, or none."""
    chance = rng.random()
    if chance < 0.5:
        return given
    if chance < 0.515:  # some senders' addresses are not kept
        return ""
    host = urlsplit(given).netloc if given and chance < 0.75 else blog_host(rng)
    path = "/" if rng.random() < 0.02 else post_path(title, rng)
    return f"{rng.choice(('http', 'http', 'https'))}://{host or blog_host(rng)}{path}"
