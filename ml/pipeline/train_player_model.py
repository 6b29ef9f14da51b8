"""Fit the models of box scores on what was known at a moment, for the registry."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ml import quality
from ml.console import step
from ml.errors import MissingError, TooFewError
from ml.features.datasets import load_training_frame
from ml.features.spines import PLAYER_GAME
from ml.ingest.contract import known_after
from ml.options import AsOfOption, as_utc
from ml.predict.slate import find_slate
from ml.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

# P(plays) and minutes look back two years, rates forget half of what is 500 days old,
# and what they learn from is itself forecast from the season before.
_SEASONS = 4
MIN_GAMES = 200


def train_player_model(settings: Settings, *, as_of: AsOfOption = None) -> Path:
    """Learn who plays, how long, and what he does, from results known by --as-of.

    Without it, from those known before the newest day's first forecast.

    Example: python -m ml.jobs.train_player_model --as-of 2024-01-15T22:00
    """
    from ml.models.player.features import candidate_rows
    from ml.models.player.model import BoxScoreModel
    from ml.registry import PLAYER, store_model

    moment = as_utc(as_of) or find_slate(settings).moment
    with step("train the player model") as say:
        frame = known_lines(settings, moment)
        expected: list[quality.Expectation] = [
            quality.RowCount(1),
            quality.Unique(("game_id", "player_id")),
            quality.Range("min", 0),
            quality.NullShare("min"),
        ]
        report = quality.check_frame(frame, expected, name="player training set")
        quality.require(report)
        n_games = frame["game_id"].nunique()
        if n_games < MIN_GAMES:
            raise TooFewError(
                f"a player model needs at least {MIN_GAMES} games with box scores, "
                f"got {n_games}",
                "wait for more games, or ingest earlier seasons; until then "
                "--no-box-scores",
            )
        model = BoxScoreModel.fit(
            *candidate_rows(frame), random_state=settings.random_state
        )
        folder = store_model(settings, PLAYER, model)
        error = model.card.metrics
        say(
            f"{folder.name}: {model.card.n_games:,} games; on later ones: minutes "
            f"MAE {error['minutes_mae']:.2f}, P(plays) {error['play_log_loss']:.3f}"
        )
    return folder


def known_lines(settings: Settings, moment: datetime) -> pd.DataFrame:
    """Read the last seasons' players in games whose results were known at a moment."""
    seasons = PLAYER_GAME.seasons(settings)
    if not seasons:
        raise MissingError(
            f"there is no training set in {settings.model_dir}",
            "run `python -m ml.jobs.build_player_train_dataset`",
        )
    began = [season for season in seasons if int(season[:4]) <= moment.year]
    chosen = began[-min(_SEASONS + 1, settings.training_seasons + 1) :]
    frame = load_training_frame(settings, chosen, PLAYER_GAME)
    known = frame[frame["tipoff_at"] + known_after() < moment]
    newest = sorted(known["season"].unique())[-min(_SEASONS, len(chosen)) :]
    return known[known["season"].isin(newest)].reset_index(drop=True)
