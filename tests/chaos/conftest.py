"""What the runs found is printed as tables at the end, after all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Row = tuple[str, object]
TABLES: pytest.StashKey[list[str]] = pytest.StashKey()


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str, Sequence[Row]], None]:
    """Return what keeps a table for the end: a title, and rows of a name and what was found."""

    def keep(title: str, rows: Sequence[Row]) -> None:
        lines = [f"  {name:<34} {found}" for name, found in rows]
        request.config.stash.setdefault(TABLES, []).append("\n".join((title, *lines)))

    return keep


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the tables."""
    for table in config.stash.get(TABLES, []):
        terminalreporter.write_line(f"\n{table}")
