"""How the feature build grows with the league: 3, 10 and 30 simulated seasons.

    .venv/bin/python benchmarks/growth.py [--plot growth.svg] [seasons ...]

Each league is simulated, ingested and built in a home and a process of its own. Prints
CPU seconds and peak memory of every stage, and the exponent of the build: the slope of
log CPU seconds over log rows. A start of dbt that builds one view is measured and taken
off first, since it does not grow.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
from matplotlib.figure import Figure

from ml.features.build import build_features, run_dbt
from ml.ingest.run import ingest
from ml.settings import load_settings
from ml.sources.synthetic import simulate_league

STAGES = ("simulate", "ingest", "start", "build")


def stage(name, home, n_seasons):
    """Run one stage in this process."""
    settings = load_settings(home)
    if name == "simulate":
        simulate_league(settings.simulated_league, n_seasons=n_seasons)
    elif name == "ingest":
        ingest(settings.simulated_league, settings)
        settings.features_dir.mkdir(exist_ok=True)
    elif name == "start":
        run_dbt(settings, "run", "--select", "stg_teams", "--no-partial-parse")
    else:
        build_features(settings)


def measured(name, home, n_seasons):
    """Run one stage in a process of its own; CPU seconds, wall seconds, peak GB."""
    command = [sys.executable, __file__, "--stage", name]
    command += ["--home", str(home), str(n_seasons)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    figures = json.loads(done.stdout.splitlines()[-1])
    print(
        f"{n_seasons:7} {name:9} {figures['cpu']:8.1f} {figures['wall']:8.1f} "
        f"{figures['peak']:8.2f}",
        flush=True,
    )
    return figures["cpu"]


def count_rows(home):
    """Return how many lines of players the warehouse holds."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as warehouse:
        query = "select count(*) from raw.player_game_stats"
        return warehouse.execute(query).fetchone()[0]


def draw(rows, seconds, exponent, path):
    """Plot build seconds over rows, both logarithmic, beside a line of slope one."""
    axes = (figure := Figure(figsize=(5, 3.5), layout="constrained")).subplots()
    axes.loglog(rows, seconds, "o-", label=f"measured, exponent {exponent:.2f}")
    linear = seconds[0] * np.asarray(rows) / rows[0]
    axes.loglog(rows, linear, ":", color="grey", label="linear")
    axes.set(xlabel="player box scores", ylabel="CPU seconds of the feature build")
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seasons", type=int, nargs="*", default=[3, 10, 30])
    parser.add_argument("--plot", type=Path, help="where to draw it")
    parser.add_argument("--stage", choices=STAGES, help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage:
        began = time.perf_counter(), time.process_time()
        stage(options.stage, options.home, options.seasons[0])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        wall, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
        print(json.dumps({"wall": wall, "cpu": cpu, "peak": peak}))
        return
    print("seasons stage        CPU s   wall s  peak GB")
    rows, seconds = [], []
    for n_seasons in options.seasons:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            spent = {name: measured(name, home, n_seasons) for name in STAGES}
            rows.append(count_rows(home))
        seconds.append(spent["build"] - spent["start"])
    exponent, _ = np.polyfit(np.log(rows), np.log(seconds), 1)
    for count, spent in zip(rows, seconds, strict=True):
        print(f"{count:10,} player box scores: {spent:7.1f} CPU s beyond the start")
    print(f"exponent {exponent:.3f}")
    if options.plot:
        draw(rows, seconds, exponent, options.plot)


if __name__ == "__main__":
    main()
