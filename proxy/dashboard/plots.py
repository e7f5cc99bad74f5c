"""Plots as numbers for SVG: bars, stacks and lines in a drawing of fixed size. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720.0, 160.0
GAP = 0.18  # of a bar's place
STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of a bar."""

    x: float
    y: float
    width: float
    height: float
    name: str  # the class that gives it its colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One bar with its label and the sentence for who points at it."""

    blocks: tuple[Block, ...]
    label: str
    x: float  # of its middle
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Columns under a scale."""

    columns: tuple[Column, ...]
    top: int  # the value at the upper edge
    every: int  # each so manieth label is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a bar stands for: a label and a number for each name."""

    label: str
    numbers: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """The bar's height."""
        return sum(number for _, number in self.numbers)


def round_up(number: int) -> int:
    """Give the next 1, 2 or 5 with noughts."""
    size = 1
    while True:
        for step in STEPS:
            if number <= step * size:
                return step * size
        size *= 10


def stacked(parts: Sequence[Part], labels: int = 8) -> Plot:
    """Draw bars, each a stack of its numbers, the first at the bottom."""
    top = round_up(max((part.total for part in parts), default=1))
    place = WIDTH / max(len(parts), 1)
    columns = tuple(_column(part, number, place, top) for number, part in enumerate(parts))
    return Plot(columns=columns, top=top, every=max(len(parts) // labels, 1))


def _column(part: Part, number: int, place: float, top: int) -> Column:
    blocks, floor = [], HEIGHT
    for name, value in part.numbers:
        height = value / top * HEIGHT
        floor -= height
        if value:
            x, width = (number + GAP / 2) * place, place * (1 - GAP)
            blocks.append(
                Block(
                    x=round(x, 1),
                    y=round(floor, 1),
                    width=round(width, 1),
                    height=round(height, 1),
                    name=name,
                )
            )
    told = ", ".join(f"{value:,} {name}" for name, value in part.numbers if value) or "nothing"
    middle = round((number + 0.5) * place, 1)
    return Column(blocks=tuple(blocks), label=part.label, x=middle, text=f"{part.label}: {told}")


def line(shares: Sequence[float | None]) -> str:
    """Draw shares from 0 to 1 as a path that breaks where there is none."""
    place = WIDTH / max(len(shares), 1)
    drawn, pen = [], "M"
    for number, share in enumerate(shares):
        if share is None:
            pen = "M"
            continue
        drawn.append(f"{pen}{(number + 0.5) * place:.1f} {HEIGHT * (1 - share):.1f}")
        pen = "L"
    return " ".join(drawn)
