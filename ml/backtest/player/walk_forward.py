"""Forecast past players: refitted each month, drawn month by month."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ml.arrays import Bools
from ml.backtest.kept import key_of, taken_or_made, write_frame
from ml.backtest.player.blocks import MonthDraws, PlayerMonth, draw_months
from ml.boxscore.minutes_allocation import MinutesSpread
from ml.errors import MissingError, TooFewError
from ml.models.player.minutes import fit_spread
from ml.models.player.roster_availability import fill_roster
from ml.models.player.walk_forward import (
    minutes_per_regulation,
    refit_dates,
    walk_forward,
    walk_totals,
)

# Seasons before the first one forecast that its models learn from.
SEASONS_BEFORE = 3
# Refits of those seasons: every fourth of a season's dates.
_STEP = 4
# Box scores before a season that say how far minutes fall from what is expected.
_FEWEST = 50
_KEYS = ["game_id", "team_id", "player_id", "is_candidate", "is_home"]
_TEAMS = ["game_id", "margin_mean", "margin_sd", "total_mean", "total_sd"]

Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class PlayerWalk:
    """Forecasts of past players.

    Attributes
    ----------
    draws : MonthDraws
        Of all games.
    n_draws : int
        Draws a game; in each every identity of a box score held.
    n_games : int
        Games.
    """

    draws: MonthDraws
    n_draws: int
    n_games: int


def walk_players(
    months: Sequence[PlayerMonth],
    *,
    store: Path | None = None,
    say: Say | None = None,
    n_processes: int | None = None,
    executor: Executor | None = None,
) -> PlayerWalk:
    """Draw every game of the months that `player_months` says are expected.

    Parameters
    ----------
    months : sequence of PlayerMonth
        Of one number of draws.
    store : Path, optional
        Folder where drawn months are kept; a killed run goes on.
    say : callable, optional
        Told of every month.
    n_processes : int, optional
        How many months are drawn at once; as many as there are cores where absent.
    executor : Executor, optional
        Who draws (`ml.system.executor`); `n_processes` of this machine where absent.

    Raises
    ------
    ModelError
        If an identity of a box score is broken in any draw.
    """
    drawn = draw_months(
        months, store=store, say=say, n_processes=n_processes, executor=executor
    )
    draws = MonthDraws(
        *(
            pd.concat([getattr(one, name) for one in drawn], ignore_index=True)
            for name in ("forecasts", "scored", "league")
        )
    )
    return PlayerWalk(
        draws, months[0].n_draws, int(draws.forecasts["game_id"].nunique())
    )


def player_months(
    frame: pd.DataFrame,
    outcomes: pd.DataFrame,
    teams: pd.DataFrame,
    lines: pd.DataFrame,
    seasons: Sequence[str],
    *,
    n_draws: int,
    random_state: int,
    store: Path | None = None,
    executor: Executor | None = None,
) -> list[PlayerMonth]:
    """Say what is expected of every player of some seasons, refitting each month.

    Parameters
    ----------
    frame, outcomes : DataFrame, shape (n_rows, ...)
        `ml.models.player.features.candidate_rows` of the seasons and of those before.
    teams : DataFrame, shape (n_games, ...)
        Walk-forward forecasts of the same games: ``game_id, margin_mean, margin_sd,
        total_mean, total_sd``. Games without one are left out.
    lines : DataFrame, shape (n_appearances, ...)
        What those who played did, for the scorer.
    seasons : sequence of str
        Seasons to forecast.
    n_draws : int
        Draws a game.
    random_state : int
        Seed.
    store : Path, optional
        Folder where expectations are kept; a killed run goes on.
    executor : Executor, optional
        Who fits (`ml.system.executor`), a refit each; this process where absent.

    Raises
    ------
    MissingError
        If no season comes before the first.
    TooFewError
        If too few players were forecast before a season to know how far minutes fall
        from what is expected.
    """
    if frame["season"].min() >= min(seasons):
        raise MissingError(
            f"season {min(seasons)} cannot be forecast: no training set is older",
            "build training sets of the seasons before",
        )
    expected = _expectations(
        frame,
        outcomes,
        seasons,
        random_state=random_state,
        store=store,
        executor=executor,
    )
    days = pd.to_datetime(frame["game_date"])
    rows = pd.concat([frame[_KEYS], expected], axis=1)
    month = days.dt.strftime("%Y-%m")
    asked = frame["game_id"].isin(set(teams["game_id"])).to_numpy()
    months = []
    for season in seasons:
        now = asked & (frame["season"] == season).to_numpy()
        # Residuals of minutes as they were before the season.
        spread = _spread(
            expected, outcomes, (days < days[now].min()).to_numpy(), season
        )
        for name in sorted(month[now].unique()):
            part = rows[now & (month == name).to_numpy()].reset_index(drop=True)
            games = set(part["game_id"])
            months.append(
                PlayerMonth(
                    season,
                    name,
                    part,
                    teams.loc[teams["game_id"].isin(games), _TEAMS],
                    lines[lines["game_id"].isin(games)],
                    spread,
                    n_draws,
                    random_state,
                )
            )
    return months


def refits_of(frame: pd.DataFrame, seasons: Sequence[str]) -> list[pd.Timestamp]:
    """Return when models are fitted: monthly in `seasons`, more seldom before.

    Parameters
    ----------
    frame : DataFrame, shape (n_rows, ...)
        ``game_date`` and ``season`` of the seasons and of those before.
    seasons : sequence of str
        Seasons to forecast.
    """
    days = pd.to_datetime(frame["game_date"])
    before = (frame["season"] < min(seasons)).to_numpy()
    warm = refit_dates(days[before], frame.loc[before, "season"])
    warm = [date for date in warm if date >= days.min() + pd.Timedelta(days=90)]
    asked = frame["season"].isin(list(seasons)).to_numpy()
    return [*warm[::_STEP], *refit_dates(days[asked], frame.loc[asked, "season"])]


def _expectations(
    frame: pd.DataFrame,
    outcomes: pd.DataFrame,
    seasons: Sequence[str],
    *,
    random_state: int,
    store: Path | None,
    executor: Executor | None,
) -> pd.DataFrame:
    """Return the columns of `BoxScoreModel.expect`, indexed like `frame`."""
    refits = refits_of(frame, seasons)

    def make(lacking: list[int]) -> Iterator[pd.DataFrame]:
        for _ in lacking:
            walk = walk_forward(
                frame, outcomes, refits, random_state=random_state, executor=executor
            )
            expected = walk.counts.assign(
                play_prob=fill_roster(frame, walk.play_prob, walk.minutes),
                min=walk.minutes,
            )
            yield walk_totals(frame, expected, outcomes, refits, executor=executor)

    key = key_of("expected", random_state, refits, frame, outcomes) if store else ""
    kept = taken_or_made(store, [key], make, read=pd.read_parquet, write=write_frame)
    return next(kept).set_index(frame.index)


def _spread(
    expected: pd.DataFrame, outcomes: pd.DataFrame, past: Bools, season: str
) -> MinutesSpread:
    minutes = minutes_per_regulation(outcomes)
    forecast = expected["min"].to_numpy(float)
    known = past & ~np.isnan(forecast) & ~np.isnan(minutes)
    if known.sum() < _FEWEST:
        raise TooFewError(
            f"players of {season} cannot be forecast: {known.sum()} box scores "
            f"before it were forecast, {_FEWEST} are needed to measure residuals",
            "take a later season, or leave players out (--no-players)",
        )
    return fit_spread(forecast[known], minutes[known])
