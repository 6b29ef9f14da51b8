"""Options that several jobs share."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from ml.errors import SettingsError
from ml.settings import Settings, scheduler_address

YEARS = range(1946, 2101)
DateOption = Annotated[
    datetime | None,
    typer.Option(
        "--date",
        formats=["%Y-%m-%d"],
        help="The day of the games, US/Eastern [default: the newest day].",
    ),
]
AsOfOption = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"],
        help="The moment that counts as now, UTC [default: the newest in the data].",
    ),
]
SeasonsOption = Annotated[
    str | None,
    typer.Option(help="Seasons, as in 2021-22,2022-23 [default: all]."),
]
WideOption = Annotated[
    bool,
    typer.Option(
        "--wide",
        help="Every feature of the store, in files of their own, not only those read.",
    ),
]
SourceArgument = Annotated[
    Path | None, typer.Argument(help="A league database (SQLite).")
]
PlayByPlayOption = Annotated[
    Path | None,
    typer.Option(
        "--play-by-play", help="Folder of play-by-play files (Parquet or CSV)."
    ),
]
GameOption = Annotated[
    str | None,
    typer.Option(help="The game: its id, a team (BOS) or both (DAL@BOS)."),
]
KeepSampleOption = Annotated[
    bool,
    typer.Option("--keep-sample", help="Write the draws of the box scores (Parquet)."),
]
FitOption = Annotated[
    bool,
    typer.Option(
        "--fit",
        help="Fit models on what was known then, where none is old enough for the day.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print JSON, for another program.")
]
SchedulerOption = Annotated[
    str | None,
    typer.Option(
        help="Have a dask cluster do it: its scheduler, tcp://host:port "
        "[env: TIPOFF_SCHEDULER]."
    ),
]
CsvOption = Annotated[bool, typer.Option("--csv", help="Print CSV, for a spreadsheet.")]


def as_date(moment: datetime | None) -> date | None:
    """Return the day that Typer read as a moment."""
    return None if moment is None else _in_range(moment).date()


def as_utc(moment: datetime | None) -> datetime | None:
    """Return the moment that Typer read, in UTC."""
    return None if moment is None else _in_range(moment).replace(tzinfo=UTC)


def _in_range(moment: datetime) -> datetime:
    """Refuse a moment at which no game was or will be played.

    Raises
    ------
    SettingsError
        If its year is none of `YEARS`.
    """
    if moment.year not in YEARS:
        raise SettingsError(
            f"{moment.year:04} is no year of the league",
            f"years are {YEARS[0]}-{YEARS[-1]}",
        )
    return moment


def scheduler_of(settings: Settings, given: str | None) -> str:
    """Return the address of the scheduler that is asked for; empty where none is.

    Raises
    ------
    SettingsError
        If what was given is no such address.
    """
    if given is None:
        return settings.scheduler
    try:
        return scheduler_address(given)
    except ValueError as error:
        raise SettingsError(
            f"--scheduler {given} cannot be used: {error}", "give another address"
        ) from error


def as_seasons(text: str | None) -> list[str] | None:
    """Return the seasons of a comma-separated list."""
    return None if text is None else [part.strip() for part in text.split(",")]
