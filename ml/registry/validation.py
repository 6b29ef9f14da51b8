"""Whether a model may be loaded: only text, only whole, only for these features."""

from __future__ import annotations

import json
from collections.abc import Collection
from itertools import islice
from pathlib import Path

from ml.errors import MissingError, ModelError, StorageError
from ml.models.card import ModelCard
from ml.models.model_files import read_model
from ml.registry.folders import ORIGIN, folder_name
from ml.storage.files import read_regular

_TREES = "tree\n"
_MOST_FILES = 100
_ORIGIN_BYTES = 1 << 16
_SHOWN = 200


def validate_model(
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
        called = folder_name(kind, card)
        features_read = {*card.features}
    except (MissingError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise _refused(folder, str(error)) from error
    known = {"model.json", ORIGIN, *(f"{name}.txt" for name in texts)}
    # Many more than belong to it need not be counted to the end.
    for path in sorted(islice(folder.iterdir(), _MOST_FILES)):
        if path.name not in known or path.is_symlink() or not path.is_file():
            raise _refused(folder, f"{path.name} does not belong to it")
    for name, text in texts.items():
        if not text.startswith(_TREES):
            raise _refused(folder, f"{name}.txt is not LightGBM's text")
    if folder.name != called:
        raise _refused(folder, f"it holds {called[:_SHOWN]}")
    before = _origin(folder).get("service_hash")
    if before and service_hash and before != service_hash:
        raise _refused(folder, f"the features of {kind} have changed since")
    if features is not None and (absent := sorted(features_read - {*features})):
        raise _refused(
            folder, f"{kind} has no {', '.join(absent[:3])} ({len(absent)} in all)"
        )
    return card


def _origin(folder: Path) -> dict[str, str | None]:
    path = folder / ORIGIN
    try:
        origin = json.loads(read_regular(path, most_bytes=_ORIGIN_BYTES))
        return {str(name): value for name, value in origin.items()}
    except FileNotFoundError:
        return {}
    except StorageError as error:
        raise _refused(folder, error.problem) from error
    except (ValueError, AttributeError, RecursionError) as error:
        raise _refused(folder, f"{ORIGIN} is damaged: {error}") from error


def _refused(folder: Path, reason: str) -> ModelError:
    return ModelError(
        f"the model {folder.name} is refused: {reason}",
        "train again (tipoff train) or take another one (tipoff models list)",
    )
