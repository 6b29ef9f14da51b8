"""The registry: every trained model in a folder of its own, found by what it knew."""

from __future__ import annotations

import shutil
import tempfile
from datetime import date
from pathlib import Path
from typing import Protocol

from ml.errors import MissingError, ModelError
from ml.models.card import ModelCard
from ml.models.team import TeamModel
from ml.settings import Settings

TEAM = "team_matchup"
PLAYER = "player_game"


class Storable(Protocol):
    """What the registry keeps: a model that says where it comes from."""

    @property
    def card(self) -> ModelCard:
        """Its provenance."""

    def save(self, folder: Path) -> None:
        """Write it."""


def store_team_model(settings: Settings, model: TeamModel) -> Path:
    """Keep a model beside all earlier ones.

    Parameters
    ----------
    settings : Settings
        Says where the registry is.
    model : TeamModel
        A fitted model.

    Returns
    -------
    Path
        ``team_matchup_<last date learnt from>_<hash of data and features>``. The same
        model stored again is the same folder.
    """
    return store_model(settings, TEAM, model)


def store_model(settings: Settings, kind: str, model: Storable) -> Path:
    """Keep a model of any kind; as `store_team_model`, ``<kind>_<date>_<hash>``."""
    digest = f"{model.card.data_hash[:6]}{model.card.features_hash[:6]}"
    folder = settings.registry_dir / f"{kind}_{model.card.last_date}_{digest}"
    settings.registry_dir.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=settings.registry_dir, prefix="."))
    try:
        model.save(temporary)
        if folder.exists():
            shutil.rmtree(folder)
        temporary.chmod(0o755)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


def team_model_before(settings: Settings, game_date: date) -> tuple[str, TeamModel]:
    """Load the newest model that learnt from no game of a day or later.

    Parameters
    ----------
    settings : Settings
        Says where the registry is.
    game_date : date
        The day (US/Eastern) to forecast.

    Returns
    -------
    tuple of (str, TeamModel)
        Its name and the model.

    Raises
    ------
    MissingError
        If there is no such model.
    ModelError
        If its files are damaged.
    """
    folder = model_before(settings, TEAM, game_date)
    return folder.name, TeamModel.load(folder)


def model_before(settings: Settings, kind: str, game_date: date) -> Path:
    """Find the newest model of a kind that learnt from no game of a day or later.

    Raises
    ------
    MissingError
        If there is no such model.
    """
    folders = sorted(
        (path for path in settings.registry_dir.glob(f"{kind}_*") if path.is_dir()),
        key=lambda path: (_last_date(path, kind), path.stat().st_mtime_ns),
        reverse=True,
    )
    for folder in folders:
        if _last_date(folder, kind) < game_date:
            return folder
    raise MissingError(
        f"no {kind.partition('_')[0]} model learnt only from games before {game_date}"
        f" ({len(folders)} in {settings.registry_dir})",
        f"run `tipoff train --as-of {game_date}`",
    )


def _last_date(folder: Path, kind: str) -> date:
    """Return the last day that a model learnt from, as its name says."""
    try:
        return date.fromisoformat(folder.name.removeprefix(f"{kind}_")[:10])
    except ValueError as error:
        raise ModelError(
            f"{folder} is not a model's folder: its name has no date",
            "move it out of the registry",
        ) from error
