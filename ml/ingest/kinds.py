"""Kinds of games: which count as what, and which are ignored with a count.

The league's ids say of what kind a game is; where an id is not of the league, the
label in ``season_type`` does, however it is spelled. What is neither forecast nor
counted (pre-season, all-star, unknown kinds, pairings that are not known yet) leaves
the tables together with all rows about it. That is no fault of theirs.
"""

from __future__ import annotations

import duckdb

from ml.ingest.contract import (
    CUP_FINAL,
    PLAY_IN,
    PLAYOFFS,
    REGULAR_SEASON,
    SEASON_TYPES,
    Table,
)
from ml.ingest.remarks import note_remark

PRE_SEASON = "Pre Season"
ALL_STAR = "All Star"
UNKNOWN_TEAMS = "teams not known yet"
UNKNOWN_KIND = "unknown_kind"
"""The rule by which a game to come of an unknown kind is listed with what is set aside:
it may be one that should be forecast."""

KIND_BY_PREFIX = {
    "001": PRE_SEASON,
    "002": REGULAR_SEASON,
    "003": ALL_STAR,
    "004": PLAYOFFS,
    "005": PLAY_IN,
    "006": CUP_FINAL,
}
"""What the first three digits of the league's ids say."""

# Of a label in small letters and digits only; the first that fits. Of the numbers, 1
# to 6 are the league's own and 3 other people's for the play-offs: the league's
# all-star games have ids that say so.
_SPELLINGS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (PRE_SEASON, "preseason|exhibition", ("pre", "1", "001")),
    (ALL_STAR, "allstar|risingstar", ("as", "003")),
    (PLAY_IN, "playin", ("pi", "5", "005")),
    (
        PLAYOFFS,
        "playoff|postseason|firstround|conf(erence)?(semi)?final|nbafinals",
        ("post", "po", "p", "finals", "3", "4", "004"),
    ),
    (
        REGULAR_SEASON,
        "regular|regseason|seeding",
        ("reg", "rg", "r", "rs", "season", "2", "002"),
    ),
    (CUP_FINAL, "cup|inseasontournament", ("ist", "6", "006")),
)
_OF_A_GAME = (
    *("team_game_stats", "player_game_stats", "starters"),
    *("impact_lineup_stints", "closing_lines"),
)
_BOXES = ("team_game_stats", "player_game_stats")


def settle_kinds(connection: duckdb.DuckDBPyConnection) -> None:
    """Write one kind a game in ``typed``, and move what is ignored out of it.

    Games whose id and label disagree are remarked on.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``typed``, ``stored``, ``faults`` and the table of remarks. Gets a table
        ``ignored`` of ``table_name``, ``_row`` and ``kind``, and a table
        ``unknown_to_come`` of the rows of games to come whose kind is not known.
    """
    connection.execute(
        "create table ignored (table_name varchar, _row bigint, kind varchar)"
    )
    connection.execute(_KINDS)
    _note_contradictions(connection)
    connection.execute(
        "update typed.games as games set season_type = kinds.kind from kinds "
        "where games._row = kinds._row and games.season_type is distinct from "
        "kinds.kind"
    )
    known = ", ".join(f"'{kind}'" for kind in SEASON_TYPES)
    connection.execute(
        f"""
        insert into ignored
        select 'games', _row, case
            when kind not in ({known}) then kind else '{UNKNOWN_TEAMS}' end
        from kinds
        where kind not in ({known}) or has_unknown_team
        """
    )
    connection.execute(_UNKNOWN_TO_COME)
    _ignore_rows_of_ignored_games(connection, known)
    _give_boxes_their_kind(connection)


