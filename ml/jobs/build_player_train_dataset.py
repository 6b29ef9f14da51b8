"""Write the training set of the player models, one Parquet file a season."""

from __future__ import annotations

from ml import datasets
from ml.console import run_job, step
from ml.jobs.options import SeasonsOption, as_seasons
from ml.settings import Settings


def build_player_train_dataset(
    settings: Settings, *, seasons: SeasonsOption = None
) -> None:
    """Write player_game_train_{season}.parquet: features and line per player and game.

    Example: python -m ml.jobs.build_player_train_dataset --seasons 2022-23,2023-24
    """
    with step("player training set") as say:
        paths = datasets.build_player_train_dataset(settings, as_seasons(seasons))
        say(f"{len(paths)} season(s) in {settings.model_dir}")


if __name__ == "__main__":
    run_job(build_player_train_dataset)
