"""What is here and what works: the first thing to run when something does not."""

from __future__ import annotations

import importlib.metadata
import json
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path

from ml.settings import Settings

PACKAGES = (
    "tipoff",
    "dbt-core",
    "dbt-duckdb",
    "duckdb",
    "feast",
    "great-expectations",
    "lightgbm",
    "scikit-learn",
    "pandas",
    "pyarrow",
)


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes
    ----------
    name : str
        What was looked at.
    found : str
        What was found.
    is_well : bool
        False where something has to be done.
    """

    name: str
    found: str
    is_well: bool = True


def examine(settings: Settings, source: Path | None = None) -> list[Finding]:
    """Look at versions, paths, the SQLite extension, the source and the last run.

    Parameters
    ----------
    settings : Settings
        Says which home.
    source : Path, optional
        A league database to look into.

    Returns
    -------
    list of Finding
        In the order to read them.
    """
    python = ".".join(str(part) for part in sys.version_info[:3])
    findings = [Finding("python", python)]
    for package in PACKAGES:
        try:
            findings.append(Finding(package, importlib.metadata.version(package)))
        except importlib.metadata.PackageNotFoundError:
            findings.append(Finding(package, "not installed: `make install`", False))
    findings += [_extension(), *_paths(settings), _last_run(settings)]
    if source is not None:
        findings.append(_source(source))
    return findings


def _extension() -> Finding:
    name = "sqlite extension"
    try:
        import duckdb_extensions

        duckdb_extensions.import_extension("sqlite_scanner")
    except (ImportError, RuntimeError, OSError) as error:
        return Finding(name, f"absent, sources are read through sqlite3: {error}")
    return Finding(name, "present")


def _paths(settings: Settings) -> list[Finding]:
    here = settings.home.exists()
    return [
        Finding("home", f"{settings.home}{'' if here else ' (not made yet)'}"),
        *(
            Finding(name, "present" if path.exists() else "not made yet")
            for name, path in {
                "warehouse": settings.warehouse,
                "features": settings.features_dir,
                "feast registry": settings.feast_dir,
                "models": settings.registry_dir,
            }.items()
        ),
    ]


def _last_run(settings: Settings) -> Finding:
    if not settings.last_run.exists():
        return Finding("last run", "none yet")
    try:
        run = json.loads(settings.last_run.read_text("utf-8"))
        words = f"forecasts of {run['game_date']}, {run['n_games']} games"
    except (ValueError, KeyError) as error:
        words = f"{settings.last_run} cannot be read: {error}; run `tipoff predict`"
        return Finding("last run", words, False)
    return Finding("last run", words)


def _source(source: Path) -> Finding:
    if not source.exists():
        return Finding("source", f"{source} does not exist", False)
    try:
        with sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True) as open_:
            tables = open_.execute(
                "select count(*) from sqlite_master where type = 'table'"
            ).fetchone()[0]
    except sqlite3.DatabaseError as error:
        return Finding("source", f"{source} cannot be read: {error}", False)
    return Finding("source", f"{source}: {tables} tables")
