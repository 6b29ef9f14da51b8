"""What a home holds changes places with something new that is whole, or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path

from ml.storage.files import require_no_pipes, write_text

# What is generated in a home; the warehouse last, since it tells whose home it is.
GENERATED = (
    *("cache", "dbt", "exports", "feast", "features", "forecasts", "model"),
    *("nights", "registry", "reports", "spill", "simulated_league.sqlite"),
    *("warehouse.duckdb.wal", "warehouse.duckdb"),
)
_INCOMING = ".incoming"
# There from the moment on from which an exchange goes forward.
_NOTE = "exchange.txt"
_WAREHOUSE = "warehouse.duckdb"


def require_openable(home: Path) -> None:
    """Refuse a home in which something would be waited for as soon as it is opened.

    Raises
    ------
    StorageError
        If a pipe, a socket or a device lies in the place of what is generated.
    """
    for name in (*GENERATED, _INCOMING, ".new", ".lock", ".lock.txt"):
        require_no_pipes(home / name)


def incoming(home: Path) -> Path:
    """Return the folder in which the warehouse of another league is made."""
    return home / _INCOMING


def exchange(home: Path) -> Path:
    """Put what is generated in a home aside and what was made for it in its place.

    Parameters
    ----------
    home : Path
        Whose `incoming` folder holds a whole warehouse.

    Returns
    -------
    Path
        Where the old content is: a home by itself.
    """
    aside = _free_name(home)
    write_text(incoming(home) / _NOTE, aside.name)
    finish_exchange(home)
    return aside


def finish_exchange(home: Path) -> None:
    """Go on with an exchange that was killed; remove what was never whole.

    Parameters
    ----------
    home : Path
        Which no other run holds.
    """
    folder = incoming(home)
    note, warehouse = folder / _NOTE, folder / _WAREHOUSE
    if note.exists() and warehouse.exists():
        _move(home, home / note.read_text("utf-8"))
        warehouse.replace(home / _WAREHOUSE)
    if folder.exists():
        shutil.rmtree(folder)


def _free_name(home: Path) -> Path:
    names = ["simulated", *(f"simulated-{number}" for number in range(2, 1000))]
    return next(
        home / name for name in names if not (home / name / _WAREHOUSE).exists()
    )


def _move(home: Path, aside: Path) -> None:
    aside.mkdir(exist_ok=True)
    for name in GENERATED:
        old, new = home / name, aside / name
        if not old.exists():
            continue
        number = 2
        while new.exists():  # Something was made after the first part was moved.
            new, number = aside / f"{name}-{number}", number + 1
        old.replace(new)
