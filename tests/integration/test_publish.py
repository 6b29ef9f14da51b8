"""Delivery: whole nights only, to a folder, to a flaky store, to an S3 server."""

import json
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from stormy_s3 import Storm, stormy_server

from ml.errors import DeliveryError, MissingError, SettingsError, StorageError
from ml.report.publishing import publish
from ml.settings import Settings

DAY = date(2024, 1, 15)
NAME = f"gameday_team_predictions_{DAY}.csv"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home")
    settings.exports_dir.mkdir(parents=True)
    settings.reports_dir.mkdir()
    for name in (NAME, f"gameday_{DAY}.html", "gameday_player_profiles.csv"):
        (settings.exports_dir / name).write_text(name)
    (settings.exports_dir / "gameday_2024-01-14.html").write_text("another day")
    (settings.exports_dir / "columns.csv").write_text("table,column\n")
    run = {"game_date": str(DAY), "files": [NAME, "gameday_player_profiles.csv"]}
    settings.last_run.write_text(json.dumps(run))
    return settings


def read_night(target: str, **options: Any) -> dict[str, bytes]:
    """Read as a stranger would: begin at the manifest, check every hash."""
    files, root = fsspec.core.url_to_fs(target, **options)
    manifest = json.loads(files.cat_file(f"{root}/{DAY}/manifest.json"))
    assert manifest["game_date"] == str(DAY)
    found = {}
    for name, entry in manifest["files"].items():
        found[name] = files.cat_file(f"{root}/{DAY}/{entry['path']}")
        assert sha256(found[name]).hexdigest() == entry["sha256"]
        assert len(found[name]) == entry["bytes"]
    return found


def test_a_folder_receives_the_day_and_nothing_else(
    settings: Settings, tmp_path: Path
) -> None:
    target = f"file://{tmp_path}/out"
    done = publish(settings, target, DAY)
    assert not done.is_repeat
    assert read_night(target).keys() == {
        NAME,
        f"gameday_{DAY}.html",
        "gameday_player_profiles.csv",
        "columns.csv",
    }
    latest = json.loads((tmp_path / "out" / "latest.json").read_text())
    assert latest == {"game_date": str(DAY), "manifest": f"{DAY}/manifest.json"}
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*")}
    assert publish(settings, target, DAY).is_repeat
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*")} == before


def test_an_older_day_does_not_become_the_latest(
    settings: Settings, tmp_path: Path
) -> None:
    target = f"file://{tmp_path}/out"
    publish(settings, target, DAY)
    publish(settings, target, date(2024, 1, 14))
    latest = json.loads((tmp_path / "out" / "latest.json").read_text())
    assert latest["game_date"] == str(DAY)


def test_a_day_that_was_not_forecast_is_missing(settings: Settings) -> None:
    with pytest.raises(MissingError, match="no file of 2024-02-01"):
        publish(settings, f"file://{settings.home}/out", date(2024, 2, 1))


