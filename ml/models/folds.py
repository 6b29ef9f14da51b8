"""Folds that only look back."""

from __future__ import annotations

import numpy as np

Fold = tuple[np.ndarray, np.ndarray]


def forward_folds(groups: np.ndarray, *, n_folds: int) -> list[Fold]:
    """Split games that are in order of time into folds that only look back.

    Parameters
    ----------
    groups : ndarray, shape (n_games,)
        Date of each game, ascending; a date is never split.
    n_folds : int
        Number of folds; the games fall into ``n_folds + 1`` blocks of about equal
        size, and each but the first is forecast from all before it.

    Returns
    -------
    list of (ndarray, ndarray)
        Positions to learn from and to forecast.
    """
    edges = np.linspace(0, len(groups), n_folds + 2).astype(int)[1:-1]
    starts = np.unique(np.searchsorted(groups, groups[edges], side="left"))
    starts = starts[starts > 0]
    ends = np.append(starts[1:], len(groups))
    return [
        (np.arange(start), np.arange(start, end))
        for start, end in zip(starts, ends, strict=True)
    ]
