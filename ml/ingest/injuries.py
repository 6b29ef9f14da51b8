"""Injury reports: names of teams and players become ids, dates become games.

Who a name means does not change with time, so the whole players table may be used,
and the teams a player has played for at any time of the season. Nothing of what he
did on court enters.
"""

from __future__ import annotations

import duckdb
import pandas as pd

from ml.ingest.player_names import Person, names_team, resolve_names


def resolve_injuries(connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``resolved.injury_names``: ids for every name, team and date reported.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``good``, ``stored`` and ``accepted``. Gets a table of one row per
        ``team``, ``player`` and ``game_date``, with ``team_id``, ``player_id`` and
        ``game_id``; an id is null where it cannot be told.
    """
    connection.execute("create schema resolved")
    connection.execute(
        f"""
        create table resolved.reports as
        with reported as (
            select team, player, game_date from good.injury_reports
            union
            select team, player, game_date from stored.injury_reports
        ),
        sides as (
            select game_id, game_date, season, home_team_id as team_id
            from accepted.games
            union all
            select game_id, game_date, season, away_team_id as team_id
            from accepted.games
        ),
        dates as (
            select game_date, min(season) as season from accepted.games group by all
        ),
        with_team as (
            select reported.*, min(teams.team_id) as team_id
            from reported
            left join accepted.teams as teams
                on {names_team("reported.team", "teams")}
            group by all
        ),
        with_game as (
            select with_team.*, min(sides.game_id) as game_id
            from with_team
            left join sides
                on with_team.team_id = sides.team_id
                and with_team.game_date = sides.game_date
            group by all
        )
        select with_game.*, dates.season
        from with_game
        asof left join dates on with_game.game_date >= dates.game_date
        """
    )
    people = [
        Person(player_id, name)
        for player_id, name in connection.execute(
            "select player_id, player_name from accepted.players order by player_id"
        ).fetchall()
    ]
    groups = connection.execute(
        """
        with rosters as (
            select team_id, season, list(distinct player_id) as player_ids
            from (
                select team_id, season, player_id from good.player_game_stats
                union all
                select team_id, season, player_id from stored.player_game_stats
            )
            group by all
        ),
        names as (
            select team_id, season, list(distinct player) as names
            from resolved.reports where player is not null group by all
        )
        select names.team_id, names.season, names.names, rosters.player_ids
        from names
        left join rosters
            on names.team_id = rosters.team_id and names.season = rosters.season
        order by names.team_id, names.season
        """
    ).fetchall()
    found = [
        (team_id, season, name, player_id)
        for team_id, season, names, roster in groups
        for name, player_id in resolve_names(
            names, people, roster=frozenset(roster or ())
        ).items()
    ]
    frame = pd.DataFrame(found, columns=["team_id", "season", "player", "player_id"])
    frame = frame.astype({"team_id": "Int64", "player_id": "int64"})
    connection.register("found_names", frame.astype({"season": str, "player": str}))
    connection.execute(
        """
        create table resolved.injury_names as
        select
            reports.team,
            reports.player,
            reports.game_date,
            reports.team_id,
            found_names.player_id::bigint as player_id,
            reports.game_id
        from resolved.reports as reports
        left join found_names
            on reports.team_id is not distinct from found_names.team_id
            and reports.season is not distinct from found_names.season
            and reports.player = found_names.player
        """
    )
    connection.unregister("found_names")
