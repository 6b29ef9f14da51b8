"""Forecast every player's box score of one day's games."""

from __future__ import annotations

import typer

from ml.console import run_job, step
from ml.options import (
    AsOfOption,
    CsvOption,
    DateOption,
    FitOption,
    JsonOption,
    KeepSampleOption,
    as_date,
    as_utc,
)
from ml.pipeline.retrain import require_models
from ml.predict.slate import find_slate
from ml.registry import KINDS
from ml.settings import Settings
from ml.system.plain_text import spreadsheet_csv


def predict_player_stats(
    settings: Settings,
    *,
    date: DateOption = None,
    as_of: AsOfOption = None,
    fit: FitOption = False,
    keep_sample: KeepSampleOption = False,
    json: JsonOption = False,
    csv: CsvOption = False,
) -> None:
    """Write gameday_player_predictions_{date}: P(plays) and every statistic's range.

    Example: python -m ml.jobs.predict_player_stats --date 2024-01-15 --keep-sample
    """
    from ml.features.manifest import read_catalog
    from ml.predict.gameday_players import forecast_box_scores
    from ml.predict.questions import read_evening
    from ml.report.dictionary import describe
    from ml.report.exports import write_table

    slate = find_slate(settings, as_date(date), as_utc(as_of))
    require_models(settings, KINDS, slate, fit=fit)
    with step("read games and players") as say:
        evening = read_evening(settings, slate)
        say(f"{evening.slate.n_games} game(s) on {evening.slate.day}")
    with step("draw box scores") as say:
        scores = forecast_box_scores(
            settings, evening.players, evening.teams, keep=keep_sample
        )
        say(f"{len(scores.predictions)} players with {scores.model}")
    table = scores.predictions
    write_table(
        table,
        settings.exports_dir,
        f"gameday_player_predictions_{evening.slate.day}",
        describe(table.columns, read_catalog(settings)),
    )
    if json:
        typer.echo(table.to_json(orient="records", date_format="iso"))
    elif csv:
        typer.echo(spreadsheet_csv(table), nl=False)


if __name__ == "__main__":
    run_job(predict_player_stats)
