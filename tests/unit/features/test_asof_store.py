from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ml.errors import MissingError, SettingsError
from ml.features.feast.point_in_time import (
    ViewPlan,
    check_entities,
    local_path,
    point_in_time,
    pull,
    read_entities,
    timestamp_column,
)

NOON = datetime(2024, 1, 10, 12, tzinfo=UTC)
INSTANT = pa.timestamp("us", tz="UTC")
FEATURES = pa.schema(
    [
        ("team_id", pa.int64()),
        ("position", pa.string()),
        ("event_timestamp", INSTANT),
        ("created_timestamp", INSTANT),
        ("pts", pa.float64()),
        ("tag", pa.string()),
    ]
)
ENTITIES = pa.schema(
    [("opponent", pa.int64()), ("position", pa.string()), ("event_timestamp", INSTANT)]
)


def plan(path, **changes):
    values = {
        "name": "fv",
        "path": path,
        "keys": (("team_id", "opponent"), ("position", "position")),
        "event_timestamp": "event_timestamp",
        "created_timestamp": "created_timestamp",
        "ttl": timedelta(hours=3),
        "features": (("pts", "fv__pts"), ("tag", "fv__tag")),
    }
    return ViewPlan(**(values | changes))


def write(folder, rows):
    path = folder / "states.parquet"
    pq.write_table(pa.Table.from_pylist(rows, FEATURES), path)
    return path


def state(hour, pts, *, created=0, team=1, position="C"):
    return {
        "team_id": team,
        "position": position,
        "event_timestamp": NOON + timedelta(hours=hour),
        "created_timestamp": NOON + timedelta(hours=created),
        "pts": pts,
        "tag": f"row {pts}",
    }


def ask(hour, *, team=1, position="C"):
    return {
        "opponent": team,
        "position": position,
        "event_timestamp": None if hour is None else NOON + timedelta(hours=hour),
    }


def retrieve(path, questions, **changes):
    rows = pa.Table.from_pylist(questions, ENTITIES)
    stamped = point_in_time(rows, "event_timestamp", [plan(path, **changes)], True)
    return stamped.to_pylist()


def oracle(states, question, ttl):
    """The state in force, found by looking at every row."""
    usable = [
        row
        for row in states
        if row["team_id"] is not None
        and row["position"] is not None
        and row["team_id"] == question["opponent"]
        and row["position"] == question["position"]
        and row["event_timestamp"] is not None
        and question["event_timestamp"] is not None
        and row["event_timestamp"] <= question["event_timestamp"]
        and (ttl is None or row["event_timestamp"] + ttl >= question["event_timestamp"])
    ]
    first = datetime.min.replace(tzinfo=UTC)
    return max(
        usable,
        key=lambda row: (row["event_timestamp"], row["created_timestamp"] or first),
        default=None,
    )


# Few values, so that moments, keys and nulls coincide.
hours = st.integers(-2, 2)
teams = st.sampled_from([1, None])
positions = st.sampled_from(["C", None])


@st.composite
def states(draw):
    """States; no two tie on key, event and creation."""
    keys = draw(
        st.lists(
            st.tuples(teams, positions, hours, st.none() | hours),
            max_size=12,
            unique=True,
        )
    )
    rows = []
    for number, (team, position, hour, created) in enumerate(keys):
        row = state(hour, float(number), team=team, position=position)
        row["created_timestamp"] = (
            None if created is None else NOON + timedelta(hours=created)
        )
        row["pts"] = None if number % 5 == 4 else row["pts"]
        rows.append(row)
    return rows


questions = st.lists(
    st.builds(ask, st.none() | hours, team=teams, position=positions), max_size=8
)


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    rows=states(),
    asked=questions,
    ttl=st.none() | st.integers(1, 3).map(lambda n: timedelta(hours=n)),
)
def test_every_cell_is_that_of_the_state_in_force(tmp_path, rows, asked, ttl):
    found = retrieve(write(tmp_path, rows), asked, ttl=ttl)
    expected = [oracle(rows, question, ttl) or {} for question in asked]
    assert [row["fv__pts"] for row in found] == [row.get("pts") for row in expected]
    assert [row["fv__tag"] for row in found] == [row.get("tag") for row in expected]
    assert [row["fv__event_timestamp"] for row in found] == [
        row.get("event_timestamp") for row in expected
    ]
    assert [row["opponent"] for row in found] == [row["opponent"] for row in asked]


