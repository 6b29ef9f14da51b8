"""A home of the simulated league makes room for a user's own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from ml.console import console
from ml.errors import MissingError, SettingsError
from ml.settings import Settings
from ml.warehouse import open_warehouse

# What is generated in a home; the warehouse last, since it tells whose home it is.
GENERATED = (
    *("cache", "dbt", "exports", "feast", "features", "forecasts", "model"),
    *("nights", "registry", "reports", "spill", "simulated_league.sqlite"),
    *("warehouse.duckdb.wal", "warehouse.duckdb"),
)


@contextmanager
def room_for(settings: Settings, source: Path) -> Iterator[Path | None]:
    """Let a source have a home that held nothing but the simulated league.

    That league and all that was made of it move to ``simulated`` in the home, which is
    a home by itself, which the console says at the end. If nothing is ingested within,
    they move back.

    Parameters
    ----------
    settings : Settings
        Says which home.
    source : Path
        A league database.

    Yields
    ------
    Path or None
        Where the simulated league is now; None where it did not move: the home held
        another one or nothing, or the source is that very league.
    """
    own = source.resolve() != settings.simulated_league.resolve()
    if not (own and _is_of_simulated_league(settings)):
        yield None
        return
    aside = settings.home / "simulated"
    _move(settings.home, aside)
    try:
        yield aside
    except BaseException:
        if not settings.warehouse.exists():
            _move(aside, settings.home)
            with suppress(OSError):
                aside.rmdir()
        raise
    console.print(f"the simulated league and all of it is in {aside} now")


def _is_of_simulated_league(settings: Settings) -> bool:
    try:
        with open_warehouse(settings) as warehouse:
            rows = warehouse.execute("select distinct source from raw.ingests")
            return rows.fetchall() == [(settings.simulated_league.name,)]
    except (MissingError, SettingsError, duckdb.CatalogException):
        return False


def _move(home: Path, other: Path) -> None:
    """Move what is generated; a move that was killed is finished by the next."""
    other.mkdir(exist_ok=True)
    for name in GENERATED:
        old, new = home / name, other / name
        if not old.exists():
            continue
        if new.is_dir():
            shutil.rmtree(new)
        old.replace(new)
