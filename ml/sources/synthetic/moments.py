"""Moments of box scores, of a simulated league beside the real one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ml.errors import MissingError
from ml.ingest.source import reading

COMPARED = ("2021-22", "2022-23", "2023-24")
TOLERANCE = 0.10
_TEAM_STATS = ("fga", "fg3a", "fta", "oreb", "reb", "ast", "stl", "blk", "tov", "pf")
_SPREADS = ("fga", "fg3a", "fta", "reb", "ast", "tov")
N_RANKS = 10
_PLAYED = "season_type = 'Regular Season' and home_pts is not null"


def compare_moments(
    simulated: Path,
    real: Path,
    *,
    seasons: tuple[str, ...] = COMPARED,
) -> pd.DataFrame:
    """Set the moments of two leagues beside each other.

    Parameters
    ----------
    simulated, real : Path
        SQLite files in the layout of the source contract.
    seasons : tuple of str, default 2021-22 to 2023-24
        Seasons of the real league that count: pace and shooting drifted before.

    Returns
    -------
    DataFrame
        Columns moment, simulated, real, ratio, within_10pct; one row a moment,
        regular season only.

    Raises
    ------
    MissingError
        If a file is not there, or has no games of the seasons asked for.
    """
    ours, theirs = league_moments(simulated), league_moments(real, seasons)
    frame = pd.DataFrame({"simulated": ours, "real": theirs}).rename_axis("moment")
    frame["ratio"] = frame["simulated"] / frame["real"]
    frame["within_10pct"] = (frame["ratio"] - 1.0).abs() <= TOLERANCE
    return frame.reset_index()


def league_moments(path: Path, seasons: tuple[str, ...] | None = None) -> pd.Series:
    """Moments of one league's regular seasons.

    Parameters
    ----------
    path : Path
        SQLite file in the layout of the source contract.
    seasons : tuple of str, optional
        All of them where left out.

    Returns
    -------
    Series
        By name of the moment.

    Raises
    ------
    MissingError
        If the file is not there, or has no such games.
    """
    if not path.is_file():
        raise MissingError(f"no league at {path}", "check the path")
    chosen = "" if seasons is None else f" and season in {seasons!r}"
    with reading(path) as connection:
        games = pd.read_sql(
            f"select * from games where {_PLAYED}{chosen} order by game_date, game_id",
            connection,
        )
        where = f"season_type = 'Regular Season'{chosen}"
        teams = pd.read_sql(f"select * from team_game_stats where {where}", connection)
        players = pd.read_sql(
            f"""
            select game_id, team_id, min, pts
            from player_game_stats
            where {where}
            order by game_id, team_id, min desc, player_id
            """,
            connection,
        )
        stints = pd.read_sql(
            f"""
            select
                game_id,
                count(*) as stints,
                (sum(home_poss) + sum(away_poss)) / 2.0 as possessions,
                max(end_elapsed) as seconds
            from impact_lineup_stints
            where game_id like '002%'{chosen}
            group by game_id
            """,
            connection,
        )
    if games.empty:
        raise MissingError(f"{path} has no played games of {seasons}", "simulate more")
    return pd.Series(
        {
            **_game_moments(games),
            **_team_moments(teams),
            **_rank_moments(players),
            "possessions_per_48": float(
                (stints["possessions"] / stints["seconds"] * 2880.0).mean()
            ),
            "stints_per_game": float(stints["stints"].mean()),
        }
    )


def _game_moments(games: pd.DataFrame) -> dict[str, float]:
    margin = games["home_pts"] - games["away_pts"]
    total = games["home_pts"] + games["away_pts"]
    sides = pd.concat(
        [
            games[["season", "game_date"]].assign(team=games[f"{side}_team_id"])
            for side in ("home", "away")
        ]
    )
    sides["game_date"] = pd.to_datetime(sides["game_date"])
    sides = sides.sort_values(["season", "team", "game_date"])
    rest = sides.groupby(["season", "team"])["game_date"].diff().dt.days
    return {
        "margin_sd": float(margin.std()),
        "total_sd": float(total.std()),
        "home_win_share": float((margin > 0).mean()),
        "within_3_share": float((margin.abs() <= 3).mean()),
        "overtime_share": float((games["periods"] > 4).mean()),
        "back_to_back_share": float((rest == 1).mean()),
        "meetings_margin_correlation": _meetings_correlation(games, margin),
    }


def _meetings_correlation(games: pd.DataFrame, margin: pd.Series) -> float:
    """Correlation of margins, less the home side's mean, over pairs of meetings."""
    low = games[["home_team_id", "away_team_id"]].min(axis=1)
    high = games[["home_team_id", "away_team_id"]].max(axis=1)
    sign = np.where(games["home_team_id"] == low, 1.0, -1.0)
    frame = pd.DataFrame(
        {
            "season": games["season"],
            "low": low,
            "high": high,
            "edge": (margin - margin.mean()) * sign,
        }
    )
    frame["squares"] = frame["edge"] ** 2
    sums = frame.groupby(["season", "low", "high"]).agg(
        sum=("edge", "sum"), count=("edge", "size"), squares=("squares", "sum")
    )
    pairs = sums["count"] * (sums["count"] - 1)
    products = sums["sum"] ** 2 - sums["squares"]
    mean_product = products.sum() / pairs.sum()
    return float(mean_product / frame["squares"].mean())


def _team_moments(teams: pd.DataFrame) -> dict[str, float]:
    moments = {
        "team_pts_mean": float(teams["pts"].mean()),
        "team_pts_sd": float(teams["pts"].std()),
        "fg_pct": float(teams["fgm"].sum() / teams["fga"].sum()),
        "fg3_pct": float(teams["fg3m"].sum() / teams["fg3a"].sum()),
        "ft_pct": float(teams["ftm"].sum() / teams["fta"].sum()),
    }
    moments |= {f"{stat}_mean": float(teams[stat].mean()) for stat in _TEAM_STATS}
    moments |= {f"{stat}_sd": float(teams[stat].std()) for stat in _SPREADS}
    net = teams["pts"] - teams["opponent_pts"]
    seasons = net.groupby([teams["season"], teams["team_id"]]).mean()
    spread = seasons.groupby("season").std().mean()
    return moments | {"season_margin_sd": float(spread)}


def _rank_moments(players: pd.DataFrame) -> dict[str, float]:
    sides = players.groupby(["game_id", "team_id"])
    rank = sides.cumcount() + 1
    means = players.groupby(rank)[["min", "pts"]].mean()
    played = (players["min"] > 0).groupby([players["game_id"], players["team_id"]])
    moments = {"players_per_side": float(played.sum().mean())}
    for stat, label in (("min", "minutes"), ("pts", "points")):
        for place in range(1, N_RANKS + 1):
            moments[f"{label}_rank_{place}"] = float(means[stat].iloc[place - 1])
    return moments
