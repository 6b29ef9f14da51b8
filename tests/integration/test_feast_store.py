import json
import shutil
import sqlite3
import time
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from feast import FeatureStore
from feature_home import games, make_home, manifest, player_games

from ml.errors import BusyError, GateError, MissingError, SettingsError
from ml.features.datasets import (
    PLAYER_GAME,
    TEAM_MATCHUP,
    build_player_train_dataset,
    build_team_train_dataset,
    load_training_frame,
    slate_frame,
)
from ml.features.feast import apply, historical, materialize, online
from ml.features.feast.repository import open_store
from ml.features.incremental import Watermark
from ml.features.manifest import read_catalog
from ml.predict.slate import find_slate, slate_features
from tests.parity import compare_stores

DAY = date(2024, 1, 20)
MORNING = datetime(2024, 1, 20, 12)
# Summer begins on 20 January 2024 at three, so that half past three is no local time.
LEAPING = "WINTER0SUMMER,M1.3.6/3,M6.1.0/3"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    settings = make_home(tmp_path_factory.mktemp("feast") / "home")
    materialize(settings, MORNING)
    return settings


@pytest.fixture
def copied(home, tmp_path):
    """A home of one's own, to be changed; nothing is registered in it yet."""
    shutil.copytree(
        home.home, tmp_path / "home", ignore=shutil.ignore_patterns("feast", "model")
    )
    return home.model_copy(update={"home": tmp_path / "home"})


def matchups(moment=None, day=DAY):
    rows = games()
    rows = rows[rows["game_date"] == pd.Timestamp(day)]
    rows = rows.assign(event_timestamp=moment or rows["forecast_at"])
    return pa.Table.from_pandas(rows, preserve_index=False)


def rewrite(settings, name, change):
    path = settings.features_dir / f"{name}.parquet"
    pq.write_table(change(pq.read_table(path)), path)


@pytest.mark.parametrize("training_set", [TEAM_MATCHUP, PLAYER_GAME])
def test_online_says_what_offline_says(home, training_set):
    parity = compare_stores(home, DAY, MORNING, training_set)
    assert parity.disagreements == ()
    assert parity.n_rows == (3 if training_set is TEAM_MATCHUP else 24)
    assert 0.8 < parity.n_known / (parity.n_rows * parity.n_columns) < 1


def test_parity_names_the_cell_that_differs(copied):
    materialize(copied, MORNING)

    def spoil(table):
        known = pc.less_equal(
            table["event_timestamp"], pa.scalar(MORNING, pa.timestamp("us", "UTC"))
        )
        changed = pc.if_else(known, pc.add(table["games_played"], 1), 0)
        place = table.column_names.index("games_played")
        return table.set_column(place, "games_played", changed)

    rewrite(copied, "fv_team_form", spoil)
    parity = compare_stores(copied, DAY, MORNING)
    assert {item.column for item in parity.disagreements} == {
        "home_games_played",
        "away_games_played",
    }
    first = parity.disagreements[0]
    assert first.row.startswith("game_id 00")
    assert first.offline == first.online + 1


def test_both_stores_return_one_shape(home):
    offline = historical(home, "team_matchup", matchups(MORNING))
    tonight = online(home, "team_matchup", matchups(MORNING), MORNING)
    assert offline.equals(tonight)
    service = read_catalog(home).service("team_matchup")
    assert tuple(offline.column_names) == (
        *matchups().column_names,
        *service.feature_names,
        "features_known_at",
    )
    text = {name for name in service.feature_names if name.endswith("season_phase")}
    assert {
        name
        for name in service.feature_names
        if offline.schema.field(name).type == pa.float64()
    } == set(service.feature_names) - text
    assert (
        offline["diff_net_rating_l10"].to_pylist()
        == pc.subtract(
            offline["home_net_rating_l10"], offline["away_net_rating_l10"]
        ).to_pylist()
    )
    # Last night's games were known three hours after their tip-off.
    assert set(offline["features_known_at"].to_pylist()) == {
        pd.Timestamp("2024-01-20 03:30", tz="UTC")
    }