def test_a_state_counts_from_its_moment_to_the_end_of_its_ttl_inclusive(tmp_path):
    path = write(tmp_path, [state(0, 1.0)])
    tick = 1 / 3600e6
    asked = [ask(hour) for hour in (-tick, 0, 3, 3 + tick)]
    assert [row["fv__pts"] for row in retrieve(path, asked)] == [None, 1.0, 1.0, None]


def test_of_states_known_at_the_same_moment_the_one_created_last_counts(tmp_path):
    path = write(tmp_path, [state(0, 1.0, created=1), state(0, 2.0, created=2)])
    assert retrieve(path, [ask(1)])[0]["fv__pts"] == 2.0
    path = write(tmp_path, [state(0, 1.0, created=2), state(0, 2.0, created=1)])
    assert retrieve(path, [ask(1)])[0]["fv__pts"] == 1.0
    # Without a column of creation the later row of the file.
    assert retrieve(path, [ask(1)], created_timestamp=None)[0]["fv__pts"] == 2.0


def test_an_unknown_key_or_moment_joins_nothing(tmp_path):
    path = write(tmp_path, [state(0, 1.0), state(0, 2.0, position=None)])
    asked = [ask(1), ask(1, position=None), ask(1, team=None), ask(None)]
    for ttl in (timedelta(hours=3), None):
        found = [row["fv__pts"] for row in retrieve(path, asked, ttl=ttl)]
        assert found == [1.0, None, None, None]


def test_a_state_that_expired_does_not_bring_back_an_older_one(tmp_path):
    path = write(tmp_path, [state(-2, 1.0), state(-1, 2.0)])
    assert retrieve(path, [ask(4)], ttl=timedelta(hours=4))[0]["fv__pts"] is None


def test_one_view_joins_twice_by_different_columns(tmp_path):
    path = write(tmp_path, [state(0, 1.0, team=1), state(0, 2.0, team=2)])
    rows = pa.table({"home": [1, 2], "away": [2, 1], "event_timestamp": [NOON, NOON]})
    sides = [
        plan(
            path,
            name=side,
            keys=(("team_id", side),),
            features=(("pts", f"{side}__pts"),),
        )
        for side in ("home", "away")
    ]
    found = point_in_time(rows, "event_timestamp", sides, False)
    assert found.column_names == [*rows.column_names, "home__pts", "away__pts"]
    assert found["home__pts"].to_pylist() == [1.0, 2.0]
    assert found["away__pts"].to_pylist() == [2.0, 1.0]


def test_entity_rows_come_as_frame_table_file_or_sql(tmp_path):
    path = write(tmp_path, [state(hour, float(hour)) for hour in range(-5, 5)])
    table = pa.Table.from_pylist([ask(hour) for hour in (3, -4, 0, -9, 3)], ENTITIES)
    stored = tmp_path / "rows.parquet"
    pq.write_table(table, stored)
    expected = [3.0, -4.0, 0.0, None, 3.0]
    for given_rows in (
        table,
        table.to_pandas(),
        stored,
        str(stored),
        f"select * from read_parquet('{stored}')",
    ):
        rows = read_entities(given_rows)
        found = point_in_time(rows, "event_timestamp", [plan(path)], False)
        assert found["fv__pts"].to_pylist() == expected, type(given_rows)


@pytest.mark.parametrize(
    "moments",
    [
        pd.Series(pd.to_datetime(["2024-01-10 12:00", "2024-01-10 11:59"])),
        pd.Series(
            pd.to_datetime(["2024-01-10 07:00", "2024-01-10 06:59"])
        ).dt.tz_localize("America/New_York"),
        pd.Series(["2024-01-10 12:00", "2024-01-10 11:59"]),
        pd.Series(["2024-01-10T13:00+01:00", "2024-01-10T12:59+01:00"]),
    ],
    ids=["naive", "zoned", "text", "zoned text"],
)
def test_moments_are_utc_unless_they_say_otherwise(tmp_path, moments):
    path = write(tmp_path, [state(0, 1.0)])
    frame = pd.DataFrame({"opponent": 1, "position": "C", "event_timestamp": moments})
    rows = read_entities(frame)
    found = point_in_time(rows, "event_timestamp", [plan(path)], False)
    assert found["fv__pts"].to_pylist() == [1.0, None]


