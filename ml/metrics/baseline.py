"""The baseline: what a forecaster with two ratings a team already knows.

Winner and margin come from the margin-aware Elo rating that FiveThirtyEight
published, totals from exponentially weighted attack and defence. Both read final
scores only, and both update at the end of a day, so that no game is forecast with a
score of its own date. A forecast earns its keep by what it adds to this one.

References
----------
Silver, N. & Fischer-Baum, R. (2015). How We Calculate NBA Elo Ratings.
FiveThirtyEight. Home advantage 70 points, as in 2015-16 to 2022-23 (the article's
100 is the mean of all seasons since 1946-47).
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np
import pandas as pd

from ml.errors import SettingsError
from ml.ratings.team import elo_gain

GAME_COLUMNS = (
    "season",
    "game_date",
    "home_team_id",
    "away_team_id",
    "home_pts",
    "away_pts",
)


class _Game(NamedTuple):
    row: int
    season: str
    date: object
    home: Hashable
    away: Hashable
    home_pts: float
    away_pts: float

    @property
    def is_played(self) -> bool:
        return not (np.isnan(self.home_pts) or np.isnan(self.away_pts))


@dataclass(frozen=True)
class EloSettings:
    """Constants of the margin-aware Elo rating.

    Attributes
    ----------
    k : float
        Step of an update (rating points).
    home_advantage : float
        Added to the home side (rating points).
    carry : float
        Share of a rating that survives the summer (0-1).
    season_mean : float
        What the rest regresses to (rating points).
    start : float
        Rating of a team never seen.
    points_per_margin : float
        Rating points that are worth one point of margin.
    """

    k: float = 20.0
    home_advantage: float = 70.0
    carry: float = 0.75
    season_mean: float = 1505.0
    start: float = 1500.0
    points_per_margin: float = 28.0


@dataclass(frozen=True)
class TotalSettings:
    """Constants of the exponentially weighted attack and defence.

    Attributes
    ----------
    half_life : float
        Of a team's attack and defence (games of that team).
    league_half_life : float
        Of the league's mean score (games of the league).
    carry : float
        Share of attack and defence that survives the summer (0-1).
    start : float
        The league's mean score before the first game (points a side).
    """

    half_life: float = 10.0
    league_half_life: float = 200.0
    carry: float = 0.75
    start: float = 102.0


def elo_differences(
    games: pd.DataFrame, settings: EloSettings | None = None
) -> pd.Series:
    """Rate every team and return the difference before each game.

    Parameters
    ----------
    games : DataFrame, shape (n_games, 6 or more)
        `GAME_COLUMNS`; null scores mean not yet played.
    settings : EloSettings, optional
        Constants.

    Returns
    -------
    Series, shape (n_games,)
        Home rating + home advantage - away rating, indexed like `games`.

    Raises
    ------
    SettingsError
        If a column is absent.
    """
    settings = settings or EloSettings()
    ratings: dict[Hashable, float] = {}
    last_season: dict[Hashable, str] = {}
    out = np.full(len(games), np.nan)
    for day in _days(games):
        gains: list[tuple[Hashable, Hashable, float]] = []
        for game in day:
            for team in (game.home, game.away):
                if team not in ratings:
                    ratings[team] = settings.start
                elif last_season[team] != game.season:
                    regressed = settings.season_mean - ratings[team]
                    ratings[team] += (1.0 - settings.carry) * regressed
                last_season[team] = game.season
            difference = (
                ratings[game.home] + settings.home_advantage - ratings[game.away]
            )
            out[game.row] = difference
            if game.is_played:
                margin = game.home_pts - game.away_pts
                gain = elo_gain(difference, margin, settings.k)
                gains.append((game.home, game.away, gain))
        for home, away, gain in gains:
            ratings[home] += gain
            ratings[away] -= gain
    return pd.Series(out, index=games.index)


def total_means(
    games: pd.DataFrame, settings: TotalSettings | None = None
) -> pd.Series:
    """Expect each game's total from attack and defence.

    A side is expected to score the league's mean + its attack + the other side's
    defence (points allowed above the mean). What it scores beyond that moves both
    by the same step, and both sides' surprise moves the league's mean.

    Parameters
    ----------
    games : DataFrame, shape (n_games, 6 or more)
        `GAME_COLUMNS`; null scores mean not yet played.
    settings : TotalSettings, optional
        Constants.

    Returns
    -------
    Series, shape (n_games,)
        Expected total (points), indexed like `games`.

    Raises
    ------
    SettingsError
        If a column is absent.
    """
    settings = settings or TotalSettings()
    step = 1.0 - 0.5 ** (1.0 / settings.half_life)
    league_step = 1.0 - 0.5 ** (1.0 / settings.league_half_life)
    attack: dict[Hashable, float] = {}
    defence: dict[Hashable, float] = {}
    last_season: dict[Hashable, str] = {}
    league = settings.start
    out = np.full(len(games), np.nan)
    for day in _days(games):
        surprises: list[tuple[Hashable, Hashable, float]] = []
        for game in day:
            for team in (game.home, game.away):
                if last_season.get(team) != game.season:
                    attack[team] = settings.carry * attack.get(team, 0.0)
                    defence[team] = settings.carry * defence.get(team, 0.0)
                    last_season[team] = game.season
            home_pts = league + attack[game.home] + defence[game.away]
            away_pts = league + attack[game.away] + defence[game.home]
            out[game.row] = home_pts + away_pts
            if game.is_played:
                surprises.append((game.home, game.away, game.home_pts - home_pts))
                surprises.append((game.away, game.home, game.away_pts - away_pts))
        for scorer, allower, surprise in surprises:
            attack[scorer] += step * surprise
            defence[allower] += step * surprise
            league += league_step * surprise / 2.0
    return pd.Series(out, index=games.index)


def baseline_forecasts(games: pd.DataFrame) -> pd.DataFrame:
    """Forecast every game from the scores of earlier days.

    Parameters
    ----------
    games : DataFrame, shape (n_games, 6 or more)
        `GAME_COLUMNS`, any order; null scores mean not yet played.

    Returns
    -------
    DataFrame, shape (n_games, 3)
        ``home_win_prob, margin_mean, total_mean``, indexed like `games`.

    Raises
    ------
    SettingsError
        If a column is absent.
    """
    difference = elo_differences(games)
    return pd.DataFrame(
        {
            "home_win_prob": 1.0 / (1.0 + 10.0 ** (-difference / 400.0)),
            "margin_mean": difference / EloSettings().points_per_margin,
            "total_mean": total_means(games),
        },
        index=games.index,
    )


def _days(games: pd.DataFrame) -> list[list[_Game]]:
    absent = [column for column in GAME_COLUMNS if column not in games.columns]
    if absent:
        raise SettingsError(
            f"games lack the columns {absent}", f"give a frame with {GAME_COLUMNS}"
        )
    rows = [
        _Game(*row)
        for row in zip(
            range(len(games)),
            games["season"],
            games["game_date"],
            games["home_team_id"],
            games["away_team_id"],
            games["home_pts"].astype("Float64").to_numpy(float, na_value=np.nan),
            games["away_pts"].astype("Float64").to_numpy(float, na_value=np.nan),
            strict=True,
        )
    ]
    order = games["game_date"].argsort(kind="stable")
    by_date = (rows[position] for position in order)
    return [list(day) for _, day in groupby(by_date, key=lambda game: game.date)]
