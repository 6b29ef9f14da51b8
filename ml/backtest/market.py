"""The market as a forecaster: closing lines, read by the scorer and by nothing else."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from scipy import special

from ml.errors import MissingError
from ml.ingest.source import reading

# Standard deviation of margins about the closing spread, 2015-16 to 2022-23.
MARGIN_SD = 12.9
COLUMNS = ("game_id", "home_spread", "total", "moneyline_home", "moneyline_away")


def read_closing_lines(source: Path) -> pd.DataFrame:
    """Read the closing lines of a source database.

    Parameters
    ----------
    source : Path
        A SQLite file that follows the source contract.

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
    with reading(source) as connection:
        found = connection.execute("pragma table_info(closing_lines)").fetchall()
        present = [name for name in COLUMNS if name in {row[1] for row in found}]
        if not present:
            return pd.DataFrame({name: [] for name in COLUMNS})
        lines = pd.read_sql_query(
            f"select {', '.join(present)} from closing_lines order by game_id",
            connection,
        )
    return lines.reindex(columns=list(COLUMNS))


def read_team_names(source: Path) -> dict[int, str]:
    """Return the abbreviation of each team of a source, for people to read."""
    with reading(source) as connection:
        found = connection.execute("select * from teams limit 0").description
        if not {"team_id", "team_abbreviation"} <= {column[0] for column in found}:
            return {}
        rows = connection.execute("select team_id, team_abbreviation from teams")
        return {int(team): str(name) for team, name in rows}


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
