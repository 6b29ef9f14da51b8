"""Everything about the league's games that is carried from date to date."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.arrays import Floats, Ints
from ml.ratings.player.box import Births, BoxRates
from ml.ratings.player.design import BoxDay, Day
from ml.ratings.player.prior import BoxPrior
from ml.ratings.player.ridge import (
    Solution,
    State,
    StintRidge,
    as_date,
    level_and_score,
)

RATED = (
    "off_impact", "def_impact", "impact", "off_impact_sd", "def_impact_sd",
    "impact_sd", "box_off_impact", "box_def_impact", "exposure_stint_units",
)  # fmt: skip
# Margin and total of a stint: what players' sum and difference of attack and defence
# are learnt from.
_OUTCOMES = ("net", "style")
_LEAGUE_HALF_LIFE_DAYS = 60.0
# Without any box score a player is this much farther from the prior, as a variance.
_LOOSENESS = 0.75


@dataclass(frozen=True)
class ImpactSettings:
    """Constants of the ratings, chosen on seasons up to 2022-23.

    Attributes
    ----------
    half_life_days : float
        A stint this old counts half (days).
    penalty : float
        Strength of the shrinkage to the prior (possessions).
    box_half_life_days : float
        A box score this old counts half (days).
    box_padding_minutes : float
        Minutes at the league's rates that every player starts with.
    prior_half_life_days : float
        A stint this old counts half when the prior's weights are learned (days).
    prior_penalty : float
        Ridge penalty of the prior's weights (possessions).
    active_days : int
        A player not seen for longer keeps his last rating (days).
    """

    half_life_days: float = 400.0
    penalty: float = 4000.0
    box_half_life_days: float = 245.0
    box_padding_minutes: float = 200.0
    prior_half_life_days: float = 1460.0
    prior_penalty: float = 2000.0
    active_days: int = 400


@dataclass(frozen=True)
class Ratings:
    """Ratings of one date; every array in the order of `index`.

    Attributes
    ----------
    index : ndarray of int, shape (n_active,)
        Indices of players.
    columns : dict of str to ndarray
        `RATED`.
    """

    index: Ints
    columns: dict[str, Floats]


class Rater:
    """Takes in dates one after the other and rates players after any of them.

    Parameters
    ----------
    n_players : int
        Number of players that may ever appear.
    births : Births
        Birth dates of the players.
    settings : ImpactSettings
        Constants.
    start : mapping, optional
        The `state` of an earlier rater; its players are the first of this one's.
    """

    def __init__(
        self,
        n_players: int,
        births: Births,
        settings: ImpactSettings,
        start: State | None = None,
    ) -> None:
        self.settings = settings
        self.ridges = [
            StintRidge(n_players, half_life_days=settings.half_life_days)
            for _ in _OUTCOMES
        ]
        self.priors = [
            BoxPrior(
                half_life_days=settings.prior_half_life_days,
                penalty=settings.prior_penalty,
            )
            for _ in _OUTCOMES
        ]
        self.rates = BoxRates(
            n_players,
            half_life_days=settings.box_half_life_days,
            padding_minutes=settings.box_padding_minutes,
            births=births,
        )
        self.seen = np.full(n_players, np.datetime64("NaT", "D"))
        self.last = np.zeros((2, n_players))
        # Points and possessions of the league; squared surprises of both outcomes and
        # their possessions, all fading.
        self.league = np.zeros(5)
        self.date: np.datetime64 = np.datetime64("NaT", "D")
        self.n_known = 0
        if start is not None:
            self._restore(start)

    def add(self, day: Day, box: BoxDay | None, n_known: int) -> None:
        """Take in one date: first what it says about the past, then itself.

        Parameters
        ----------
        day : Day
            Its stints and whole games, or neither.
        box : BoxDay or None
            Its box scores.
        n_known : int
            How many players had appeared by the end of it.
        """
        points, possessions = day.points.sum(), day.possessions.sum()
        seen_points, seen_possessions = self.league[:2]
        if not seen_possessions:
            seen_points, seen_possessions = points, possessions
        level = 100 * float(seen_points / seen_possessions) if seen_possessions else 0.0
        home, away = day.excess(level).T
        features = self.rates.features(day.date, n_known, day.players)
        for seen, ridge, prior in zip(
            (day.margins(level), day.totals(level)),
            self.ridges,
            self.priors,
            strict=True,
        ):
            scored = {"weight": seen.weight, "outcome": seen.outcome}
            prior.add(day.date, seen.signs @ features, lead=seen.lead, **scored)
            ridge.add(
                day.date,
                day.players,
                seen.signs,
                common=level_and_score(seen.lead),
                **scored,
            )
        if not np.isnat(self.date):
            days = (day.date - self.date) / np.timedelta64(1, "D")
            self.league *= 0.5 ** (days / _LEAGUE_HALF_LIFE_DAYS)
        weight = day.weight
        # A surprise in points has a variance that grows with the possessions.
        margin, total = weight * (home - away), weight * (home + away)
        self.league += np.array(
            [points, possessions, margin @ margin, total @ total, weight.sum()]
        )
        if box is not None:
            self.rates.add(day.date, box)
        self.seen[day.players] = day.date
        self.date, self.n_known = day.date, n_known

    def rate(self, *, with_sd: bool) -> Ratings:
        """Rate the active players as of after the newest date, and remember it.

        Parameters
        ----------
        with_sd : bool
            Whether standard deviations are wanted; nan without.

        Returns
        -------
        Ratings
        """
        unseen = (self.date - self.seen[: self.n_known]) / np.timedelta64(1, "D")
        chosen = np.flatnonzero(unseen <= self.settings.active_days)
        if not len(chosen):
            return Ratings(chosen, dict.fromkeys(RATED, np.empty(0)))
        features = self.rates.features(self.date, self.n_known, chosen)
        exposure = self.ridges[1].presence()[chosen]
        loose = 1.0 + _LOOSENESS * self.rates.padding_share(chosen)
        priors, solutions = [], []
        for number, (ridge, prior) in enumerate(
            zip(self.ridges, self.priors, strict=True)
        ):
            expected = features @ prior.weights()
            expected -= np.average(expected, weights=exposure)
            noise = float(self.league[2 + number] / self.league[4])
            about = features - np.average(features, axis=0, weights=exposure)
            solution = ridge.solve(
                chosen,
                expected,
                self.last[number, : self.n_known],
                penalty=self.settings.penalty,
                noise=noise if with_sd else None,
                looseness=loose,
                uncertainty=prior.uncertainty(about, noise) if with_sd else None,
            )
            value = solution.value - np.average(solution.value, weights=exposure)
            priors.append(expected)
            solutions.append(replace(solution, value=value))
            self.last[number, chosen] = value
        return Ratings(chosen, _columns(priors, solutions, exposure))

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Return all that a later rater needs to go on from here.

        Returns
        -------
        dict of str to ndarray
            Own copies, of the players known so far only.
        """
        known = self.n_known
        state: dict[str, npt.NDArray[Any]] = {
            "date": np.array(self.date),
            "born": self.rates.births.born[:known],
            "told": self.rates.births.told[:known],
            "seen": self.seen[:known].copy(),
            "last": self.last[:, :known].copy(),
            "league": self.league.copy(),
            "box_date": np.array(self.rates.date),
        }
        for name in _BOX_ARRAYS:
            state[name] = getattr(self.rates, name)[:known].copy()
        for name, ridge, prior in zip(_OUTCOMES, self.ridges, self.priors, strict=True):
            state |= ridge.state(name, known)
            state[f"{name}_prior_gram"] = prior.gram.copy()
            state[f"{name}_prior_moment"] = prior.moment.copy()
            state[f"{name}_prior_date"] = np.array(prior.date)
        return state

    def _restore(self, state: State) -> None:
        known = self.n_known = len(state["seen"])
        self.date = as_date(state["date"])
        self.seen[:known] = state["seen"]
        self.last[:, :known] = state["last"]
        self.league[:] = state["league"]
        self.rates.date = as_date(state["box_date"])
        for name in _BOX_ARRAYS:
            getattr(self.rates, name)[:known] = state[name]
        for name, ridge, prior in zip(_OUTCOMES, self.ridges, self.priors, strict=True):
            ridge.restore(name, state)
            prior.gram[:] = state[f"{name}_prior_gram"]
            prior.moment[:] = state[f"{name}_prior_moment"]
            prior.date = as_date(state[f"{name}_prior_date"])


_BOX_ARRAYS = ("counts", "minutes", "games", "recent_minutes", "recent_games")


def _columns(
    priors: list[Floats], solutions: list[Solution], exposure: Floats
) -> dict[str, Floats]:
    """Turn sum and difference of attack and defence into both."""
    net, style = (solution.value for solution in solutions)
    net_variance, style_variance = (solution.variance for solution in solutions)
    side_sd = np.sqrt(net_variance + style_variance) / 2
    return {
        "off_impact": (net + style) / 2,
        "def_impact": (net - style) / 2,
        "impact": net,
        "off_impact_sd": side_sd,
        "def_impact_sd": side_sd,
        "impact_sd": np.sqrt(net_variance),
        "box_off_impact": (priors[0] + priors[1]) / 2,
        "box_def_impact": (priors[0] - priors[1]) / 2,
        "exposure_stint_units": exposure / 50.0,
    }