@pytest.fixture
def set_zone():
    with pytest.MonkeyPatch.context() as patch:

        def change(zone):
            patch.setenv("TZ", zone)
            time.tzset()

        yield change
    time.tzset()


@pytest.mark.parametrize("zone", ["Pacific/Auckland", LEAPING])
def test_the_clock_of_the_machine_moves_no_moment(copied, set_zone, zone):
    set_zone(zone)
    materialize(copied, MORNING)
    for other in (zone, "America/Los_Angeles"):
        set_zone(other)
        tonight = online(copied, "team_matchup", matchups(MORNING), MORNING)
        assert tonight.equals(historical(copied, "team_matchup", matchups(MORNING)))


def test_a_killed_materialization_does_not_stop_the_next_run(copied):
    from feast.feature_view import FeatureViewState

    apply(copied)
    store = open_store(copied)
    stopped = store.get_feature_view("fv_team_form")
    stopped.state = FeatureViewState.MATERIALIZING
    store.registry.apply_feature_view(stopped, store.project)
    assert historical(copied, "team_matchup", matchups()).num_rows == 3
    store.registry.apply_feature_view(stopped, store.project)
    materialize(copied, MORNING)
    assert online(copied, "team_matchup", matchups(), MORNING).num_rows == 3


def test_retrieval_leaves_alone_what_it_was_given(home):
    rows = matchups()
    before = pa.table(rows.columns, names=rows.column_names)
    found = historical(home, "team_matchup", rows)
    assert found.select(rows.column_names).equals(before)
    backwards = rows.take(list(range(rows.num_rows))[::-1])
    turned = historical(home, "team_matchup", backwards)
    assert turned.equals(found.take(list(range(rows.num_rows))[::-1]))


def test_a_form_that_outlived_its_ttl_is_unknown_in_both(home):
    rows = player_games()
    rows = rows[(rows["game_date"] == pd.Timestamp(DAY))]
    rows = pa.Table.from_pandas(
        rows.assign(event_timestamp=MORNING), preserve_index=False
    )
    tonight = online(home, "player_game", rows, MORNING)
    hurt = [player % 100 == 3 for player in tonight["player_id"].to_pylist()]
    unknown = [value is None for value in tonight["pts_l5"].to_pylist()]
    assert unknown == hurt
    assert historical(home, "player_game", rows).equals(tonight)


def test_what_was_materialised_goes_stale_while_nobody_looks(home):
    # Form lasts 30 days: at the last instant it counts, a second later it does not.
    latest = pd.Timestamp("2024-01-20 03:30")
    last = latest + timedelta(days=30)
    known = online(home, "team_matchup", matchups(), last.to_pydatetime())
    assert known["home_games_played"].null_count == 0
    assert known["home_rest_days"].null_count < 3
    later = last + timedelta(seconds=1)
    stale = online(home, "team_matchup", matchups(), later.to_pydatetime())
    assert stale["home_games_played"].null_count == 3
    assert stale["diff_games_played"].null_count == 3
    assert stale["home_season_phase"].null_count == 0
    assert set(stale["features_known_at"].to_pylist()) < {
        moment.to_pydatetime()
        for moment in (games()["tipoff_at"] - timedelta(days=5)).dt.tz_localize("UTC")
    }


def test_rows_that_ask_for_nobody_know_nothing(home):
    rows = pa.table(
        {
            "player_id": pa.array([100, None, 999], pa.int64()),
            "team_id": pa.array([1, 1, None], pa.int64()),
            "opponent_team_id": pa.array([2, 2, 2], pa.int64()),
            "position": pa.array(["PG", None, "XX"]),
            "event_timestamp": pa.array([MORNING] * 3),
        }
    )
    tonight = online(home, "player_game", rows, MORNING)
    assert [value is None for value in tonight["pts_l5"].to_pylist()] == [
        False,
        True,
        True,
    ]
    assert tonight["opponent_pts_allowed_per_36"].null_count == 2
    assert tonight["opponent_games_played"].null_count == 0
    assert historical(home, "player_game", rows).equals(tonight)


