"""Traffic by the hour: what was decided, with which scores, about whom, and how long it took.

Whole hours are summed up once and kept, so that an overview of a month reads a few hundred rows and
outlives pruning. The running hour is summed up when it is asked for, from its newest rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from proxy.linkback import Cutoffs, Verdict
from proxy.store.database import Database
from proxy.store.schema import labels, linkbacks, tallies

HOUR = 3600
SETTLED_SECONDS = 60  # after its end an hour is summed up: by then all of it is written
HOURS_AT_ONCE = 48
BINS = 20  # of the score
TOP = 20  # domains and campaigns kept of an hour
LIVE_ROWS = 20_000  # of the running hour
REMEMBERED = 50  # sums
RECENT = 500  # judgings whose durations are told
LABELS = 5_000  # newest labels that cut-offs are tried on


class What(StrEnum):
    """What is counted."""

    ACTION = "action"
    SCORE = "score"
    DOMAIN = "domain"
    CAMPAIGN = "campaign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many there were of something in an hour."""

    what: What
    hour: int  # since the epoch
    name: str
    n: int


_BIN = sa.cast(sa.cast(sa.func.round(linkbacks.c.score * BINS - 0.5), sa.Integer), sa.String)
_NAMES: dict[What, sa.ColumnElement[Any]] = {
    What.ACTION: linkbacks.c.action,
    What.SCORE: _BIN,
    What.DOMAIN: linkbacks.c.domain,
    What.CAMPAIGN: linkbacks.c.campaign,
}


