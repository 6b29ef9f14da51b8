"""Boosted trees of the box-score models, the same on every run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ml.arrays import Floats
from ml.models.trees import Trees

_COMMON: dict[str, Any] = {
    "num_leaves": 18,
    "lambda_l2": 5.0,
    "max_bin": 63,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "min_data_in_leaf": 60,
    "deterministic": True,
    "force_col_wise": True,
    "num_threads": 1,
    "verbose": -1,
}


def boost(
    X: pd.DataFrame,
    y: Floats,
    *,
    objective: str,
    rounds: int,
    learning_rate: float,
    random_state: int,
    start: Floats | None = None,
    shape: Mapping[str, float] | None = None,
) -> Trees:
    """Fit trees.

    Parameters
    ----------
    X : DataFrame, shape (n_rows, n_columns)
        Numbers, NaN where unknown; sorted by a full key, as the fit depends on it.
    y : ndarray, shape (n_rows,)
        Target.
    objective : {"binary", "huber", "l2"}
        What is minimised.
    rounds : int
        Number of trees.
    learning_rate : float
        Shrinkage of each.
    random_state : int
        Seed of the sampling of rows and columns.
    start : ndarray, shape (n_rows,), optional
        What trees begin from, on the scale that they add on; it is not part of them.
    shape : mapping of str to float, optional
        LightGBM parameters, where they differ from the usual.
    """
    import lightgbm  # slow to import, and not every command needs it

    parameters = _COMMON | {
        **(shape or {}),
        "objective": objective,
        "learning_rate": learning_rate,
        "seed": random_state,
    }
    data = lightgbm.Dataset(
        X.to_numpy(np.float64), y, init_score=start, params=parameters
    )
    booster = lightgbm.train(parameters, data, num_boost_round=rounds)
    return Trees(booster.model_to_string())
