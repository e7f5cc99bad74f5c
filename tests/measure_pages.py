"""Measure the examiner on a folder of real pages: `python -m tests.measure_pages FOLDER`.

The folder holds `index.jsonl`, a line a page: `file`, `url`, `actual_charset`, `checked`, and the links whose
place is known, as hrefs: `pick` with `pick_where`, `boiler`, `comment_link`, `hidden_link`. Pages belong to
their writers, so none are part of this project.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from proxy.examine import examine
from proxy.linkback import Evidence

KNOWN = (("boiler", "boilerplate"), ("comment_link", "comment"), ("hidden_link", "hidden"))


class Known(NamedTuple):
    """A link whose place is known."""

    file: str
    source: str
    target: str
    place: str
    is_checked: bool


def known_links(page: dict[str, str]) -> Iterator[Known]:
    """List the links of a page whose place is known, each once."""
    picks = [(page["pick"], page["pick_where"])] + [(page[key], place) for key, place in KNOWN]
    for target, place in dict.fromkeys(picks):
        if target:
            yield Known(page["file"], page["url"], target, place, bool(page["checked"]))


def measure(folder: Path) -> tuple[Counter[tuple[str, str, str]], list[float], list[str]]:
    """Examine every known link; return counts, milliseconds a page, and what went wrong."""
    counts: Counter[tuple[str, str, str]] = Counter()
    times, wrong = [], []
    for line in (folder / "index.jsonl").read_text("utf-8").splitlines():
        page = json.loads(line)
        body = (folder / page["file"]).read_bytes()
        evidence, milliseconds = timed(body, page["url"], page["pick"] or "")
        times.append(milliseconds)
        expected = page["actual_charset"].partition("(")[0]
        counts["charset", "all", "right" if evidence.charset == expected else "wrong"] += 1
        if evidence.charset != expected:
            wrong.append(f"{page['file']}: charset {evidence.charset}, not {expected}")
        for link in known_links(page):
            found = examine(
                body, content_type="text/html", source=link.source, target=link.target, with_text=False
            )
            outcome = "right" if found.place == link.place else "misplaced" if found.found else "lost"
            for group in ("all", "checked")[: 1 + link.is_checked]:
                counts[link.place, group, outcome] += 1
            if outcome != "right":
                mark = "checked" if link.is_checked else "guessed"
                wrong.append(f"{link.file}: {link.place} ({mark}) read as {found.place}: {link.target}")
    return counts, times, wrong


def timed(body: bytes, source: str, target: str) -> tuple[Evidence, float]:
    """Examine a page with its text, as the service does, and take the processor's time."""
    began = time.process_time()
    evidence = examine(body, content_type="text/html", source=source, target=target)
    return evidence, 1000 * (time.process_time() - began)


def report(counts: Counter[tuple[str, str, str]], times: list[float]) -> str:
    """Lay the figures out as tables."""
    rows = ["| links | pages | found | placed right |", "|---|---|---|---|"]
    for group in ("all", "checked"):
        total: Counter[str] = Counter()
        for place in ("main", "boilerplate", "comment", "hidden"):
            outcomes = Counter({kind: counts[place, group, kind] for kind in ("right", "misplaced", "lost")})
            total += outcomes
            rows.append(_row(f"{place}, {group}", outcomes))
        rows.append(_row(f"together, {group}", total))
    times = sorted(times)
    p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    right, wrong = counts["charset", "all", "right"], counts["charset", "all", "wrong"]
    return "\n".join(
        [*rows, "", f"charsets right: {right} of {right + wrong}",
         f"processor's milliseconds a page, with text: p50 {p50:.1f}, p99 {p99:.1f}, worst {times[-1]:.1f}",
         f"peak memory of the process: {peak:.0f} MB"]
    )  # fmt: skip


def _row(name: str, outcomes: Counter[str]) -> str:
    total = outcomes.total() or 1
    found = outcomes["right"] + outcomes["misplaced"]
    return f"| {name} | {total} | {found / total:.1%} | {outcomes['right'] / total:.1%} |"


def main() -> None:
    """Measure the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--wrong", action="store_true", help="list what was read wrongly")
    arguments = parser.parse_args()
    counts, times, wrong = measure(arguments.folder)
    sys.stdout.write(report(counts, times) + "\n")
    if arguments.wrong:
        sys.stdout.write("\n".join(wrong) + "\n")


if __name__ == "__main__":
    main()
