"""What is here and what works: the first thing to run when something does not."""

from __future__ import annotations

import importlib.metadata
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from ml.console import console, run_job
from ml.errors import MissingError, TipoffError
from ml.options import CsvOption, JsonOption, SourceArgument
from ml.settings import Settings
from ml.storage.lock import is_held
from ml.storage.warehouse import open_warehouse
from ml.system.plain_text import spreadsheet_csv

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
    exit_code : int
        Where it is not well: as what could not be looked at would end.
    """

    name: str
    found: str
    is_well: bool = True
    exit_code: int = 1


def examine(settings: Settings, source: Path | None = None) -> list[Finding]:
    """Look at versions, paths, the SQLite extension, the source and the last nights.

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
    findings += [*_nights(settings), *_models(settings)]
    if source is not None:
        findings.append(_source(source, settings.mapping))
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
        _warehouse(settings),
        *(
            Finding(name, _size(path) if path.exists() else "not made yet")
            for name, path in {
                "features": settings.features_dir,
                "feast registry": settings.feast_dir,
                "training sets": settings.model_dir,
                "models": settings.registry_dir,
                "forecasts kept": settings.forecasts_dir,
                "exports": settings.exports_dir,
                "nights": settings.nights_dir,
                "cache": settings.home / "cache",
                "dbt": settings.home / "dbt",
            }.items()
        ),
    ]


def _warehouse(settings: Settings) -> Finding:
    try:
        with open_warehouse(settings):
            return Finding("warehouse", _size(settings.warehouse))
    except MissingError:
        return Finding("warehouse", "not made yet")
    except TipoffError as error:
        return Finding("warehouse", error.problem, False, error.exit_code)


def _size(path: Path) -> str:
    """Say how large a file is, or all that a folder holds, and how many files."""
    if path.is_file():
        return f"present, {path.stat().st_size / 1e6:,.1f} MB"
    sizes = [each.stat().st_size for each in path.rglob("*") if each.is_file()]
    return f"present, {sum(sizes) / 1e6:,.1f} MB in {len(sizes):,} file(s)"


def _last_run(settings: Settings) -> Finding:
    if not settings.last_run.exists():
        return Finding("last run", "none yet")
    try:
        run = json.loads(settings.last_run.read_text("utf-8"))
        words = f"forecasts of {run['game_date']}, {run['n_games']} games"
        if unseen := run.get("unseen"):
            words += f"; {len(unseen)} values never seen before: {unseen[0]}"
    except (ValueError, KeyError) as error:
        words = f"{settings.last_run} cannot be read: {error}; run `tipoff predict`"
        return Finding("last run", words, False)
    return Finding("last run", words)


def _nights(settings: Settings) -> list[Finding]:
    """Tell of the last night, the last forecast, and what was overdue then."""
    findings = []
    path = settings.nights_dir / "last.json"
    if path.exists():
        findings.append(_read("last night", path, _night_of(settings)))
    forecasts = sorted(settings.forecasts_dir.glob("????-??-??.parquet"))
    if forecasts:
        findings.append(Finding("last forecast", f"of {forecasts[-1].stem}"))
    path = settings.reports_dir / "monitor.json"
    if path.exists():
        findings += [
            _read("forecasts", path, _state),
            _read("overdue", path, _overdue),
            _read("tables until", path, _tables),
        ]
    return findings


def _read(
    name: str, path: Path, tell: Callable[[dict[str, Any]], tuple[str, bool]]
) -> Finding:
    try:
        return Finding(name, *tell(json.loads(path.read_text("utf-8"))))
    except (ValueError, KeyError, TypeError, OSError) as error:
        return Finding(name, f"{path} cannot be read: {error}; run the night", False)


def _night_of(settings: Settings) -> Callable[[dict[str, Any]], tuple[str, bool]]:
    def tell(night: dict[str, Any]) -> tuple[str, bool]:
        now = f" as of {night['as_of']}" if night["as_of"] else ""
        if night["status"] == "running":
            if is_held(settings):
                return f"running{now}", True
            return f"killed before its end{now}: the next one goes on", False
        of = f"{night['n_games']} games of {night['day']}"
        of = of if night["day"] else "no games"
        words = f"{night['status']}, exit code {night['exit_code']}: {of}{now}"
        told = [str(step["error"]) for step in night["steps"] if "error" in step]
        return "; ".join([words, *told]), night["status"] == "done"

    return tell


def _state(review: dict[str, Any]) -> tuple[str, bool]:
    level = str(review["level"])
    words = f"{level} on {review['n_graded']} games, as of {review['as_of']}"
    return words, level in ("healthy", "watch")


def _overdue(review: dict[str, Any]) -> tuple[str, bool]:
    late = [f"{each['what']}: {each['found']}" for each in review["overdue"]]
    return "; ".join(late) or f"nothing, as of {review['as_of']}", not late


def _tables(review: dict[str, Any]) -> tuple[str, bool]:
    found = [f"{each['table']} {each['newest']}" for each in review["tables"]]
    return ", ".join(found) or "none was looked at yet", True


def _models(settings: Settings) -> list[Finding]:
    """Tell which model serves, which is on trial, and when the newest one learnt."""
    from ml.registry import KINDS, last_date, model_folders, read_aliases

    findings = []
    for kind in KINDS:
        name = f"{kind.partition('_')[0]} model"
        try:
            aliases = read_aliases(settings, kind)
            folders = model_folders(settings, kind)
            if not folders:
                continue
            newest = f"the newest has learnt until {last_date(folders[0], kind)}"
        except TipoffError as error:
            findings.append(Finding(name, error.problem, False))
            continue
        is_there = aliases.champion in {folder.name for folder in folders}
        words = [f"champion {aliases.champion or 'none'}"]
        if aliases.champion and not is_there:
            words = [f"the champion {aliases.champion} is not there"]
        if aliases.challenger:
            words.append(f"on trial {aliases.challenger}")
        is_well = is_there or aliases.champion is None
        findings.append(Finding(name, "; ".join([*words, newest]), is_well))
    return findings


def _source(source: Path, mapping: str) -> Finding:
    from ml.ingest.mapping import find_mapping
    from ml.ingest.source import open_source
    from ml.ingest.structure import match_structure

    try:
        opened = open_source(source)
        found = match_structure(opened, find_mapping(mapping))
    except TipoffError as error:
        return Finding("source", f"{error.problem}; {error.remedy}", False)
    there = sum(each.source_name is not None for each in found)
    words = f"{source}: {len(opened.tables)} tables, {there} of the contract's"
    return Finding("source", words)


def doctor(
    settings: Settings,
    source: SourceArgument = None,
    *,
    json_: JsonOption = False,
    csv: CsvOption = False,
) -> None:
    """Show versions, paths, whether the source can be read, and the last nights.

    Example: tipoff doctor league.sqlite
    """
    findings = examine(settings, source)
    if json_:
        typer.echo(json.dumps([vars(finding) for finding in findings]))
    elif csv:
        from pandas import DataFrame

        rows = DataFrame([vars(finding) for finding in findings])
        typer.echo(spreadsheet_csv(rows), nl=False)
    else:
        for finding in findings:
            tell = console.done if finding.is_well else console.failed
            tell(f"{finding.name:<18} {finding.found}")
    codes = [finding.exit_code for finding in findings if not finding.is_well]
    if codes:
        raise SystemExit(max(codes))


if __name__ == "__main__":
    run_job(doctor, writes=False)
