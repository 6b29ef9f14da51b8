"""Forecast one day's games: tables, a page, and the same to read at once."""

from __future__ import annotations

import typer
from rich.table import Table

from ml.console import console, run_job, step
from ml.jobs.options import AsOfOption, DateOption, JsonOption, as_date, as_utc
from ml.settings import Settings
from ml.slate import find_slate
from ml.store import materialize


def predict_team_matchups(
    settings: Settings,
    *,
    date: DateOption = None,
    as_of: AsOfOption = None,
    json: JsonOption = False,
) -> None:
    """Forecast margin, total and winner of one day's games.

    Example: tipoff predict --date 2024-01-15
    """
    from ml.gameday import forecast_slate, write_gameday

    slate = find_slate(settings, as_date(date), as_utc(as_of))
    with step("materialize the online store") as say:
        materialize(settings, slate.moment)
        say(f"as of {slate.moment:%Y-%m-%d %H:%M} UTC")
    with step("forecast") as say:
        gameday = forecast_slate(settings, slate)
        say(f"{slate.n_games} game(s) on {slate.day} with {gameday.model}")
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
