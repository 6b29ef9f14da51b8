"""What a player's box scores said about him by a date."""

from __future__ import annotations

import numpy as np

from ml.impact.design import STATISTICS, BoxDay, Dates, Floats

TRAITS = ("min_per_game", "experience", "is_new", "age", "age_squared", "recent_share")
FEATURES = (*STATISTICS, *TRAITS)
# Of the minutes that tell a player's role now.
_RECENT_DAYS = 21.0
_LEAST_USUAL_MINUTES = 10.0


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
    birth : ndarray of datetime64[D], shape (n_players,)
        Birth dates; NaT where unknown.
    """

    def __init__(
        self,
        n_players: int,
        *,
        half_life_days: float,
        padding_minutes: float,
        birth: Dates,
    ) -> None:
        self.half_life_days = half_life_days
        self.padding_minutes = padding_minutes
        self._birth = birth
        self._counts = np.zeros((n_players, len(STATISTICS)))
        self._minutes = np.zeros(n_players)
        self._games = np.zeros(n_players)
        self._recent_minutes = np.zeros(n_players)
        self._recent_games = np.zeros(n_players)
        self._date: np.datetime64 | None = None

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
        np.add.at(self._counts, day.player, day.counts)
        for minutes, games in (
            (self._minutes, self._games),
            (self._recent_minutes, self._recent_games),
        ):
            np.add.at(minutes, day.player, day.minutes)
            np.add.at(games, day.player, 1.0)

    def features(self, date: np.datetime64, n_known: int) -> Floats:
        """Describe the first players by the box scores so far.

        Parameters
        ----------
        date : numpy.datetime64
            The day of the description, for the age; nothing is changed.
        n_known : int
            How many players to describe; nobody after them may have played.

        Returns
        -------
        ndarray, shape (n_known, 19)
            `FEATURES`: statistics per 36 minutes as differences from the league's,
            shrunken towards it; minutes per game (units of 10, centred at 20), log
            of the minutes seen, no minutes seen yet (0/1), age (units of 5 years,
            centred at 26) and its square, recent against usual minutes (units of 10).
        """
        counts, minutes = self._counts[:n_known], self._minutes[:n_known]
        games = self._games[:n_known]
        total = minutes.sum()
        league = counts.sum(axis=0) / total if total else np.zeros(len(STATISTICS))
        padded = (minutes + self.padding_minutes)[:, None]
        rates = 36 * ((counts + self.padding_minutes * league) / padded - league)
        # Two games at ten minutes stand in for what is not known. Below ten minutes
        # the line must not go on: nobody is as bad as it would say.
        usual = np.maximum((minutes + 20.0) / (games + 2.0), _LEAST_USUAL_MINUTES)
        recent = (self._recent_minutes[:n_known] + 0.5 * usual) / (
            self._recent_games[:n_known] + 0.5
        )
        days_old = (date - self._birth[:n_known]).astype(np.float64)
        age = np.where(np.isnat(self._birth[:n_known]), np.nan, days_old / 365.25)
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

    def _fade(self, date: np.datetime64) -> None:
        if self._date is not None:
            days = (date - self._date) / np.timedelta64(1, "D")
            for values in (self._counts, self._minutes, self._games):
                np.multiply(values, 0.5 ** (days / self.half_life_days), out=values)
            for values in (self._recent_minutes, self._recent_games):
                np.multiply(values, 0.5 ** (days / _RECENT_DAYS), out=values)
        self._date = date