class Tallies:
    """Sums up and reads sums."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._remembered_at = 0  # the last hour that was kept when these were read
        self._remembered: dict[tuple[What, int, int], Sequence[sa.RowMapping]] = {}

    async def roll(self) -> int:
        """Sum up hours that have ended, oldest first; return how many."""
        last = (int(self._database.clock()) - SETTLED_SECONDS) // HOUR
        rows = await self._database.read(sa.select(sa.func.max(tallies.c.hour).label("hour")))
        hour, done = rows[0]["hour"], 0
        while done < HOURS_AT_ONCE:
            hour = await self._next_hour(hour)
            if hour is None or hour >= last:
                break
            await self._roll_hour(hour)
            done += 1
        return done

    async def _next_hour(self, after: int | None) -> int | None:
        """Name the next hour in which anything was judged."""
        query = sa.select(sa.func.min(linkbacks.c.judged_at).label("at"))
        if after is not None:
            query = query.where(linkbacks.c.judged_at >= (after + 1) * HOUR)
        at = (await self._database.read(query))[0]["at"]
        return int(at // HOUR) if at is not None else None

    async def _roll_hour(self, hour: int) -> None:
        found = [one for what in What for one in await self._summed(what, hour)]
        rows = [{"what": one.what, "hour": hour, "name": one.name, "n": one.n} for one in found]

        def work(connection: sa.Connection) -> None:
            connection.execute(sa.delete(tallies).where(tallies.c.hour == hour))
            connection.execute(sa.insert(tallies), rows)

        await self._database.write(work)

    async def _summed(self, what: What, hour: int) -> list[Tally]:
        """Sum up an hour from the linkbacks themselves."""
        part = (
            sa.select(_NAMES[what].label("name"))
            .where(linkbacks.c.judged_at >= hour * HOUR, linkbacks.c.judged_at < (hour + 1) * HOUR)
            .order_by(linkbacks.c.judged_at.desc())
            .limit(LIVE_ROWS)
            .subquery()
        )
        n = sa.func.count().label("n")
        query = sa.select(part.c.name, n).where(part.c.name.is_not(None), part.c.name != "")
        query = query.group_by(part.c.name).order_by(n.desc(), part.c.name).limit(max(TOP, BINS + 1))
        return [Tally(what=what, hour=hour, **row) for row in await self._database.read(query)]

    async def since(self, what: What, hour: int, *, step: int = 1, last: int | None = None) -> list[Tally]:
        """Return the tallies from an hour on, the running one included; `step` hours are summed into one."""
        start = ((tallies.c.hour - hour) // step * step + hour).label("hour")
        n = sa.func.sum(tallies.c.n).label("n")
        kept = sa.select(start, tallies.c.name, n).where(tallies.c.what == what, tallies.c.hour >= hour)
        last = await self.last_hour() if last is None else last
        rows = await self._kept(
            (what, hour, step), last, kept.group_by(start, tallies.c.name).order_by(start)
        )
        found = [Tally(what=what, hour=row["hour"], name=row["name"], n=int(row["n"])) for row in rows]
        return found + await self._running(what, hour, last)

    async def top(
        self, what: What, hour: int, limit: int = 8, *, last: int | None = None
    ) -> list[tuple[str, int]]:
        """Name what occurred most often since an hour."""
        n = sa.func.sum(tallies.c.n).label("n")
        kept = sa.select(tallies.c.name, n).where(tallies.c.what == what, tallies.c.hour >= hour)
        kept = kept.group_by(tallies.c.name).order_by(n.desc()).limit(limit + TOP)
        last = await self.last_hour() if last is None else last
        rows = await self._kept((what, hour, -limit), last, kept)
        counts = {row["name"]: int(row["n"]) for row in rows}
        for one in await self._running(what, hour, last):
            counts[one.name] = counts.get(one.name, 0) + one.n
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]

    async def last_hour(self) -> int:
        """Name the last hour that is kept: who asks for several sums asks for it once."""
        rows = await self._database.read(sa.select(sa.func.max(tallies.c.hour).label("hour")))
        return rows[0]["hour"] or 0

    async def _kept(
        self, key: tuple[What, int, int], last: int, query: sa.Select[Any]
    ) -> Sequence[sa.RowMapping]:
        """Read sums of kept hours, or remember them: they change only when another hour is kept."""
        if self._remembered_at != last or len(self._remembered) > REMEMBERED:
            self._remembered_at, self._remembered = last, {}
        if key not in self._remembered:
            self._remembered[key] = await self._database.read(query)
        return self._remembered[key]

    async def _running(self, what: What, first: int, last: int) -> list[Tally]:
        """Sum up the hours at the end that are not kept yet: the running one, and maybe the one before."""
        edge = int(self._database.clock()) // HOUR
        start = max(edge - 1, first, last + 1)
        return [one for hour in range(start, edge + 1) for one in await self._summed(what, hour)]

    async def durations(self) -> list[float]:
        """Return how long the last judgings took from arrival to verdict, shortest first."""
        query = (
            sa.select(linkbacks.c.judged_at, linkbacks.c.received_at)
            .where(linkbacks.c.judged_at.is_not(None))
            .order_by(linkbacks.c.judged_at.desc())
            .limit(RECENT)
        )
        rows = await self._database.read(query)
        return sorted(max(row["judged_at"] - row["received_at"], 0.0) for row in rows)

    async def outcomes(self, blog: str, cutoffs: Cutoffs) -> dict[tuple[str, str], int]:
        """Count by label and verdict what cut-offs would say of the newest labels of a blog."""
        newest = (
            sa.select(labels.c.label, labels.c.score)
            .where(labels.c.blog == blog, labels.c.score.is_not(None))
            .order_by(labels.c.at.desc())
            .limit(LABELS)
            .subquery()
        )
        verdict = _verdict(newest.c.score, cutoffs).label("verdict")
        query = sa.select(newest.c.label, verdict, sa.func.count().label("n"))
        rows = await self._database.read(query.group_by(newest.c.label, verdict))
        return {(row["label"], row["verdict"]): row["n"] for row in rows}


def _verdict(score: sa.ColumnElement[float], cutoffs: Cutoffs) -> sa.ColumnElement[str]:
    """Give `Cutoffs.verdict` in SQL."""
    ham, spam = (score < cutoffs.ham, Verdict.HAM.value), (score >= cutoffs.spam, Verdict.SPAM.value)
    return sa.case(spam, ham, else_=Verdict.UNSURE.value)


def quantile(ascending: Sequence[float], share: float) -> float | None:
    """Return the value below which a share of the values lies; None of none."""
    if not ascending:
        return None
    return ascending[min(math.ceil(share * len(ascending)), len(ascending)) - 1]
