"""Write the training sets and fit every model."""

from __future__ import annotations

from ml.console import run_job, step
from ml.options import AsOfOption
from ml.pipeline.train_player_model import train_player_model
from ml.pipeline.train_team_model import train_team_model
from ml.pipeline.training_sets import (
    build_player_train_dataset,
    build_team_train_dataset,
)
from ml.settings import Settings


def train(settings: Settings, *, as_of: AsOfOption = None) -> None:
    """Write the training sets and fit the models on what was known at a moment.

    Example: tipoff train --as-of 2024-01-15T22:00
    """
    from ml.features import feast

    with step("register the features"):
        feast.apply(settings)
    build_team_train_dataset(settings)
    build_player_train_dataset(settings)
    train_team_model(settings, as_of=as_of)
    train_player_model(settings, as_of=as_of)


if __name__ == "__main__":
    run_job(train)
