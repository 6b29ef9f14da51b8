"""Pace impact: how much faster a game goes with a player on court, date by date.

A ridge regression of the pace of stints on the ten players, each with the sign +1: who
runs speeds up both sides. Periods, the score and the league's level are terms beside
the players, solved for with them, so nothing is fitted on a date before the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.arrays import Floats, Ints
from ml.ratings.player.pace_design import COMMON, PaceDay
from ml.ratings.player.ridge import State, StintRidge, as_date

# Players' paces vary at least so far, as a share of what the penalty implies; of a few
# weeks the estimate would say that they are all alike.
_BOUNDS = (0.85, 2.0)


@dataclass(frozen=True)
class PaceSettings:
    """Constants of the ratings, chosen on seasons up to 2022-23.

    Attributes
    ----------
    half_life_days : float
        An observation this old counts half (days).
    penalty : float
        Strength of the shrinkage to 0 (seconds).
    least_seconds : float
        Of a player's faded time on court, for a rating (seconds).
    active_days : int
        A player not seen for longer keeps his last rating (days).
    """

    half_life_days: float = 150.0
    penalty: float = 60_000.0
    least_seconds: float = 300.0
    active_days: int = 400


@dataclass(frozen=True)
class PaceRatings:
    """Ratings of one date.

    Attributes
    ----------
    index : ndarray of int, shape (n_rated,)
        Indices of players.
    pace, sd : ndarray, shape (n_rated,)
        Possessions of a side per 48 minutes beyond the average player, and how far
        that may be off.
    minutes : ndarray, shape (n_rated,)
        Faded time on court.
    """

    index: Ints
    pace: Floats
    sd: Floats
    minutes: Floats


class PaceRater:
    """Takes in dates one after the other and rates players after any of them.

    Parameters
    ----------
    n_players : int
        Number of players that may ever appear.
    settings : PaceSettings
        Constants.
    start : mapping, optional
        The `state` of an earlier rater; its players are the first of this one's.
    """

    def __init__(
        self, n_players: int, settings: PaceSettings, start: State | None = None
    ) -> None:
        self.settings = settings
        self.ridge = StintRidge(
            n_players, half_life_days=settings.half_life_days, n_common=len(COMMON)
        )
        self.seconds = np.zeros(n_players)
        self.seen = np.full(n_players, np.datetime64("NaT", "D"))
        self.last, self.last_sd = np.zeros(n_players), np.full(n_players, np.nan)
        self.common = np.full(len(COMMON), np.nan)
        # Squared surprises of whole games, and their seconds, both fading.
        self.noise = np.zeros(2)
        self.date: np.datetime64 = np.datetime64("NaT", "D")
        self.n_known = 0
        if start is not None:
            self._restore(start)

    def add(self, day: PaceDay, n_known: int) -> None:
        """Take in one date.

        Parameters
        ----------
        day : PaceDay
            Its observations.
        n_known : int
            How many players had appeared by the end of it.
        """
        keep = 1.0
        if not np.isnat(self.date):
            days = (day.date - self.date) / np.timedelta64(1, "D")
            keep = float(0.5 ** (days / self.settings.half_life_days))
        self.noise = keep * self.noise + self._surprise(day)
        self.seconds *= keep
        self.seconds[day.players] += day.seconds @ day.shares
        self.ridge.add(
            day.date,
            day.players,
            day.shares,
            common=day.common,
            weight=day.seconds,
            outcome=day.pace,
        )
        self.seen[day.players] = day.date
        self.date, self.n_known = day.date, n_known

    def _surprise(self, day: PaceDay) -> Floats:
        """Return the squared surprises of a date's games, and their seconds.

        A game has a tempo of its own beside its players', so surprises of its stints
        go together: they are summed before they are squared.
        """
        expected = day.common @ self.common + day.shares @ self.last[day.players]
        if np.isnan(self.common[0]):
            expected[:] = np.average(day.pace, weights=day.seconds)
        by_game = np.bincount(day.game, day.seconds * (day.pace - expected))
        return np.array([by_game @ by_game, day.seconds.sum()])

    def rate(self, *, everyone: bool) -> PaceRatings:
        """Rate players as of after the newest date, and remember it.

        Parameters
        ----------
        everyone : bool
            Whether all active players are rated, with standard deviations. Else only
            those who played on the date, the others being held at their last ratings;
            their deviations are the last ones, a newcomer's that of the least known.

        Returns
        -------
        PaceRatings
        """
        known = self.n_known
        unseen = (self.date - self.seen[:known]) / np.timedelta64(1, "D")
        active = np.flatnonzero(
            (unseen <= self.settings.active_days)
            & (self.seconds[:known] > self.settings.least_seconds)
        )
        # Where nobody has a deviation yet there is no last one to take.
        everyone = everyone or bool(np.isnan(self.last_sd[active]).all())
        chosen = active if everyone else active[self.seen[active] == self.date]
        solution = self.ridge.solve(
            chosen,
            np.zeros(len(chosen)),
            self.last[:known],
            penalty=self.settings.penalty,
            noise=float(self.noise[0] / self.noise[1]) if everyone else None,
            bounds=_BOUNDS,
        )
        self.last[chosen], self.common = solution.value, solution.common
        if everyone:
            self.last_sd[chosen] = np.sqrt(solution.variance)
        sd = self.last_sd[chosen]
        if np.isnan(sd).any():
            sd = np.where(np.isnan(sd), np.nanmax(self.last_sd[active]), sd)
        return PaceRatings(
            index=chosen,
            pace=solution.value,
            sd=sd,
            minutes=self.seconds[chosen] / 60.0,
        )

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Return all that a later rater needs to go on from here.

        Returns
        -------
        dict of str to ndarray
            Own copies, of the players known so far only.
        """
        known = self.n_known
        return {
            "date": np.array(self.date),
            "seconds": self.seconds[:known].copy(),
            "seen": self.seen[:known].copy(),
            "last": self.last[:known].copy(),
            "last_sd": self.last_sd[:known].copy(),
            "common": self.common.copy(),
            "noise": self.noise.copy(),
            **self.ridge.state("pace", known),
        }

    def _restore(self, state: State) -> None:
        known = self.n_known = len(state["seen"])
        self.date = as_date(state["date"])
        self.seconds[:known] = state["seconds"]
        self.seen[:known] = state["seen"]
        self.last[:known] = state["last"]
        self.last_sd[:known] = state["last_sd"]
        self.common[:] = state["common"]
        self.noise[:] = state["noise"]
        self.ridge.restore("pace", state)
