"""Write a simulated league as a source."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from ml.console import console, run_job, step
from ml.options import CsvOption, JsonOption
from ml.settings import Settings
from ml.system.plain_text import spreadsheet_csv


def simulate_league(
    settings: Settings,
    out: Annotated[
        Path | None,
        typer.Argument(help="The SQLite file to write [default: in the home]."),
    ] = None,
    *,
    seasons: Annotated[int, typer.Option(help="How many seasons.")] = 3,
    seed: Annotated[int | None, typer.Option(help="Seed of the league.")] = None,
    compare: Annotated[
        Path | None, typer.Option(help="A real league to compare moments with.")
    ] = None,
    json_: JsonOption = False,
    csv: CsvOption = False,
) -> None:
    """Write a league with a known truth, in the tables of the source contract.

    Example: tipoff simulate-league league.sqlite --seasons 3 --compare real.sqlite
    """
    from ml.sources import synthetic

    path = out or settings.simulated_league
    random_state = settings.random_state if seed is None else seed
    with step(f"simulate {seasons} season(s)") as say:
        synthetic.simulate_league(path, n_seasons=seasons, random_state=random_state)
        say(str(path))
    if compare is None:
        return
    moments = synthetic.compare_moments(path, compare)
    if json_:
        typer.echo(moments.to_json(orient="records"))
        return
    if csv:
        typer.echo(spreadsheet_csv(moments), nl=False)
        return
    table = Table("moment", "simulated", "real", "ratio", "within 10 %")
    for row in moments.to_dict("records"):
        numbers = (f"{row[name]:.3f}" for name in ("simulated", "real", "ratio"))
        verdict = "yes" if row["within_10pct"] else Text("no", style="red")
        table.add_row(row["moment"], *numbers, verdict)
    console.print(table)


if __name__ == "__main__":
    run_job(simulate_league, writes=False)
