"""What a source does not say and its other tables tell.

A column is derived only where the source lacks it, the number of periods also where it
is null for a game with a result. Game ids of the league begin with the kind of game and
the year of the season; team lines name both sides of a game.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from ml.errors import ContractError
from ml.ingest.remarks import note_remark
from ml.ingest.sql import quoted
from ml.ingest.structure import DERIVED_COLUMNS, FoundTable

_SCORES = {"games": ("home_pts", "away_pts")}
_OVERTIME_MIN = 25
_REGULATION_MIN = 240
_TOLERANCE_MIN = 8
_SHORT = "[A-Z0-9]{2,4}"
# Table and column of a name, the key it belongs to, and who else may know it.
_NAMES = (
    ("teams", "team_abbreviation", "team_id", "team_game_stats"),
    ("teams", "team_name", "team_id", "teams"),
    ("players", "player_name", "player_id", "player_game_stats"),
    ("team_game_stats", "team_abbreviation", "team_id", "teams"),
    ("player_game_stats", "team_abbreviation", "team_id", "teams"),
    ("player_game_stats", "player_name", "player_id", "players"),
)
_FALLBACKS = {
    ("teams", "team_abbreviation"): "'T' || right(record.team_id::varchar, 3)",
    ("teams", "team_name"): "record.team_abbreviation",
    ("players", "player_name"): "'Player ' || record.player_id",
}
# A game's own minutes are fewer, however many overtimes it has; those of five more.
_LEAST_OF_FIVE = 100
_MOST_OVERTIMES = 6

_SEASON = (
    "case when regexp_full_match({id}, '00[1-6]\\d{{7}}') then "
    "if(substr({id}, 4, 2) > '40', '19', '20') || substr({id}, 4, 2) || '-' || "
    "lpad(((substr({id}, 4, 2)::integer + 1) % 100)::varchar, 2, '0') end"
)
_SEASON_TYPE = (
    "case left({id}, 3) when '001' then 'Pre Season' when '002' then 'Regular Season' "
    "when '003' then 'All Star' when '004' then 'Playoffs' when '005' then 'PlayIn' "
    "when '006' then 'IST' end"
)
_OF_ID = {"season": _SEASON, "season_type": _SEASON_TYPE}

# Of a team line: its other columns, from the game it belongs to.
_OF_GAME = {
    "season": "game.season",
    "season_type": "game.season_type",
    "game_date": "game.game_date",
    "opponent_team_id": "case record.team_id when game.home_team_id "
    "then game.away_team_id when game.away_team_id then game.home_team_id end",
    "is_home": "(record.team_id = game.home_team_id)::bigint",
    "opponent_pts": "if(record.team_id = game.home_team_id, game.away_pts, "
    "game.home_pts)",
    "wl": "case when game.home_pts is null or game.home_pts = game.away_pts then null "
    "when (record.team_id = game.home_team_id) = (game.home_pts > game.away_pts) "
    "then 'W' else 'L' end",
}


def derive(connection: duckdb.DuckDBPyConnection, found: Sequence[FoundTable]) -> None:
    """Fill in what the source lacks, in ``typed``, and say so.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``typed``, ``found`` and the table of remarks.
    found : sequence of FoundTable
        What the source has.

    Raises
    ------
    ContractError
        If a column that the contract wants can be had from nowhere.
    """
    absent = {
        each.table.name: {
            name
            for name, theirs in zip(
                each.table.column_names, each.source_columns, strict=True
            )
            if not theirs
        }
        for each in found
        if each.source_name is not None
    }
    _derive_games(connection, absent["games"])
    _derive_scores(connection)
    _count_minutes_of_five(connection)
    _derive_periods(connection)
    for name, columns in absent.items():
        if name in DERIVED_COLUMNS and name != "games":
            _derive_lines(connection, name, columns)
    _name_everybody(connection)
    _require_derived(connection, absent)
    for name, columns in absent.items():
        derivable = (*DERIVED_COLUMNS.get(name, ()), *_SCORES.get(name, ()))
        told = [column for column in derivable if column in columns]
        if told:
            what = (
                f"the source does not say, told by its other tables: {', '.join(told)}"
            )
            note_remark(connection, name, "", what)
    _tell_positions_apart(connection)


def _derive_games(connection: duckdb.DuckDBPyConnection, absent: set[str]) -> None:
    for column, expression in _OF_ID.items():
        if column in absent:
            _set(connection, "games", column, expression.format(id="record.game_id"))
    sides = {
        "game_date": "select game_id, min(game_date) as told",
        "home_team_id": "select game_id, min(team_id) filter (is_home = 1) as told",
        "away_team_id": "select game_id, min(team_id) filter (is_home = 0) as told",
    }
    for column, query in sides.items():
        if column in absent:
            source = f"({query} from typed.team_game_stats group by game_id)"
            _set(connection, "games", column, "told.told", source=f"{source} as told")
    for column, team in (("home_pts", "home_team_id"), ("away_pts", "away_team_id")):
        if column in absent:
            source = (
                "(select game_id, team_id, min(pts) as told "
                "from typed.team_game_stats group by all)"
            )
            _set(
                connection,
                "games",
                column,
                "told.told",
                source=f"{source} as told",
                match=f"told.team_id = record.{team}",
            )


def _derive_scores(connection: duckdb.DuckDBPyConnection) -> None:
    """Give a game without points those of its two teams' lines: a schedule may stay.

    Only where the lines say who has won, and so that it is over.
    """
    row = connection.execute(
        """
        with lines as (
            select game_id, team_id, min(pts) as pts from typed.team_game_stats
            where wl in ('W', 'L') group by all having min(pts) = max(pts)
        ),
        scores as (
            select games._row, home.pts as home_pts, away.pts as away_pts
            from typed.games as games
            inner join lines as home
                on games.game_id = home.game_id and games.home_team_id = home.team_id
            inner join lines as away
                on games.game_id = away.game_id and games.away_team_id = away.team_id
            where
                games.home_pts is null and games.away_pts is null
                and home.pts <> away.pts
        )
        update typed.games as record
        set home_pts = scores.home_pts, away_pts = scores.away_pts
        from scores where record._row = scores._row
        """
    ).fetchone()
    if row is not None and row[0]:
        what = "unknown, told by the lines of both teams"
        note_remark(connection, "games", "home_pts", what, n_rows=row[0])


def add_newcomers(connection: duckdb.DuckDBPyConnection) -> None:
    """Make players of those who have a line and whom ``players`` lacks.

    What was stored of them stays; of the others the line tells the name.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``typed`` of the games that count, ``stored`` and the table of remarks.
    """
    newcomers = """
        select player_id, max(player_name) as player_name
        from typed.player_game_stats
        where
            player_id > 0 and not contains(player_name, chr(0))
            and not contains(player_name, chr(65533))
            and player_id not in (
                select player_id from typed.players where player_id is not null
                union all
                -- A team's own line is no player's.
                select team_id from typed.teams where team_id is not null
            )
        group by player_id
    """
    n_rows, example = connection.execute(
        f"select count(*), min(player_name) from ({newcomers})"
    ).fetchall()[0]
    if n_rows == 0:
        return
    connection.execute(
        f"""
        insert into typed.players by name
        select
            newcomer.player_id,
            coalesce(stored.player_name, newcomer.player_name) as player_name,
            stored.birthdate,
            stored.height,
            stored.weight,
            stored.country,
            (select coalesce(max(_row), 0) from typed.players)
            + row_number() over (order by newcomer.player_id) as _row
        from ({newcomers}) as newcomer
        left join stored.players as stored using (player_id)
        """
    )
    what = "not there, known by the name in his line"
    where = ("players", "player_id", what)
    note_remark(connection, *where, n_rows=n_rows, example=example)


def _count_minutes_of_five(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the game's own minutes, where a source gives these of a team, the five's."""
    n_rows, example = connection.execute(
        "select count(*), min(min) from typed.team_game_stats "
        f"where min < {_LEAST_OF_FIVE} and (select median(min) "
        f"from typed.team_game_stats) < {_LEAST_OF_FIVE}"
    ).fetchall()[0]
    if n_rows == 0:
        return
    connection.execute(
        f"update typed.team_game_stats set min = 5 * min where min < {_LEAST_OF_FIVE}"
    )
    what = "minutes of the game, counted five times as five players play"
    where = ("team_game_stats", "min", what)
    note_remark(connection, *where, n_rows=n_rows, example=example)


