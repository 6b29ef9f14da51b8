"""Whether a model may be loaded: only text, only whole, only for these features."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from ml.errors import MissingError, ModelError
from ml.models.card import ModelCard
from ml.models.model_files import read_model
from ml.registry.folders import ORIGIN, folder_name

_TREES = "tree\n"


def examine(
    folder: Path,
    kind: str,
    *,
    service_hash: str | None = None,
    features: Collection[str] | None = None,
) -> ModelCard:
    """Check a model's folder without loading the model; nothing in it is executed.

    Parameters
    ----------
    folder : Path
        In the registry.
    kind : str
        What it should be.
    service_hash : str, optional
        What the feature service is now; a model of another one is refused.
    features : collection of str, optional
        What the feature service has now; a model that reads others is refused.

    Returns
    -------
    ModelCard
        Where the model comes from.

    Raises
    ------
    ModelError
        If a file is damaged, unknown or neither JSON nor LightGBM's text, or the model
        is not the one its name says, or reads other features.
    """
    try:
        payload, texts = read_model(folder)
        card = ModelCard.from_json(payload["card"])
    except (MissingError, KeyError, TypeError) as error:
        raise _refused(folder, str(error)) from error
    known = {"model.json", ORIGIN, *(f"{name}.txt" for name in texts)}
    for path in sorted(folder.iterdir()):
        if path.name not in known or path.is_symlink() or not path.is_file():
            raise _refused(folder, f"{path.name} does not belong to it")
    for name, text in texts.items():
        if not text.startswith(_TREES):
            raise _refused(folder, f"{name}.txt is not LightGBM's text")
    if folder.name != folder_name(kind, card):
        raise _refused(folder, f"it holds {folder_name(kind, card)}")
    before = _origin(folder).get("service_hash")
    if before and service_hash and before != service_hash:
        raise _refused(folder, f"the features of {kind} have changed since")
    if features is not None and (absent := sorted({*card.features} - {*features})):
        raise _refused(
            folder, f"{kind} has no {', '.join(absent[:3])} ({len(absent)} in all)"
        )
    return card


def _origin(folder: Path) -> dict[str, str | None]:
    path = folder / ORIGIN
    if not path.exists():
        return {}
    try:
        origin = json.loads(path.read_text("utf-8"))
        return {str(name): value for name, value in origin.items()}
    except (ValueError, AttributeError) as error:
        raise _refused(folder, f"{ORIGIN} is damaged: {error}") from error


def _refused(folder: Path, reason: str) -> ModelError:
    return ModelError(
        f"the model {folder.name} is refused: {reason}",
        "train again (tipoff train) or take another one (tipoff models list)",
    )
