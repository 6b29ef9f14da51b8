"""Charts as SVG text: no script, no network, the same bytes every time."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

SIZE = 320
_EDGE = 36


def reliability_chart(bins: pd.DataFrame) -> str:
    """Draw observed frequency against forecast, one dot a bin, the area its games.

    Parameters
    ----------
    bins : DataFrame
        From `ml.metrics.reliability.reliability_bins`.
    """
    columns = (bins[name].to_numpy(float) for name in ("n", "forecast", "observed"))
    rows = list(zip(*columns, strict=True))
    largest = max(n for n, _, _ in rows)
    dots = [
        f'<circle cx="{_x(forecast):.1f}" cy="{_y(observed):.1f}" '
        f'r="{3 + 9 * (n / largest) ** 0.5:.1f}" class="dot">'
        f"<title>forecast {forecast:.0%}, observed {observed:.0%}, "
        f"{n:.0f} games</title></circle>"
        for n, forecast, observed in rows
    ]
    line = f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" class="right"/>'
    marks = [
        f'<text x="{_x(share):.1f}" y="{SIZE - 14}" class="middle">{share:.0%}</text>'
        f'<text x="{_EDGE - 6}" y="{_y(share) + 4:.1f}" class="end">{share:.0%}</text>'
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    return _svg("Home wins: observed against forecast", [_frame(), line, *dots, *marks])


def histogram(counts: Sequence[int], title: str) -> str:
    """Draw how often outcomes fell into each tenth of their forecast distribution.

    Parameters
    ----------
    counts : sequence of int
        Games in each tenth.
    title : str
        What the chart shows.
    """
    share = [count / max(sum(counts), 1) for count in counts]
    top = max(2.0 / len(counts), *share)
    width = (SIZE - 2 * _EDGE) / len(counts)
    bars = []
    for place, (part, count) in enumerate(zip(share, counts, strict=True)):
        height = (SIZE - 2 * _EDGE) * part / top
        bars.append(
            f'<rect x="{_EDGE + place * width + 1:.1f}" '
            f'y="{SIZE - _EDGE - height:.1f}" width="{width - 2:.1f}" '
            f'height="{height:.1f}" class="bar"><title>{count} games</title></rect>'
        )
    flat = SIZE - _EDGE - (SIZE - 2 * _EDGE) / len(counts) / top
    line = (
        f'<line x1="{_EDGE}" y1="{flat:.1f}" x2="{SIZE - _EDGE}" y2="{flat:.1f}" '
        'class="right"/>'
    )
    marks = [
        f'<text x="{_x(part):.1f}" y="{SIZE - 14}" class="middle">{part:.0%}</text>'
        for part in (0.0, 0.5, 1.0)
    ]
    return _svg(title, [_frame(), *bars, line, *marks])


def _x(share: float) -> float:
    return _EDGE + share * (SIZE - 2 * _EDGE)


def _y(share: float) -> float:
    return SIZE - _x(share)


def _frame() -> str:
    side = SIZE - 2 * _EDGE
    return f'<rect x="{_EDGE}" y="{_EDGE}" width="{side}" height="{side}" class="box"/>'


def _svg(title: str, parts: Sequence[str]) -> str:
    heading = f'<text x="{SIZE / 2}" y="22" class="title">{title}</text>'
    body = "".join((heading, *parts))
    return f'<svg viewBox="0 0 {SIZE} {SIZE}" role="img">{body}</svg>'
