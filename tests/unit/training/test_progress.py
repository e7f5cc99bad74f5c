"""How far long work is, as a line."""

from __future__ import annotations

import pytest

from training.progress import Bar, bar


@pytest.mark.parametrize(
    ("share", "line"),
    [
        (0.0, "[........................]   0%     2 s  reading"),
        (0.5, "[############............]  50%     2 s  reading"),
        (1.2, "[########################] 100%     2 s  reading"),
    ],
)
def test_share_is_drawn(share: float, line: str) -> None:
    """The line says how much is done, and never more than all."""
    assert bar("reading", share, 2.4) == line


def test_line_for_each_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is no terminal a line is printed for each tenth, however often it is told."""
    shown = Bar()
    for number in range(1_001):
        shown("reading", number / 1_000)
    assert len(capsys.readouterr().err.splitlines()) == 11
