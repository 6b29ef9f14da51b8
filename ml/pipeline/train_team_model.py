"""Fit the team model on what was known at a moment, and keep it in the registry."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ml import quality
from ml.console import console, step
from ml.errors import MissingError
from ml.features.datasets import load_training_frame
from ml.features.expectations import null_shares, ranges
from ml.features.manifest import read_catalog
from ml.features.spines import TEAM_MATCHUP
from ml.options import AsOfOption, as_utc
from ml.predict.slate import find_slate
from ml.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from ml.features.catalog import FeatureService

_SHOWN = 5


def train_team_model(settings: Settings, *, as_of: AsOfOption = None) -> Path:
    """Learn margin and total from the games whose results were known by --as-of.

    Without it, from those known before the newest day's first forecast.

    Example: tipoff train --as-of 2024-01-15T22:00
    """
    from ml.models.team.model import MIN_GAMES, TeamModel
    from ml.registry import store_team_model

    moment = as_utc(as_of) or find_slate(settings).moment
    with step("train the team model") as say:
        frame = known_results(settings, moment)
        service = read_catalog(settings).service(TEAM_MATCHUP.service)
        _check(service, frame)
        model = TeamModel.fit(
            frame,
            scoring=service.scoring or None,
            random_state=settings.random_state,
        )
        folder = store_team_model(settings, model)
        error = model.card.metrics
        known = f"{folder.name}: {model.card.n_games:,} games"
        if not error["n_later_games"]:
            say(f"{known}, of {MIN_GAMES} that it needs to tell teams well apart")
        else:
            say(
                f"{known}; MAE on later ones: margin {error['margin_mae']:.2f}, "
                f"total {error['total_mae']:.2f}"
            )
    return folder


def _check(service: FeatureService, frame: pd.DataFrame) -> None:
    """Stop where features are what they cannot be; report more nulls than before.

    The shares hold for the newest season: the oldest has no past to know.
    """
    report = quality.check_frame(frame, ranges(service), name="team training set")
    quality.require(report)
    newest = frame[frame["season"] == frame["season"].max()]
    name = "newest season of the team training set"
    report = quality.check_frame(newest, null_shares(service), name=name)
    if not report.passed:
        worst = ", ".join(failure.columns[0] for failure in report.failures[:_SHOWN])
        console.print(
            f"{len(report.failures)} feature(s) are unknown more often than in earlier "
            f"seasons in the {name}: {worst}",
            markup=False,
        )


def known_results(settings: Settings, moment: datetime) -> pd.DataFrame:
    """Read the last seasons' games whose results were known at a moment."""
    seasons = TEAM_MATCHUP.seasons(settings)
    if not seasons:
        raise MissingError(
            f"there is no training set in {settings.model_dir}",
            "run `python -m ml.jobs.build_team_train_dataset`",
        )
    frame = load_training_frame(settings, seasons)
    known = frame[frame["known_at"] < moment]
    newest = sorted(known["season"].unique())[-settings.training_seasons :]
    return known[known["season"].isin(newest)]
