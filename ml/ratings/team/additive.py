"""A statistic of two teams as the sum of what one does and what the other allows.

References
----------
Maher, M. J. (1982). Modelling association football scores. Statistica Neerlandica 36
(here in its additive form).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isnan, nan


@dataclass(frozen=True)
class AdditiveSettings:
    """Constants of an additive rating.

    Attributes
    ----------
    start : float
        The league's mean before the first game.
    step : float
        Share of a surprise that moves what a team does and allows (0-1).
    league_step : float
        Share of a surprise that moves the league's mean (0-1).
    carry : float
        Share of a rating that survives the summer (0-1).
    home : float
        By how much the home side's value exceeds the away side's; nothing at a neutral
        site.
    """

    start: float
    step: float
    league_step: float
    carry: float
    home: float


def step_of(half_life: float) -> float:
    """Return the step that halves the weight of a game every `half_life` games."""
    return 1.0 - float(0.5 ** (1.0 / half_life))


@dataclass
class AdditiveRating:
    """What every team does and allows, beyond the league's mean.

    Attributes
    ----------
    settings : AdditiveSettings
        Constants.
    mean : float
        The league's mean.
    own, allowed : dict of int to float
        Of each team seen so far.
    """

    settings: AdditiveSettings
    mean: float
    own: dict[int, float] = field(default_factory=dict)
    allowed: dict[int, float] = field(default_factory=dict)

    @classmethod
    def from_settings(cls, settings: AdditiveSettings) -> AdditiveRating:
        """Know no team yet."""
        return cls(settings, settings.start)

    def of(self, team: int) -> tuple[float, float]:
        """Return what a team does and allows; NaN for a team never seen."""
        return self.own.get(team, nan), self.allowed.get(team, nan)

    def open_season(self) -> None:
        """Regress every team to the league's mean."""
        for values in (self.own, self.allowed):
            for team in values:
                values[team] *= self.settings.carry

    def learn(self, results: Iterable[tuple[int, int, bool, float, float]]) -> None:
        """Use results of one moment, each judged by the ratings before it.

        Parameters
        ----------
        results : iterable of (int, int, bool, float, float)
            Home, away, whether the site is neutral, and the value of either side; NaN
            is passed over.
        """
        chosen = self.settings
        surprises: list[tuple[int, int, float]] = []
        for home, away, is_neutral, home_value, away_value in results:
            if isnan(home_value) or isnan(away_value):
                continue
            edge = 0.0 if is_neutral else chosen.home / 2.0
            of_home = home_value - edge - self._expected(home, away)
            of_away = away_value + edge - self._expected(away, home)
            surprises.extend(((home, away, of_home), (away, home, of_away)))
        for doer, allower, surprise in surprises:
            moved = chosen.step * surprise
            self.own[doer] = self.own.get(doer, 0.0) + moved
            self.allowed[allower] = self.allowed.get(allower, 0.0) + moved
        self.mean += chosen.league_step * sum(row[2] for row in surprises) / 2.0

    def _expected(self, doer: int, allower: int) -> float:
        return self.mean + self.own.get(doer, 0.0) + self.allowed.get(allower, 0.0)
