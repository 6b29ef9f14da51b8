"""A column in the games a player played before."""

from __future__ import annotations

import pandas as pd

from ml.arrays import Bools


def mean_before(
    values: pd.DataFrame,
    player: pd.Series,
    has_played: Bools,
    half_life: float,
) -> pd.DataFrame:
    """Return exponentially weighted means over the games a player played before.

    Parameters
    ----------
    values : DataFrame, shape (n_rows, n_columns)
        Rows in order of time, one index each.
    player : Series, shape (n_rows,)
        Whose row it is.
    has_played : ndarray of bool, shape (n_rows,)
        Whether he played; false for games to come.
    half_life : float
        Games after which a game counts for half.

    Returns
    -------
    DataFrame, like `values`
        NaN before a player's first game.
    """
    seen = values[has_played].reindex(values.index)
    means = seen.groupby(player).ewm(halflife=half_life, ignore_na=True).mean()
    return _shifted(means.droplevel(0).reindex(values.index), player)


def last_before(
    values: pd.DataFrame, player: pd.Series, has_played: Bools
) -> pd.DataFrame:
    """Return the values in the last game a player played before.

    Parameters
    ----------
    values, player, has_played
        As in `mean_before`.

    Returns
    -------
    DataFrame, like `values`
        NaN before a player's first game.
    """
    seen = values[has_played].reindex(values.index)
    return _shifted(seen.groupby(player).ffill(), player)


def _shifted(values: pd.DataFrame, player: pd.Series) -> pd.DataFrame:
    shifted: pd.DataFrame = values.groupby(player).shift()
    return shifted
