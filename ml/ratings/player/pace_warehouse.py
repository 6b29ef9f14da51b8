"""Pace ratings of the warehouse: when players are rated, and from when it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pandas as pd
import scipy

from ml.arrays import Floats, Ints
from ml.ratings.player.checkpoints import (
    Checkpoint,
    read_checkpoint,
    remove_others,
    write_checkpoint,
)
from ml.ratings.player.impact_warehouse import (
    CHECKPOINTS_KEPT,
    RowsAfter,
    rating_calendar,
)
from ml.ratings.player.pace import PaceRater, PaceRatings, PaceSettings
from ml.ratings.player.pace_design import build_pace_design, is_team
from ml.ratings.player.ridge import as_date

PACE_COLUMNS = (
    "rating_date",
    "player_id",
    "pace_impact",
    "pace_impact_sd",
    "exposure_minutes",
)
# A change of method that moves ratings must change it (see `impact_warehouse`).
_METHOD = ("pace", 4, np.__version__, scipy.__version__)


def rate_pace_of_warehouse(
    dates: pd.DataFrame,
    stints: RowsAfter,
    lines: RowsAfter,
    cache: Path | None = None,
) -> pd.DataFrame:
    """Rate players after every complete date.

    After the first complete date of a week (from Sunday) everyone gets a new rating,
    after the others those who played; nobody else's has moved much. That hangs on
    dates before, never on what comes after.

    Parameters
    ----------
    dates : DataFrame
        `int_rating_dates`: ``counted_on, known_at, is_complete, digest``.
    stints : callable
        Returns the rows of `int_first_stints` counted after a date (null: all).
    lines : callable
        Returns the rows of `int_first_lines` counted after a date (null: all).
    cache : Path, optional
        A folder of checkpoints. The ratings do not depend on it, bit by bit.

    Returns
    -------
    DataFrame
        `PACE_COLUMNS` and ``event_timestamp`` (UTC), when the rating became known:
        possessions of a side per 48 minutes beyond the average player on court, and
        faded minutes on court.
    """
    calendar = rating_calendar(dates, (_METHOD, astuple(PaceSettings())))
    is_complete = calendar["is_complete"].to_dict()
    is_first = calendar["is_first"].to_dict()
    chains = calendar.loc[calendar["is_complete"], "chain"]
    start = None if cache is None else _newest(cache, chains)
    day = None if start is None else as_date(start.state["date"])
    design = build_pace_design(
        stints(day), lines(day), numbered=None if start is None else start.players
    )
    state = None if start is None else start.state
    rater = PaceRater(len(design.players), PaceSettings(), state)
    kept = set(chains.iloc[-CHECKPOINTS_KEPT:].to_list())
    parts = [] if start is None else [start.ratings]
    fresh: list[tuple[np.datetime64, PaceRatings]] = []
    for observed, n_known in zip(design.days, design.n_known, strict=True):
        rater.add(observed, n_known)
        date = pd.Timestamp(observed.date)
        if not is_complete[date]:
            continue
        fresh.append((observed.date, rater.rate(everyone=is_first[date])))
        if cache is not None and chains[date] in kept:
            ratings = pd.concat(
                [*parts, _frame(fresh, design.players)], ignore_index=True
            )
            checkpoint = Checkpoint(design.players[:n_known], rater.state(), ratings)
            write_checkpoint(cache, chains[date], checkpoint)
    if cache is not None:
        remove_others(cache, kept)
    ratings = pd.concat([*parts, _frame(fresh, design.players)], ignore_index=True)
    known_at = ratings["rating_date"].map(calendar["known_at"])
    return ratings.assign(event_timestamp=known_at)


def _newest(cache: Path, chains: pd.Series) -> Checkpoint | None:
    """Return the newest checkpoint that still holds."""
    found = (read_checkpoint(cache, chain) for chain in reversed(chains.to_list()))
    return next((checkpoint for checkpoint in found if checkpoint is not None), None)


def _frame(
    rated: Sequence[tuple[np.datetime64, PaceRatings]], players: Ints
) -> pd.DataFrame:
    dates = np.array([date for date, _ in rated], dtype="datetime64[s]")
    sizes = [len(one.index) for _, one in rated]

    def column(name: str) -> Floats:
        values = [getattr(one, name) for _, one in rated]
        return np.concatenate([np.empty(0), *values])

    index = np.concatenate([np.empty(0, np.int64), *(one.index for _, one in rated)])
    values = (
        np.repeat(dates, sizes),
        players[index],
        column("pace"),
        column("sd"),
        column("minutes"),
    )
    ratings = pd.DataFrame(dict(zip(PACE_COLUMNS, values, strict=True)))
    # Teams are in the system beside players, and are nobody's rating.
    return ratings[~is_team(ratings["player_id"].to_numpy())].reset_index(drop=True)
