"""Every verb under every fault at several moments: is the state whole afterwards?

    python benchmarks/fault_matrix.py FOLDER
    python benchmarks/fault_matrix.py FOLDER --verbs nightly --faults SIGTERM,full
    python benchmarks/fault_matrix.py FOLDER --minutes 30

Makes a home of a very short simulated league in FOLDER, then runs each verb in copies
of it: undisturbed, and with a fault at evenly spaced moments of the processor time that
the undisturbed run took. After each fault: the exit code is one that docs/failures.md
names, no traceback, no process is left, every file that was there is as it was or as
the undisturbed run left it; then the verb runs again, ends as the undisturbed one did,
and leaves the same. Prints a line a case, keeps it in FOLDER/cases.jsonl, goes on from
there when it is run again, ends with a table, and with 1 where a case failed. Needs
root (a file system of its own for each case).

* SIGTERM, SIGINT, SIGKILL: at the moment, to the process.
* full: the file system has the moment's share of the room that the undisturbed run
  took at most.
* readonly: the file system is read-only from the moment on, or as soon after it as no
  file is open for writing; at the first moment from before the verb begins.
* memory: TIPOFF_MEMORY_GB=1, and from the moment on the process may hold 1 GB of data
  (RLIMIT_DATA).

What makes a thousand cases affordable: verbs are forked from a process that has
imported everything (but where memory is short, and at the first moment's signals), dbt
builds models without tests, `run`, `nightly` and `predict` take a home in which dbt has
nothing to do (what dbt does under faults is `build`'s), and a verb is not run again in
a home that is the same, byte by byte, as one in which it was.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import json
import multiprocessing
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
from league_as_of import league_as_of

from ml.settings import PROJECT_DIR, Settings
from ml.sources.synthetic import simulate_league

FAULTS = ("SIGTERM", "SIGINT", "SIGKILL", "full", "readonly", "memory")
SIGNALS = ("SIGTERM", "SIGINT", "SIGKILL")
# Negative: by the signal itself, before the command has begun.
CODES = {
    "SIGTERM": {143, -15},
    "SIGINT": {130, -2},
    "SIGKILL": {-9},
    "full": {42},
    "readonly": {42},
    "memory": {43},
}
GB = 10**9
IMPORTED = (
    *(
        "ml.cli",
        "ml.predict.gameday",
        "ml.predict.gameday_players",
        "ml.monitor.page",
        "ml.ingest.run",
    ),
    *(
        "ml.features.feast.repository",
        "ml.report.publishing",
        "ml.backtest.league",
        "ml.backtest.player.run",
    ),
    *(
        "ml.backtest.run",
        "ml.jobs.doctor",
        "ml.sources.synthetic",
        "ml.predict.roster_scenario",
    ),
    *("dbt.cli.main", "dbt.adapters.duckdb.impl", "feast", "lightgbm"),
    "great_expectations",
)
# What dbt does is tried by itself.
WITHOUT_DBT = ("run", "nightly", "predict")
PATIENCE = 600.0
# Of a process that imports what it needs by itself.
IMPORT_SECONDS = 2.0


@dataclass(frozen=True)
class Case:
    """One verb, one fault, one moment, and what came of it."""

    verb: str
    fault: str
    moment: int
    code: int
    told: str
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Undisturbed:
    """A verb without a fault: how it ended, what it took, what it left."""

    code: int
    seconds: float
    state: dict[str, str]
    room: int


@dataclass(frozen=True)
class Ground:
    """Where the cases are tried: a folder with leagues, a home and a dbt project."""

    folder: Path

    @property
    def home(self) -> Path:
        """The home that each case has a copy of."""
        return self.folder / "home"

    @property
    def mount(self) -> Path:
        """Where the copy is."""
        return self.folder / "case"

    @property
    def project(self) -> Path:
        """The dbt project without its tests."""
        return self.folder / "project"

    def league(self, name: str) -> Path:
        """The league on an ``evening``, and on the ``next`` one."""
        return self.folder / f"{name}.sqlite"


def verbs(ground: Ground) -> dict[str, list[str]]:
    """Return the arguments of every verb."""
    now, coming = str(ground.league("evening")), str(ground.league("next"))
    out = str(ground.mount / "out")
    (path,) = (ground.home / "exports").glob("gameday_player_predictions_*.csv")
    with path.open(encoding="utf-8") as file:
        first = next(csv.DictReader(file))
    player, team = first["player_id"], first["team"]
    return {
        "models": ["models", "list"],
        "price": ["price", "--player", player, "--stat", "pts", "--line", "10.5"],
        "doctor": ["doctor", now],
        "publish": ["publish", "--to", f"file://{out}/published"],
        "monitor": ["monitor"],
        "what-if": ["what-if", "--game", team, "--out", player],
        "ratings": ["ratings"],
        "materialize": ["materialize"],
        "simulate-league": ["simulate-league", "--seasons", "1"],
        "ingest": ["ingest", coming],
        "predict": ["predict"],
        "nightly": ["nightly", coming],
        "run": ["run", coming],
        "train": ["train"],
        "backtest": [
            *("backtest", "--source", now, "--seasons", "2023-24"),
            *("--out", f"{out}/backtest"),
        ],
        "build": ["build"],
    }


def prepare(ground: Ground) -> None:
    """Make the leagues, the project and a home with a night; what is there is taken."""
    if not ground.league("next").exists():
        _make_leagues(ground)
    if not ground.project.exists():
        shutil.copytree(
            PROJECT_DIR,
            ground.project,
            ignore=lambda _, names: {*names} & {".git", ".venv", "data", "unit"},
        )
        with (ground.project / "dbt_project.yml").open("a", encoding="utf-8") as file:
            for kind in ("data_tests", "unit_tests"):
                file.write(f"\n{kind}:\n  +enabled: false\n")
    if not (ground.home / "nights" / "last.json").exists():
        evening = str(ground.league("evening"))
        done = Verb(ground, ["nightly", evening], home=ground.home, dbt=True)
        if (code := done.wait()) != 0:
            raise SystemExit(f"the first night ended with {code}: {done.told()}")


def _make_leagues(ground: Ground) -> None:
    """Two games are played on the last evening, two come next, nothing after."""
    whole = ground.folder / "whole.sqlite"
    simulate_league(
        whole, n_seasons=2, random_state=5, n_games_per_team=8, scheduled_days=1
    )
    with closing(sqlite3.connect(whole)) as league, league:
        (last,) = league.execute(
            "select max(game_date) from games where home_pts is not null"
        ).fetchone()
        spare = [
            game
            for (game,) in league.execute(
                "select game_id from (select game_id, row_number() over "
                "(partition by game_date order by game_id) as place "
                "from games where game_date >= ?) where place > 2",
                (last,),
            )
        ]
        tables = [
            table
            for (table,) in league.execute(
                "select m.name from sqlite_master as m, pragma_table_info(m.name) as c "
                "where m.type = 'table' and c.name = 'game_id'"
            )
        ]
        for table in tables:
            league.executemany(
                f"delete from {table} where game_id = ?", [(game,) for game in spare]
            )
    afternoon = datetime.fromisoformat(f"{last}T20:00").replace(tzinfo=UTC)
    league_as_of(whole, ground.league("evening"), afternoon)  # type: ignore[no-untyped-call]
    whole.rename(ground.league("next"))


class Verb:
    """A verb that runs in a session of its own.

    Parameters
    ----------
    ground : Ground
        Where its project is.
    arguments : list of str
        The command line.
    home : Path
        Its home.
    dbt : bool
        Whether dbt runs in it.
    is_fresh : bool
        Whether the process imports what it needs by itself.
    memory_gb : int
        What it is told to use of memory at most.
    """

    def __init__(
        self,
        ground: Ground,
        arguments: list[str],
        *,
        home: Path,
        dbt: bool = False,
        is_fresh: bool = False,
        memory_gb: int = 8,
    ) -> None:
        self._told = ground.folder / "told.txt"
        environment = {
            "TIPOFF_MEMORY_GB": str(memory_gb),
            "TIPOFF_HOME": str(home),
            "TIPOFF_PROJECT_DIR": str(ground.project),
            "COLUMNS": "300",
        }
        self._process: Any
        if is_fresh:
            with self._told.open("wb") as told:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "ml.cli", *arguments],
                    env={**os.environ, **environment},
                    stdout=subprocess.DEVNULL,
                    stderr=told,
                    start_new_session=True,
                )
        else:
            server = multiprocessing.get_context("forkserver")
            server.set_forkserver_preload(list(IMPORTED))
            quick = arguments[0] in WITHOUT_DBT and not dbt
            given = (arguments, environment, str(self._told), quick)
            self._process = server.Process(target=_run, args=given)
            self._process.start()
        self.pid = int(self._process.pid)

    def poll(self) -> int | None:
        """Return how it ended, None while it runs."""
        if isinstance(self._process, subprocess.Popen):
            return self._process.poll()
        self._process.join(0)
        code: int | None = self._process.exitcode
        return code

    def wait(self) -> int:
        """Wait for its end; what takes more than `PATIENCE` is killed: code -9999."""
        until = time.monotonic() + PATIENCE
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                os.killpg(self.pid, signal.SIGKILL)
                return -9999
            time.sleep(0.01)
        return code

    def wait_for(self, seconds: float) -> None:
        """Wait until it has taken so much processor time, or ended."""
        while self.poll() is None and self.seconds() < seconds:
            time.sleep(0.005)

    def seconds(self) -> float:
        """Return the processor time that it has taken."""
        with suppress(OSError, IndexError):
            stat = Path(f"/proc/{self.pid}/stat").read_text("utf-8")
            fields = stat.rpartition(")")[2].split()
            return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
        return 0.0

    def told(self) -> str:
        """Return what it wrote to standard error."""
        return self._told.read_text("utf-8", "replace")


def _run(
    arguments: list[str], environment: dict[str, str], told: str, quick: bool
) -> None:
    """Be the verb, in a forked process."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
    sys.argv = ["tipoff", *arguments]
    if quick:
        pipeline = importlib.import_module("ml.pipeline.steps")
        for name in ("build_features", "build_day"):
            setattr(pipeline, name, lambda *_, **__: 0)
    cli: Any = importlib.import_module("ml.cli")
    cli.app()


