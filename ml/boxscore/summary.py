"""The sample read as a table: one row a player, means and quantiles of every column."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.boxscore.candidates import Floats
from ml.boxscore.sample import BoxSample
from ml.boxscore.stats import BOX, COMBINATIONS
from ml.errors import SettingsError

LEVELS = (0.1, 0.5, 0.9)


def column(sample: BoxSample, name: str) -> npt.NDArray[np.int64]:
    """Return a column of `BOX` or a sum of `COMBINATIONS`, shape (n_draws, n_players).

    Raises
    ------
    SettingsError
        If there is no such column.
    """
    if name in sample.box:
        return np.asarray(sample.box[name].astype(np.int64))
    if name not in COMBINATIONS:
        known = ", ".join((*BOX, *COMBINATIONS))
        raise SettingsError(f"a box score has no {name}", f"it has: {known}")
    parts = [sample.box[part].astype(np.int64) for part in COMBINATIONS[name]]
    return np.asarray(np.sum(parts, axis=0))


def quantile(values: npt.NDArray[np.int64], level: float) -> float:
    """Return a quantile of whole numbers, each spread over ± 1/2; NaN where empty."""
    if len(values) == 0:
        return float("nan")
    ordered = np.sort(values)
    cell = ordered[min(int(level * len(ordered)), len(ordered) - 1)]
    below = np.searchsorted(ordered, cell, side="left")
    inside = np.searchsorted(ordered, cell, side="right") - below
    return float(cell - 0.5 + (level * len(ordered) - below) / inside)


def summarise(sample: BoxSample) -> pd.DataFrame:
    """Summarise one game.

    Returns
    -------
    DataFrame, shape (n_players, ...)
        ``game_id, team_id, player_id, play_prob``; for each column of `BOX` and
        ``pra`` the ``_mean``, ``_p10``, ``_p50``, ``_p90`` given that he plays, and
        ``_mean_all`` counting games he does not play as zero.
    """
    plays = sample.plays
    frame: dict[str, object] = {
        "game_id": np.repeat(sample.game_id, len(sample.player_id)),
        "team_id": sample.team_id,
        "player_id": sample.player_id,
        "play_prob": plays.mean(axis=0),
    }
    for name in (*BOX, "pra"):
        values = column(sample, name)
        given = [values[plays[:, who], who] for who in range(values.shape[1])]
        frame[f"{name}_mean"] = _means(given)
        for level in LEVELS:
            frame[f"{name}_p{round(100 * level)}"] = np.array(
                [quantile(one, level) for one in given]
            )
        frame[f"{name}_mean_all"] = values.mean(axis=0)
    return pd.DataFrame(frame)


def _means(given: list[npt.NDArray[np.int64]]) -> Floats:
    return np.array([one.mean() if len(one) else np.nan for one in given])
