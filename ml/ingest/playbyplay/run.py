"""The ingest of play-by-play: stints and shot profiles of every game, in the warehouse.

A game is taken once. What was worked out of it stays as it is, because ratings were
published with it; a game that could not be resolved is tried again when its events
change, and then counts from the moment of that ingest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ml.ingest.ingest_log import last_moment
from ml.ingest.playbyplay.agreement import compare_stints
from ml.ingest.playbyplay.events import play_by_play_files, read_play_by_play
from ml.ingest.playbyplay.shot_counts import SHOT_COUNTS, count_shots
from ml.ingest.playbyplay.stints import Stints, build_stints
from ml.ingest.playbyplay.summary import PlayByPlaySummary, Unmatched
from ml.settings import Settings
from ml.storage.warehouse import open_warehouse
from ml.system.redaction import redact

# A change of method that moves stints must change it: every game is worked out anew.
_METHOD = "1"
_PART_BYTES = 1 << 20
_EXAMPLES = 3
_WRITTEN = ("play_by_play_games", "play_by_play_stints", "play_by_play_shots")


def ingest_play_by_play(folder: Path, settings: Settings) -> PlayByPlaySummary:
    """Work out stints and shots of the games in a folder of play-by-play.

    Each file is one transaction; a run that is broken off goes on with the next file.
    Files that have been read, by their content, are not opened again.

    Parameters
    ----------
    folder : Path
        Parquet or CSV files in the layout of the NBA's play-by-play v2, or one file.
    settings : Settings
        Says where the warehouse is.

    Returns
    -------
    PlayByPlaySummary

    Raises
    ------
    MissingError
        If nothing was ingested yet, or there is no file.
    SourceError
        If a file cannot be read.
    ContractError
        If a file lacks a column or holds a value of another type.
    BusyError
        If another process has the warehouse open.
    """
    with _warehouse(settings) as warehouse:
        files = play_by_play_files([folder])
        _create_tables(warehouse)
        taken = [_take_file(warehouse, file) for file in files]
        rows = warehouse.execute(
            "select game_id, reason from raw.play_by_play_games "
            "where reason is not null order by game_id"
        ).fetchall()
        return PlayByPlaySummary(
            source=redact(folder.name),
            n_files=len(files),
            n_taken=sum(n_games for n_games, _ in taken),
            n_games=_count(warehouse, "raw.play_by_play_games"),
            n_stints=_count(warehouse, "raw.play_by_play_stints"),
            unresolved=tuple((str(game_id), str(reason)) for game_id, reason in rows),
            agreement=compare_stints(warehouse),
            unmatched=_unmatched(warehouse, sum(n_rows for _, n_rows in taken)),
        )


def _take_file(warehouse: duckdb.DuckDBPyConnection, file: Path) -> tuple[int, int]:
    """Take the games of a file that are new; return how many, and rows of no game."""
    digest = hashlib.sha256(_METHOD.encode())
    with file.open("rb") as stream:
        while part := stream.read(_PART_BYTES):
            digest.update(part)
    content = digest.hexdigest()
    if _is_taken(warehouse, content):
        return 0, 0
    events = read_play_by_play([file])
    games = _open_games(warehouse, events)
    wanted = pa.array(games["game_id"], pa.string())
    chosen = events.filter(pc.is_in(events["game_id"], wanted))
    boxes = warehouse.execute(
        "select game_id, player_id, min from raw.player_game_stats "
        "where superseded_at is null and game_id in (select game_id from games)"
    ).df()
    result = build_stints(chosen, games, boxes)
    warehouse.execute("begin")
    _write(warehouse, games, result)
    warehouse.execute(
        """
        insert or replace into raw.play_by_play_files
        select $content, $name, list(distinct game_id order by game_id)
        from events
        where game_id not in (select game_id from raw.play_by_play_games)
        """,
        {"content": content, "name": redact(file.name)},
    )
    warehouse.execute("commit")
    row = warehouse.execute(
        "select count(*) from events "
        "where game_id is null or game_id not in (select game_id from raw.games)"
    ).fetchone()
    return len(games), 0 if row is None else int(row[0])


def _unmatched(warehouse: duckdb.DuckDBPyConnection, n_rows: int) -> Unmatched | None:
    """Look for games of the files that the league does not have."""
    strange = warehouse.execute(
        """
        with open_games as (
            select distinct unnest(open_games) as game_id from raw.play_by_play_files
        )
        select game_id from open_games
        where game_id not in (select game_id from raw.games)
        order by game_id
        """
    ).fetchall()
    if not strange:
        return None
    known = warehouse.execute(
        "select distinct game_id from raw.games "
        f"order by game_id desc limit {_EXAMPLES}"
    ).fetchall()
    return Unmatched(
        n_rows=n_rows,
        n_games=len(strange),
        examples=tuple(repr(game_id) for (game_id,) in strange[:_EXAMPLES]),
        known=tuple(repr(game_id) for (game_id,) in known),
    )


def _is_taken(warehouse: duckdb.DuckDBPyConnection, content: str) -> bool:
    """Say whether a file was read, and no game has got its result since."""
    row = warehouse.execute(
        """
        select count(games.game_id)
        from raw.play_by_play_files as files
        left join raw.games
            on
                list_contains(files.open_games, games.game_id)
                and games.superseded_at is null
                and games.home_pts is not null
        where files.content = $content
        group by files.content
        """,
        {"content": content},
    ).fetchone()
    return row is not None and row[0] == 0


def _open_games(warehouse: duckdb.DuckDBPyConnection, events: pa.Table) -> pd.DataFrame:
    """Return the played games among events that are new or whose events are."""
    warehouse.register("events", events)
    games = warehouse.execute(
        """
        with digests as (
            select
                game_id,
                $method || count(*) || ':' || sum(hash(events)) as digest
            from events
            group by game_id
        )
        select
            games.game_id,
            games.season,
            games.home_team_id,
            games.away_team_id,
            games.home_pts,
            games.away_pts,
            digests.digest,
            taken.game_id is not null as is_again
        from raw.games
        inner join digests using (game_id)
        left join raw.play_by_play_games as taken using (game_id)
        where
            games.superseded_at is null
            and games.home_pts is not null
            and (
                taken.game_id is null
                or not starts_with(taken.digest, $method)
                or (taken.reason is not null and taken.digest <> digests.digest)
            )
        order by game_id
        """,
        {"method": f"{_METHOD} "},
    ).df()
    warehouse.register("games", games)
    return games


def _write(
    warehouse: duckdb.DuckDBPyConnection, games: pd.DataFrame, result: Stints
) -> None:
    """Put what was worked out in the place of what there was of these games."""
    now = last_moment(warehouse)
    facts = games[["game_id", "season", "digest"]].assign(
        known_at=pd.Series(now, index=games.index, dtype="datetime64[us]").where(
            games["is_again"]
        ),
        superseded_at=pd.Series(pd.NaT, index=games.index, dtype="datetime64[us]"),
    )
    stamps = facts.drop(columns="digest")
    frames = {
        "play_by_play_games": facts.merge(result.unresolved, how="left", on="game_id"),
        "play_by_play_stints": result.stints.merge(stamps, on="game_id"),
        "play_by_play_shots": count_shots(result.shots, result.fouls).merge(
            stamps, on="game_id"
        ),
    }
    for name in _WRITTEN:
        warehouse.register("fresh", frames[name])
        warehouse.execute(
            f"delete from raw.{name} where game_id in (select game_id from games)"
        )
        warehouse.execute(f"insert into raw.{name} by name select * from fresh")


def _create_tables(warehouse: duckdb.DuckDBPyConnection) -> None:
    counts = ", ".join(f"{name} bigint" for name in SHOT_COUNTS)
    versions = "season varchar, known_at timestamp, superseded_at timestamp"
    warehouse.execute(
        f"""
        create table if not exists raw.play_by_play_files
            (content varchar primary key, name varchar, open_games varchar[]);
        create table if not exists raw.play_by_play_games
            (game_id varchar, digest varchar, reason varchar, {versions});
        create table if not exists raw.play_by_play_shots
            (game_id varchar, team_id bigint, player_id bigint, {counts}, {versions});
        create table if not exists raw.play_by_play_stints as
            select * from raw.impact_lineup_stints limit 0;
        """
    )


def _count(warehouse: duckdb.DuckDBPyConnection, table: str) -> int:
    row = warehouse.execute(f"select count(*) from {table}").fetchone()
    return 0 if row is None else int(row[0])


@contextmanager
def _warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_warehouse(settings, writes=True) as warehouse:
        warehouse.execute(f"set threads = {settings.threads}")
        yield warehouse