# By path, size and time of change: what was digested once is not read again.
_DIGESTS: dict[tuple[str, int, int], Any] = {}


def digested(path: Path, digest: Callable[[Path], Any]) -> Any:
    """Return the digest of a file, from memory where it has not changed since."""
    found = path.stat()
    key = (f"{digest.__name__} {path}", found.st_size, found.st_mtime_ns)
    if key not in _DIGESTS:
        _DIGESTS[key] = digest(path)
    return _DIGESTS[key]


def content(path: Path) -> str:
    """Digest the bytes of a file."""
    return sha256(path.read_bytes()).hexdigest()


def parquet(path: Path) -> str:
    """Digest the rows of a Parquet file in no order."""
    with duckdb.connect() as connection:
        connection.register("file", pq.read_table(path))
        return rows("file", connection)


def tables(path: Path) -> dict[str, str]:
    """Digest the tables of a warehouse that others read.

    Tables between are compared by what they feed, which is rounded: a build of new rows
    sums in another order than a build of all, which their last bits tell.
    """
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute(
            "select schema_name || '.' || table_name as name "
            "from duckdb_tables() order by name"
        ).fetchall()
        kept = [name for (name,) in names if not name.startswith("main.int_")]
        return {name: rows(name, connection) for name in kept}


def rows(source: str, connection: duckdb.DuckDBPyConnection) -> str:
    """Digest rows in whatever order, as text, which tells a negative zero from zero."""
    return repr(
        connection.execute(
            f"select count(*), sum(hash(rows::varchar)) from {source} as rows"
        ).fetchall()
    )


