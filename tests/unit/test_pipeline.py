"""The order of the steps: what is looked at, and what is not looked at any more."""

import pytest

from proxy.linkback import (
    Cutoffs,
    Evidence,
    FetchFailure,
    FetchReason,
    History,
    Linkback,
    Page,
    Place,
    Post,
    Protocol,
    Score,
)
from proxy.pipeline import Case, Judgement, Tools, judge, settled_by_words
from proxy.policy import Action, Reason, Retry, Rules

SOURCE, TARGET = "https://a.example/1", "https://b.example/2"
PAGE = Page(url=SOURCE, final_url=SOURCE, status=200, content_type="text/html", body=b"<a href=x>")
LINKED = Evidence(found=True, place=Place.MAIN)


class World:
    """What the steps find, and the record of what they asked for."""

    def __init__(self, *, page=PAGE, evidence=LINKED, spam=0.1, cloaks=False, sampled=False):
        self.page, self.evidence, self.spam, self.is_cloaked = page, evidence, spam, cloaks
        self.is_sampled = sampled
        self.asked = []

    def tools(self) -> Tools:
        return Tools(
            fetch=self.fetch,
            examine=self.examine,
            post=self.post,
            history=self.history,
            score=self.score,
            cloaks=self.cloaks,
            sampled=lambda: self.is_sampled,
        )

    async def fetch(self, source, remote):
        self.asked.append("fetch")
        return self.page

    async def examine(self, page, target):
        self.asked.append("examine")
        return self.evidence

    async def post(self, target):
        self.asked.append("post")
        return Post(url=target)

    async def history(self, source):
        self.asked.append("history")
        return History()

    async def score(self, sample):
        self.asked.append("score")
        self.sample = sample
        return None if self.spam is None else Score(spam=self.spam)

    async def cloaks(self, evidence, source, target):
        self.asked.append("second look")
        return self.is_cloaked


def case(protocol=Protocol.PINGBACK, tries=0) -> Case:
    return Case(
        linkback=Linkback(protocol=protocol, source=SOURCE, target=TARGET),
        remote="192.0.2.1",
        tries=tries,
        allowed=False,
        rules=Rules(cutoffs=Cutoffs(ham=0.3, spam=0.9), actions={}),
    )


def failed(reason: FetchReason) -> FetchFailure:
    return FetchFailure(url=SOURCE, reason=reason, detail="connection refused")


ALL = ["fetch", "examine", "post", "history", "score"]


@pytest.mark.parametrize(
    ("world", "protocol", "reason", "asked"),
    [
        (World(), Protocol.PINGBACK, Reason.HAM, ALL),
        (World(spam=0.95), Protocol.WEBMENTION, Reason.SPAM, ALL),
        (World(spam=0.5), Protocol.PINGBACK, Reason.UNSURE, [*ALL, "second look"]),
        (World(spam=0.5, cloaks=True), Protocol.PINGBACK, Reason.CLOAKED, [*ALL, "second look"]),
        (World(sampled=True, cloaks=True), Protocol.PINGBACK, Reason.CLOAKED, [*ALL, "second look"]),
        (World(spam=None), Protocol.PINGBACK, Reason.NOT_JUDGED, ALL),
        # no link: a pingback is over, a trackback's words are still weighed
        (World(evidence=Evidence(found=False)), Protocol.PINGBACK, Reason.NO_LINK, ["fetch", "examine"]),
        (World(evidence=Evidence(found=False)), Protocol.TRACKBACK, Reason.NO_LINK_BUT_HAM, ALL),
        (World(evidence=None), Protocol.PINGBACK, Reason.SOURCE_UNREADABLE, ALL),
        (World(page=failed(FetchReason.GONE)), Protocol.PINGBACK, Reason.SOURCE_GONE, ["fetch"]),
        (
            World(page=failed(FetchReason.OPTED_OUT)),
            Protocol.PINGBACK,
            Reason.SOURCE_OPTED_OUT,
            ["fetch", "post", "history", "score"],
        ),
    ],
)
async def test_the_way(world, protocol, reason, asked):
    """Cheapest evidence first: what can't change the outcome is not asked for."""
    judgement = await judge(case(protocol), world.tools())
    assert isinstance(judgement, Judgement)
    assert judgement.decision.reason is reason
    assert world.asked == asked


@pytest.mark.parametrize(
    ("spam", "protocol", "reason", "asked"),
    [
        (0.995, Protocol.TRACKBACK, Reason.SPAM, ["score"]),
        (0.985, Protocol.TRACKBACK, None, ["score"]),
        (None, Protocol.TRACKBACK, None, ["score"]),
        (0.995, Protocol.PINGBACK, None, []),
        (0.995, Protocol.WEBMENTION, None, []),
    ],
)
async def test_own_words_may_settle_a_trackback(spam, protocol, reason, asked):
    """A trackback that is spam beyond doubt by its words needs no fetch; a pingback has no words."""
    world = World(spam=spam)
    decision = await settled_by_words(case(protocol), world.tools())
    assert (decision and decision.reason) == reason
    assert world.asked == asked


async def test_a_source_that_is_down_is_tried_again():
    """No decision is made of a source that may come back."""
    later = await judge(case(), World(page=failed(FetchReason.UNREACHABLE)).tools())
    assert later == Retry(reason=Reason.SOURCE_UNREACHABLE, seconds=60.0, detail="connection refused")


async def test_after_the_last_try_it_is_held():
    """A source that stays down leaves its linkback to the owner, with the last word of the failure."""
    judgement = await judge(case(tries=6), World(page=failed(FetchReason.UNREACHABLE)).tools())
    assert judgement.decision.action is Action.QUARANTINE
    assert judgement.detail == "connection refused"


async def test_the_judge_sees_what_was_found():
    """Evidence, post and history reach the score; what is missing is None."""
    world = World()
    await judge(case(), world.tools())
    assert world.sample.evidence is LINKED
    assert world.sample.post == Post(url=TARGET)
    world = World(evidence=None)
    await judge(case(), world.tools())
    assert world.sample.evidence is None
