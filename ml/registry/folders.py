"""Models in folders: what they are called, and how they get there."""

from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
import uuid
from datetime import date
from pathlib import Path
from typing import Protocol

from ml.console import console
from ml.errors import MissingError, ModelError
from ml.features.manifest import read_catalog
from ml.models.card import ModelCard
from ml.settings import Settings
from ml.storage.files import write_text

TEAM = "team_matchup"
PLAYER = "player_game"
KINDS = (TEAM, PLAYER)
ORIGIN = "origin.json"
_OWN_FILES = ("aliases.json", "aliases.damaged.json")
_SHOWN = 200
_passed_over: set[Path] = set()


class Storable(Protocol):
    """What the registry keeps: a model that says where it comes from."""

    @property
    def card(self) -> ModelCard:
        """Its provenance."""

    def save(self, folder: Path) -> None:
        """Write it."""


def store_team_model(settings: Settings, model: Storable) -> Path:
    """Keep a team model beside all earlier ones; see `store_model`."""
    return store_model(settings, TEAM, model)


def store_model(settings: Settings, kind: str, model: Storable) -> Path:
    """Keep a model beside all earlier ones.

    Parameters
    ----------
    settings : Settings
        Says where the registry is.
    kind : str
        One of `KINDS`: the feature service it reads.
    model : Storable
        A fitted model.

    Returns
    -------
    Path
        ``<kind>_<last date learnt from>_<hash of data and features>``. The same model
        stored again is the same folder.
    """
    folder = settings.registry_dir / folder_name(kind, model.card)
    settings.registry_dir.mkdir(parents=True, exist_ok=True)
    temporary = settings.registry_dir / f".{uuid.uuid4().hex[:12]}"
    temporary.mkdir()
    try:
        model.save(temporary)
        origin = {
            "service": kind,
            "service_hash": service_hash(settings, kind),
            "revision": _revision(settings.project_dir),
        }
        write_text(temporary / ORIGIN, json.dumps(origin, indent=1) + "\n")
        if folder.exists():
            shutil.rmtree(folder)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


def folder_name(kind: str, card: ModelCard) -> str:
    """Return what a model's folder is called."""
    digest = f"{card.data_hash[:6]}{card.features_hash[:6]}"
    return f"{kind}_{card.last_date}_{digest}"


def model_folders(settings: Settings, kind: str) -> list[Path]:
    """List the models of a kind, that with the newest last game first.

    What else lies in the registry is named on standard error and passed over: a copy, a
    link, a file that somebody put there.
    """
    found = []
    if settings.registry_dir.is_dir():
        for path in sorted(settings.registry_dir.iterdir()):
            if is_model_folder(path, kind):
                found.append(path)
            elif not any(is_model_folder(path, other) for other in KINDS):
                _pass_over(path)
    return sorted(
        found,
        key=lambda path: (last_date(path, kind), path.stat().st_mtime_ns),
        reverse=True,
    )


def is_model_folder(path: Path, kind: str) -> bool:
    """Say whether a path is a folder, no link, with the name of a model of a kind."""
    if not re.fullmatch(
        rf"{kind}_[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}_\w{{1,64}}", path.name
    ):
        return False
    try:
        last_date(path, kind)
        return stat.S_ISDIR(path.lstat().st_mode)
    except (ModelError, OSError, ValueError):
        return False


def _pass_over(path: Path) -> None:
    if path.name in _OWN_FILES or path.name.startswith(".") or path in _passed_over:
        return
    _passed_over.add(path)
    console.warning(f"{path} is no model's folder: it is passed over")


def named_folder(settings: Settings, name: str) -> tuple[str, Path]:
    """Find a model by its name.

    Parameters
    ----------
    settings : Settings
        Says where the registry is.
    name : str
        Its whole name.

    Returns
    -------
    tuple of (str, Path)
        Its kind and its folder.

    Raises
    ------
    MissingError
        If there is no such model.
    """
    folder = settings.registry_dir / name
    for kind in KINDS:
        if folder.name == name and is_model_folder(folder, kind):
            return kind, folder
    raise MissingError(
        f"there is no model {name[:_SHOWN]} in {settings.registry_dir}",
        "tipoff models list",
    )


def last_date(folder: Path, kind: str) -> date:
    """Return the last day that a model learnt from, as its name says.

    Raises
    ------
    ModelError
        If the name has no date.
    """
    try:
        return date.fromisoformat(folder.name.removeprefix(f"{kind}_")[:10])
    except ValueError as error:
        raise ModelError(
            f"{folder} is not a model's folder: its name has no date",
            "move it out of the registry",
        ) from error


def service_hash(settings: Settings, kind: str) -> str | None:
    """Return the hash of what a kind reads now; None where nothing was built."""
    try:
        return read_catalog(settings).service(kind).content_hash
    except MissingError:
        return None


def _revision(project_dir: Path) -> str | None:
    """Return the commit of the project, where it is a checkout."""
    if not (project_dir / ".git").exists():
        return None
    try:
        outcome = subprocess.run(
            ["git", "-C", str(project_dir), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return outcome.stdout.strip()
