"""The console command ``tipoff``: every verb is a job."""

from __future__ import annotations

from ml.console import Command, command
from ml.jobs.backtest import backtest
from ml.jobs.build import build
from ml.jobs.doctor import doctor
from ml.jobs.fetch import app as fetch
from ml.jobs.ingest import ingest
from ml.jobs.init import init
from ml.jobs.materialize import materialize
from ml.jobs.models import app as models
from ml.jobs.monitor import monitor
from ml.jobs.nightly import nightly
from ml.jobs.predict_team_matchups import predict_team_matchups
from ml.jobs.price_player import price_player
from ml.jobs.publish_day import publish_day
from ml.jobs.run_daily_pipeline import run_daily_pipeline
from ml.jobs.serve import serve
from ml.jobs.simulate_league import simulate_league
from ml.jobs.tonight import tonight
from ml.jobs.train import train
from ml.jobs.what_if import what_if
from ml.jobs.write_impact_ratings import write_impact_ratings

app = Command(
    help="Forecast NBA games before they start, each as a distribution.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


for verb, job, writes in (
    ("simulate-league", simulate_league, False),
    ("ingest", ingest, True),
    ("build", build, True),
    ("materialize", materialize, True),
    ("train", train, True),
    ("predict", predict_team_matchups, True),
    ("run", run_daily_pipeline, True),
    ("nightly", nightly, True),
    ("tonight", tonight, True),
    ("monitor", monitor, True),
    ("publish", publish_day, False),
    ("price", price_player, False),
    ("what-if", what_if, False),
    ("serve", serve, False),
    ("ratings", write_impact_ratings, True),
    ("backtest", backtest, False),
    ("doctor", doctor, False),
    ("init", init, False),
):
    app.command(verb)(command(job, writes=writes))
app.add_typer(fetch, name="fetch")
app.add_typer(models, name="models")


if __name__ == "__main__":
    app()
