"""Every verb under every fault at several moments: is the state whole afterwards?

    python benchmarks/fault_matrix.py FOLDER --moments 10
    python benchmarks/fault_matrix.py FOLDER --verbs nightly --faults SIGTERM,full

Makes a home of a short simulated league in FOLDER, then runs each verb in copies of
it: undisturbed, and with a fault at evenly spaced moments of the undisturbed run. After
each fault: the exit code is one that docs/failures.md names, no traceback, no process
is left, every file that was there is as it was or as the undisturbed run left it; then
the verb runs again, ends as the undisturbed one did, and leaves the same. Prints a line
a case and ends with 1 where one failed.

* SIGTERM, SIGINT, SIGKILL: at the moment, to the process.
* full: no file may grow beyond the moment's share of the largest one that the
  undisturbed run wrote (RLIMIT_FSIZE), or, as root with --tmpfs, a file system with as
  much room as that share of what the home grew by.
* readonly: the home is mounted read-only at the moment (as root with --tmpfs).
* memory: TIPOFF_MEMORY_GB=1, and from the moment on the process may hold 1 GB of data
  (RLIMIT_DATA).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import duckdb

from ml.settings import Settings
from ml.simulation import simulate_league

FAULTS = ("SIGTERM", "SIGINT", "SIGKILL", "full", "readonly", "memory")
SIGNALS = ("SIGTERM", "SIGINT", "SIGKILL")
CODES = {
    "SIGTERM": {143},
    "SIGINT": {130, -2},  # -2: while Python is still importing
    "SIGKILL": {-9},
    "full": {42},
    "readonly": {42},
    "memory": {43},
}
GB = 10**9


@dataclass(frozen=True)
class Case:
    """One verb, one fault, one moment, and what came of it."""

    verb: str
    fault: str
    moment: int
    code: int
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Undisturbed:
    """A verb without a fault: how it ended, how long it took, what it left."""

    code: int
    seconds: float
    state: dict[str, str]
    largest: int
    grown: int


@dataclass(frozen=True)
class Ground:
    """Where the cases are tried: a folder with a league and a home."""

    folder: Path
    league: Path
    home: Path
    tmpfs: bool


def verbs(ground: Ground) -> dict[str, list[str]]:
    """Return the arguments of every verb."""
    league, out = ground.league, str(ground.folder / "out")
    (path,) = (ground.home / "exports").glob("gameday_player_predictions_*.csv")
    with path.open(encoding="utf-8") as file:
        player = next(csv.DictReader(file))["player_id"]
    return {
        "simulate-league": ["simulate-league", "--seasons", "1"],
        "ingest": ["ingest", str(league)],
        "build": ["build"],
        "materialize": ["materialize"],
        "train": ["train"],
        "predict": ["predict"],
        "run": ["run", str(league)],
        "nightly": ["nightly", str(league)],
        "monitor": ["monitor"],
        "publish": ["publish", "--to", f"file://{out}/published"],
        "price": ["price", "--player", player, "--stat", "pts", "--line", "10.5"],
        "what-if": ["what-if", "--out", player],
        "ratings": ["ratings"],
        "models": ["models", "list"],
        "doctor": ["doctor", str(league)],
        "backtest": [
            *("backtest", "--source", str(league), "--seasons", "2023-24"),
            *("--out", f"{out}/backtest"),
        ],
    }


def prepare(folder: Path) -> tuple[Path, Path]:
    """Make the league and a home with a night; what is there is taken."""
    league, home = folder / "league.sqlite", folder / "home"
    if not league.exists():
        simulate_league(league, n_seasons=2, random_state=5, n_games_per_team=24)
    if not (home / "nights" / "last.json").exists():
        done = start(home, ["nightly", str(league)])
        _, errors = done.communicate()
        if done.returncode:
            raise SystemExit(f"the first night ended with {done.returncode}: {errors}")
    return league, home


def start(
    home: Path, arguments: list[str], **environment: str
) -> subprocess.Popen[str]:
    """Start a verb in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "ml.cli", *arguments],
        env={**os.environ, "TIPOFF_HOME": str(home), "COLUMNS": "300", **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def state(home: Path) -> dict[str, str]:
    """Digest what a user keeps; rows of tables in no order, records without times."""
    found = {}
    for name in ("exports", "forecasts", "registry", "reports", "model"):
        for path in sorted((home / name).rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(home).parts)
            if path.is_file() and not hidden:
                content = sha256(path.read_bytes()).hexdigest()
                found[str(path.relative_to(home))] = content
    for path in sorted((home / "features").glob("fv_*.parquet")):
        found[path.name] = rows(f"read_parquet('{path}')")
    warehouse = Settings(home=home).warehouse
    if warehouse.exists():
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            tables = connection.execute(
                "select schema_name || '.' || table_name as name "
                "from duckdb_tables() order by name"
            ).fetchall()
            for (table,) in tables:
                found[table] = rows(table, connection)
    return found


def rows(source: str, connection: duckdb.DuckDBPyConnection | None = None) -> str:
    """Digest rows in whatever order, as text, which tells a negative zero from zero."""
    asked = connection or duckdb.connect()
    return repr(
        asked.execute(
            f"select count(*), sum(hash(rows::varchar)) from {source} as rows"
        ).fetchall()
    )


def undisturbed(home: Path, copy: Path, arguments: list[str]) -> Undisturbed:
    """Run a verb in a copy of the home."""
    shutil.copytree(home, copy)
    sizes = {path: path.stat().st_size for path in copy.rglob("*") if path.is_file()}
    before = {path: path.stat().st_mtime_ns for path in sizes}
    began = time.perf_counter()
    process = start(copy, arguments)
    _, errors = process.communicate()
    seconds = time.perf_counter() - began
    if "Traceback" in errors:
        raise SystemExit(f"{arguments[0]} ended with a traceback: {errors}")
    after = {path: path.stat().st_size for path in copy.rglob("*") if path.is_file()}
    written = [
        size
        for path, size in after.items()
        if before.get(path) != path.stat().st_mtime_ns
    ]
    found = state(copy)
    shutil.rmtree(copy)
    grown = sum(after.values()) - sum(sizes.values())
    return Undisturbed(
        process.returncode, seconds, found, max(written, default=0), grown
    )


@contextmanager
def place(folder: Path, home: Path, *, tmpfs: bool) -> Iterator[Path]:
    """Yield a copy of the home, on a file system of its own where asked."""
    mount = folder / "case"
    shutil.rmtree(mount, ignore_errors=True)
    mount.mkdir()
    if tmpfs:
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(mount)], check=True)
    try:
        copy = mount / "home"
        shutil.copytree(home, copy)
        yield copy
    finally:
        if tmpfs:
            subprocess.run(["umount", "-l", str(mount)], check=True)
        shutil.rmtree(mount, ignore_errors=True)


