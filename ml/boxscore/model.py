"""The models of a box score together: fitted, kept as text, asked about games."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.boxscore.availability import AvailabilityModel
from ml.boxscore.candidates import Floats, check_candidates
from ml.boxscore.minutes import MinutesModel, fit_spread
from ml.boxscore.rates import RateModel
from ml.boxscore.rotation import MinutesSpread
from ml.boxscore.sheet import GameSheet, TeamSheet
from ml.boxscore.stats import DRAWN, LEARNT
from ml.boxscore.walk import (
    full_context,
    minutes_per_regulation,
    refit_dates,
    walk_forward,
)
from ml.errors import ModelError
from ml.models.model_files import read_model, write_model
from ml.models.trees import Trees

_REFITS_PER_YEAR = 2


@dataclass(frozen=True)
class BoxScoreModel:
    """Who plays, how long, and what he does with it.

    Attributes
    ----------
    availability : AvailabilityModel
        P(plays).
    minutes : MinutesModel
        Expected minutes given that he plays.
    rates : RateModel
        Expected counts given minutes.
    spread : MinutesSpread
        Residuals of minutes, measured out of sample.
    """

    availability: AvailabilityModel
    minutes: MinutesModel
    rates: RateModel
    spread: MinutesSpread

    @classmethod
    def fit(
        cls, frame: pd.DataFrame, outcomes: pd.DataFrame, *, random_state: int
    ) -> BoxScoreModel:
        """Learn from seasons of candidates.

        P(plays) and minutes that later parts learn from are forecasts made without
        the day itself (`walk_forward`, refitted twice a season); the first year
        serves P(plays) only.

        Parameters
        ----------
        frame : DataFrame, shape (n_rows, ...)
            Candidates of played games, sorted by day and key, two seasons or more.
        outcomes : DataFrame, shape (n_rows, 17)
            As `walk_forward` takes it.
        random_state : int
            Seed.

        Raises
        ------
        ModelError
            If columns are absent or history is too short.
        """
        check_candidates(frame)
        days = pd.to_datetime(frame["game_date"])
        months = refit_dates(days, frame["season"])
        later = [date for date in months if date >= days.min() + pd.Timedelta(days=90)]
        if len(later) < _REFITS_PER_YEAR:
            raise ModelError("box scores need more than a season to learn from")
        walk = walk_forward(
            frame,
            outcomes,
            later[:: 12 // (2 * _REFITS_PER_YEAR)],
            random_state=random_state,
        )
        has_played = outcomes["min"].notna().to_numpy()
        regular = minutes_per_regulation(outcomes)
        entered = has_played & frame["games_career"].notna().to_numpy()
        known = entered & ~np.isnan(walk.play_prob)
        timed = entered & ~np.isnan(walk.minutes)
        return cls(
            AvailabilityModel.fit(frame, has_played, random_state=random_state),
            MinutesModel.fit(
                frame[known],
                walk.context[known],
                walk.play_prob[known],
                regular[known],
                random_state=random_state,
            ),
            RateModel.fit(
                frame[timed], walk.context[timed], walk.minutes[timed], outcomes[timed]
            ),
            fit_spread(walk.minutes[timed], regular[timed]),
        )

    def expect(
        self,
        frame: pd.DataFrame,
        has_played: npt.NDArray[np.bool_],
        *,
        given: dict[int, float] | None = None,
    ) -> pd.DataFrame:
        """Say what is expected of each row.

        Parameters
        ----------
        frame : DataFrame, shape (n_rows, ...)
            Candidates, sorted by day and key. Earlier games of the season give the
            context in which a player's past minutes were made.
        has_played : ndarray of bool, shape (n_rows,)
            Whether he played, false for games to come.
        given : dict of int to float, optional
            P(plays) of players in games to come, where it is not to be forecast.

        Returns
        -------
        DataFrame, indexed like `frame`
            ``play_prob``, ``min`` and `LEARNT`, the latter given that he plays.
        """
        check_candidates(frame)
        play_prob = self.availability.predict(frame)
        for player, prob in (given or {}).items():
            told = (frame["player_id"].to_numpy() == player) & ~has_played
            play_prob = np.where(told, prob, play_prob)
        context = full_context(frame, play_prob, has_played)
        minutes = self.minutes.predict(frame, context, play_prob)
        counts = self.rates.predict(frame, context, minutes)
        return counts.assign(play_prob=play_prob, min=minutes)

    def save(self, folder: Path) -> None:
        """Write the model as JSON and LightGBM's text."""
        payload: dict[str, Any] = {
            "n_reported": self.availability.n_reported,
            "by_position": self.rates.by_position,
            "weights": self.rates.weights,
            "knots": self.spread.knots.tolist(),
            "levels": self.spread.levels.tolist(),
            "residuals": self.spread.residuals.tolist(),
        }
        texts = {
            "availability": self.availability.trees.text,
            "minutes": self.minutes.trees.text,
        }
        write_model(folder, payload, texts)

    @classmethod
    def load(cls, folder: Path) -> BoxScoreModel:
        """Read what `save` wrote; MissingError or ModelError where it cannot be."""
        payload, texts = read_model(folder)
        return cls(
            AvailabilityModel(Trees(texts["availability"]), int(payload["n_reported"])),
            MinutesModel(Trees(texts["minutes"])),
            RateModel(payload["by_position"], payload["weights"]),
            MinutesSpread(
                np.array(payload["knots"]),
                np.array(payload["levels"]),
                np.array(payload["residuals"]),
            ),
        )


