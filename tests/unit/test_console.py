"""What every step of a command does, beside saying that it is done."""

import contextlib
import gc
import logging
import sys
from pathlib import Path

import pytest

from ml.console import Command, step


@pytest.mark.parametrize("fails", [False, True])
def test_a_step_looks_for_no_garbage_and_lets_what_follows_do_so(fails):
    assert gc.isenabled()
    with contextlib.suppress(ZeroDivisionError), step("divide"):
        assert not gc.isenabled()
        _ = 1 / (not fails)
    assert gc.isenabled()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a full device")
def test_a_log_on_a_full_disk_prints_no_traceback(capfd, monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", True)
    monkeypatch.setattr(sys, "argv", ["tipoff"])
    app = Command(add_completion=False)

    @app.command()
    def log() -> None:
        with contextlib.suppress(OSError), Path("/dev/full").open("w") as full:
            logging.StreamHandler(full).handle(logging.makeLogRecord({"msg": "built"}))

    with pytest.raises(SystemExit):
        app()
    assert "Traceback" not in capfd.readouterr().err


def test_an_interrupt_before_a_command_begins_prints_no_traceback(monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("typer.main.get_command", interrupt)
    with pytest.raises(SystemExit) as stopped:
        Command(add_completion=False)()
    assert stopped.value.code == 130
