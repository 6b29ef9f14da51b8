"""Forecasts informed by the lines of past games: a model of its own, off by default.

Where a closing line lay beside our own forecast says what the market knew of a team and
we did not, and some of that still holds when it plays next. For every team and for the
league the differences *line - own forecast made beforehand* are kept as fading means
over games that are over; a ridge regression turns those of tonight's teams into points
that margin and total are moved by.

Nothing of a game's own line is read to forecast it: a line counts from when its game
is over. Forecasts without this module are untouched by it.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.arrays import Floats
from ml.metrics.market import market_forecasts
from ml.models.team.forecasts import COLUMNS, TeamForecasts
from ml.models.team.score_distribution import ScoreDistribution

# Games after which a difference counts for half: of a team, of the whole league.
TEAM_GAMES = (2.0, 5.0, 15.0)
LEAGUE_GAMES = (60.0, 300.0)
# A mean of few games is drawn towards zero as by so many more without a difference.
_PADDING = 1.0
# In units of games: the strength of the shrinkage of the scaled means' weights.
_PENALTY = 300.0
# Half of what is learnt is the result, half the line, which is less noisy.
_RESULT_SHARE = 0.5
# Seasons before that of a forecast that are learnt from.
MEMORY_SEASONS = 5
_FEWEST_GAMES = 100
TARGETS = ("margin", "total")
# Correlation of margin and total, and the tails, where only moments are kept.
_CORRELATION, _DF = 0.0, 12.0


def informed(
    forecasts: pd.DataFrame,
    games: pd.DataFrame,
    lines: pd.DataFrame,
    *,
    memory_seasons: int = MEMORY_SEASONS,
) -> pd.DataFrame:
    """Move forecasts by what past lines said beside past forecasts.

    Parameters
    ----------
    forecasts : DataFrame, shape (n_forecasts, any)
        Columns of `ml.models.team.forecasts.COLUMNS`, each made beforehand. Those of
        the first seasons are only learnt from.
    games : DataFrame, shape (n_games, any)
        ``game_id, game_date, home_team_id, away_team_id, known_at, home_margin,
        total_points`` of the same games; null results where they are to come.
    lines : DataFrame, shape (n_lines, any)
        ``game_id, home_spread, total`` of whichever games have one.
    memory_seasons : int
        Seasons before that of a forecast that are learnt from.

    Returns
    -------
    DataFrame, like `forecasts`
        In order of time. Games before which there is too little to learn from, or no
        past line, are forecast as they were.
    """
    table = _table(forecasts, games, lines)
    moved = {target: np.zeros(len(table)) for target in TARGETS}
    states = {target: _states(table, target) for target in TARGETS}
    seasons = sorted(table["season"].unique())
    month = pd.to_datetime(table["game_date"]).dt.strftime("%Y-%m")
    is_over = table["result_margin"].notna() & table["line_margin"].notna()
    for (season, _), rows in table.groupby(["season", month], sort=True):
        oldest = seasons[max(seasons.index(season) - memory_seasons, 0)]
        past = is_over & (table["known_at"] < rows["forecast_at"].min())
        past &= table["season"] >= oldest
        learnt = np.flatnonzero(past)
        if len(learnt) < _FEWEST_GAMES:
            continue
        for target in TARGETS:
            own = table[f"{target}_mean"].to_numpy(float)
            result, line = (
                table[f"{kind}_{target}"].to_numpy(float) - own
                for kind in ("result", "line")
            )
            label = _RESULT_SHARE * result + (1.0 - _RESULT_SHARE) * line
            weights = _ridge(states[target][learnt], label[learnt])
            moved[target][rows.index] = states[target][rows.index] @ weights
    return _moved(table, moved)


def _table(
    forecasts: pd.DataFrame, games: pd.DataFrame, lines: pd.DataFrame
) -> pd.DataFrame:
    told = ["game_id", "game_date", "home_team_id", "away_team_id", "known_at"]
    results = games[[*told, "home_margin", "total_points"]].rename(
        columns={"home_margin": "result_margin", "total_points": "result_total"}
    )
    market = market_forecasts(lines).rename(
        columns={"margin_mean": "line_margin", "total_mean": "line_total"}
    )
    table = forecasts.merge(results, on="game_id", validate="1:1").merge(
        market[["game_id", "line_margin", "line_total"]], on="game_id", how="left"
    )
    return table.sort_values(["forecast_at", "game_id"], ignore_index=True)


def _states(table: pd.DataFrame, target: str) -> Floats:
    """Return what each game's forecast could know of earlier lines.

    Columns are the means of the home team's less the away team's for the margin, their
    sum for the total, then those of the league.
    """
    side = -1.0 if target == "margin" else 1.0
    difference = (table[f"line_{target}"] - table[f"{target}_mean"]).to_numpy(float)
    home, away = (table[f"{name}_team_id"].to_numpy() for name in ("home", "away"))
    n_teams, n_league = len(TEAM_GAMES), len(LEAGUE_GAMES)
    fade = 0.5 ** (1.0 / np.array(TEAM_GAMES))
    league_fade = 0.5 ** (1.0 / np.array(LEAGUE_GAMES))
    teams: dict[object, Floats] = defaultdict(lambda: np.zeros((2, n_teams)))
    league = np.zeros((2, n_league))
    found = np.zeros((len(table), n_teams + n_league))
    ends = _utc(table["known_at"].where(table[f"line_{target}"].notna()))
    n_lines = int((~np.isnat(ends)).sum())
    waiting = iter([*np.argsort(ends, kind="stable")[:n_lines].tolist(), None])
    game = next(waiting)
    for place, moment in enumerate(_utc(table["forecast_at"])):
        while game is not None and ends[game] < moment:
            for team, sign in ((home[game], 1.0), (away[game], side)):
                step = np.array([[sign * difference[game]], [1.0]])
                teams[team] = teams[team] * fade + step
            league = league * league_fade + [[difference[game]], [1.0]]
            game = next(waiting)
        found[place, :n_teams] = _mean(teams[home[place]]) + side * _mean(
            teams[away[place]]
        )
        found[place, n_teams:] = _mean(league)
    return found


def _utc(moments: pd.Series) -> npt.NDArray[np.datetime64]:
    return np.asarray(pd.to_datetime(moments, utc=True).dt.tz_localize(None).to_numpy())


def _mean(state: Floats) -> Floats:
    return np.asarray(state[0] / (state[1] + _PADDING))


def _ridge(states: Floats, label: Floats) -> Floats:
    """Return weights of states; without a level, for no news moves nothing."""
    scale = np.maximum(np.sqrt((states**2).mean(axis=0)), 1e-9)
    scaled = states / scale
    normal = scaled.T @ scaled + _PENALTY * np.eye(scaled.shape[1])
    return np.asarray(np.linalg.solve(normal, scaled.T @ label) / scale)


def _moved(table: pd.DataFrame, moved: dict[str, Floats]) -> pd.DataFrame:
    means = {
        f"{target}_mean": table[f"{target}_mean"].to_numpy(float) + moved[target]
        for target in TARGETS
    }
    spreads = {name: table[name].to_numpy(float) for name in ("margin_sd", "total_sd")}
    distribution = ScoreDistribution.from_moments(
        **means, **spreads, correlation=_CORRELATION, df=_DF
    )
    frame = TeamForecasts(
        game_id=table["game_id"].to_numpy(dtype=object),
        season=table["season"].to_numpy(dtype=object),
        forecast_at=table["forecast_at"].to_numpy(dtype=object),
        distribution=distribution,
    ).to_frame()
    as_they_were = (moved["margin"] == 0.0) & (moved["total"] == 0.0)
    frame.loc[as_they_were] = table.loc[as_they_were, list(COLUMNS)]
    return frame
