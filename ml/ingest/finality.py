"""Results: which scores are final, and what becomes of games that are not over.

A score is no result while anything in the source says that the game goes on, or the
moment of the ingest is before it can have ended. Such a game is one to come, and its
box scores and stints are left to the next ingest; nothing about it is a fault.
"""

from __future__ import annotations

from datetime import datetime

import duckdb

from ml.ingest.contract import CANCELLED, POSTPONED, known_after
from ml.ingest.kinds import drop_ignored
from ml.ingest.remarks import note_remark

UNFINISHED = "no final result"
SHORTEST_GAME_MINUTES = 90
"""From tip-off to the end no game takes less; a source that knows more may say so."""

_STATUS = "regexp_replace(lower(status), '\\.0+$', '')"
# What people's sources call the states of a game; 1, 2 and 3 are the league's codes.
_STATES = {
    POSTPONED: "postpon|ppd|suspend|resched",
    CANCELLED: "canc|cncl|abandon|void|unnecessary|not necessary",
    "final": "final|^3$|complete|^closed$|finished|^f(/.*)?$|^ft$|^post$|over$|^ended$"
    "|^aot$|after overtime",
    "live": "^2$|live|progress|in play|half|quarter|qtr|overtime|^q[1-4]|^ot|^end"
    "|[0-9](st|nd|rd|th)",
    "scheduled": "^1$|sched|^pre$|pre-?game|not started|upcoming|if necessary|^tbd$"
    "|[0-9]:[0-9]{2}|^ns$|delay",
}
_OF_A_RESULT = ("team_game_stats", "player_game_stats", "impact_lineup_stints")
# Whole teams' minutes; some sources give the game's own 48.
_TEAM_MINUTES = (200, 300)
_FULL_SHARE = 0.95


def settle_results(
    connection: duckdb.DuckDBPyConnection, *, as_of: datetime | None
) -> None:
    """Take back scores in ``typed.games`` that are not final, with what rests on them.

    Of ``status`` only what says that a game will not be played is kept. Games without a
    final result, and states of no known word, are remarked on.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``found``, ``typed``, ``stored``, ``faults``, ``ignored`` and the table of
        remarks.
    as_of : datetime, optional
        The moment of the ingest (UTC), where it was given.
    """
    states = " ".join(
        f"when regexp_matches({_STATUS}, '{pattern}') then '{state}'"
        for state, pattern in _STATES.items()
    )
    connection.execute(
        f"create table states as select _row, status, case {states} end as state "
        "from typed.games"
    )
    # Where the source has none, it was derived from the score.
    has_wl = _has_values(connection, "wl")
    connection.execute(
        _UNFINISHED,
        {"as_of": as_of, "has_wl": has_wl, "known_after": known_after()},
    )
    connection.execute(
        f"""
        update typed.games as games
        set status = case when states.state in ('{POSTPONED}', '{CANCELLED}')
            and (games.home_pts is null
                or games._row in (select _row from unfinished)) then states.state end
        from states
        where games._row = states._row and games.status is not null
        """
    )
    _leave_old_dates(connection)
    _note_games(connection)
    _leave_for_later(connection)


def _leave_old_dates(connection: duckdb.DuckDBPyConnection) -> None:
    """Ignore the old date of a game that was put off, where its new one is there."""
    connection.execute(
        """
        insert into ignored
        select 'games', old._row, old.status
        from typed.games as old
        where
            old.status is not null and old.home_pts is null and old.away_pts is null
            and exists (
                select * from typed.games as new
                where new.game_id = old.game_id and new.status is null
            )
        """
    )
    drop_ignored(connection, "games")


def _has_values(connection: duckdb.DuckDBPyConnection, column: str) -> bool:
    known = connection.execute(
        "select 1 from duckdb_columns() where schema_name = 'found' "
        "and table_name = 'team_game_stats' and column_name = ?",
        [column],
    ).fetchone()
    if known is None:
        return False
    query = f"select 1 from found.team_game_stats where {column} is not null limit 1"
    return connection.execute(query).fetchone() is not None


