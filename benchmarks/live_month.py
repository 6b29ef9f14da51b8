"""Nights of a simulated season by `tipoff nightly --fetch`, with faults of the hosts.

    .venv/bin/python benchmarks/live_month.py --folder /tmp/month --nights 30

A server on this machine answers like the endpoints. Every night the league that was
fetched is compared, row by row, with what the same league's database held by then; with
`--compare` a second home is given that database every night, and its forecasts are
compared number by number. `--first 15` begins with the fifteenth night; faults come in
turn, one a night, and begin anew after the fourteenth.
"""

import argparse
import io
import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, redirect_stderr
from datetime import date, datetime, timedelta
from numbers import Number
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
from league_as_of import league_as_of, moment_of

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from ml.jobs.fetch import fetch_night
from ml.settings import Settings
from ml.sources.synthetic import simulate_league
from tests.stand_in.league import League
from tests.stand_in.server import serving

EASTERN = ZoneInfo("America/New_York")
# The report that comes late, by either of its names.
LATE, LATE_NAMES = "13:30:00", ("01PM", "01_30PM")
# Tables and the columns that the endpoints tell.
TABLES = {
    "teams": "team_id, team_abbreviation, team_name",
    "games": "game_id, season, season_type, game_date, tipoff_et, home_team_id, "
    "away_team_id, home_pts, away_pts, cast(periods as integer), is_neutral_site",
    "team_game_stats": "game_id, team_id, min, fgm, fga, fg3m, ftm, oreb, dreb, ast, "
    "stl, blk, tov, pf, pts, opponent_pts, wl, is_home",
    "player_game_stats": "game_id, player_id, team_id, min, fgm, fga, fg3m, fg3a, ftm, "
    "fta, oreb, dreb, ast, stl, blk, tov, pf, pts, plus_minus",
    "players": "player_id, player_name, height, weight, country",
    "starters": "game_id, player_id",
    "injury_reports": "report_at_et, game_date, matchup, team, player, status, reason",
    "transactions": "transaction_date, transaction_type, player_id, from_team_id, "
    "to_team_id",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="a new one")
    parser.add_argument("--nights", type=int, default=30)
    parser.add_argument("--games", type=int, default=40, help="games of a team")
    parser.add_argument(
        "--first", type=int, default=1, help="number of the first night"
    )
    parser.add_argument(
        "--box-scores", type=int, default=30, help="nights with players' forecasts"
    )
    parser.add_argument("--compare", action="store_true")
    parser.add_argument("--fetch-only", action="store_true", help="no forecasts")
    options = parser.parse_args()
    options.folder.mkdir(parents=True)
    source = options.folder / "whole.sqlite"
    simulate_league(
        source,
        n_seasons=2,
        random_state=5,
        n_games_per_team=options.games,
        last_season_complete=True,
    )
    days = prepared(source, options.first - 1, options.nights)
    league = League(source, datetime.fromisoformat(days[0]))
    ends = []
    with serving(league) as server:
        for number, day in enumerate(days, options.first - 1):
            ends.append(night(options, league, server, number, day))
    codes = [end["code"] for end in ends]
    print(
        f"{len(ends)} nights, exit codes "
        f"{ {code: codes.count(code) for code in sorted(set(codes))} }, "
        f"{sum(end['requests'] for end in ends)} requests, "
        f"{sum(len(end['differing']) for end in ends)} tables differed, "
        f"{sum(end['games'] for end in ends)} games forecast, "
        f"{sum(end['numbers'] for end in ends):,} numbers of forecasts compared"
    )
    return 0 if not any(end["differing"] for end in ends) else 1


