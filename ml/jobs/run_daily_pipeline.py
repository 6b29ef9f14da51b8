"""The whole way: source, features, training, tonight's forecasts."""

from __future__ import annotations

from typing import Annotated

import typer

from ml.console import console, run_job, step
from ml.errors import TooFewError
from ml.options import (
    CsvOption,
    DateOption,
    JsonOption,
    PlayByPlayOption,
    SourceArgument,
)
from ml.settings import Settings


def run_daily_pipeline(
    settings: Settings,
    source: SourceArgument = None,
    *,
    date: DateOption = None,
    play_by_play: PlayByPlayOption = None,
    train: Annotated[bool, typer.Option(help="Fit a new model first.")] = True,
    json: JsonOption = False,
    csv: CsvOption = False,
) -> None:
    """Do everything: ingest, build features, train, forecast, write files and page.

    Example: tipoff run league.sqlite
    """
    from ml.jobs.predict_team_matchups import predict_team_matchups
    from ml.pipeline.retrain import FITS
    from ml.pipeline.steps import prepare
    from ml.predict.slate import find_slate
    from ml.registry import TEAM, promote
    from ml.sources.synthetic import simulate_league

    if source is None:
        source = settings.simulated_league
        settings = settings.model_copy(update={"mapping": ""})
        with step("simulate a league") as say:
            simulate_league(source, random_state=settings.random_state)
            say(str(source))
    prepare(
        settings,
        source,
        play_by_play=play_by_play,
        again=True,
        training_sets=train,
        takes_room=True,
    )
    box_scores = True
    if train:
        moment = find_slate(settings).moment
        for kind, fit in FITS.items():
            try:
                name = fit(settings, as_of=moment).name
            except TooFewError as error:
                if kind == TEAM:
                    raise
                console.print(f"no box scores yet: {error.problem}")
                box_scores = False
                continue
            promote(settings, kind, name, as_of=moment, reason="fitted by tipoff run")
    predict_team_matchups(
        settings, date=date, box_scores=box_scores, json=json, csv=csv
    )


if __name__ == "__main__":
    run_job(run_daily_pipeline)
