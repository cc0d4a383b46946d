"""Line charts as SVG: few enough lines that no library is needed for them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 40, 50
COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd")
Point = tuple[float, float]


def human(value: float) -> str:
    """1500 -> 1.5 k"""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(value) >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g}"


def step_of(most: float) -> float:
    """A distance of 1, 2 or 5 times a power of ten that divides 0 to `most` into 4 to 9."""
    power = 10 ** math.floor(math.log10(most / 4))
    return next(step for n in (1, 2, 5, 10) if most / (step := n * power) <= 9)


def chart(title: str, x_label: str, y_label: str, series: dict[str, Sequence[Point]]) -> str:
    """The x axis is logarithmic, the y axis begins at 0."""
    xs = sorted({x for points in series.values() for x, _ in points})
    most = max(y for points in series.values() for _, y in points) or 1.0
    low, high = math.log10(xs[0]), math.log10(xs[-1])
    step = step_of(most)
    top = math.ceil(most / step) * step

    def at(x: float, y: float) -> tuple[float, float]:
        across = (math.log10(x) - low) / (high - low) if high > low else 0.5
        return (
            LEFT + across * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - y / top * (HEIGHT - TOP - BOTTOM),
        )

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]

    def text(x: float, y: float, words: str, more: str = 'text-anchor="middle"') -> None:
        out.append(f'<text x="{x:.1f}" y="{y:.1f}" {more}>{escape(words)}</text>')

    def line(points: Sequence[Point], colour: str, width: float) -> None:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        out.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
        )

    text(WIDTH / 2, 20, title, 'text-anchor="middle" font-size="15"')
    text(WIDTH / 2, HEIGHT - 10, x_label)
    text(16, HEIGHT / 2, y_label, f'text-anchor="middle" transform="rotate(-90 16 {HEIGHT / 2})"')
    for n in range(round(top / step) + 1):
        left, y = at(xs[0], n * step)
        line([(LEFT, y), (WIDTH - RIGHT, y)], "#ddd", 1)
        text(LEFT - 6, y + 4, human(n * step), 'text-anchor="end"')
    for x in xs:
        text(at(x, 0)[0], HEIGHT - BOTTOM + 18, human(x))
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        placed = [at(x, y) for x, y in sorted(points)]
        line(placed, colour, 2)
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in placed]
        text(LEFT + 10, TOP + 14 + 16 * number, name, f'text-anchor="start" fill="{colour}"')
    return "\n".join([*out, "</svg>\n"])
