"""Who reads the online store while it is filled: the old state or the new, never less.

Each with SQLite, where two processes share a home, and with a real Redis, where two
hosts with homes of their own share the server.
"""

import shutil
import socket
import subprocess
import time
from datetime import date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from feast.infra.passthrough_provider import PassthroughProvider
from feature_home import feature_tables, games, make_home
from redis import Redis

from ml.errors import BusyError, MissingError
from ml.features.datasets import slate_frame
from ml.features.feast import apply, holds, materialize, online
from ml.features.feast.repository import open_store
from ml.features.feast.states import read_whole
from ml.features.spines import PLAYER_GAME, TEAM_MATCHUP
from tests.parity import compare_stores

DAY = date(2024, 1, 20)
MORNING = datetime(2024, 1, 20, 12)
EARLIER = datetime(2024, 1, 12)
DAY_BEFORE = datetime(2024, 1, 19, 12)
SERVICE = "team_matchup"


@pytest.fixture(scope="module")
def redis_port(tmp_path_factory):
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with subprocess.Popen(
        [*command, "--dir", str(tmp_path_factory.mktemp("redis"))],
        stdout=subprocess.DEVNULL,
    ) as server:
        for _ in range(100):
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
        server.terminate()


@pytest.fixture
def redis(redis_port):
    with Redis(port=redis_port) as client:
        client.flushall()
        yield client


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_home(tmp_path_factory.mktemp("online") / "home")


@pytest.fixture
def on_redis(made, redis, redis_port, tmp_path):
    """Two homes with the same features that share a Redis."""
    url = f"127.0.0.1:{redis_port}"
    for name in ("one", "two"):
        shutil.copytree(made.home, tmp_path / name)
    one, two = (
        made.model_copy(
            update={
                "home": tmp_path / name,
                "online_store": "redis",
                "redis_url": url,
            }
        )
        for name in ("one", "two")
    )
    apply(two)
    return one, two


@pytest.fixture(params=["sqlite", "redis"])
def hosts(request, made, tmp_path):
    """Who fills the store, and who reads it."""
    if request.param == "redis":
        return request.getfixturevalue("on_redis")
    shutil.copytree(made.home, tmp_path / "home")
    settings = made.model_copy(update={"home": tmp_path / "home"})
    return settings, settings


def read(settings, moment=MORNING):
    rows = games()
    rows = rows[rows["game_date"].dt.date == DAY]
    return online(settings, SERVICE, pa.Table.from_pandas(rows), moment)


def between_views(monkeypatch, do):
    """Have something done each time a view was written, while Feast still marks it."""
    original = PassthroughProvider.materialize_single_feature_view

    def materialise(self, *given, **named):
        original(self, *given, **named)
        do()

    monkeypatch.setattr(
        PassthroughProvider, "materialize_single_feature_view", materialise
    )


def test_a_reader_during_a_refresh_gets_the_old_state(hosts, monkeypatch):
    one, two = hosts
    materialize(one, EARLIER)
    old = read(two)
    answers = []
    with monkeypatch.context() as patch:
        between_views(patch, lambda: answers.append(read(two)))
        materialize(one, MORNING)
    assert len(answers) == 4
    assert all(answer.equals(old) for answer in answers)
    new = read(two)
    assert not new.equals(old)
    assert compare_stores(two, DAY, MORNING).disagreements == ()
    with pytest.raises(MissingError, match="the state of 2024-01-20 12:00, not of"):
        slate_frame(two, DAY, MORNING + timedelta(hours=1))


def test_a_refresh_that_dies_leaves_the_old_state(hosts, monkeypatch):
    one, two = hosts
    materialize(one, EARLIER)
    old = read(two)
    with monkeypatch.context() as patch:
        between_views(patch, lambda: pytest.fail("killed"))
        with pytest.raises(pytest.fail.Exception, match="killed"):
            materialize(one, MORNING)
    assert read(two).equals(old)
    assert not holds(two, MORNING)
    materialize(one, MORNING)
    assert holds(two, MORNING)
    assert compare_stores(two, DAY, MORNING).disagreements == ()


def test_an_answer_whose_state_is_replaced_meanwhile_is_of_the_new_one(
    on_redis, monkeypatch
):
    from ml.features.feast.stores import RedisOnlineStore

    one, two = on_redis
    materialize(one, EARLIER)
    original = RedisOnlineStore._read_hash_fields
    late = [lambda: materialize(one, MORNING)]

    def read_late(self, config, commands):
        if late:
            late.pop()()
        return original(self, config, commands)

    monkeypatch.setattr(RedisOnlineStore, "_read_hash_fields", read_late)
    first = read(two)
    assert not late
    assert first["home_games_played"].null_count == 0
    assert first.equals(read(two))


