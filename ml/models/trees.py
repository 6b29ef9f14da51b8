"""Gradient-boosted trees, the same on every run.

References
----------
Ke, G. et al. (2017). LightGBM: a highly efficient gradient boosting decision tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ml.arrays import Floats

N_ROUNDS = 60
PARAMETERS: dict[str, Any] = {
    "objective": "l2",
    "learning_rate": 0.02,
    "num_leaves": 6,
    "lambda_l2": 50.0,
    "max_bin": 63,
    "feature_fraction": 0.2,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbose": -1,
}


@dataclass(frozen=True)
class Trees:
    """Fitted trees, kept as LightGBM's own text.

    Attributes
    ----------
    text : str
        The model; the same text forecasts the same bits.
    """

    text: str

    @cached_property
    def _booster(self) -> Any:
        import lightgbm  # slow to import, and not every command needs it

        return lightgbm.Booster(model_str=self.text)

    def predict(self, X: Floats) -> Floats:
        """Return the expected target, shape (n_games,)."""
        return np.asarray(self._booster.predict(X, num_threads=1), dtype=float)

    def raw(self, X: Floats) -> Floats:
        """Return the sum of the trees, before any link, shape (n_rows,)."""
        found = self._booster.predict(X, num_threads=1, raw_score=True)
        return np.asarray(found, dtype=float)


def fit_trees(X: Floats, y: Floats, *, random_state: int) -> Trees:
    """Fit shallow, strongly shrunken trees.

    Parameters
    ----------
    X : ndarray, shape (n_games, n_columns)
        NaN where unknown. The fit depends on the order of rows: sort by a full key.
    y : ndarray, shape (n_games,)
        Target.
    random_state : int
        Seed of the sampling of rows and columns.

    Returns
    -------
    Trees
        No leaf rests on fewer than 1/50 of the games.
    """
    import lightgbm

    parameters = PARAMETERS | {
        "min_data_in_leaf": max(10, len(y) // 50),
        "seed": random_state,
    }
    data = lightgbm.Dataset(X, y, params=parameters)
    booster = lightgbm.train(parameters, data, num_boost_round=N_ROUNDS)
    return Trees(booster.model_to_string())
