"""What the owner does with linkbacks: look, release, discard, take back; and what is learned from it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from proxy.linkback import History, Sample
from proxy.store.database import Database
from proxy.store.records import Label, Listing, Record, record, sample_of, seen_from
from proxy.store.schema import State, audit, labels, linkbacks, moving, settings

MOST_LABELS = 20_000  # that train: of older ones there is enough in these
SEEN_SECONDS = 30 * 86400.0  # `History.seen` looks back so far
MOST_SEEN = 10_000  # and counts no further, so that a flood from one domain does not slow itself down

# From where the owner may move a linkback; MOVES allows each of these.
RELEASABLE = frozenset({State.HELD, State.REJECTED, State.DISCARDED, State.DEAD, State.RECEIVED})
DISCARDABLE = frozenset({State.HELD, State.REJECTED, State.DEAD, State.QUEUED, State.RECEIVED})
HOLDABLE = frozenset({State.QUEUED, State.DISCARDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCount:
    """How many labels of a kind there are, and how many of them since a time."""

    all: int = 0
    since: int = 0


Key = tuple[
    int, float
]  # a label's number and time: SQLite gives the number of the newest, once it is gone, again


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A label, and what the judge saw."""

    key: Key
    is_spam: bool
    sample: Sample


def _labelled(label: Label) -> sa.ScalarSelect[int]:
    return (
        sa.select(sa.func.count())
        .where(
            labels.c.blog == sa.bindparam("blog"),
            labels.c.domain == sa.bindparam("domain"),
            labels.c.label == label.value,
        )
        .scalar_subquery()
    )


_SEEN = (
    sa.select(linkbacks.c.id)
    .where(
        linkbacks.c.blog == sa.bindparam("blog"),
        linkbacks.c.domain == sa.bindparam("domain"),
        linkbacks.c.received_at > sa.bindparam("since"),
    )
    .limit(MOST_SEEN)
    .subquery()
)
# One statement for all, so that it is compiled once.
_HISTORY = sa.select(
    _labelled(Label.HAM).label("ham"),
    _labelled(Label.SPAM).label("spam"),
    sa.select(sa.func.count()).select_from(_SEEN).scalar_subquery().label("seen"),
)