def test_reading_again_and_again_ends():
    states = iter(range(100))
    with pytest.raises(BusyError, match="filled anew 5 times"):
        read_whole(lambda: next(states), lambda state: state)
    held = iter([1, 2, 2, 2])
    assert read_whole(lambda: next(held), lambda state: -state) == (2, -2)


def test_only_the_state_that_is_served_is_kept(on_redis, redis, monkeypatch):
    one, two = on_redis
    # As Feast wrote it by itself, in an earlier version.
    plain = key_of_feast(one, redis)
    redis.set(plain, "")
    materialize(one, MORNING)
    assert not redis.exists(plain)
    n_keys = redis.dbsize()
    materialize(two, EARLIER)
    with monkeypatch.context() as patch:
        between_views(patch, lambda: pytest.fail("killed"))
        with pytest.raises(pytest.fail.Exception):
            materialize(one, MORNING)
    assert redis.dbsize() != n_keys
    # Within an hour it may still be whole one day.
    marks = {mark: redis.ttl(mark) for mark in redis.scan_iter("tipoff:state:*")}
    assert sorted(ttl > 0 for ttl in marks.values()) == [False, True]
    (dead,) = (mark for mark, ttl in marks.items() if ttl > 0)
    redis.delete(dead)
    materialize(two, MORNING)
    assert redis.dbsize() == n_keys


def test_hosts_that_fill_at_once_do_not_disturb_each_other(
    on_redis, redis, monkeypatch
):
    one, two = on_redis
    others = [EARLIER, DAY_BEFORE]

    def fill_too():
        if others:
            materialize(two, others.pop())

    with monkeypatch.context() as patch:
        between_views(patch, fill_too)
        materialize(one, MORNING)
    assert not others
    assert compare_stores(two, DAY, MORNING).disagreements == ()
    assert len(list(redis.scan_iter("tipoff:state:*"))) == 1


def key_of_feast(settings, redis):
    materialize(settings, MORNING)
    key = next(redis.scan_iter(b"*tipoff@*"))
    redis.flushall()
    return key.rpartition(b"@")[0]


def test_a_state_that_took_too_long_is_not_served(on_redis, redis, monkeypatch):
    one, two = on_redis
    materialize(one, EARLIER)
    (served,) = redis.scan_iter("tipoff:state:*")

    def expire():
        for mark in redis.scan_iter("tipoff:state:*"):
            if mark != served:
                redis.delete(mark)

    with monkeypatch.context() as patch:
        between_views(patch, expire)
        with pytest.raises(BusyError, match="more than 60 minutes; it is as it was"):
            materialize(one, MORNING)
    assert holds(two, EARLIER)


def test_a_store_holds_a_moment_of_features_whoever_filled_it(hosts):
    one, two = hosts
    assert not holds(two, MORNING)
    materialize(one, MORNING)
    assert holds(two, MORNING)
    assert not holds(two, MORNING + timedelta(minutes=1))
    path = two.features_dir / "fv_team_form.parquet"
    table = pq.read_table(path)
    since = pa.scalar(feature_tables()["fv_team_form"]["event_timestamp"].max())
    pq.write_table(table.filter(pc.less(table["event_timestamp"], since)), path)
    # What came later counts for a later moment.
    assert holds(two, MORNING)
    pq.write_table(table.slice(0, table.num_rows // 4), path)
    assert not holds(two, MORNING)


def test_a_store_that_is_not_whole_is_refused(hosts):
    one, two = hosts
    apply(one)
    with pytest.raises(MissingError, match="holds no whole state"):
        read(two)
    materialize(one, MORNING)
    whole = read(two)
    store = open_store(one)
    store.materialize(EARLIER, MORNING, feature_views=["fv_team_form"])
    with pytest.raises(MissingError, match="Feast's own commands wrote to it"):
        read(two)
    # Feast's own readers read on.
    asked = {"team_id": whole["home_team_id"].to_pylist()}
    answer = store.get_online_features(["fv_team_form:games_played"], asked)
    assert answer.to_dict()["games_played"] == whole["home_games_played"].to_pylist()
    materialize(one, MORNING)
    assert read(two).equals(whole)


def test_a_store_without_a_feature_of_the_service_is_refused(hosts):
    one, two = hosts
    materialize(one, MORNING)
    before = one.manifest.read_text()
    two.manifest.write_text(before.replace("rest_days", "days_of_rest"))
    apply(two)
    with pytest.raises(MissingError, match="no days_of_rest of fv_team_schedule"):
        read(two)


def test_redis_says_what_offline_says_also_back_in_time(on_redis):
    one, two = on_redis
    materialize(one, datetime(2024, 2, 1))
    materialize(one, MORNING)
    for training_set in (TEAM_MATCHUP, PLAYER_GAME):
        parity = compare_stores(two, DAY, MORNING, training_set)
        assert parity.disagreements == ()
        assert parity.n_known > 30
    assert not (one.feast_dir / "online.db").exists()
