"""Expected minutes, given that he plays, and how far they fall from that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.arrays import Bools, Floats
from ml.boxscore.minutes_allocation import MinutesSpread
from ml.models.player.boosting import boost
from ml.models.player.candidates import GAME, LINEUP, PERSON, PRESENCE, REPORT, ROLE
from ml.models.trees import Trees

_ROUNDS = 350
_LEARNING_RATE = 0.03
_LARGE = {"num_leaves": 31, "min_data_in_leaf": 100}
# Errors beyond so many minutes (hurt, thrown out, a game decided early) pull no harder.
_FAR = 10.0
_KNOTS = (3.0, 8.0, 12.5, 17.5, 22.5, 27.5, 31.5, 34.5, 37.0)
_EDGES = (5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 33.0, 36.0)
_LEVELS = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
LOWEST, HIGHEST = 1.5, 44.0
# Making a team's minutes add up to 240 widens them again by the rest.
_BEFORE_THE_SUM = 0.93


@dataclass(frozen=True)
class MinutesModel:
    """Trees on role, availability and what teammates leave, around the usual minutes.

    Attributes
    ----------
    trees : Trees
        Of minutes less usual minutes, per game of 48 minutes.
    """

    trees: Trees

    @classmethod
    def fit(
        cls,
        frame: pd.DataFrame,
        context: pd.DataFrame,
        play_prob: Floats,
        minutes: Floats,
        *,
        random_state: int,
    ) -> MinutesModel:
        """Learn from players who played.

        Parameters
        ----------
        frame, context : DataFrame, shape (n_rows, ...)
            Rows, and `ml.models.player.walk_forward.full_context`.
        play_prob : ndarray, shape (n_rows,)
            P(plays) as it was forecast, not as it turned out.
        minutes : ndarray, shape (n_rows,)
            Minutes played, scaled to a game of 48 minutes.
        random_state : int
            Seed.
        """
        trees = boost(
            _design(frame, context, play_prob),
            minutes - context["usual"].to_numpy(),
            objective="huber",
            rounds=_ROUNDS,
            learning_rate=_LEARNING_RATE,
            random_state=random_state,
            shape=_LARGE | {"alpha": _FAR},
        )
        return cls(trees)

    def predict(
        self, frame: pd.DataFrame, context: pd.DataFrame, play_prob: Floats
    ) -> Floats:
        """Return expected minutes given that he plays, shape (n_rows,)."""
        design = _design(frame, context, play_prob).to_numpy(float)
        minutes = self.trees.predict(design) + context["usual"].to_numpy()
        return np.asarray(np.clip(minutes, LOWEST, HIGHEST))


def fit_spread(expected: Floats, minutes: Floats) -> MinutesSpread:
    """Measure residuals of minutes by expectation.

    Parameters
    ----------
    expected, minutes : ndarray, shape (n_rows,)
        Forecast before the game, and played (per game of 48 minutes).
    """
    residual = minutes - expected
    bucket = np.digitize(expected, _EDGES)
    table = []
    for place in range(len(_KNOTS)):
        inside: Bools = bucket == place
        # A bucket too thin to measure borrows from everybody.
        values = residual[inside] if inside.sum() >= 50 else residual
        table.append(_BEFORE_THE_SUM * np.quantile(values, _LEVELS))
    return MinutesSpread(np.array(_KNOTS), np.array(_LEVELS), np.array(table))


def _design(
    frame: pd.DataFrame, context: pd.DataFrame, play_prob: Floats
) -> pd.DataFrame:
    columns = [*ROLE, *PRESENCE, *REPORT, *LINEUP, *GAME, *PERSON]
    known = frame[columns].astype(float)
    return pd.concat([known.assign(play_prob=play_prob), context], axis=1)
