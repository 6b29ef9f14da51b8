"""What lines are worth, read from the joint samples of their games."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from ml.console import console, run_job, step
from ml.errors import SettingsError
from ml.options import (
    AsOfOption,
    CsvOption,
    DateOption,
    FitOption,
    GameOption,
    JsonOption,
    as_date,
    as_utc,
)
from ml.settings import Settings
from ml.storage.files import replacing
from ml.system.plain_text import spreadsheet_csv

if TYPE_CHECKING:
    import pandas as pd

    from ml.predict.slate import Slate


def price_player(
    settings: Settings,
    *,
    player: Annotated[
        str | None, typer.Option(help="His name, or his NBA stats id.")
    ] = None,
    stat: Annotated[
        str | None,
        typer.Option(
            help="A column of a box score, a sum (pts+reb+ast), or yes or no: "
            "double_double, 'pts >= 30 and ast >= 10'."
        ),
    ] = None,
    line: Annotated[
        float | None, typer.Option(help="The line; without one, the distribution.")
    ] = None,
    lines: Annotated[
        Path | None,
        typer.Option(
            help="A sheet of lines (CSV) instead: of teams and players, alone or "
            "joined to bets of several legs."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the priced sheet here, as CSV.")
    ] = None,
    kelly: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="Share of Kelly's stake."),
    ] = 0.25,
    most: Annotated[
        float,
        typer.Option(
            "--max-stake", min=0.0, max=1.0, help="Largest share of the bankroll."
        ),
    ] = 0.05,
    game: GameOption = None,
    date: DateOption = None,
    as_of: AsOfOption = None,
    fit: FitOption = False,
    json_: JsonOption = False,
    csv: CsvOption = False,
) -> None:
    """Say how likely a line is to be beaten: one of a player who plays, or a sheet.

    Example: tipoff price --date 2024-01-15 --player "Nikola Jokic" --stat pts --line 25

    Example: tipoff price --date 2024-01-15 --lines lines.csv --out priced.csv
    """
    from ml.boxscore.query import read_expression
    from ml.pipeline.retrain import require_models
    from ml.predict.questions import find_game, read_evening
    from ml.predict.slate import find_slate
    from ml.pricing.player_line import check_line, price_player_line
    from ml.registry import KINDS

    # Before the forecast, which takes longer.
    if lines is not None:
        if (player, stat, line, game) != (None, None, None, None):
            raise SettingsError(
                "--lines and --player, --stat, --line or --game exclude one another",
                "put the line into the sheet",
            )
        _price_sheet(
            settings,
            lines,
            out,
            slate=lambda: find_slate(settings, as_date(date), as_utc(as_of)),
            stakes=(kelly, most),
            fit=fit,
            form="json" if json_ else "csv" if csv else "table",
        )
        return
    if player is None or stat is None:
        raise SettingsError(
            "there is nothing to price", "give --player and --stat, or --lines"
        )
    read_expression(stat)
    check_line(stat, line)
    day = as_date(date)
    game_id = None
    if game is not None:
        game_id, day = find_game(settings, game, day)
    slate = find_slate(settings, day, as_utc(as_of))
    require_models(settings, KINDS, slate, fit=fit)
    with step("forecast") as say:
        evening = read_evening(settings, slate)
        say(f"as of {evening.slate.moment:%Y-%m-%d %H:%M} UTC")
    who = evening.player(player, game_id=game_id)
    sample = evening.sample(str(who["game_id"]))
    player_id, name = int(who["player_id"]), str(who["player_name"])
    answer = {
        "game_id": who["game_id"],
        "player_id": player_id,
        "player_name": name,
        "stat": stat,
        **price_player_line(sample, player_id, name, stat, line),
    }
    if json_:
        typer.echo(json.dumps(answer))
        return
    if csv:
        from pandas import DataFrame

        typer.echo(spreadsheet_csv(DataFrame([answer])), nl=False)
        return
    table = Table("", title=f"{who['player_name']}, {who['team']}, if he plays")
    table.add_column(stat, justify="right")
    for name, value in answer.items():
        if isinstance(value, float):
            table.add_row(name.replace("_", " "), f"{value:.3f}")
    console.print(table)


def _price_sheet(
    settings: Settings,
    lines: Path,
    out: Path | None,
    *,
    slate: Callable[[], Slate],
    stakes: tuple[float, float],
    fit: bool,
    form: str,
) -> None:
    from ml.pipeline.retrain import require_models
    from ml.predict.questions import read_board, read_evening
    from ml.pricing.price import Stakes, price_bets
    from ml.pricing.sheet import read_sheet
    from ml.registry import KINDS

    bets = read_sheet(lines)
    found = slate()
    require_models(settings, KINDS, found, fit=fit)
    with step("forecast") as say:
        evening = read_evening(settings, found)
        say(f"as of {evening.slate.moment:%Y-%m-%d %H:%M} UTC")
    with step(f"price {len(bets):,} bets"):
        board = read_board(settings, evening)
        priced = price_bets(board, bets, Stakes(*stakes))
    failed = priced["error"] != ""
    if failed.all():
        raise SettingsError(
            f"none of {len(priced):,} bets can be priced: {priced['error'].iloc[0]}",
            "correct the sheet",
        )
    if out is not None:
        with replacing(out) as temporary:
            temporary.write_text(spreadsheet_csv(priced), encoding="utf-8")
    if form == "json":
        typer.echo(priced.to_json(orient="records", double_precision=6))
    elif form == "csv":
        typer.echo(spreadsheet_csv(priced), nl=False)
    elif out is None:
        console.print(_show_sheet(priced))
    for row in priced[failed].itertuples():
        console.warning(f"{row.bet} is not priced: {row.error}")


def _show_sheet(priced: pd.DataFrame) -> Table:
    """Return a table that fits 80 columns."""
    table = Table()
    table.add_column("bet", overflow="fold")
    for name in ("P", "fair", "odds", "edge", "value", "stake"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in priced[priced["error"] == ""].to_dict(orient="records"):
        table.add_row(
            row["legs"] + (f"\n! {row['warnings']}" if row["warnings"] else ""),
            _cell(row["prob"], "{:.3f}"),
            *(_cell(row[name], "{:.2f}") for name in ("fair_odds", "odds")),
            *(_cell(row[name], "{:+.1%}") for name in ("edge", "expected_value")),
            _cell(row["stake"], "{:.1%}"),
        )
    return table


def _cell(value: float, form: str) -> str:
    return "" if math.isnan(value) else form.format(value)


if __name__ == "__main__":
    run_job(price_player, writes=False)
