"""Figures with their intervals, as people read them."""

from __future__ import annotations

from ml.metrics.comparison import Estimate


def interval(estimate: Estimate | None, digits: int) -> str:
    """Return ``value [lower, upper]``; a dash where there is none."""
    if estimate is None:
        return "–"
    numbers = (estimate.value, estimate.lower, estimate.upper)
    value, lower, upper = (f"{number:.{digits}f}" for number in numbers)
    return f"{value} [{lower}, {upper}]"
