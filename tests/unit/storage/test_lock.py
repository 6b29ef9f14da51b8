"""One run at a time, and a disk that takes nothing."""

import errno
import os
from pathlib import Path

import pytest
from filelock import FileLock

from ml.errors import BusyError, StorageError
from ml.settings import Settings
from ml.storage.lock import exclusive, holding


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_the_second_run_is_told_who_holds_the_home(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with exclusive(settings, "nightly"):
        words = rf"in use: nightly \(process {os.getpid()}\)"
        with pytest.raises(BusyError, match=words), exclusive(settings, "build"):
            raise AssertionError("both run")
    with exclusive(settings, "build"):
        pass


def test_a_full_disk_has_a_name_and_holds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(FileLock, "acquire", full)
        words = f"{tmp_path} cannot be written to: No space left on device"
        with pytest.raises(StorageError, match=words), exclusive(settings, "nightly"):
            raise AssertionError("it runs")
    # The note is only for others: without it the run goes on.
    with monkeypatch.context() as patch:
        patch.setattr("ml.storage.lock.write_text", full)
        with exclusive(settings, "nightly"):
            pass
    with exclusive(settings, "nightly"):
        pass


def test_the_note_of_who_runs_follows_no_link_and_waits_for_no_pipe(
    tmp_path: Path,
) -> None:
    mine = tmp_path / "mine"
    mine.write_text("years of work", "utf-8")
    home, note = tmp_path / "home", tmp_path / "home" / ".lock.txt"
    home.mkdir()
    note.symlink_to(mine)
    with holding(home, "build", option="--home"):
        assert mine.read_text("utf-8") == "years of work"
        note.unlink()
        os.mkfifo(note)
        with (
            pytest.raises(BusyError, match="another run"),
            holding(home, "build", option="--home"),
        ):
            raise AssertionError("both run")


def test_a_second_writer_of_a_folder_is_told_of_the_first(tmp_path: Path) -> None:
    folder = tmp_path / "backtest"
    with holding(folder, "backtest", option="--out"):
        words = rf"backtest is in use: backtest \(process {os.getpid()}\)"
        with (
            pytest.raises(BusyError, match=words) as refusal,
            holding(folder, "backtest", option="--out"),
        ):
            raise AssertionError("both write")
        assert "another --out" in refusal.value.remedy


def test_a_home_that_is_gone_is_let_go(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with exclusive(Settings(home=home), "nightly"):
        for path in home.iterdir():
            path.unlink()
        home.rmdir()
    assert not home.exists()
