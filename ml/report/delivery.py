"""Delivery of a night, and of those before it that could not be delivered."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from ml.console import step
from ml.errors import DeliveryError, MissingError
from ml.settings import Settings
from ml.storage.files import write_text

STEP = "publish"
_NIGHTS = 30


def deliver(
    settings: Settings, target: str, day: date, entry: dict[str, Any]
) -> DeliveryError | None:
    """Publish a night, then what is overdue.

    Parameters
    ----------
    settings : Settings
        Says where the files are.
    target : str
        As `ml.report.publishing.publish` takes it.
    day : date
        The day of the games (US/Eastern).
    entry : dict
        The step's record; gets the manifest, or the error.

    Returns
    -------
    DeliveryError, optional
        What failed. The next run of the night, or the next night, does it again.
    """
    from ml.report.publishing import publish

    try:
        with step(STEP) as say:
            done = publish(settings, target, day)
            say(f"{done.n_files} files: {done.manifest}")
        entry["manifest"] = done.manifest
        late = _deliver_overdue(settings, target, day)
    except DeliveryError as error:
        entry["error"] = error.problem
        return error
    if late:
        entry["made_up_for"] = late
    return None


def _deliver_overdue(settings: Settings, target: str, before: date) -> list[str]:
    """Publish earlier nights that were not delivered, and correct their records."""
    from ml.report.publishing import publish

    late = []
    for path in sorted(settings.nights_dir.glob("????-??-??.json"))[-_NIGHTS:]:
        night = _read(path)
        failed = [each for each in night["steps"] if each["step"] == STEP]
        if path.stem >= before.isoformat() or "error" not in (failed or [{}])[-1]:
            continue
        try:
            with step(f"{STEP} {path.stem}") as say:
                done = publish(settings, target, date.fromisoformat(path.stem))
                say(f"{done.n_files} files: {done.manifest}")
            failed[-1]["manifest"] = done.manifest
            late.append(path.stem)
        except MissingError as gone:
            failed[-1]["outcome"] = gone.problem
        del failed[-1]["error"]
        if night["exit_code"] == DeliveryError.exit_code:
            night |= {"status": "done", "exit_code": 0}
        write_text(path, json.dumps(night, indent=1) + "\n")
    return late


def _read(path: Path) -> dict[str, Any]:
    """Read a night's record; one that is damaged says nothing."""
    try:
        night = json.loads(path.read_text("utf-8"))
        return {"exit_code": night["exit_code"], **night, "steps": [*night["steps"]]}
    except (ValueError, KeyError, TypeError):
        return {"exit_code": 0, "steps": []}
