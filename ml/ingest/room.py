"""A home of the simulated league makes room for a user's own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from ml.console import console
from ml.errors import MissingError, SettingsError
from ml.settings import Settings
from ml.storage.exchange import exchange, incoming
from ml.storage.warehouse import open_warehouse


@contextmanager
def room_for(settings: Settings, source: Path) -> Iterator[Settings]:
    """Let a source have a home that held nothing but the simulated league.

    The source is ingested beside it. When that is whole, the simulated league and all
    that was made of it move to ``simulated`` in the home, which is a home by itself,
    and the console says so. Whatever happens before, the home is as it was.

    Parameters
    ----------
    settings : Settings
        Says which home.
    source : Path
        A league database.

    Yields
    ------
    Settings
        Of the home to ingest into: a new one for the while, or that of `settings`
        where it holds another league or nothing, or the source is that very league.
    """
    own = source.resolve() != settings.simulated_league.resolve()
    if not (own and _is_of_simulated_league(settings)):
        yield settings
        return
    beside = settings.model_copy(update={"home": incoming(settings.home)})
    shutil.rmtree(beside.home, ignore_errors=True)
    try:
        yield beside
    except BaseException:
        shutil.rmtree(beside.home, ignore_errors=True)
        raise
    aside = exchange(settings.home)
    console.print(f"the simulated league and all of it is in {aside} now")


def _is_of_simulated_league(settings: Settings) -> bool:
    try:
        with open_warehouse(settings) as warehouse:
            rows = warehouse.execute("select distinct source from raw.ingests")
            return rows.fetchall() == [(settings.simulated_league.name,)]
    except (MissingError, SettingsError, duckdb.CatalogException):
        return False
