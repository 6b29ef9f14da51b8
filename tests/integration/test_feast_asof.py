"""The ASOF store against Feast's own ``duckdb`` store, on random leagues."""

import os
from datetime import UTC, datetime, timedelta
from itertools import count

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ml.errors import MissingError, SettingsError
from ml.features.feast.quiet import quiet

NOON = datetime(2024, 1, 10, 12, tzinfo=UTC)
INSTANT = pa.timestamp("us", tz="UTC")
FORM = pa.schema(
    [
        ("team", pa.int64()),
        ("stamp", INSTANT),
        ("made", INSTANT),
        ("net", pa.float64()),
        ("games", pa.int64()),
    ]
)
GUARD = pa.schema(
    [
        ("team_id", pa.int64()),
        ("position", pa.string()),
        ("event_timestamp", INSTANT),
        ("pts", pa.float64()),
        ("is_good", pa.bool_()),
    ]
)
FORM_REFS = ("net_rating", "games")
GUARD_REFS = ("pts", "is_good")

hours = st.integers(-5, 5)
teams = st.integers(1, 3)
positions = st.sampled_from(["C", "PG"])
values = st.none() | st.integers(-9, 9).map(float)


moments = count()


def at(hour):
    return NOON + timedelta(hours=hour)


def write(rows, schema, path):
    """Write `rows`, one second later than the last file.

    DuckDB, under Feast's own store, keeps what it read of a file until its
    time of writing changes, which two examples in one second share.
    """
    pq.write_table(pa.Table.from_pylist(rows, schema), path)
    os.utime(path, ns=(next(moments) * 10**9,) * 2)


form_rows = st.lists(
    st.tuples(teams, hours, hours, values),
    max_size=12,
    # Feast leaves open which of two rows counts that tie in everything.
    unique_by=lambda row: row[:3],
).map(
    lambda rows: [
        dict(zip(FORM.names, (team, at(hour), at(made), net, place), strict=True))
        for place, (team, hour, made, net) in enumerate(rows)
    ]
)
guard_rows = st.lists(
    st.tuples(teams, positions, hours, values),
    max_size=12,
    unique_by=lambda row: row[:3],
).map(
    lambda rows: [
        dict(
            zip(
                GUARD.names,
                (team, position, at(hour), pts, place % 3 > 0),
                strict=True,
            )
        )
        for place, (team, position, hour, pts) in enumerate(rows)
    ]
)
questions = st.lists(
    st.tuples(teams, teams, positions, hours), min_size=1, max_size=8
).map(
    lambda rows: pd.DataFrame(
        {
            "home_team_id": [row[0] for row in rows],
            "away_team_id": [row[1] for row in rows],
            "position": [row[2] for row in rows],
            "event_timestamp": pd.to_datetime([at(row[3]) for row in rows], utc=True),
            "note": [f"row {place}" for place in range(len(rows))],
        }
    )
)
ttls = st.sampled_from([timedelta(0), timedelta(hours=2), timedelta(hours=4)])


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """Feast objects over two files that every example rewrites."""
    folder = tmp_path_factory.mktemp("feast_asof")
    with quiet():
        from feast import Entity, FeatureStore, Field, FileSource, RepoConfig, ValueType
        from feast.types import Bool, Float64, Int64, String

        config = RepoConfig(
            project="asof",
            provider="local",
            registry=str(folder / "registry.db"),
            offline_store={"type": "ml.features.feast.asof.AsofOfflineStore"},
            online_store={"type": "sqlite", "path": str(folder / "online.db")},
            entity_key_serialization_version=3,
        )
        store = FeatureStore(config=config)
        team = Entity(name="team", join_keys=["team_id"], value_type=ValueType.INT64)
        position = Entity(
            name="position", join_keys=["position"], value_type=ValueType.STRING
        )
        form = FileSource(
            name="form",
            path=str(folder / "form.parquet"),
            timestamp_field="event_timestamp",
            created_timestamp_column="created",
            field_mapping={
                "team": "team_id",
                "stamp": "event_timestamp",
                "made": "created",
                "net": "net_rating",
            },
        )
        guard = FileSource(
            name="guard",
            path=str(folder / "guard.parquet"),
            timestamp_field="event_timestamp",
        )

    def views(ttl):
        from feast import FeatureView

        with quiet():
            form_view = FeatureView(
                name="form",
                entities=[team],
                ttl=ttl,
                source=form,
                schema=[
                    Field(name="team_id", dtype=Int64),
                    Field(name="net_rating", dtype=Float64),
                    Field(name="games", dtype=Int64),
                ],
            )
            guard_view = FeatureView(
                name="guard",
                entities=[team, position],
                ttl=ttl,
                source=guard,
                schema=[
                    Field(name="team_id", dtype=Int64),
                    Field(name="position", dtype=String),
                    Field(name="pts", dtype=Float64),
                    Field(name="is_good", dtype=Bool),
                ],
            )
            return [
                form_view.with_name("home_form").with_join_key_map(
                    {"team_id": "home_team_id"}
                ),
                form_view.with_name("away_form").with_join_key_map(
                    {"team_id": "away_team_id"}
                ),
                # Feast's store joins by nothing that a map leaves out.
                guard_view.with_name("away_guard").with_join_key_map(
                    {"team_id": "away_team_id", "position": "position"}
                ),
            ]

    return folder, store, views


