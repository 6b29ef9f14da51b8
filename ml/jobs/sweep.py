"""Try settings of the team model on past seasons."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ml.console import console, run_job, step
from ml.options import (
    CsvOption,
    JsonOption,
    SchedulerOption,
    scheduler_of,
)
from ml.settings import Settings
from ml.storage.files import write_text
from ml.storage.lock import holding
from ml.system.executor import executor_of
from ml.system.plain_text import spreadsheet_csv


def sweep(
    settings: Settings,
    plan: Annotated[
        Path,
        typer.Argument(help="A YAML file: seasons, and values to try by setting."),
    ],
    *,
    out: Annotated[Path, typer.Option(help="Folder of what was found.")],
    source: Annotated[
        Path | None,
        typer.Option(
            help="A league database, to make what the home lacks [default: nothing is "
            "made]."
        ),
    ] = None,
    scheduler: SchedulerOption = None,
    json_: JsonOption = False,
    csv: CsvOption = False,
) -> None:
    """Try settings of the team model on past seasons; rank them by their log loss.

    Each value of each setting forecasts each season as a backtest would. A killed
    sweep goes on where it was, and one of more values does no work twice.

    Example: tipoff sweep settings.yml --out sweep
    """
    from ml.backtest.sweep.plan import read_plan
    from ml.backtest.sweep.run import sweep as try_settings
    from ml.pipeline.steps import bring_seasons
    from ml.registry import TEAM

    address = scheduler_of(settings, scheduler)
    asked = read_plan(plan, settings)
    with (
        holding(out, "sweep", option="--out"),
        executor_of(settings.workers, address) as executor,
    ):
        if source is not None:
            bring_seasons(settings, source, (TEAM,), asked.seasons)
        with step(f"sweep {plan}") as say:
            found = try_settings(
                settings,
                asked,
                out=out,
                executor=executor,
                say=lambda text: console.print(f"  {text}", style="dim"),
            )
            say(f"{len(asked.variants)} variants, {len(asked.seasons)} season(s)")
        body = json.dumps(found.to_dict(), indent=2) + "\n"
        table = spreadsheet_csv(found.to_frame())
        write_text(out / "sweep.json", body)
        write_text(out / "sweep.csv", table)
        if json_:
            typer.echo(body, nl=False)
        elif csv:
            typer.echo(table, nl=False)
        else:
            console.print(found.to_table())
        for warning in found.warnings():
            console.warning(warning)


if __name__ == "__main__":
    run_job(sweep, writes=False)
