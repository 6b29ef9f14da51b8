"""P(plays) of everyone on the roster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.boxscore.boosting import boost
from ml.boxscore.candidates import (
    GAME,
    LINEUP,
    PERSON,
    PRESENCE,
    REPORT,
    ROLE,
    Floats,
    likely_gone,
    team_context,
)
from ml.models.trees import Trees

_ROUNDS = 150
_LEARNING_RATE = 0.06
# Below this many reported rows in the training set, statuses mean what the league
# says they mean (and what they were worth before: out is out).
_ENOUGH = 1500
_DEFINED = {5: 0.005, 4: 0.05, 3: 0.5, 2: 0.85, 1: 0.9}


@dataclass(frozen=True)
class AvailabilityModel:
    """Trees on the report, the reason, absence history and the roster around him.

    Attributes
    ----------
    trees : Trees
        Of P(plays).
    n_reported : int
        Rows with a published status it learnt from.
    """

    trees: Trees
    n_reported: int

    @classmethod
    def fit(
        cls,
        frame: pd.DataFrame,
        has_played: npt.NDArray[np.bool_],
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
        )
        reported = frame["report_status"].to_numpy(float)[chosen] >= 0
        return cls(trees, int(reported.sum()))

    def predict(self, frame: pd.DataFrame) -> Floats:
        """Return P(plays) of each row, shape (n_rows,)."""
        design = _design(frame)
        if self.n_reported >= _ENOUGH:
            return self.trees.predict(design.to_numpy(float))
        silent = self.trees.predict(
            design.assign(**dict.fromkeys(REPORT, np.nan)).to_numpy(float)
        )
        status = frame["report_status"].to_numpy(float)
        willing = np.minimum(1.0, silent / 0.9 + 0.2)
        told = [status == code for code in _DEFINED]
        worth = [
            np.full(len(frame), prob) if code >= 4 else prob * willing
            for code, prob in _DEFINED.items()
        ]
        return np.select(told, worth, silent)


def _design(frame: pd.DataFrame) -> pd.DataFrame:
    context = team_context(frame, 1.0 - likely_gone(frame))
    around = ["demand", "lost", "lost_position", "rival_position", "rank"]
    columns = [*ROLE, *PRESENCE, *REPORT, *LINEUP, *GAME, *PERSON]
    return pd.concat([frame[columns].astype(float), context[around]], axis=1)
