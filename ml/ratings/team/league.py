"""All team ratings at one moment, moved forward result by result."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import pandas as pd

from ml.ratings.team.additive import AdditiveRating, AdditiveSettings, step_of
from ml.ratings.team.elo import elo_gain

EFFICIENCY_HALF_LIVES = (10, 60)
PACE_HALF_LIVES = (8, 25)
POINTS = AdditiveSettings(start=102.0, step=0.04, league_step=0.01, carry=0.6, home=2.5)
EFFICIENCY = AdditiveSettings(
    start=105.0, step=step_of(10), league_step=step_of(400), carry=0.7, home=2.4
)
PACE = AdditiveSettings(
    start=97.0, step=step_of(8), league_step=step_of(400), carry=0.7, home=0.0
)
COLUMNS = (
    "games_rated",
    "elo",
    "attack",
    "defense",
    "league_pts",
    *(
        f"adj_{side}_rating_h{half_life}"
        for half_life in EFFICIENCY_HALF_LIVES
        for side in ("off", "def")
    ),
    *(f"adj_pace_h{half_life}" for half_life in PACE_HALF_LIVES),
)


@dataclass(frozen=True)
class RatingSettings:
    """Constants of the ratings.

    Attributes
    ----------
    elo_start : float
        Rating of a team never seen (rating points).
    elo_mean : float
        What ratings regress to between seasons (rating points).
    elo_carry : float
        Share of the distance from `elo_mean` that survives the summer (0-1).
    elo_step : float
        Step of an update (rating points).
    elo_home : float
        Home advantage (rating points); none at a neutral site.
    points : AdditiveSettings
        Of attack and defence (points a side). Its steps and carry have the smallest
        margin and total errors of 2016-17 to 2021-22.
    efficiency, pace : AdditiveSettings
        Of points per 100 possessions and of possessions per 48 minutes; each of their
        half-lives has a `step` of its own.
    """

    elo_start: float = 1500.0
    elo_mean: float = 1505.0
    elo_carry: float = 0.75
    elo_step: float = 20.0
    elo_home: float = 70.0
    points: AdditiveSettings = POINTS
    efficiency: AdditiveSettings = EFFICIENCY
    pace: AdditiveSettings = PACE


class Result(NamedTuple):
    """What is known of a game, and the moment at which it became known.

    The ratings of either side are points per 100 possessions, the pace is possessions
    per 48 minutes; NaN without a box score.
    """

    known_at: pd.Timestamp
    season: str
    home: int
    away: int
    is_neutral: bool
    home_pts: float
    away_pts: float
    home_rating: float
    away_rating: float
    pace: float


@dataclass
class League:
    """Every team's ratings at one moment.

    Attributes
    ----------
    settings : RatingSettings
        Constants.
    points, efficiency, pace : AdditiveRating, or one per half-life
        Scores, points per 100 possessions and possessions.
    elo : dict of int to float
        Rating points.
    games : dict of int to int
        Games rated since a team was first seen.
    """

    settings: RatingSettings
    points: AdditiveRating
    efficiency: tuple[AdditiveRating, ...]
    pace: tuple[AdditiveRating, ...]
    elo: dict[int, float] = field(default_factory=dict)
    games: dict[int, int] = field(default_factory=dict)

    @classmethod
    def from_settings(cls, settings: RatingSettings) -> League:
        """Know no team yet."""
        return cls(
            settings,
            AdditiveRating.from_settings(settings.points),
            _per_half_life(settings.efficiency, EFFICIENCY_HALF_LIVES),
            _per_half_life(settings.pace, PACE_HALF_LIVES),
        )

    @property
    def teams(self) -> list[int]:
        """Teams seen so far, in order."""
        return sorted(self.games)

    def of(self, team: int) -> tuple[float, ...]:
        """Return the ratings of a team, in the order of `COLUMNS`."""
        attack, defense = self.points.of(team)
        return (
            self.games[team],
            self.elo[team],
            attack,
            defense,
            self.points.mean,
            *(value for rating in self.efficiency for value in rating.of(team)),
            *(rating.of(team)[0] for rating in self.pace),
        )

    def open_season(self) -> None:
        """Regress every team to the league's mean."""
        chosen = self.settings
        for team, rating in self.elo.items():
            kept = chosen.elo_carry * (rating - chosen.elo_mean)
            self.elo[team] = chosen.elo_mean + kept
        for additive in (self.points, *self.efficiency, *self.pace):
            additive.open_season()

    def learn(self, results: list[Result]) -> None:
        """Use results of one moment, each judged by the ratings before it."""
        self._learn_elo(results)
        self.points.learn(
            (game.home, game.away, game.is_neutral, game.home_pts, game.away_pts)
            for game in results
        )
        rated = [
            (game.home, game.away, game.is_neutral, game.home_rating, game.away_rating)
            for game in results
        ]
        paced = [
            (game.home, game.away, game.is_neutral, game.pace, game.pace)
            for game in results
        ]
        for rating in self.efficiency:
            rating.learn(rated)
        for rating in self.pace:
            rating.learn(paced)

    def _learn_elo(self, results: list[Result]) -> None:
        chosen = self.settings
        gains: list[tuple[int, float]] = []
        for game in results:
            home = self.elo.setdefault(game.home, chosen.elo_start)
            away = self.elo.setdefault(game.away, chosen.elo_start)
            edge = 0.0 if game.is_neutral else chosen.elo_home
            margin = game.home_pts - game.away_pts
            gain = elo_gain(home - away + edge, margin, chosen.elo_step)
            gains.extend(((game.home, gain), (game.away, -gain)))
        for team, gain in gains:
            self.elo[team] += gain
            self.games[team] = self.games.get(team, 0) + 1


def _per_half_life(
    settings: AdditiveSettings, half_lives: tuple[int, ...]
) -> tuple[AdditiveRating, ...]:
    return tuple(
        AdditiveRating.from_settings(replace(settings, step=step_of(half_life)))
        for half_life in half_lives
    )