_TIPOFF = (
    "(coalesce(games.tipoff_et, games.game_date + time '10:00') "
    "at time zone 'America/New_York' at time zone 'UTC')"
)
_UNFINISHED = f"""
    create table unfinished as
    with boxes as (
        select
            game_id,
            count(*) as n_boxes,
            if($has_wl, count(wl), 0) as n_won_or_lost,
            min("min") as minutes
        from typed.team_game_stats
        group by game_id
    ),
    habits as (
        select
            $has_wl as has_wl,
            median("min") between {_TEAM_MINUTES[0]} and {_TEAM_MINUTES[1]}
                as has_team_minutes
        from typed.team_game_stats
    ),
    known as (
        select
            games._row,
            games.game_id,
            games.game_date,
            games.home_pts,
            games.away_pts,
            games.periods,
            states.state,
            coalesce(boxes.n_boxes, 0) as n_boxes,
            coalesce(boxes.n_won_or_lost, 0) as n_won_or_lost,
            boxes.minutes,
            habits.*,
            {_TIPOFF} as tipoff,
            games.game_id in (
                select game_id from stored.games where home_pts is not null
            ) as is_stored,
            n_won_or_lost > 0 or coalesce(states.state = 'final', false) as is_sure
        from typed.games as games
        inner join states on games._row = states._row
        left join boxes on games.game_id = boxes.game_id
        cross join habits
        where games.home_pts is not null or games.away_pts is not null
    ),
    judged as (
        select
            *,
            case
                when home_pts = 0 and away_pts = 0 then 'scheduled'
                when home_pts = away_pts then 'the score is a tie'
                when state in ('{POSTPONED}', '{CANCELLED}', 'scheduled')
                    and n_won_or_lost = 0 then 'status says ' || state
                when state = 'live' and n_won_or_lost = 0 then 'status says live'
                when periods < 4 then 'fewer than 4 periods'
                when has_wl and n_boxes > 0 and n_won_or_lost = 0
                    and state is distinct from 'final' then 'wl is null'
                when has_team_minutes and minutes < {_FULL_SHARE} * 240
                    and not is_sure
                    then 'fewer than 240 team minutes'
                when tipoff + if(
                    is_sure,
                    interval {SHORTEST_GAME_MINUTES} minute,
                    $known_after
                ) > $as_of and not is_stored then 'it cannot be over yet'
            end as reason
        from known
    )
    select _row, game_id, game_date, home_pts, away_pts, reason
    from judged
    where reason is not null
"""


def _note_games(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute(
        """
        select reason, count(*), min_by(game_id, (game_date, game_id)),
            min(game_date)::varchar
        from unfinished where reason <> 'scheduled'
        group by reason order by 2 desc, 1
        """
    ).fetchall()
    for reason, n_games, game_id, day in rows:
        what = f"a score that is not final ({reason}) is no result"
        where = ("games", "home_pts", what)
        note_remark(connection, *where, n_rows=n_games, example=f"{game_id} of {day}")
    unknown = connection.execute(
        "select status, count(*) from states where status is not null "
        "and state is null group by status order by 2 desc, 1 limit 5"
    ).fetchall()
    for status, n_games in unknown:
        what = "not known, says nothing"
        where = ("games", "status", what)
        note_remark(connection, *where, n_rows=n_games, example=status)


def _leave_for_later(connection: duckdb.DuckDBPyConnection) -> None:
    # A result that is stored already is not taken back by a row that knows less.
    connection.execute(
        f"""
        insert into ignored
        select 'games', unfinished._row, '{UNFINISHED}'
        from unfinished
        inner join stored.games as stored on unfinished.game_id = stored.game_id
        where stored.home_pts is not null
        """
    )
    drop_ignored(connection, "games")
    connection.execute(
        "update typed.games set home_pts = null, away_pts = null, periods = null "
        "where _row in (select _row from unfinished)"
    )
    connection.execute(
        "update typed.games set periods = null where home_pts is null "
        "and away_pts is null and periods is not null"
    )
    for name in _OF_A_RESULT:
        connection.execute(
            f"insert into ignored select '{name}', _row, '{UNFINISHED}' "
            f"from typed.{name} where game_id in (select game_id from unfinished) "
            "and game_id not in (select game_id from typed.games "
            "where game_id is not null and home_pts is not null)"
        )
        drop_ignored(connection, name)
