"""What the machine denies ends every command with one sentence and its code."""

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
import redis
import typer
from typer.testing import CliRunner

from ml.cli import app as cli
from ml.console import command
from ml.errors import (
    BuildError,
    GateError,
    MemoryLimitError,
    MissingError,
    SettingsError,
    SourceError,
    StorageError,
)
from ml.settings import Settings, load_settings
from ml.system.faults import denied


def number(code: int) -> Callable[[Path], None]:
    def fail(folder: Path) -> None:
        raise OSError(code, os.strerror(code), str(folder / "warehouse.duckdb"))

    return fail


def too_little_for_duckdb(folder: Path) -> None:
    with duckdb.connect(str(folder / "a.duckdb")) as connection:
        connection.execute("set memory_limit = '2MB'")
        connection.execute("set temp_directory = ''")
        connection.execute("create table a as from range(10_000_000)")


def full_sqlite(folder: Path) -> None:
    with sqlite3.connect(folder / "a.db") as connection:
        connection.execute("pragma max_page_count = 2")
        connection.execute("create table a (b text)")
        connection.execute("insert into a values (?)", ("x" * 100_000,))


def too_much_for_numpy(folder: Path) -> None:
    np.zeros(2**58)


def too_much_for_arrow(folder: Path) -> None:
    raise pa.ArrowMemoryError("malloc of size 64 failed")


def no_more_threads(folder: Path) -> None:
    raise RuntimeError("can't start new thread")


def no_room_for_the_error(folder: Path) -> None:
    raise SystemError("error return without exception set")


def in_dbt(folder: Path) -> None:
    raise BuildError("dbt build failed: fv: IO Error: No space left on device", "see")


def without_redis(folder: Path) -> None:
    raise redis.exceptions.ConnectionError("Error 111 connecting to localhost:1.")


def in_a_cause(folder: Path) -> None:
    try:
        number(errno.ENOSPC)(folder)
    except OSError as error:
        raise ValueError("the frame was not written") from error


DENIED: dict[str, tuple[Callable[[Path], None], int]] = {
    **{
        os.strerror(code): (number(code), 42)
        for code in (
            *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM),
            *(errno.EIO, errno.EMFILE, errno.ENOENT, errno.EFBIG),
        )
    },
    os.strerror(errno.ENOMEM): (number(errno.ENOMEM), 43),
    "a full SQLite database": (full_sqlite, 42),
    "dbt's words": (in_dbt, 42),
    "Redis": (without_redis, 42),
    "a cause": (in_a_cause, 42),
    "DuckDB's limit": (too_little_for_duckdb, 43),
    "an array": (too_much_for_numpy, 43),
    "Arrow": (too_much_for_arrow, 43),
    "Python's own error": (no_room_for_the_error, 43),
    "threads": (no_more_threads, 43),
}


@pytest.mark.parametrize("what", DENIED)
def test_it_is_one_sentence_a_remedy_and_a_code(what: str, tmp_path: Path) -> None:
    fail, code = DENIED[what]

    def job(settings: Settings) -> None:
        """Do what fails."""
        fail(settings.home)

    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(command(job))
    result = CliRunner().invoke(app, ["--home", str(tmp_path / "home")])
    assert result.exit_code == code
    assert isinstance(result.exception, SystemExit)
    told = result.stderr.split("remedy:")
    assert len(told) == 2
    assert "Traceback" not in result.stderr
    # Nothing of it is in the way of the next one.
    assert not (tmp_path / "home" / ".lock.txt").exists()


def say_nothing(home: Path) -> None:
    """End as if all were well."""


def write_there(home: Path) -> None:
    (home / "file").write_text("a", "utf-8")


def make_it_again(home: Path) -> None:
    (home / "feast").mkdir(parents=True)
    raise MissingError("there is no manifest", "run `tipoff build` first")


@pytest.mark.parametrize("then", [say_nothing, write_there, make_it_again])
@pytest.mark.parametrize("is_moved", [True, False])
def test_a_home_deleted_under_a_command_is_told_so(
    tmp_path: Path, is_moved: bool, then: Callable[[Path], None]
) -> None:
    home = tmp_path / "home"

    def job(settings: Settings) -> None:
        """Lose the home, then go on."""
        if is_moved:
            settings.home.rename(tmp_path / "elsewhere")
        else:
            shutil.rmtree(settings.home)
        then(settings.home)

    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(command(job))
    result = CliRunner().invoke(app, ["--home", str(home)])
    assert result.exit_code == 42
    assert "is gone" in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    "name", ["warehouse.duckdb", "reports/run.json", "nights/last.json", ".lock.txt"]
)
def test_a_pipe_in_a_home_is_not_waited_for(name: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    pipe, aside = home / name, tmp_path / "pipe"
    pipe.parent.mkdir(parents=True)
    os.mkfifo(pipe)
    asked = ["models", "list", "--home", str(home)]
    for _ in range(2):
        result = CliRunner().invoke(cli, asked)
        assert result.exit_code == 42
        assert "is a pipe" in " ".join(result.stderr.split())
        # The same by a link.
        if not pipe.is_symlink():
            pipe.rename(aside)
            pipe.symlink_to(aside)
    # What is linked to and not there is absent.
    aside.unlink()
    assert CliRunner().invoke(cli, asked).exit_code == 0


def test_an_error_of_ours_keeps_its_meaning() -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    for ours in (SourceError("no league"), GateError("bad rows")):
        ours.__cause__ = full
        assert denied(ours) is None
    assert denied(ConnectionRefusedError(errno.ECONNREFUSED, "refused")) is None
    assert denied(ValueError("a bug")) is None
    assert isinstance(denied(full), StorageError)
    assert isinstance(denied(MemoryError()), MemoryLimitError)


def test_without_a_home_directory_the_setting_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def job(settings: Settings) -> None:
        """Never run."""

    def lost(path: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", lost)
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(command(job))
    result = CliRunner().invoke(app, ["--home", "~/league"])
    assert result.exit_code == 2
    assert "another --home" in " ".join(result.stderr.split())


def test_a_question_mark_in_the_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="question mark"):
        load_settings(tmp_path / "which home?")


def test_whoever_read_the_output_may_have_gone(tmp_path: Path) -> None:
    """As ``tipoff … | head`` does it: no traceback, and no word of a full disk."""
    program = tmp_path / "program.py"
    program.write_text(
        "import typer\n"
        "from ml.console import command\n"
        "def job(settings):\n"
        "    'Print a lot.'\n"
        "    for _ in range(100_000):\n"
        "        print('x' * 100)\n"
        "app = typer.Typer(pretty_exceptions_enable=False)\n"
        "app.command()(command(job))\n"
        "app()\n",
        "utf-8",
    )
    process = subprocess.Popen(
        [sys.executable, str(program), "--home", str(tmp_path / "home")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        told = process.stderr.read()
    assert process.returncode == 141
    assert told == b""
