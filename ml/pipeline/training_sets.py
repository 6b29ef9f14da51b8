"""Write the training sets of the models, one Parquet file a season."""

from __future__ import annotations

from ml.console import step
from ml.features import datasets
from ml.options import SeasonsOption, WideOption, as_seasons
from ml.settings import Settings


def build_team_train_dataset(
    settings: Settings, *, seasons: SeasonsOption = None, wide: WideOption = False
) -> None:
    """Write team_matchup_train_{season}.parquet: features and results per game.

    Example: python -m ml.jobs.build_team_train_dataset --seasons 2022-23,2023-24
    """
    with step("team training set") as say:
        paths = datasets.build_team_train_dataset(
            settings, as_seasons(seasons), wide=wide
        )
        say(f"{len(paths)} season(s) in {settings.model_dir}")


def build_player_train_dataset(
    settings: Settings, *, seasons: SeasonsOption = None, wide: WideOption = False
) -> None:
    """Write player_game_train_{season}.parquet: features and line per player and game.

    Example: python -m ml.jobs.build_player_train_dataset --seasons 2022-23,2023-24
    """
    with step("player training set") as say:
        paths = datasets.build_player_train_dataset(
            settings, as_seasons(seasons), wide=wide
        )
        say(f"{len(paths)} season(s) in {settings.model_dir}")
