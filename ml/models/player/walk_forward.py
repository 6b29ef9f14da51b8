"""Forecasts of the past that did not know it: refit, forecast a block, go on."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property

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
from ml.system.executor import in_order, shared

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


@dataclass(frozen=True)
class _Block:
    """Days that one refit forecasts, the last one excluded."""

    start: pd.Timestamp
    end: pd.Timestamp

    def covers(self, days: pd.Series) -> Bools:
        return np.asarray(((days >= self.start) & (days < self.end)).to_numpy())


@dataclass(frozen=True, eq=False)
class _Rows:
    """What `walk_forward` takes, and what is read off it."""

    frame: pd.DataFrame
    outcomes: pd.DataFrame

    @cached_property
    def days(self) -> pd.Series:
        return pd.to_datetime(self.frame["game_date"])

    @cached_property
    def has_played(self) -> Bools:
        return np.asarray(self.outcomes["min"].notna().to_numpy())

    @cached_property
    def regular_minutes(self) -> Floats:
        return minutes_per_regulation(self.outcomes)

    def before(self, block: _Block, n_days: int | None = None) -> Bools:
        """Say which rows lie before a block, not farther than so many days."""
        past = self.days < block.start
        if n_days is not None:
            past &= self.days >= block.start - pd.Timedelta(days=n_days)
        return np.asarray(past.to_numpy())

    def known(self, play_prob: Floats) -> Bools:
        """Say of which rows minutes can be learnt."""
        has_history = self.frame["games_career"].notna().to_numpy()
        return np.asarray(self.has_played & ~np.isnan(play_prob) & has_history)


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
    executor: Executor | None = None,
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
    executor : Executor, optional
        Who fits and forecasts, a block each (`ml.system.executor`); this process where
        absent.

    Raises
    ------
    ModelError
        If there is too little before the first refit.
    """
    rows = _Rows(frame, outcomes)
    days, has_played = rows.days, rows.has_played
    blocks = _blocks(days, refits)
    if (days < blocks[0].start).sum() < _FEWEST_ROWS:
        raise ModelError(
            f"there are fewer than {_FEWEST_ROWS} rows before "
            f"{blocks[0].start:%Y-%m-%d}",
            "start later, or ingest more seasons",
        )
    sent = shared(executor, rows)
    play_prob = np.full(len(frame), np.nan)
    found = in_order(executor, _availability, blocks, random_state, sent)
    for block, chances in zip(blocks, found, strict=True):
        play_prob[block.covers(days)] = chances
    context = full_context(frame, play_prob, has_played)
    minutes = np.full(len(frame), np.nan)
    around = shared(executor, (context, play_prob))
    found = in_order(executor, _minutes, blocks[1:], random_state, sent, around)
    for block, expected in zip(blocks[1:], found, strict=True):
        minutes[block.covers(days)] = expected
    work = work_context(frame, context["usual"], play_prob, minutes, has_played)
    counts = pd.DataFrame(np.nan, index=frame.index, columns=list(LEARNT))
    if with_counts:
        both = pd.concat([context, work], axis=1)
        beside = shared(executor, (both, play_prob, minutes))
        tables = in_order(executor, _counts, blocks[1:], random_state, sent, beside)
        for block, table in zip(blocks[1:], tables, strict=True):
            if table is not None:
                counts.loc[block.covers(days)] = table
    return Walk(play_prob, minutes, context, work, counts)


def _availability(random_state: int, rows: _Rows, block: _Block) -> Floats:
    """Return P(plays) of a block's rows."""
    past = rows.before(block, AVAILABILITY_DAYS)
    model = AvailabilityModel.fit(
        rows.frame[past], rows.has_played[past], random_state=random_state
    )
    return model.predict(rows.frame[block.covers(rows.days)])


def _minutes(
    random_state: int,
    rows: _Rows,
    around: tuple[pd.DataFrame, Floats],
    block: _Block,
) -> Floats:
    """Return the expected minutes of a block's rows."""
    context, play_prob = around
    past = rows.known(play_prob) & rows.before(block, MINUTES_DAYS)
    now = block.covers(rows.days)
    model = MinutesModel.fit(
        rows.frame[past],
        context[past],
        play_prob[past],
        rows.regular_minutes[past],
        random_state=random_state,
    )
    return model.predict(rows.frame[now], context[now], play_prob[now])


def _counts(
    random_state: int,
    rows: _Rows,
    around: tuple[pd.DataFrame, Floats, Floats],
    block: _Block,
) -> pd.DataFrame | None:
    """Return the expected counts of a block's rows; None where too few were known."""
    context, play_prob, minutes = around
    learnt = rows.known(play_prob) & ~np.isnan(minutes) & rows.before(block)
    if learnt.sum() < _FEWEST_ROWS:
        return None
    model = RateModel.fit(
        rows.frame[learnt],
        context[learnt],
        minutes[learnt],
        rows.outcomes[learnt],
        random_state=random_state,
    )
    now = block.covers(rows.days)
    return model.predict(rows.frame[now], context[now], minutes[now])


def walk_totals(
    frame: pd.DataFrame,
    expected: pd.DataFrame,
    outcomes: pd.DataFrame,
    refits: Sequence[pd.Timestamp],
    *,
    executor: Executor | None = None,
) -> pd.DataFrame:
    """Move teams' sums to their totals, each block by what its past taught.

    Parameters
    ----------
    frame, outcomes, refits, executor
        As `walk_forward` takes them.
    expected : DataFrame, shape (n_rows, ...)
        ``play_prob``, ``min`` and `LEARNT` of that walk.

    Returns
    -------
    DataFrame, like `expected`
        With counts moved.
    """
    rows = _Rows(frame, outcomes)
    blocks = _blocks(rows.days, refits)[1:]
    moved = expected.copy()
    sent = shared(executor, rows), shared(executor, expected)
    tables = in_order(executor, _totals, blocks, *sent)
    for block, table in zip(blocks, tables, strict=True):
        moved[block.covers(rows.days)] = table
    return moved


def _totals(rows: _Rows, expected: pd.DataFrame, block: _Block) -> pd.DataFrame:
    """Return the counts of a block's rows, moved."""
    frame, now = rows.frame, block.covers(rows.days)
    past = rows.before(block)
    until = past | now
    model = TotalsModel.fit(frame[past], expected[past], rows.outcomes[past])
    scaled = model.scale(frame[until], expected[until], rows.has_played[until])
    return scaled[now[until]]


def minutes_per_regulation(outcomes: pd.DataFrame) -> Floats:
    """Return minutes scaled to a game of 48 minutes, NaN where he did not play."""
    scaled = outcomes["min"] * 48.0 / outcomes["game_min"]
    return np.asarray(scaled.to_numpy(float))


def _blocks(days: pd.Series, refits: Sequence[pd.Timestamp]) -> list[_Block]:
    starts = sorted(refits)
    ends = [*starts[1:], days.max() + pd.Timedelta(days=1)]
    cut = [_Block(start, end) for start, end in zip(starts, ends, strict=True)]
    # A block without a day of play (a season that was interrupted) asks for nothing.
    return [block for block in cut if block.covers(days).any()]
