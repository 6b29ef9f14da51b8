"""Charts as SVG text; their colours are the page's, so that they follow its theme."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd

WIDTH, HEIGHT = 560, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 78, 12, 30


@dataclass(frozen=True)
class Line:
    """A line of a chart.

    Attributes
    ----------
    name : str
        Written at its end.
    style : str
        Class of the page's style: ``ours``, ``baseline``, ``market``, ``soft``.
    y : sequence of float
        One value an x; NaN interrupts the line.
    """

    name: str
    style: str
    y: Sequence[float]


@dataclass(frozen=True)
class Scale:
    """Maps values of an axis to pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a value."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def line_chart(
    labels: Sequence[str],
    lines: Sequence[Line],
    *,
    title: str,
    form: str = "{:.2f}",
    marks: Sequence[tuple[float, str]] = (),
) -> str:
    """Draw lines over days.

    Parameters
    ----------
    labels : sequence of str
        What each x is called.
    lines : sequence of Line
        All as long as `labels`.
    title : str
        What a screen reader says.
    form : str
        How values of y are written.
    marks : sequence of tuple of float and str
        Horizontal lines with a name.

    Returns
    -------
    str
        An ``<svg>`` element; a sentence where there is nothing to draw.
    """
    values = [value for line in lines for value in line.y if math.isfinite(value)]
    if len(labels) < 2 or not values:
        return '<p class="soft small">Not enough games yet.</p>'
    values += [at for at, _ in marks]
    y = _scale(values)
    x = Scale(0, len(labels) - 1, _LEFT, WIDTH - _RIGHT)
    parts = [_grid(y, form)]
    for place in sorted({round(share * (len(labels) - 1)) for share in _THIRDS}):
        parts.append(_text(x(place), HEIGHT - 8, labels[place], "middle"))
    for at, name in marks:
        parts.append(
            f'<line class="mark" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" '
            f'y1="{y(at)}" y2="{y(at)}"/>'
            + _text(WIDTH - _RIGHT + 5, y(at) + 4, name, "start")
        )
    ends = []
    for line in lines:
        points = [
            (x(place), y(value)) if math.isfinite(value) else None
            for place, value in enumerate(line.y)
        ]
        if not any(points):
            continue
        parts.append(f'<path class="line {line.style}" d="{_path(points)}"/>')
        ends.append((next(p for p in reversed(points) if p)[1], line))
    for height, line in _apart(ends):
        style = f"name {line.style}"
        parts.append(_text(WIDTH - _RIGHT + 5, height + 4, line.name, "start", style))
    return _svg(title, parts)


def reliability_chart(bins: pd.DataFrame, *, title: str) -> str:
    """Draw how often happened what was said to happen so often.

    Parameters
    ----------
    bins : DataFrame, shape (n_bins, ...)
        ``forecast, observed, n``: mean forecast, share that happened, games; from
        `ml.metrics.reliability.reliability_bins`.
    title : str
        What a screen reader says.
    """
    if not len(bins):
        return '<p class="soft small">Not enough games yet.</p>'
    x, y = Scale(0, 1, _LEFT, WIDTH - _RIGHT), Scale(0, 1, HEIGHT - _BOTTOM, _TOP)
    parts = [_grid(y, "{:.0%}")]
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts.append(_text(x(share), HEIGHT - 8, f"{share:.0%}", "middle"))
    parts.append(
        f'<line class="mark" x1="{x(0)}" y1="{y(0)}" x2="{x(1)}" y2="{y(1)}"/>'
    )
    columns = (bins[name].tolist() for name in ("forecast", "observed", "n"))
    for said, came, n_games in zip(*columns, strict=True):
        # Two standard errors of a share that is as forecast.
        reach = 2 * math.sqrt(max(said * (1 - said), 1e-9) / n_games)
        low, high = max(0.0, said - reach), min(1.0, said + reach)
        radius = round(2 + 1.1 * math.log2(1 + n_games), 1)
        parts.append(
            f'<line class="bar" x1="{x(said)}" x2="{x(said)}" y1="{y(low)}" '
            f'y2="{y(high)}"/><circle class="dot" cx="{x(said)}" cy="{y(came)}" '
            f'r="{radius}"><title>{n_games} games: said {said:.0%}, came {came:.0%}'
            "</title></circle>"
        )
    return _svg(title, parts)


def histogram(counts: Sequence[int], *, title: str) -> str:
    """Draw how often outcomes fell into each part of their forecast distribution.

    Parameters
    ----------
    counts : sequence of int
        Games in each part; all parts are as likely where the distribution is right.
    title : str
        What a screen reader says.
    """
    n_games, n_parts = sum(counts), len(counts)
    if not n_games:
        return '<p class="soft small">Not enough games yet.</p>'
    x = Scale(0, n_parts, _LEFT, WIDTH - _RIGHT)
    y = Scale(0, 1.06 * max(2 / n_parts, max(counts) / n_games), HEIGHT - _BOTTOM, _TOP)
    parts = [_grid(y, "{:.0%}")]
    for share in (0, 0.5, 1):
        parts.append(_text(x(share * n_parts), HEIGHT - 8, f"{share:.0%}", "middle"))
    for place, count in enumerate(counts):
        top = y(count / n_games)
        parts.append(
            f'<rect class="column" x="{x(place) + 1}" y="{top}" '
            f'width="{x(place + 1) - x(place) - 2:.1f}" '
            f'height="{HEIGHT - _BOTTOM - top:.1f}"><title>{count} games</title></rect>'
        )
    parts.append(
        f'<line class="mark" x1="{x(0)}" y1="{y(1 / n_parts)}" x2="{x(n_parts)}" '
        f'y2="{y(1 / n_parts)}"/>'
    )
    return _svg(title, parts)


_THIRDS = (0.0, 1 / 3, 2 / 3, 1.0)


def _scale(values: Sequence[float]) -> Scale:
    low, high = min(values), max(values)
    room = 0.06 * (high - low) or 0.5
    return Scale(low - room, high + room, HEIGHT - _BOTTOM, _TOP)


def _grid(y: Scale, form: str) -> str:
    step = _step((y.high - y.low) / 4)
    first = math.ceil(y.low / step)
    ticks = [place * step for place in range(first, math.floor(y.high / step) + 1)]
    return "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y(tick)}" '
        f'y2="{y(tick)}"/>' + _text(_LEFT - 6, y(tick) + 4, form.format(tick), "end")
        for tick in ticks
    )


def _step(rough: float) -> float:
    """Return the round number next above: 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * lead for lead in (1, 2, 5, 10) if power * lead >= rough)


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    parts, pen = [], "M"
    for point in points:
        if point is None:
            pen = "M"
            continue
        parts.append(f"{pen}{point[0]} {point[1]}")
        pen = "L"
    return "".join(parts)


def _apart(ends: Sequence[tuple[float, Line]]) -> list[tuple[float, Line]]:
    """Move names at the ends of lines so that none covers another."""
    placed: list[tuple[float, Line]] = []
    for height, line in sorted(ends, key=lambda end: end[0]):
        lowest = placed[-1][0] + 14 if placed else -math.inf
        placed.append((max(height, lowest), line))
    return placed


def _text(x: float, y: float, words: str, anchor: str, style: str = "tick") -> str:
    return (
        f'<text class="{style}" x="{x}" y="{y}" text-anchor="{anchor}">'
        f"{escape(words)}</text>"
    )


def _svg(title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        + "".join(parts)
        + "</svg>"
    )
