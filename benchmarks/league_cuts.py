"""Cuts of a real league: nothing is refused but what is impossible.

    .venv/bin/python benchmarks/league_cuts.py league.sqlite --cuts 20 --seasons-alone

A random cut takes a first season, an evening with games to come, and leaves optional
tables out; a season alone is cut to its second evening, the first results being known.
Each is one `tipoff nightly` into an empty home. One line each: the exit code, what was
forecast, and what was said. The cuts are the same every time, and `--first-cut` goes on
where a run ended.
"""

import argparse
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from league_as_of import league_as_of, moment_of

OPTIONAL = (
    *("player_seasons", "starters", "impact_lineup_stints", "injury_reports"),
    *("closing_lines", "player_prop_lines"),
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("league", type=Path)
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--first-cut", type=int, default=1)
    parser.add_argument("--seasons-alone", action="store_true")
    parser.add_argument("--random-state", type=int, default=13)
    parser.add_argument("--no-box-scores", action="store_true")
    options = parser.parse_args()
    days = days_by_season(options.league)
    cuts = []
    if options.seasons_alone:
        cuts += [(season, of_it[1], ()) for season, of_it in days.items()]
    draw = random.Random(options.random_state)
    drawn = [random_cut(draw, days) for _ in range(options.cuts)]
    cuts += drawn[options.first_cut - 1 :]
    codes = [night(options, *cut) for cut in cuts]
    counts = {code: codes.count(code) for code in sorted(set(codes))}
    print(f"{len(codes)} cuts, exit codes {counts}")
    return 0 if set(codes) == {0} else 1


def random_cut(draw, days):
    """Draw the first season, the evening, and the optional tables left out."""
    season = draw.choice(sorted(days))
    last = draw.choice(sorted(each for each in days if season <= each)[:3])
    day = draw.choice(days[last][1:])
    left_out = tuple(name for name in OPTIONAL if draw.random() < 0.3)
    return season, day, left_out


def night(options, season, day, left_out):
    """Run a night of a cut in an empty home; return its exit code."""
    moment = moment_of(options.league, day)
    with tempfile.TemporaryDirectory() as folder:
        home, source = Path(folder) / "home", Path(folder) / "league.sqlite"
        league_as_of(
            options.league, source, moment, first_season=season, left_out=left_out
        )
        began = time.perf_counter()
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "ml.cli", "nightly", source, "--home", home),
                *("--as-of", f"{moment:%Y-%m-%dT%H:%M}"),
                *(["--no-box-scores"] if options.no_box_scores else []),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - began
        try:
            record = json.loads((home / "nights" / "last.json").read_text("utf-8"))
        except FileNotFoundError:
            record = {"n_games": 0, "steps": [{"error": ended.stderr[-500:]}]}
        n_players = sum(
            len(path.read_text("utf-8").splitlines()) - 1
            for path in (home / "exports").glob("gameday_player_predictions_*.csv")
        )
    told = [
        str(step[key])
        for step in record["steps"]
        for key in ("error", "outcome")
        if step.get(key)
    ]
    if "Traceback" in ended.stderr:
        told.append("a traceback")
    without = f" without {', '.join(left_out)}" if left_out else ""
    print(
        f"{season} to {day}{without}: exit {ended.returncode}, {seconds:.0f} s, "
        f"{record['n_games']} games, {n_players} players; {'; '.join(told)}",
        flush=True,
    )
    return ended.returncode


def days_by_season(league):
    with closing(
        sqlite3.connect(f"{league.resolve().as_uri()}?mode=ro", uri=True)
    ) as c:
        rows = c.execute(
            "select distinct season, game_date from games order by season, game_date"
        )
        days = {}
        for season, day in rows:
            days.setdefault(season, []).append(day)
    return days


if __name__ == "__main__":
    sys.exit(main())