def remount(mount: Path, options: str) -> bool:
    """Change a file system; False while files are open for writing."""
    done = subprocess.run(
        ["mount", "-o", f"remount,{options}", str(mount)],
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def disturb(
    process: subprocess.Popen[str],
    fault: str,
    share: float,
    run: Undisturbed,
    home: Path,
) -> None:
    """Bring a fault upon a running verb at a share of its time."""
    if fault == "full":
        return  # from its beginning, see `attempt`
    with suppress(subprocess.TimeoutExpired):
        process.wait(share * run.seconds)
    if process.poll() is not None:
        return
    if fault in SIGNALS:
        process.send_signal(getattr(signal, fault))
    elif fault == "memory":
        with suppress(ProcessLookupError):
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (GB, GB))
    elif fault == "readonly":
        while process.poll() is None and not remount(home.parent, "ro"):
            time.sleep(0.002)


def attempt(
    ground: Ground,
    verb: tuple[str, list[str]],
    fault: str,
    moment: tuple[int, int],
    run: Undisturbed,
) -> Case:
    """Run a verb with a fault, then without."""
    folder, home, tmpfs = ground.folder, ground.home, ground.tmpfs
    name, arguments = verb
    number, n_moments = moment
    share = (number + 0.5) / n_moments
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    problems = []
    with place(folder, home, tmpfs=tmpfs) as copy:
        before = state(copy)
        environment = {"TIPOFF_MEMORY_GB": "1"} if fault == "memory" else {}
        if fault == "full" and tmpfs:
            used = shutil.disk_usage(copy.parent).used
            room = used + max(int(share * max(run.grown, run.largest)), 4096)
            remount(copy.parent, f"size={room}")
        process = start(copy, arguments, **environment)
        if fault == "full" and not tmpfs:
            largest = max(int(share * run.largest), 1)
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (largest, largest))
        disturb(process, fault, share, run, copy)
        _, errors = process.communicate()
        code = process.returncode
        if code not in CODES[fault] | {run.code}:
            problems.append(f"exit code {code}")
        if "Traceback" in errors and code != -2:
            problems.append(f"a traceback: {errors[-300:]!r}")
        problems += [f"process {left} is left" for left in in_session(process.pid)]
        if tmpfs:
            remount(copy.parent, "rw,size=0")
        problems += where_not_whole(before, state(copy), run.state)
        again = start(copy, arguments)
        _, errors = again.communicate()
        # A night that was done before it was disturbed has nothing new.
        if again.returncode not in {run.code, 10 if name == "nightly" else run.code}:
            problems.append(f"the next run ended with {again.returncode}: {errors!r}")
        problems += parted(run.state, state(copy))
    return Case(name, fault, number, code, tuple(problems))