def drop_ignored(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Take the ignored rows of a table out of ``typed`` and ``faults``.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``typed``, ``faults`` and ``ignored``.
    table : str
        Name of the table.
    """
    rows = f"select _row from ignored where table_name = '{table}'"
    connection.execute(f"delete from typed.{table} where _row in ({rows})")
    connection.execute(
        f"delete from faults where table_name = '{table}' and _row in ({rows})"
    )


def count_ignored(
    connection: duckdb.DuckDBPyConnection, table: Table
) -> dict[str, int]:
    """Count a table's ignored rows by kind, the most frequent first.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``ignored``.
    table : Table
        Whose rows.

    Returns
    -------
    dict of str to int
    """
    rows = connection.execute(
        "select kind, count(*) from ignored where table_name = ? "
        "group by kind order by 2 desc, 1",
        [table.name],
    ).fetchall()
    return dict(rows)


def kind_by_id(game_id: str) -> str:
    """Write the SQL for the kind that an id tells; null for an id of no league.

    Parameters
    ----------
    game_id : str
        SQL of a game id.

    Returns
    -------
    str
    """
    cases = " ".join(
        f"when '{prefix}' then '{kind}'" for prefix, kind in KIND_BY_PREFIX.items()
    )
    return (
        f"case when regexp_full_match({game_id}, '\\d{{10}}') "
        f"then case left({game_id}, 3) {cases} end end"
    )


def kind_by_label(label: str) -> str:
    """Write the SQL for the kind that a label tells; the label itself if unknown.

    Parameters
    ----------
    label : str
        SQL of a label.

    Returns
    -------
    str
    """
    plain = (
        f"regexp_replace(regexp_replace(lower({label}), '\\.0+$', ''), "
        "'[^a-z0-9]', '', 'g')"
    )
    cases = " ".join(
        f"when regexp_matches({plain}, '{pattern}') or {plain} in "
        f"({', '.join(repr(word) for word in words)}) then '{kind}'"
        for kind, pattern, words in _SPELLINGS
    )
    return f"case {cases} else {label} end"


_LABELS = f"""
    select
        _row,
        game_id,
        season,
        game_date,
        season_type as label,
        {kind_by_label("season_type")} as by_label,
        {kind_by_id("game_id")} as by_id,
        home_pts is null and (
            coalesce(home_team_id, 0) <= 0 or coalesce(away_team_id, 0) <= 0
        ) and _row not in (select _row from faults where table_name = 'games')
            as has_unknown_team
    from typed.games
"""
# Ids whose first digits mostly contradict the labels are not of the league. A label of
# the cup means its last game; the others of it belong to the regular season.
_KINDS = f"""
    create table kinds as
    with labelled as ({_LABELS}),
    trusted as (
        select
            count(*) filter (by_id = by_label)
            >= count(*) filter (by_id <> by_label) as ids_are_the_leagues
        from labelled
        where by_label <> '{CUP_FINAL}'
    ),
    told as (
        select
            labelled.* replace (if(ids_are_the_leagues, by_id, null) as by_id)
        from labelled
        cross join trusted
    )
    select
        *,
        case
            when by_id is not null then by_id
            when by_label = '{CUP_FINAL}' and game_date < max(game_date) over (
                partition by season, by_id is null and by_label = '{CUP_FINAL}'
            ) then '{REGULAR_SEASON}'
            else by_label
        end as kind
    from told
"""

_UNKNOWN_TO_COME = f"""
    create table unknown_to_come as
    select games._row
    from typed.games as games
    inner join ignored on games._row = ignored._row and ignored.table_name = 'games'
    where
        ignored.kind not in ('{PRE_SEASON}', '{ALL_STAR}', '{UNKNOWN_TEAMS}')
        and games.home_pts is null
"""


def _note_contradictions(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute(
        f"""
        select label, by_id, count(*), min(game_id)
        from kinds
        where
            by_id <> by_label
            and not (by_id = '{REGULAR_SEASON}' and by_label = '{CUP_FINAL}')
        group by label, by_id
        order by 3 desc, 1, 2
        """
    ).fetchall()
    for label, kind, n_games, game_id in rows:
        what = f"{label} by label and {kind} by id, counts as {kind}"
        where = ("games", "season_type", what)
        note_remark(connection, *where, n_rows=n_games, example=game_id)


def _ignore_rows_of_ignored_games(
    connection: duckdb.DuckDBPyConnection, known: str
) -> None:
    drop_ignored(connection, "games")
    connection.execute(
        """
        create table ignored_games as
        select kinds.game_id, kinds.game_date, min(ignored.kind) as kind
        from ignored
        inner join kinds on ignored._row = kinds._row
        where
            ignored.table_name = 'games'
            and kinds.game_id not in (
                select game_id from typed.games where game_id is not null
            )
        group by all
        """
    )
    for name in _OF_A_GAME:
        by_label = (
            kind_by_label("record.season_type") if name in _BOXES else "null::varchar"
        )
        # Of a game that is not in games, its id or its label may say enough.
        connection.execute(
            f"""
            insert into ignored
            with kinds_of_rows as (
                select
                    record._row,
                    coalesce(
                        ignored_games.kind,
                        case when games.game_id is null then coalesce(
                            {kind_by_id("record.game_id")}, {by_label}
                        ) end
                    ) as kind
                from typed.{name} as record
                left join (select distinct game_id, kind from ignored_games)
                    as ignored_games on record.game_id = ignored_games.game_id
                left join (
                    select game_id from typed.games
                    union select game_id from stored.games
                ) as games on record.game_id = games.game_id
            )
            select '{name}', _row, kind from kinds_of_rows where kind not in ({known})
            """
        )
        drop_ignored(connection, name)
    # Reports tell dates and teams, not games.
    connection.execute(
        """
        insert into ignored
        select 'injury_reports', record._row, min(ignored_games.kind)
        from typed.injury_reports as record
        inner join ignored_games on record.game_date = ignored_games.game_date
        where record.game_date not in (
            select game_date from typed.games where game_date is not null
        )
        group by record._row
        """
    )
    drop_ignored(connection, "injury_reports")


def _give_boxes_their_kind(connection: duckdb.DuckDBPyConnection) -> None:
    """Let a box have its game's kind: the kind is a fact of the game."""
    for name in _BOXES:
        connection.execute(
            f"""
            update typed.{name} as record set season_type = games.season_type
            from (
                select game_id, min(season_type) as season_type
                from typed.games group by game_id
            ) as games
            where
                record.game_id = games.game_id
                and record.season_type is distinct from games.season_type
            """
        )
        connection.execute(
            f"""
            update typed.{name} as record
            set season_type = coalesce(
                {kind_by_id("record.game_id")}, {kind_by_label("record.season_type")}
            )
            where record.game_id not in (
                select game_id from typed.games where game_id is not null
            )
            """
        )