class Review:
    """The owner's side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def release(self, ids: Iterable[int], *, by: str, delay: float, batch: str = "") -> list[int]:
        """Label as ham and queue for delivery after `delay` seconds; return the ids that moved."""
        return await self._review(
            ids,
            RELEASABLE,
            State.QUEUED,
            label=Label.HAM,
            by=by,
            batch=batch,
            due_at=self._database.clock() + delay,
            urgent=False,
            tries=0,
        )

    async def discard(self, ids: Iterable[int], *, label: Label, by: str, batch: str = "") -> list[int]:
        """Label as spam or unwanted and discard; return the ids that moved."""
        now = self._database.clock()
        return await self._review(
            ids, DISCARDABLE, State.DISCARDED, label=label, by=by, batch=batch, finished_at=now
        )

    async def take_back(self, ids: Iterable[int], *, by: str) -> list[int]:
        """Undo a review: the linkback is held again, its label gone. Too late once it is delivering."""
        return await self._review(ids, HOLDABLE, State.HELD, label=None, by=by, finished_at=None)

    async def _review(
        self,
        ids: Iterable[int],
        old: frozenset[State],
        new: State,
        *,
        label: Label | None,
        by: str,
        batch: str = "",
        **values: Any,
    ) -> list[int]:
        wanted, now = list(ids), self._database.clock()

        def work(connection: sa.Connection) -> list[int]:
            change = moving(wanted, old, new).values(**values)
            rows = connection.execute(change.returning(*linkbacks.c)).mappings().all()
            moved = [record(row) for row in rows]
            done = [one.id for one in moved]
            connection.execute(sa.delete(labels).where(labels.c.linkback_id.in_(done)))
            if label is not None and moved:
                connection.execute(sa.insert(labels), [_label_row(one, label, by, now) for one in moved])
            _note(connection, now, by, f"label {label}" if label else "take back", done, batch=batch)
            return done

        return await self._database.write(work)

    async def get(self, one: int) -> Record | None:
        """Return one record, or None."""
        rows = await self._database.read(sa.select(linkbacks).where(linkbacks.c.id == one))
        return record(rows[0]) if rows else None

    async def records(self, listing: Listing) -> list[Record]:
        """Return the records that match, newest first."""
        query = sa.select(linkbacks).order_by(linkbacks.c.id.desc()).limit(listing.limit)
        if listing.states:
            query = query.where(linkbacks.c.state.in_(listing.states))
        for column in ("blog", "protocol", "reason", "domain", "campaign"):
            if value := getattr(listing, column):
                query = query.where(linkbacks.c[column] == value)
        if listing.before is not None:
            query = query.where(linkbacks.c.id < listing.before)
        return [record(row) for row in await self._database.read(query)]

    async def counts(self) -> dict[State, int]:
        """Count the linkbacks in each state that moves on by itself or waits for the owner."""
        waiting = [State.RECEIVED, State.JUDGING, State.HELD, State.QUEUED, State.DELIVERING, State.DEAD]
        query = (
            sa.select(linkbacks.c.state, sa.func.count().label("n"))
            .where(linkbacks.c.state.in_(waiting))
            .group_by(linkbacks.c.state)
        )
        return {State(row["state"]): row["n"] for row in await self._database.read(query)}

    async def history(self, blog: str, domain: str) -> History:
        """Return what is known of a source's domain on this blog.

        Read along with what is being written: a way of its own to the database would cost ten times as much.
        """
        return await self._database.write_each(self._histories, (blog, domain))

    def _histories(self, connection: sa.Connection, asked: Sequence[tuple[str, str]]) -> list[History]:
        since = self._database.clock() - SEEN_SECONDS
        rows = (
            connection.execute(_HISTORY, {"blog": blog, "domain": domain, "since": since}).one()
            for blog, domain in asked
        )
        return [History(ham=row.ham, spam=row.spam, seen=row.seen) for row in rows]

    async def labelled(self) -> list[dict[str, Any]]:
        """Return the labels that train, of many the newest: what the judge saw, when and by whom."""
        query = sa.select(labels).where(labels.c.label != Label.UNWANTED).order_by(labels.c.at.desc())
        return [dict(row) for row in reversed(await self._database.read(query.limit(MOST_LABELS)))]

    async def newest(self, most: int) -> list[Key]:
        """Return the keys of the last labels that train, the newest last."""
        query = sa.select(labels.c.id, labels.c.at).where(labels.c.label != Label.UNWANTED)
        rows = await self._database.read(query.order_by(labels.c.at.desc(), labels.c.id.desc()).limit(most))
        return [(row["id"], row["at"]) for row in reversed(rows)]

    async def samples(self, keys: Collection[Key]) -> list[Labelled]:
        """Return those labels that still stand, with what the judge saw."""
        columns = (labels.c.id, labels.c.at, labels.c.label, labels.c.sample)
        query = sa.select(*columns).where(labels.c.id.in_([one for one, _ in keys]))
        return [
            Labelled(
                key=(row["id"], row["at"]),
                is_spam=row["label"] == Label.SPAM,
                sample=seen_from(row["sample"]),
            )
            for row in await self._database.read(query)
        ]

    async def label_counts(self, since: float) -> dict[Label, LabelCount]:
        """Count the labels that train, and those of them that were given since a time."""
        newer = sa.func.sum(sa.case((labels.c.at >= since, 1), else_=0)).label("since")
        query = sa.select(labels.c.label, sa.func.count().label("all"), newer).group_by(labels.c.label)
        counts = {
            row["label"]: LabelCount(all=row["all"], since=int(row["since"]))
            for row in await self._database.read(query)
        }
        return {one: counts.get(one, LabelCount()) for one in (Label.HAM, Label.SPAM)}

    async def setting(self, key: str) -> Any:
        """Return a setting's value, or None."""
        rows = await self._database.read(sa.select(settings.c.value).where(settings.c.key == key))
        return json.loads(rows[0]["value"]) if rows else None

    async def set_setting(self, key: str, value: Any, *, by: str) -> None:
        """Keep a setting (any JSON value), and note who changed it."""

        def work(connection: sa.Connection) -> None:
            connection.execute(sa.delete(settings).where(settings.c.key == key))
            connection.execute(sa.insert(settings).values(key=key, value=json.dumps(value)))
            _note(connection, self._database.clock(), by, f"set {key}", [None])

        await self._database.write(work)


def _label_row(one: Record, label: Label, by: str, now: float) -> dict[str, Any]:
    return {
        "linkback_id": one.id,
        "blog": one.blog,
        "domain": one.domain,
        "campaign": one.campaign,
        "label": label,
        "at": now,
        "by": by,
        "score": one.score,
        "sample": sample_of(one),
    }


def _note(
    connection: sa.Connection, now: float, by: str, what: str, ids: Sequence[int | None], *, batch: str = ""
) -> None:
    """Write the audit trail: who did what, to which linkback."""
    row = {"at": now, "by": by, "what": what, "batch": batch}
    if ids:
        connection.execute(sa.insert(audit), [{**row, "linkback_id": one} for one in ids])