def game_sheet(game_id: str, home_team_id: int, expected: pd.DataFrame) -> GameSheet:
    """Make the sheet of one game.

    Parameters
    ----------
    game_id : str
        The game.
    home_team_id : int
        Which side is at home.
    expected : DataFrame, shape (n_players, ...)
        ``team_id``, ``player_id`` and the columns of `BoxScoreModel.expect`.

    Raises
    ------
    ModelError
        If a side has fewer than five players.
    """
    at_home = expected["team_id"].to_numpy() == home_team_id
    return GameSheet(
        game_id, _team_sheet(expected[at_home]), _team_sheet(expected[~at_home])
    )


def _team_sheet(rows: pd.DataFrame) -> TeamSheet:
    rows = rows.sort_values("player_id")
    return TeamSheet(
        team_id=int(rows["team_id"].iloc[0]) if len(rows) else -1,
        player_id=rows["player_id"].to_numpy(np.int64),
        play_prob=rows["play_prob"].to_numpy(float),
        minutes=rows["min"].to_numpy(float),
        expected=drawn_counts(rows),
        fixed_minutes=np.full(len(rows), np.nan),
    )


def drawn_counts(rows: pd.DataFrame) -> Floats:
    """Turn expected columns of a box score into expected counts of `DRAWN`.

    Makes are scaled so that they are worth the expected points, rebounds of both kinds
    so that they add up to those expected.
    """
    column = {name: rows[name].to_numpy(float) for name in LEARNT}
    twos = np.maximum(column["fgm"] - column["fg3m"], 0.01)
    points = 2.0 * twos + 3.0 * column["fg3m"] + column["ftm"]
    worth = column["pts"] / points
    boards = column["reb"] / (column["oreb"] + column["dreb"])
    two_tries = np.maximum(column["fga"] - column["fg3a"], twos * worth + 0.01)
    parts = {
        "fg2m": twos * worth,
        "fg2_miss": two_tries - twos * worth,
        "fg3m": column["fg3m"] * worth,
        "fg3_miss": np.maximum(column["fg3a"] - column["fg3m"] * worth, 0.01),
        "ftm": column["ftm"] * worth,
        "ft_miss": np.maximum(column["fta"] - column["ftm"] * worth, 0.01),
        "oreb": column["oreb"] * boards,
        "dreb": column["dreb"] * boards,
    }
    return np.column_stack([(column | parts)[name] for name in DRAWN])
