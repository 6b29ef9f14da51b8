"""Nothing from after the forecast is in a feature: five proofs, over every view.

A sixth, of numbers in the code, is `tests/unit/backtest/test_parameters.py`.

A feature view that is added joins the proofs by itself, but for its oracle.
"""

import json
import shutil
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from oracles import ORACLES, known, read_raw
from pace_checks import DAY, PaceLeague, complaints, moved
from point_in_time import (
    RESULTS,
    Edit,
    Views,
    add_shots,
    bring_up_to_date,
    copy_project,
    differences,
    edited,
    features,
    read_features,
    remove_later,
    scramble_later,
    tables_that_differ,
)

from ml.features.feast import materialize
from ml.features.incremental import SOURCES, valid_watermark, write_watermark
from ml.features.spines import PLAYER_GAME_WIDE, TEAM_MATCHUP_WIDE, TrainingSet
from ml.ingest.run import ingest
from ml.settings import Settings
from ml.sources.synthetic import simulate_league
from tests.parity import compare_stores

N_SAMPLES = 12
LATER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class League:
    """A league with its features.

    Attributes
    ----------
    raw : Path
        A warehouse of raw tables only.
    home : Path
        Where its features were built.
    views : dict of str to DataFrame
        Its feature tables.
    moments : tuple of datetime
        Forecast moments to look back from.
    eve : Path
        Where the features of all that was known at the last moment were built.
    """

    raw: Path
    home: Path
    views: Views
    moments: tuple[datetime, ...]
    eve: Path


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> League:
    folder = tmp_path_factory.mktemp("simulated")
    return _league(_corrected_league(folder), folder / "whole")


