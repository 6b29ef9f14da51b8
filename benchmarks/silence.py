"""Every evening of a league: would results or tables have been called overdue?

    .venv/bin/python benchmarks/silence.py --home home

Takes a home with features and looks at it every day at 22:00 UTC from its first result
on, with what was known then: once with the schedule, once as of a source that holds
played games alone. Prints each day on which an alarm begins or ends.
"""

import argparse
import sys
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pandas as pd

from ml.features.spines import TEAM_MATCHUP, read_spine
from ml.monitor import tables
from ml.monitor.watchdog import overdue
from ml.settings import load_settings


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, required=True)
    settings = load_settings(parser.parse_args().home)
    games = read_spine(settings, TEAM_MATCHUP, "true").to_pandas(date_as_object=False)
    games["known_at"] = pd.to_datetime(games["known_at"], utc=True)
    first, last = games["known_at"].min().normalize(), games["known_at"].max()
    evenings = pd.date_range(first, last + timedelta(days=100)) + timedelta(hours=22)
    rows = tables._rows(settings)
    with patch.object(tables, "_rows", return_value=rows):
        for with_schedule in (True, False):
            print("with a schedule" if with_schedule else "without a schedule")
            n_alarms = watch(settings, games, evenings, with_schedule=with_schedule)
            print(f"{len(evenings)} evenings, {n_alarms} with an alarm")
    return 0


def watch(settings, games, evenings, *, with_schedule):
    """Print where alarms begin and end; return how many evenings had one."""
    n_alarms, before = 0, []
    for now in evenings:
        known = games[games["home_pts"].notna() & (games["known_at"] <= now)]
        if known.empty:
            continue
        ahead = games["tipoff_at"] <= now + timedelta(days=200 if with_schedule else 0)
        found = overdue(
            games[ahead] if with_schedule else known,
            games,  # all were forecast
            moment=now,
            model_date=known["game_date"].max(),
            retrain_days=14,
            tables=tables.last_brought(settings, known),
        )
        told = [each.what for each in found]
        if told != before:
            print(
                f"{now:%Y-%m-%d} {[f'{e.what}: {e.found}' for e in found]}", flush=True
            )
        n_alarms, before = n_alarms + bool(told), told
    return n_alarms


if __name__ == "__main__":
    sys.exit(main())
