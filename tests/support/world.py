"""A small world of our own writing to train in: posts, genuine linkbacks and spam of a few blogs."""

from __future__ import annotations

import random

SUBJECTS = ("sourdough bread", "night trains", "garden ponds", "old radios", "paper maps", "mountain huts")
SENTENCES = (
    "I have been thinking about {} since the winter, and this is what I found out so far.",
    "There is more to {} than most people believe when they see them for the first time.",
    "What I like about {} is that they ask for patience and give something back to you.",
    "My neighbour has written about {} before, and he was right about most of it.",
    "We tried it with {} for a week, which was not enough, but it was a good beginning.",
    "In the end {} are not for everybody, and that is how it should be.",
)
GOODS = (
    "cheap replica watches",
    "online casino bonus",
    "payday loans",
    "diet pills",
    "designer handbags outlet",
)


def world(seed: int = 1, blogs: int = 6, posts: int = 12) -> list[dict[str, str]]:
    """Give posts, and linkbacks with labels, as the data's rows."""
    rng = random.Random(seed)
    articles = [_article(blog, number, rng) for blog in range(blogs) for number in range(posts)]
    rows = [_genuine(number, rng.choice(articles), rng.choice(articles), rng) for number in range(60)]
    rows += [_spam(number, rng.choice(articles), rng) for number in range(60)]
    return [*articles, *rows]


def _article(blog: int, number: int, rng: random.Random) -> dict[str, str]:
    subject = SUBJECTS[blog % len(SUBJECTS)]
    return {
        "id": f"post:{blog}:{number}",
        "set": f"blog{blog}",
        "blog_name": f"{subject.title()} Diary",
        "title": f"What {subject} taught me, part {number}",
        "url": f"https://diary{blog}.example/20{10 + blog}/0{1 + number % 9}/part-{number}/",
        "text": " ".join(rng.sample(SENTENCES, len(SENTENCES))).format(*[subject] * len(SENTENCES)),
        "lang": "en",
    }


def _genuine(
    number: int, source: dict[str, str], target: dict[str, str], rng: random.Random
) -> dict[str, str]:
    kind = rng.choice(("pingback", "trackback", "webmention"))
    ping = kind == "pingback"
    return {
        "id": f"ham:{number}",
        "set": target["set"],
        "kind": kind,
        "label": "ham",
        "title": f"{source['title']} | {source['blog_name']}" if ping else source["title"],
        "blog_name": "" if ping else source["blog_name"],
        "url": source["url"],
        "excerpt": source["text"][: rng.randint(90, 240)],
        "date": f"201{number % 6}-03-04",
        "text_key": f"ham{number}",
        **_target(target),
    }


def _spam(number: int, target: dict[str, str], rng: random.Random) -> dict[str, str]:
    goods = GOODS[number % len(GOODS)]
    texts = (
        f"[...]{target['title']}[...]",
        f"{goods} {goods} sale",
        f"[...] Read More: {target['url']} [...]",
    )
    return {
        "id": f"spam:{number}",
        "set": target["set"],
        "kind": "trackback",
        "label": "spam",
        "title": goods,
        "blog_name": goods,
        "url": f"http://{goods.replace(' ', '-')}{number % 9}.example/",
        "excerpt": rng.choice(texts),
        "date": f"201{number % 6}-05-06",
        "text_key": f"spam{number}",
        **_target(target),
    }


def _target(article: dict[str, str]) -> dict[str, str]:
    return {
        "target_title": article["title"],
        "target_text": article["text"],
        "target_url": article["url"],
        "lang": "en",
    }
