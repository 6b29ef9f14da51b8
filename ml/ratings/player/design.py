"""Stints as observations: who was on court for each side, and how well it went.

A game without stints is one observation of its whole length, in which everybody is on
court for the share of the time that his box score says. Where the box score has his
plus-minus, the margin is observed from each player instead: while he was on court, with
the others there for their share of the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.arrays import Bools, Floats, Ints

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


# Everybody's plus-minus tells of the same possessions, of which ten are on court.
_PLUS_MINUS_WEIGHT = 0.1


@dataclass(frozen=True)
class Observations:
    """One outcome of stints or games, and whose values are in it.

    Attributes
    ----------
    signs : ndarray, shape (n_rows, n_players)
        How often each player's value is in each outcome.
    lead : ndarray, shape (n_rows,)
        What the score was at the beginning (units of 10 points).
    weight : ndarray, shape (n_rows,)
        Possessions.
    outcome : ndarray, shape (n_rows,)
        Points per 100 possessions.
    """

    signs: Floats
    lead: Floats
    weight: Floats
    outcome: Floats


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
    n_apart : int
        How many of those have plus-minus, the last of all: only their total is read
        from the row itself.
    plus_minus : Observations or None
        The margins of these games, each player's own.
    """

    date: np.datetime64
    players: Ints
    home: Floats
    away: Floats
    points: Floats
    possessions: Floats
    lead: Floats
    n_whole: int = 0
    n_apart: int = 0
    plus_minus: Observations | None = None

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

    def margins(self, league_points: float) -> Observations:
        """Return what home sides won by, given the league's points per 100."""
        home, away = self.excess(league_points).T
        cut = slice(len(self.lead) - self.n_apart)
        found = Observations(
            (self.home - self.away)[cut],
            self.lead[cut],
            self.weight[cut],
            (home - away)[cut],
        )
        return found if self.plus_minus is None else _stacked([found, self.plus_minus])

    def totals(self, league_points: float) -> Observations:
        """Return what both sides scored, given the league's points per 100."""
        home, away = self.excess(league_points).T
        return Observations(
            self.home + self.away, np.abs(self.lead), self.weight, home + away
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
        Columns of `ml.ingest.playbyplay.stints.STINT_COLUMNS` and ``date``; a stint
        without possessions says nothing and is left out, as are rows without ten
        players or date.
    player_game_stats : DataFrame, optional
        ``game_id, player_id, date, is_home, min, pts, plus_minus`` (null where
        unknown), the usual counts and ``has_stints``: whether stints of the game count
        by that date. A game that has none is observed as a whole. Rows of 0 minutes are
        left out.
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
        nothing = pd.DataFrame(columns=[*_BOX, "plus_minus", *STATISTICS])
        return nothing.astype({"date": "datetime64[s]"})
    frame = player_game_stats.assign(
        fg2m=player_game_stats["fgm"] - player_game_stats["fg3m"],
        fg2a=player_game_stats["fga"] - player_game_stats["fg3a"],
    )
    names = [*_BOX, *STATISTICS]
    frame = frame[frame["min"] > 0].dropna(subset=names)
    ordered = frame.sort_values(["date", "game_id", "player_id"], kind="stable")
    return ordered.reindex(columns=[*names, "plus_minus"])


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
    keys = ["date", "game_id"]
    shots = whole["fg2a"] + whole["fg3a"]
    counted = whole[[*keys, "is_home", "pts", "oreb", "dreb", "plus_minus"]].assign(
        is_home=whole["is_home"].astype(bool),
        trips=shots + 0.4 * whole["fta"] + whole["tov"],
        missed=shots - whole["fg2m"] - whole["fg3m"],
        n_players=1,
    )
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
    is_told = counted["plus_minus"].notna()
    is_apart = is_told.groupby([counted["date"], counted["game_id"]]).all()
    chosen = whole.set_index(keys)
    chosen = chosen[is_whole.reindex(chosen.index, fill_value=False)]
    chosen["is_apart"] = is_apart.reindex(chosen.index)
    # Games with plus-minus come last.
    chosen = chosen.reset_index().sort_values(
        ["date", "is_apart", "game_id", "player_id"], kind="stable"
    )
    for cut in _cuts(chosen["date"].to_numpy()):
        part = chosen.iloc[cut]
        players, column = np.unique(part["number"], return_inverse=True)
        row, games = pd.factorize(part["game_id"])
        at_home = part["is_home"].to_numpy(dtype=bool)
        minutes = part["min"].to_numpy(dtype=np.float64)
        on_court = np.zeros((2, len(games), len(players)))
        for side, of_side in enumerate((at_home, ~at_home)):
            on_court[side, row[of_side], column[of_side]] = minutes[of_side]
            on_court[side] *= 5.0 / on_court[side].sum(axis=1, keepdims=True)
        index = pd.MultiIndex.from_product([part["date"].iloc[:1], games])
        length = mean.loc[index].to_numpy(dtype=np.float64)
        day = part["date"].to_numpy().astype("datetime64[D]")[0]
        apart = part["is_apart"].to_numpy(dtype=bool)
        own = part["plus_minus"].to_numpy(dtype=np.float64, na_value=np.nan)
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
                possessions=np.column_stack([length] * 2),
                lead=np.zeros(len(games)),
                n_whole=len(games),
                n_apart=len(np.unique(row[apart])),
                plus_minus=_plus_minus(
                    on_court[:, row[apart]],
                    column[apart],
                    at_home[apart],
                    own[apart],
                    length[row[apart]],
                ),
            ),
        )


