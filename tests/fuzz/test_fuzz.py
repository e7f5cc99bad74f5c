"""Each fuzz target runs shortly; a long run is `python -m tests.fuzz NAME`."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.fuzz.targets import SEEDS, TARGETS

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("atheris")

RUNS = {"answer": 300, "page": 800}  # the slow ones


@pytest.mark.parametrize("name", TARGETS)
def test_short_run(name: str, tmp_path: Path) -> None:
    """Some thousand inputs, grown from a seed by what they cover, break no parser's promise."""
    for number, content in enumerate(SEEDS[name]):
        (tmp_path / str(number)).write_bytes(content)
    runs = RUNS.get(name, 1500)
    options = [
        f"-runs={runs}",
        "-seed=1",
        "-max_len=400",
        "-verbosity=0",
        "-print_final_stats=1",
        str(tmp_path),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", name, *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    executed = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    assert executed
    assert int(executed[1]) >= runs