def _derive_periods(connection: duckdb.DuckDBPyConnection) -> None:
    """Count the overtimes of finished games from the minutes of their teams."""
    row = connection.execute(
        f"""
        with sides as (
            select game_id, team_id, min as minutes from typed.team_game_stats
            union all
            select game_id, team_id, sum(min) from typed.player_game_stats
            where game_id not in (
                select game_id from typed.team_game_stats where min is not null
            )
            group by game_id, team_id
        ),
        lengths as (
            select game_id, avg(minutes) as minutes
            from sides
            group by game_id
        ),
        counted as (
            select
                *,
                round((minutes - {_REGULATION_MIN}) / {_OVERTIME_MIN}) as overtimes
            from lengths
        )
        update typed.games as record set periods = (4 + counted.overtimes)::bigint
        from counted
        where
            record.game_id = counted.game_id
            and record.periods is null
            and record.home_pts is not null
            and record.away_pts is not null
            and counted.overtimes between 0 and {_MOST_OVERTIMES}
            and abs(
                counted.minutes - {_REGULATION_MIN}
                - {_OVERTIME_MIN} * counted.overtimes
            ) <= {_TOLERANCE_MIN}
        """
    ).fetchone()
    if row is not None and row[0]:
        what = "unknown, counted from the minutes of the teams"
        note_remark(connection, "games", "periods", what, n_rows=row[0])
    n_unknown = _number(
        connection,
        "select count(*) from typed.games "
        "where home_pts is not null and away_pts is not null and periods is null",
    )
    if n_unknown:
        what = "unknown, counts as no overtime"
        note_remark(connection, "games", "periods", what, n_rows=n_unknown)


