"""The whole way: source, features, training, tonight's forecasts."""

from __future__ import annotations

from typing import Annotated

import typer

from ml.build import build_features
from ml.console import run_job, step
from ml.jobs.build_player_train_dataset import build_player_train_dataset
from ml.jobs.build_team_train_dataset import build_team_train_dataset
from ml.jobs.options import (
    DateOption,
    JsonOption,
    PlayByPlayOption,
    SourceArgument,
)
from ml.jobs.predict_team_matchups import predict_team_matchups
from ml.jobs.train_player_model import train_player_model
from ml.jobs.train_team_model import train_team_model
from ml.settings import Settings


def run_daily_pipeline(
    settings: Settings,
    source: SourceArgument = None,
    *,
    date: DateOption = None,
    play_by_play: PlayByPlayOption = None,
    train: Annotated[bool, typer.Option(help="Fit a new model first.")] = True,
    json: JsonOption = False,
) -> None:
    """Do everything: ingest, build features, train, forecast, write files and page.

    Example: tipoff run league.sqlite
    """
    from ml.ingest import ingest, ingest_play_by_play
    from ml.simulation import simulate_league
    from ml.store import apply

    if source is None:
        source = settings.simulated_league
        with step("simulate a league") as say:
            simulate_league(source, random_state=settings.random_state)
            say(str(source))
    with step(f"ingest {source}") as say:
        say(ingest(source, settings).line)
    if play_by_play is not None:
        with step(f"ingest {play_by_play}") as say:
            say(ingest_play_by_play(play_by_play, settings).line)
    with step("build and test the features") as say:
        say(f"{build_features(settings)} models and tests")
    with step("register the features"):
        apply(settings)
    if train:
        build_team_train_dataset(settings)
        build_player_train_dataset(settings)
        train_team_model(settings)
        train_player_model(settings)
    predict_team_matchups(settings, date=date, json=json)


if __name__ == "__main__":
    run_job(run_daily_pipeline)
