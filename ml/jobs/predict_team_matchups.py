"""Forecast one day's games: tables, a page, and the same to read at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer
from rich.table import Table

from ml.build import build_day
from ml.console import console, run_job, step
from ml.jobs.options import (
    AsOfOption,
    DateOption,
    JsonOption,
    KeepSampleOption,
    as_date,
    as_utc,
)
from ml.marts import day_of_marts
from ml.settings import Settings
from ml.slate import find_slate
from ml.store import materialize


def predict_team_matchups(
    settings: Settings,
    *,
    date: DateOption = None,
    as_of: AsOfOption = None,
    box_scores: Annotated[
        bool, typer.Option(help="Forecast every player's line too.")
    ] = True,
    keep_sample: KeepSampleOption = False,
    json: JsonOption = False,
) -> None:
    """Forecast margin, total, winner and box scores of one day's games.

    Example: tipoff predict --date 2024-01-15
    """
    from ml.gameday import forecast_slate, write_gameday
    from ml.gameday_players import forecast_box_scores
    from ml.player_slate import read_player_slate

    slate = find_slate(settings, as_date(date), as_utc(as_of))
    if day_of_marts(settings) != slate.day:
        with step(f"profiles of {slate.day}"):
            build_day(settings, slate.day)
    with step("materialize the online store") as say:
        materialize(settings, slate.moment)
        say(f"as of {slate.moment:%Y-%m-%d %H:%M} UTC")
    with step("forecast") as say:
        gameday = forecast_slate(settings, slate)
        say(f"{slate.n_games} game(s) on {slate.day} with {gameday.model}")
    if box_scores:
        with step("draw box scores") as say:
            players = read_player_slate(settings, slate)
            drawn = forecast_box_scores(
                settings, players, gameday.teams, keep=keep_sample
            )
            gameday = replace(gameday, box_scores=drawn)
            say(f"{len(drawn.predictions)} players with {drawn.model}")
    with step("write files and page") as say:
        paths = write_gameday(settings, gameday)
        say(f"{len(paths)} files in {settings.exports_dir}")
    if json:
        typer.echo(gameday.predictions.to_json(orient="records", date_format="iso"))
        return
    table = Table("game", "home wins", "points", "margin (80 %)", "total (80 %)")
    for row in gameday.predictions.to_dict("records"):
        table.add_row(
            f"{row['away_team']} at {row['home_team']}",
            f"{row['home_win_prob']:.0%}",
            f"{row['away_pts_mean']:.0f} - {row['home_pts_mean']:.0f}",
            f"{row['margin_mean']:+.1f} "
            f"({row['margin_p10']:+.0f} … {row['margin_p90']:+.0f})",
            f"{row['total_mean']:.1f} "
            f"({row['total_p10']:.0f} … {row['total_p90']:.0f})",
        )
    console.print(table)


if __name__ == "__main__":
    run_job(predict_team_matchups)
