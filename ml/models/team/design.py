"""From a matchup frame to the columns that a model of two teams needs.

By symmetry a margin changes sign when the teams change places and a total does not:
margins follow from differences between the sides, totals from their mean level. So
every pair ``home_x``, ``away_x`` becomes a difference and a level, an orthogonal
change of basis that lets each target read its half.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ml.arrays import Floats
from ml.errors import ModelError

KEYS = (
    "game_id",
    "season",
    "season_type",
    "game_date",
    "tipoff_at",
    "forecast_at",
    "known_at",
    "home_team_id",
    "away_team_id",
)
LABELS = ("home_pts", "away_pts", "home_margin", "total_points", "home_win")
SIDES = ("home", "away")
PLAYOFFS = "is_playoffs"
GAME_FEATURES = (PLAYOFFS, "is_neutral_site")

# What rests on ratings, and what stands for it where ratings lack stints
# (`ml.models.team.few_stints`).
RATED = (
    "roster_off_impact",
    "roster_def_impact",
    "roster_impact",
    "roster_impact_sd",
    "starters_impact",
    "bench_impact",
    "absence_impact",
)
OF_BOX_SCORES = ("box_roster_off_impact", "box_roster_def_impact")
STINTS = (*OF_BOX_SCORES, "stint_share")

Target = Literal["margin", "total"]
TARGETS: tuple[Target, ...] = ("margin", "total")


@dataclass(frozen=True)
class Design:
    """Which columns of a frame enter a model, and how.

    Attributes
    ----------
    sides : tuple of str
        Features ``x`` that the frame has as ``home_x`` and ``away_x``.
    scoring : tuple of str
        Those of `sides` whose level adds to the points of a game.
    game : tuple of str
        Features of the game itself.
    """

    sides: tuple[str, ...]
    scoring: tuple[str, ...]
    game: tuple[str, ...]

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, scoring: Collection[str] | None = None
    ) -> Design:
        """Take every numeric or boolean pair that the frame has.

        Which those are the feature store says: ``meta.services`` in the yml of each
        feature. What stands for ratings where stints lack (`STINTS`) is read apart.

        Parameters
        ----------
        frame : DataFrame
            A training frame of the ``team_matchup`` service.
        scoring : collection of str, optional
            Features whose level adds to the points of a game; all where absent.

        Raises
        ------
        ModelError
            If there is no such pair, or none of `scoring`.
        """
        taken = {*KEYS, *LABELS}
        sides = [
            name.removeprefix("home_")
            for name in sorted(frame.columns)
            if name.startswith("home_")
            and name not in taken
            and "away_" + name.removeprefix("home_") in frame.columns
            and pd.api.types.is_numeric_dtype(frame[name])
            and name.removeprefix("home_") not in STINTS
        ]
        scoring = sides if scoring is None else scoring
        chosen = [name for name in sides if name in scoring]
        if not chosen:
            raise ModelError(
                "the frame has no pair of home_ and away_ features to learn from"
                if not sides
                else f"the frame has none of the features {sorted(scoring)}",
                "build the training set from the team_matchup service",
            )
        game = [name for name in GAME_FEATURES if name in frame.columns]
        return cls(tuple(sides), tuple(chosen), tuple(game))

    @property
    def features(self) -> tuple[str, ...]:
        """The frame's columns that are read."""
        pairs = [f"{side}_{name}" for name in self.sides for side in ("home", "away")]
        return (*pairs, *self.game)

    def check(self, frame: pd.DataFrame) -> None:
        """Stop where a feature is absent.

        Raises
        ------
        ModelError
            If one is.
        """
        absent = [name for name in self.features if name not in frame.columns]
        if absent:
            raise ModelError(
                f"the frame lacks {len(absent)} features of the model: {absent[:5]}",
                "train a model on the features of this build",
            )

    def differences(self, frame: pd.DataFrame) -> Floats:
        """Return home - away of every pair, and the game's own features.

        Parameters
        ----------
        frame : DataFrame, shape (n_games, any)
            With every one of `features`.

        Returns
        -------
        ndarray, shape (n_games, n_sides + n_game)
            NaN where unknown.
        """
        home, away = _pairs(frame, self.sides)
        return np.hstack([home - away, _floats(frame, self.game)])

    def levels(self, frame: pd.DataFrame, margin: Floats) -> Floats:
        """Return the mean of both sides of what scores, and what changes scoring.

        Parameters
        ----------
        frame : DataFrame, shape (n_games, any)
            With every one of `features`.
        margin : ndarray, shape (n_games,)
            Expected home - away (points): mismatches are played differently.

        Returns
        -------
        ndarray, shape (n_games, n_scoring + 1 or 2)
            NaN where unknown.
        """
        home, away = _pairs(frame, self.scoring)
        playoffs = _floats(frame, [name for name in self.game if name == PLAYOFFS])
        return np.hstack([(home + away) / 2.0, np.abs(margin)[:, None], playoffs])

    def everything(self, frame: pd.DataFrame) -> Floats:
        """Return differences and levels of every pair, and the game's own features.

        Parameters
        ----------
        frame : DataFrame, shape (n_games, any)
            With every one of `features`.

        Returns
        -------
        ndarray, shape (n_games, 2 · n_sides + n_game)
            NaN where unknown.
        """
        home, away = _pairs(frame, self.sides)
        return np.hstack([self.differences(frame), (home + away) / 2.0])


def of_box_scores(design: Design, frame: pd.DataFrame) -> Design | None:
    """Return a design that reads box scores where this one reads ratings.

    Parameters
    ----------
    design : Design
        Which features, and how.
    frame : DataFrame
        A training frame; None comes back where it lacks `STINTS`.
    """
    if any(f"{side}_{name}" not in frame for side in SIDES for name in STINTS):
        return None
    sides = tuple(name for name in design.sides if name not in RATED)
    return Design((*sides, *OF_BOX_SCORES), design.scoring, design.game)


def _pairs(frame: pd.DataFrame, names: Sequence[str]) -> tuple[Floats, Floats]:
    home = _floats(frame, [f"home_{name}" for name in names])
    return home, _floats(frame, [f"away_{name}" for name in names])


def _floats(frame: pd.DataFrame, columns: Sequence[str]) -> Floats:
    table = frame.loc[:, list(columns)]
    arrays = [table[name].astype("Float64") for name in columns]
    values = [array.to_numpy(dtype=float, na_value=np.nan) for array in arrays]
    return np.column_stack(values) if values else np.empty((len(frame), 0))
