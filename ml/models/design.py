"""From a matchup frame to the columns that a model of two teams needs.

By symmetry a margin changes sign when the teams change places and a total does not:
margins follow from differences between the sides, totals from their mean level. So
every pair ``home_x``, ``away_x`` becomes a difference and a level, an orthogonal
change of basis that lets each target lean on its half (`Design.emphasis`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ml.errors import ModelError
from ml.models.lattice import Floats

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
GAME_FEATURES = ("is_playoffs", "is_neutral_site")

# Weight of the half that symmetry says should not matter (home advantage may depend
# on the level, a total on a mismatch); the ridge penalty on it is 1 / 0.3² = 11 times.
OTHER_HALF = 0.3

# Where a statistic comes over several windows, one speaks for all: with the others the
# gap closed fell from .62 to .57 (margin) and from .32 to .26 (total), means of 2020-21
# to 2022-23.
CHOSEN_WINDOW = "_ewma"
OTHER_WINDOWS = ("_l3", "_l5", "_l10", "_l20", "_season")

# Positions in time, from which a linear model would carry a trend forward.
COUNTERS = ("games_played", "games_rated", "season_game_number", "season_day")

Target = Literal["margin", "total"]
TARGETS: tuple[Target, ...] = ("margin", "total")


@dataclass(frozen=True)
class Design:
    """Which columns of a frame enter a model, and how.

    Attributes
    ----------
    sides : tuple of str
        Features ``x`` that the frame has as ``home_x`` and ``away_x``.
    game : tuple of str
        Features of the game itself.
    """

    sides: tuple[str, ...]
    game: tuple[str, ...]

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> Design:
        """Take every numeric or boolean pair that is neither key, label nor counter.

        Of a statistic over several windows, `CHOSEN_WINDOW` is taken where there is
        one.

        Parameters
        ----------
        frame : DataFrame
            A training frame of the matchup service.

        Raises
        ------
        ModelError
            If there is no such pair.
        """
        taken = {*KEYS, *LABELS}
        sides = [
            name.removeprefix("home_")
            for name in sorted(frame.columns)
            if name.startswith("home_")
            and name not in taken
            and "away_" + name.removeprefix("home_") in frame.columns
            and pd.api.types.is_numeric_dtype(frame[name])
            and not _is_spoken_for(name, frame.columns)
        ]
        if not sides:
            raise ModelError(
                "the frame has no pair of home_ and away_ features",
                "build the training set from the team_matchup service",
            )
        game = [name for name in GAME_FEATURES if name in frame.columns]
        return cls(tuple(sides), tuple(game))

    @property
    def features(self) -> tuple[str, ...]:
        """The frame's columns that are read."""
        pairs = [f"{side}_{name}" for name in self.sides for side in ("home", "away")]
        return (*pairs, *self.game)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of `matrix`."""
        differences = [f"diff_{name}" for name in self.sides]
        levels = [f"level_{name}" for name in self.sides]
        return (*differences, *levels, *self.game)

    def matrix(self, frame: pd.DataFrame) -> Floats:
        """Return differences, levels and game features; unknown stays NaN.

        Parameters
        ----------
        frame : DataFrame, shape (n_games, any)
            With every one of `features`.

        Returns
        -------
        ndarray, shape (n_games, n_columns)
            One column per name in `columns`.

        Raises
        ------
        ModelError
            If a feature is absent.
        """
        absent = [name for name in self.features if name not in frame.columns]
        if absent:
            raise ModelError(
                f"the frame lacks {len(absent)} features of the model: {absent[:5]}",
                "train a model on the features of this build",
            )
        home = _floats(frame, [f"home_{name}" for name in self.sides])
        away = _floats(frame, [f"away_{name}" for name in self.sides])
        game = _floats(frame, self.game)
        return np.hstack([home - away, (home + away) / 2.0, game])

    def emphasis(self, target: Target) -> Floats:
        """Return the weight of each column for a target, shape (n_columns,)."""
        n_sides = len(self.sides)
        own, other = np.ones(n_sides), np.full(n_sides, OTHER_HALF)
        halves = (own, other) if target == "margin" else (other, own)
        return np.concatenate([*halves, np.ones(len(self.game))])


def _is_spoken_for(name: str, columns: pd.Index) -> bool:
    if name.removeprefix("home_") in COUNTERS:
        return True
    return any(
        name.endswith(window) and name.removesuffix(window) + CHOSEN_WINDOW in columns
        for window in OTHER_WINDOWS
    )


def _floats(frame: pd.DataFrame, columns: Sequence[str]) -> Floats:
    table = frame.loc[:, list(columns)]
    arrays = [table[name].astype("Float64") for name in columns]
    values = [array.to_numpy(dtype=float, na_value=np.nan) for array in arrays]
    return np.column_stack(values) if values else np.empty((len(frame), 0))
