"""Screenshots of the dashboard for the README: the real pages in the real browser, over invented linkbacks.

    python -m tests.screenshots [FOLDER]     # docs, if no other is named

The linkbacks are the demonstration's, examined and scored by the program itself, among a week of others. All
are held (`actions: {ham: quarantine, spam: quarantine}`), as a careful owner's may be at first.
"""

from __future__ import annotations

import random
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from playwright.sync_api import sync_playwright

from proxy.demo.content import POSTS, SENDERS, Sender
from proxy.examine import examine
from proxy.linkback import Linkback, Post, Protocol, Sample
from proxy.live import SHIPPED_MODELS
from proxy.policy import Action, Decision, Reason
from proxy.scoring import load
from proxy.store import Arrival, Label, State
from proxy.store.schema import linkbacks
from tests.conftest import CHROMIUM, CHROMIUM_FLAGS
from tests.support.dashboard import BLOG, sqlite
from tests.support.served import serve

if TYPE_CHECKING:
    from tests.support.dashboard import Running

HOUR = 3600.0
# File, path, width, height, scheme.
SHOTS = (
    ("dashboard-queue.png", "/", 1280, 860, "light"),
    ("dashboard-card.png", "/linkback/{card}", 1280, 1150, "light"),
    ("dashboard-overview.png", "/overview", 1280, 900, "dark"),
    ("dashboard-phone.png", "/?sort=doubt", 390, 844, "dark"),
)
CARD = "riverbank-diary"
FATES = {
    "ham": (Reason.HAM, Action.FORWARD, State.QUEUED),
    "unsure": (Reason.UNSURE, Action.QUARANTINE, State.HELD),
    "spam": (Reason.SPAM, Action.REJECT, State.REJECTED),
}
WORDS = ("casino", "bonus", "watches", "loan", "pills", "replica")
GENUINE = (
    "On keeping a starter alive",
    "Reading notes for March",
    "What the heron saw",
    "Small tools, kept sharp",
)


async def _fill(board: Running) -> None:
    """Give the dashboard a week of traffic, a campaign, and the demonstration's senders, who are held."""
    draw, model = random.Random(7), load(SHIPPED_MODELS)
    for number in range(420):
        score = draw.betavariate(9, 0.7) if draw.random() < 0.8 else draw.betavariate(0.8, 9)
        await _past(board, number, score, hours=draw.random() ** 0.8 * 160, word=draw.choice(WORDS))
    for number in range(14):
        offer = {"title": f"Winter offer {number}: {number * 7} watches", "blog_name": "Time Shop"}
        words = (
            f"Only {number} left of our replica watches, see http://shop{number}.example and save {number} %."
        )
        claim = Linkback(
            protocol=Protocol.TRACKBACK, source=f"https://shop{number}.example/w", target=f"{BLOG}/leak/",
            excerpt=words, **offer,
        )  # fmt: skip
        await _judge(board, claim, None, model)
    for name, sender in reversed(SENDERS.items()):  # the genuine ones come last, and stand first
        await _judge(board, _claim(sender, f"https://{name}.example/{sender.path}"), sender, model)
    while await board.store.tallies.roll():
        pass


def _claim(sender: Sender, source: str) -> Linkback:
    return Linkback(
        protocol=sender.protocol, source=source, target=f"{BLOG}/{sender.target}/", title=sender.title
        if sender.protocol is Protocol.TRACKBACK else "", excerpt=sender.excerpt, blog_name=sender.blog_name,
    )  # fmt: skip


async def _judge(board: Running, claim: Linkback, sender: Sender | None, model) -> int:
    """Examine and score as the service does, and hold whatever comes of it."""
    slug = claim.target.rstrip("/").rpartition("/")[2]
    post = Post(url=claim.target, title=POSTS[slug].title, text=POSTS[slug].text, language="en")
    link = f'<a href="{claim.target}">more</a>'
    body = sender.body.format(target=claim.target) if sender else f"<p>{claim.excerpt} {link}</p>"
    title = sender.title if sender else claim.title
    page = f"<html lang=en><title>{title}</title><body><article><h1>{title}</h1>{body}</article>"
    seen = examine(page.encode(), content_type="text/html", source=claim.source, target=claim.target)
    seen = replace(seen, final_url=claim.source)
    score = model.score(Sample(linkback=claim, evidence=seen, post=post))
    domain = claim.source.split("/")[2]
    receipt = await board.store.queue.receive(
        Arrival(linkback=claim, blog=BLOG, domain=domain, remote="192.0.2.7")
    )
    reason = FATES[model.cutoffs.verdict(score.spam)][0]
    if not seen.found:
        is_bare = claim.protocol is Protocol.TRACKBACK and reason is Reason.HAM
        reason = Reason.NO_LINK_BUT_HAM if is_bare else Reason.NO_LINK
    decision = Decision(reason=reason, action=Action.QUARANTINE, score=score)
    await board.store.queue.judged(receipt.id, decision, State.HELD, evidence=seen, post=post)
    return receipt.id


async def _past(board: Running, number: int, score: float, *, hours: float, word: str) -> None:
    is_spam = score > 0.5
    domain = f"{word}-{number % 9}.example" if is_spam else f"garden{number % 7}.example"
    claim = Linkback(
        protocol=Protocol.TRACKBACK, source=f"https://{domain}/{number}", target=f"{BLOG}/bread/",
        title=f"Best {word} {number}" if is_spam else random.Random(number).choice(GENUINE),
        excerpt=f"The best {word} in town" if is_spam else f"Thoughts of a quiet week, the {number}th.",
    )  # fmt: skip
    receipt = await board.store.queue.receive(Arrival(linkback=claim, blog=BLOG, domain=domain, remote=""))
    reason, action, state = FATES[board.desk.model().cutoffs.verdict(score)]
    made = board.desk.model().score(Sample(linkback=claim))
    await board.store.queue.judged(
        receipt.id, Decision(reason=reason, action=action, score=replace(made, spam=score)), state,
        evidence=None, post=None,
    )  # fmt: skip
    if state is State.HELD and is_spam:
        await board.store.review.discard([receipt.id], label=Label.SPAM, by="owner")
    elif state is State.HELD:
        await board.store.review.release([receipt.id], by="owner", delay=0)
    at = board.clock.now - hours * HOUR
    values = {"received_at": at - 0.4 - number % 5 / 3, "judged_at": at}
    if action is Action.FORWARD or (state is State.HELD and not is_spam):
        values |= {"state": State.DELIVERING, "finished_at": at + 16}
    await board.store.database.write(
        lambda c: (
            c.execute(sa.update(linkbacks).where(linkbacks.c.id == receipt.id).values(**values)).rowcount
        )
    )
    if "finished_at" in values:
        done = sa.update(linkbacks).where(linkbacks.c.id == receipt.id).values(state=State.DELIVERED)
        await board.store.database.write(lambda c: c.execute(done).rowcount)


def main() -> int:
    """Take the screenshots."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    folder.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as temporary,
        serve(sqlite(Path(temporary)), _fill) as served,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        card = 435 + list(reversed(SENDERS)).index(CARD)
        for name, path, width, height, scheme in SHOTS:
            page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": height})
            page.goto(served.url + path.format(card=card))
            page.screenshot(path=folder / name)
            print(f"{folder / name}: {(folder / name).stat().st_size / 1000:.0f} kB")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
