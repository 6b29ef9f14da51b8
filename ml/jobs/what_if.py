"""What moves when a player is out, or his minutes are given: the game and its lines."""

from __future__ import annotations

from json import dumps
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
from ml.system.plain_text import spreadsheet_csv

if TYPE_CHECKING:
    import pandas as pd

_LEAST = 0.1
_SHOWN = ("min", "pts", "reb", "ast", "fg3m", "tov")


def what_if(
    settings: Settings,
    *,
    game: GameOption = None,
    out: Annotated[
        list[str] | None,
        typer.Option(help="A player who does not play: name or id. May be repeated."),
    ] = None,
    minutes: Annotated[
        list[str] | None,
        typer.Option(help="A player's minutes: NAME=24. May be repeated."),
    ] = None,
    starts: Annotated[
        list[str] | None,
        typer.Option(
            help="Who starts in whose place: NAME=NAME. They swap their minutes. May "
            "be repeated."
        ),
    ] = None,
    foul_trouble: Annotated[
        list[str] | None,
        typer.Option(help="A player who sits for his fouls. May be repeated."),
    ] = None,
    bench: Annotated[
        list[str] | None,
        typer.Option(
            help="How many minutes more a bench plays together: BOS=10, or fewer: "
            "BOS=-10. May be repeated."
        ),
    ] = None,
    date: DateOption = None,
    as_of: AsOfOption = None,
    fit: FitOption = False,
    json: JsonOption = False,
    csv: CsvOption = False,
) -> None:
    """Compare a game and its box scores with and without what is supposed.

    Example: tipoff what-if --date 2024-01-15 --game BOS --out "Jayson Tatum"

    Example: tipoff what-if --date 2024-01-15 --game BOS --bench BOS=10
    """
    from ml.pipeline.retrain import require_models
    from ml.predict.questions import Supposed, find_game, read_evening
    from ml.predict.slate import find_slate
    from ml.predict.what_if import compare, compare_scores
    from ml.registry import KINDS

    if game is None:
        raise SettingsError("no game was given", "such as: --game BOS")
    if not (out or minutes or starts or foul_trouble or bench):
        raise SettingsError(
            "nothing is supposed",
            "give --out NAME, --minutes NAME=24, --starts NAME=NAME, "
            "--foul-trouble NAME or --bench BOS=10",
        )
    asked = Supposed(
        out=out or [],
        minutes=dict(_numbered("--minutes", text) for text in minutes or []),
        starts=dict(_pair("--starts", text) for text in starts or []),
        foul_trouble=foul_trouble or [],
        bench=dict(_numbered("--bench", text) for text in bench or []),
    )
    game_id, day = find_game(settings, game, as_date(date))
    slate = find_slate(settings, day, as_utc(as_of))
    require_models(settings, KINDS, slate, fit=fit)
    with step("forecast with and without"):
        evening = read_evening(settings, slate)
        scenario = evening.scenario(game_id, asked)
        supposed = evening.supposing(settings, game_id, scenario)
        table = compare(evening.sample(game_id), supposed.sample(game_id, scenario))
        final = compare_scores(evening.teams, supposed.teams, game_id)
    people = evening.players.people
    names = people[["player_id", "player_name", "team"]]
    table = table.merge(names, on="player_id", how="left")
    if json:
        body = {"game": final, "players": table}
        told = {name: rows.to_dict(orient="records") for name, rows in body.items()}
        typer.echo(dumps(told, default=str))
        return
    if csv:
        typer.echo(_csv(final, table), nl=False)
        return
    console.print(_show_game(game, final))
    of_game = people[people["game_id"] == game_id]
    at_home = dict(zip(of_game["team"], of_game["is_home"].astype(bool), strict=True))
    for team, rows in table.groupby("team", sort=False):
        title = f"{team}, {'at home' if at_home[team] else 'away'}"
        if rows["change"].abs().max() < _LEAST:
            console.print(f"{title}: nothing moves")
        else:
            console.print(_show(title, rows))


def _csv(final: pd.DataFrame, table: pd.DataFrame) -> str:
    """Return a row a number: of the game, where no player is named, and of players."""
    import pandas as pd

    columns = ["team", "player_id", "player_name", "stat", "before", "after", "change"]
    game = final.rename(columns={"what": "stat"})
    rows = [each.reindex(columns=columns).astype(object) for each in (game, table)]
    frame = pd.concat(rows, ignore_index=True)
    return spreadsheet_csv(frame.astype(dict.fromkeys(columns[4:], float)))


_SUCH = {
    "--minutes": "'Jayson Tatum=24'",
    "--starts": "'Payton Pritchard=Jrue Holiday'",
    "--bench": "BOS=10",
}


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.rpartition("=")
    if not (name.strip() and equals and value.strip()):
        raise SettingsError(
            f"{option} {text!r} cannot be read", f"such as: {option} {_SUCH[option]}"
        )
    return name, value


def _numbered(option: str, text: str) -> tuple[str, float]:
    name, value = _pair(option, text)
    try:
        return name, float(value)
    except ValueError as error:
        raise SettingsError(
            f"{option} {text!r} cannot be read", f"such as: {option} {_SUCH[option]}"
        ) from error


def _show_game(game: str, rows: pd.DataFrame) -> Table:
    table = Table(title=f"{game}: the game")
    for name in ("", "before", "after", "change"):
        table.add_column(name, justify="left" if not name else "right")
    for row in rows.itertuples():
        digits = 3 if row.what == "home_win_prob" else 1
        table.add_row(
            str(row.what).replace("_", " "),
            f"{row.before:.{digits}f}",
            f"{row.after:.{digits}f}",
            f"{row.change:+.{digits}f}",
        )
    return table


def _show(title: str, rows: pd.DataFrame) -> Table:
    """Return one side: means over all draws, and beneath them the change, by player."""
    after = rows.pivot_table(index="player_name", columns="stat", values="after")
    change = rows.pivot_table(index="player_name", columns="stat", values="change")
    order = rows[rows["stat"] == "min"].set_index("player_name")
    most = order[["before", "after"]].max(axis=1).sort_values(ascending=False)
    table = Table(title=f"{title}: means with what is supposed, and what moved")
    table.add_column("", overflow="ellipsis", no_wrap=True)
    for name in _SHOWN:
        table.add_column(name, justify="right", no_wrap=True)
    for player in most[most >= 1.0].index:
        cells = (
            _cell(after.loc[player, name], change.loc[player, name]) for name in _SHOWN
        )
        table.add_row(str(player), *cells)
    sums = (_cell(after[name].sum(), change[name].sum()) for name in _SHOWN)
    table.add_row("team", *sums, style="bold")
    return table


def _cell(after: float, change: float) -> str:
    """Return a mean, and beneath it what moved, where that is seen."""
    moved = f"{change:+.1f}"
    return f"{after:.1f}" if moved in {"+0.0", "-0.0"} else f"{after:.1f}\n{moved}"


if __name__ == "__main__":
    run_job(what_if, writes=False)
