"""Read a league database into the warehouse."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ml.console import console, run_job, step
from ml.errors import MissingError
from ml.options import (
    AsOfOption,
    JsonOption,
    PlayByPlayOption,
    SourceArgument,
    as_utc,
)
from ml.settings import Settings


def ingest(
    settings: Settings,
    source: SourceArgument = None,
    *,
    as_of: AsOfOption = None,
    play_by_play: PlayByPlayOption = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print the contract and stop.")
    ] = False,
    json_: JsonOption = False,
) -> None:
    """Read a league database into the warehouse, checked row by row.

    Example: tipoff ingest league.sqlite --play-by-play folder
    """
    from ml.ingest.explain import explain as contract_in_words
    from ml.ingest.playbyplay.run import ingest_play_by_play
    from ml.ingest.room import room_for
    from ml.ingest.run import ingest as ingest_league

    if explain:
        typer.echo(contract_in_words())
        return
    if source is None:
        raise MissingError("no source was given", "tipoff ingest league.sqlite")
    with room_for(settings, source) as room, step(f"ingest {source}"):
        summary = ingest_league(source, room, as_of=as_utc(as_of))
    # A bare `dbt build` writes there and does not make it.
    settings.features_dir.mkdir(exist_ok=True)
    events = None
    if play_by_play is not None:
        with step(f"ingest {play_by_play}"):
            events = ingest_play_by_play(play_by_play, settings)
    if json_:
        both = {} if events is None else {"play_by_play": events.as_dict()}
        typer.echo(json.dumps(summary.as_dict() | both))
        return
    console.print(summary.render())
    if events is not None:
        console.print(events.render())


if __name__ == "__main__":
    run_job(ingest)
