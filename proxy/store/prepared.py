"""Statements that are compiled once and run for many rows by the driver itself.

SQLAlchemy looks at each value of each row, which costs more than SQLite takes to write it. Here rows come as
drivers take them, but for JSON: texts and numbers of plain types.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from proxy.store.records import kept


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """A statement in a database's own words."""

    text: str
    names: tuple[str, ...]  # of its parameters, in their order
    fixed: dict[str, Any]  # those that the statement itself says
    json: tuple[str, ...]  # those that are written as JSON

    def row(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        row = {**self.fixed, **values}
        for name in self.json:
            row[name] = as_json(row[name])
        return tuple([row[name] for name in self.names])


def run(
    connection: sa.Connection,
    statement: sa.Insert | sa.Update,
    columns: tuple[str, ...] | None,
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Run a statement for each row; `columns` are those that an insert sets."""
    plan = _plan(connection.dialect, statement, columns)
    connection.exec_driver_sql(plan.text, [plan.row(values) for values in rows])


@lru_cache(maxsize=16)  # statements and dialects are few
def _plan(dialect: sa.Dialect, statement: sa.Insert | sa.Update, columns: tuple[str, ...] | None) -> _Plan:
    compiled = statement.compile(dialect=dialect, column_keys=columns)
    return _Plan(
        text=compiled.string,
        names=tuple(compiled.positiontup or ()),
        fixed={name: value for name, value in compiled.params.items() if value is not None},
        json=tuple(name for name, bound in compiled.binds.items() if isinstance(bound.type, sa.JSON)),
    )


def as_json(value: Any) -> str:
    """Write a value as JSON that any database keeps."""
    text = json.dumps(value)
    is_kept = "\\u0000" not in text and "\\ud" not in text
    return text if is_kept else json.dumps(kept(value))