@pytest.fixture(scope="module")
def real(real_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> League:
    folder = tmp_path_factory.mktemp("two_seasons")
    return _league(_two_seasons(real_warehouse, folder), folder / "whole")


@pytest.fixture(params=["simulated", pytest.param("real", marks=pytest.mark.real)])
def league(request: pytest.FixtureRequest) -> League:
    chosen: League = request.getfixturevalue(request.param)
    return chosen


def _league(raw: Path, home: Path) -> League:
    moments, eve = _moments(raw), home.with_name("eve")
    features(edited(raw, home.with_name("eve.duckdb"), remove_later, moments[-1]), eve)
    return League(raw, home, features(raw, home), moments, eve)


def _corrected_league(folder: Path) -> Path:
    """Ingest two short seasons in three steps; the second corrects old lines."""
    whole = folder / "league.sqlite"
    simulate_league(
        whole, n_seasons=2, random_state=3, n_games_per_team=24, pace_spread=0.8
    )
    with closing(sqlite3.connect(whole)) as league:
        days = [
            day
            for (day,) in league.execute(
                "select distinct game_date from games where home_pts is not null "
                "order by game_date"
            )
        ]
    cut = days[-20]
    settings = Settings(home=folder / "raw")
    ingest(_edit(whole, folder / "early.sqlite", _cut_after(cut)), settings)
    moment = datetime.fromisoformat(cut).replace(tzinfo=UTC) + timedelta(days=3)
    late = _edit(whole, folder / "late.sqlite", [*_cut_after(cut), *CORRECTIONS])
    corrected = ingest(late, settings, as_of=moment)
    assert sum(table.changed for table in corrected.tables) > 0
    ingest(_edit(whole, folder / "all.sqlite", CORRECTIONS), settings)
    add_shots(settings.warehouse)
    return settings.warehouse


# Lines of the first season, and of the same games' teams, as they were put right.
CORRECTIONS = [
    f"update {table} set ast = ast + 1, tov = tov + 1 where game_id in "
    "(select game_id from games order by game_date, game_id limit 40 offset 200)"
    for table in ("player_game_stats", "team_game_stats")
]


def _cut_after(day: str) -> list[str]:
    return [
        f"delete from {table} where game_id in "
        f"(select game_id from games where game_date > '{day}')"
        for table in (*RESULTS, "closing_lines", "games")
    ] + [f"delete from injury_reports where game_date > '{day}'"]


def _edit(source: Path, target: Path, statements: list[str]) -> Path:
    shutil.copyfile(source, target)
    with closing(sqlite3.connect(target)) as database, database:
        for statement in statements:
            database.execute(statement)
    return target


def _two_seasons(warehouse: Path, folder: Path) -> Path:
    """Keep the real seasons 2021-22 and 2022-23 up to the end of January."""
    raw = folder / "raw" / "warehouse.duckdb"
    raw.parent.mkdir()
    shutil.copyfile(warehouse, raw)
    with duckdb.connect(str(raw)) as connection:
        for (table,) in connection.execute(
            "select table_name from duckdb_columns() where schema_name = 'raw' "
            "and column_name = 'season'"
        ).fetchall():
            connection.execute(
                f"delete from raw.{table} where season not in ('2021-22', '2022-23')"
            )
        connection.execute("delete from raw.games where game_date > date '2023-01-31'")
        for table in RESULTS:
            connection.execute(
                f"delete from raw.{table} where game_id not in "
                "(select game_id from raw.games)"
            )
    add_shots(raw)
    return raw


def _moments(raw: Path) -> tuple[datetime, ...]:
    """Take three forecast moments: early, at nine tenths and near the end."""
    with duckdb.connect(str(raw), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        moments = connection.execute(
            "select distinct tipoff_et at time zone 'America/New_York' "
            "- interval 60 minutes as forecast_at from raw.games "
            "where tipoff_et is not null order by forecast_at"
        ).df()["forecast_at"]
    return tuple(
        moments.iloc[int(share * len(moments))].to_pydatetime() for share in (0.6, 0.93)
    )


@pytest.mark.parametrize(
    "edit", [remove_later, scramble_later], ids=["truncation", "scramble"]
)
def test_the_future_does_not_change_a_bit_of_the_past(
    league: League, edit: Edit, tmp_path: Path
) -> None:
    for number, moment in enumerate(league.moments):
        if edit is remove_later and moment == league.moments[-1]:
            after = read_features(league.eve)
        else:
            raw = edited(league.raw, tmp_path / f"{number}.duckdb", edit, moment)
            after = features(raw, tmp_path / str(number))
        assert league.views.keys() == after.keys()
        assert differences(league.views, after, moment) == []


def test_a_build_upon_the_last_one_is_a_whole_build(
    league: League, tmp_path: Path
) -> None:
    home = Path(shutil.copytree(league.eve, tmp_path / "home"))
    settings = Settings(home=home)
    moment = league.moments[-1].astimezone(UTC).replace(tzinfo=None)
    write_watermark(settings, moment)
    bring_up_to_date(home, league.raw)
    assert valid_watermark(settings).until == moment
    before = {name: len(rows) for name, rows in read_features(home).items()}
    after = features(settings.warehouse, home, watermark=moment)
    assert differences(league.views, after, LATER) == []
    assert tables_that_differ(league.home, home) == []
    assert len(after["fv_player_form"]) > before["fv_player_form"]


@pytest.mark.parametrize(
    "change",
    [
        "update raw.player_game_stats set pf = pf + 1 where game_id = $game",
        "delete from raw.starters where game_id = $game",
        "update raw.games set home_pts = home_pts + 2 where game_id = $game",
        "update raw.players set height = '7-7' where player_id in "
        "(select player_id from raw.player_game_stats where game_id = $game)",
    ],
)
def test_what_was_known_otherwise_settles_nothing(
    simulated: League, tmp_path: Path, change: str
) -> None:
    home = Path(shutil.copytree(simulated.eve, tmp_path / "home"))
    settings = Settings(home=home)
    write_watermark(
        settings, simulated.moments[-1].astimezone(UTC).replace(tzinfo=None)
    )
    assert valid_watermark(settings) is not None
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        game = warehouse.execute("select min(game_id) from raw.games").fetchone()
        assert game is not None
        warehouse.execute(change, {"game": game[0]})
    assert valid_watermark(settings) is None


def test_another_file_settles_nothing(simulated: League, tmp_path: Path) -> None:
    home = Path(shutil.copytree(simulated.eve, tmp_path / "home"))
    settings = Settings(home=home)
    write_watermark(
        settings, simulated.moments[-1].astimezone(UTC).replace(tzinfo=None)
    )
    (settings.features_dir / "fv_player_form.parquet").touch()
    assert valid_watermark(settings) is None


def test_no_table_stores_128_bits(simulated: League) -> None:
    # DuckDB packs them so that a scan takes a hundred times as long.
    with duckdb.connect(str(simulated.home / "warehouse.duckdb"), True) as warehouse:
        wide = warehouse.execute(
            "select table_name, column_name, data_type from duckdb_columns() "
            "where data_type = 'HUGEINT' or data_type like 'DECIMAL(38,%'"
        ).fetchall()
    assert wide == []


def test_no_feature_is_a_negative_zero(league: League) -> None:
    # Its sign would tell in which order floats were added, which nobody chose.
    signed = [
        f"{view}.{column}"
        for view, rows in league.views.items()
        for column in rows.select_dtypes("float")
        if (np.signbit(rows[column]) & (rows[column] == 0)).any()
    ]
    assert signed == []


def test_settled_views_are_made_of_what_is_compared(simulated: League) -> None:
    graph = json.loads(Settings(home=simulated.home).manifest.read_text("utf-8"))
    nodes = graph["nodes"]
    watermark = {
        name
        for name, node in nodes.items()
        if "macro.tipoff.and_rows_by_watermark" in node["depends_on"].get("macros", ())
    }
    assert len(watermark) >= 3
    sources, reached, waiting = set(), set(), list(watermark)
    while waiting:
        name = waiting.pop()
        reached.add(name)
        for parent in nodes[name]["depends_on"].get("nodes", ()):
            if parent.startswith("source."):
                sources.add(parent.split(".")[-1])
            elif parent not in reached:
                waiting.append(parent)
    assert sources <= SOURCES


def test_whoever_has_moved_is_a_candidate_before_his_first_game(
    simulated: League,
) -> None:
    tables = read_raw(simulated.raw)
    moves = tables["transactions"].sort_values("transaction_date")
    lines = tables["player_game_stats"].merge(
        tables["games"][["game_id", "tipoff_at"]], on="game_id"
    )
    lines = lines[lines["min"] > 0].sort_values("tipoff_at")
    firsts = lines.drop_duplicates(["season", "team_id", "player_id"])
    firsts = firsts[firsts["season"] == firsts["season"].max()]
    signed = firsts.merge(
        moves, left_on=["player_id", "team_id"], right_on=["player_id", "to_team_id"]
    )
    assert (signed["transaction_date"] < signed["game_date"]).all()
    candidates = _query(simulated.home, "select * from int_roster_candidates")
    found = signed.merge(candidates, on=["game_id", "team_id", "player_id"])
    assert len(found) == len(signed) > 200
    # And with nobody else, until he plays there or a report says so.
    last = moves.drop_duplicates("player_id", keep="last")
    gone = candidates[~candidates["is_on_report"]].merge(last, on="player_id")
    day = gone["forecast_at"].dt.tz_convert("America/New_York").dt.tz_localize(None)
    seen = gone["last_seen_at"].dt.tz_convert("America/New_York").dt.tz_localize(None)
    since = day.dt.normalize() > gone["transaction_date"]
    again = seen.dt.normalize() > gone["transaction_date"] + timedelta(days=1)
    wrong = since & ~again & (gone["team_id"] != gone["to_team_id"])
    assert not wrong.any()


def test_plain_python_gives_the_same_features(league: League) -> None:
    assert wrong_by_oracle(league.raw, league.home, league.views) == []


def wrong_by_oracle(raw: Path, home: Path, views: Views) -> list[str]:
    """Name features that differ from their oracle; sampled rows of every view."""
    tables = read_raw(raw)
    random = np.random.default_rng(11)
    context = {
        "positions": _positions(home),
        "neutral_games": _neutral_games(home),
        "outlook": _query(home, "select * from int_roster_outlook"),
        **{view: views[view] for view in ("fv_player_shots", "fv_team_shots")},
    }
    wrong = []
    for view, rows in views.items():
        late = rows[rows["event_timestamp"] > rows["event_timestamp"].quantile(0.3)]
        for place in random.choice(len(late), N_SAMPLES, replace=False):
            row = late.iloc[place].to_dict()
            facts = known(tables, row["event_timestamp"])
            try:
                expected = ORACLES[view](facts, {**context, **row})
            except IndexError:
                wrong.append(f"{view}: a row of which nothing was known")
                continue
            for name, value in expected.items():
                if not np.isclose(row[name], value, atol=1e-4, equal_nan=True):
                    wrong.append(f"{view}.{name}: {row[name]}, not {value}")
    return wrong


def _positions(home: Path) -> pd.DataFrame:
    return _query(home, "select player_id, season, position from int_player_positions")


def _neutral_games(home: Path) -> set[str]:
    games = _query(home, "select game_id from int_games where is_neutral_site")
    return set(games["game_id"])


def _query(home: Path, sql: str) -> pd.DataFrame:
    with duckdb.connect(str(Settings(home=home).warehouse), read_only=True) as open_:
        return open_.execute(sql).df()


@pytest.mark.parametrize(
    "training_set", [TEAM_MATCHUP_WIDE, PLAYER_GAME_WIDE], ids=["team", "player"]
)
def test_online_is_offline(league: League, training_set: TrainingSet) -> None:
    settings = Settings(home=league.home)
    moment = league.moments[-1]
    materialize(settings, moment)
    (day,) = _query(
        league.home,
        f"select min(game_date) as day from int_games where forecast_at >= '{moment}'",
    )["day"].dt.date
    parity = compare_stores(settings, day, moment, training_set)
    assert parity.n_known > 0
    assert parity.disagreements == ()


@pytest.fixture(scope="module")
def pace_league(simulated: League) -> PaceLeague:
    league = simulated.raw.parent.parent / "league.sqlite"
    return PaceLeague.read(league, simulated.home, simulated.views)


def test_the_pace_of_who_plays_knows_no_more_than_it_should(
    pace_league: PaceLeague,
) -> None:
    ratings, minutes = pace_league.ratings, pace_league.minutes("expected_min")
    roster = pace_league.sums(ratings, minutes)
    np.testing.assert_allclose(roster, pace_league.roster, atol=2e-4)
    assert complaints(pace_league, ratings, minutes) == set()


@pytest.mark.parametrize(
    ("leak", "complaint"),
    [
        ("a rating of everyone tells the evening", "ratings of others do as well"),
        ("a rating holds before its games", "a day of delay costs much"),
        ("a rating holds before its games", "past minutes, a day late, keep little"),
        ("who played", "no better with who played"),
        ("real", "no better with real"),
    ],
)
def test_a_planted_leak_of_pace_is_suspicious(
    pace_league: PaceLeague, leak: str, complaint: str
) -> None:
    ratings, minutes = pace_league.ratings, pace_league.minutes("expected_min")
    if leak in ("who played", "real"):
        minutes = pace_league.minutes(leak)
    elif leak == "a rating holds before its games":
        ratings = moved(ratings, -DAY)
    else:
        games = pace_league.games
        evening = games.groupby("forecast_at")["truth"].mean()
        everyone = pd.MultiIndex.from_product(
            [ratings["player_id"].unique(), evening.index],
            names=["player_id", "event_timestamp"],
        )
        ratings = everyone.to_frame(index=False)
        ratings["pace_impact"] = ratings["event_timestamp"].map(evening) / 10
    assert complaint in complaints(pace_league, ratings, minutes)


@dataclass(frozen=True)
class Mutation:
    """A mistake: `old` becomes `new` in a file of the dbt project."""

    file: str
    old: str
    new: str


MUTATIONS = {
    "a window reaches one game ahead": Mutation(
        "macros/rolling_state.sql", "and current row", "and 1 following"
    ),
    "a state is stamped before its game": Mutation(
        "models/intermediate/int_game_versions.sql",
        "tipoff_at + interval",
        "tipoff_at - interval",
    ),
    "a pace rating holds from the day before its date": Mutation(
        "models/features/impact/fv_player_pace.sql",
        "    event_timestamp,\n",
        "    event_timestamp - interval 30 hours as event_timestamp,\n",
    ),
    "a season's own label is its position": Mutation(
        "models/intermediate/int_player_positions.sql",
        "entries.season > labels.season",
        "entries.season >= labels.season",
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_deliberate_mistake_is_caught(
    name: str, tmp_path: Path, simulated: League, capsys: pytest.CaptureFixture[str]
) -> None:
    mutation = MUTATIONS[name]
    project = copy_project(tmp_path / "project")
    path = project / mutation.file
    text = path.read_text("utf-8")
    assert mutation.old in text
    path.write_text(text.replace(mutation.old, mutation.new), "utf-8")
    views = features(simulated.raw, tmp_path / "whole", project)
    moment = simulated.moments[0]
    raw = edited(simulated.raw, tmp_path / "earlier.duckdb", remove_later, moment)
    after = features(raw, tmp_path / "truncated", project)
    caught = {
        "truncation": differences(views, after, moment),
        "oracle": wrong_by_oracle(simulated.raw, tmp_path / "whole", views),
    }
    by = [f"{proof} ({found[0]})" for proof, found in caught.items() if found]
    with capsys.disabled():
        sys.stdout.write(f"\n{name}: caught by {', '.join(by) or 'nothing'}\n")
    assert by
