"""A league as its source was at a moment: what the benchmarks of nights start from."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_KNOWN_AFTER = timedelta(hours=3)
_EASTERN = ZoneInfo("America/New_York")
_OF_GAMES = (
    *("team_game_stats", "player_game_stats", "starters", "impact_lineup_stints"),
    "closing_lines",
)


def league_as_of(league, out, moment, *, first_season="", left_out=()):
    """Write the rows that a source had at a moment (UTC), its schedule included.

    The schedule is that of the seasons that have begun, or begin within four months.
    Labels of a season are those of the seasons before the one of the moment.
    """
    out.unlink(missing_ok=True)
    eastern = moment.astimezone(_EASTERN).replace(tzinfo=None)
    known = f"{eastern - _KNOWN_AFTER:%Y-%m-%d %H:%M:%S}"
    ahead = f"{eastern + timedelta(days=120):%Y-%m-%d}"
    with closing(sqlite3.connect(out)) as cut, cut:
        cut.execute("attach ? as whole", (str(league),))
        cut.execute(
            "create temp table over_by as select game_id from whole.games "
            "where coalesce(tipoff_et, game_date || ' 19:30') <= ? "
            "and home_pts is not null",
            (known,),
        )
        (now,) = cut.execute(
            "select max(season) from whole.games where game_date <= ?",
            (f"{eastern:%Y-%m-%d}",),
        ).fetchone()
        for name, sql in cut.execute(
            "select name, sql from whole.sqlite_master where type = 'table'"
        ).fetchall():
            if name in left_out:
                continue
            cut.execute(sql)
            columns = {
                row[1] for row in cut.execute(f"pragma whole.table_info({name})")
            }
            rows, values = "true", []
            if name == "player_seasons":
                rows, values = "season < ?", [now]
            elif "season" in columns:
                rows, values = "season >= ?", [first_season]
            if name == "games":
                rows, values = f"{rows} and game_date <= ?", [*values, ahead]
            elif name in _OF_GAMES:
                rows += " and game_id in (select game_id from over_by)"
            elif name == "injury_reports":
                rows = "report_at_et <= ? and game_date >= ?"
                values = [
                    f"{eastern:%Y-%m-%d %H:%M:%S}",
                    f"{(first_season or '1900')[:4]}-09-01",
                ]
            elif name == "transactions":
                rows = "max(transaction_date, ifnull(known_date, '')) < ?"
                values = [f"{eastern:%Y-%m-%d}"]
            elif name == "player_prop_lines":
                rows += " and observed_at_utc <= ?"
                values.append(f"{moment:%Y-%m-%d %H:%M:%S}")
            cut.execute(
                f"insert into {name} select * from whole.{name} where {rows}", values
            )
        cut.execute(
            "update games set home_pts = null, away_pts = null, periods = null "
            "where game_id not in (select game_id from over_by)"
        )
        cut.commit()
        cut.execute("detach whole")
    return out


def moment_of(league, day):
    """Return 22:00 UTC of a day, or an hour before its first tip-off."""
    with closing(
        sqlite3.connect(f"{league.resolve().as_uri()}?mode=ro", uri=True)
    ) as c:
        (first,) = c.execute(
            "select min(coalesce(tipoff_et, game_date || ' 19:30')) from games "
            "where game_date = ?",
            (str(day),),
        ).fetchone()
    tipoff = datetime.fromisoformat(first).replace(tzinfo=_EASTERN)
    usual = datetime.fromisoformat(f"{day}T22:00+00:00")
    return min(usual, tipoff.astimezone(usual.tzinfo) - timedelta(hours=1))
