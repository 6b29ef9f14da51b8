"""Play-by-play events: read from files, checked, and put into playing order."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from ml.errors import ContractError, MissingError, SourceError, StorageError
from ml.storage.files import require_regular

MADE, MISS, FREE_THROW, REBOUND, TURNOVER, FOUL, VIOLATION = 1, 2, 3, 4, 5, 6, 7
SUBSTITUTION, JUMP_BALL, EJECTION, PERIOD_START, PERIOD_END = 8, 10, 11, 12, 13

PERIOD_SECONDS = 720
OVERTIME_SECONDS = 300

_MOST_FILES = 10_000
_MOST_BYTES = 2 << 30
_MOST_ROWS = 20_000_000
_LONGEST_CELL = 10_000

_INTEGERS = (
    "event_num", "event_type", "action_type", "period",
    "player1_id", "player1_team_id", "player2_id", "player2_team_id",
    "player3_id", "player3_team_id",
)  # fmt: skip
_TEXTS = ("game_id", "game_clock", "home_description", "away_description")
COLUMNS = (*_TEXTS, *_INTEGERS)

# The names of the same columns in the NBA's own files (play-by-play v2).
_OFFICIAL = {
    "EVENTNUM": "event_num",
    "EVENTMSGTYPE": "event_type",
    "EVENTMSGACTIONTYPE": "action_type",
    "PCTIMESTRING": "game_clock",
    "HOMEDESCRIPTION": "home_description",
    "VISITORDESCRIPTION": "away_description",
}


def period_start_seconds(period: int) -> int:
    """Return the seconds played before a period begins.

    Parameters
    ----------
    period : int
        1-4, or 5 and more for overtime.

    Returns
    -------
    int
        Seconds.
    """
    regular, overtimes = min(period - 1, 4), max(period - 5, 0)
    return regular * PERIOD_SECONDS + overtimes * OVERTIME_SECONDS


def period_seconds(period: int) -> int:
    """Return how long a period lasts (seconds).

    Parameters
    ----------
    period : int
        1-4, or 5 and more for overtime.

    Returns
    -------
    int
        720 or 300.
    """
    return PERIOD_SECONDS if period <= 4 else OVERTIME_SECONDS


def read_play_by_play(paths: Iterable[Path]) -> pa.Table:
    """Read play-by-play files, Parquet or CSV, and put every game in playing order.

    Events that were entered late carry the clock of when they happened, so the
    order is period, clock, event number; the number alone is the order of entry.

    Parameters
    ----------
    paths : iterable of Path
        Files, or folders of files, in the layout of the NBA's play-by-play v2,
        under its own column names or in lower case.

    Returns
    -------
    pyarrow.Table
        One row per event with the columns of `COLUMNS` and ``elapsed`` (seconds
        since tip-off); null players are 0.

    Raises
    ------
    MissingError
        If a path does not exist, or there is no file.
    SourceError
        If a file cannot be read.
    ContractError
        If a file lacks a column or holds a value of another type.
    """
    tables = [_read(file) for file in play_by_play_files(paths)]
    return order_events(pa.concat_tables(tables))


def play_by_play_files(paths: Iterable[Path]) -> list[Path]:
    """List play-by-play files.

    Parameters
    ----------
    paths : iterable of Path
        Files, or folders of files.

    Returns
    -------
    list of Path
        The files, those of a folder by name.

    Raises
    ------
    MissingError
        If a path does not exist, or there is no file.
    """
    files = [file for path in paths for file in _files(Path(path))]
    if not files:
        raise MissingError(
            "no play-by-play file found", "give .parquet or .csv files or their folder"
        )
    return files


def order_events(events: pa.Table) -> pa.Table:
    """Sort events by game, period, clock and number, and add the seconds elapsed.

    Parameters
    ----------
    events : pyarrow.Table
        With the columns of `COLUMNS`, in any order of rows.

    Returns
    -------
    pyarrow.Table
        Every event once, with ``elapsed`` (int64, seconds since tip-off).

    Raises
    ------
    ContractError
        If a clock is not ``minutes:seconds``.
    """
    clock = pc.extract_regex(
        events["game_clock"], r"^(?P<minutes>\d+):(?P<seconds>\d+)(?P<tenths>\.\d+)?$"
    )
    bad = pc.is_null(clock)
    if pc.any(bad).as_py():
        value = events["game_clock"].filter(bad)[0].as_py()
        raise ContractError(
            f"play-by-play: game_clock {value!r} is not minutes:seconds",
            "correct the file",
        )
    left = (
        pc.struct_field(clock, "minutes").cast(pa.int64()).to_numpy() * 60
        + pc.struct_field(clock, "seconds").cast(pa.int64()).to_numpy()
    )
    period = events["period"].to_numpy()
    overtime = np.maximum(period - 4, 0)
    end = np.minimum(period, 4) * PERIOD_SECONDS + overtime * OVERTIME_SECONDS
    timed = events.append_column("elapsed", pa.array(end - left))
    order = ["game_id", "period", "elapsed", "event_num"]
    ordered = timed.take(
        pc.sort_indices(timed, sort_keys=[(name, "ascending") for name in order])
    )
    return ordered.filter(_is_first(ordered, order))


def _is_first(ordered: pa.Table, key: list[str]) -> np.ndarray:
    """Mark the first row of every key; some events are listed twice."""
    changed = np.ones(len(ordered), dtype=bool)
    if len(ordered) > 1:
        changed[1:] = False
        for name in key:
            values = ordered[name].to_numpy()
            changed[1:] |= values[1:] != values[:-1]
    return changed


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise MissingError(f"{path} does not exist", "give an existing file or folder")
    if not path.is_dir():
        return [_regular(path)]
    files = (file for file in path.iterdir() if file.suffix in {".parquet", ".csv"})
    found = sorted(itertools.islice(files, _MOST_FILES + 1))
    if len(found) > _MOST_FILES:
        raise SourceError(
            f"{path} has more than {_MOST_FILES:,} files", "give a file a season"
        )
    return [_regular(file) for file in found]


def _regular(file: Path) -> Path:
    """Refuse what is no file, would be waited for, or is longer than is read."""
    try:
        require_regular(file)
        size = file.stat().st_size
    except StorageError as error:
        raise SourceError(error.problem, "give .parquet or .csv files") from error
    except OSError as error:
        raise SourceError(
            f"{file} cannot be read: {error.strerror}", "give .parquet or .csv files"
        ) from error
    if size > _MOST_BYTES:
        raise SourceError(
            f"{file} has {size:,} bytes, more than {_MOST_BYTES:,}",
            "give a file a season",
        )
    return file


def _read(path: Path) -> pa.Table:
    text = pacsv.ConvertOptions(
        column_types={"GAME_ID": pa.string(), "game_id": pa.string()},
        strings_can_be_null=True,
    )
    try:
        table = (
            _read_parquet(path)
            if path.suffix == ".parquet"
            else pacsv.read_csv(path, convert_options=text)
        )
    except (pa.ArrowException, OSError, MemoryError, ValueError) as error:
        raise SourceError(
            f"{path} cannot be read as play-by-play: {error}",
            "give Parquet or CSV files",
        ) from error
    table = table.rename_columns(
        [_OFFICIAL.get(name, name.lower()) for name in table.column_names]
    )
    columns = []
    for name in COLUMNS:
        if name not in table.column_names:
            raise ContractError(
                f"{path}: column {name} is missing",
                f"play-by-play needs {', '.join(COLUMNS)}",
            )
        columns.append(_column(table[name], name, path))
    return pa.table(dict(zip(COLUMNS, columns, strict=True)))


def _read_parquet(path: Path) -> pa.Table:
    """Read what is needed, after the file has said that it is not endless.

    A few bytes can stand for any number of rows, and for any length of a text.
    """
    with pq.ParquetFile(path) as file:
        wanted = {*COLUMNS, *_OFFICIAL, *(name.upper() for name in COLUMNS)}
        names = [name for name in file.schema_arrow.names if name in wanted]
        if file.metadata.num_rows > _MOST_ROWS:
            raise SourceError(
                f"{path} has {file.metadata.num_rows:,} rows, more than {_MOST_ROWS:,}",
                "give a file a season",
            )
        kinds = file.schema_arrow
    texts = [name for name in names if pa.types.is_string(kinds.field(name).type)]
    table = pq.read_table(path, columns=names, read_dictionary=texts)
    for name in texts:
        for chunk in table[name].chunks:
            longest = pc.max(pc.binary_length(chunk.dictionary)).as_py() or 0
            if longest > _LONGEST_CELL:
                raise SourceError(
                    f"{path}: {name} has a cell of {longest:,} bytes, more than "
                    f"{_LONGEST_CELL:,}",
                    "correct the file",
                )
    return table


def _column(values: pa.ChunkedArray, name: str, path: Path) -> pa.ChunkedArray:
    kind = pa.string() if name in _TEXTS else pa.int64()
    try:
        # Ids with nulls come as floats; the cast refuses a fraction.
        typed = values.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ContractError(
            f"{path}: column {name} is not {kind}: {error}", "correct the file"
        ) from error
    return typed.fill_null("" if kind == pa.string() else 0)
