"""Forecasts of the past that did not know it: refit, forecast a block, go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.arrays import Bools, Floats
from ml.boxscore.stats import LEARNT
from ml.errors import ModelError
from ml.models.player.availability import AvailabilityModel
from ml.models.player.candidates import against_history, team_context
from ml.models.player.minutes import MinutesModel
from ml.models.player.rates import RateModel
from ml.models.player.teammates import start_context, work_context
from ml.models.player.totals import TotalsModel

# How far back P(plays) and minutes look (days).
AVAILABILITY_DAYS = 760
MINUTES_DAYS = 850
_FEWEST_ROWS = 2000


@dataclass(frozen=True)
class Walk:
    """What was expected of each row by models that knew only earlier days.

    Attributes
    ----------
    play_prob, minutes : ndarray, shape (n_rows,)
        P(plays); expected minutes given that he plays. NaN before the first block.
    context : DataFrame, shape (n_rows, ...)
        `full_context` under `play_prob`.
    work : DataFrame, shape (n_rows, ...)
        `work_context` under `play_prob` and `minutes`.
    counts : DataFrame, shape (n_rows, 15)
        Expected counts given that he plays, each player for himself (`walk_totals`
        moves them together); NaN before the second block.
    """

    play_prob: Floats
    minutes: Floats
    context: pd.DataFrame
    work: pd.DataFrame
    counts: pd.DataFrame


def refit_dates(days: pd.Series, season: pd.Series) -> list[pd.Timestamp]:
    """Return the first day of every season and of every calendar month within it."""
    openings = days.groupby(season).min()
    closings = days.groupby(season).max()
    dates: list[pd.Timestamp] = []
    for opening, closing in zip(openings, closings, strict=True):
        months = pd.date_range(opening + pd.Timedelta(days=10), closing, freq="MS")
        dates += [pd.Timestamp(opening), *months]
    return dates


def full_context(
    frame: pd.DataFrame, play_prob: Floats, has_played: Bools
) -> pd.DataFrame:
    """Return `team_context` with `against_history` and `start_context` beside it."""
    context = team_context(frame, play_prob)
    history = against_history(frame, context, has_played)
    return pd.concat([context, history, start_context(frame, play_prob)], axis=1)


def walk_forward(
    frame: pd.DataFrame,
    outcomes: pd.DataFrame,
    refits: Sequence[pd.Timestamp],
    *,
    random_state: int,
    with_counts: bool = True,
) -> Walk:
    """Forecast every row from the first refit on, each block by models of its past.

    Parameters
    ----------
    frame : DataFrame, shape (n_rows, ...)
        Candidates, sorted by day and key; history before the first refit included.
    outcomes : DataFrame, shape (n_rows, 17)
        ``min`` and `LEARNT`, NaN where he did not play; ``game_min``: the length of
        the game (minutes).
    refits : sequence of Timestamp
        Days on which models are fitted on all earlier days.
    random_state : int
        Seed.
    with_counts : bool
        Whether counts are forecast too, or only P(plays) and minutes.

    Raises
    ------
    ModelError
        If there is too little before the first refit.
    """
    days = pd.to_datetime(frame["game_date"])
    has_played = outcomes["min"].notna().to_numpy()
    blocks = _blocks(days, refits)
    if (days < blocks[0][0]).sum() < _FEWEST_ROWS:
        raise ModelError(
            f"there are fewer than {_FEWEST_ROWS} rows before {blocks[0][0]:%Y-%m-%d}",
            "start later, or ingest more seasons",
        )
    play_prob = np.full(len(frame), np.nan)
    for start, end in blocks:
        past = (days < start) & (days >= start - pd.Timedelta(days=AVAILABILITY_DAYS))
        now = ((days >= start) & (days < end)).to_numpy()
        model = AvailabilityModel.fit(
            frame[past], has_played[past], random_state=random_state
        )
        play_prob[now] = model.predict(frame[now])
    context = full_context(frame, play_prob, has_played)
    regular = minutes_per_regulation(outcomes)
    known = has_played & ~np.isnan(play_prob) & frame["games_career"].notna().to_numpy()
    minutes = np.full(len(frame), np.nan)
    for start, end in blocks[1:]:
        recent = (days >= start - pd.Timedelta(days=MINUTES_DAYS)).to_numpy()
        past = known & recent & (days < start).to_numpy()
        now = ((days >= start) & (days < end)).to_numpy()
        model_ = MinutesModel.fit(
            frame[past],
            context[past],
            play_prob[past],
            regular[past],
            random_state=random_state,
        )
        minutes[now] = model_.predict(frame[now], context[now], play_prob[now])
    work = work_context(frame, context["usual"], play_prob, minutes, has_played)
    around = pd.concat([context, work], axis=1)
    counts = pd.DataFrame(np.nan, index=frame.index, columns=list(LEARNT))
    for start, end in blocks[1:] if with_counts else ():
        now = ((days >= start) & (days < end)).to_numpy()
        learnt = known & ~np.isnan(minutes) & (days < start).to_numpy()
        if learnt.sum() < _FEWEST_ROWS:
            continue
        rates = RateModel.fit(
            frame[learnt],
            around[learnt],
            minutes[learnt],
            outcomes[learnt],
            random_state=random_state,
        )
        counts.loc[now] = rates.predict(frame[now], around[now], minutes[now])
    return Walk(play_prob, minutes, context, work, counts)


def walk_totals(
    frame: pd.DataFrame,
    expected: pd.DataFrame,
    outcomes: pd.DataFrame,
    refits: Sequence[pd.Timestamp],
) -> pd.DataFrame:
    """Move teams' sums to their totals, each block by what its past taught.

    Parameters
    ----------
    frame, outcomes, refits
        As `walk_forward` takes them.
    expected : DataFrame, shape (n_rows, ...)
        ``play_prob``, ``min`` and `LEARNT` of that walk.

    Returns
    -------
    DataFrame, like `expected`
        With counts moved.
    """
    days = pd.to_datetime(frame["game_date"])
    has_played = outcomes["min"].notna().to_numpy()
    moved = expected.copy()
    for start, end in _blocks(days, refits)[1:]:
        past, until = (days < start).to_numpy(), (days < end).to_numpy()
        now = until & ~past
        model = TotalsModel.fit(frame[past], expected[past], outcomes[past])
        scaled = model.scale(frame[until], expected[until], has_played[until])
        moved[now] = scaled[now[until]]
    return moved


def minutes_per_regulation(outcomes: pd.DataFrame) -> Floats:
    """Return minutes scaled to a game of 48 minutes, NaN where he did not play."""
    scaled = outcomes["min"] * 48.0 / outcomes["game_min"]
    return np.asarray(scaled.to_numpy(float))


def _blocks(
    days: pd.Series, refits: Sequence[pd.Timestamp]
) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    starts = sorted(refits)
    ends = [*starts[1:], days.max() + pd.Timedelta(days=1)]
    # A block without a day of play (a season that was interrupted) asks for nothing.
    return [
        (start, end)
        for start, end in zip(starts, ends, strict=True)
        if ((days >= start) & (days < end)).any()
    ]