def test_the_store_goes_back_in_time_and_refuses_to_know_too_much(copied):
    materialize(copied, datetime(2024, 2, 1))
    with pytest.raises(MissingError, match="holds fv_team_form as of 2024-01-3"):
        online(copied, "team_matchup", matchups(), MORNING)
    materialize(copied, MORNING)
    assert compare_stores(copied, DAY, MORNING).disagreements == ()
    # Before the season nothing is known, whatever the store held.
    early = datetime(2023, 10, 1)
    materialize(copied, early)
    empty = online(copied, "team_matchup", matchups(), early)
    assert empty["home_games_played"].null_count == 3
    assert empty["features_known_at"].null_count == 3
    assert sorted(path.name for path in copied.feast_dir.iterdir()) == [
        "online.db",
        "registry.db",
    ]


def test_materialising_that_fails_leaves_the_old_store(copied):
    materialize(copied, MORNING)
    before = (copied.feast_dir / "online.db").read_bytes()
    rewrite(copied, "fv_team_schedule", lambda table: table.drop_columns(["rest_days"]))
    with pytest.raises(Exception, match="rest_days"):
        materialize(copied, datetime(2024, 2, 1))
    assert (copied.feast_dir / "online.db").read_bytes() == before
    assert len(list(copied.feast_dir.glob("*online*"))) == 1


def settle(monkeypatch, until, line="nightly"):
    """Let the last build have known everything up to a moment."""
    monkeypatch.setattr(
        "ml.features.feast.materialization.last_watermark",
        lambda _: Watermark(until, line),
    )


def held(settings):
    """Return every row of the online store, and the views of which it notes a part."""
    rows = {}
    with closing(sqlite3.connect(settings.feast_dir / "online.db")) as connection:
        for (name,) in connection.execute(
            "select name from sqlite_master where type = 'table'"
        ).fetchall():
            rows[name] = sorted(connection.execute(f'select * from "{name}"'))
    ((note,),) = rows.pop("tipoff_state")
    return rows, set(json.loads(note)["carried"])


def made_anew(settings, until):
    (settings.feast_dir / "online.db").unlink()
    materialize(settings, until)
    return held(settings)[0]


@pytest.mark.parametrize("days", [0, 1, 9, 40])
def test_a_store_that_is_carried_on_holds_what_one_made_anew_does(
    copied, monkeypatch, days
):
    settle(monkeypatch, MORNING)
    materialize(copied, MORNING)
    later = MORNING + timedelta(days=days)
    settle(monkeypatch, later)
    pulled = []
    original = FeatureStore.materialize

    def materialise(self, start, end, **views):
        pulled.append(end - start)
        return original(self, start, end, **views)

    monkeypatch.setattr(FeatureStore, "materialize", materialise)
    materialize(copied, later)
    assert max(pulled) == timedelta(days=days)
    carried, noted = held(copied)
    assert noted == {view.name for view in read_catalog(copied).views}
    assert carried == made_anew(copied, later)


def test_a_game_that_was_put_off_leaves_the_store_that_is_carried_on(
    copied, monkeypatch
):
    # Between these two only the schedule has rows.
    watermark, moment = datetime(2024, 1, 20, 0), datetime(2024, 1, 20, 2)
    settle(monkeypatch, watermark)
    materialize(copied, moment)
    views = {view.name for view in read_catalog(copied).views}
    assert held(copied)[1] == views - {"fv_team_schedule"}

    def put_off(table):
        since = pa.scalar(watermark.replace(tzinfo=UTC))
        return table.filter(pc.less(table["event_timestamp"], since))

    before = held(copied)[0]
    rewrite(copied, "fv_team_schedule", put_off)
    settle(monkeypatch, moment)
    materialize(copied, moment)
    assert held(copied)[0] == made_anew(copied, moment) != before


