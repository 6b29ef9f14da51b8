"""What a team model knows of a league that has hardly begun: an average game.

Four seasons of the NBA, 2015-16 to 2018-19, which no backtest scores: the home side
wins by 2.8 points, both score 213 together, with standard deviations of 13.9 and 20.7
about that (benchmarks/measured_numbers.py). The first
games move these levels as far as their number allows, and from `MIN_RIDGE_GAMES` on
teams are told apart by strongly shrunken regressions. Spreads, which need games that
come after those the means were learnt from, stay as they are.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ml.arrays import Floats
from ml.models.linear import LinearModel, fit_ridges
from ml.models.team.design import Target
from ml.models.team.mean import MeanModel
from ml.models.team.spread import Spread
from ml.models.trees import fit_trees

MIN_RIDGE_GAMES = 50
# Mean (points), games that it is worth beside those of the league, and sd (points).
LEVELS: dict[Target, tuple[float, float, float]] = {
    "margin": (2.8, 200.0, 13.9),
    "total": (213.0, 20.0, 20.7),
}
CORRELATION = 0.0
DF = 30.0
# A ridge penalty in games: a column is believed a twentieth with fifty games.
_PENALTY = 1000.0
_N_ROWS_OF_NO_TREES = 64


def first_mean(X: Floats, T: Floats, y: Floats, target: Target) -> MeanModel:
    """Expect the average game, moved by the few that were played.

    Parameters
    ----------
    X, T : ndarray, shape (n_games, any)
        What the ridge and what the trees read.
    y : ndarray, shape (n_games,)
        Target; at least one game.
    target : {"margin", "total"}
        Which.

    Returns
    -------
    MeanModel
        Without trees.
    """
    prior, weight, _ = LEVELS[target]
    level = float((y.sum() + weight * prior) / (len(y) + weight))
    if len(y) >= MIN_RIDGE_GAMES:
        (ridge,) = fit_ridges(X, y, penalties=[_PENALTY])
        ridge = replace(ridge, intercept=ridge.intercept + level - float(y.mean()))
    else:
        n_columns = X.shape[1]
        zeros, ones = np.zeros(n_columns), np.ones(n_columns)
        ridge = LinearModel(centre=zeros, scale=ones, coef=zeros, intercept=level)
    nothing = np.zeros((_N_ROWS_OF_NO_TREES, T.shape[1]))
    trees = fit_trees(nothing, nothing[:, 0], random_state=0)
    return MeanModel(ridge, trees, share=0.0)


def first_spread(target: Target, n_covariates: int) -> Spread:
    """Return the spread of a league's games, the same for each.

    Parameters
    ----------
    target : {"margin", "total"}
        Of which.
    n_covariates : int
        How many a spread may depend on.
    """
    zeros = np.zeros(n_covariates)
    return Spread(
        level=float(np.log(LEVELS[target][2])),
        slopes=zeros,
        centre=zeros,
        scale=np.ones(n_covariates),
    )
