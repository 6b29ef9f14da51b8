"""Forecast one day's games: tables, a page, and the same to read at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from ml.console import console, run_job, step
from ml.features.build import require_ingested
from ml.ingest.quarantine import set_aside_error
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
from ml.pipeline.steps import bring_training_set, forecast_day
from ml.predict.slate import find_slate
from ml.registry import KINDS, TEAM
from ml.settings import Settings
from ml.system.plain_text import spreadsheet_csv

if TYPE_CHECKING:
    import pandas as pd

    from ml.predict.gameday import Gameday


def predict_team_matchups(
    settings: Settings,
    *,
    date: DateOption = None,
    as_of: AsOfOption = None,
    box_scores: Annotated[
        bool, typer.Option(help="Forecast every player's line too.")
    ] = True,
    keep_sample: KeepSampleOption = False,
    fit: FitOption = False,
    past_lines: Annotated[
        Path | None,
        typer.Option(
            help="A league database: forecast the games by another model too, ours "
            "informed by its closing lines of games that are over.",
        ),
    ] = None,
    json: JsonOption = False,
    csv: CsvOption = False,
) -> None:
    """Forecast margin, total, winner and box scores of one day's games.

    Example: tipoff predict --date 2024-01-15
    """
    require_ingested(settings)
    slate = find_slate(settings, as_date(date), as_utc(as_of))
    require_models(settings, KINDS if box_scores else (TEAM,), slate, fit=fit)
    gameday = forecast_day(
        settings, slate, box_scores=box_scores, keep_sample=keep_sample
    )
    if json:
        typer.echo(gameday.predictions.to_json(orient="records", date_format="iso"))
    elif csv:
        typer.echo(spreadsheet_csv(gameday.predictions), nl=False)
    else:
        console.print(_table(gameday.predictions))
    if past_lines is not None:
        _informed(settings, past_lines, gameday, shown=not (json or csv))
    if (set_aside := set_aside_error(gameday.set_aside)) is not None:
        raise set_aside


def _informed(
    settings: Settings, source: Path, gameday: Gameday, *, shown: bool
) -> None:
    """Write, and show, what past lines make of the forecasts; nothing else reads it."""
    from ml.backtest.league import inform_forecasts
    from ml.features.manifest import read_catalog
    from ml.models.team.forecasts import COLUMNS
    from ml.report.dictionary import describe
    from ml.report.exports import write_table

    bring_training_set(settings, TEAM)
    with step("inform by past lines") as say:
        plain = gameday.predictions
        moved = inform_forecasts(settings, source, plain[list(COLUMNS)], plain)
        predictions = plain[["game_id"]].merge(moved, validate="one_to_one")
        predictions = plain.assign(**{name: predictions[name] for name in COLUMNS[3:]})
        day = gameday.slate.day.isoformat()
        files = write_table(
            predictions,
            settings.exports_dir,
            f"gameday_team_predictions_informed_{day}",
            describe(predictions.columns, read_catalog(settings)),
        )
        say(str(files[0]))
    if shown:
        console.print(_table(predictions, "another model: informed by past lines"))


def _table(predictions: pd.DataFrame, title: str | None = None) -> Table:
    names = ("game", "home wins", "points", "margin (80 %)", "total (80 %)")
    table = Table(*names, title=title)
    for row in predictions.to_dict("records"):
        table.add_row(
            f"{row['away_team']} at {row['home_team']}",
            f"{row['home_win_prob']:.0%}",
            f"{row['away_pts_mean']:.0f} - {row['home_pts_mean']:.0f}",
            f"{row['margin_mean']:+.1f} "
            f"({row['margin_p10']:+.0f} … {row['margin_p90']:+.0f})",
            f"{row['total_mean']:.1f} "
            f"({row['total_p10']:.0f} … {row['total_p90']:.0f})",
        )
    return table


if __name__ == "__main__":
    run_job(predict_team_matchups)