def state(home: Path) -> dict[str, str]:
    """Digest what a user keeps; rows of tables in no order, records without times."""
    found = {}
    kept = [home / name for name in ("exports", "forecasts", "registry", "reports")]
    for folder in (*kept, home / "model", home.parent / "out"):
        for path in sorted(folder.rglob("*")):
            parts = path.relative_to(folder).parts
            is_hidden = any(part.startswith(".") for part in parts)
            # Pages and Parquet files beside the home tell how long it took.
            is_timed = folder.name == "out" and path.suffix not in (".csv", ".json")
            if path.is_file() and not is_hidden and not is_timed:
                found["/".join([folder.name, *parts])] = digested(path, content)
    for path in sorted((home / "features").glob("fv_*.parquet")):
        found[path.name] = digested(path, parquet)
    warehouse = Settings(home=home).warehouse
    if not warehouse.exists():
        return found
    whole = not warehouse.with_name(f"{warehouse.name}.wal").exists()
    return found | (digested(warehouse, tables) if whole else tables(warehouse))


def fingerprint(folder: Path) -> str:
    """Digest all that a verb could find, but for the notes of how long things took."""
    digest = sha256()
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        passing = path.name == ".lock" or name.startswith("home/dbt/logs")
        if passing or not path.is_file():
            continue
        if path.suffix == ".duckdb":
            told = repr(digested(path, tables))
        elif path.parent.name == "nights" and path.suffix == ".json":
            night = json.loads(path.read_bytes())
            for step in night.get("steps", []) if isinstance(night, dict) else []:
                step.pop("seconds", None)
            told = json.dumps(night)
        else:
            told = digested(path, content)
        digest.update(f"{name} {told}\n".encode())
    return digest.hexdigest()


