"""The dbt project, run in this process."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from ml.errors import BuildError, MissingError
from ml.features.incremental import remove_watermark, valid_watermark, write_watermark
from ml.ingest.contract import CONTRACT
from ml.settings import Settings
from ml.storage.warehouse import in_use, is_in_use, open_warehouse
from ml.system.faults import denied
from ml.system.stopping import require_not_stopped


def build_features(settings: Settings, *, as_of: datetime | None = None) -> int:
    """Build and test every model: staging, features, marts.

    Feature rows of the last build that still hold are kept (see
    `ml.features.incremental`).

    Parameters
    ----------
    settings : Settings
        Says where the warehouse is.
    as_of : datetime, optional
        Build as if this were now (UTC); all data where absent.

    Returns
    -------
    int
        How many models and tests ran.

    Raises
    ------
    MissingError
        If nothing was ingested yet.
    BusyError
        If another program has the warehouse open.
    BuildError
        If a model or a test failed; names each.
    """
    # Whoever has it open is named before anything is changed.
    require_ingested(settings, writes=True)
    settings.features_dir.mkdir(parents=True, exist_ok=True)
    variables: dict[str, Any] = {"horizon_minutes": settings.horizon_minutes}
    upon = None
    if as_of is None:
        upon = valid_watermark(settings)
    else:
        variables["as_of"] = as_of.isoformat(sep=" ")
    remove_watermark(settings)
    n_nodes = run_dbt(
        settings,
        "build",
        # They prove the SQL, not the data: `make test` runs them on a small league.
        "--exclude-resource-type",
        "unit_test",
        "--vars",
        json.dumps(variables),
        watermark=upon.until if upon else None,
    )
    if as_of is None:
        write_watermark(settings, line=upon.line if upon else None)
    return n_nodes


def require_ingested(settings: Settings, *, writes: bool = False) -> None:
    """Make sure that the warehouse has all that features are built from.

    Parameters
    ----------
    settings : Settings
        Says where the warehouse is.
    writes : bool
        Whether it is about to be written.

    Raises
    ------
    MissingError
        If there is none, or an older version filled it; names tables and columns.
    BusyError
        If another program has it open.
    """
    with open_warehouse(settings, writes=writes) as warehouse:
        found = warehouse.execute(
            "select table_name, column_name from duckdb_columns() "
            "where schema_name = 'raw'"
        ).fetchall()
    tables = {name for name, _ in found}
    lacking = [
        f"raw.{table.name}" + (f".{name}" if table.name in tables else "")
        for table in CONTRACT
        for name in table.column_names
        if (table.name, name) not in found
    ]
    if lacking:
        raise MissingError(
            f"the warehouse lacks {', '.join(dict.fromkeys(lacking))}: nothing was "
            "ingested yet, or by an older version",
            "run `tipoff ingest SOURCE` (again)",
        )


def build_day(settings: Settings, day: date) -> int:
    """Build what people read of one day's games, as of their forecast.

    Parameters
    ----------
    settings : Settings
        Says where the warehouse is; everything else in it was built.
    day : date
        US/Eastern.

    Returns
    -------
    int
        How many models ran.

    Raises
    ------
    BuildError
        If one failed.
    """
    variables = json.dumps({"horizon_minutes": settings.horizon_minutes})
    arguments = ("run", "--select", "dim_slate+", "--vars", variables)
    return run_dbt(settings, *arguments, day=day)


def run_dbt(
    settings: Settings,
    *arguments: str,
    day: date | None = None,
    watermark: datetime | None = None,
) -> int:
    """Run one dbt command; its log goes to the home.

    Parameters
    ----------
    settings : Settings
        Says where the warehouse and the project are.
    *arguments : str
        The command and its options, such as ``"build", "--select", "staging"``.
    day : date, optional
        What the gameday marts describe (US/Eastern); the next games where absent.
    watermark : datetime, optional
        Up to when rows of the last build are kept (UTC); none are where absent.

    Returns
    -------
    int
        How many nodes ran.

    Raises
    ------
    BusyError
        If another program has the warehouse open.
    BuildError
        If a node failed, or dbt could not start.
    """
    from dbt.cli.main import dbtRunner

    project = str(settings.project_dir)
    with _environment(settings, day, watermark):
        result = dbtRunner().invoke(
            [
                "--log-level",
                "none",
                "--log-level-file",
                "info",
                "--no-use-colors",
                # dbt keeps five files of this size.
                "--log-file-max-bytes",
                str(2 * 1024**2),
                *arguments,
                "--project-dir",
                project,
                "--profiles-dir",
                project,
                "--log-path",
                str(settings.home / "dbt" / "logs"),
            ]
        )
    require_not_stopped()
    nodes = getattr(result.result, "results", None) or []
    # A test that only warns has a tolerance that was measured: `warned_tests` tells.
    failed = [node for node in nodes if node.status in ("error", "fail")]
    if result.success and not failed:
        return len(nodes)
    # Through which macros dbt came to it is in the log.
    lines = [
        f"{node.node.name}: {str(node.message).split('> in macro ')[0].strip()}"
        for node in failed
    ]
    reason = "\n    ".join(lines) or str(result.exception or "see the log")
    if is_in_use(reason):
        raise in_use(settings.warehouse, reason)
    if result.exception and (known := denied(result.exception)):
        raise known from result.exception
    raise BuildError(
        f"dbt {arguments[0]} failed:\n    {reason}",
        f"the whole story is in {settings.home / 'dbt' / 'logs' / 'dbt.log'}",
    )


def warned_tests(settings: Settings) -> list[str]:
    """Name the tests of the last dbt run whose measured tolerance did not hold.

    Parameters
    ----------
    settings : Settings
        Says where dbt's ``run_results.json`` is.

    Returns
    -------
    list of str
        Each with what dbt says of it; empty where nothing ran.
    """
    path = settings.manifest.with_name("run_results.json")
    try:
        results = json.loads(path.read_text("utf-8"))["results"]
    except (OSError, ValueError, KeyError):
        return []
    return [
        f"{str(each['unique_id']).split('.')[2]}: {each['failures']} row(s) beyond "
        "what earlier seasons have shown"
        for each in results
        if each["status"] == "warn"
    ]


@contextmanager
def _environment(
    settings: Settings, day: date | None, watermark: datetime | None
) -> Iterator[None]:
    """Tell dbt where the home is, and undo what it does to this process."""
    names = {
        "TIPOFF_HOME": str(settings.home),
        "TIPOFF_THREADS": str(settings.threads),
        "TIPOFF_MEMORY_GB": str(settings.memory_gb),
        "TIPOFF_GAME_DATE": str(day or ""),
        "TIPOFF_WATERMARK": f"{watermark:%Y-%m-%d %H:%M:%S.%f}" if watermark else "",
    }
    before = {name: os.environ.get(name) for name in names}
    # dbt writes the command line, whatever it holds, into every run_results.json.
    command_line = sys.argv
    sys.argv = [*command_line[:1], "build"]
    handlers, level = list(logging.root.handlers), logging.root.level
    os.environ.update(names)
    try:
        yield
    finally:
        sys.argv = command_line
        _let_go_of_the_warehouse()
        _let_go_of_the_log()
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _let_go_of_the_warehouse() -> None:
    """Close the connection that dbt-duckdb would keep for as long as we live."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    environment: Any = DuckDBConnectionManager._ENV
    if environment is not None:
        environment.close()
        DuckDBConnectionManager._ENV = None


def _let_go_of_the_log() -> None:
    """Close the file that dbt would write its log to until it runs again."""
    log = logging.getLogger("file_log")
    for handler in list(log.handlers):
        log.removeHandler(handler)
        handler.close()
