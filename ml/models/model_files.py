"""Models on disk: JSON and LightGBM's text, each file vouched for, never pickle."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from ml.errors import MissingError, ModelError, StorageError
from ml.storage.files import read_regular, write_text

FORMAT = 1
MOST_BYTES = 64 << 20
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_DAMAGED = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
_REMEDY = "train again: tipoff train"


def write_model(folder: Path, payload: dict[str, Any], texts: dict[str, str]) -> None:
    """Write a model so that it is found only when it is whole.

    Parameters
    ----------
    folder : Path
        Made if needed.
    payload : dict
        Everything but the trees, as JSON types; floats keep every bit.
    texts : dict of str to str
        Trees by name, written as ``<name>.txt``.
    """
    for name, text in texts.items():
        write_text(folder / f"{name}.txt", text)
    body = {
        "format": FORMAT,
        "texts": {name: _digest(text) for name, text in texts.items()},
        "model": payload,
    }
    body["digest"] = _digest(json.dumps(body, sort_keys=True))
    write_text(folder / "model.json", json.dumps(body, indent=1, sort_keys=True) + "\n")


def read_model(folder: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """Read what `write_model` wrote.

    Returns
    -------
    payload : dict
        As written.
    texts : dict of str to str
        Trees by name.

    Raises
    ------
    MissingError
        If there is no model in `folder`.
    ModelError
        If a file is damaged, absent or of another format.
    """
    path = folder / "model.json"
    if not path.exists():
        raise MissingError(f"there is no model in {folder}", "run tipoff train")
    try:
        body = json.loads(read_regular(path, most_bytes=MOST_BYTES).decode("utf-8"))
        digest = body.pop("digest")
        found = body["format"]
        names = dict(body["texts"])
        payload = body["model"]
        if not isinstance(payload, dict) or not all(
            isinstance(each, str) and _NAME.fullmatch(each) for each in names
        ):
            raise ValueError("it does not hold a model")
    except StorageError as error:
        raise ModelError(error.problem, _REMEDY) from error
    except _DAMAGED as error:
        raise ModelError(f"{path} is damaged: {error}", _REMEDY) from error
    if found != FORMAT:
        raise ModelError(f"{path} has format {found}, expected {FORMAT}", _REMEDY)
    if digest != _digest(json.dumps(body, sort_keys=True)):
        raise ModelError(f"{path} is damaged: its digest does not match", _REMEDY)
    return payload, {name: _read_text(folder, name, names[name]) for name in names}


def _read_text(folder: Path, name: str, digest: str) -> str:
    path = folder / f"{name}.txt"
    try:
        text = read_regular(path, most_bytes=MOST_BYTES).decode("utf-8")
    except StorageError as error:
        raise ModelError(error.problem, _REMEDY) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} cannot be read: {error}", _REMEDY) from error
    if _digest(text) != digest:
        raise ModelError(f"{path} is damaged: its digest does not match", _REMEDY)
    return text


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
