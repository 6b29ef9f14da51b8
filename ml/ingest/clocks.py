"""Clocks: a file whose tip-offs cannot be of US/Eastern time is refused.

A tip-off without an offset is Eastern, one with an offset is what it says. Whether that
can be true is seen from the hours, in all games, and in parts of them that may come
from different sources: those of a season that are over, and those that are to come.
"""

from __future__ import annotations

import duckdb

from ml.errors import ContractError
from ml.ingest.forms import has_zone
from ml.ingest.remarks import note_remark

# In nine seasons 5 of 11,498 games tipped off in these hours, and none after midnight;
# of a file in UTC without saying so, nine in ten do, of one of afternoons a third.
_NIGHT = "(hour(tipoff) >= 23 or hour(tipoff) < 5)"
_NIGHT_SHARE = 0.25
# Nine in ten tip off later; a false Z moves the latest, of 23:00, to 18:00 or 19:00.
_EVENING = "(hour(tipoff) * 60 + minute(tipoff) > 18 * 60 + 15)"
_EVENING_SHARE = 0.1
# Fewer may all be of afternoons, or abroad.
_MIN_GAMES = 20
_MIN_DAYS = 5


def require_eastern(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse tip-offs that are not Eastern, and days that are not.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``found``, ``typed`` and the table of remarks.

    Raises
    ------
    ContractError
        With the hours found and the remedy.
    """
    found = connection.execute(
        "select 1 from duckdb_columns() where schema_name = 'found' "
        "and table_name = 'games' and column_name = 'tipoff_et'"
    ).fetchone()
    if found is None:
        return
    # A day that a program dressed as a moment: its midnight, with a Z behind.
    connection.execute(
        "update typed.games as games set tipoff_et = games.game_date "
        "from found.games as found where games._row = found._row "
        "and games.tipoff_et::date = games.game_date - 1 and regexp_full_match("
        "found.tipoff_et::varchar, games.game_date || '[ T]00:00(:00(\\.0+)?)?[zZ]')"
    )
    groups = connection.execute(_GROUPS).fetchall()
    for zoned, whole, n, n_days, n_night, n_evening, n_early, example in groups:
        if n_night > _NIGHT_SHARE * n and (whole or n_night > 1):
            raise ContractError(
                f"column tipoff_et of games is not of US/Eastern time: {n_night:,} of "
                f"{n:,} games would tip off between 23:00 and 05:00; found {example!r}",
                _AN_OFFSET if zoned else _UTC,
            )
        if n_early > _NIGHT_SHARE * n and (whole or n_early > 1):
            raise ContractError(
                "column game_date of games is not the US/Eastern day: in "
                f"{n_early:,} of {n:,} games it is the day after the tip-off; found "
                f"tipoff_et {example!r}",
                "give the US/Eastern day; with --mapping, columns: games: game_date: "
                "{sql: \"date(game_date, '-1 day')\"} takes a day away",
            )
        if zoned and n_evening <= _EVENING_SHARE * n:
            if n >= _MIN_GAMES and n_days >= _MIN_DAYS:
                raise ContractError(
                    f"column tipoff_et of games is not what its Z or offset says: "
                    f"{n - n_evening:,} of {n:,} games would tip off before 18:15 "
                    f"US/Eastern; found {example!r}",
                    _FALSE_ZONE,
                )
            if whole:
                what = "before 18:15 US/Eastern as its Z or offset says; is it true?"
                where = ("games", "tipoff_et", what)
                note_remark(connection, *where, n_rows=n, example=example)
    row = connection.execute(
        "update typed.games set tipoff_et = null where tipoff_et = game_date"
    ).fetchone()
    if row is not None and row[0]:
        what = "midnight as the game's day begins, counts as unknown"
        note_remark(connection, "games", "tipoff_et", what, n_rows=row[0])


_UTC = (
    "write the clock into the text, as in 2024-01-16T00:30:00Z or "
    "2024-01-15T19:30:00-05:00; with --mapping, columns: games: tipoff_et: "
    "{sql: \"tipoff_et || 'Z'\"} says that it is UTC"
)
_AN_OFFSET = "correct the offset, or leave it out where the clock is US/Eastern"
_FALSE_ZONE = (
    "leave out the Z of a clock that is US/Eastern; with --mapping, columns: games: "
    'tipoff_et: {sql: "substr(tipoff_et, 1, 19)"} does'
)
_GROUPS = f"""
    with tips as (
        select
            games.season,
            games.home_pts is not null as is_over,
            games.game_date,
            games.tipoff_et as tipoff,
            found.tipoff_et::varchar as written,
            {has_zone("found.tipoff_et::varchar")} as zoned
        from typed.games as games
        inner join found.games as found on games._row = found._row
        where
            games.tipoff_et is not null
            and games.tipoff_et <> games.game_date
    )
    select
        zoned,
        season is null as whole,
        count(*),
        count(distinct game_date),
        count(*) filter ({_NIGHT}),
        count(*) filter ({_EVENING}),
        count(*) filter (game_date = tipoff::date + 1),
        coalesce(
            min_by(written, game_date) filter ({_NIGHT}), min_by(written, game_date)
        )
    from tips
    group by grouping sets ((zoned), (zoned, season, is_over))
    order by whole desc, zoned
"""
