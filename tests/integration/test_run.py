"""The whole way as a user goes it: `tipoff run` on a short simulated league."""

import json
import logging
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests
from extremes import bring_extremes
from service import Service, bad_answers, browse, browse_files, save_page, serving

from ml.errors import GateError
from ml.features.build import run_dbt
from ml.features.datasets import as_of_frame
from ml.features.spines import TEAM_MATCHUP
from ml.pipeline.steps import bring_seasons
from ml.predict.questions import read_evening
from ml.predict.slate import find_slate
from ml.registry import TEAM
from ml.settings import Settings
from ml.sources.synthetic import simulate_league
from ml.storage.exchange import GENERATED
from ml.storage.lock import exclusive


@dataclass(frozen=True)
class Run:
    """An undisturbed run: where, of what, how long."""

    home: Path
    league: Path
    seconds: float


def command(home: Path, *arguments: str, zone: str = "UTC") -> dict[str, object]:
    mine = {"TIPOFF_HOME": str(home), "COLUMNS": "200", "TZ": zone}
    return {
        "args": [sys.executable, "-m", "ml.cli", *arguments],
        "env": {**os.environ, **mine},
    }


def tipoff(
    home: Path, *arguments: str, zone: str = "UTC"
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        **command(home, *arguments, zone=zone),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def tipoff_killed(home: Path, *arguments: str, after: float, zone: str) -> bool:
    """Start a command, kill it after some seconds, say whether it still ran."""
    process = subprocess.Popen(
        **command(home, *arguments, zone=zone),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def is_temporary(path: Path) -> bool:
    """Say whether a file was being written; a kill leaves it, no reader sees it."""
    return any(part.startswith(".") for part in path.parts)


def kept(home: Path) -> dict[str, bytes]:
    """What a user keeps: files of the day, models, training sets, features.

    The rows of a feature table are in no order, the rest is compared byte by byte.
    """
    found = {
        str(path.relative_to(home)): path.read_bytes()
        for folder in ("exports", "registry", "model")
        for path in sorted((home / folder).rglob("*"))
        if path.is_file() and not is_temporary(path.relative_to(home))
    }
    for path in sorted((home / "features").glob("fv_*.parquet")):
        # As text, which tells a negative zero from zero.
        digest = "count(*), sum(hash(rows::varchar)::hugeint)"
        row = duckdb.sql(f"select {digest} from '{path}' as rows").fetchone()
        found[path.name] = repr(row).encode()
    return found


def where_they_part(expected: dict[str, bytes], found: dict[str, bytes]) -> list[str]:
    """Name what differs, with the bytes around the first difference."""
    parted = []
    for name in sorted(expected.keys() | found.keys()):
        one, two = expected.get(name, b""), found.get(name, b"")
        if one != two:
            pairs = enumerate(zip(one, two, strict=False))
            shorter = min(len(one), len(two))
            at = next((n for n, (a, b) in pairs if a != b), shorter)
            around = slice(max(at - 40, 0), at + 40)
            parted.append(f"{name} at {at}: {one[around]!r}, then {two[around]!r}")
    return parted


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("run")
    league = folder / "league.sqlite"
    simulate_league(league, n_seasons=2, random_state=5, n_games_per_team=30)
    # All that a season can bring is in it; nothing of it stops the run.
    bring_extremes(league)
    began = time.perf_counter()
    outcome = tipoff(folder / "home", "run", str(league))
    assert outcome.returncode == 0, outcome.stderr
    return Run(folder / "home", league, time.perf_counter() - began)


@pytest.fixture(scope="module")
def home(run: Run) -> Path:
    return run.home


def test_every_file_of_the_day_is_there_and_described(home: Path) -> None:
    run = json.loads((home / "reports" / "run.json").read_text("utf-8"))
    day, exports = run["game_date"], home / "exports"
    names = {
        f"gameday_matchups_{day}",
        f"gameday_team_predictions_{day}",
        f"gameday_player_predictions_{day}",
        "player_profiles_from_db_2023-24",
        "gameday_player_profiles",
    }
    described = pd.read_csv(exports / "columns.csv")
    for name in names:
        table = pd.read_csv(exports / f"{name}.csv", dtype={"game_id": str})
        assert len(table) > 0
        assert len(pd.read_json(exports / f"{name}.json")) == len(table)
        words = described.loc[described["table"] == name, "column"]
        assert list(table.columns) == list(words)
    assert "<article>" in (exports / f"gameday_{day}.html").read_text("utf-8")


def test_what_the_readme_reads_from_python_is_there(home: Path) -> None:
    run = json.loads((home / "reports" / "run.json").read_text("utf-8"))
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    code = readme.partition("```python\n")[2].partition("```")[0]
    code = code.replace('"data/', f'"{home}/')
    read: dict[str, pd.DataFrame] = {}
    exec(re.sub(r"\d{4}-\d\d-\d\d", run["game_date"], code), read)
    assert len(read["forecasts"]) == run["n_games"]
    assert len(read["training"]) > 0


def test_all_that_a_run_makes_could_make_room(home: Path) -> None:
    made = {path.name for path in home.iterdir() if not path.name.startswith(".")}
    assert made - set(GENERATED) == set()


def test_forecasts_are_coherent_and_of_the_evening(home: Path) -> None:
    run = json.loads((home / "reports" / "run.json").read_text("utf-8"))
    path = home / "exports" / f"gameday_team_predictions_{run['game_date']}.csv"
    table = pd.read_csv(path)
    assert len(table) == run["n_games"]
    moments = [pd.to_datetime(table[name]) for name in ("forecast_at", "tipoff_at")]
    assert (moments[1] - moments[0] == pd.Timedelta(hours=1)).all()
    margin = table["home_pts_mean"] - table["away_pts_mean"]
    assert (margin - table["margin_mean"]).abs().max() < 1e-5
    assert ((table["home_win_prob"] > 0.5) == (table["margin_p50"] > 0)).all()


def test_an_evening_says_whose_reports_were_not_in(home: Path) -> None:
    run = json.loads((home / "reports" / "run.json").read_text("utf-8"))
    day, exports = run["game_date"], home / "exports"
    table = pd.read_csv(exports / f"gameday_team_predictions_{day}.csv")
    is_in = table[["home_has_report", "away_has_report"]].all(axis=None)
    said = [note for note in run["notes"] if note.startswith("Made without")]
    assert len(said) == (not is_in)
    page = (exports / f"gameday_{day}.html").read_text("utf-8")
    assert all(note in page for note in said)


def test_players_add_up_to_their_teams(home: Path) -> None:
    run = json.loads((home / "reports" / "run.json").read_text("utf-8"))
    day, exports = run["game_date"], home / "exports"
    players = pd.read_csv(exports / f"gameday_player_predictions_{day}.csv")
    teams = pd.read_csv(exports / f"gameday_team_predictions_{day}.csv")
    sums = players.groupby(["game_id", "is_home"])[["pts_mean_all", "min_mean_all"]]
    home_side = sums.sum().xs(True, level="is_home")
    expected = teams.set_index("game_id")["home_pts_mean"]
    assert (home_side["pts_mean_all"] - expected).abs().max() < 0.01
    assert home_side["min_mean_all"].between(240, 250).all()
    assert players["play_prob"].between(0, 1).all()


@pytest.fixture
def moved(home: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of the home under another name; where it came from, nothing is left."""
    folder = tmp_path / "a coach's [new] {{ disk }} 100% *ü"
    copy = folder / "data"
    shutil.copytree(home, copy, copy_function=shutil.copy2)
    away = home.rename(home.with_name("away"))
    yield copy
    away.rename(home)


def views(home: Path) -> dict[str, tuple[int, int]]:
    """Digest every table and view of a warehouse."""
    with duckdb.connect(str(Settings(home=home).warehouse), read_only=True) as open_:
        names = open_.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
        ).fetchall()
        return {
            name: open_.execute(
                f"select count(*), sum(hash(rows::varchar)) from {name} as rows"
            ).fetchall()[0]
            for (name,) in sorted(names)
        }


def test_the_same_forecast_in_a_moved_home_gives_the_same_bytes(moved: Path) -> None:
    before = {path.name: path.read_bytes() for path in (moved / "exports").iterdir()}
    outcome = tipoff(moved, "predict")
    assert outcome.returncode == 0, outcome.stderr
    assert "already held" in outcome.stderr
    after = {path.name: path.read_bytes() for path in (moved / "exports").iterdir()}
    assert after == before


def test_a_moved_home_holds_what_it_held(home: Path, tmp_path: Path) -> None:
    expected = views(home)
    assert "main.fv_team_form" in expected
    copy = tmp_path / "copy"
    shutil.copytree(home, copy)
    assert views(copy) == expected
    for path in (copy / "features").iterdir():
        table = pq.read_table(path)
        pq.write_table(table.slice(0, table.num_rows // 2), path)
    assert views(home) == expected
    assert views(copy)["main.fv_team_form"] != expected["main.fv_team_form"]
    link = tmp_path / "link"
    link.symlink_to(home)
    assert views(link) == expected


def test_a_feature_is_read_of_one_home_at_a_time(home: Path, tmp_path: Path) -> None:
    """Which home's file a view of an attached warehouse would read, nobody can say."""
    path = Settings(home=home).warehouse
    other = tmp_path / "warehouse.duckdb"
    shutil.copy(path, other)
    with duckdb.connect() as memory:
        memory.execute(f"attach '{path}' as given (read_only)")
        with pytest.raises(duckdb.IOException, match="of one home by itself"):
            memory.execute("from given.fv_team_form")
    with duckdb.connect(str(path), read_only=True) as warehouse:
        warehouse.execute(f"attach '{other}' as other (read_only)")
        with pytest.raises(duckdb.InvalidInputException, match="of one home by itself"):
            warehouse.execute("from other.fv_team_form").fetchall()


def test_no_state_names_the_place_of_its_home(home: Path) -> None:
    """But for what dbt notes of its last run, which nothing reads a path from."""
    place = str(home).encode()
    named = {
        str(path.relative_to(home))
        for path in home.rglob("*")
        if path.is_file() and place in path.read_bytes()
    }
    assert {name for name in named if not name.startswith("dbt/")} == set()


def test_every_rule_of_the_sql_holds_on_rows_worked_by_hand(home: Path) -> None:
    unit_tests = ("test", "--select", "test_type:unit")
    assert run_dbt(Settings(home=home), *unit_tests) > 20
    # And dbt leaves its log closed.
    open_logs = [
        handler.baseFilename
        for logger in logging.root.manager.loggerDict.values()
        for handler in getattr(logger, "handlers", ())
        if isinstance(handler, logging.FileHandler)
    ]
    assert [log for log in open_logs if log.startswith(str(home))] == []


def test_a_day_without_games_says_which_days_have_some(home: Path) -> None:
    outcome = tipoff(home, "predict", "--date", "2030-01-01")
    assert outcome.returncode == 10
    assert "no games on 2030-01-01" in outcome.stderr
    assert "the schedule runs from" in outcome.stderr


def test_a_day_before_the_first_model_is_refused_before_any_work(
    home: Path, run: Run
) -> None:
    with closing(sqlite3.connect(run.league)) as league:
        ((day,),) = league.execute(
            "select max(game_date) from games where season = "
            "(select min(season) from games)"
        )
    for verb in (["predict"], ["price", "--player", "x", "--stat", "pts"]):
        outcome = tipoff(home, *verb, "--date", day)
        assert outcome.returncode == 10
        assert f"before {day}" in outcome.stderr and "--fit" in outcome.stderr
        assert "materialize" not in outcome.stdout + outcome.stderr


def test_a_backtest_makes_the_training_sets_it_needs(home: Path, run: Run) -> None:
    settings = Settings(home=home)
    before = TEAM_MATCHUP.path(settings, "2023-24")
    whole = before.read_bytes()
    before.unlink()
    bring_seasons(settings, run.league, (TEAM,), ["2023-24"])
    assert before.read_bytes() == whole
    # What is there is left alone, and so is a season that nobody has.
    stamp = before.stat().st_mtime_ns
    bring_seasons(settings, run.league, (TEAM,), ["2023-24"])
    bring_seasons(settings, run.league, (TEAM,), ["2033-34"])
    assert before.stat().st_mtime_ns == stamp


@pytest.mark.parametrize(
    ("reader", "column"),
    [
        ("ml.predict.questions", "home_rest_days"),
        ("ml.predict.player_slate", "games_career"),
    ],
)
def test_a_question_is_gated_like_a_forecast(
    home: Path, monkeypatch: pytest.MonkeyPatch, reader: str, column: str
) -> None:
    settings = Settings(home=home)
    slate = find_slate(settings)

    def broken(*arguments: object) -> pa.Table:
        table = as_of_frame(*arguments)  # type: ignore[arg-type]
        place = table.schema.get_field_index(column)
        kind = table.schema.field(column).type
        return table.set_column(place, column, pa.array([-7] * len(table), kind))

    monkeypatch.setattr(f"{reader}.as_of_frame", broken)
    with pytest.raises(GateError, match=column):
        read_evening(settings, slate)


def test_players_of_the_run_are_logged(home: Path) -> None:
    run = json.loads((home / "reports" / "run.json").read_text("utf-8"))
    logged = pd.read_parquet(
        home / "forecasts" / "players" / f"{run['game_date']}.parquet"
    )
    name = f"gameday_player_predictions_{run['game_date']}.csv"
    said = pd.read_csv(home / "exports" / name, dtype={"game_id": str})
    both = logged.merge(said, on=["game_id", "player_id"], suffixes=("", "_said"))
    assert len(both) == len(said)
    assert (both["play_prob"] - both["play_prob_said"]).abs().max() < 1e-6
    assert {"games_missed", "report_status", "pts_counts"} <= set(logged)
    minutes = (said["play_prob"] * said["min_mean"]).groupby(said["team_id"]).sum()
    everyone = said.groupby("team_id")["min_mean_all"].sum()
    assert (minutes - everyone).abs().max() < 0.01


def test_a_build_that_is_stopped_says_so(home: Path, tmp_path: Path) -> None:
    copy = tmp_path / "home"
    shutil.copytree(home, copy)
    log = copy / "dbt" / "logs" / "dbt.log"
    log.unlink()
    process = subprocess.Popen(
        **command(copy, "build"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    with process:
        while not (log.exists() and " START " in log.read_text("utf-8")):
            assert process.poll() is None
            time.sleep(0.05)
        process.terminate()
        assert process.stderr is not None
        told = process.stderr.read().decode("utf-8")
    assert process.returncode == 143
    assert "stopped by SIGTERM" in told
    assert "failed" not in told
    with exclusive(Settings(home=copy), "a test"):
        assert views(copy)["raw.games"] == views(home)["raw.games"]


def test_a_second_run_in_the_same_home_is_refused(tmp_path: Path) -> None:
    with exclusive(Settings(home=tmp_path), "a test"):
        outcome = tipoff(tmp_path, "build")
    assert outcome.returncode == 40
    assert "in use: a test" in outcome.stderr


def test_nothing_ingested_yet_says_what_to_do(tmp_path: Path) -> None:
    outcome = tipoff(tmp_path, "build")
    assert outcome.returncode == 10
    assert "tipoff ingest SOURCE" in outcome.stderr


def test_a_run_killed_twice_by_other_clocks_ends_like_an_undisturbed_one(
    run: Run, tmp_path: Path
) -> None:
    chance = random.Random(10)
    arguments = ("run", str(run.league))
    zones = ("Pacific/Auckland", "America/Los_Angeles")
    longest, n_killed = run.seconds, 0
    for number in range(12):
        # Two of three in the first half, where most files are written.
        until = longest if number % 3 == 2 else longest / 2
        after, began = chance.uniform(0, until), time.perf_counter()
        zone = zones[number % 2]
        if tipoff_killed(tmp_path, *arguments, after=after, zone=zone):
            n_killed += 1
        else:
            # A run upon one that ended is shorter.
            longest = time.perf_counter() - began
        if n_killed == 2:
            break
    assert n_killed == 2
    outcome = tipoff(tmp_path, *arguments, zone=zones[0])
    assert outcome.returncode == 0, outcome.stderr
    assert where_they_part(kept(run.home), kept(tmp_path)) == []


def test_the_service_says_what_the_commands_say(home: Path, tmp_path: Path) -> None:
    day = json.loads((home / "reports" / "run.json").read_text("utf-8"))["game_date"]

    def exported(name: str) -> list[dict[str, Any]]:
        path = home / "exports" / f"gameday_{name}_predictions_{day}.json"
        return list(json.loads(path.read_text("utf-8")))

    star = max(exported("player"), key=lambda row: row["pts_mean_all"])
    name, team = star["player_name"], star["team"]
    sheet = tmp_path / "lines.csv"
    sheet.write_text(
        "bet,team,player,stat,side,line,odds\n"
        f",{team},,moneyline,,,-110\n,,{name},pts+reb,over,20.5,1.9\n"
        f"two,{team},,moneyline,,,\ntwo,,{name},pts,over,15.5,+200\n"
    )
    asked = ("--player", name, "--stat", "pts+reb+ast", "--line", "30.5")
    priced = json.loads(tipoff(home, "price", *asked, "--json").stdout)
    sheets = tipoff(home, "price", "--lines", str(sheet), "--csv").stdout
    with serving(home) as url:
        service = Service(url)
        games = {row["game_id"]: row for row in service.get("games")}
        game = service.get(f"games/{star['game_id']}")
        player = service.get(f"players/{quote(name)}")
        question = f"price?player={quote(name)}&stat=pts%2Breb%2Bast&line=30.5"
        assert service.get(question) == pytest.approx(priced, abs=1e-6)
        lines = service.post("lines?form=csv", sheet.read_bytes(), kind="text/csv")
        assert lines.text == sheets
        supposed = {"out": [name], "bench": {game["home_team"]: 5}}
        moved = service.post("what-if", {"game": star["game_id"], **supposed}).json()
        assert not bad_answers(service, star, secret=str(home))
        files = [
            home / "exports" / f"gameday_{day}.html",
            save_page(tmp_path / "evening.html", service, game),
        ]
        assert not browse(tmp_path / "browser", url, game, moved, name)
        assert not browse_files(tmp_path / "files", game, files)
        assert service.again("games").status_code == 304
        assert {"date": day, "n_games": len(games)} in service.get("days")
    for row in exported("team"):
        served = games[row["game_id"]]
        both = served.keys() & row.keys()
        assert len(both) > 15
        assert {key: served[key] for key in both} == pytest.approx(
            {key: row[key] for key in both}, abs=1e-6
        )
    mine = next(each for each in game["players"] if each["player_name"] == name)
    for key in ("play_prob", "pts_mean", "pts_p90", "min_mean_all"):
        assert mine[key] == pytest.approx(star[key], abs=1e-6)
    points = player["given_plays"]["pts"]
    mean = sum(p * (points["from"] + n) for n, p in enumerate(points["prob"]))
    assert mean == pytest.approx(star["pts_mean"], abs=0.02)
    with duckdb.connect(home / "warehouse.duckdb", read_only=True) as warehouse:
        last = warehouse.execute(
            "select game_date::varchar, pts from main.stg_player_game_stats "
            "inner join main.stg_games as games using (game_id) "
            "where player_id = ? and min > 0 and game_date < ?::date "
            "order by games.tipoff_at desc limit 10",
            [star["player_id"], day],
        ).fetchall()
    found = [(each["game_date"], each["pts"]) for each in player["last_games"]]
    assert found == last
    assert last
    change = {row["what"]: row["change"] for row in moved["game"]}["home_win_prob"]
    assert (change < 0) == star["is_home"]
    assert {row["after"] for row in moved["players"] if row["player_name"] == name} == {
        0
    }


def test_beyond_this_machine_a_token_is_asked_for(home: Path) -> None:
    refused = tipoff(home, "serve", "--host", "0.0.0.0")
    assert refused.returncode == 2
    assert "set TIPOFF_SERVE_TOKEN" in refused.stderr
    token = "a-long-enough-token"
    with serving(home, token=token) as url:
        for given, status in [("", 401), ("Bearer x", 401), (f"Bearer {token}", 200)]:
            answer = requests.get(
                url + "health", headers={"Authorization": given}, timeout=60
            )
            assert answer.status_code == status
