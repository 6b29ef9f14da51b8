"""The market as a forecaster: closing lines, read by the scorer and by nothing else."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd
from scipy import special

from ml.errors import MissingError

# Standard deviation of margins about the closing spread, 2015-16 to 2022-23.
MARGIN_SD = 12.9


def read_closing_lines(source: Path) -> pd.DataFrame:
    """Read the closing lines of a source database.

    Parameters
    ----------
    source : Path
        A SQLite file that follows the source contract.

    Returns
    -------
    DataFrame, shape (n_games, 3)
        ``game_id, home_spread, total``; empty where the source has none.

    Raises
    ------
    MissingError
        If the file does not exist.
    """
    if not source.is_file():
        raise MissingError(f"there is no source at {source}")
    columns = ["game_id", "home_spread", "total"]
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as connection:
        has_lines = connection.execute(
            "select count(*) from sqlite_master where name = 'closing_lines'"
        ).fetchone()[0]
        if not has_lines:
            return pd.DataFrame({name: [] for name in columns})
        return pd.read_sql_query(
            f"select {', '.join(columns)} from closing_lines order by game_id",
            connection,
        )


def market_forecasts(lines: pd.DataFrame) -> pd.DataFrame:
    """Turn closing lines into forecasts.

    Parameters
    ----------
    lines : DataFrame, shape (n_games, 3)
        ``game_id, home_spread, total``; the spread is -7 where home is favoured by 7.

    Returns
    -------
    DataFrame, shape (n_games_with_lines, 4)
        ``game_id, home_win_prob, margin_mean, total_mean``, with
        ``home_win_prob = Φ(-home_spread / 12.9)`` (Stern, 1991).

    References
    ----------
    Stern, H. (1991). On the probability of winning a football game. The American
    Statistician 45.
    """
    whole = lines.dropna(subset=["home_spread", "total"])
    margin = -whole["home_spread"].astype(float)
    return pd.DataFrame(
        {
            "game_id": whole["game_id"],
            "home_win_prob": special.ndtr(margin / MARGIN_SD),
            "margin_mean": margin,
            "total_mean": whole["total"].astype(float),
        }
    ).reset_index(drop=True)
