"""Finding linkbacks for the owner: filters, pages by key, bounded counts.

Each query walks an index from its newest end and looks at no more than a window of rows, so that a
page costs the same with a thousand rows and with millions. What lies beyond the window is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from proxy.store import doubt
from proxy.store.database import Database
from proxy.store.records import Record, record
from proxy.store.schema import State, linkbacks

WINDOW = 2_000  # rows looked at for one page, where no index answers the question alone
FACET_WINDOW = 1_000  # likewise, for the numbers beside filters
TEXT_WINDOW = 500  # likewise, when the texts themselves are searched
BEYOND = 2**62  # no id is as large
COUNTED = 1_000  # counts go so far, then say 'more'
MAX_PAGE = 500
TELLING = ("campaign", "domain", "reason", "blog")  # fields with an index, the most telling first


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which linkbacks are meant. An empty field means any."""

    states: tuple[State, ...] = ()
    blog: str = ""
    protocol: str = ""
    reason: str = ""
    domain: str = ""
    campaign: str = ""
    score_from: float | None = None
    score_to: float | None = None
    since: float | None = None  # received at or after
    until: float | None = None  # received before
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of records, newest first; `next` is the key of the page after it, None at the end."""

    records: tuple[Record, ...]
    next: int | None = None
    looked_at: int | None = None  # rows; set when the window ended before the page was full


FACETS = ("reason", "protocol", "blog")  # fields whose values are counted beside a filter


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A number of linkbacks, or 'at least so many'."""

    number: int
    more: bool = False

    def __str__(self) -> str:
        return f"{self.number:,}{'+' if self.more else ''}"


