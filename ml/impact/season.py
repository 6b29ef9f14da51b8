"""Plain adjusted plus-minus of one season, the yardstick that others publish."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.impact.design import build_design
from ml.impact.ridge import StintRidge

# Long enough that nothing fades within a season.
_NEVER_DAYS = 1e9


def season_ridge(
    stints: pd.DataFrame, games: pd.DataFrame, *, penalty: float = 6000.0
) -> pd.DataFrame:
    """Regress stints on the ten players, all stints alike, shrunken to zero.

    Parameters
    ----------
    stints : DataFrame
        Columns of `ml.impact.stints.STINT_COLUMNS`.
    games : DataFrame
        ``game_id, game_date``.
    penalty : float
        Strength of the shrinkage (possessions).

    Returns
    -------
    DataFrame
        One row per player: ``player_id, off_impact, def_impact, impact`` (points per
        100 possessions, more is better, the average player on court is 0) and
        ``possessions`` (both ends).

    References
    ----------
    Rosenbaum, D. (2004). Measuring how NBA players help their teams win.
    82games.com; Sill, J. (2010), see `ml.impact.ridge`.
    """
    design = build_design(stints, games)
    n_players = len(design.players)
    ridge = StintRidge(n_players, half_life_days=_NEVER_DAYS)
    points = sum(float(day.points @ day.possessions) for day in design.days)
    possessions = sum(float(day.possessions.sum()) for day in design.days)
    for day in design.days:
        ridge.add(day, points / possessions)
    nothing = np.zeros((2, n_players))
    solution = ridge.solve(np.arange(n_players), nothing, nothing, penalty=penalty)
    exposure = ridge.exposure()
    rated = np.vstack([solution.offense, solution.defense])
    rated -= np.average(rated, axis=1, weights=exposure)[:, None]
    return pd.DataFrame(
        {
            "player_id": design.players,
            "off_impact": rated[0],
            "def_impact": rated[1],
            "impact": rated.sum(axis=0),
            "possessions": exposure,
        }
    )
