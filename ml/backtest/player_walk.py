"""Forecast past players: refitted each month, drawn game by game."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.boxscore.identities import check_identities
from ml.boxscore.minutes import fit_spread
from ml.boxscore.players import Drawn, forecast_players, game_seed
from ml.boxscore.rotation import MinutesSpread
from ml.boxscore.walk import Walk, minutes_per_regulation, refit_dates, walk_forward
from ml.errors import MissingError
from ml.models.lattice import ScoreLattice

# Correlation of margin and total, and the tails, of all seasons to 2022-23.
_CORRELATION, _DF = 0.0, 12.0
# Seasons before the first one forecast that its models learn from.
SEASONS_BEFORE = 3
# Refits of those seasons: every fourth of a season's dates.
_STEP = 4


@dataclass(frozen=True, eq=False)
class PlayerWalk:
    """Forecasts of past players.

    Attributes
    ----------
    forecasts : DataFrame, shape (n_rows, ...)
        `ml.boxscore.summary.summarise` of every player who could play.
    n_draws : int
        Draws a game; in each every identity of a box score held.
    n_games : int
        Games.
    """

    forecasts: pd.DataFrame
    n_draws: int
    n_games: int


def walk_players(
    frame: pd.DataFrame,
    outcomes: pd.DataFrame,
    teams: pd.DataFrame,
    seasons: Sequence[str],
    *,
    n_draws: int,
    random_state: int,
    each: Callable[[Drawn], None] | None = None,
) -> PlayerWalk:
    """Forecast every player of some seasons, refitting each month.

    Parameters
    ----------
    frame, outcomes : DataFrame, shape (n_rows, ...)
        `ml.boxscore.features.candidate_rows` of the seasons and of those before.
    teams : DataFrame, shape (n_games, ...)
        Walk-forward forecasts of the same games: ``game_id, margin_mean, margin_sd,
        total_mean, total_sd``. Games without one are left out.
    seasons : sequence of str
        Seasons to forecast.
    n_draws : int
        Draws a game.
    random_state : int
        Seed.
    each : callable, optional
        Receives every game's draws.

    Raises
    ------
    MissingError
        If no season comes before the first.
    ModelError
        If an identity of a box score is broken in any draw.
    """
    if frame["season"].min() >= min(seasons):
        raise MissingError(
            f"season {min(seasons)} cannot be forecast: no training set is older",
            "build training sets of the seasons before",
        )
    days = pd.to_datetime(frame["game_date"])
    before = (frame["season"] < min(seasons)).to_numpy()
    warm = refit_dates(days[before], frame.loc[before, "season"])
    warm = [date for date in warm if date >= days.min() + pd.Timedelta(days=90)]
    asked = frame["season"].isin(list(seasons)).to_numpy()
    refits = [*warm[::_STEP], *refit_dates(days[asked], frame.loc[asked, "season"])]
    walk = walk_forward(frame, outcomes, refits, random_state=random_state)
    expected = pd.concat(
        [
            frame[["game_id", "team_id", "player_id", "is_candidate", "is_home"]],
            walk.counts.assign(play_prob=walk.play_prob, min=walk.minutes),
        ],
        axis=1,
    )
    lattices = _lattices(teams)
    asked &= frame["game_id"].isin(list(lattices)).to_numpy()

    def final_scores(game_id: str) -> npt.NDArray[np.int64]:
        lattice, place = lattices[game_id]
        seed = game_seed(random_state, game_id)
        return lattice.sample(place, n_draws, random_state=seed)

    def take(drawn: Drawn) -> None:
        check_identities(drawn.sample)
        if each is not None:
            each(drawn)

    tables = []
    for season in seasons:
        now = asked & (frame["season"] == season).to_numpy()
        at_home = expected[now & (frame["is_home"] == 1.0).to_numpy()]
        sides = dict(zip(at_home["game_id"], at_home["team_id"], strict=True))
        # Residuals of minutes as they were before the season.
        past = (days < days[now].min()).to_numpy()
        tables.append(
            forecast_players(
                expected[now],
                sides,
                final_scores,
                _spread(walk, outcomes, past),
                random_state=random_state,
                each=take,
            ).assign(season=season)
        )
    forecasts = pd.concat(tables, ignore_index=True)
    return PlayerWalk(forecasts, n_draws, int(forecasts["game_id"].nunique()))


def _spread(
    walk: Walk, outcomes: pd.DataFrame, past: npt.NDArray[np.bool_]
) -> MinutesSpread:
    minutes = minutes_per_regulation(outcomes)
    known = past & ~np.isnan(walk.minutes) & ~np.isnan(minutes)
    return fit_spread(walk.minutes[known], minutes[known])


def _lattices(teams: pd.DataFrame) -> Mapping[str, tuple[ScoreLattice, int]]:
    lattice = ScoreLattice.from_moments(
        margin_mean=teams["margin_mean"].to_numpy(float),
        margin_sd=teams["margin_sd"].to_numpy(float),
        total_mean=teams["total_mean"].to_numpy(float),
        total_sd=teams["total_sd"].to_numpy(float),
        correlation=_CORRELATION,
        df=_DF,
    )
    return {
        str(game_id): (lattice, place) for place, game_id in enumerate(teams["game_id"])
    }
