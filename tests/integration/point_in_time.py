"""Leagues with their future removed or scrambled, and what that changed."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ml.features.build import run_dbt
from ml.settings import PROJECT_DIR, Settings

PROJECT_PARTS = (
    "dbt_project.yml",
    "profiles.yml",
    "models",
    "macros",
    "seeds",
    "tests/dbt",
)
# What each raw table says of a game that is over, and so may not be known before.
RESULTS = ("team_game_stats", "player_game_stats", "starters", "impact_lineup_stints")
# The same of a warehouse, whose play-by-play no source has as a table.
RAW_RESULTS = (*RESULTS, "play_by_play_shots")
# What the schedule says of a game beforehand.
SCHEDULE = ("home_team_id", "away_team_id", "is_neutral_site")
KEYS = {
    "game_id",
    "season",
    "season_type",
    "game_date",
    "team_id",
    "opponent_team_id",
    "player_id",
    "is_home",
    "stint_idx",
    "known_at",
    "superseded_at",
}

Edit = Callable[[duckdb.DuckDBPyConnection, datetime], None]


def features(
    raw: Path,
    home: Path,
    project: Path = PROJECT_DIR,
    watermark: datetime | None = None,
) -> "Views":
    """Build the features from a warehouse that holds only raw tables."""
    home.mkdir(parents=True, exist_ok=True)
    settings = Settings(home=home, project_dir=project)
    if raw != settings.warehouse:
        shutil.copyfile(raw, settings.warehouse)
    settings.features_dir.mkdir(exist_ok=True)
    run_dbt(settings, "seed")
    spines = ("+fct_team_matchups", "+fct_player_games")
    selected = ("--select", "+path:models/features", *spines)
    run_dbt(settings, "run", *selected, watermark=watermark)
    return read_features(home)


def read_features(home: Path) -> "Views":
    """Read the feature tables of a home."""
    return {
        path.stem: pq.read_table(path).to_pandas()
        for path in sorted(Settings(home=home).features_dir.glob("*.parquet"))
    }


def bring_up_to_date(home: Path, raw: Path) -> None:
    """Give a home that was built from earlier rows those of another warehouse."""
    settings = Settings(home=home)
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute(f"attach '{raw}' as news (read_only)")
        for (table,) in warehouse.execute(
            "select table_name from duckdb_tables() "
            "where database_name = 'news' and schema_name = 'raw'"
        ).fetchall():
            warehouse.execute(
                f"create or replace table raw.{table} as from news.raw.{table}"
            )


Views = dict[str, pd.DataFrame]


def add_shots(raw: Path) -> None:
    """Make up where the shots of the box scores were from.

    One game in eight has none; those of one in eight others came ten days late.
    """
    with duckdb.connect(str(raw)) as warehouse:
        warehouse.execute("set timezone = 'UTC'")
        warehouse.execute(
            """
            create or replace table raw.play_by_play_shots as
            with boxes as (
                select
                    boxes.*,
                    games.game_date,
                    hash(boxes.game_id, boxes.player_id) as luck,
                    boxes.fga - boxes.fg3a as twos
                from raw.player_game_stats as boxes
                inner join raw.games
                    on
                        boxes.game_id = games.game_id
                        and games.superseded_at is null
                where boxes.superseded_at is null and hash(boxes.game_id) % 8 > 0
            )
            select
                game_id, team_id, player_id,
                (twos * (luck % 97) // 97)::bigint as rim_fga,
                ((twos - rim_fga) * (luck % 89) // 89)::bigint as short_mid_fga,
                (twos - rim_fga - short_mid_fga)::bigint as long_mid_fga,
                (fg3a * (luck % 83) // 83)::bigint as corner_three_fga,
                (fg3a - corner_three_fga)::bigint as above_break_three_fga,
                (rim_fga + 1) // 2 as rim_fgm,
                short_mid_fga // 2 as short_mid_fgm,
                long_mid_fga // 3 as long_mid_fgm,
                corner_three_fga // 3 as corner_three_fgm,
                above_break_three_fga // 3 as above_break_three_fgm,
                (rim_fgm + long_mid_fgm + corner_three_fgm)::bigint as assisted_fgm,
                (fta // 2)::bigint as shooting_fouls_drawn,
                (fta // 2 + luck % 2)::bigint as fouls_drawn,
                season,
                case
                    when hash(game_id) % 8 = 1
                        then (game_date + interval 10 days)::timestamp
                end as known_at,
                null::timestamp as superseded_at
            from boxes
            """
        )


# Days end on the clock of the league; nothing but them says when a move was known.
_MOVED_LATER = (
    "(greatest(transaction_date, known_date) + interval 1 day) "
    "at time zone 'America/New_York' > $moment"
)


def edited(raw: Path, target: Path, edit: Edit, moment: datetime) -> Path:
    """Copy a raw warehouse and edit the copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(raw, target)
    with duckdb.connect(str(target)) as warehouse:
        warehouse.execute("set timezone = 'UTC'")
        warehouse.execute(
            """
            create temp table later as
            select
                game_id,
                coalesce(tipoff_et, game_date + interval 1170 minutes)
                at time zone 'America/New_York' as tipoff_at,
                tipoff_at + interval 3 hours > $moment as is_later
            from raw.games
            """,
            {"moment": moment},
        )
        edit(warehouse, moment)
    return target


def remove_later(warehouse: duckdb.DuckDBPyConnection, moment: datetime) -> None:
    """Delete all that was not known at the moment; keep the schedule of a day."""
    is_later = "game_id in (select game_id from later where is_later)"
    for table in RAW_RESULTS:
        warehouse.execute(f"delete from raw.{table} where {is_later}")
    warehouse.execute(
        "delete from raw.games where game_id in (select game_id from later "
        "where tipoff_at - interval 24 hours > $moment)",
        {"moment": moment},
    )
    warehouse.execute(
        "update raw.games set home_pts = null, away_pts = null, periods = null "
        f"where {is_later}"
    )
    _forget_versions(warehouse, moment)
    warehouse.execute(
        "delete from raw.injury_reports where report_at_et "
        "at time zone 'America/New_York' > $moment",
        {"moment": moment},
    )
    warehouse.execute(
        f"delete from raw.transactions where {_MOVED_LATER}", {"moment": moment}
    )
    warehouse.execute(
        "delete from raw.player_seasons where season >= "
        "(select max(season) from raw.games)"
    )
    for table in ("closing_lines", "player_prop_lines"):
        warehouse.execute(f"delete from raw.{table}")


def scramble_later(warehouse: duckdb.DuckDBPyConnection, moment: datetime) -> None:
    """Replace every number that was not known at the moment by a random one."""
    random = np.random.default_rng(7)
    for table in ("games", *RAW_RESULTS):
        kinds = warehouse.execute(f"describe raw.{table}").fetchall()
        numbers = [
            name
            for name, kind, *_ in kinds
            if kind in ("BIGINT", "DOUBLE")
            and name not in KEYS
            and name not in SCHEDULE
            and not name.endswith(("_p1", "_p2", "_p3", "_p4", "_p5"))
        ]
        changes = ", ".join(
            f"{name} = 1 + (hash(rowid, {random.integers(1 << 30)}) % 97)::bigint"
            for name in numbers
        )
        if changes:
            warehouse.execute(
                f"update raw.{table} set {changes} "
                "where game_id in (select game_id from later where is_later)"
            )
    for table in ("starters", "player_game_stats"):
        warehouse.execute(
            f"delete from raw.{table} where hash(rowid) % 3 = 0 "
            "and game_id in (select game_id from later where is_later)"
        )
    warehouse.execute(
        "update raw.player_seasons set position = 'C' where season >= "
        "(select max(season) from raw.games join later using (game_id) "
        "where not is_later)"
    )
    warehouse.execute(
        "update raw.transactions set player_id = 1 + player_id, "
        "to_team_id = (select max(team_id) from raw.teams) "
        f"where {_MOVED_LATER} and to_team_id is not null",
        {"moment": moment},
    )
    warehouse.execute(
        "update raw.injury_reports set status = 'Out' where report_at_et "
        "at time zone 'America/New_York' > $moment",
        {"moment": moment},
    )


def _forget_versions(warehouse: duckdb.DuckDBPyConnection, moment: datetime) -> None:
    """Take back corrections that came after the moment."""
    for (table,) in warehouse.execute(
        "select table_name from duckdb_columns() "
        "where schema_name = 'raw' and column_name = 'superseded_at'"
    ).fetchall():
        naive = {"moment": moment.replace(tzinfo=None)}
        warehouse.execute(f"delete from raw.{table} where known_at > $moment", naive)
        warehouse.execute(
            f"update raw.{table} set superseded_at = null "
            "where superseded_at > $moment",
            naive,
        )


def differences(before: Views, after: Views, moment: datetime) -> list[str]:
    """Name every column whose values stamped by the moment are not bit-identical."""
    found = []
    for view in sorted(before.keys() | after.keys()):
        known = [
            views[view].pipe(lambda rows: rows[rows["event_timestamp"] <= moment])
            for views in (before, after)
        ]
        keys = [name for name in known[0] if name in KEYS or name == "position"]
        keys = [*[key for key in keys if not key.endswith("_at")], "event_timestamp"]
        ordered = [
            rows.sort_values([*keys, "created_timestamp"]).reset_index(drop=True)
            for rows in known
        ]
        if not any(map(len, ordered)):
            continue
        if len(ordered[0]) != len(ordered[1]):
            found.append(f"{view}: {len(ordered[0])} rows, then {len(ordered[1])}")
            continue
        found += [
            f"{view}.{column}"
            for column in ordered[0]
            if not ordered[0][column].equals(ordered[1][column])
        ]
    return found


def tables_that_differ(home: Path, other: Path) -> list[str]:
    """Name the tables of two homes whose rows differ by more than adding rounds."""
    with duckdb.connect() as connection:
        for name, path in (("one", home), ("two", other)):
            warehouse = Settings(home=path).warehouse
            connection.execute(f"attach '{warehouse}' as {name} (read_only)")
        tables = connection.execute(
            "select table_name from duckdb_tables() "
            "where database_name = 'one' and schema_name = 'main' order by all"
        ).fetchall()
        return [
            table
            for (table,) in tables
            if not _alike(
                *(
                    connection.execute(f"from {name}.main.{table}").arrow().read_all()
                    for name in ("one", "two")
                )
            )
        ]


def _alike(one: pa.Table, two: pa.Table) -> bool:
    if one.num_rows != two.num_rows or set(one.column_names) != set(two.column_names):
        return False
    numbers = [field.name for field in one.schema if pa.types.is_floating(field.type)]
    others = [name for name in one.column_names if name not in numbers]
    order = [(name, "ascending") for name in [*others, *numbers]]
    one, two = one.sort_by(order), two.sort_by(order)
    return one.select(others).equals(two.select(others)) and all(
        np.allclose(one[name], two[name], rtol=1e-9, atol=1e-9, equal_nan=True)
        for name in numbers
    )


def copy_project(target: Path) -> Path:
    """Copy the dbt project, to be mutated."""
    for part in PROJECT_PARTS:
        source = PROJECT_DIR / part
        if source.is_dir():
            shutil.copytree(source, target / part)
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target / part)
    return target
