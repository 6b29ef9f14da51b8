"""Dates: the day of a game is a fact of the game.

A game that was put off may have its new date in one table and its old one in another.
The later is the day on which it was played; a day's difference is a date of another
clock, and there the games table is right.
"""

from __future__ import annotations

import duckdb

from ml.ingest.remarks import note_remark

_WITH_DATE = ("team_game_stats", "player_game_stats", "closing_lines")
_CLOCKS_DAYS = 1
# A season is shorter: what is further apart is a slip, and the rules say so.
_SEASON_DAYS = 200


def settle_dates(connection: duckdb.DuckDBPyConnection) -> None:
    """Give every row about a game the game's date, and the game its last one.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``typed`` and the table of remarks.
    """
    for row in connection.execute(_MOVED).fetchall():
        game_row, game_id, old, new = row
        connection.execute(
            "update typed.games set game_date = $new, "
            "tipoff_et = tipoff_et + to_days(date_diff('day', game_date, $new)) "
            "where _row = $row",
            {"new": new, "row": game_row},
        )
        what = f"date of its box scores, {new}, taken for an earlier one"
        where = ("games", "game_date", what)
        note_remark(connection, *where, n_rows=1, example=f"{game_id} of {old}")
    for name in _WITH_DATE:
        differing = (
            f"from typed.{name} as record inner join days as game "
            "on record.game_id = game.game_id and record.game_date <> game.game_date "
            f"and abs(record.game_date - game.game_date) <= {_SEASON_DAYS}"
        )
        connection.execute(
            "create or replace temp table days as select game_id, "
            "min(game_date) as game_date from typed.games group by game_id "
            "having count(distinct game_date) = 1"
        )
        n_rows, example = connection.execute(
            f"select count(*), min(record.game_id || ' of ' || record.game_date || "
            f"', in games of ' || game.game_date) {differing}"
        ).fetchall()[0]
        if n_rows == 0:
            continue
        connection.execute(
            f"update typed.{name} as record set game_date = game.game_date "
            "from days as game where record.game_id = game.game_id "
            "and record.game_date <> game.game_date "
            f"and abs(record.game_date - game.game_date) <= {_SEASON_DAYS}"
        )
        what = "another date than its game in games, which is taken"
        where = (name, "game_date", what)
        note_remark(connection, *where, n_rows=n_rows, example=example)


# Only where both teams' box scores say so, and the game is once in the file.
_MOVED = f"""
    with boxes as (
        select game_id, min(game_date) as game_date
        from typed.team_game_stats
        group by game_id
        having count(*) = 2 and count(game_date) = 2
            and min(game_date) = max(game_date)
    ),
    once as (
        select game_id from typed.games group by game_id having count(*) = 1
    )
    select games._row, games.game_id, games.game_date, boxes.game_date
    from typed.games as games
    inner join boxes on games.game_id = boxes.game_id
    inner join once on games.game_id = once.game_id
    where
        games.home_pts is not null
        and boxes.game_date > games.game_date + {_CLOCKS_DAYS}
        and boxes.game_date - games.game_date <= {_SEASON_DAYS}
    order by games._row
"""
