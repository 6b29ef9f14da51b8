"""The ingest: from a source's SQLite file into the warehouse, or not at all."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ml import quality
from ml.errors import ContractError, SettingsError, SourceError
from ml.ingest.checks import check_rows, example_faults, leave_out, require_league
from ml.ingest.clocks import require_eastern
from ml.ingest.contract import CONTRACT, known_after, tipoff_or_usual
from ml.ingest.dates import settle_dates
from ml.ingest.derived import add_newcomers, derive
from ml.ingest.finality import settle_results
from ml.ingest.history import (
    add_ids,
    compare,
    count_reports,
    load_stored,
    unresolved_names,
    write_history,
)
from ml.ingest.ingest_log import (
    fill_quarantine,
    last_ingest,
    write_ingest_log,
    write_quarantine,
)
from ml.ingest.injuries import resolve_injuries
from ml.ingest.kinds import settle_kinds
from ml.ingest.mapping import Mapping, find_mapping
from ml.ingest.ranges import unseen_columns
from ml.ingest.reader import read_tables
from ml.ingest.remarks import create_remarks, note_remark, read_remarks
from ml.ingest.rules import GENERAL_RULES, RULES
from ml.ingest.seasons import settle_seasons
from ml.ingest.source import open_source
from ml.ingest.structure import FoundTable, match_structure, suggestions
from ml.ingest.summary import IngestSummary
from ml.ingest.typed import type_tables
from ml.settings import Settings
from ml.storage.warehouse import not_opened, open_memory
from ml.system.redaction import redact

_OTHER_LEAGUE_SHARE = 0.5


def ingest(
    source: Path,
    settings: Settings,
    *,
    as_of: datetime | None = None,
    mapping: Path | str | None = None,
    soon: Sequence[str] = (),
) -> IngestSummary:
    """Bring a source's rows into the warehouse.

    Everything is read and checked in memory first; then one transaction writes it
    all. Whatever is raised, the warehouse is as it was.

    Parameters
    ----------
    source : Path
        A SQLite database that meets the contract.
    settings : Settings
        Where the warehouse is, and how many bad rows leave an optional table out.
    as_of : datetime, optional
        The moment (UTC) that corrections are known from. By default the newest
        moment in the data: tip-off + 3 h of the newest result, or the newest report.
    mapping : Path or str, optional
        A YAML file of the source's own names, or a shipped mapping [default: the
        setting].
    soon : sequence of str
        Modules that are needed next, imported while DuckDB reads.

    Returns
    -------
    IngestSummary

    Raises
    ------
    SourceError
        If the file cannot be read, or holds another league than the warehouse.
    ContractError
        If tables, columns or types are missing.
    GateError
        If most rows of a required table are bad.
    SettingsError
        If the mapping cannot be used, or `as_of` is before the last ingest.
    BusyError
        If another process has the warehouse open.
    """
    names = find_mapping(settings.mapping if mapping is None else str(mapping))
    opened = open_source(source)
    fingerprint = _fingerprint(opened.fingerprint, names, settings.max_bad_share)
    exists = settings.warehouse.exists()
    with _file_to_write(settings) as file, open_memory(settings) as connection:
        last = None
        if exists:
            _attach(connection, settings.warehouse)
            last = last_ingest(connection)
            if last is not None and last.fingerprint == fingerprint:
                return last
        as_of = _checked_as_of(as_of, last)
        found = match_structure(opened, names)
        connection.execute(
            "create table faults "
            "(table_name varchar, _row bigint, stage integer, rule varchar, "
            "columns varchar[])"
        )
        create_remarks(connection)
        not_read = _not_read(connection, found)
        quality.import_early(*soon)
        load_stored(connection, exists=exists)
        read_tables(connection, opened, found)
        broken = type_tables(connection, found)
        try:
            derive(connection, found)
        except ContractError as error:
            remedies = [*suggestions(opened, names), error.remedy]
            raise ContractError(error.problem, "; ".join(remedies)) from error
        settle_seasons(connection)
        # Before its rows are judged beside those of another one.
        _require_same_league(connection, source)
        settle_kinds(connection)
        require_eastern(connection)
        settle_dates(connection)
        settle_results(connection, as_of=as_of)
        add_newcomers(connection)
        check_rows(connection, as_of=as_of)
        require_league(connection)
        left_out = leave_out(
            connection, max_bad_share=settings.max_bad_share, broken=not_read | broken
        )
        resolve_injuries(connection)
        add_ids(connection)
        tables = tuple(
            replace(found, examples=example_faults(connection, table))
            for found, table in zip(
                compare(connection, left_out), CONTRACT, strict=True
            )
        )
        moment = as_of or _newest_moment(connection, last)
        if not exists:
            file.parent.mkdir(parents=True, exist_ok=True)
            _attach(connection, file)
        fill_quarantine(connection, source=redact(source.name), as_of=moment)
        connection.execute("begin")
        write_history(connection, as_of=moment)
        write_quarantine(connection)
        n_reports, n_names = count_reports(connection)
        summary = IngestSummary(
            source=redact(source.name),
            fingerprint=fingerprint,
            as_of=moment,
            is_repeat=False,
            tables=tables,
            n_reports=n_reports,
            n_names=n_names,
            unresolved=unresolved_names(connection),
            unseen=unseen_columns(connection),
            remarks=read_remarks(connection),
        )
        write_ingest_log(connection, summary)
        _commit(connection, is_new=not exists)
        return summary


def _not_read(
    connection: duckdb.DuckDBPyConnection, found: Sequence[FoundTable]
) -> dict[str, str]:
    """Say why optional tables are not read; one without rows is only remarked on."""
    for each in found:
        if each.left_out_is_empty:
            what = f"left out, it has no rows: {each.left_out}"
            note_remark(connection, each.table.name, "", what)
    return {
        each.table.name: each.left_out
        for each in found
        if each.left_out and not each.left_out_is_empty
    }


def _fingerprint(source: str, mapping: Mapping, max_bad_share: float) -> str:
    """Hash everything that decides what is stored."""
    parts = (source, mapping, max_bad_share, CONTRACT, RULES, GENERAL_RULES)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _commit(connection: duckdb.DuckDBPyConnection, *, is_new: bool) -> None:
    connection.execute("commit")
    if is_new:
        # All has to be in the file that takes its name, nothing in a log beside it.
        connection.execute("checkpoint warehouse")


@contextmanager
def _file_to_write(settings: Settings) -> Iterator[Path]:
    """Yield the warehouse, or the name that a new one has until it is whole."""
    if settings.warehouse.exists():
        yield settings.warehouse
        return
    new = settings.home / ".new" / settings.warehouse.name
    shutil.rmtree(new.parent, ignore_errors=True)
    try:
        yield new
        new.replace(settings.warehouse)
    finally:
        shutil.rmtree(new.parent, ignore_errors=True)


def _attach(connection: duckdb.DuckDBPyConnection, warehouse: Path) -> None:
    path = str(warehouse).replace("'", "''")
    try:
        connection.execute(f"attach '{path}' as warehouse")
    except duckdb.Error as error:
        raise not_opened(warehouse, error) from error


def _checked_as_of(
    as_of: datetime | None, last: IngestSummary | None
) -> datetime | None:
    if as_of is None:
        return None
    moment = as_of.astimezone(UTC).replace(tzinfo=None) if as_of.tzinfo else as_of
    if last is not None and moment < last.as_of:
        raise SettingsError(
            f"as_of {moment:%Y-%m-%d %H:%M} is before the last ingest, "
            f"{last.as_of:%Y-%m-%d %H:%M} UTC",
            "give a later moment, or use another --home",
        )
    return moment


def _newest_moment(
    connection: duckdb.DuckDBPyConnection, last: IngestSummary | None
) -> datetime:
    row = connection.execute(
        f"""
        with moments as (
            select {tipoff_or_usual()} + $known_after as moment_et
            from accepted.games
            where home_pts is not null
            union all
            select report_at_et as moment_et from good.injury_reports
        )
        select max(moment_et) at time zone 'America/New_York' at time zone 'UTC'
        from moments
        """,
        {"known_after": known_after()},
    ).fetchone()
    known: list[datetime] = [] if row is None or row[0] is None else [row[0]]
    if last is not None:
        known.append(last.as_of)
    if not known:
        raise SourceError(
            "the source has no result and no report, so it does not say which moment "
            "it is from",
            "give the moment with --as-of",
        )
    return max(known)


def _require_same_league(connection: duckdb.DuckDBPyConnection, source: Path) -> None:
    """Refuse a source that tells another story of the dates already stored."""
    row = connection.execute(
        """
        with span as (
            select min(game_date) as first_date, max(game_date) as last_date
            from typed.games
        )
        select
            count(*),
            count(*) filter (
                not exists (
                    select * from typed.games as given
                    where
                        given.game_id = stored.game_id
                        and given.home_team_id = stored.home_team_id
                        and given.away_team_id = stored.away_team_id
                )
            )
        from stored.games as stored
        cross join span
        where stored.game_date between span.first_date and span.last_date
        """
    ).fetchone()
    n_stored, n_other = (0, 0) if row is None else row
    if n_other > _OTHER_LEAGUE_SHARE * n_stored:
        raise SourceError(
            f"{source} is another league than the warehouse: of {n_stored:,} stored "
            f"games of its dates it lacks {n_other:,}",
            "give another --home for it",
        )
