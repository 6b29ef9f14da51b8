"""Expected margin where ratings rest on fewer stints than a model has learnt from.

Ratings of games as a whole are less spread out than those of stints, so a model that
learnt from one kind trusts the other too little. A second regression reads, in place of
the ratings, what box scores alone expect of a roster: columns that are of one kind with
stints and without. It counts as much as the share of stints has fallen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ml.arrays import Floats
from ml.models.linear import LinearModel
from ml.models.team.design import Design, of_box_scores
from ml.models.team.mean import MeanSettings, drifting_ridges

SHARE = "stint_share"
_PENALTY = 300.0


@dataclass(frozen=True)
class StintlessMargin:
    """A ridge regression of the margin on columns that no stint is in.

    Attributes
    ----------
    design : Design
        Which columns.
    ridge : LinearModel
        Of the margin.
    usual_share : float
        Mean share of games with stints in what the learnt ratings rest on (0-1).
    """

    design: Design
    ridge: LinearModel
    usual_share: float

    @classmethod
    def fit(
        cls, played: pd.DataFrame, design: Design, y: Floats, *, settings: MeanSettings
    ) -> StintlessMargin | None:
        """Learn from played games, in order of time.

        Parameters
        ----------
        played : DataFrame, shape (n_games, any)
            A training frame.
        design : Design
            Of the model that reads ratings.
        y : ndarray, shape (n_games,)
            Margins (points).
        settings : MeanSettings
            As that model's, but for the penalty.

        Returns
        -------
        StintlessMargin, optional
            None where the frame lacks the columns.
        """
        boxed = of_box_scores(design, played)
        if boxed is None:
            return None
        chosen = replace(settings, penalties=(_PENALTY,))
        (ridge,) = drifting_ridges(boxed.differences(played), y, chosen)
        share = _share(played)
        known = share[~np.isnan(share)]
        return cls(boxed, ridge, float(known.mean()) if len(known) else 0.0)

    def correction(self, frame: pd.DataFrame, margin: Floats) -> Floats:
        """Return what to add to margins that a ridge on ratings expects.

        Parameters
        ----------
        frame : DataFrame, shape (n_games, any)
            With every feature of `design`.
        margin : ndarray, shape (n_games,)
            What that ridge expects (points).

        Returns
        -------
        ndarray, shape (n_games,)
            Nothing where the share of stints is what it was, or is not known.
        """
        self.design.check(frame)
        lost = np.clip(self.usual_share - _share(frame), 0.0, 1.0)
        other = self.ridge.predict(self.design.differences(frame))
        return np.nan_to_num(lost) * (other - margin)


def _share(frame: pd.DataFrame) -> Floats:
    columns = [f"{side}_{SHARE}" for side in ("home", "away")]
    shares = frame[columns].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    return np.asarray(shares.mean(axis=1))
