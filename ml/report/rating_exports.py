"""Impact ratings as files: one table a team and season."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd

from ml.errors import MissingError
from ml.features.manifest import read_catalog
from ml.features.marts import read_mart
from ml.report.dictionary import describe
from ml.report.exports import write_table
from ml.settings import Settings

MART = "player_impact_ratings"
_DESCRIPTIONS = {
    "rating_date": "The rating knows the games up to this day, US/Eastern.",
    "rated_at": "When the rating became known, UTC.",
}


def write_impact_ratings(
    settings: Settings,
    *,
    season: str | None = None,
    team: str | None = None,
    as_of: datetime | None = None,
) -> list[Path]:
    """Write ``impact_ratings_{team}_{season}`` as CSV and JSON.

    Parameters
    ----------
    settings : Settings
        Says where warehouse and exports are.
    season : str, optional
        Such as 2023-24; the newest one that was rated by default.
    team : str, optional
        Abbreviation; every team by default.
    as_of : datetime, optional
        Only ratings known by then (UTC).

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    MissingError
        If nothing was built yet, or nobody of the team was rated in the season.
    """
    catalog = read_catalog(settings)
    ratings = read_mart(settings, MART)
    written: list[Path] = []
    for (of_team, of_season), part in tables(ratings, season, team, as_of):
        described = _DESCRIPTIONS | describe(
            [str(name) for name in part if name not in _DESCRIPTIONS], catalog
        )
        name = f"impact_ratings_{of_team}_{of_season}"
        written += write_table(part, settings.exports_dir, name, described)
    return written


def tables(
    ratings: pd.DataFrame,
    season: str | None = None,
    team: str | None = None,
    as_of: datetime | None = None,
) -> list[tuple[tuple[str, str], pd.DataFrame]]:
    """Split ratings into one table a team and season.

    Parameters
    ----------
    ratings : DataFrame
        The mart ``player_impact_ratings``.
    season, team : str, optional
        The newest season, and every team, by default.
    as_of : datetime, optional
        Only ratings known by then (UTC).

    Returns
    -------
    list of ((str, str), DataFrame)
        Team, season and its ratings, the best of the newest date first.

    Raises
    ------
    MissingError
        If there is no such rating.
    """
    chosen = ratings if as_of is None else ratings[ratings["rated_at"] <= as_of]
    if not chosen.empty:
        chosen = chosen[chosen["season"] == (season or chosen["season"].max())]
    if team is not None:
        chosen = chosen[chosen["team"] == team]
    if chosen.empty:
        raise MissingError(
            f"no impact rating of {team or 'any team'} in {season or 'any season'}",
            "ingest stints (impact_lineup_stints or --play-by-play) and build, or ask "
            "for another team or season",
        )
    ordered = chosen.sort_values(
        ["rating_date", "impact", "player_id"], ascending=[False, False, True]
    )
    return [
        ((str(of_team), str(of_season)), part.reset_index(drop=True))
        for (of_team, of_season), part in ordered.groupby(["team", "season"])
    ]
