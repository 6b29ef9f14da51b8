"""Which model forecasts a day: the champion, if it may; else the next one that may."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ml.console import console
from ml.errors import MissingError, ModelError
from ml.features.manifest import read_catalog
from ml.models.card import ModelCard
from ml.registry.aliases import Aliases, read_aliases
from ml.registry.folders import TEAM, last_date, model_folders, service_hash
from ml.registry.validation import validate_model
from ml.settings import Settings

if TYPE_CHECKING:
    from ml.models.team.model import TeamModel


def team_model_before(settings: Settings, game_date: date) -> tuple[str, TeamModel]:
    """Load the team model that forecasts a day; see `model_before`.

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
        If every such model is damaged or reads other features.
    """
    from ml.models.team.model import TeamModel

    loaded: dict[str, TeamModel] = {}

    def load(folder: Path) -> None:
        loaded[folder.name] = TeamModel.load(folder)

    name = _first_that_works(settings, TEAM, game_date, load).name
    return name, loaded[name]


def model_before(
    settings: Settings,
    kind: str,
    game_date: date,
    *,
    load: Callable[[Path], object] = lambda folder: None,
) -> Path:
    """Find the model of a kind that forecasts a day.

    The champion, if it learnt from no game of the day or later and its files are
    whole; else an earlier champion, else the newest model of which that holds. A model
    that is passed over for its files is named on standard error.

    Parameters
    ----------
    settings : Settings
        Says where the registry is.
    kind : str
        Of which kind.
    game_date : date
        The day (US/Eastern) to forecast.
    load : Callable, optional
        Loads a model from its folder; one that it refuses is passed over too.

    Returns
    -------
    Path
        Its folder.

    Raises
    ------
    MissingError
        If there is no such model.
    ModelError
        If every such model is damaged or reads other features.
    """
    return _first_that_works(settings, kind, game_date, load)


def _first_that_works(
    settings: Settings, kind: str, game_date: date, load: Callable[[Path], object]
) -> Path:
    first_refusal: ModelError | None = None
    n_known = 0
    for folder in _by_rank(settings, kind):
        n_known += 1
        if last_date(folder, kind) >= game_date:
            continue
        try:
            load_card(settings, kind, folder)
            load(folder)
        except ModelError as refusal:
            console.warning(refusal.problem)
            first_refusal = first_refusal or refusal
        else:
            return folder
    if first_refusal is not None:
        raise first_refusal
    raise MissingError(
        f"no {kind.partition('_')[0]} model learnt only from games before {game_date}"
        f" ({n_known} in {settings.registry_dir})",
        f"run `tipoff train --as-of {game_date}`",
    )


def load_card(settings: Settings, kind: str, folder: Path) -> ModelCard:
    """Check a model against what its kind reads now, and return its card.

    Raises
    ------
    ModelError
        If it may not be loaded.
    """
    from ml.models.team.design import GAME_FEATURES

    features: set[str] | None = None
    now = service_hash(settings, kind)
    if now is not None and kind == TEAM:
        service = read_catalog(settings).service(kind)
        features = {*service.feature_names, *GAME_FEATURES}
    return validate_model(folder, kind, service_hash=now, features=features)


def _by_rank(settings: Settings, kind: str) -> Iterator[Path]:
    """Yield champions, the newest reign first; then others; then refused ones."""
    folders = {folder.name: folder for folder in model_folders(settings, kind)}
    try:
        aliases = read_aliases(settings, kind)
    except ModelError as error:
        console.warning(error.problem)
        aliases = Aliases()
    served = [name for name in aliases.champions if name not in aliases.refused]
    others = [name for name in folders if name not in aliases.refused]
    for name in dict.fromkeys([*served, *others, *folders]):
        if name in folders:
            yield folders[name]
        elif name == aliases.champion:
            console.warning(f"the champion {name} is not there")
