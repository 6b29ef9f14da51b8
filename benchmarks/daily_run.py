"""The whole way, as its user goes it: everything from empty, then one more game day.

    .venv/bin/python benchmarks/daily_run.py [league.sqlite]

Without a league it simulates one. The league is taken once without the results of its
last game day (`tipoff run` into an empty home), then whole (`tipoff run --no-train`
into the same home). Prints the wall and CPU seconds and the peak memory of both.
"""

import argparse
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

_RESULTS = ("team_game_stats", "player_game_stats", "starters", "impact_lineup_stints")
_SCHEDULED = "home_pts = null, away_pts = null, periods = null"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, nargs="?", help="a league database")
    source = parser.parse_args().source
    with tempfile.TemporaryDirectory() as folder:
        home, eve = Path(folder) / "home", Path(folder) / "eve.sqlite"
        if source is None:
            source = Path(folder) / "league.sqlite"
            tipoff(home, "simulate-league", source)
        shutil.copy(source, eve)
        day = forget_last_day(eve)
        figures = {
            "everything from empty": tipoff(home, "run", eve),
            f"one more game day, {day}": tipoff(home, "run", source, "--no-train"),
        }
    print(f"{'':34} wall s   CPU s   peak GB")
    for name, (wall, cpu, peak) in figures.items():
        print(f"{name:34} {wall:6.1f}  {cpu:6.1f}  {peak:8.2f}")


def forget_last_day(league):
    """Take the results of a league's last played day back; return the day."""
    with closing(sqlite3.connect(league)) as connection, connection:
        day = connection.execute(
            "select max(game_date) from games where home_pts is not null"
        ).fetchone()[0]
        of_day = "game_id in (select game_id from games where game_date = ?)"
        tables = connection.execute("select name from sqlite_master").fetchall()
        for table in _RESULTS:
            if (table,) in tables:
                connection.execute(f"delete from {table} where {of_day}", (day,))
        connection.execute(f"update games set {_SCHEDULED} where game_date = ?", (day,))
    return day


def tipoff(home, *arguments):
    """Run one command; return its wall seconds, CPU seconds and peak in GB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "ml.cli", *map(str, arguments)],
        env=os.environ | {"TIPOFF_HOME": str(home)},
        check=True,
    )
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, after.ru_maxrss / 1e6


if __name__ == "__main__":
    main()
