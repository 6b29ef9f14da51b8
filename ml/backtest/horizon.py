"""The same games as they were seen at another moment before tip-off."""

from __future__ import annotations

import shutil
from pathlib import Path

from ml.build import build_features
from ml.datasets import build_player_train_dataset, build_team_train_dataset
from ml.errors import MissingError, SettingsError
from ml.files import replacing
from ml.settings import Settings
from ml.spines import PLAYER_GAME

# Minutes before tip-off; announced starters are known at the last.
HORIZONS = {"tipoff-6h": 360, "tipoff-60m": 60, "tipoff-30m": 30}


def horizon_of(settings: Settings) -> str:
    """Return the name of the horizon that a home was built for."""
    named = {minutes: name for name, minutes in HORIZONS.items()}
    minutes = settings.horizon_minutes
    return named.get(minutes, f"tipoff-{minutes}m")


def check_horizons(names: list[str]) -> None:
    """Stop where a horizon is not one of `HORIZONS`.

    Raises
    ------
    SettingsError
        If one is not.
    """
    if strangers := [name for name in names if name not in HORIZONS] or not names:
        raise SettingsError(
            f"there is no horizon {strangers if names else names}",
            f"there are: {', '.join(HORIZONS)}",
        )


def home_at(settings: Settings, name: str, folder: Path) -> Settings:
    """Return settings of a home whose training sets are of a horizon.

    Parameters
    ----------
    settings : Settings
        Of a home that was built.
    name : str
        One of `HORIZONS`.
    folder : Path
        Where a home for another horizon is kept; built there at the first call, and
        again where the warehouse has changed since.

    Returns
    -------
    Settings
        These, where the home is of that horizon; else of a home under `folder`.

    Raises
    ------
    MissingError
        If there is no warehouse.
    """
    from ml.store import apply

    check_horizons([name])
    if HORIZONS[name] == settings.horizon_minutes:
        return settings
    if not settings.warehouse.exists():
        raise MissingError(
            f"there is no warehouse at {settings.warehouse}",
            "run `tipoff ingest SOURCE` first",
        )
    chosen = settings.model_copy(
        update={"home": folder / name, "horizon_minutes": HORIZONS[name]}
    )
    done = chosen.home / "built"
    if done.exists() and done.stat().st_mtime >= settings.warehouse.stat().st_mtime:
        return chosen
    with replacing(chosen.warehouse) as temporary:
        shutil.copyfile(settings.warehouse, temporary)
    build_features(chosen)
    apply(chosen)
    build_team_train_dataset(chosen)
    for old in chosen.model_dir.glob(PLAYER_GAME.path(chosen, "*").name):
        old.unlink()
    done.touch()
    return chosen


def player_home_at(settings: Settings, name: str, folder: Path) -> Settings:
    """Return `home_at` with training sets of players, written where they are absent."""
    if name == horizon_of(settings):
        return settings
    chosen = home_at(settings, name, folder)
    files = PLAYER_GAME.path(chosen, "*").name
    if not list(chosen.model_dir.glob(files)):
        build_player_train_dataset(chosen)
    return chosen
