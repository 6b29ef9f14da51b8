"""What a home grows by is removed after a while, but for what somebody may need."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from ml.errors import ModelError
from ml.registry import KINDS, last_date, model_folders, read_aliases
from ml.settings import Settings

# What could not be delivered is delivered by a later night, of as many days of games.
DAYS_OF_GAMES = 31
# Of a kind: the newest are for comparison, the champions are what a rollback goes to.
NEWEST_MODELS, CHAMPIONS = 3, 5
_DAY = re.compile(r"(?:^|_)(\d{4}-\d{2}-\d{2})\.[a-z]+$")
# As `ml.storage.files.replacing` names what is not whole; a kill leaves it.
_TEMPORARY = re.compile(r"\..+-[a-z0-9_]{8}(\.[a-z0-9]+)?$")
_DAY_IN_SECONDS = 24 * 60 * 60


def prune(settings: Settings) -> int:
    """Remove what is older than ``settings.keep_days``.

    Files of a day and records of nights go by the days of games there are, models by
    the last day that they learnt from. Forecasts stay: grades are made of them.

    Parameters
    ----------
    settings : Settings
        Says which home, and how many days are kept.

    Returns
    -------
    int
        How many files and models were removed.
    """
    gone = [
        *_days(settings.exports_dir, settings.keep_days),
        *_days(settings.nights_dir, settings.keep_days),
        *_models(settings),
        *_left_by_a_kill(settings),
    ]
    for path in gone:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return len(gone)


def _days(folder: Path, keep_days: int) -> Iterator[Path]:
    found = [(_DAY.search(path.name), path) for path in sorted(folder.glob("*"))]
    of_days = [(date.fromisoformat(hit[1]), path) for hit, path in found if hit]
    days = sorted({day for day, _ in of_days}, reverse=True)
    if not days:
        return
    last = min(days[0] - timedelta(days=keep_days), days[:DAYS_OF_GAMES][-1])
    yield from (path for day, path in of_days if day < last)


def _models(settings: Settings) -> Iterator[Path]:
    for kind in KINDS:
        try:
            folders = model_folders(settings, kind)
            aliases = read_aliases(settings, kind)
        except ModelError:  # Said by those that need the registry.
            continue
        if not folders:
            continue
        needed = {aliases.champion, aliases.challenger, *aliases.champions[:CHAMPIONS]}
        first = last_date(folders[0], kind) - timedelta(days=settings.keep_days)
        for folder in folders[NEWEST_MODELS:]:
            if folder.name not in needed and last_date(folder, kind) < first:
                yield folder


def _left_by_a_kill(settings: Settings) -> Iterator[Path]:
    """List files that were being written a day ago and where DuckDB spilled to."""
    old = time.time() - _DAY_IN_SECONDS
    for folder in sorted(settings.home.iterdir()):
        if folder.name.startswith("simulated"):  # A home by itself.
            continue
        paths = sorted(folder.rglob(".*")) if folder.is_dir() else [folder]
        for path in paths:
            if _TEMPORARY.fullmatch(path.name) and path.stat().st_mtime < old:
                yield path
    spilled = settings.warehouse.with_name(f"{settings.warehouse.name}.tmp")
    if spilled.is_dir() and spilled.stat().st_mtime < old:
        yield spilled