def _plus_minus(
    on_court: Floats,
    column: Ints,
    at_home: Bools,
    plus_minus: Floats,
    possessions: Floats,
) -> Observations:
    """Return the margins while each player was on court, one row a player and game.

    Who was there with him is not known: the others are taken to have been, all in all
    four of his side and five of the other, as often as in the whole game.
    """
    rows = np.arange(len(column))
    home, away = on_court
    own = np.where(at_home[:, None], home, away)
    share = own[rows, column]
    with_him = np.minimum(own * (4.0 / (5.0 - np.minimum(share, 4.0)))[:, None], 1.0)
    with_him[rows, column] = 1.0
    signs = np.where(at_home[:, None], with_him - away, home - with_him)
    present = possessions * np.minimum(share, 1.0)
    return Observations(
        signs=signs,
        lead=np.zeros(len(rows)),
        weight=_PLUS_MINUS_WEIGHT * present,
        outcome=100.0 * np.where(at_home, plus_minus, -plus_minus) / present,
    )


def _stacked(parts: list[Observations]) -> Observations:
    return Observations(
        np.vstack([part.signs for part in parts]),
        np.concatenate([part.lead for part in parts]),
        np.concatenate([part.weight for part in parts]),
        np.concatenate([part.outcome for part in parts]),
    )


def _joined(date: np.datetime64, stints: Day | None, games: Day | None) -> Day:
    """Put the stints of a date and its games without stints together."""
    parts = [part for part in (stints, games) if part is not None]
    if len(parts) == 1:
        return parts[0]
    players = np.unique(np.concatenate([_NOBODY, *(part.players for part in parts)]))

    def spread(part: Day, signs: Floats) -> Floats:
        wide = np.zeros((len(signs), len(players)))
        wide[:, np.searchsorted(players, part.players)] = signs
        return wide

    nobody = np.zeros((0, len(players)))
    apart = None if games is None else games.plus_minus
    if games is not None and apart is not None:
        apart = replace(apart, signs=spread(games, apart.signs))

    return Day(
        date=date,
        players=players,
        home=np.vstack([nobody, *(spread(part, part.home) for part in parts)]),
        away=np.vstack([nobody, *(spread(part, part.away) for part in parts)]),
        points=np.vstack([np.zeros((0, 2)), *(part.points for part in parts)]),
        possessions=np.vstack(
            [np.zeros((0, 2)), *(part.possessions for part in parts)]
        ),
        lead=np.concatenate([np.zeros(0), *(part.lead for part in parts)]),
        n_whole=sum(part.n_whole for part in parts),
        n_apart=sum(part.n_apart for part in parts),
        plus_minus=apart,
    )


def _cuts(dates: np.ndarray) -> Iterator[slice]:
    """Yield the rows of each date."""
    if len(dates):
        starts = np.flatnonzero(np.r_[True, dates[1:] != dates[:-1]])
        for start, stop in zip(starts, [*starts[1:], len(dates)], strict=True):
            yield slice(int(start), int(stop))