def test_naive_states_are_utc(tmp_path):
    path = tmp_path / "naive.parquet"
    naive = np.array(["2024-01-10T12:00"], dtype="datetime64[us]")
    pd.DataFrame(
        {"team_id": [1], "position": ["C"], "event_timestamp": naive, "pts": [1.0]}
    ).to_parquet(path)
    changes = {"created_timestamp": None, "features": (("pts", "pts"),)}
    found = retrieve(path, [ask(0), ask(-0.01)], **changes)
    assert [row["pts"] for row in found] == [1.0, None]


def test_the_moment_is_the_column_of_that_name_or_the_only_one():
    moment = pa.timestamp("us")
    named = pa.schema([("tipoff_at", moment), ("event_timestamp", pa.string())])
    assert timestamp_column(named) == "event_timestamp"
    assert timestamp_column(pa.schema([("tipoff_at", moment)])) == "tipoff_at"
    with pytest.raises(SettingsError, match="2 timestamp columns"):
        timestamp_column(pa.schema([("tipoff_at", moment), ("known_at", moment)]))


def test_rows_that_cannot_be_joined_are_refused_by_name(tmp_path):
    wanted = plan(tmp_path / "states.parquet")
    rows = pa.Table.from_pylist([ask(0)], ENTITIES)
    with pytest.raises(SettingsError, match="lack position, which fv is joined by"):
        check_entities(rows.drop_columns(["position"]), "event_timestamp", [wanted])
    with pytest.raises(SettingsError, match="lack event_timestamp"):
        check_entities(
            rows.drop_columns(["event_timestamp"]), "event_timestamp", [wanted]
        )
    with pytest.raises(SettingsError, match="brings a second column fv__pts"):
        check_entities(rows, "event_timestamp", [wanted, wanted])


def test_rows_that_cannot_be_read_are_refused_with_the_reason(tmp_path):
    with pytest.raises(MissingError, match=r"no entity rows at .*gone.parquet"):
        read_entities(tmp_path / "gone.parquet")
    with pytest.raises(SettingsError, match="the SQL of the entity rows failed"):
        read_entities("select * from nowhere")
    with pytest.raises(SettingsError, match="came as dict"):
        read_entities({"team_id": [1]})
    with pytest.raises(SettingsError, match="not on this machine"):
        local_path("s3://bucket/states.parquet")
    rows = pa.table({"event_timestamp": ["tonight"]})
    with pytest.raises(SettingsError, match=r"cannot be read: .*tonight"):
        point_in_time(rows, "event_timestamp", [], False)
    assert local_path("file:///tmp/a%20b.parquet") == Path("/tmp/a b.parquet")


def test_pulling_takes_a_period_and_the_newest_row_of_each_entity(tmp_path):
    rows = [
        state(-1, 1.0),
        state(0, 2.0),
        state(1, 3.0, created=1),
        state(1, 4.0, created=2),
        state(2, 5.0),
        state(0, 6.0, team=2),
    ]
    path = write(tmp_path, rows)
    stamps = ("event_timestamp", "created_timestamp")
    period = (NOON, NOON + timedelta(hours=1))
    every = pull(path, ["pts"], stamps, period=period)
    assert every["pts"].to_pylist() == [2.0, 3.0, 4.0, 6.0]
    newest = pull(
        path, ["team_id", "pts"], stamps, period=period, latest_by=["team_id"]
    )
    assert newest.column_names == ["team_id", "pts", *stamps]
    assert newest["pts"].to_pylist() == [4.0, 6.0]
    assert pull(path, ["pts"], stamps, period=(None, None)).num_rows == 6