def test_a_store_of_other_builds_is_made_anew(copied, monkeypatch):
    settle(monkeypatch, MORNING, line="one")
    materialize(copied, MORNING)
    rewrite(copied, "fv_team_form", lambda table: table.slice(table.num_rows // 2))
    settle(monkeypatch, MORNING, line="another")
    materialize(copied, MORNING)
    assert held(copied)[0] == made_anew(copied, MORNING)


def test_what_left_the_manifest_leaves_the_registry(copied):
    apply(copied)
    smaller = manifest()
    del smaller["exposures"]["exposure.tipoff.player_game"]
    del smaller["nodes"]["model.tipoff.fv_player_form"]
    for model in smaller["nodes"].values():
        for column in model["columns"].values():
            if "player_game" in (named := column["config"]["meta"].get("services", [])):
                named.remove("player_game")
    copied.manifest.write_text(json.dumps(smaller))
    apply(copied)
    store = open_store(copied)
    assert [item.name for item in store.list_feature_services()] == ["team_matchup"]
    assert "fv_player_form" not in {item.name for item in store.list_feature_views()}
    assert sorted(item.name for item in store.list_entities()) == [
        "game",
        "position",
        "team",
    ]


def test_a_registry_older_than_the_manifest_is_refused(copied):
    with pytest.raises(MissingError, match="team_matchup is not registered"):
        historical(copied, "team_matchup", matchups())
    apply(copied)
    larger = manifest()
    columns = larger["nodes"]["model.tipoff.fv_team_form"]["columns"]
    columns["elo"] = {
        "name": "elo",
        "data_type": "double",
        "config": {"meta": {"services": ["team_matchup"]}},
    }
    copied.manifest.write_text(json.dumps(larger))
    with pytest.raises(MissingError, match="not know home_fv_team_form__elo, away_fv"):
        historical(copied, "team_matchup", matchups())


def test_a_copied_home_reads_its_own_files(home, tmp_path):
    copy = home.model_copy(update={"home": tmp_path / "copy"})
    shutil.copytree(home.home, copy.home)

    def add_games(table):
        place = table.column_names.index("games_played")
        games_played = pc.add(table["games_played"], 1000)
        return table.set_column(place, "games_played", games_played)

    rewrite(copy, "fv_team_form", add_games)
    (before, after) = (
        historical(settings, "team_matchup", matchups())["home_games_played"]
        for settings in (home, copy)
    )
    assert pc.subtract(after, before).to_pylist() == [1000.0] * 3


def test_each_game_of_a_day_is_forecast_at_its_own_moment(copied):
    import duckdb

    apply(copied)
    first = games().set_index("game_date").loc[[pd.Timestamp(DAY)], "forecast_at"].min()
    first = first.tz_localize("UTC")
    with duckdb.connect(str(copied.warehouse)) as warehouse:
        (last_game,) = warehouse.execute(
            "select max(game_id) from fct_team_matchups where game_date = ?", [DAY]
        ).fetchone()
        warehouse.execute(
            "update fct_team_matchups set tipoff_at = tipoff_at + interval 3 hours, "
            "forecast_at = forecast_at + interval 3 hours where game_id = ?",
            [last_game],
        )
        warehouse.execute("create schema raw")
        warehouse.execute("create table raw.ingests as select timestamp '2024-03-01' x")
        warehouse.execute("alter table raw.ingests rename x to as_of")

    def late(table):
        # What yesterday's games tell comes out between the two forecasts.
        known = table["event_timestamp"]
        yesterday = pc.and_(
            pc.greater(known, pa.scalar(first - timedelta(days=1), known.type)),
            pc.less(known, pa.scalar(first, known.type)),
        )
        when = pa.scalar(first + timedelta(hours=2), known.type)
        place = table.column_names.index("event_timestamp")
        return table.set_column(
            place, "event_timestamp", pc.if_else(yesterday, when, known)
        )

    rewrite(copied, "fv_team_form", late)
    slate = find_slate(copied, DAY)
    assert (slate.is_past, slate.is_asked, slate.moment) == (True, False, first)
    assert slate.known_until == first + timedelta(hours=3)
    frame = slate_features(copied, slate).set_index("game_id")
    played = frame["home_games_played"]
    assert played[last_game] == played.min() + 1 == played.max()
    stamps = slate.stamps(frame["forecast_at"])
    assert (stamps[last_game], stamps.min()) == (slate.known_until, first)
    # As of a moment that was asked for, nothing is known later.
    asked = find_slate(copied, DAY, first.to_pydatetime())
    assert asked.known_until == asked.moment == first
    then = slate_features(copied, asked)
    assert (then["home_games_played"] == played.min()).all()
    assert set(asked.stamps(frame["forecast_at"])) == {first}
    # Where nothing later is known, the state of now serves all.
    with duckdb.connect(str(copied.warehouse)) as warehouse:
        warehouse.execute("update raw.ingests set as_of = timestamp '2024-01-01'")
    tonight = find_slate(copied, DAY, first.to_pydatetime())
    assert (tonight.is_past, tonight.moment) == (False, first)
    assert tonight.known_until == slate.known_until
    assert set(tonight.stamps(frame["forecast_at"])) == {first}
    materialize(copied, tonight.known_until)
    now = slate_features(copied, tonight).set_index("game_id")
    assert (now["home_games_played"] == played[last_game]).all()


def test_what_is_lacking_is_named(copied, tmp_path):
    apply(copied)
    with pytest.raises(SettingsError, match="entity rows of team_matchup lack game_id"):
        historical(copied, "team_matchup", matchups().drop_columns(["game_id"]))
    with pytest.raises(SettingsError, match="lack event_timestamp"):
        historical(copied, "team_matchup", matchups().drop_columns(["event_timestamp"]))
    with pytest.raises(MissingError, match="no feature service 'team'"):
        online(copied, "team", matchups(), MORNING)
    (copied.features_dir / "fv_team_form.parquet").unlink()
    with pytest.raises(MissingError, match=r"fv_team_form has no file at"):
        historical(copied, "team_matchup", matchups())
    with pytest.raises(MissingError, match=r"fv_team_form has no file at"):
        apply(copied)


def test_training_sets_hold_every_played_game_as_its_forecast_knew_it(copied):
    apply(copied)
    paths = build_team_train_dataset(copied)
    assert [path.name for path in paths] == [
        "team_matchup_train_2023-24.parquet",
        "team_matchup_train_2024-25.parquet",
    ]
    frame = load_training_frame(copied, ["2024-25", "2023-24"])
    assert frame["game_id"].tolist() == games()["game_id"].tolist()
    assert (frame["features_known_at"].dropna() <= frame["forecast_at"]).all()
    # The 40 days have one game a team each day; the first has no past.
    assert frame["home_games_played"].tolist() == [
        float(day) if day else pytest.approx(float("nan"), nan_ok=True)
        for day in range(40)
        for _ in range(3)
    ]
    first = [path.read_bytes() for path in paths]
    assert [path.read_bytes() for path in build_team_train_dataset(copied)] == first


def test_a_season_is_written_anew_where_something_it_knows_changed(copied):
    apply(copied)
    earlier, later = build_team_train_dataset(copied)

    def written():
        return earlier.stat().st_mtime_ns, later.stat().st_mtime_ns

    def change(since):
        def better(table):
            changed = pc.greater(table["event_timestamp"], pa.scalar(since))
            name = "elo" if "elo" in table.column_names else "games_played"
            place = table.column_names.index(name)
            values = pc.if_else(changed, pc.add(table[name], 1), table[name])
            return table.set_column(place, name, values.cast(table[name].type))

        rewrite(copied, "fv_team_form", better)
        return build_team_train_dataset(copied)

    first = written()
    build_team_train_dataset(copied)
    assert written() == first
    new_season = load_training_frame(copied, ["2024-25"])["forecast_at"].min()
    change(new_season.to_pydatetime())
    assert written()[0] == first[0]
    assert written()[1] > first[1]
    second = written()
    change(new_season.to_pydatetime() - timedelta(days=5))
    assert written()[0] > second[0]
    assert written()[1] > second[1]
    # As if from nothing.
    kept = earlier.read_bytes(), later.read_bytes()
    earlier.unlink()
    later.write_bytes(b"half")
    build_team_train_dataset(copied)
    assert (earlier.read_bytes(), later.read_bytes()) == kept


def test_player_training_sets_are_ordered_by_their_full_key(copied):
    apply(copied)
    (path,) = build_player_train_dataset(copied, ["2024-25"])
    assert path.name == "player_game_train_2024-25.parquet"
    frame = load_training_frame(copied, ["2024-25"], PLAYER_GAME)
    assert len(frame) == 10 * 3 * 8
    key = ["tipoff_at", "game_id", "player_id"]
    assert frame[key].equals(frame[key].sort_values(key, ignore_index=True))
    assert frame["opponent_pts_allowed_per_36"].notna().all()


def test_games_to_come_are_no_training_rows_but_are_on_the_slate(copied):
    import duckdb

    materialize(copied, MORNING)
    with duckdb.connect(str(copied.warehouse)) as warehouse:
        warehouse.execute(
            "update fct_team_matchups set home_pts = null where game_date >= ?", [DAY]
        )
    build_team_train_dataset(copied)
    frame = load_training_frame(copied, ["2023-24"])
    assert frame["game_date"].max() == pd.Timestamp(DAY) - timedelta(days=1)
    slate = slate_frame(copied, DAY, MORNING)
    assert slate["home_pts"].isna().all()
    features = list(read_catalog(copied).service("team_matchup").feature_names)
    assert list(slate.columns) == list(frame.columns)
    assert slate[features].dtypes.equals(frame[features].dtypes)


def test_a_feature_known_at_tip_off_stops_the_training_set(copied):
    apply(copied)
    tipoffs = games().set_index("game_id")["tipoff_at"].dt.tz_localize("UTC")

    def leak(table):
        at_tipoff = tipoffs[table["game_id"].to_pylist()].tolist()
        stamps = pa.array(at_tipoff, pa.timestamp("us", "UTC"))
        place = table.column_names.index("event_timestamp")
        return table.set_column(place, "event_timestamp", stamps)

    rewrite(copied, "fv_team_schedule", leak)
    build_team_train_dataset(copied)
    import duckdb

    with duckdb.connect(str(copied.warehouse)) as warehouse:
        warehouse.execute("update fct_team_matchups set forecast_at = tipoff_at")
    with pytest.raises(GateError, match=r"120 rows of team_matchup .* game_id 000000"):
        build_team_train_dataset(copied)


def test_a_missing_day_season_or_warehouse_gets_a_clear_word(copied):
    import duckdb

    materialize(copied, MORNING)
    with pytest.raises(MissingError, match="no games on 2024-07-01") as raised:
        slate_frame(copied, date(2024, 7, 1), MORNING)
    assert "from 2024-01-01 to 2024-02-09" in raised.value.remedy
    with pytest.raises(MissingError, match=r"no played games of .*1999-00"):
        build_team_train_dataset(copied, ["1999-00"])
    with pytest.raises(MissingError, match=r"no training set at .*2023-24.parquet"):
        load_training_frame(copied, ["2023-24"])
    with duckdb.connect(str(copied.warehouse)) as warehouse:
        warehouse.execute("drop table fct_team_matchups")
    with pytest.raises(MissingError, match="the warehouse has no fct_team_matchups"):
        build_team_train_dataset(copied)
    copied.warehouse.unlink()
    with pytest.raises(MissingError, match="there is no warehouse"):
        build_team_train_dataset(copied)


def test_a_warehouse_in_use_is_said_so(copied):
    import subprocess
    import sys

    apply(copied)
    script = (
        "import duckdb, sys; held = duckdb.connect(sys.argv[1]);"
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(copied.warehouse)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        other.stdout.readline()
        with pytest.raises(BusyError, match=r"another program .* has .*warehouse"):
            build_team_train_dataset(copied)
        other.stdin.close()
