"""How good the forecasts were, and whether everything runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from ml.console import console, run_job, step
from ml.errors import AlarmError
from ml.options import AsOfOption, JsonOption, as_utc
from ml.settings import Settings

if TYPE_CHECKING:
    from ml.monitor.player_grades import PlayerWindow


def monitor(
    settings: Settings,
    *,
    source: Annotated[
        Path | None, typer.Option(help="A league database, for its closing lines.")
    ] = None,
    as_of: AsOfOption = None,
    json_: JsonOption = False,
) -> None:
    """Grade the kept forecasts, look for drift and for what did not run; write a page.

    Exit code 50 where somebody should be called.

    Example: tipoff monitor --source league.sqlite
    """
    from ml.monitor import review, write_review
    from ml.predict.slate import find_slate

    moment = as_utc(as_of) or find_slate(settings).moment
    with step("grade and watch") as say:
        found = review(settings, moment, source)
        say(str(write_review(settings, found)[0]))
    if json_:
        typer.echo(json.dumps(found.as_dict()))
    else:
        table = Table(
            "window", "games", "log loss", "baseline", "market", "margin error"
        )
        for window in found.windows:
            logs = [
                f"{window.scores[who]['log_loss']:.4f}" if who in window.scores else "–"
                for who in ("ours", "baseline", "market")
            ]
            error = window.scores["ours"]["margin_mae"]
            table.add_row(window.name, str(window.n_games), *logs, f"{error:.2f}")
        console.print(table)
        brought = ", ".join(f"{each.table} {each.newest}" for each in found.tables)
        console.print(f"tables until: {brought or 'none'}", style="dim")
        if found.players.windows:
            console.print(_players_table(found.players.windows))
        console.print(f"{found.level}: {found.as_dict()['advice']}")
    if found.is_alarm:
        words = [f"{each.what} overdue: {each.found}" for each in found.overdue]
        raise AlarmError(
            "; ".join([f"forecasts are {found.level}", *words]),
            f"see {settings.performance_page}",
        )


def _players_table(windows: Sequence[PlayerWindow]) -> Table:
    """Return errors of players' forecasts, beside their baseline's."""
    table = Table("window", "players", "P(plays)", "minutes", "points", "pts+reb+ast")
    for window in windows:
        cells = [f"{window.play_log_loss:.3f} ({window.baseline_play_log_loss:.3f})"]
        cells += [
            f"{scores['mae']:.2f} ({scores['baseline_mae']:.2f})"
            for scores in (window.scores[stat] for stat in ("min", "pts", "pra"))
        ]
        table.add_row(window.name, f"{window.n_lines:,}", *cells)
    table.caption = "log loss of P(plays), mean errors (of the baseline)"
    return table


if __name__ == "__main__":
    run_job(monitor)
