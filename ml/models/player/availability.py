"""P(plays) of everyone on the roster, as trees correct what its outlook says.

The outlook (``fv_player_outlook``) is what the strength of a roster rests on too. Trees
see more of the player and of those around him, and learn what it leaves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from ml.arrays import Bools, Floats
from ml.models.player.boosting import boost
from ml.models.player.candidates import (
    GAME,
    LINEUP,
    OUTLOOK,
    PERSON,
    PRESENCE,
    REPORT,
    ROLE,
    likely_gone,
    team_context,
)
from ml.models.trees import Trees

_ROUNDS = 160
_LEARNING_RATE = 0.06
# Surer than this the outlook is not taken at its word.
_SUREST = 1e-4


@dataclass(frozen=True)
class AvailabilityModel:
    """Trees on the report, the reason, absence history and the roster around him.

    Attributes
    ----------
    trees : Trees
        Of the log-odds that the outlook leaves.
    """

    trees: Trees

    @classmethod
    def fit(
        cls,
        frame: pd.DataFrame,
        has_played: Bools,
        *,
        random_state: int,
    ) -> AvailabilityModel:
        """Learn from candidates of games that were played, oldest first."""
        chosen = frame["is_candidate"].to_numpy(bool)
        trees = boost(
            _design(frame)[chosen],
            has_played[chosen].astype(float),
            objective="binary",
            rounds=_ROUNDS,
            learning_rate=_LEARNING_RATE,
            random_state=random_state,
            start=_outlook(frame)[chosen],
        )
        return cls(trees)

    def predict(self, frame: pd.DataFrame) -> Floats:
        """Return P(plays) of each row, shape (n_rows,)."""
        left = self.trees.raw(_design(frame).to_numpy(float))
        return np.asarray(special.expit(_outlook(frame) + left))


def _outlook(frame: pd.DataFrame) -> Floats:
    """Return the log-odds of the outlook; even where nothing ties him to the team."""
    prob = frame["play_prob"].fillna(0.5).to_numpy(float)
    return np.asarray(special.logit(np.clip(prob, _SUREST, 1.0 - _SUREST)))


def _design(frame: pd.DataFrame) -> pd.DataFrame:
    context = team_context(frame, 1.0 - likely_gone(frame))
    around = ["demand", "lost", "lost_position", "rival_position", "rank"]
    columns = [*ROLE, *PRESENCE, *REPORT, *LINEUP, *GAME, *PERSON]
    chances = frame[list(OUTLOOK)].astype(float)
    # Trees ask for order alone, so log-odds would say no more.
    return pd.concat([frame[columns].astype(float), chances, context[around]], axis=1)
