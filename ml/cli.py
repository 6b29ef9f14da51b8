"""The console command ``tipoff``: every verb is a job."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from ml.console import Command, command, console, step
from ml.errors import MissingError
from ml.features.build import build_features, warned_tests
from ml.features.unseen import in_words, unseen_of_build
from ml.jobs.fetch import app as fetch
from ml.jobs.models import app as models
from ml.jobs.monitor import monitor
from ml.jobs.nightly import nightly
from ml.jobs.predict_team_matchups import predict_team_matchups
from ml.jobs.price_player import price_player
from ml.jobs.publish_day import publish_day
from ml.jobs.run_daily_pipeline import run_daily_pipeline
from ml.jobs.what_if import suppose
from ml.jobs.write_impact_ratings import write_impact_ratings
from ml.options import (
    AsOfOption,
    JsonOption,
    PlayByPlayOption,
    SourceArgument,
    as_seasons,
    as_utc,
)
from ml.pipeline.train_player_model import train_player_model
from ml.pipeline.train_team_model import train_team_model
from ml.pipeline.training_sets import (
    build_player_train_dataset,
    build_team_train_dataset,
)
from ml.registry import KINDS, TEAM
from ml.settings import Settings
from ml.storage.lock import holding

app = Command(
    help="Forecast NBA games before they start, each as a distribution.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


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
    table = Table("moment", "simulated", "real", "ratio", "within 10 %")
    for row in moments.to_dict("records"):
        numbers = (f"{row[name]:.3f}" for name in ("simulated", "real", "ratio"))
        verdict = "yes" if row["within_10pct"] else Text("no", style="red")
        table.add_row(row["moment"], *numbers, verdict)
    console.print(table)


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


def build(settings: Settings, *, as_of: AsOfOption = None) -> None:
    """Build and test every feature with dbt.

    Example: tipoff build
    """
    with step("build and test the features") as say:
        n_nodes = build_features(settings, as_of=as_utc(as_of))
        unseen = [*warned_tests(settings), *in_words(unseen_of_build(settings))]
        say(f"{n_nodes} models and tests")
    for line in unseen:
        console.print(line, markup=False)


def materialize(settings: Settings, *, as_of: AsOfOption = None) -> None:
    """Register the features and fill the online store as of a moment.

    Example: tipoff materialize --as-of 2024-01-15T22:00
    """
    from ml.features import feast
    from ml.predict.slate import find_slate

    moment = as_utc(as_of) or find_slate(settings).moment
    with step("materialize the online store") as say:
        catalog = feast.materialize(settings, moment)
        say(f"{len(catalog.views)} views as of {moment:%Y-%m-%d %H:%M} UTC")


def train(settings: Settings, *, as_of: AsOfOption = None) -> None:
    """Write the training sets and fit the models on what was known at a moment.

    Example: tipoff train --as-of 2024-01-15T22:00
    """
    from ml.features import feast

    with step("register the features"):
        feast.apply(settings)
    build_team_train_dataset(settings)
    build_player_train_dataset(settings)
    train_team_model(settings, as_of=as_of)
    train_player_model(settings, as_of=as_of)


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
    json_: JsonOption = False,
) -> None:
    """Forecast past seasons month by month; score them between floor and market.

    What is needed is made in the home first. A killed run goes on where it was.

    Example: tipoff backtest --source league.sqlite --seasons 2022-23 --out backtest
    """
    from ml.backtest.league import backtest_league
    from ml.pipeline.steps import bring_seasons

    with holding(out, "backtest", option="--out"):
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
            )
            say(str(out / "report.html"))
        lines = None
        if players:
            from ml.backtest.horizon import player_home_at
            from ml.backtest.player.run import backtest_players
            from ml.backtest.run import write_page

            with step("backtest players") as say:
                home = player_home_at(settings, result.horizon, out / "homes")
                lines = backtest_players(
                    home,
                    result.forecasts,
                    wanted,
                    source=source,
                    out=out,
                    say=lambda text: console.print(f"  {text}", style="dim"),
                )
                say(f"{lines.n_draws:,} draws of {lines.n_games:,} games")
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


def doctor(
    settings: Settings, source: SourceArgument = None, *, json_: JsonOption = False
) -> None:
    """Show versions, paths, whether the source can be read, and the last nights.

    Example: tipoff doctor league.sqlite
    """
    from ml.jobs.doctor import examine

    findings = examine(settings, source)
    if json_:
        typer.echo(json.dumps([vars(finding) for finding in findings]))
    else:
        for finding in findings:
            tell = console.done if finding.is_well else console.failed
            tell(f"{finding.name:<18} {finding.found}")
    codes = [finding.exit_code for finding in findings if not finding.is_well]
    if codes:
        raise SystemExit(max(codes))


for verb, job, writes in (
    ("simulate-league", simulate_league, False),
    ("ingest", ingest, True),
    ("build", build, True),
    ("materialize", materialize, True),
    ("train", train, True),
    ("predict", predict_team_matchups, True),
    ("run", run_daily_pipeline, True),
    ("nightly", nightly, True),
    ("monitor", monitor, True),
    ("publish", publish_day, False),
    ("price", price_player, False),
    ("what-if", suppose, False),
    ("ratings", write_impact_ratings, True),
    ("backtest", backtest, False),
    ("doctor", doctor, False),
):
    app.command(verb)(command(job, writes=writes))
app.add_typer(fetch, name="fetch")
app.add_typer(models, name="models")


if __name__ == "__main__":
    app()