def _derive_lines(
    connection: duckdb.DuckDBPyConnection, name: str, absent: set[str]
) -> None:
    """Fill in columns of a table whose rows belong to games."""
    for column in DERIVED_COLUMNS[name]:
        if column not in absent:
            continue
        if name == "player_prop_lines":
            source = (
                "(select game_date, min(season) as told from typed.games "
                "group by game_date) as told"
            )
            match = "told.game_date = record.game_date"
            _set(
                connection,
                name,
                column,
                "told.told",
                source=source,
                match=match,
                key="",
            )
        elif column in _OF_GAME:
            games = "(select * from typed.games qualify row_number() over "
            games += "(partition by game_id order by _row) = 1) as game"
            _set(connection, name, column, _OF_GAME[column], source=games)
        elif column == "min":
            source = (
                "(select game_id, team_id, sum(min) as told "
                "from typed.player_game_stats group by all) as told"
            )
            match = "told.team_id = record.team_id"
            _set(connection, name, column, "told.told", source=source, match=match)
        else:
            key, table = {
                "player_name": ("player_id", "players"),
                "team_abbreviation": ("team_id", "teams"),
            }[column]
            source = (
                f"(select {key}, min({column}) as told from typed.{table} "
                f"group by {key}) as told"
            )
            match = f"told.{key} = record.{key}"
            _set(
                connection,
                name,
                column,
                "told.told",
                source=source,
                match=match,
                key="",
            )


def _set(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    column: str,
    expression: str,
    *,
    source: str = "",
    match: str = "true",
    key: str = "game_id",
) -> None:
    alias = source.rpartition(" ")[2]
    conditions = [match]
    if source and key:
        conditions.append(f"{alias}.{key} = record.{key}")
    connection.execute(
        f"update typed.{name} as record set {quoted(column)} = {expression} "
        f"{f'from {source}' if source else ''} where {' and '.join(conditions)}"
    )


def _name_everybody(connection: duckdb.DuckDBPyConnection) -> None:
    """Give a name to whoever has none: a team or a player is not lost with it."""
    for name, column, key, other in _NAMES:
        is_bad = f"coalesce(trim(record.{column}), '') = ''"
        if column == "team_abbreviation":
            is_bad = (
                f"not coalesce(regexp_full_match(record.{column}, '{_SHORT}'), false)"
            )
        fallback = _FALLBACKS.get((name, column), "null::varchar")
        is_fine = f"not ({is_bad.replace('record.', 'other.')})"
        told = (
            f"(select min({column}) from typed.{other} as other "
            f"where other.{key} = record.{key} and {is_fine})"
        )
        n_rows, example = connection.execute(
            f"select count(*), min('{key} ' || record.{key}) "
            f"from typed.{name} as record where {is_bad} and record.{key} is not null"
        ).fetchall()[0]
        if n_rows == 0:
            continue
        connection.execute(
            f"update typed.{name} as record "
            f"set {column} = coalesce({told}, {fallback}) "
            f"where {is_bad} and record.{key} is not null"
        )
        what = "missing or malformed, told by other tables or made up"
        note_remark(connection, name, column, what, n_rows=n_rows, example=example)


def _require_derived(
    connection: duckdb.DuckDBPyConnection, absent: dict[str, set[str]]
) -> None:
    problems = []
    for name, columns in DERIVED_COLUMNS.items():
        for column in columns:
            if column not in absent.get(name, ()):
                continue
            n_rows = _number(connection, f"select count(*) from typed.{name}")
            n_known = _number(
                connection, f"select count({quoted(column)}) from typed.{name}"
            )
            if n_rows and not n_known:
                problems.append(
                    f"table {name}: column {column} is missing, and no other table "
                    "tells it"
                )
    if problems:
        raise ContractError(
            "the source does not meet the contract:\n  " + "\n  ".join(problems),
            "give the source these columns, or say how to compute them with --mapping",
        )


def _tell_positions_apart(connection: duckdb.DuckDBPyConnection) -> None:
    """Make of guards and forwards what their height says, as the features do."""
    row = connection.execute(
        """
        with heights as (
            select
                player_id,
                12 * try_cast(split_part(min(height), '-', 1) as integer)
                + try_cast(split_part(min(height), '-', 2) as integer) as inches
            from typed.players
            group by player_id
        ),
        told as (
            select
                record._row,
                case
                    when record.position = 'G' and heights.inches <= 75 then 'PG'
                    when record.position = 'G' then 'SG'
                    when heights.inches > 79 then 'PF'
                    else 'SF'
                end as told
            from typed.player_seasons as record
            left join heights on record.player_id = heights.player_id
            where record.position in ('G', 'F')
        )
        update typed.player_seasons as record set position = told.told
        from told
        where record._row = told._row
        """
    ).fetchone()
    if row is not None and row[0]:
        what = "G and F told apart by height"
        note_remark(connection, "player_seasons", "position", what, n_rows=row[0])


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])
