"""The baseline of player forecasts: what a player did before, recent games for more."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.arrays import Floats
from ml.metrics.score import crps_sample_losses

HALF_LIFE = 8.0
WINDOW = 30


def appearances(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the lines of those who played, each with his baseline.

    Parameters
    ----------
    lines : DataFrame, shape (n_lines, ...)
        ``game_date, game_id, player_id, min`` and the statistics, all seasons there
        are; played where ``min`` > 0.

    Returns
    -------
    DataFrame, shape (n_appearances, ...)
        In order of player and time, with ``<stat>_baseline``: the mean of his earlier
        games, weights halving every eight; NaN before his first.
    """
    played = lines[lines["min"] > 0]
    played = played.sort_values(
        ["player_id", "game_date", "game_id"], ignore_index=True
    )
    stats = [name for name in played if name not in ("game_date", "game_id")]
    stats = [name for name in stats if name not in ("player_id", "season", "team_id")]
    groups = played.groupby("player_id")[stats]
    means = groups.ewm(halflife=HALF_LIFE).mean().reset_index(drop=True)
    baseline = means.groupby(played["player_id"]).shift()
    return pd.concat([played, baseline.add_suffix("_baseline")], axis=1)


def window_crps(played: pd.DataFrame, stat: str) -> Floats:
    """Return the CRPS of the distribution of a player's last 30 games.

    Parameters
    ----------
    played : DataFrame, shape (n_appearances, ...)
        From `appearances`.
    stat : str
        Which column.

    Returns
    -------
    ndarray, shape (n_appearances,)
        NaN for a player's first game.
    """
    values = played[stat].to_numpy(float)
    number = played.groupby("player_id").cumcount().to_numpy()
    losses = np.full(len(values), np.nan)
    for length in range(1, WINDOW + 1):
        rows = np.flatnonzero(np.minimum(number, WINDOW) == length)
        if len(rows):
            windows = values[rows[:, None] - np.arange(1, length + 1)]
            losses[rows] = crps_sample_losses(windows, values[rows])
    return losses
