"""A home that was moved gives the same answers: views, exports and one more night.

    python benchmarks/moved_homes.py FOLDER LEAGUE --as-of 2024-02-06T20:00
    python benchmarks/moved_homes.py FOLDER LEAGUE --home HOME --as-of 2024-06-17T20:00

Takes a home of the league (makes one by `tipoff run` where none is given), then moves
it by cp -a, mv, a symlink, from a backup and, where it was made here, as the product
does for another league, to paths with quotes, spaces and braces; of the home itself
nothing is left while the moved one works. Compares every table and view of the
warehouse, then every file that one more night leaves, with the unmoved home's, byte by
byte (rows of tables as sets). Prints a line a way and ends with 1 where one differs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
from fault_matrix import rows, state

from ml.settings import Settings

sys.path[:0] = [str(Path(__file__).parents[1] / "tests")]

from small_league import build_small_league  # noqa: E402


def copied(home: Path, folder: Path) -> Path:
    """Copy it with all times."""
    return Path(shutil.copytree(home, folder / "a coach's {{ copy }} [2] 100% *"))


def moved(home: Path, folder: Path) -> Path:
    """Move a copy of it, twice."""
    first = shutil.copytree(home, folder / "first")
    return Path(shutil.move(first, folder / "sec ond's"))


def linked(home: Path, folder: Path) -> Path:
    """Name a copy of it by a symlink."""
    copy = shutil.copytree(home, folder / "disk")
    link = folder / "link"
    link.symlink_to(copy)
    return link


def restored(home: Path, folder: Path) -> Path:
    """Copy it as a backup does that keeps no times."""
    copy = shutil.copytree(home, folder / "backup", copy_function=shutil.copyfile)
    return Path(copy)


def by_the_product(home: Path, folder: Path) -> Path:
    """Let another league take the place of a copy of it."""
    copy = Path(shutil.copytree(home, folder / "room"))
    tipoff(copy, "ingest", str(build_small_league(folder / "league.sqlite")))
    return copy / "simulated"


WAYS: dict[str, Callable[[Path, Path], Path]] = {
    "cp -a": copied,
    "mv": moved,
    "symlink": linked,
    "backup without times": restored,
    "the product's own move": by_the_product,
}


def views(home: Path) -> dict[str, str]:
    """Digest every table and view of the warehouse."""
    with duckdb.connect(
        str(Settings(home=home).warehouse), read_only=True
    ) as warehouse:
        names = warehouse.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
        ).fetchall()
        return {name: rows(name, warehouse) for (name,) in sorted(names)}


def tipoff(home: Path, *arguments: str) -> None:
    """Run a verb."""
    done = subprocess.run(
        [sys.executable, "-m", "ml.cli", *arguments],
        env={**os.environ, "TIPOFF_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 50):
        raise SystemExit(f"{arguments[0]} ended with {done.returncode}: {done.stderr}")


def where_they_part(expected: dict[str, str], found: dict[str, str]) -> list[str]:
    """Name what differs."""
    return [
        name
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]


def main() -> None:
    """Move the home in every way and compare."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("league", type=Path)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--as-of", required=True)
    parser.add_argument("--ways", default="")
    given = parser.parse_args()
    folder = given.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    home, league = folder / "home", given.league.resolve()
    ways = given.ways.split(",") if given.ways else list(WAYS)
    if given.home is None:
        # Only a simulated league makes room, and is known by its name.
        league = Path(shutil.copy2(league, folder / "simulated_league.sqlite"))
    elif not given.ways:
        ways.remove("the product's own move")
    if not home.exists():
        if given.home is not None:
            shutil.copytree(given.home, home)
        else:
            tipoff(home, "run", str(league))
    night = ("nightly", str(league), "--as-of", given.as_of)
    unmoved = folder / "unmoved"
    shutil.rmtree(unmoved, ignore_errors=True)
    # The home itself has this night, in a copy that is at the home's own place.
    before = views(home)
    shutil.copytree(home, unmoved)
    tipoff(home, *night)
    expected = state(home)
    shutil.rmtree(home)
    unmoved.rename(home)
    failed = 0
    for name in ways:
        place = folder / "elsewhere"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        other = WAYS[name](home, place)
        away = home.rename(folder / "away")
        try:
            parted = where_they_part(before, views(other))
            tipoff(other, *night)
            parted += where_they_part(expected, state(other))
        finally:
            away.rename(home)
        n_tables, n_files = len(before), len(expected)
        print(f"{name}: {n_tables} tables and views, {n_files} files and tables after ")
        print(f"  one more night, {len(parted)} differ {parted[:10]}", flush=True)
        failed += bool(parted)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
