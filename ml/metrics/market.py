"""The market as a forecaster: closing lines, read by the scorer and by nothing else."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from scipy import special

from ml.errors import MissingError
from ml.ingest.given import read_given
from ml.settings import Settings

# Standard deviation of margins about the closing spread, 2015-16 to 2022-23.
MARGIN_SD = 12.9
COLUMNS = ("game_id", "home_spread", "total", "moneyline_home", "moneyline_away")


def read_closing_lines(source: Path, settings: Settings) -> pd.DataFrame:
    """Read the closing lines of a source database.

    Parameters
    ----------
    source : Path
        A SQLite file that follows the source contract.
    settings : Settings
        What the source calls its tables.

    Returns
    -------
    DataFrame, shape (n_games, 5)
        ``game_id, home_spread, total`` and, in American odds, ``moneyline_home,
        moneyline_away``, which a source need not have; empty where it has no lines.

    Raises
    ------
    MissingError
        If the file does not exist.
    """
    if not source.is_file():
        raise MissingError(f"there is no source at {source}")
    lines = read_given(source, ["closing_lines"], settings)["closing_lines"]
    return lines[list(COLUMNS)].sort_values("game_id", ignore_index=True)


def read_team_names(source: Path, settings: Settings) -> dict[int, str]:
    """Return the abbreviation of each team of a source, for people to read."""
    teams = read_given(source, ["teams"], settings)["teams"].dropna()
    return dict(zip(teams["team_id"], teams["team_abbreviation"], strict=True))


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