def prepared(source, n_before, n_nights):
    """Take out what the endpoints do not tell; return the days of the nights."""
    with closing(sqlite3.connect(source)) as whole, whole:
        season = whole.execute("select max(season) from games").fetchone()[0]
        days = [
            day
            for (day,) in whole.execute(
                "select distinct game_date from games where season = ? "
                "and season_type = 'Regular Season' order by game_date",
                (season,),
            )
        ][8 + n_before : 8 + n_nights]
        before = str(date.fromisoformat(days[0]) - timedelta(days=1))
        for table in (
            *("player_seasons", "impact_lineup_stints"),
            *("closing_lines", "player_prop_lines"),
        ):
            whole.execute(f"delete from {table}")
        whole.execute("update players set birthdate = null")
        whole.execute("delete from injury_reports where game_date < ?", (before,))
        whole.execute("delete from injury_reports where report_at_et < game_date")
        whole.execute(
            "delete from starters where game_id in "
            "(select game_id from games where game_date < ?)",
            (before,),
        )
        whole.execute("update games set periods = cast(periods as integer)")
        whole.execute("alter table games add column status text")
    return days


def night(options, league, server, number, day):
    """Run a night; return how it ended."""
    moment = moment_of(league.path, day)
    league.now = moment.astimezone(EASTERN).replace(tzinfo=None)
    fault = ordered(league, server, number, day)
    n_before = len(server.asked)
    home = options.folder / "fetched"
    how = []
    if number - options.first + 1 >= options.box_scores:
        how = ["--no-box-scores"]
    began = time.perf_counter()
    if options.fetch_only:
        code, words = fetch_alone(home, moment, server.url)
    else:
        code, words = nightly(home, moment, ["--fetch", *how], server.url)
    seconds = time.perf_counter() - began
    server.faults.clear()
    cut = league_as_of(league.path, options.folder / "cut.sqlite", moment)
    if league.without:
        # What comes late is not known on the evening itself, by either way.
        with closing(sqlite3.connect(cut)) as late, late:
            late.execute(
                "delete from injury_reports where report_at_et = ?", (f"{day} {LATE}",)
            )
    differing = differences(home / "live" / "league.sqlite", cut)
    record = {"n_games": 0}
    if not options.fetch_only:
        record = json.loads((home / "nights" / "last.json").read_text())
    end = {
        "code": code,
        "requests": len(server.asked) - n_before,
        "differing": differing,
        "games": record["n_games"],
        "numbers": 0,
    }
    if options.compare:
        nightly(options.folder / "read", moment, [str(cut), *how], server.url)
        others, end["numbers"] = forecasts_that_differ(options.folder, day)
        end["differing"] = differing + others
    print(
        f"{day} {fault or 'no fault'}: exit {code}, {end['requests']} requests, "
        f"{end['games']} games, {seconds:.0f} s, {end['numbers']:,} numbers, "
        f"{', '.join(end['differing']) or 'all equal'}"
        f"{'; ' + words if code or options.fetch_only else ''}",
        flush=True,
    )
    return end


def fetch_alone(home, moment, url):
    """Fetch as `tipoff nightly --fetch` does; return its exit code and its notes."""
    settings = Settings(home=home, stats_url=url, cdn_url=url, reports_url=url)
    with redirect_stderr(io.StringIO()):
        fetched = fetch_night(settings, as_of=moment)
    notes = [note for note in fetched.notes if not note.startswith("20")]
    return (fetched.problem.exit_code if fetched.problem else 0), "; ".join(notes)


def nightly(home, moment, how, url):
    """Run `tipoff nightly`; return its exit code and its last words."""
    hosts = {f"TIPOFF_{name}_URL": url for name in ("STATS", "CDN", "REPORTS")}
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "ml.cli", "nightly", *how, "--home", home),
            *("--as-of", f"{moment:%Y-%m-%dT%H:%M}"),
        ],
        env={**os.environ, **hosts},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, " ".join(ended.stderr.split()[-40:])


def ordered(league, server, number, day):
    """Order the fault of a night; return its name."""
    number %= 14
    league.without.clear()
    league.renamed.clear()
    faults = {
        1: ("denied", "leaguegamelog"),
        2: ("page", "playerindex"),
        3: ("hang", "scheduleLeagueV2"),
        4: ("half", "leaguegamelog"),
        5: ("busy", "boxscore_"),
        6: ("empty", "leaguegamelog"),
        7: ("broken", "NBA_Player_Movement"),
    }
    if number in faults:
        kind, path = faults[number]
        server.order(kind, path, retry_after="1")
        return f"{kind} ({path})"
    with closing(sqlite3.connect(league.path)) as whole, whole:
        return changed(league, whole, number, day)