def refs(views):
    return [
        f"{view.projection.name_to_use()}:{feature}"
        for view in views
        for feature in (GUARD_REFS if view.name == "guard" else FORM_REFS)
    ]


def retrieve(offline_store, store, views, rows, *, full_feature_names=True):
    with quiet():
        return offline_store.get_historical_features(
            config=store.config,
            feature_views=views,
            feature_refs=refs(views),
            entity_df=rows,
            registry=store.registry,
            project="asof",
            full_feature_names=full_feature_names,
        ).to_arrow()


def canonical(table):
    """The cells in the order of the questions; Feast's store keeps no order."""
    place = pa.array([int(note.split()[1]) for note in table["note"].to_pylist()])
    rows = table.append_column("place", place).sort_by("place").to_pylist()
    return table.column_names, rows


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(form=form_rows, guard=guard_rows, rows=questions, ttl=ttls)
def test_every_cell_is_that_of_feasts_own_store(repository, form, guard, rows, ttl):
    from feast.infra.offline_stores.duckdb import DuckDBOfflineStore

    from ml.features.feast.asof import AsofOfflineStore

    folder, store, make_views = repository
    write(form, FORM, folder / "form.parquet")
    write(guard, GUARD, folder / "guard.parquet")
    views = make_views(ttl)
    ours = canonical(retrieve(AsofOfflineStore, store, views, rows))
    theirs = canonical(retrieve(DuckDBOfflineStore, store, views, rows.copy()))
    assert ours == theirs


def write_states(folder):
    form = [
        dict(zip(FORM.names, (team, at(0), at(0), float(team), 7), strict=True))
        for team in (1, 2)
    ]
    guard = [dict(zip(GUARD.names, (2, "C", at(0), 20.0, True), strict=True))]
    write(form, FORM, folder / "form.parquet")
    write(guard, GUARD, folder / "guard.parquet")


def one_question():
    return pd.DataFrame(
        {
            "home_team_id": [1],
            "away_team_id": [2],
            "position": ["C"],
            "event_timestamp": [pd.Timestamp(at(1))],
        }
    )


def test_names_are_short_unless_full_ones_are_asked_for(repository):
    from ml.features.feast.asof import AsofOfflineStore

    folder, store, make_views = repository
    write_states(folder)
    _, away, guard = make_views(timedelta(hours=4))
    full = retrieve(AsofOfflineStore, store, [away, guard], one_question())
    assert full.column_names[4:] == [
        "away_form__net_rating",
        "away_form__games",
        "away_guard__pts",
        "away_guard__is_good",
    ]
    short = retrieve(
        AsofOfflineStore, store, [away], one_question(), full_feature_names=False
    )
    assert short.to_pylist()[0]["net_rating"] == 2.0
    with pytest.raises(SettingsError, match="brings a second column net_rating"):
        retrieve(
            AsofOfflineStore,
            store,
            make_views(timedelta(hours=4)),
            one_question(),
            full_feature_names=False,
        )


def test_a_key_that_the_map_leaves_out_joins_by_its_own_name(repository):
    from ml.features.feast.asof import AsofOfflineStore

    folder, store, make_views = repository
    write_states(folder)
    guard = make_views(timedelta(hours=4))[-1].with_join_key_map(
        {"team_id": "away_team_id"}
    )
    rows = pd.concat([one_question(), one_question().assign(position="PG")])
    found = retrieve(AsofOfflineStore, store, [guard], rows)
    assert found["away_guard__pts"].to_pylist() == [20.0, None]


def test_a_result_can_be_kept_in_a_file(repository, tmp_path):
    from feast.infra.offline_stores.file_source import SavedDatasetFileStorage

    from ml.features.feast.asof import AsofOfflineStore

    folder, store, make_views = repository
    write_states(folder)
    with quiet():
        job = AsofOfflineStore.get_historical_features(
            store.config,
            make_views(timedelta(hours=4)),
            refs(make_views(timedelta(hours=4))),
            one_question(),
            store.registry,
            "asof",
            True,
        )
        kept = SavedDatasetFileStorage(path=str(tmp_path / "kept.parquet"))
        job.persist(kept)
        assert pq.read_table(tmp_path / "kept.parquet").equals(job.to_arrow())
        with pytest.raises(SettingsError, match=r"kept.parquet exists"):
            job.persist(kept)
        job.persist(kept, allow_overwrite=True)


def test_what_cannot_be_retrieved_is_named(repository):
    from ml.features.feast.asof import AsofOfflineStore

    folder, store, make_views = repository
    write_states(folder)
    views = make_views(timedelta(hours=4))
    with pytest.raises(SettingsError, match="there are no entity rows"):
        retrieve(AsofOfflineStore, store, views, None)
    with pytest.raises(SettingsError, match="lack away_team_id, which away_form"):
        retrieve(
            AsofOfflineStore,
            store,
            views,
            one_question().drop(columns="away_team_id"),
        )
    (folder / "guard.parquet").unlink()
    with pytest.raises(MissingError, match=r"guard has no file at .*guard.parquet"):
        retrieve(AsofOfflineStore, store, views, one_question())
