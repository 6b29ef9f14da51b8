"""`tipoff tonight`: from nothing to tonight's forecasts, with public data alone."""

from __future__ import annotations

import json
import webbrowser
from typing import Annotated

import typer

from ml.console import console, run_job
from ml.errors import TipoffError
from ml.jobs.nightly import NOTHING_NEW, nightly
from ml.options import AsOfOption
from ml.settings import Settings


def tonight(
    settings: Settings,
    *,
    as_of: AsOfOption = None,
    box_scores: Annotated[
        bool, typer.Option(help="Forecast every player's line too.")
    ] = True,
    open_page: Annotated[
        bool, typer.Option("--open", help="Show the page in the browser.")
    ] = False,
) -> None:
    """Fetch the league from its public endpoints and forecast tonight's games.

    The first time takes seasons of games and fits models; every later one is a night.
    Exit codes are those of `tipoff nightly`.

    Example: tipoff tonight --open
    """
    problem: TipoffError | None = None
    try:
        nightly(settings, fetch=True, as_of=as_of, box_scores=box_scores)
    except TipoffError as error:
        problem = error
    except SystemExit as error:
        if error.code != NOTHING_NEW:
            raise
    _show(settings, open_page=open_page)
    if problem is not None:
        raise problem


def _show(settings: Settings, *, open_page: bool) -> None:
    """Say where the page of the last forecasts is, and show it."""
    if not settings.last_run.exists():
        return
    run = json.loads(settings.last_run.read_text("utf-8"))
    page = settings.exports_dir / f"gameday_{run['game_date']}.html"
    if not page.exists():
        return
    console.print(f"the forecasts of {run['game_date']}: {page}")
    if open_page and not webbrowser.open(page.resolve().as_uri()):
        console.warning(f"no browser was found; open {page}")


if __name__ == "__main__":
    run_job(tonight)
