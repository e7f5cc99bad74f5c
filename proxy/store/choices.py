"""What the owner chose on the dashboard for a blog, kept beside the configuration, which it adds to."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace

import sqlalchemy as sa

from proxy.blogs import Choice
from proxy.store.database import Database
from proxy.store.schema import audit, settings

PREFIX = "choice:"
MAX_ENTRIES = 10_000  # of one list
MAX_ENTRY = 300  # characters


class Choices:
    """Reads and changes the choices, one JSON setting for each blog."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> dict[str, Choice]:
        """Return the choices by blog."""
        query = sa.select(settings).where(settings.c.key >= PREFIX, settings.c.key < PREFIX[:-1] + ";")
        rows = await self._database.read(query)
        return {row["key"].removeprefix(PREFIX): _choice(row["value"]) for row in rows}

    async def enlist(self, blog: str, entry: str, *, allow: bool, by: str) -> None:
        """Put a domain or profile on one list of a blog, and off the other."""
        entry = entry[:MAX_ENTRY]

        def change(old: Choice) -> Choice:
            bare = _without(old, entry)
            if allow:
                return replace(bare, allow=(*bare.allow, entry)[-MAX_ENTRIES:])
            return replace(bare, deny=(*bare.deny, entry)[-MAX_ENTRIES:])

        await self._change(blog, change, by=by, what=f"{'allow' if allow else 'deny'} {entry}")

    async def strike(self, blog: str, entry: str, *, by: str) -> None:
        """Take an entry off a blog's lists."""
        await self._change(blog, lambda old: _without(old, entry), by=by, what=f"strike {entry}")

    async def set_cutoffs(self, blog: str, ham: float | None, spam: float | None, *, by: str) -> None:
        """Choose a blog's cut-offs; None takes the configuration's or the model's again."""
        what = f"cut-offs {ham} {spam}" if ham is not None else "cut-offs as configured"
        await self._change(blog, lambda old: replace(old, ham=ham, spam=spam), by=by, what=what)

    async def _change(self, blog: str, change: Callable[[Choice], Choice], *, by: str, what: str) -> None:
        key, now = PREFIX + blog, self._database.clock()

        def work(connection: sa.Connection) -> None:
            old = connection.execute(sa.select(settings.c.value).where(settings.c.key == key)).scalar()
            connection.execute(sa.delete(settings).where(settings.c.key == key))
            value = json.dumps(asdict(change(_choice(old))))
            connection.execute(sa.insert(settings).values(key=key, value=value))
            note = {"at": now, "by": by, "what": what, "detail": blog}
            connection.execute(sa.insert(audit).values(**note))

        await self._database.write(work)


def _choice(stored: str | None) -> Choice:
    tree = json.loads(stored) if stored else {}
    return Choice(
        allow=tuple(tree.get("allow", ())),
        deny=tuple(tree.get("deny", ())),
        ham=tree.get("ham"),
        spam=tree.get("spam"),
    )


def _without(old: Choice, entry: str) -> Choice:
    return replace(
        old,
        allow=tuple(one for one in old.allow if one != entry),
        deny=tuple(one for one in old.deny if one != entry),
    )