@contextmanager
def place(ground: Ground) -> Iterator[Path]:
    """Yield a copy of the home on a file system of its own."""
    mount = ground.mount
    mount.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(mount)], check=True)
    try:
        shutil.copytree(ground.home, mount / "home")
        (mount / "out").mkdir()
        yield mount / "home"
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=True)


def remount(mount: Path, options: str) -> bool:
    """Change a file system; False while files are open for writing."""
    done = subprocess.run(
        ["mount", "-o", f"remount,{options}", str(mount)],
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


class Matrix:
    """The cases of one ground; what is known of undisturbed runs is kept."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.verbs = verbs(ground)
        self._undisturbed: dict[str, Undisturbed] = {}
        # By verb: how it ended, and what it left, in a home with such a fingerprint.
        self._known: dict[tuple[str, str], tuple[int, str, dict[str, str]]] = {}

    def undisturbed(self, verb: str, *, dbt: bool = False) -> Undisturbed:
        """Run a verb in a copy of the home, once."""
        key = f"{verb} with dbt" if dbt else verb
        if key not in self._undisturbed:
            with place(self.ground) as copy:
                before = shutil.disk_usage(copy.parent).used
                began = fingerprint(copy.parent)
                process = Verb(self.ground, self.verbs[verb], home=copy, dbt=dbt)
                seconds, most = 0.0, before
                while process.poll() is None:
                    seconds = max(seconds, process.seconds())
                    most = max(most, shutil.disk_usage(copy.parent).used)
                    time.sleep(0.01)
                code, told = process.wait(), process.told()
                if "Traceback" in told:
                    raise SystemExit(f"{verb} ended with a traceback: {told}")
                found = state(copy)
            print(f"{key}: code {code}, {seconds:.1f} s", flush=True)
            self._undisturbed[key] = Undisturbed(code, seconds, found, most - before)
            self._known[key, began] = (code, told, found)
        return self._undisturbed[key]

    def attempt(self, verb: str, fault: str, number: int, n_moments: int) -> Case:
        """Run a verb with a fault, then without."""
        is_fresh = fault == "memory" or (fault in SIGNALS and number == 0)
        # What imports by itself runs dbt too.
        dbt = is_fresh and verb in WITHOUT_DBT
        run = self.undisturbed(verb, dbt=dbt)
        share = (number + 0.5) / n_moments
        problems = []
        with place(self.ground) as copy:
            before = state(copy)
            if fault == "full":
                used = shutil.disk_usage(copy.parent).used
                remount(copy.parent, f"size={used + max(int(share * run.room), 4096)}")
            elif fault == "readonly" and number == 0:
                remount(copy.parent, "ro")
            process = Verb(
                self.ground,
                self.verbs[verb],
                home=copy,
                is_fresh=is_fresh,
                memory_gb=1 if fault == "memory" else 8,
            )
            seconds = share * (run.seconds + (IMPORT_SECONDS if is_fresh else 0.0))
            disturb(process, fault, seconds, copy.parent)
            code, told = process.wait(), process.told()
            ended = told
            # What is delivered lies on the same file system.
            delivery = {41} if verb == "publish" else set()
            # OpenBLAS ends a process by itself where it gets no memory.
            by_itself = {1} if "OpenBLAS error: Memory" in told else set()
            if code not in CODES[fault] | delivery | by_itself | {run.code}:
                problems.append(f"exit code {code}: {told[-600:]}")
            if "Traceback" in told:
                problems.append(f"a traceback: {told[-600:]}")
            problems += [f"process {left} is left" for left in in_session(process.pid)]
            remount(copy.parent, "rw,size=0")
            problems += where_not_whole(before, state(copy), run.state)
            code_again, told, found = self._again(verb, copy, dbt=dbt)
            # A night that was done before it was disturbed has nothing new.
            if code_again not in {run.code, 10 if verb == "nightly" else run.code}:
                problems.append(f"the next run ended with {code_again}: {told[-600:]}")
            problems += parted(run.state, found)
        last = "" if code == run.code else ended.strip()[-300:]
        return Case(verb, fault, number, code, last, tuple(problems))

    def _again(
        self, verb: str, home: Path, *, dbt: bool
    ) -> tuple[int, str, dict[str, str]]:
        """Run a verb in a home, unless it was run in one that is the same."""
        name = f"{verb} with dbt" if dbt else verb
        key = (name, fingerprint(home.parent))
        if key not in self._known:
            again = Verb(self.ground, self.verbs[verb], home=home, dbt=dbt)
            self._known[key] = (again.wait(), again.told(), state(home))
        return self._known[key]


def disturb(process: Verb, fault: str, seconds: float, mount: Path) -> None:
    """Bring a fault upon a running verb when it has taken so much processor time."""
    if fault == "full":
        return  # from its beginning
    process.wait_for(seconds)
    if process.poll() is not None:
        return
    with suppress(ProcessLookupError):
        if fault in SIGNALS:
            os.kill(process.pid, getattr(signal, fault))
        elif fault == "memory":
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (GB, GB))
        elif fault == "readonly":
            while process.poll() is None and not remount(mount, "ro"):
                time.sleep(0.002)


def in_session(session: int) -> list[int]:
    """List what still runs of a session, two seconds after its leader ended."""
    until = time.monotonic() + 2.0
    while (found := _alive(session)) and time.monotonic() < until:
        time.sleep(0.05)
    return found


def _alive(session: int) -> list[int]:
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
    # Each write whole, after each table or step.
    grows = ("columns.csv", "unseen.json")
    return [
        f"{name} is {'gone' if name not in now else 'neither old nor new'}"
        for name in before
        if now.get(name) not in {before[name], whole.get(name)}
        and not name.startswith(rebuilt)
        and not name.endswith(grows)
    ]


def parted(expected: dict[str, str], found: dict[str, str]) -> list[str]:
    """Name what differs from what an undisturbed run left."""
    return [
        f"{name} is not as after an undisturbed run"
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]


def table(cases: list[Case], every: list[str]) -> str:
    """Return the matrix in Markdown: how often each exit code, and what failed."""
    lines = [f"| verb | {' | '.join(FAULTS)} |", "|---" * (len(FAULTS) + 1) + "|"]
    for verb in every:
        cells = []
        for fault in FAULTS:
            mine = [case for case in cases if (case.verb, case.fault) == (verb, fault)]
            codes = Counter(case.code for case in mine)
            cell = ", ".join(f"{code} × {n}" for code, n in sorted(codes.items()))
            n_failed = sum(bool(case.problems) for case in mine)
            cells.append(f"{cell}; **{n_failed} failed**" if n_failed else cell)
        if any(cells):
            lines.append(f"| {verb} | {' | '.join(cells)} |")
    return "\n".join(lines)


def read_cases(path: Path) -> list[Case]:
    """Read what was tried already."""
    if not path.exists():
        return []
    given = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [Case(**{**each, "problems": tuple(each["problems"])}) for each in given]


def in_turn(n_moments: int) -> list[int]:
    """Order the moments so that the first few of them lie far from one another."""
    gap = next(each for each in (7, 3, 1) if n_moments % each or each == 1)
    return [(n_moments // 2 + gap * place) % n_moments for place in range(n_moments)]


def main() -> None:
    """Run the matrix and print it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--moments", type=int, default=10)
    parser.add_argument("--verbs", default="")
    parser.add_argument("--faults", default=",".join(FAULTS))
    parser.add_argument("--minutes", type=float, default=600.0, help="then go on later")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    # Whoever started this in the background ignores it, and so would the verbs.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ["GX_ANALYTICS_ENABLED"] = "False"  # read when it is imported
    ground = Ground(given.folder.resolve())
    prepare(ground)
    matrix = Matrix(ground)
    chosen = given.verbs.split(",") if given.verbs else list(matrix.verbs)
    faults = [each for each in given.faults.split(",") if each]
    kept = ground.folder / "cases.jsonl"
    cases = read_cases(kept)
    done = {(case.verb, case.fault, case.moment) for case in cases}
    until = time.monotonic() + 60 * given.minutes
    for number in in_turn(given.moments):
        for verb in chosen:
            for fault in faults:
                if (verb, fault, number) in done or time.monotonic() > until:
                    continue
                case = matrix.attempt(verb, fault, number, given.moments)
                cases.append(case)
                with kept.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(vars(case)) + "\n")
                print(json.dumps(vars(case)), flush=True)
    print(table(cases, list(matrix.verbs)))
    n_failed = sum(bool(case.problems) for case in cases)
    print(f"{len(cases)} cases, {n_failed} failed")
    raise SystemExit(1 if n_failed else 0)


if __name__ == "__main__":
    main()