class Search:
    """Looks for linkbacks; changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, wanted: Filter, *, before: int | None = None, limit: int = 50) -> Found:
        """Return one page of what matches, newest first, below the id `before`."""
        limit = min(limit, MAX_PAGE)
        size = _window_size(wanted) if _rest(wanted) else limit
        window = _window(wanted, *await self._bounds(wanted, before), size)
        query = sa.select(linkbacks.c.id).where(linkbacks.c.id.in_(sa.select(window.c.id)), *_rest(wanted))
        ids = [
            row["id"] for row in await self._database.read(query.order_by(linkbacks.c.id.desc()).limit(limit))
        ]
        records = await self._records(ids)
        if len(ids) == limit:
            return Found(records=records, next=ids[-1])
        seen = await self._database.read(
            sa.select(sa.func.min(window.c.id).label("lowest"), sa.func.count().label("n"))
        )
        if seen[0]["n"] < size:
            return Found(records=records)
        return Found(records=records, next=seen[0]["lowest"], looked_at=seen[0]["n"])

    async def doubtful(
        self, wanted: Filter, middle: float, *, before: int | None = None, limit: int = 50
    ) -> Found:
        """Return one page of what is held and matches, nearest to a middle first, after the id `before`."""
        low, high = await self._bounds(wanted, None)
        rest = [linkbacks.c.id >= low, linkbacks.c.id < high, *_rest(wanted, TELLING)]
        size = _window_size(wanted) if wanted != Filter(states=wanted.states) else limit
        window = doubt.nearest(middle, await self._mark(before), size)
        query = sa.select(linkbacks.c.id).join(window, window.c.id == linkbacks.c.id).where(*rest)
        rows = await self._database.read(query.order_by(*doubt.order(window)).limit(limit))
        ids = [row["id"] for row in rows]
        records = {one.id: one for one in await self._records(ids)}
        page = tuple(records[one] for one in ids if one in records)
        if len(ids) == limit:
            return Found(records=page, next=ids[-1])
        seen = await self._database.read(sa.select(window.c.id).order_by(*doubt.order(window)))
        if len(seen) < size:
            return Found(records=page)
        return Found(records=page, next=seen[-1]["id"], looked_at=len(seen))

    async def _mark(self, before: int | None) -> doubt.Mark | None:
        if before is None:
            return None
        query = sa.select(linkbacks.c.id, linkbacks.c.score).where(linkbacks.c.id == before)
        rows = await self._database.read(query)
        return doubt.Mark(**rows[0]) if rows else None

    async def ids(self, wanted: Filter, *, before: int | None, limit: int) -> tuple[list[int], int | None]:
        """Return ids of what matches, newest first, and the key to go on from (None at the end)."""
        found = await self.page(wanted, before=before, limit=limit)
        return [one.id for one in found.records], found.next

    async def count(self, wanted: Filter) -> Count:
        """Count what matches, as far as COUNTED."""
        return (await self.count_each([wanted]))[0]

    async def count_each(self, filters: Sequence[Filter]) -> list[Count]:
        """Count for several filters that differ in their states alone."""
        bounds = await self._bounds(filters[0], None)
        parts = [
            sa.select(sa.literal(number).label("key"), sa.func.count().label("n")).select_from(
                _matching(one, *bounds).limit(COUNTED + 1).subquery()
            )
            for number, one in enumerate(filters)
        ]
        rows = await self._database.read(sa.union_all(*parts))
        numbers = {row["key"]: row["n"] for row in rows}
        return [_counted(numbers[number]) for number in range(len(filters))]

    async def facets(self, wanted: Filter) -> dict[str, dict[str, Count]]:
        """Count how often each reason, protocol and blog occurs among the newest that otherwise match.

        One look at the window answers all three: each field's numbers are those under the other fields.
        """
        bare = replace(wanted, reason="", protocol="", blog="")
        window = _matching(bare, *await self._bounds(wanted, None), size=FACET_WINDOW).subquery()
        columns = [linkbacks.c[name] for name in FACETS]
        query = sa.select(*columns, sa.func.count().label("n")).where(
            linkbacks.c.id.in_(sa.select(window.c.id))
        )
        rows = await self._database.read(query.group_by(*columns))
        more = sum(row["n"] for row in rows) >= FACET_WINDOW
        return {name: _facet(name, rows, wanted, more=more) for name in FACETS}

    async def campaigns(self, keys: Collection[str]) -> dict[str, Count]:
        """Count the linkbacks of each campaign, as far as COUNTED."""
        if not keys:
            return {}
        parts = [
            sa.select(sa.literal(key).label("key"), sa.func.count().label("n")).select_from(
                sa.select(linkbacks.c.id).where(linkbacks.c.campaign == key).limit(COUNTED + 1).subquery()
            )
            for key in sorted(keys)
        ]
        rows = await self._database.read(sa.union_all(*parts))
        return {row["key"]: _counted(row["n"]) for row in rows}

    async def examples(self, campaigns: Collection[str]) -> dict[str, Record]:
        """Return some linkback of each campaign."""
        if not campaigns:
            return {}
        some = [
            sa.select(sa.select(linkbacks.c.id).where(linkbacks.c.campaign == key).limit(1).subquery().c.id)
            for key in sorted(campaigns)
        ]
        ids = [row["id"] for row in await self._database.read(sa.union_all(*some))]
        return {one.campaign: one for one in await self._records(ids)}

    async def _records(self, ids: list[int]) -> tuple[Record, ...]:
        if not ids:
            return ()
        query = sa.select(linkbacks).where(linkbacks.c.id.in_(ids)).order_by(linkbacks.c.id.desc())
        return tuple(record(row) for row in await self._database.read(query))

    async def _bounds(self, wanted: Filter, before: int | None) -> tuple[int, int]:
        """Turn times into ids, which rise with the time of arrival: from the first to below the second."""
        high = before if before is not None else BEYOND
        low = await self._first_id(wanted.since) if wanted.since is not None else 0
        if wanted.until is not None:
            high = min(high, await self._first_id(wanted.until))
        return low, high

    async def _first_id(self, at: float) -> int:
        """Return the first id received at or after a time."""
        first = (
            sa.select(linkbacks.c.id)
            .where(linkbacks.c.received_at >= at)
            .order_by(linkbacks.c.received_at, linkbacks.c.id)
            .limit(1)
        )
        rows = await self._database.read(first)
        return int(rows[0]["id"]) if rows else BEYOND


def _matching(wanted: Filter, low: int, high: int, *, size: int = 0) -> sa.Select[tuple[int]]:
    """Give the ids of what matches within the window."""
    rest = _rest(wanted)
    if not rest:
        return sa.select(_window(wanted, low, high, size or COUNTED + 1).c.id)
    window = _window(wanted, low, high, size)
    return sa.select(linkbacks.c.id).where(linkbacks.c.id.in_(sa.select(window.c.id)), *rest)


def _window(wanted: Filter, low: int, high: int, size: int = 0) -> sa.Subquery:
    """Give the ids of the newest rows that the indexed fields of a filter let through."""
    size = size or _window_size(wanted)
    every = tuple(State) if wanted.domain or wanted.campaign else (None,)
    parts = [
        sa.select(linkbacks.c.id)
        .where(*_indexed(wanted, state, low, high))
        .order_by(linkbacks.c.id.desc())
        .limit(size)
        for state in wanted.states or every
    ]
    if len(parts) == 1:
        return parts[0].subquery()
    joined = sa.union_all(*(sa.select(part.subquery().c.id) for part in parts)).subquery()
    return sa.select(joined.c.id).order_by(joined.c.id.desc()).limit(size).subquery()


def _facet(name: str, rows: Sequence[sa.RowMapping], wanted: Filter, *, more: bool) -> dict[str, Count]:
    """Count the values of one field in rows that agree with the filter in the other fields."""
    others = [(one, getattr(wanted, one)) for one in FACETS if one != name and getattr(wanted, one)]
    numbers: Counter[str] = Counter()
    for row in rows:
        if all(row[other] == value for other, value in others):
            numbers[row[name]] += row["n"]
    return {value: Count(number=numbers[value], more=more) for value in sorted(numbers)}


def _counted(number: int) -> Count:
    return Count(number=min(number, COUNTED), more=number > COUNTED)


def _window_size(wanted: Filter) -> int:
    return TEXT_WINDOW if wanted.text else WINDOW


def _indexed(wanted: Filter, state: State | None, low: int, high: int) -> list[sa.ColumnElement[bool]]:
    """Give the conditions that an index answers. Of TELLING the first that is set."""
    conditions: list[sa.ColumnElement[bool]] = [linkbacks.c.id >= low, linkbacks.c.id < high]
    if state is not None:
        conditions.append(linkbacks.c.state == state)
    told = next((name for name in TELLING if getattr(wanted, name)), None)
    if told is not None:
        conditions.append(linkbacks.c[told] == getattr(wanted, told))
    return conditions


def _rest(wanted: Filter, told: Sequence[str] | None = None) -> list[sa.ColumnElement[bool]]:
    """Give the conditions that are looked at row by row within the window: all that no index answered."""
    told = [name for name in TELLING if getattr(wanted, name)][1:] if told is None else told
    conditions = [
        linkbacks.c[name] == getattr(wanted, name) for name in ("protocol", *told) if getattr(wanted, name)
    ]
    if wanted.score_from is not None:
        conditions.append(linkbacks.c.score >= wanted.score_from)
    if wanted.score_to is not None:
        conditions.append(linkbacks.c.score < wanted.score_to)
    if wanted.text:
        conditions.append(_contains(wanted.text))
    return conditions


def _contains(text: str) -> sa.ColumnElement[bool]:
    columns = [linkbacks.c[name] for name in ("source", "target", "title", "excerpt", "blog_name")]
    shown = [linkbacks.c.evidence[name].as_string() for name in ("title", "excerpt")]
    return sa.or_(*(column.icontains(text, autoescape=True) for column in [*columns, *shown]))
