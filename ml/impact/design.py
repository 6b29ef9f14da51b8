"""Stints as observations: who was on court for each side, and how well it went.

A game without stints is one observation of its whole length, in which everybody is on
court for the share of the time that his box score says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Dates = npt.NDArray[np.datetime64]

STATISTICS = (
    "fg2m", "fg2a", "fg3m", "fg3a", "ftm", "fta",
    "oreb", "dreb", "ast", "stl", "blk", "tov", "pf",
)  # fmt: skip
_HOME_FIVE = [f"home_p{number}" for number in range(1, 6)]
_AWAY_FIVE = [f"away_p{number}" for number in range(1, 6)]
_TEN = [*_HOME_FIVE, *_AWAY_FIVE]
_BOX = ["game_id", "player_id", "date", "is_home", "has_stints", "min", "pts"]
_NOBODY = np.array([], dtype=np.int64)


@dataclass(frozen=True)
class Day:
    """The stints of one date, and its games without stints.

    Attributes
    ----------
    date : numpy.datetime64
        US/Eastern date of the games.
    players : ndarray of int, shape (n_players,)
        Indices of those who were on court, ascending.
    home, away : ndarray, shape (n_stints, n_players)
        1 where the player is on court for that side, else 0; of a whole game the share
        of it. Five in all on each side.
    points, possessions : ndarray, shape (n_stints, 2)
        Of the home and the away side.
    lead : ndarray, shape (n_stints,)
        Of the home side when the stint began (units of 10 points); 0 of a whole game.
    n_whole : int
        How many of the last rows are whole games.
    """

    date: np.datetime64
    players: Ints
    home: Floats
    away: Floats
    points: Floats
    possessions: Floats
    lead: Floats
    n_whole: int = 0

    @property
    def weight(self) -> Floats:
        """Possessions of a side, the mean of both; never 0; shape (n_stints,)."""
        weight: Floats = self.possessions.mean(axis=1)
        return weight

    def excess(self, league_points: float) -> Floats:
        """Return what each side scored beyond the league's level.

        Parameters
        ----------
        league_points : float
            The league's points per 100 possessions.

        Returns
        -------
        ndarray, shape (n_stints, 2)
            Points per 100 possessions, home and away.
        """
        expected = self.possessions * (league_points / 100.0)
        excess: Floats = 100.0 * (self.points - expected) / self.weight[:, None]
        return excess


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
        Dates with stints or box scores, in order.
    boxes : dict of numpy.datetime64 to BoxDay
        Box scores by date.
    """

    players: Ints
    n_known: tuple[int, ...]
    days: tuple[Day, ...]
    boxes: dict[np.datetime64, BoxDay]