class Flaky:
    """Makes some writes of the memory store fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.to_come: list[Exception] = []
        self.written: list[str] = []
        honest = MemoryFileSystem.pipe_file

        def pipe_file(store: Any, path: str, value: bytes, **options: Any) -> None:
            if self.to_come:
                raise self.to_come.pop(0)
            self.written.append(path)
            honest(store, path, value, **options)

        monkeypatch.setattr(MemoryFileSystem, "pipe_file", pipe_file)
        monkeypatch.setattr("ml.report.publish_target.KEEPING", {"memory"})


@pytest.fixture
def flaky(monkeypatch: pytest.MonkeyPatch) -> Flaky:
    MemoryFileSystem.store.clear()
    return Flaky(monkeypatch)


def test_a_store_that_stumbles_is_tried_again(settings: Settings, flaky: Flaky) -> None:
    flaky.to_come = [OSError("slow down"), TimeoutError("no answer")]
    publish(settings, "memory://nba", DAY, wait_seconds=0)
    read_night("memory://nba")
    assert flaky.written[-2].endswith("manifest.json")
    assert flaky.written[-1].endswith("latest.json")


def test_a_store_that_fails_in_the_middle_leaves_the_last_night_whole(
    settings: Settings, flaky: Flaky
) -> None:
    publish(settings, "memory://nba", DAY, wait_seconds=0)
    before = read_night("memory://nba")
    for path in settings.exports_dir.iterdir():
        path.write_text("new")
    honest = MemoryFileSystem.pipe_file
    written = 0

    def dies(store: Any, path: str, value: bytes, **options: Any) -> None:
        nonlocal written
        written += 1
        if written > 2:
            raise OSError("the store is down")
        honest(store, path, value, **options)

    MemoryFileSystem.pipe_file = dies
    try:
        with pytest.raises(DeliveryError, match="the store is down"):
            publish(settings, "memory://nba", DAY, wait_seconds=0)
    finally:
        MemoryFileSystem.pipe_file = honest
    assert read_night("memory://nba") == before
    publish(settings, "memory://nba", DAY, wait_seconds=0)
    assert set(read_night("memory://nba").values()) == {b"new"}


def test_what_cannot_pass_is_not_tried_again(settings: Settings, flaky: Flaky) -> None:
    flaky.to_come = [PermissionError("not yours"), OSError("not reached")]
    with pytest.raises(DeliveryError, match="not yours"):
        publish(settings, "memory://nba", DAY, wait_seconds=0)
    assert len(flaky.to_come) == 1


def test_credentials_in_a_target_are_refused_and_not_repeated(
    settings: Settings,
) -> None:
    with pytest.raises(SettingsError) as refusal:
        publish(settings, "s3://AKIAKEY:geheim@bucket/nba", DAY)
    assert "geheim" not in str(refusal.value)
    assert "AKIAKEY" not in str(refusal.value)


def test_a_strange_protocol_is_refused(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="cannot be used"):
        publish(settings, "pigeon://coop", DAY)


def test_a_target_is_checked_before_any_file_is_read(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="keeps files"):
        publish(settings, "memory://missing", date(2024, 2, 1))


def _pipe(path: Path, outside: Path) -> None:
    os.mkfifo(path)


def _folder(path: Path, outside: Path) -> None:
    path.mkdir()


def _link(path: Path, outside: Path) -> None:
    path.symlink_to(outside)


def _device(path: Path, outside: Path) -> None:
    path.symlink_to("/dev/zero")


def _socket(path: Path, outside: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path.name)
    os.chdir(here)


@pytest.mark.parametrize("make", [_pipe, _folder, _link, _device, _socket])
@pytest.mark.parametrize(
    "name", [f"gameday_x_{DAY}.csv", "gameday_player_profiles.csv"]
)
def test_only_regular_files_are_delivered(
    settings: Settings, tmp_path: Path, make: Callable[[Path, Path], None], name: str
) -> None:
    outside = tmp_path / "passwd"
    outside.write_text("root:x:0:0")
    there = settings.exports_dir / name
    there.unlink(missing_ok=True)
    make(there, outside)
    target = f"file://{tmp_path}/out"
    try:
        publish(settings, target, DAY)
    except StorageError as error:
        # What the last forecast says it wrote is missed.
        assert name in error.problem
        assert "regular file" in error.problem
        assert not (tmp_path / "out").exists()
    else:
        assert name not in read_night(target)


@pytest.mark.parametrize("name", ["exports", "reports"])
def test_nothing_is_delivered_through_a_link(
    settings: Settings, tmp_path: Path, name: str
) -> None:
    outside = tmp_path / "outside"
    (settings.home / name).rename(outside)
    (settings.home / name).symlink_to(outside)
    with pytest.raises(StorageError, match=f"{name} is a link"):
        publish(settings, f"file://{tmp_path}/out", DAY)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "name",
    [
        "../../passwd",
        "/etc/passwd",
        "../reports/run.json",
        "sub/file.csv",
        ".lock",
        "..",
        "",
        "a\nb.csv",
        "a\x00b",
        "x" * 300,
        7,
        None,
        {"a": 1},
    ],
)
def test_the_last_run_names_plain_files_only(
    settings: Settings, tmp_path: Path, name: object
) -> None:
    (tmp_path / "passwd").write_text("root:x:0:0")
    run = {"game_date": str(DAY), "files": [NAME, name]}
    settings.last_run.write_text(json.dumps(run))
    with pytest.raises(StorageError, match=r"run\.json"):
        publish(settings, f"file://{tmp_path}/out", DAY)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"files": []}', "null", "\x00"])
def test_a_damaged_record_of_the_last_run_is_said_so(
    settings: Settings, tmp_path: Path, text: str
) -> None:
    settings.last_run.write_text(text)
    with pytest.raises(StorageError, match="damaged"):
        publish(settings, f"file://{tmp_path}/out", DAY)


def test_a_file_with_a_strange_name_is_passed_over(
    settings: Settings, tmp_path: Path
) -> None:
    for name in (f"a\nb_{DAY}.csv", f"../x_{DAY}.csv", f"é_{DAY}.csv"):
        (settings.exports_dir / name).write_text("x")
    target = f"file://{tmp_path}/out"
    publish(settings, target, DAY)
    assert len(read_night(target)) == 4


def test_what_is_delivered_honours_the_umask(
    settings: Settings, tmp_path: Path
) -> None:
    before = os.umask(0o077)
    try:
        publish(settings, f"file://{tmp_path}/out", DAY)
    finally:
        os.umask(before)
    found = [path.stat().st_mode & 0o077 for path in (tmp_path / "out").rglob("*")]
    assert found
    assert not any(found)


@pytest.fixture(scope="module")
def storm() -> Iterator[Storm]:
    with stormy_server() as storm:
        yield storm


@pytest.fixture
def s3_server(storm: Storm) -> str:
    storm.puts_left, storm.wait_seconds = None, 0.0
    return storm.url


@pytest.fixture
def bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTKEY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "top-secret-value")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    options = {"endpoint_url": s3_server, "skip_instance_cache": True}
    fsspec.filesystem("s3", **options).makedirs("nba", exist_ok=True)
    return "s3://nba/nights"


@pytest.mark.filterwarnings("default")
def test_an_s3_server_receives_the_day(
    settings: Settings, s3_server: str, bucket: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="ml")
    there = settings.model_copy(update={"s3_endpoint": s3_server})
    done = publish(there, bucket, DAY)
    assert done.manifest == f"s3://nba/nights/{DAY}/manifest.json"
    assert len(read_night(bucket, endpoint_url=s3_server)) == done.n_files == 4
    assert publish(there, bucket, DAY).is_repeat
    assert "top-secret-value" not in caplog.text


@pytest.mark.filterwarnings("default")
def test_a_bucket_that_is_not_there_is_named(
    settings: Settings, s3_server: str, bucket: str
) -> None:
    there = settings.model_copy(update={"s3_endpoint": s3_server})
    with pytest.raises(DeliveryError, match="s3://no-such-bucket") as failure:
        publish(there, "s3://no-such-bucket/x", DAY, wait_seconds=0)
    assert "top-secret-value" not in str(failure.value)


@pytest.mark.filterwarnings("default")
def test_an_s3_server_that_never_answers_does_not_hold_the_night(
    settings: Settings, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ml.report.publishing._READ_SECONDS", 0.3)
    asked: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:

        def listen() -> None:
            with suppress(OSError):
                while True:
                    asked.append(silent.accept()[0])

        threading.Thread(target=listen, daemon=True).start()
        port = silent.getsockname()[1]
        there = settings.model_copy(update={"s3_endpoint": f"http://127.0.0.1:{port}"})
        with pytest.raises(DeliveryError, match=r"cannot read s3://nba.*imeout"):
            publish(there, bucket, DAY, wait_seconds=0)
        # None of the five attempts was repeated by what lies below.
        assert len(asked) == 5
        silent.shutdown(socket.SHUT_RDWR)
    for connection in asked:
        connection.close()


@pytest.mark.filterwarnings("default")
def test_an_s3_server_that_is_down_is_said_so(settings: Settings, bucket: str) -> None:
    there = settings.model_copy(update={"s3_endpoint": "http://127.0.0.1:9"})
    with pytest.raises(DeliveryError, match="TIPOFF_S3_ENDPOINT"):
        publish(there, bucket, DAY, wait_seconds=0)


@pytest.mark.filterwarnings("default")
def test_an_s3_server_that_fails_in_the_middle_leaves_the_last_night_whole(
    settings: Settings, storm: Storm, s3_server: str, bucket: str
) -> None:
    there = settings.model_copy(update={"s3_endpoint": s3_server})
    target = f"{bucket}/middle"
    publish(there, target, DAY, wait_seconds=0)
    before = read_night(target, endpoint_url=s3_server)
    for path in settings.exports_dir.iterdir():
        path.write_text("new")
    for puts_left in range(5):
        storm.puts_left = puts_left
        with pytest.raises(DeliveryError, match="cannot write s3://nba") as failure:
            publish(there, target, DAY, wait_seconds=0)
        assert failure.value.exit_code == 41
        assert read_night(target, endpoint_url=s3_server) == before
    storm.puts_left = None
    publish(there, target, DAY, wait_seconds=0)
    assert set(read_night(target, endpoint_url=s3_server).values()) == {b"new"}


@pytest.mark.filterwarnings("default")
def test_an_s3_server_that_is_slow_is_waited_for_but_not_for_ever(
    settings: Settings,
    storm: Storm,
    s3_server: str,
    bucket: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ml.report.publishing._READ_SECONDS", 0.4)
    there = settings.model_copy(update={"s3_endpoint": s3_server})
    target = f"{bucket}/slow"
    storm.wait_seconds = 0.05
    publish(there, target, DAY, wait_seconds=0)
    before = read_night(target, endpoint_url=s3_server)
    for path in settings.exports_dir.iterdir():
        path.write_text("new")
    storm.wait_seconds = 0.8
    with pytest.raises(DeliveryError, match=r"s3://nba.*imeout") as failure:
        publish(there, target, DAY, wait_seconds=0)
    assert failure.value.exit_code == 41
    storm.wait_seconds = 0
    assert read_night(target, endpoint_url=s3_server) == before
    publish(there, target, DAY, wait_seconds=0)
    assert set(read_night(target, endpoint_url=s3_server).values()) == {b"new"}
