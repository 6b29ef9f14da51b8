"""Drift: how far a column has moved from the one a model was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ml.arrays import Floats

if TYPE_CHECKING:
    import pandas as pd

_FLOOR = 1e-4


@dataclass(frozen=True)
class Drift:
    """A column keeps the distribution it had in the training frame.

    Attributes
    ----------
    column : str
        The column.
    edges : tuple of float
        Inner bin edges, increasing: quantiles of the training values.
    shares : tuple of float
        Share of the training values in each bin (``len(edges) + 1`` of them) and,
        last, the share of nulls.
    max_psi : float
        The largest population stability index that passes.
    min_rows : int
        Fewer rows than this say nothing about a distribution and pass.
    """

    column: str
    edges: tuple[float, ...]
    shares: tuple[float, ...]
    max_psi: float = 0.25
    min_rows: int = 200


def drift_expectations(
    training: pd.DataFrame,
    columns: Sequence[str],
    *,
    n_bins: int = 10,
    max_psi: float = 0.25,
    min_rows: int = 200,
) -> tuple[Drift, ...]:
    """Remember how columns are distributed in a training frame.

    Parameters
    ----------
    training : pd.DataFrame of shape (n_rows, n_columns)
        The frame a model learned from.
    columns : sequence of str
        Numeric or boolean columns of it.
    n_bins : int
        Quantile bins; ties merge, so a column of few values has fewer.
    max_psi : float
        Passed on to every `Drift`.
    min_rows : int
        Passed on to every `Drift`.

    Returns
    -------
    tuple of Drift
        One a column, plain numbers only: it can be stored as JSON.
    """
    found = []
    for column in columns:
        values = training[column].to_numpy(dtype="float64", na_value=np.nan)
        known = values[~np.isnan(values)]
        inner = np.linspace(0, 1, n_bins + 1)[1:-1]
        edges = np.unique(np.quantile(known, inner)) if known.size else np.empty(0)
        found.append(
            Drift(
                column=column,
                edges=tuple(float(edge) for edge in edges),
                shares=tuple(float(share) for share in _shares(values, edges)),
                max_psi=max_psi,
                min_rows=min_rows,
            )
        )
    return tuple(found)


def population_stability_index(values: Floats, reference: Drift) -> float:
    """Measure how far values have moved from a reference distribution.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
        NaN is null, a bin of its own.
    reference : Drift
        The distribution to compare with.

    Returns
    -------
    float
        The sum over bins of ``(p - q) * log(p / q)``; 0 = the same, above 0.25 is
        usually called a shift. Empty bins count as a share of 1e-4.

    References
    ----------
    Siddiqi, N. (2006), *Credit Risk Scorecards*, Wiley.
    """
    now = np.maximum(_shares(values, np.asarray(reference.edges)), _FLOOR)
    then = np.maximum(np.asarray(reference.shares), _FLOOR)
    return float(np.sum((now - then) * np.log(now / then)))


def _shares(values: Floats, edges: Floats) -> Floats:
    is_null = np.isnan(values)
    bins = np.searchsorted(edges, values[~is_null], side="right")
    counts = np.bincount(bins, minlength=len(edges) + 1)
    return np.append(counts, is_null.sum()) / max(len(values), 1)