def dated(rows: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    """Give rows the dates of their games.

    Parameters
    ----------
    rows : DataFrame
        With ``game_id``.
    games : DataFrame
        ``game_id, game_date``.

    Returns
    -------
    DataFrame
        With ``date``; null where the game is unknown.
    """
    dates = pd.Series(
        pd.to_datetime(games["game_date"]).to_numpy().astype("datetime64[s]"),
        index=games["game_id"],
    )
    return rows.assign(date=rows["game_id"].map(dates))


def build_design(
    stints: pd.DataFrame,
    player_game_stats: pd.DataFrame | None = None,
    *,
    numbered: Ints | None = None,
) -> Design:
    """Turn stints and box scores into dated observations.

    Parameters
    ----------
    stints : DataFrame
        Columns of `ml.impact.stints.STINT_COLUMNS` and ``date``; a stint without
        possessions says nothing and is left out, as are rows without ten players or
        date.
    player_game_stats : DataFrame, optional
        ``game_id, player_id, date, is_home, min, pts``, the usual counts and
        ``has_stints``: whether stints of the game count by that date. A game that has
        none is observed as a whole. Rows of 0 minutes are left out.
    numbered : ndarray of int, optional
        Players of earlier dates, who keep their numbers.

    Returns
    -------
    Design
        One observation a stint, or a game without stints, at the most.
    """
    ordered = stints.sort_values(["date", "game_id", "stint_idx"], kind="stable")
    known = ordered.assign(lead=_leads(ordered)).dropna(subset=[*_TEN, "date"])
    known = known[known["home_poss"] + known["away_poss"] > 0]
    ids = known[_TEN].to_numpy(dtype=np.int64)
    box = _boxes(player_game_stats)
    earlier = np.array([], dtype=np.int64) if numbered is None else numbered
    first = _first_dates(ids, known, box)
    first = first[~first["player_id"].isin(earlier)]
    players = np.r_[earlier, first["player_id"].to_numpy(dtype=np.int64)]
    number = pd.Series(np.arange(len(players)), index=players)
    box = box.assign(number=number.reindex(box["player_id"]).to_numpy(dtype=np.int64))
    tens = number.reindex(ids.ravel()).to_numpy(dtype=np.int64).reshape(ids.shape)
    of_stints = dict(_stint_days(known, tens))
    of_games = dict(_whole_days(box))
    boxes = dict(_box_days(box))
    days = tuple(
        _joined(date, of_stints.get(date), of_games.get(date))
        for date in sorted({*of_stints, *boxes})
    )
    arrivals = first["date"].to_numpy().astype("datetime64[D]")
    ends = np.array([day.date for day in days], dtype="datetime64[D]")
    n_known = len(earlier) + np.searchsorted(arrivals, ends, side="right")
    return Design(
        players=players, n_known=tuple(n_known.tolist()), days=days, boxes=boxes
    )


def _leads(ordered: pd.DataFrame) -> pd.Series:
    """Return the home side's lead when each stint began, in units of 10 points.

    What counts on a later date than the rest of its game stands alone: ratings that go
    on from an earlier date have that rest no more.
    """
    margin = ordered["home_pts"] - ordered["away_pts"]
    so_far = margin.groupby([ordered["date"], ordered["game_id"]]).cumsum()
    return (so_far - margin) / 10.0


def _first_dates(ids: Ints, known: pd.DataFrame, box: pd.DataFrame) -> pd.DataFrame:
    seen = pd.DataFrame(
        {
            "player_id": np.r_[ids.ravel(), box["player_id"].to_numpy(dtype=np.int64)],
            "date": np.r_[np.repeat(known["date"], 10), box["date"]],
        }
    ).astype({"date": "datetime64[s]"})
    first = seen.groupby("player_id").agg(date=("date", "min")).reset_index()
    return first.sort_values(["date", "player_id"], kind="stable")


def _boxes(player_game_stats: pd.DataFrame | None) -> pd.DataFrame:
    if player_game_stats is None:
        nothing = pd.DataFrame(columns=[*_BOX, *STATISTICS])
        return nothing.astype({"date": "datetime64[s]"})
    frame = player_game_stats.assign(
        fg2m=player_game_stats["fgm"] - player_game_stats["fg3m"],
        fg2a=player_game_stats["fga"] - player_game_stats["fg3a"],
    )
    names = [*_BOX, *STATISTICS]
    frame = frame[frame["min"] > 0].dropna(subset=names)
    return frame.sort_values(["date", "game_id", "player_id"], kind="stable")[names]


def _box_days(box: pd.DataFrame) -> Iterator[tuple[np.datetime64, BoxDay]]:
    dates = box["date"].to_numpy().astype("datetime64[D]")
    players = box["number"].to_numpy(dtype=np.int64)
    minutes = box["min"].to_numpy(dtype=np.float64)
    counts = box[list(STATISTICS)].to_numpy(dtype=np.float64)
    for cut in _cuts(dates):
        yield dates[cut.start], BoxDay(players[cut], minutes[cut], counts[cut])


def _stint_days(known: pd.DataFrame, tens: Ints) -> Iterator[tuple[np.datetime64, Day]]:
    dates = known["date"].to_numpy().astype("datetime64[D]")
    points = known[["home_pts", "away_pts"]].to_numpy(dtype=np.float64)
    possessions = known[["home_poss", "away_poss"]].to_numpy(dtype=np.float64)
    leads = known["lead"].to_numpy(dtype=np.float64)
    for cut in _cuts(dates):
        players, places = np.unique(tens[cut], return_inverse=True)
        places = places.reshape(-1, 10)
        rows = np.arange(len(places))[:, None]
        sides = np.zeros((2, len(places), len(players)))
        sides[0, rows, places[:, :5]] = 1.0
        sides[1, rows, places[:, 5:]] = 1.0
        yield (
            dates[cut.start],
            Day(
                date=dates[cut.start],
                players=players,
                home=sides[0],
                away=sides[1],
                points=points[cut],
                possessions=possessions[cut],
                lead=leads[cut],
            ),
        )


def _whole_days(box: pd.DataFrame) -> Iterator[tuple[np.datetime64, Day]]:
    """Yield the games without stints of each date, both sides of which are known."""
    whole = box[~box["has_stints"].astype(bool)]
    shots = whole["fg2a"] + whole["fg3a"]
    counted = whole[["date", "game_id", "is_home", "pts", "oreb", "dreb"]].assign(
        is_home=whole["is_home"].astype(bool),
        trips=shots + 0.4 * whole["fta"] + whole["tov"],
        missed=shots - whole["fg2m"] - whole["fg3m"],
        n_players=1,
    )
    keys = ["date", "game_id"]
    sums = counted.groupby([*keys, "is_home"]).sum().reset_index("is_home")
    home = sums[sums["is_home"]].drop(columns="is_home")
    away = sums[~sums["is_home"]].drop(columns="is_home")
    home, away = home.align(away, join="inner", axis=0)
    possessions = [
        own["trips"]
        - 1.07 * own["missed"] * own["oreb"] / (own["oreb"] + other["dreb"])
        for own, other in ((home, away), (away, home))
    ]
    # Both sides have the ball equally often.
    mean = (possessions[0] + possessions[1]) / 2.0
    is_whole = (mean > 0) & (home["n_players"] >= 5) & (away["n_players"] >= 5)
    chosen = whole.set_index(keys)
    chosen = chosen[is_whole.reindex(chosen.index, fill_value=False)].reset_index()
    chosen = chosen.sort_values(["date", "game_id", "player_id"], kind="stable")
    for cut in _cuts(chosen["date"].to_numpy()):
        part = chosen.iloc[cut]
        players, column = np.unique(part["number"], return_inverse=True)
        games, row = np.unique(part["game_id"], return_inverse=True)
        at_home = part["is_home"].to_numpy(dtype=bool)
        minutes = part["min"].to_numpy(dtype=np.float64)
        on_court = np.zeros((2, len(games), len(players)))
        for side, of_side in enumerate((at_home, ~at_home)):
            on_court[side, row[of_side], column[of_side]] = minutes[of_side]
            on_court[side] *= 5.0 / on_court[side].sum(axis=1, keepdims=True)
        index = pd.MultiIndex.from_product([part["date"].iloc[:1], games])
        day = part["date"].to_numpy().astype("datetime64[D]")[0]
        yield (
            day,
            Day(
                date=day,
                players=players,
                home=on_court[0],
                away=on_court[1],
                points=np.column_stack(
                    [home.loc[index, "pts"], away.loc[index, "pts"]]
                ),
                possessions=np.column_stack([mean.loc[index]] * 2),
                lead=np.zeros(len(games)),
                n_whole=len(games),
            ),
        )


def _joined(date: np.datetime64, stints: Day | None, games: Day | None) -> Day:
    """Put the stints of a date and its games without stints together."""
    parts = [part for part in (stints, games) if part is not None]
    if len(parts) == 1:
        return parts[0]
    players = np.unique(np.concatenate([_NOBODY, *(part.players for part in parts)]))

    def spread(side: str) -> Floats:
        blocks = [np.zeros((0, len(players)))]
        for part in parts:
            block = np.zeros((len(part.lead), len(players)))
            block[:, np.searchsorted(players, part.players)] = getattr(part, side)
            blocks.append(block)
        return np.vstack(blocks)

    return Day(
        date=date,
        players=players,
        home=spread("home"),
        away=spread("away"),
        points=np.vstack([np.zeros((0, 2)), *(part.points for part in parts)]),
        possessions=np.vstack(
            [np.zeros((0, 2)), *(part.possessions for part in parts)]
        ),
        lead=np.concatenate([np.zeros(0), *(part.lead for part in parts)]),
        n_whole=sum(part.n_whole for part in parts),
    )


def _cuts(dates: np.ndarray) -> Iterator[slice]:
    """Yield the rows of each date."""
    if len(dates):
        starts = np.flatnonzero(np.r_[True, dates[1:] != dates[:-1]])
        for start, stop in zip(starts, [*starts[1:], len(dates)], strict=True):
            yield slice(int(start), int(stop))