def changed(league, whole, number, day):
    """Change what the league says from a night on; return how."""
    first = "(select min(game_id) from games where game_date = ?)"
    if number == 8:
        league.renamed["PLAYER_LAST_NAME"] = "LAST"
        what = "another schema (playerindex)"
    elif number == 9:
        league.without |= {f"Injury-Report_{day}_{name}.pdf" for name in LATE_NAMES}
        what = "a report that comes late"
    elif number == 10:
        (earlier,) = whole.execute(
            "select max(game_date) from games where game_date <= ?",
            (str(date.fromisoformat(day) - timedelta(days=3)),),
        ).fetchone()
        for table in ("player_game_stats", "team_game_stats"):
            whole.execute(
                f"update {table} set ast = ast + 1 where game_id = {first}", (earlier,)
            )
        what = "a correction three days later"
    elif number == 11:
        for table in ("team_game_stats", "player_game_stats", "starters"):
            whole.execute(f"delete from {table} where game_id = {first}", (day,))
        whole.execute(
            "update games set status = 'postponed', home_pts = null, away_pts = null, "
            f"periods = null where game_id = {first}",
            (day,),
        )
        what = "a postponed game"
    elif number == 12:
        whole.execute(
            f"update games set is_neutral_site = 1 where game_id = {first}", (day,)
        )
        what = "a neutral site"
    elif number == 13:
        for kind in ("001", "003", "006"):
            league.others.append((day, odd_game(league, kind, day)))
        what = "games of other kinds, of teams not known yet"
    else:
        what = ""
    return what


def odd_game(league, kind, day):
    """Make a game of another kind; its teams are not known."""
    nobody = {"teamId": 0, "teamName": "", "teamCity": "", "teamTricode": "TBD"}
    return {
        "gameId": f"{kind}{league._latest()[2:4]}00009",
        "gameStatus": 1,
        "gameStatusText": "TBD",
        "homeTeam": nobody | {"score": 0},
        "awayTeam": nobody | {"score": 0},
        "gameDateEst": f"{day}T00:00:00Z",
        "gameDateTimeEst": f"{day}T00:00:00Z",
        "isNeutral": False,
    }


def differences(fetched, cut):
    """Name the tables whose rows differ.

    Games of teams not known yet are none, and a database tells of four months ahead.
    """
    differing = []
    with closing(sqlite3.connect(fetched)) as one, closing(sqlite3.connect(cut)) as two:
        (last,) = two.execute("select max(game_date) from games").fetchone()
        for table, columns in TABLES.items():
            rows = [
                {
                    tuple(each)
                    for each in league.execute(f"select {columns} from {table}")
                    if table != "games"
                    or (each[5] and each[0][:3] != "001" and each[3] <= last)
                }
                for league in (one, two)
            ]
            if rows[0] != rows[1]:
                differing.append(f"{table} ({len(rows[0] ^ rows[1])} rows)")
    return differing


def forecasts_that_differ(folder, day):
    """Say where the forecasts of two homes differ, and how many numbers are equal.

    Distributions are lists of numbers.
    """
    differing, n_equal = [], 0
    for name in ("forecasts", "forecasts/players"):
        frames = []
        for home in ("fetched", "read"):
            path = folder / home / name / f"{day}.parquet"
            if path.exists():
                frame = pd.read_parquet(path)
                keys = [key for key in ("game_id", "player_id") if key in frame]
                frames.append(frame.sort_values(keys, ignore_index=True))
        if not frames:
            continue
        if len(frames) == 1 or [*frames[0]] != [*frames[1]]:
            differing.append(f"{name} of {day}")
            continue
        one, other = frames
        for column in one.columns.drop("model"):
            values, others = (
                frame[column].explode(ignore_index=True) for frame in (one, other)
            )
            if not values.equals(others):
                differing.append(f"{column} in {name}")
            elif values.map(lambda each: isinstance(each, Number)).all():
                n_equal += len(values)
    return differing, n_equal


if __name__ == "__main__":
    sys.exit(main())
