"""Impact ratings of the warehouse: when players are rated, and from when it holds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import scipy

from ml.arrays import Ints
from ml.ratings.player.box import Births, births_of
from ml.ratings.player.checkpoints import (
    Checkpoint,
    read_checkpoint,
    remove_others,
    write_checkpoint,
)
from ml.ratings.player.design import Design, build_design
from ml.ratings.player.impact import rating_frame
from ml.ratings.player.rater import ImpactSettings, Rater, Ratings
from ml.ratings.player.ridge import as_date

RowsAfter = Callable[[np.datetime64 | None], pd.DataFrame]

# A change of method that moves ratings must change it, or builds would mix old ratings
# with new ones. Other versions of the libraries may round differently.
_METHOD = (7, np.__version__, scipy.__version__)
CHECKPOINTS_KEPT = 2


def rate_warehouse(
    dates: pd.DataFrame,
    stints: RowsAfter,
    lines: RowsAfter,
    players: pd.DataFrame,
    cache: Path | None = None,
) -> pd.DataFrame:
    """Rate players after the first day of every week (from Sunday) that is complete.

    Whether a date is rated depends on what came before it, never on what comes after:
    all its games must be known, and no earlier date of its week may be rated.

    Parameters
    ----------
    dates : DataFrame
        `int_rating_dates`: ``counted_on, known_at, is_complete, digest``.
    stints : callable
        Returns the rows of `int_first_stints` counted after a date (null: all).
    lines : callable
        Returns the rows of `int_first_lines` counted after a date (null: all).
    players : DataFrame
        `stg_players`: ``player_id, birthdate, known_at``.
    cache : Path, optional
        A folder of checkpoints. The ratings do not depend on it, bit by bit; dates
        whose rows, and those of all dates before, are unchanged are taken from it.

    Returns
    -------
    DataFrame
        `ml.ratings.player.impact.RATING_COLUMNS` and ``event_timestamp`` (UTC), when
        the rating became known.
    """
    calendar = rating_calendar(dates, (_METHOD, astuple(ImpactSettings())))
    chains = calendar.loc[calendar["is_first"], "chain"]
    start = None if cache is None else _newest(cache, chains, players)
    day = None if start is None else as_date(start.state["date"])
    numbered = None if start is None else start.players
    design = build_design(stints(day), lines(day), numbered=numbered)
    births = births_of(players, design.players)
    kept = set(chains.iloc[-CHECKPOINTS_KEPT:])
    checkpoints, ratings = _continue(start, design, births, chains, kept)
    if cache is not None:
        for chain, checkpoint in checkpoints.items():
            write_checkpoint(cache, chain, checkpoint)
        remove_others(cache, kept)
    known_at = ratings["rating_date"].map(calendar["known_at"])
    return ratings.assign(event_timestamp=known_at)


def rows_after(rows: duckdb.DuckDBPyRelation) -> RowsAfter:
    """Return a reader of the rows of a model that count after a date (null: all).

    Parameters
    ----------
    rows : duckdb.DuckDBPyRelation
        With ``counted_on``, which becomes ``date``.

    Returns
    -------
    callable
    """

    def read(day: np.datetime64 | None) -> pd.DataFrame:
        chosen = rows if day is None else rows.filter(f"counted_on > date '{day}'")
        return chosen.df().rename(columns={"counted_on": "date"})

    return read


def rating_calendar(dates: pd.DataFrame, method: object) -> pd.DataFrame:
    """Return what is told of every date, and the digest of all rows up to it.

    Parameters
    ----------
    dates : DataFrame
        `int_rating_dates`: ``counted_on, known_at, is_complete, digest``.
    method : object
        What ratings hang on beside the rows; its text is part of the digests.

    Returns
    -------
    DataFrame
        By date: ``is_complete``, ``is_first`` (the first complete one of its week, from
        Sunday), ``known_at`` of all up to it, and ``chain``, the digest.
    """
    calendar = dates.sort_values("counted_on", ignore_index=True)
    date = pd.to_datetime(calendar["counted_on"]).astype("datetime64[s]")
    week = date - pd.to_timedelta((date.dt.weekday + 1) % 7, unit="D")
    is_complete = calendar["is_complete"].astype(bool)
    chains = []
    chain = repr(method)
    for row in calendar[["counted_on", "is_complete", "digest"]].itertuples(
        index=False
    ):
        chain = hashlib.sha256(f"{chain} {tuple(row)}".encode()).hexdigest()
        chains.append(chain)
    return pd.DataFrame(
        {
            "date": date,
            "is_complete": is_complete,
            "is_first": is_complete & ~week.where(is_complete).duplicated(),
            "known_at": calendar["known_at"].cummax(),
            "chain": chains,
        }
    ).set_index("date")


def _newest(cache: Path, chains: pd.Series, players: pd.DataFrame) -> Checkpoint | None:
    """Return the newest checkpoint that still holds."""
    for chain in reversed(chains.to_list()):
        found = read_checkpoint(cache, chain)
        if found is None:
            continue
        now = births_of(players, found.players)
        if all(
            np.array_equal(getattr(now, name), found.state[name], equal_nan=True)
            for name in ("born", "told")
        ):
            return found
    return None


def _continue(
    start: Checkpoint | None,
    design: Design,
    births: Births,
    chains: pd.Series,
    kept: set[str],
) -> tuple[dict[str, Checkpoint], pd.DataFrame]:
    """Rate the dates after a checkpoint; return new checkpoints and all ratings."""
    state = None if start is None else start.state
    rater = Rater(len(design.players), births, ImpactSettings(), state)
    rated: list[tuple[np.datetime64, Ratings]] = []
    checkpoints = {}
    for day, n_known in zip(design.days, design.n_known, strict=True):
        rater.add(day, design.boxes.get(day.date), n_known)
        chain = chains.get(pd.Timestamp(day.date))
        if chain is None:
            continue
        rated.append((day.date, rater.rate(with_sd=True)))
        if chain in kept:
            checkpoints[chain] = Checkpoint(
                design.players[:n_known],
                rater.state(),
                _all(start, rated, design.players),
            )
    return checkpoints, _all(start, rated, design.players)


def _all(
    start: Checkpoint | None,
    rated: list[tuple[np.datetime64, Ratings]],
    players: Ints,
) -> pd.DataFrame:
    fresh = rating_frame(rated, players)
    if start is None:
        return fresh
    if fresh.empty:
        return start.ratings
    return pd.concat([start.ratings, fresh], ignore_index=True)
