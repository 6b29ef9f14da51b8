"""The sample read as a table: one row a player, means and quantiles of every column."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.arrays import Bools, Floats, Ints
from ml.boxscore.sample import BoxSample
from ml.boxscore.stats import BOX, COMBINATIONS, NAMES
from ml.errors import SettingsError

LEVELS = (0.1, 0.5, 0.9)
# What has means and quantiles in exports, and what it is called.
SUMMARISED = NAMES | {"pra": "points + rebounds + assists"}


def column(sample: BoxSample, name: str) -> Ints:
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


def tally(values: Ints, chosen: Bools | None = None) -> Ints:
    """Count how often each value occurs in each column.

    Parameters
    ----------
    values : ndarray of int, shape (n_draws, n_columns)
        Not negative.
    chosen : ndarray of bool, shape (n_draws, n_columns), optional
        Which of them count; all by default.

    Returns
    -------
    ndarray of int, shape (n_columns, max(values) + 1)
        Counts.
    """
    n_columns = values.shape[1]
    width = int(values.max(initial=0)) + 1
    cells = values + width * np.arange(n_columns)
    picked = cells.ravel() if chosen is None else cells[chosen]
    counts = np.bincount(picked, minlength=width * n_columns)
    return np.asarray(counts.reshape(n_columns, width))


def means(counts: Ints) -> Floats:
    """Return the mean of each row of a `tally`; NaN where it is empty."""
    n = counts.sum(axis=1).astype(float)
    total = counts @ np.arange(counts.shape[1])
    return np.asarray(np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0))


def quantiles(counts: Ints, level: float) -> Floats:
    """Return a quantile of each row of a `tally`; NaN where it is empty.

    Each whole number is spread over ± 1/2, so that an interval holds what it says;
    what would fall below zero is zero.
    """
    reached = counts.cumsum(axis=1)
    n = reached[:, -1].astype(float)
    cell = (reached > np.floor(level * n)[:, None]).argmax(axis=1)
    rows = np.arange(len(counts))
    inside = counts[rows, cell]
    below = reached[rows, cell] - inside
    share = np.divide(
        level * n - below, inside, out=np.full(len(n), np.nan), where=inside > 0
    )
    return np.asarray(np.maximum(cell - 0.5 + share, 0.0))


def summarise(sample: BoxSample) -> pd.DataFrame:
    """Summarise one game.

    Returns
    -------
    DataFrame, shape (n_players, ...)
        ``game_id, team_id, player_id, play_prob``; for each of `SUMMARISED` the
        ``_mean``, ``_p10``, ``_p50``, ``_p90`` given that he plays, and the same with
        ``_all`` behind, counting games he does not play as zero.
    """
    plays = sample.plays
    frame: dict[str, object] = {
        "game_id": np.repeat(sample.game_id, len(sample.player_id)),
        "team_id": sample.team_id,
        "player_id": sample.player_id,
        "play_prob": plays.mean(axis=0),
    }
    for name in SUMMARISED:
        values = column(sample, name)
        for ending, counts in (("", tally(values, plays)), ("_all", tally(values))):
            frame[f"{name}_mean{ending}"] = means(counts)
            for level in LEVELS:
                frame[f"{name}_p{round(100 * level)}{ending}"] = quantiles(
                    counts, level
                )
    return pd.DataFrame(frame)
