"""Point-in-time retrieval of every feature of the player's games, three ways.

    TIPOFF_HOME=data .venv/bin/python benchmarks/point_in_time_retrieval.py [--rows N]

Runs, each in a process of its own: a hand-written DuckDB ASOF query, this project's
offline store, Feast's own ``duckdb`` store. Prints seconds, peak memory and whether
every cell agrees. Needs a home that `tipoff build` filled. `--rows` takes the newest N
rows of the spine (Feast's own store needs 9 GB and a minute or more for all of them);
`--skip-feast` leaves Feast's own store out.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ml.features.catalog import EVENT_TIMESTAMP
from ml.features.feast.quiet import quiet
from ml.features.feast.repository import open_store
from ml.features.manifest import read_catalog
from ml.features.spines import PLAYER_GAME_WIDE, read_spine
from ml.settings import load_settings

WAYS = ("hand", "ours", "feast")


def hand_written(settings, service, spine):
    """One ASOF join a view, as one would type it."""
    columns = []
    joins = ""
    for join in service.joins:
        name = join.name
        fresh = "true"
        if join.view.ttl:
            seconds = int(join.view.ttl.total_seconds())
            oldest = f"spine.event_timestamp - {seconds} * interval 1 second"
            fresh = f"{name}.event_timestamp >= {oldest}"
        columns += [
            f"case when {fresh} then {name}.{feature.name} end"
            f" as {name}__{feature.name}"
            for feature in join.features
        ]
        keys = " and ".join(f"{name}.{key} = spine.{col}" for key, col in join.keys)
        joins += (
            f" asof left join read_parquet('{join.view.parquet(settings)}') as {name}"
            f" on {keys} and {name}.event_timestamp <= spine.event_timestamp"
        )
    with duckdb.connect() as connection:
        connection.execute(f"set threads = {settings.threads}")
        connection.execute("set TimeZone = 'UTC'")
        connection.register("rows", spine)
        start = time.perf_counter(), time.process_time()
        connection.execute("create table spine as from rows")
        table = connection.execute(
            f"select spine.*, {', '.join(columns)} from spine {joins}"
            " order by spine.place"
        ).to_arrow_table()
        return table, elapsed(start)


def elapsed(start):
    """Seconds by the clock and of the processors since `start`."""
    return time.perf_counter() - start[0], time.process_time() - start[1]


def through_feast(settings, service, spine, *, own):
    """`FeatureStore.get_historical_features` with our store or Feast's."""
    warnings.simplefilter("ignore")
    with quiet():
        store = open_store(settings)
        if not own:
            store.config.offline_config = {"type": "duckdb"}
        registered = store.get_feature_service(service.name)
        # Feast's own store takes frames only.
        rows = spine if own else spine.to_pandas()
        start = time.perf_counter(), time.process_time()
        table = store.get_historical_features(
            entity_df=rows, features=registered, full_feature_names=True
        ).to_arrow()
        return table, elapsed(start)


def measure(way, n_rows, result):
    """Run one way and keep its cells, in the order of the spine."""
    settings = load_settings()
    service = read_catalog(settings).service(PLAYER_GAME_WIDE.service)
    spine = read_spine(settings, PLAYER_GAME_WIDE, "true")
    spine = spine.slice(max(0, spine.num_rows - n_rows) if n_rows else 0)
    asked = {name: spine[name] for name in service.keys}
    asked |= {
        EVENT_TIMESTAMP: spine["forecast_at"],
        "place": pa.array(range(spine.num_rows)),
    }
    asked = pa.table(asked)
    if way == "hand":
        table, spent = hand_written(settings, service, asked)
    else:
        table, spent = through_feast(settings, service, asked, own=way == "ours")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    sources = [column.source for column in service.columns]
    table = table.sort_by("place").select(["place", *sources])
    pq.write_table(table, result)
    seconds, cpu = spent
    print(json.dumps({"s": seconds, "cpu": cpu, "gb": peak, "rows": table.num_rows}))


def differing_cells(left, right):
    """How many cells differ between two files with the same columns."""
    names = pq.read_schema(left).names
    count = 0
    for name in names:
        ours = pq.read_table(left, columns=[name])[name]
        theirs = pq.read_table(right, columns=[name])[name].cast(ours.type)
        same = pc.fill_null(pc.equal(ours, theirs), False)
        for nothing in (pc.is_null, pc.is_nan):
            if nothing is pc.is_null or pa.types.is_floating(ours.type):
                both = pc.and_(nothing(ours), nothing(theirs))
                same = pc.or_(same, pc.fill_null(both, False))
        count += pc.sum(pc.invert(same)).as_py() or 0
    return count, len(names) - 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=0, help="newest rows; 0: all")
    parser.add_argument("--skip-feast", action="store_true")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--result", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        measure(options.way, options.rows, options.result)
        return
    ways = WAYS[:2] if options.skip_feast else WAYS
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for way in ways:
            command = [sys.executable, __file__, "--way", way]
            command += ["--rows", str(options.rows)]
            command += ["--result", str(Path(folder) / f"{way}.parquet")]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(done.stderr)
            found[way] = json.loads(done.stdout.splitlines()[-1])
        print(f"{found['ours']['rows']} rows")
        print("way    seconds  (x hand)  cpu s  peak GB  cells unlike ours")
        for way in ways:
            one = found[way]
            unlike, columns = differing_cells(
                Path(folder) / "ours.parquet", Path(folder) / f"{way}.parquet"
            )
            print(
                f"{way:5} {one['s']:9.2f} {one['s'] / found['hand']['s']:9.2f} "
                f"{one['cpu']:6.1f} {one['gb']:8.2f}  {unlike} in {columns} columns"
            )


if __name__ == "__main__":
    main()
