"""What a change that should change nothing changed: a digest of all that a run leaves.

    python benchmarks/oracle.py FOLDER --out before.json
    python benchmarks/oracle.py FOLDER --league league.sqlite --out before.json
    python benchmarks/oracle.py FOLDER --compare before.json

In an empty home under FOLDER, `tipoff run` of a league as it was on an evening, then
`tipoff nightly` as it was the evening after: first of the simulated league, then of two
seasons of the league given, up to an evening in the second (--first-season, --day).
Prints a digest for every export, feature file, training set, model, forecast and
report of both, and with --compare only those that differ; it ends with 1 where one
does. Rows of Parquet files are digested in no order, as threads write them, with the
names and types of their columns. Paths, digests of files and of the project, its
revision, names of models that end in one, and how long things took are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
from league_as_of import league_as_of, moment_of

from ml.settings import PROJECT_DIR

_FOLDERS = ("exports", "features", "forecasts", "model", "registry", "reports")
# Not the decimals of a number.
_DIGEST = re.compile(r"(?<![0-9a-z.])[0-9a-f]{12,64}(?![0-9a-z])")
_TIMES = re.compile(r'"(?:seconds|cpu_seconds|peak_gb|wall_s)": [0-9.]+')


def main() -> int:
    """Run, digest and compare."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--league", type=Path)
    parser.add_argument("--first-season", default="")
    parser.add_argument("--day", default="")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--compare", type=Path)
    given = parser.parse_args()
    folder = given.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    simulated = folder / "simulated.sqlite"
    tipoff(folder / "simulated", "simulate-league", str(simulated))
    found = digests_of(folder / "simulated", simulated, "", "")
    if given.league is not None:
        league = given.league.resolve()
        first, day = given.first_season, given.day
        found |= digests_of(folder / "given", league, first, day)
    if given.out is not None:
        given.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    if given.compare is None:
        for name, digest in found.items():
            print(f"{digest[:16]}  {name}")
        return 0
    before = json.loads(given.compare.read_text("utf-8"))
    differing = [
        name
        for name in sorted(before.keys() | found.keys())
        if before.get(name) != found.get(name)
    ]
    for name in differing:
        old, new = (each.get(name, "absent")[:16] for each in (before, found))
        print(f"{old} -> {new}  {name}")
    print(f"{len(before.keys() | found.keys())} digests, {len(differing)} differ")
    return int(bool(differing))


def digests_of(
    folder: Path, league: Path, first_season: str, day: str
) -> dict[str, str]:
    """Run a league's evening and the one after, and digest what each leaves."""
    days = days_of(league)
    seasons = sorted({season for season, _ in days})
    first_season = first_season or seasons[-2]
    of_last = [each for season, each in days if season == seasons[-1]]
    day = day or of_last[len(of_last) * 3 // 5]
    after = min(each for _, each in days if each > day)
    home, source = folder / "home", folder / "league.sqlite"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    found = {}
    for verb, evening in (("run", day), ("nightly", after)):
        moment = moment_of(league, evening)
        league_as_of(league, source, moment, first_season=first_season)
        began = time.perf_counter()
        as_of = ["--as-of", f"{moment:%Y-%m-%dT%H:%M}"] if verb == "nightly" else []
        tipoff(home, verb, str(source), *as_of)
        seconds = time.perf_counter() - began
        print(f"{folder.name} {verb} of {evening}: {seconds:.0f} s", file=sys.stderr)
        found |= {
            f"{folder.name}/{verb}/{name}": digest for name, digest in digests(home)
        }
    return found


def days_of(league: Path) -> list[tuple[str, str]]:
    """Return season and day of every game."""
    with closing(sqlite3.connect(f"{league.as_uri()}?mode=ro", uri=True)) as file:
        return file.execute(
            "select distinct season, game_date from games order by season, game_date"
        ).fetchall()


def tipoff(home: Path, *arguments: str) -> None:
    """Run a verb."""
    done = subprocess.run(
        [sys.executable, "-m", "ml.cli", *arguments],
        cwd=PROJECT_DIR,
        env={**os.environ, "TIPOFF_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 10, 50):
        raise SystemExit(f"{arguments[0]} ended with {done.returncode}: {done.stderr}")


def digests(home: Path) -> Iterator[tuple[str, str]]:
    """Digest every file that people, models and the next night read."""
    for folder in _FOLDERS:
        for path in sorted((home / folder).rglob("*")):
            name = str(path.relative_to(home))
            if not path.is_file() or "/." in name:
                continue
            content = rows(path) if path.suffix == ".parquet" else text(path, home)
            yield _DIGEST.sub("#", name), content


def text(path: Path, home: Path) -> str:
    """Digest a text without what every run or commit has of its own."""
    told = path.read_text("utf-8").replace(str(home), "HOME")
    return sha256(_TIMES.sub("", _DIGEST.sub("#", told)).encode()).hexdigest()


def rows(path: Path) -> str:
    """Digest names, types and rows of a Parquet file, in no order."""
    digest = sha256()
    with duckdb.connect() as connection:
        file = str(path).replace("'", "''")
        source = f"from read_parquet('{file}')"
        columns: list[Any] = connection.execute(
            f"describe select * {source}"
        ).fetchall()
        digest.update(repr([column[:2] for column in columns]).encode())
        names = ", ".join(
            f"regexp_replace({name}, '(^|[^0-9a-z.])[0-9a-f]{{12,64}}', '\\1#', 'g')"
            if kind == "VARCHAR"
            else name
            for name, kind in ((f'"{each[0]}"', each[1]) for each in columns)
        )
        hashes = connection.execute(f"select hash({names}) {source}").fetchall()
        digest.update(repr(sorted(hashes)).encode())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
