"""Forecast past seasons and score them between baseline and market."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ml.console import console, run_job, step
from ml.errors import TooFewError
from ml.options import (
    JsonOption,
    SchedulerOption,
    as_seasons,
    scheduler_of,
)
from ml.settings import Settings
from ml.storage.lock import holding
from ml.system.executor import executor_of


def backtest(
    settings: Settings,
    *,
    source: Annotated[
        Path, typer.Option(help="The league database; only the scorer reads its lines.")
    ],
    seasons: Annotated[str, typer.Option(help="Seasons, as in 2021-22,2022-23.")],
    out: Annotated[Path, typer.Option(help="Folder for forecasts and report.")],
    horizon: Annotated[
        str | None,
        typer.Option(
            help="tipoff-6h, tipoff-60m or tipoff-30m, or several: the first in full, "
            "the others beside it [default: the home's]."
        ),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            help="Score forecasts too that lack reports, away_reports, stints, "
            "starters or labels (several with commas) from the first season on; "
            "repeat."
        ),
    ] = None,
    reference: Annotated[
        list[Path] | None,
        typer.Option(help="A public forecaster's CSV, for the scorer alone; repeat."),
    ] = None,
    players: Annotated[
        bool, typer.Option(help="Forecast and score every player's line too.")
    ] = True,
    past_lines: Annotated[
        bool,
        typer.Option(
            "--past-lines",
            help="Score apart, too, another model: ours informed by the closing lines "
            "of games that are over.",
        ),
    ] = False,
    scheduler: SchedulerOption = None,
    json_: JsonOption = False,
) -> None:
    """Forecast past seasons month by month; score them between baseline and market.

    What is needed is made in the home first. A killed run goes on where it was.

    Example: tipoff backtest --source league.sqlite --seasons 2022-23 --out backtest
    """
    from ml.backtest.league import backtest_league
    from ml.pipeline.steps import bring_seasons
    from ml.registry import KINDS, TEAM

    address = scheduler_of(settings, scheduler)
    with (
        holding(out, "backtest", option="--out"),
        executor_of(1, address) if address else nullcontext() as executor,
    ):
        wanted = as_seasons(seasons) or []
        bring_seasons(settings, source, KINDS if players else (TEAM,), wanted)
        with step(f"backtest {seasons}") as say:
            result = backtest_league(
                settings,
                source=source,
                seasons=wanted,
                out=out,
                references=reference or [],
                horizons=as_seasons(horizon) or [],
                without=[as_seasons(lacking) or [] for lacking in without or []],
                past_lines=past_lines,
                say=lambda text: console.print(f"  {text}", style="dim"),
                executor=executor,
            )
            say(str(out / "report.html"))
        lines = None
        if players:
            from ml.backtest.horizon import player_home_at
            from ml.backtest.player.run import backtest_players
            from ml.backtest.run import write_page

            with step("backtest players") as say:
                home = player_home_at(settings, result.horizon, out / "homes")
                try:
                    lines = backtest_players(
                        home,
                        result.forecasts,
                        wanted,
                        source=source,
                        out=out,
                        say=lambda text: console.print(f"  {text}", style="dim"),
                        executor=executor,
                    )
                    say(f"{lines.n_draws:,} draws of {lines.n_games:,} games")
                except TooFewError as error:
                    say(error.problem)
            write_page(replace(result, players=lines), out)
        if json_:
            typer.echo((out / "metrics.json").read_text("utf-8"))
            return
        console.print(result.to_table())
        if (comparison := result.comparison()) is not None:
            console.print(comparison)
        if (informed := result.informed_table()) is not None:
            console.print(informed)
        if lines is not None:
            console.print(lines.to_table())
        for warning in result.warnings:
            console.warning(warning)


if __name__ == "__main__":
    run_job(backtest, writes=False)
