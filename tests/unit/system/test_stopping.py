"""A signal ends a command and its workers, and frees what it held."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAM = """
import multiprocessing, sys, time
from pathlib import Path
from ml.system.executor import executor_of

def spin(path):
    Path(path).write_text(str(multiprocessing.current_process().pid))
    while True:
        sum(range(1000))

def sleep(settings):
    "Wait."
    print("ready", flush=True)
    time.sleep(60)

def swallow(settings):
    "Wait within a library that makes an error of its own of every signal."
    print("ready", flush=True)
    try:
        time.sleep(60)
    except BaseException as error:
        raise RuntimeError("Query interrupted") from None

def hang(settings):
    "Never let go."
    print("ready", flush=True)
    while True:
        try:
            time.sleep(60)
        except BaseException:
            pass

def share(settings):
    "Share the work with two others."
    paths = [str(settings.home / str(number)) for number in range(2)]
    with executor_of(2) as pool:
        found = [pool.submit(spin, path) for path in paths]
        while not all(Path(path).exists() and Path(path).read_text() for path in paths):
            time.sleep(0.05)
        print("ready", flush=True)
        found[0].result()

if __name__ == "__main__":
    import typer
    from ml.system import stopping
    from ml.console import command
    stopping.PATIENCE = 1.0
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(command(globals()[sys.argv.pop(1)]))
    app()
"""


def started(folder: Path, job: str) -> subprocess.Popen[str]:
    program = folder / "program.py"
    program.write_text(PROGRAM, "utf-8")
    process = subprocess.Popen(
        [sys.executable, str(program), job, "--home", str(folder / "home")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text("utf-8").split()[2]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.parametrize(
    ("name", "code"), [("SIGTERM", 143), ("SIGINT", 130), ("SIGHUP", 129)]
)
@pytest.mark.parametrize("job", ["sleep", "swallow"])
def test_a_signal_ends_a_command_with_its_code(
    tmp_path: Path, job: str, name: str, code: int
) -> None:
    process = started(tmp_path, job)
    process.send_signal(getattr(signal, name))
    _, told = process.communicate(timeout=30)
    assert process.returncode == code
    assert f"stopped by {name}" in told
    assert "Traceback" not in told
    assert not (tmp_path / "home" / ".lock.txt").exists()


def test_what_does_not_let_go_is_ended(tmp_path: Path) -> None:
    process = started(tmp_path, "hang")
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 143


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_the_command(tmp_path: Path, number: signal.Signals) -> None:
    process = started(tmp_path, "share")
    workers = [int((tmp_path / "home" / str(n)).read_text("utf-8")) for n in range(2)]
    assert all(map(is_alive, workers))
    process.send_signal(number)
    with process:
        process.wait(timeout=30)
    assert process.returncode == (-9 if number == signal.SIGKILL else 128 + number)
    until = time.monotonic() + 20
    while any(map(is_alive, workers)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(map(is_alive, workers))


def test_what_is_ignored_stays_ignored(tmp_path: Path) -> None:
    """As ``nohup`` does it."""
    program = tmp_path / "program.py"
    program.write_text(
        "import signal, sys; sys.argv = ['program.py']\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from ml.system.stopping import stoppable\n"
        "with stoppable():\n"
        "    signal.raise_signal(signal.SIGHUP)\n"
        "print('went on')\n",
        "utf-8",
    )
    found = subprocess.run(
        [sys.executable, str(program)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert found.stdout == "went on\n"
