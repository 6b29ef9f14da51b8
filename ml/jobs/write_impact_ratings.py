"""Write impact ratings by team and season."""

from __future__ import annotations

from typing import Annotated

import typer

from ml.console import run_job, step
from ml.options import AsOfOption, as_utc
from ml.settings import Settings


def write_impact_ratings(
    settings: Settings,
    *,
    season: Annotated[
        str | None, typer.Option(help="Such as 2023-24 [default: the newest].")
    ] = None,
    team: Annotated[
        str | None, typer.Option(help="Abbreviation [default: every team].")
    ] = None,
    as_of: AsOfOption = None,
) -> None:
    """Write what is known of every player's impact, a table a team and season.

    Example: tipoff ratings --season 2023-24 --team BOS
    """
    from ml.report import rating_exports

    with step("write impact ratings") as say:
        paths = rating_exports.write_impact_ratings(
            settings, season=season, team=team, as_of=as_utc(as_of)
        )
        say(f"{len(paths)} files in {settings.exports_dir}")


if __name__ == "__main__":
    run_job(write_impact_ratings)
