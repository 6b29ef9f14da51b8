"""Nights from a season's opening night on: exit codes and alarms, one line a night.

    .venv/bin/python benchmarks/season_start.py league.sqlite --first 2021-10-19 \
        --nights 60 --home home

By default the home has the whole league and the nights are one `tipoff nightly
--backfill`; each is then looked at for alarms with what was known at its moment. With
`--as-it-came` the source itself is cut to what it held that evening, as a user's was,
and every night is a `tipoff nightly` of it; `--since` leaves earlier seasons out.
"""

import argparse
import json
import os
import sqlite3
import sys
import tempfile
from contextlib import closing
from datetime import date
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

from league_as_of import league_as_of, moment_of

from ml.errors import TipoffError
from ml.jobs.nightly import nightly
from ml.monitor import read_forecasts, review, tables
from ml.predict.slate import find_slate
from ml.settings import load_settings


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("league", type=Path)
    parser.add_argument("--first", required=True, help="the opening night")
    parser.add_argument("--nights", type=int, default=60)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--no-box-scores", action="store_true")
    parser.add_argument("--as-it-came", action="store_true")
    parser.add_argument("--since", default="", help="the first season of the source")
    options = parser.parse_args()
    settings = load_settings(options.home)
    days = days_of_games(options.league, options.first, options.nights)
    nights = nights_as_they_came if options.as_it_came else nights_of_backfill
    codes = []
    for day, code, words in nights(settings, options, days):
        codes.append(code)
        print(f"{day}  exit {code:2}  {words}", flush=True)
    counts = {code: codes.count(code) for code in sorted(set(codes))}
    print(f"{len(codes)} nights, exit codes {counts}, {cpu_seconds():.0f} CPU seconds")
    return 0 if set(codes) == {0} else 1


def nights_of_backfill(settings, options, days):
    """Forecast all nights, then look at each with what was known at its moment."""
    code, words = ended(
        settings,
        options.league,
        box_scores=not options.no_box_scores,
        backfill=(days[0], days[-1]),
    )
    print(f"backfill from {days[0]} to {days[-1]}: exit {code} {words}", flush=True)
    # What is the same every night is read once. Drift of inputs is shown and is no
    # alarm; it would read training sets every night.
    reviews = import_module("ml.monitor.review")
    forecasts = read_forecasts(settings)
    with (
        patch.object(tables, "_rows", return_value=tables._rows(settings)),
        patch.object(reviews, "read_forecasts", lambda _: forecasts.copy()),
        patch.object(reviews, "_inputs", return_value=[]),
    ):
        yield from looked_at(settings, days)


def looked_at(settings, days):
    """Look at every night with what was known at its moment."""
    for day in days:
        record = json.loads((settings.nights_dir / f"{day}.json").read_text("utf-8"))
        moment = find_slate(settings, date.fromisoformat(day)).moment
        found = review(settings, moment)
        told = [f"{each.what}: {each.found}" for each in found.overdue]
        told += [step["error"] for step in record["steps"] if "error" in step]
        if found.level != "healthy":
            signal, size = found.worst
            told.append(f"{signal} at {size:.1f} standard deviations")
        code = record["exit_code"] or (50 if found.is_alarm else 0)
        games = f"{record['n_games']:2} games, {len(found.grades)} graded"
        yield day, code, "; ".join([games, found.level, *told])


def nights_as_they_came(settings, options, days):
    """Ingest, build and forecast each night from a source as it was that evening."""
    with tempfile.TemporaryDirectory() as folder:
        for day in days:
            moment = moment_of(options.league, day)
            source = Path(folder) / "league.sqlite"
            league_as_of(options.league, source, moment, first_season=options.since)
            code, words = ended(
                settings, source, box_scores=not options.no_box_scores, as_of=moment
            )
            yield day, code, words


def ended(settings, source, **asked):
    """Run a night or a backfill; return its exit code and its words."""
    try:
        nightly(settings, source, **asked)
    except TipoffError as error:
        return error.exit_code, error.problem
    except SystemExit as end:
        return int(end.code or 0), ""
    return 0, ""


def days_of_games(league, first, n_days):
    with closing(
        sqlite3.connect(f"{league.resolve().as_uri()}?mode=ro", uri=True)
    ) as c:
        days = c.execute(
            "select distinct game_date from games where game_date >= ? "
            "order by game_date limit ?",
            (first, n_days),
        ).fetchall()
    return [day for (day,) in days]


def cpu_seconds():
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    sys.exit(main())
