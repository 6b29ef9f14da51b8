"""A team's totals: what its players are expected to do, moved to what teams do.

Counts are forecast player by player, and summed over a team they lie too far apart:
what a star who is out leaves undone his teammates do, more of it than the rates of each
of them say. So all of a team's expected counts are scaled by one factor a statistic,
learnt from sums that were expected and totals that came about. Shares stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.arrays import Bools, Floats
from ml.boxscore.stats import LEARNT
from ml.models.player.candidates import team_number
from ml.models.player.history import mean_before

# The logarithm of a factor is a weighted sum of what these lie from their centres:
# the log of the sum; the same less the team's usual one; the log of the minutes that
# candidates are expected to play, since newcomers do what others leave them; the pace
# of both; what the opponent allows; the pace of who plays, of both sides together.
TERMS = (
    "sum",
    "change",
    "minutes",
    "team_pace",
    "opponent_pace",
    "allowed",
    "roster_pace",
)
# Possessions that are one unit of the pace of who plays: in one that its spread makes
# small the ridge would hold its weight back.
_ROSTER_PACE = 20.0
_HALF_LIFE_DAYS = 500.0
_HALF_LIFE_GAMES = 10.0
# Centres follow the league faster than weights.
_CENTRE_DAYS = 100.0
_RIDGE = 0.3
_STEPS = 8
# No factor's logarithm lies farther from zero.
_FARTHEST = 0.25
_LEAST = 0.05


@dataclass(frozen=True)
class TotalsModel:
    """How far a team's sums are moved.

    Attributes
    ----------
    centres, weights : dict of str to list of float
        In the order of `TERMS`, by statistic.
    """

    centres: dict[str, list[float]]
    weights: dict[str, list[float]]

    @classmethod
    def fit(
        cls, frame: pd.DataFrame, expected: pd.DataFrame, outcomes: pd.DataFrame
    ) -> TotalsModel:
        """Learn from games that were forecast and played.

        Totals are those of candidates: what players without a tie do is nobody's
        forecast. How far a season's totals lie from its sums is fitted too, so that
        it disturbs no weight, and then left to the rates, which follow it from refit
        to refit.

        Parameters
        ----------
        frame : DataFrame, shape (n_rows, ...)
            `ml.models.player.candidates.REQUIRED`, sorted by day and key, all
            candidates of each team.
        expected : DataFrame, shape (n_rows, ...)
            ``play_prob``, ``min`` and `LEARNT` (given that he plays); games with a NaN
            teach nothing.
        outcomes : DataFrame, shape (n_rows, ...)
            ``min`` and `LEARNT`, NaN where he did not play.
        """
        has_played = outcomes["min"].notna().to_numpy()
        teams = _Teams.of(frame, expected, has_played)
        days = pd.to_datetime(teams.rows["game_date"])
        age = np.asarray((days.max() - days).dt.days.to_numpy(float), dtype=float)
        season = teams.rows["season"].factorize()[0]
        tied = has_played & frame["is_candidate"].to_numpy(bool)
        centres: dict[str, list[float]] = {}
        weights: dict[str, list[float]] = {}
        for stat in LEARNT:
            sums = teams.sums(expected[stat])
            terms = teams.terms(stat, sums)
            total = teams.add(np.where(tied, outcomes[stat].to_numpy(float), 0.0))
            known = teams.is_over & ~np.isnan(terms).any(axis=1)
            centres[stat], weights[stat] = _poisson(
                terms[known], sums[known], total[known], age[known], season[known]
            )
        return cls(centres, weights)

    def scale(
        self,
        frame: pd.DataFrame,
        expected: pd.DataFrame,
        has_played: Bools,
    ) -> pd.DataFrame:
        """Return `expected` with every team's counts moved to its totals.

        Parameters
        ----------
        frame, expected : DataFrame, shape (n_rows, ...)
            As `fit` takes them. Earlier games tell a team's usual sums.
        has_played : ndarray of bool, shape (n_rows,)
            Whether he played, false for games to come.
        """
        teams = _Teams.of(frame, expected, has_played)
        scaled = {}
        for stat in LEARNT:
            terms = teams.terms(stat, teams.sums(expected[stat]))
            away = (terms - np.array(self.centres[stat])) @ np.array(self.weights[stat])
            factor = np.exp(np.clip(np.nan_to_num(away), -_FARTHEST, _FARTHEST))
            scaled[stat] = expected[stat] * factor[teams.number]
        return expected.assign(**scaled)


@dataclass(frozen=True, eq=False)
class _Teams:
    """Sides of games, in order of time, and who of the rows belongs to which."""

    frame: pd.DataFrame
    weight: Floats
    number: npt.NDArray[np.intp]
    minutes: Floats
    roster_pace: Floats
    rows: pd.DataFrame
    is_over: Bools

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        expected: pd.DataFrame,
        has_played: Bools,
    ) -> _Teams:
        number = team_number(frame)
        first = ~pd.Series(number).duplicated().to_numpy()
        tied = frame["is_candidate"].to_numpy(bool)
        weight = np.where(tied, expected["play_prob"].to_numpy(float), 0.0)
        length = expected["min"].to_numpy(float)
        minutes = np.asarray(np.bincount(number, weights=weight * length), dtype=float)
        pace = frame["pace_impact"].astype(float).fillna(0.0).to_numpy()
        own = np.bincount(number, weights=weight * length * pace)
        rows = frame.loc[first].reset_index(drop=True)
        both = pd.Series(5.0 * own / np.maximum(minutes, _LEAST))
        roster_pace = both.groupby(rows["game_id"]).transform("sum").to_numpy()
        is_over = np.bincount(number, weights=has_played) > 0.0
        return cls(frame, weight, number, minutes, roster_pace, rows, is_over)

    def add(self, values: Floats) -> Floats:
        return np.asarray(np.bincount(self.number, weights=values), dtype=float)

    def sums(self, counts: pd.Series) -> Floats:
        """Return the sum of each side, NaN where something is unknown."""
        return self.add(self.weight * counts.to_numpy(float))

    def terms(self, stat: str, sums: Floats) -> Floats:
        """Return `TERMS` of each side, shape (n_sides, 7), NaN where it has no sum."""
        log = pd.Series(_log(sums))
        usual = mean_before(
            log.to_frame(),
            self.rows["team_id"],
            self.is_over & log.notna().to_numpy(),
            _HALF_LIFE_GAMES,
        )
        allowed = self.frame[f"opponent_{stat}_allowed"].astype(float).fillna(0.0)
        share = self.add(self.weight * allowed.to_numpy()) / np.maximum(
            self.add(self.weight), _LEAST
        )
        return np.column_stack(
            [
                log,
                (log - usual[0]).fillna(0.0),
                _log(self.minutes),
                self.rows["team_pace"].astype(float).fillna(0.0),
                self.rows["opponent_pace"].astype(float).fillna(0.0),
                share,
                self.roster_pace / _ROSTER_PACE,
            ]
        )


def _log(sums: Floats) -> Floats:
    return np.asarray(np.log(np.where(sums >= _LEAST, sums, np.nan)))


def _poisson(
    terms: Floats,
    sums: Floats,
    total: Floats,
    age: Floats,
    season: npt.NDArray[np.intp],
) -> tuple[list[float], list[float]]:
    """Return centres and weights: log E(total) = log sum + terms + a season's level.

    Newton's steps on the likelihood of Poisson; the ridge is worth so many games.
    """
    if not len(total) or not total.any():
        zero = [0.0] * len(TERMS)
        return zero, zero
    centres = np.average(terms, axis=0, weights=0.5 ** (age / _CENTRE_DAYS))
    weight = 0.5 ** (age / _HALF_LIFE_DAYS)
    levels = (season[:, None] == np.unique(season)).astype(float)
    design = np.column_stack([terms - centres, levels])
    penalty = np.full(design.shape[1], _RIDGE * np.average(total, weights=weight))
    penalty[len(TERMS) :] = 1e-9
    solved = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        mean = sums * np.exp(design @ solved)
        slope = design.T @ (weight * (total - mean)) - penalty * solved
        normal = (design * (weight * mean)[:, None]).T @ design + np.diag(penalty)
        solved = solved + np.linalg.solve(normal, slope)
    return centres.tolist(), solved[: len(TERMS)].tolist()
