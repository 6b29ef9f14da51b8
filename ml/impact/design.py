"""Stints as observations: who attacked, who defended, and how well it went."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Dates = npt.NDArray[np.datetime64]

STATISTICS = (
    "fg2m", "fg2a", "fg3m", "fg3a", "ftm", "fta",
    "oreb", "dreb", "ast", "stl", "blk", "tov", "pf",
)  # fmt: skip
_HOME_FIVE = [f"home_p{number}" for number in range(1, 6)]
_AWAY_FIVE = [f"away_p{number}" for number in range(1, 6)]


@dataclass(frozen=True)
class Day:
    """The observations of one date: each stint seen from each side that had the ball.

    Attributes
    ----------
    date : numpy.datetime64
        US/Eastern date of the games.
    offense, defense : ndarray of int, shape (n, 5)
        Indices of players.
    points : ndarray, shape (n,)
        Points per 100 possessions.
    possessions : ndarray, shape (n,)
        Possessions of the attacking side, never 0.
    at_home : ndarray, shape (n,)
        +0.5 where the home side attacks, -0.5 where the away side does.
    """

    date: np.datetime64
    offense: Ints
    defense: Ints
    points: Floats
    possessions: Floats
    at_home: Floats

    def incidence(self, side: Ints, n_players: int) -> sparse.csr_matrix:
        """Return a matrix with a 1 for every player of `side` in an observation.

        Parameters
        ----------
        side : ndarray of int, shape (n, 5)
            `offense` or `defense`.
        n_players : int
            Number of columns.

        Returns
        -------
        scipy.sparse.csr_matrix, shape (n, n_players)
        """
        n_rows = len(side)
        return sparse.csr_matrix(
            (np.ones(side.size), side.ravel(), np.arange(0, side.size + 1, 5)),
            shape=(n_rows, n_players),
        )


@dataclass(frozen=True)
class BoxDay:
    """The box scores of one date.

    Attributes
    ----------
    player : ndarray of int, shape (n,)
        Indices of players.
    minutes : ndarray, shape (n,)
        Minutes played.
    counts : ndarray, shape (n, 13)
        `STATISTICS`.
    """

    player: Ints
    minutes: Floats
    counts: Floats


@dataclass(frozen=True)
class Design:
    """All observations by date, and the players their indices mean.

    Players are numbered by the date of their first appearance, so what comes later
    never changes the number of an earlier player, nor the order of any sum.

    Attributes
    ----------
    players : ndarray of int
        Player ids.
    n_known : tuple of int
        How many players had appeared by the end of each date.
    days : tuple of Day
        Stints, in order of date.
    boxes : dict of numpy.datetime64 to BoxDay
        Box scores by date.
    """

    players: Ints
    n_known: tuple[int, ...]
    days: tuple[Day, ...]
    boxes: dict[np.datetime64, BoxDay]


def build_design(
    stints: pd.DataFrame,
    games: pd.DataFrame,
    player_game_stats: pd.DataFrame | None = None,
) -> Design:
    """Turn stints and box scores into dated observations.

    Parameters
    ----------
    stints : DataFrame
        Columns of `ml.impact.stints.STINT_COLUMNS`; a side without possessions says
        nothing and is left out, as are rows without ten players.
    games : DataFrame
        ``game_id, game_date``.
    player_game_stats : DataFrame, optional
        ``game_id, player_id, min`` and the usual counts; rows of 0 minutes are left
        out.

    Returns
    -------
    Design
        Two observations a stint at the most.
    """
    dates = pd.Series(
        pd.to_datetime(games["game_date"]).to_numpy().astype("datetime64[s]"),
        index=games["game_id"],
    )
    known = stints.dropna(subset=[*_HOME_FIVE, *_AWAY_FIVE])
    known = known.assign(date=known["game_id"].map(dates)).dropna(subset=["date"])
    known = known.sort_values(["date", "game_id", "stint_idx"], kind="stable")
    ids = known[[*_HOME_FIVE, *_AWAY_FIVE]].to_numpy(dtype=np.int64)
    box = _boxes(player_game_stats, dates)
    order = pd.DataFrame(
        {
            "player_id": np.r_[ids.ravel(), box["player_id"].to_numpy(dtype=np.int64)],
            "date": np.r_[np.repeat(known["date"], 10), box["date"]],
        }
    ).astype({"date": "datetime64[s]"})
    first = order.groupby("player_id").agg(date=("date", "min")).reset_index()
    first = first.sort_values(["date", "player_id"], kind="stable")
    number = pd.Series(np.arange(len(first)), index=first["player_id"])
    tens = number.reindex(ids.ravel()).to_numpy(dtype=np.int64).reshape(ids.shape)
    days = tuple(_days(known, tens))
    arrivals = first["date"].to_numpy().astype("datetime64[D]")
    ends = np.array([day.date for day in days], dtype="datetime64[D]")
    return Design(
        players=first["player_id"].to_numpy(dtype=np.int64),
        n_known=tuple(np.searchsorted(arrivals, ends, side="right").tolist()),
        days=days,
        boxes=dict(_box_days(box, number)),
    )


def _boxes(player_game_stats: pd.DataFrame | None, dates: pd.Series) -> pd.DataFrame:
    names = ["player_id", "date", "min", *STATISTICS]
    if player_game_stats is None:
        return pd.DataFrame(columns=names).astype({"date": "datetime64[s]"})
    frame = player_game_stats.assign(
        fg2m=player_game_stats["fgm"] - player_game_stats["fg3m"],
        fg2a=player_game_stats["fga"] - player_game_stats["fg3a"],
        date=player_game_stats["game_id"].map(dates),
    )
    frame = frame[frame["min"] > 0].dropna(subset=names)
    return frame.sort_values(["date", "game_id", "player_id"], kind="stable")[names]


def _box_days(
    box: pd.DataFrame, number: pd.Series
) -> Iterator[tuple[np.datetime64, BoxDay]]:
    dates = box["date"].to_numpy().astype("datetime64[D]")
    players = number.reindex(box["player_id"]).to_numpy(dtype=np.int64)
    minutes = box["min"].to_numpy(dtype=np.float64)
    counts = box[list(STATISTICS)].to_numpy(dtype=np.float64)
    for cut in _cuts(dates):
        yield dates[cut.start], BoxDay(players[cut], minutes[cut], counts[cut])


def _days(known: pd.DataFrame, tens: Ints) -> Iterator[Day]:
    dates = known["date"].to_numpy().astype("datetime64[D]")
    numbers = {
        name: known[name].to_numpy(dtype=np.float64)
        for name in ("home_pts", "away_pts", "home_poss", "away_poss")
    }
    for cut in _cuts(dates):
        home, away = tens[cut, :5], tens[cut, 5:]
        possessions = np.r_[numbers["home_poss"][cut], numbers["away_poss"][cut]]
        points = np.r_[numbers["home_pts"][cut], numbers["away_pts"][cut]]
        keep = possessions > 0
        yield Day(
            date=dates[cut.start],
            offense=np.vstack([home, away])[keep],
            defense=np.vstack([away, home])[keep],
            points=100 * points[keep] / possessions[keep],
            possessions=possessions[keep],
            at_home=np.repeat([0.5, -0.5], cut.stop - cut.start)[keep],
        )


def _cuts(dates: np.ndarray) -> Iterator[slice]:
    """Yield the rows of each date."""
    if len(dates):
        starts = np.flatnonzero(np.r_[True, dates[1:] != dates[:-1]])
        for start, stop in zip(starts, [*starts[1:], len(dates)], strict=True):
            yield slice(int(start), int(stop))
