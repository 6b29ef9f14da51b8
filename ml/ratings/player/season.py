"""Plain adjusted plus-minus of one season, the benchmark that others publish."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.ratings.player.design import build_design, dated
from ml.ratings.player.ridge import StintRidge, level_and_score

# Long enough that nothing fades within a season.
_NEVER_DAYS = 1e9


def season_ridge(
    stints: pd.DataFrame, games: pd.DataFrame, *, penalty: float = 6000.0
) -> pd.DataFrame:
    """Regress stints on the ten players, all stints alike, shrunken to zero.

    Parameters
    ----------
    stints : DataFrame
        Columns of `ml.ingest.playbyplay.stints.STINT_COLUMNS`.
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
    82games.com; Sill, J. (2010), see `ml.ratings.player.ridge`.
    """
    design = build_design(dated(stints, games))
    n_players = len(design.players)
    points = sum(float(day.points.sum()) for day in design.days)
    level = 100 * points / sum(float(day.possessions.sum()) for day in design.days)
    margins, totals = (
        StintRidge(n_players, half_life_days=_NEVER_DAYS) for _ in range(2)
    )
    for day in design.days:
        home, away = day.excess(level).T
        # As others publish it: whatever the score.
        of_all = {
            "common": level_and_score(np.zeros(len(day.lead))),
            "weight": day.weight,
        }
        for ridge, signs, outcome in (
            (margins, day.home - day.away, home - away),
            (totals, day.home + day.away, home + away),
        ):
            ridge.add(day.date, day.players, signs, outcome=outcome, **of_all)
    nothing = np.zeros(n_players)
    exposure = margins.exposure()
    net, style = (
        ridge.solve(np.arange(n_players), nothing, nothing, penalty=penalty).value
        for ridge in (margins, totals)
    )
    net = net - np.average(net, weights=exposure)
    style = style - np.average(style, weights=exposure)
    return pd.DataFrame(
        {
            "player_id": design.players,
            "off_impact": (net + style) / 2,
            "def_impact": (net - style) / 2,
            "impact": net,
            "possessions": 2 * exposure,
        }
    )
