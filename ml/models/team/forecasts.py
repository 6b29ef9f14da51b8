"""What is forecast for the teams of each game: one distribution, many readings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.arrays import Floats, Ints
from ml.models.team.score_distribution import (
    MARGINS,
    POINTS,
    TOTALS,
    ScoreDistribution,
    moments,
    prob_over,
    quantiles,
)

LEVELS = (0.1, 0.5, 0.9)
COLUMNS = (
    "game_id",
    "season",
    "forecast_at",
    "home_win_prob",
    "margin_mean",
    "margin_sd",
    "margin_p10",
    "margin_p50",
    "margin_p90",
    "total_mean",
    "total_sd",
    "total_p10",
    "total_p50",
    "total_p90",
    "home_pts_mean",
    "away_pts_mean",
)


@dataclass(frozen=True)
class TeamForecasts:
    """Forecasts of several games, every number from one joint distribution.

    Attributes
    ----------
    game_id, season, forecast_at : ndarray, shape (n_games,)
        Which game, and the moment of the forecast (UTC).
    distribution : ScoreDistribution
        The joint distribution itself.
    """

    game_id: npt.NDArray[np.object_]
    season: npt.NDArray[np.object_]
    forecast_at: npt.NDArray[np.object_]
    distribution: ScoreDistribution

    def __len__(self) -> int:
        return len(self.game_id)

    @property
    def home_win_prob(self) -> Floats:
        """P(home win), shape (n_games,)."""
        return self.distribution.home_win_prob

    def margin_pmf(self) -> Floats:
        """Return P(home - away = m) for `MARGINS`, shape (n_games, 301)."""
        return self.distribution.margin_pmf()

    def total_pmf(self) -> Floats:
        """Return P(home + away = t) for `TOTALS`, shape (n_games, 501)."""
        return self.distribution.total_pmf()

    def points_pmf(self, *, home: bool) -> Floats:
        """Return P(points = h) of one side for `POINTS`, shape (n_games, 301)."""
        return self.distribution.points_pmf(home=home)

    def margin_quantiles(self, level: float) -> Floats:
        """Return a quantile of home - away, shape (n_games,)."""
        return quantiles(self.margin_pmf(), MARGINS, level)

    def total_quantiles(self, level: float) -> Floats:
        """Return a quantile of home + away, shape (n_games,)."""
        return quantiles(self.total_pmf(), TOTALS, level)

    def points_quantiles(self, level: float, *, home: bool) -> Floats:
        """Return a quantile of one side's points, shape (n_games,)."""
        return quantiles(self.points_pmf(home=home), POINTS, level)

    def prob_total_over(self, line: npt.ArrayLike) -> Floats:
        """Return P(total > line), shape (n_games,).

        Parameters
        ----------
        line : array_like, shape () or (n_games,)
            Points. At a whole line the push belongs to neither side.
        """
        return prob_over(self.total_pmf(), TOTALS, line)

    def prob_margin_over(self, line: npt.ArrayLike) -> Floats:
        """Return P(home - away > line): at ``-spread`` the home side covers.

        Parameters
        ----------
        line : array_like, shape () or (n_games,)
            Points.
        """
        return prob_over(self.margin_pmf(), MARGINS, line)

    def prob_points_over(self, line: npt.ArrayLike, *, home: bool) -> Floats:
        """Return P(one side's points > line), shape (n_games,)."""
        return prob_over(self.points_pmf(home=home), POINTS, line)

    def sample(self, game_id: str, n_draws: int, *, random_state: int) -> Ints:
        """Draw final scores of one game, shape (n_draws, 2): home, away."""
        game = int(np.flatnonzero(self.game_id == game_id)[0])
        return self.distribution.sample(game, n_draws, random_state=random_state)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per game with `COLUMNS`."""
        margins, totals = self.margin_pmf(), self.total_pmf()
        margin_mean, margin_sd = moments(margins, MARGINS)
        total_mean, total_sd = moments(totals, TOTALS)
        values = {
            "game_id": self.game_id,
            "season": self.season,
            "forecast_at": pd.to_datetime(pd.Series(self.forecast_at), utc=True),
            "home_win_prob": margins[:, MARGINS > 0].sum(axis=1),
            "margin_mean": margin_mean,
            "margin_sd": margin_sd,
            "total_mean": total_mean,
            "total_sd": total_sd,
            "home_pts_mean": (total_mean + margin_mean) / 2.0,
            "away_pts_mean": (total_mean - margin_mean) / 2.0,
        }
        for level in LEVELS:
            name = f"p{round(100 * level)}"
            values[f"margin_{name}"] = quantiles(margins, MARGINS, level)
            values[f"total_{name}"] = quantiles(totals, TOTALS, level)
        return pd.DataFrame(values).loc[:, list(COLUMNS)]
