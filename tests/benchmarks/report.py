"""What benchmarks print and draw: tables, the machine, and hand-made SVG charts for the README."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from math import log
from pathlib import Path
from xml.sax.saxutils import escape

COLOURS = ("#4063d8", "#389826", "#cb3c33", "#9558b2", "#c2882b")
WIDTH, LEFT, RIGHT, ROW = 760, 250, 110, 26
STYLE = "text{font:13px sans-serif;fill:#222}.t{font-weight:bold}.g{fill:#666}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of a chart; bars of a group stand together under its name."""

    group: str
    label: str
    value: float


def machine(*packages: str) -> str:
    """Say on what was measured: processor, cores, memory, kernel, Python and the packages' versions."""
    info = Path("/proc/cpuinfo").read_text()
    model = next(
        (line.partition(": ")[2] for line in info.splitlines() if line.startswith("model name")), "?"
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    system = f"Linux {platform.release()}, Python {platform.python_version()}"
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB; {system}; {versions}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table whose columns line up as plain text too."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    rule = ["-" * width for width in widths]
    rule[1:] = [text[:-1] + ":" for text in rule[1:]]
    return "\n".join(_row(row, widths) for row in (header, rule, *rows))


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]
    return "| " + " | ".join(padded) + " |"


def bars(title: str, unit: str, values: Sequence[Bar]) -> str:
    """Draw horizontal bars, each group to its own scale, and give the SVG."""
    labels = list(dict.fromkeys(bar.label for bar in values))
    parts, y = [_text(12, 24, title, "t")], 40.0
    for group in dict.fromkeys(bar.group for bar in values):
        y += 22
        parts.append(_text(12, y, group, "t"))
        ours = [bar for bar in values if bar.group == group]
        longest = max(bar.value for bar in ours) or 1.0
        for bar in ours:
            y += ROW
            length = (WIDTH - LEFT - RIGHT) * bar.value / longest
            colour = COLOURS[labels.index(bar.label) % len(COLOURS)]
            parts.append(_text(LEFT - 8, y, bar.label, "", "end"))
            parts.append(f'<rect x="{LEFT}" y="{y - 14}" width="{length:.1f}" height="18" fill="{colour}"/>')
            parts.append(_text(LEFT + length + 6, y, f"{_short(bar.value)} {unit}", "g"))
        y += 12
    return _svg(y + 14, parts)


def lines(title: str, across: str, up: str, series: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Draw one line for each series over positive numbers, across in equal ratios, and give the SVG."""
    points = [point for line in series.values() for point in line]
    top, bottom, left, right = 60, 310, 80, WIDTH - 150
    first, last = min(x for x, _ in points), max(x for x, _ in points)
    highest = max(y for _, y in points) or 1.0
    ratio = log(last / first) or 1.0

    def place(x: float, y: float) -> tuple[float, float]:
        return left + (right - left) * log(x / first) / ratio, bottom - (bottom - top) * y / highest

    parts = [_text(12, 24, title, "t"), _text(left, bottom + 40, across, "g"), _text(12, 46, up, "g")]
    parts.append(f'<path d="M{left} {top}V{bottom}H{right}" fill="none" stroke="#888"/>')
    parts += [
        _text(place(x, 0)[0], bottom + 18, _short(x), "g", "middle") for x in sorted({x for x, _ in points})
    ]
    for share in (0.5, 1.0):
        parts.append(
            _text(left - 6, place(first, highest * share)[1] + 4, _short(highest * share), "g", "end")
        )
    for number, (name, line) in enumerate(series.items()):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in sorted(line)))
        stroke = f'stroke="{COLOURS[number % len(COLOURS)]}" stroke-width="2"'
        parts.append(f'<polyline points="{path}" fill="none" {stroke}/>')
        x, y = place(*max(line))
        parts.append(_text(x + 8, y + 4, name, ""))
    return _svg(360, parts)


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _text(x: float, y: float, text: str, style: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{style}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(height: float, parts: Sequence[str]) -> str:
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img">'
    paper = '<rect width="100%" height="100%" fill="#fff"/>'
    return "\n".join([opening, f"<style>{STYLE}</style>", paper, *parts, "</svg>\n"])
