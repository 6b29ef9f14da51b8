"""`tipoff models`: what the registry holds, who serves, and how to change that."""

from __future__ import annotations

import json as json_module
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from ml.console import APP_OPTIONS, command, console
from ml.errors import MissingError
from ml.options import AsOfOption, CsvOption, JsonOption, as_utc
from ml.registry import (
    KINDS,
    TEAM,
    load_card,
    model_folders,
    named_folder,
    promote,
    read_aliases,
    roll_back,
)
from ml.settings import Settings
from ml.system.plain_text import spreadsheet_csv

app = typer.Typer(
    help="Show, compare, promote and roll back models. Example: tipoff models list",
    no_args_is_help=True,
    **APP_OPTIONS,
)
NameArgument = Annotated[str, typer.Argument(help="A model's name.")]
ReasonOption = Annotated[str, typer.Option(help="Why, for the history.")]


def _echo_csv(rows: list[dict[str, str]]) -> None:
    from pandas import DataFrame

    typer.echo(spreadsheet_csv(DataFrame(rows, columns=["model", "alias"])), nl=False)


def list_(
    settings: Settings, *, json: JsonOption = False, csv: CsvOption = False
) -> None:
    """List every model: who serves, who is on trial, what it learnt from.

    Example: tipoff models list
    """
    rows = []
    for kind in KINDS:
        aliases = read_aliases(settings, kind)
        for folder in model_folders(settings, kind):
            named = {aliases.champion: "champion", aliases.challenger: "challenger"}
            rows.append({"model": folder.name, "alias": named.get(folder.name, "")})
    if json:
        typer.echo(json_module.dumps(rows))
        return
    if csv:
        _echo_csv(rows)
        return
    table = Table("model", "alias")
    for row in rows:
        table.add_row(row["model"], row["alias"])
    console.print(table)


def show(settings: Settings, name: NameArgument, *, json: JsonOption = False) -> None:
    """Show where a model comes from, how good it was, and what became of it.

    Example: tipoff models show team_matchup_2023-12-17_35bd83cdb445
    """
    kind, folder = named_folder(settings, name)
    card = load_card(settings, kind, folder)
    history = [
        asdict(entry)
        for entry in read_aliases(settings, kind).history
        if entry.model == name
    ]
    if json:
        typer.echo(json_module.dumps(asdict(card) | {"history": history}))
        return
    console.print(
        f"{name}: {card.n_games:,} games, {card.first_date} … {card.last_date}"
    )
    console.print(f"service {card.service}, {len(card.features)} features")
    for key, value in card.metrics.items():
        console.print(f"  {key:<22} {value:.4f}")
    console.print(", ".join(f"{key} {value}" for key, value in card.versions.items()))
    for entry in history:
        console.print(f"  {entry['as_of']} {entry['action']}: {entry['reason']}")


def compare(
    settings: Settings,
    champion: NameArgument,
    challenger: NameArgument,
    *,
    as_of: AsOfOption = None,
    json: JsonOption = False,
) -> None:
    """Compare two models on the games that neither learnt from, by the nightly's rule.

    Example: tipoff models compare OLD NEW
    """
    from ml.registry.promotion_test import compare_models

    kind, ours = named_folder(settings, champion)
    other, theirs = named_folder(settings, challenger)
    if kind != other:
        raise MissingError(f"{champion} and {challenger} do different things")
    moment = _moment(settings, as_of)
    verdict = compare_models(settings, kind, ours, theirs, moment)
    if json:
        typer.echo(json_module.dumps(asdict(verdict)))
        return
    console.print(f"{verdict.outcome}: {verdict.reason}")
    for name, value in verdict.differences.items():
        console.print(f"  {name:<14} {value:+.2%} (negative: the challenger is better)")


def promote_(
    settings: Settings,
    name: NameArgument,
    *,
    reason: ReasonOption = "by hand",
    as_of: AsOfOption = None,
) -> None:
    """Let a model serve from now on.

    Example: tipoff models promote team_matchup_2023-12-17_35bd83cdb445
    """
    kind, folder = named_folder(settings, name)
    load_card(settings, kind, folder)
    promote(settings, kind, name, as_of=as_utc(as_of), reason=reason)
    console.done(f"{name} serves")


def rollback(
    settings: Settings,
    *,
    kind: Annotated[str, typer.Option(help=" or ".join(KINDS))] = TEAM,
    to: Annotated[
        str | None, typer.Option(help="Which model [default: the one before].")
    ] = None,
    reason: ReasonOption = "by hand",
    as_of: AsOfOption = None,
) -> None:
    """Let the champion before serve again.

    Example: tipoff models rollback --reason "totals too high"
    """
    if to is not None:
        kind, folder = named_folder(settings, to)
        load_card(settings, kind, folder)
    done = roll_back(settings, kind, as_of=as_utc(as_of), reason=reason, to=to)
    console.done(f"{done.champion} serves again")


def _moment(settings: Settings, as_of: datetime | None) -> datetime:
    from ml.predict.slate import find_slate

    return as_utc(as_of) or find_slate(settings).moment


for verb, job, writes in (
    ("list", list_, False),
    ("show", show, False),
    ("compare", compare, False),
    ("promote", promote_, True),
    ("rollback", rollback, True),
):
    app.command(verb)(command(job, writes=writes))
