"""Learning curves as a picture: a small SVG, written by hand so that no plotting library is needed. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from training.curves import LABELS, Point

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 760, 360, 60, 30, 40
COLOURS = ("#1f6feb", "#d9480f", "#2b8a3e", "#862e9c", "#495057")


def picture(points: Sequence[Point]) -> str:
    """Draw the share of each blog's spam that is caught, by number of labels; dashes where some are wrong."""
    blogs = list(dict.fromkeys(point.blog for point in points))
    curves = [
        _curves([point for point in points if point.blog == blog], number)
        for number, blog in enumerate(blogs)
    ]
    note = f'<text x="{WIDTH - 290}" y="{HEIGHT - 124}" fill="#555">dashed: 10 % of the labels wrong</text>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
    ground = ' font-size="12"><rect width="100%" height="100%" fill="white"/>'
    return head + ground + _axes() + "".join(curves) + note + "</svg>\n"


def _curves(points: Sequence[Point], number: int) -> str:
    colour = COLOURS[number % len(COLOURS)]
    shares = sorted({point.wrong for point in points})
    lines = [_line([p for p in points if p.wrong == wrong], colour, dashed=wrong > 0) for wrong in shares]
    name = escape(points[0].blog)
    y = HEIGHT - 106 + 16 * number
    return "".join(lines) + f'<text x="{WIDTH - 290}" y="{y}" fill="{colour}">{name}</text>'


def _x(labels: int) -> float:
    return LEFT + (WIDTH - LEFT - 30) * math.log1p(labels) / math.log1p(LABELS[-1])


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share


def _axes() -> str:
    ticks = [f'<text x="{_x(n):.0f}" y="{HEIGHT - 20}" text-anchor="middle">{n}</text>' for n in LABELS]
    ticks += [_level(tenth / 10) for tenth in range(0, 11, 2)]
    title = f'<text x="{LEFT}" y="18">spam of an unseen blog that is caught, by number of its labels</text>'
    return "".join(ticks) + title


def _level(share: float) -> str:
    y = _y(share)
    line = f'<line x1="{LEFT}" x2="{WIDTH - 30}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/>'
    return f'{line}<text x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{100 * share:.0f} %</text>'


def _line(points: Sequence[Point], colour: str, *, dashed: bool) -> str:
    placed = [(_x(p.labels), _y(p.fresh.caught / p.fresh.spam)) for p in points if p.fresh.spam]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in placed)
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>{dots}'
