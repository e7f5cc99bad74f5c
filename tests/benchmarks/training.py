"""Time and memory of training as the rows grow: `python -m tests.benchmarks.training [--rows N...]`.

Rows are drawn again and again from a small world of our own writing (or from files of yours), each with
words, numbers and addresses changed, so that no two are equal. Each fit and each retraining is a process of
its own, as `linkback-train` runs them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

from tests.benchmarks.report import lines, machine, table
from tests.support.world import world

SIZES = (10_000, 100_000)
EVERY = 0.2  # seconds between two looks at the memory
COMMANDS = ("fit", "retrain")
CHANGED = ("title", "excerpt", "blog_name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one process took."""

    rows: int
    wall: float  # seconds
    processor: float  # seconds
    peak: float  # MB, proportional set size of all its processes


def resampled(rows: Sequence[dict[str, Any]], number: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Give so many rows, each a row drawn at random with some of its words exchanged for another row's."""
    rng = random.Random(seed)
    for n in range(number):
        row, other = rng.choice(rows), rng.choice(rows)
        changed = {
            key: _mixed(str(row.get(key) or ""), str(other.get("excerpt") or ""), rng) for key in CHANGED
        }
        address = f"{row.get('url', '')}{'' if rng.random() < 0.5 else n}"
        yield row | changed | {"id": f"{n}", "url": address, "text_key": "", "at": f"2024-01-01T{n:09}"}


def _mixed(text: str, other: str, rng: random.Random) -> str:
    words, others = text.split(" "), other.split(" ")
    for place in range(len(words)):
        if rng.random() < 0.15:
            words[place] = rng.choice(others)
    return " ".join(words)


def write(path: Path, rows: Sequence[dict[str, Any]], number: int) -> None:
    """Write posts once and so many linkbacks."""
    posts = [row for row in rows if "label" not in row]
    linkbacks = [row for row in rows if row.get("label") and row.get("kind") != "comment"]
    with path.open("w") as file:
        file.writelines(json.dumps(row) + "\n" for row in (*posts, *resampled(linkbacks, number)))


def measured(rows: int, *arguments: str) -> Run:
    """Run `linkback-train` in a process of its own, which shows how far it is, and measure it and its own."""
    began, peak = time.monotonic(), 0
    command = [sys.executable, "-m", "training", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
        peak = max(peak, proportional(process.pid))
        time.sleep(EVERY)
    _, status, usage = ended
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return Run(
        rows=rows,
        wall=time.monotonic() - began,
        processor=usage.ru_utime + usage.ru_stime,
        peak=peak / 1024,
    )


def proportional(number: int) -> int:
    """Give the KB of a process and of those that it started; what they share counts once."""
    folder = Path(f"/proc/{number}")
    try:
        text = (folder / "smaps_rollup").read_text()
        children = (folder / f"task/{number}/children").read_text().split()
    except OSError:  # it has ended
        return 0
    own = next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)
    return own + sum(proportional(int(child)) for child in children)


def main() -> None:
    """Measure, print the table, draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, nargs="+", default=SIZES)
    parser.add_argument("--what", nargs="+", choices=COMMANDS, default=COMMANDS)
    parser.add_argument("--data", type=Path, nargs="+", default=[], help="JSONL to draw rows from")
    parser.add_argument("--svg", type=Path, help="file to draw to")
    arguments = parser.parse_args()
    rows = [json.loads(line) for file in arguments.data for line in file.open()] or world(seed=1)
    found: dict[str, list[Run]] = {name: [] for name in arguments.what}
    with tempfile.TemporaryDirectory() as folder:
        for number in arguments.rows:
            file = Path(folder) / f"{number}.jsonl"
            write(file, rows, number)
            for name, runs in found.items():
                runs.append(measured(number, name, str(file), "--out", f"{folder}/{name}"))
            file.unlink()
    print(machine("scikit-learn", "numpy", "scipy"), "\n")
    header = ["", "rows", "seconds", "of processor", "peak, MB", "time, ratio", "memory, ratio"]
    print(table(header, [_line(name, run, runs[0]) for name, runs in found.items() for run in runs]))
    if arguments.svg:
        arguments.svg.write_text(
            lines("Training", "rows", "times what it takes with the fewest rows", _growth(found))
        )


def _growth(found: dict[str, list[Run]]) -> dict[str, list[tuple[float, float]]]:
    """Give time and memory of each command, as multiples of the first."""
    return {
        f"{name}: {what}": [(run.rows, measure(run) / measure(runs[0])) for run in runs]
        for name, runs in found.items()
        for what, measure in (("time", attrgetter("processor")), ("memory", attrgetter("peak")))
    }


def _line(name: str, run: Run, first: Run) -> list[str]:
    return [
        name,
        f"{run.rows:,}",
        f"{run.wall:.0f}",
        f"{run.processor:.0f}",
        f"{run.peak:.0f}",
        f"{run.processor / first.processor:.2f}",
        f"{run.peak / first.peak:.2f}",
    ]


if __name__ == "__main__":
    main()
