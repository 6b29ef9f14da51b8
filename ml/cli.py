"""The console command ``tipoff``: every verb is a job.

What a job computes with takes a second to import. So a verb is listed by its summary
here, and its job is imported when the verb is called or asked for help.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from ml.console import APP_OPTIONS, Command, command


class Verb(TyperCommand):
    """A command that stands for a job.

    Parameters
    ----------
    job : str
        ``module:name`` of a function of ``ml.jobs``, or of a Typer of several.
    summary : str
        How the function's documentation begins.
    writes : bool
        Whether the job changes the home, so that only one may run at a time.
    """

    def __init__(self, job: str, summary: str, *, writes: bool = False) -> None:
        super().__init__(None, help=summary)
        self.job, self.writes = job, writes

    def load(self) -> Any:
        """Import the job; return the command itself, with its options."""
        module, _, name = self.job.partition(":")
        job = getattr(import_module(f"ml.jobs.{module}"), name)
        if not isinstance(job, typer.Typer):
            job, function = typer.Typer(**APP_OPTIONS), job
            job.command()(command(function, writes=self.writes))
        loaded = typer.main.get_command(job)
        loaded.name = self.name
        return loaded


VERBS = {
    "simulate-league": Verb(
        "simulate_league:simulate_league",
        "Write a league with a known truth, in the tables of the source contract.",
    ),
    "ingest": Verb(
        "ingest:ingest",
        "Read a league database into the warehouse, checked row by row.",
        writes=True,
    ),
    "build": Verb(
        "build:build",
        "Build and test every feature with dbt.",
        writes=True,
    ),
    "materialize": Verb(
        "materialize:materialize",
        "Register the features and fill the online store as of a moment.",
        writes=True,
    ),
    "train": Verb(
        "train:train",
        "Write the training sets and fit the models on what was known at a moment.",
        writes=True,
    ),
    "predict": Verb(
        "predict_team_matchups:predict_team_matchups",
        "Forecast margin, total, winner and box scores of one day's games.",
        writes=True,
    ),
    "run": Verb(
        "run_daily_pipeline:run_daily_pipeline",
        "Do everything: ingest, build features, train, forecast, write files and page.",
        writes=True,
    ),
    "nightly": Verb(
        "nightly:nightly",
        "Do all that a night needs: ingest, grade, retrain, promote, forecast, "
        "deliver.",
        writes=True,
    ),
    "tonight": Verb(
        "tonight:tonight",
        "Fetch the league from its public endpoints and forecast tonight's games.",
        writes=True,
    ),
    "monitor": Verb(
        "monitor:monitor",
        "Grade the kept forecasts, look for drift and for what did not run; write a "
        "page.",
        writes=True,
    ),
    "publish": Verb(
        "publish_day:publish_day",
        "Deliver a day's files under one prefix, the manifest last.",
    ),
    "price": Verb(
        "price_player:price_player",
        "Say how likely a line is to be beaten: one of a player who plays, or a sheet.",
    ),
    "what-if": Verb(
        "what_if:what_if",
        "Compare a game and its box scores with and without what is supposed.",
    ),
    "serve": Verb(
        "serve:serve",
        "Serve tonight's games, prices and what-ifs to browsers and programs.",
    ),
    "ratings": Verb(
        "write_impact_ratings:write_impact_ratings",
        "Write what is known of every player's impact, a table a team and season.",
        writes=True,
    ),
    "backtest": Verb(
        "backtest:backtest",
        "Forecast past seasons month by month; score them between baseline and market.",
    ),
    "sweep": Verb(
        "sweep:sweep",
        "Try settings of the team model on past seasons; rank them by their log loss.",
    ),
    "doctor": Verb(
        "doctor:doctor",
        "Show versions, paths, whether the source can be read, and the last nights.",
    ),
    "init": Verb(
        "init:init",
        "Lay out the dbt project and the feature repository in a folder, to change "
        "them.",
    ),
    "fetch": Verb(
        "fetch:app",
        "Fetch a league database from the league's public endpoints.",
    ),
    "models": Verb("models:app", "Show, compare, promote and roll back models."),
}


class Verbs(TyperGroup):
    """The verbs, each imported when it is called."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        for name, verb in VERBS.items():
            verb.name = name
            self.commands[name] = verb

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return name, command and what is left of the arguments."""
        name, found, rest = super().resolve_command(ctx, args)
        return name, found.load() if isinstance(found, Verb) else found, rest


app = Command(
    cls=Verbs, no_args_is_help=True, **{**APP_OPTIONS, "add_completion": True}
)


def show_version(asked: bool) -> None:
    """Print the version, and end."""
    if asked:
        typer.echo(f"tipoff {version('tipoff')}")
        raise typer.Exit


@app.callback()
def tipoff(
    _: Annotated[
        bool,
        typer.Option(
            "--version", callback=show_version, is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    """Forecast NBA games before they start, each as a distribution."""


if __name__ == "__main__":
    app()