def in_session(session: int) -> list[int]:
    """List what still runs of a session, half a second after its leader ended."""
    time.sleep(0.5)
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text("utf-8").rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(path.parent.name))
    return found


def where_not_whole(
    before: dict[str, str], now: dict[str, str], whole: dict[str, str]
) -> list[str]:
    """Name what was there and is neither as it was nor as the verb leaves it."""
    rebuilt = ("fv_", "main.", "raw.")  # what is being built is built again
    return [
        f"{name} is {'gone' if name not in now else 'neither old nor new'}"
        for name in before
        if now.get(name) not in {before[name], whole.get(name)}
        and not name.startswith(rebuilt)
    ]


def parted(expected: dict[str, str], found: dict[str, str]) -> list[str]:
    """Name what differs from what an undisturbed run left."""
    return [
        f"{name} is not as after an undisturbed run"
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]


def main() -> None:
    """Run the matrix and print it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--moments", type=int, default=10)
    parser.add_argument("--verbs", default="")
    parser.add_argument("--faults", default=",".join(FAULTS))
    parser.add_argument("--tmpfs", action="store_true", help="root only")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    league, home = prepare(given.folder.resolve())
    ground = Ground(given.folder.resolve(), league, home, given.tmpfs)
    every = verbs(ground)
    chosen = given.verbs.split(",") if given.verbs else list(every)
    faults = [each for each in given.faults.split(",") if each]
    failed, n_cases = [], 0
    for name in chosen:
        run = undisturbed(home, given.folder / "undisturbed", every[name])
        print(f"{name}: code {run.code}, {run.seconds:.1f} s", flush=True)
        for fault in faults:
            if fault == "readonly" and not given.tmpfs:
                continue
            for number in range(given.moments):
                case = attempt(
                    ground,
                    (name, every[name]),
                    fault,
                    (number, given.moments),
                    run,
                )
                n_cases += 1
                print(json.dumps(vars(case)), flush=True)
                if case.problems:
                    failed.append(case)
    print(f"{n_cases} cases, {len(failed)} failed")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
