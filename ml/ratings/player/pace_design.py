"""Tempo as observations: who was on court, for how long, and how fast it went.

A stint is one observation. A game without stints is one too: its possessions from the
box score, and of each player the share of the game's minutes that he played. There a
team counts as one more who is always on court: what a coach wants is in every game of
his players, and nothing within a game tells it from their own tempo.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.arrays import Bools, Floats, Ints

# What is no player's: the level, periods two to four and overtime, how far the score is
# apart when the stint begins (and how much more that says in the fourth), and how much
# higher or lower games of box scores are.
COMMON = (
    "level",
    "second",
    "third",
    "fourth",
    "overtime",
    "lead",
    "fourth_lead",
    "box_score",
)
REGULATION_SECONDS = 2880.0
_TEN = [f"{side}_p{number}" for side in ("home", "away") for number in range(1, 6)]
_OVERTIME_SECONDS = 300.0
_SLOWEST, _FASTEST = 30.0, 200.0
# Leads beyond 25 points count as 25 (units of ten points, as in `design`).
_LARGEST_LEAD = 2.5
# Without the minutes of nearly everyone a game says nothing of who played.
_LEAST_MINUTES = 400.0
# Far below any player's id.
_TEAMS_BELOW = 2**62


@dataclass(frozen=True)
class PaceDay:
    """The observations of one date.

    Attributes
    ----------
    date : numpy.datetime64
        US/Eastern date of the games.
    players : ndarray of int, shape (n_players,)
        Indices of those who were on court, ascending.
    shares : ndarray, shape (n, n_players)
        Share of the observation's time that each of them was on court (0-1).
    common : ndarray, shape (n, n_common)
        `COMMON`.
    seconds : ndarray, shape (n,)
        Length of the observation.
    pace : ndarray, shape (n,)
        Possessions of a side per 48 minutes.
    game : ndarray of int, shape (n,)
        Number of its game on the date.
    """

    date: np.datetime64
    players: Ints
    shares: Floats
    common: Floats
    seconds: Floats
    pace: Floats
    game: Ints


@dataclass(frozen=True)
class PaceDesign:
    """All observations by date, and the players their indices mean.

    Players are numbered by the date of their first appearance, as in
    `ml.ratings.player.design.Design`.

    Attributes
    ----------
    players : ndarray of int
        Player ids, and of games without stints teams (`is_team`).
    n_known : tuple of int
        How many players had appeared by the end of each date.
    days : tuple of PaceDay
        Observations, in order of date.
    """

    players: Ints
    n_known: tuple[int, ...]
    days: tuple[PaceDay, ...]


def build_pace_design(
    stints: pd.DataFrame,
    player_game_stats: pd.DataFrame,
    *,
    numbered: Ints | None = None,
) -> PaceDesign:
    """Turn stints, and the box scores of games without them, into observations.

    Parameters
    ----------
    stints : DataFrame
        Columns of `ml.ingest.playbyplay.stints.STINT_COLUMNS` and ``date``; rows
        without ten players or length say nothing and are left out.
    player_game_stats : DataFrame
        ``game_id, player_id, team_id, date, min, fga, fgm, fta, oreb, dreb, tov`` and
        ``has_stints``: whether stints of the game count by that date; if not, it is
        observed as a whole.
    numbered : ndarray of int, optional
        Players of earlier dates, who keep their numbers.

    Returns
    -------
    PaceDesign
    """
    observed = _join(_stints(stints), _box_scores(player_game_stats))
    first = pd.DataFrame(
        {"player_id": observed.player, "date": observed.date[observed.row]}
    )
    first = first.groupby("player_id")["date"].min().reset_index()
    earlier = np.array([], dtype=np.int64) if numbered is None else numbered
    first = first[~first["player_id"].isin(earlier)]
    first = first.sort_values(["date", "player_id"], kind="stable")
    players = np.r_[earlier, first["player_id"].to_numpy(dtype=np.int64)]
    number = pd.Series(np.arange(len(players)), index=players)
    days = tuple(_days(observed, number.reindex(observed.player).to_numpy(np.int64)))
    ends = np.array([day.date for day in days], dtype="datetime64[D]")
    arrivals = first["date"].to_numpy().astype("datetime64[D]")
    n_known = len(earlier) + np.searchsorted(arrivals, ends, side="right")
    return PaceDesign(players, tuple(n_known.tolist()), days)


def is_team(players: Ints) -> Bools:
    """Say which of a design's players are teams."""
    return np.asarray(players < -(_TEAMS_BELOW // 2))


@dataclass(frozen=True)
class _Observed:
    """Observations, and one entry of `row`, `player`, `share` a player in each."""

    date: npt.NDArray[np.datetime64]
    game: Ints
    seconds: Floats
    pace: Floats
    common: Floats
    row: Ints
    player: Ints
    share: Floats


def _stints(stints: pd.DataFrame) -> _Observed:
    ordered = stints.sort_values(["date", "game_id", "stint_idx"], kind="stable")
    margin = ordered["home_pts"] - ordered["away_pts"]
    after = margin.groupby([ordered["date"], ordered["game_id"]]).cumsum()
    ordered = ordered.assign(lead=(after - margin).abs() / 10.0)
    known = ordered.dropna(subset=[*_TEN, "date"])
    known = known[known["seconds"] > 0]
    seconds = known["seconds"].to_numpy(dtype=np.float64)
    period = known["period"].to_numpy(dtype=np.int64)
    possessions = known[["home_poss", "away_poss"]].to_numpy(dtype=np.float64)
    lead = np.minimum(known["lead"].to_numpy(dtype=np.float64), _LARGEST_LEAD)
    common = np.zeros((len(known), len(COMMON)))
    common[:, 0] = 1.0
    for column, is_period in enumerate(
        (period == 2, period == 3, period == 4, period > 4), start=1
    ):
        common[:, column] = is_period
    common[:, 5], common[:, 6] = lead, lead * (period == 4)
    return _Observed(
        date=known["date"].to_numpy().astype("datetime64[D]"),
        game=pd.factorize(known["game_id"])[0].astype(np.int64),
        seconds=seconds,
        pace=_pace(possessions.mean(axis=1), seconds),
        common=common,
        row=np.repeat(np.arange(len(known)), len(_TEN)),
        player=known[_TEN].to_numpy(dtype=np.int64).ravel(),
        share=np.ones(len(_TEN) * len(known)),
    )


def _box_scores(player_game_stats: pd.DataFrame) -> _Observed:
    names = ["min", "fga", "fgm", "fta", "oreb", "dreb", "tov"]
    whole = ~player_game_stats["has_stints"].astype(bool)
    lines = player_game_stats[whole & (player_game_stats["min"] > 0)]
    lines = lines.dropna(subset=[*names, "date"])
    lines = lines.sort_values(["date", "game_id", "player_id"], kind="stable")
    sums = lines.groupby(["date", "game_id"], sort=False)[names].sum()
    sums = sums.reset_index().astype(dict.fromkeys(names, np.float64))
    is_whole = (sums["min"] >= _LEAST_MINUTES).to_numpy(dtype=bool)
    overtimes = np.rint((sums["min"] / 10 - 48) / 5).clip(lower=0).to_numpy()
    seconds = REGULATION_SECONDS + _OVERTIME_SECONDS * overtimes
    # Oliver (2004), both sides together; see the macro `possessions`.
    kept = sums["oreb"] / (sums["oreb"] + sums["dreb"]).where(lambda sum_: sum_ > 0)
    possessions = (
        sums["fga"]
        + 0.4 * sums["fta"]
        + sums["tov"]
        - 1.07 * (sums["fga"] - sums["fgm"]) * kept.fillna(0.0)
    ) / 2
    common = np.zeros((len(sums), len(COMMON)))
    common[:, 0] = common[:, -1] = 1.0
    common[:, 4] = _OVERTIME_SECONDS * overtimes / seconds
    row = lines.groupby(["date", "game_id"], sort=False).ngroup().to_numpy()
    sides = lines[["team_id"]].assign(row=row).drop_duplicates()
    sides = sides[is_whole[sides["row"].to_numpy()]]
    place = np.cumsum(is_whole) - 1
    minutes = lines["min"].to_numpy(dtype=np.float64)
    share = 10 * minutes / sums["min"].to_numpy()[row]
    kept_rows = is_whole[row]
    return _Observed(
        date=sums["date"].to_numpy().astype("datetime64[D]")[is_whole],
        game=np.arange(int(is_whole.sum())),
        seconds=seconds[is_whole],
        pace=_pace(possessions.to_numpy(), seconds)[is_whole],
        common=common[is_whole],
        row=place[np.r_[row[kept_rows], sides["row"].to_numpy()]],
        player=np.r_[
            lines["player_id"].to_numpy(dtype=np.int64)[kept_rows],
            sides["team_id"].to_numpy(dtype=np.int64) - _TEAMS_BELOW,
        ],
        share=np.r_[share[kept_rows], np.ones(len(sides))],
    )


def _pace(possessions: Floats, seconds: Floats) -> Floats:
    pace = REGULATION_SECONDS * possessions / seconds
    return np.clip(pace, _SLOWEST, _FASTEST)


def _join(stints: _Observed, games: _Observed) -> _Observed:
    """Put both together, in order of date."""
    order = np.argsort(np.r_[stints.date, games.date], kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    row = place[np.r_[stints.row, games.row + len(stints.date)]]
    by_row = np.argsort(row, kind="stable")
    n_games = int(stints.game.max(initial=-1)) + 1
    return _Observed(
        date=np.r_[stints.date, games.date][order],
        game=np.r_[stints.game, games.game + n_games][order],
        seconds=np.r_[stints.seconds, games.seconds][order],
        pace=np.r_[stints.pace, games.pace][order],
        common=np.vstack([stints.common, games.common])[order],
        row=row[by_row],
        player=np.r_[stints.player, games.player][by_row],
        share=np.r_[stints.share, games.share][by_row],
    )


def _days(observed: _Observed, number: Ints) -> Iterator[PaceDay]:
    dates = np.unique(observed.date, return_index=True, return_counts=True)
    for begin, count in zip(*dates[1:], strict=True):
        cut = slice(int(begin), int(begin + count))
        present = slice(*np.searchsorted(observed.row, [cut.start, cut.stop]))
        players, place = np.unique(number[present], return_inverse=True)
        shares = np.zeros((cut.stop - cut.start, len(players)))
        shares[observed.row[present] - cut.start, place] = observed.share[present]
        yield PaceDay(
            date=observed.date[cut.start],
            players=players,
            shares=shares,
            common=observed.common[cut],
            seconds=observed.seconds[cut],
            pace=observed.pace[cut],
            game=np.unique(observed.game[cut], return_inverse=True)[1],
        )
