"""What a player's box scores said about him by a date."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.arrays import Floats, Ints
from ml.ratings.player.design import STATISTICS, BoxDay, Dates

TRAITS = ("min_per_game", "experience", "is_new", "age", "age_squared", "recent_share")
FEATURES = (*STATISTICS, *TRAITS)
# Of the minutes that tell a player's role now.
_RECENT_DAYS = 21.0
_LEAST_USUAL_MINUTES = 4.0


@dataclass(frozen=True)
class Births:
    """Birth dates, and when they were learnt.

    Attributes
    ----------
    born : ndarray of datetime64[D], shape (n_players,)
        NaT where unknown.
    told : ndarray of datetime64[D], shape (n_players,)
        US/Eastern date on which the birth date came; NaT: before the first game.
    """

    born: Dates
    told: Dates

    def known_on(self, date: np.datetime64, chosen: Ints) -> Dates:
        """Return the birth dates that came before a date.

        Parameters
        ----------
        date : numpy.datetime64
            US/Eastern.
        chosen : ndarray of int, shape (n_chosen,)
            Indices of players.

        Returns
        -------
        ndarray of datetime64[D], shape (n_chosen,)
            NaT where unknown.
        """
        is_known = ~(self.told[chosen] >= date)
        return np.where(is_known, self.born[chosen], np.datetime64("NaT", "D"))


def births_of(births: pd.DataFrame, players: Ints) -> Births:
    """Look up the birth date of each player, as it was first known.

    Parameters
    ----------
    births : DataFrame
        ``player_id, birthdate`` and, where they have versions, ``known_at`` (UTC;
        null: from the start).
    players : ndarray of int, shape (n_players,)
        Player ids.

    Returns
    -------
    Births
    """
    known = births.dropna(subset=["birthdate"])
    if "known_at" not in known:
        known = known.assign(
            known_at=pd.Series(pd.NaT, known.index, "datetime64[ns, UTC]")
        )
    known = known.sort_values("known_at", na_position="first", kind="stable")
    first = known.drop_duplicates("player_id").set_index("player_id").reindex(players)
    told = first["known_at"].dt.tz_convert("America/New_York").dt.tz_localize(None)
    return Births(
        pd.to_datetime(first["birthdate"]).to_numpy().astype("datetime64[D]"),
        told.to_numpy().astype("datetime64[D]"),
    )


class BoxRates:
    """Decayed box scores of every player, updated date by date.

    Parameters
    ----------
    n_players : int
        Number of players.
    half_life_days : float
        A game this old counts half (days).
    padding_minutes : float
        Minutes at the league's rates that every player starts with.
    births : Births
        Birth dates of the players.
    """

    def __init__(
        self,
        n_players: int,
        *,
        half_life_days: float,
        padding_minutes: float,
        births: Births,
    ) -> None:
        self.half_life_days = half_life_days
        self.padding_minutes = padding_minutes
        self.births = births
        self.counts = np.zeros((n_players, len(STATISTICS)))
        self.minutes = np.zeros(n_players)
        self.games = np.zeros(n_players)
        self.recent_minutes = np.zeros(n_players)
        self.recent_games = np.zeros(n_players)
        self.date: np.datetime64 = np.datetime64("NaT", "D")

    def add(self, date: np.datetime64, day: BoxDay) -> None:
        """Count the games of a date.

        Parameters
        ----------
        date : numpy.datetime64
            Becomes the newest date.
        day : BoxDay
            Its box scores.
        """
        self._fade(date)
        np.add.at(self.counts, day.player, day.counts)
        for minutes, games in (
            (self.minutes, self.games),
            (self.recent_minutes, self.recent_games),
        ):
            np.add.at(minutes, day.player, day.minutes)
            np.add.at(games, day.player, 1.0)

    def features(self, date: np.datetime64, n_known: int, chosen: Ints) -> Floats:
        """Describe players by the box scores so far.

        Parameters
        ----------
        date : numpy.datetime64
            The day of the description, for the age; nothing is changed.
        n_known : int
            How many players make the league; nobody after them may have played.
        chosen : ndarray of int, shape (n_chosen,)
            Indices of those to describe, below `n_known`.

        Returns
        -------
        ndarray, shape (n_chosen, 19)
            `FEATURES`: statistics per 36 minutes as differences from the league's,
            shrunken towards it; minutes per game (units of 10, centred at 20), log
            of the minutes seen, no minutes seen yet (0/1), age (units of 5 years,
            centred at 26) and its square, recent against usual minutes (units of 10).
        """
        total = self.minutes[:n_known].sum()
        league = np.zeros(len(STATISTICS))
        if total:
            league = self.counts[:n_known].sum(axis=0) / total
        counts, minutes = self.counts[chosen], self.minutes[chosen]
        padded = (minutes + self.padding_minutes)[:, None]
        rates = 36 * ((counts + self.padding_minutes * league) / padded - league)
        # Two games at ten minutes stand in for what is not known. Below four minutes
        # the line must not go on: nobody is as bad as it would say.
        usual = np.maximum(
            (minutes + 20.0) / (self.games[chosen] + 2.0), _LEAST_USUAL_MINUTES
        )
        recent = (self.recent_minutes[chosen] + 0.5 * usual) / (
            self.recent_games[chosen] + 0.5
        )
        birth = self.births.known_on(date, chosen)
        days_old = (date - birth).astype(np.float64)
        age = np.where(np.isnat(birth), np.nan, days_old / 365.25)
        centred = np.where(np.isnan(age), 0.0, (age - 26.0) / 5.0)
        traits = np.column_stack(
            [
                (usual - 20.0) / 10.0,
                np.log1p(minutes / 100.0),
                minutes == 0,
                centred,
                centred**2,
                (recent - usual) / 10.0,
            ]
        )
        return np.hstack([rates, traits])

    def padding_share(self, chosen: Ints) -> Floats:
        """Say how much of what is taken for players' minutes is but the league's.

        Parameters
        ----------
        chosen : ndarray of int, shape (n_chosen,)
            Indices of players.

        Returns
        -------
        ndarray, shape (n_chosen,)
            0 with boundless minutes, 1 without any.
        """
        minutes = self.minutes[chosen]
        share: Floats = self.padding_minutes / (self.padding_minutes + minutes)
        return share

    def _fade(self, date: np.datetime64) -> None:
        if not np.isnat(self.date):
            days = (date - self.date) / np.timedelta64(1, "D")
            for values in (self.counts, self.minutes, self.games):
                np.multiply(values, 0.5 ** (days / self.half_life_days), out=values)
            for values in (self.recent_minutes, self.recent_games):
                np.multiply(values, 0.5 ** (days / _RECENT_DAYS), out=values)
        self.date = date
