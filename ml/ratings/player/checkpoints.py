"""Checkpoints of the ratings: what was worked out for dates that did not change."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.arrays import Ints
from ml.ratings.player.ridge import State
from ml.storage.files import replacing

_PLAYERS = "players"
_STATE = "state."
_RATING = "rating."


@dataclass(frozen=True)
class Checkpoint:
    """Where a rater stood after a date.

    Attributes
    ----------
    players : ndarray of int, shape (n_known,)
        Ids of the players known by then, in the order of their numbers.
    state : mapping of str to ndarray
        What the rater returns as its state.
    ratings : DataFrame
        All ratings up to the date.
    """

    players: Ints
    state: State
    ratings: pd.DataFrame


def write_checkpoint(folder: Path, digest: str, checkpoint: Checkpoint) -> None:
    """Write a checkpoint under the digest of everything that led to it.

    Parameters
    ----------
    folder : Path
        Is made if needed; it may be deleted at any time.
    digest : str
        Of method, constants and the rows of every date so far.
    checkpoint : Checkpoint
        What to keep.
    """
    arrays: dict[str, npt.NDArray[Any]] = {_PLAYERS: checkpoint.players}
    arrays |= {f"{_STATE}{name}": array for name, array in checkpoint.state.items()}
    for name in checkpoint.ratings.columns:
        arrays[f"{_RATING}{name}"] = checkpoint.ratings[name].to_numpy()
    with replacing(_path(folder, digest)) as temporary:
        np.savez(temporary, allow_pickle=False, **arrays)


def read_checkpoint(folder: Path, digest: str) -> Checkpoint | None:
    """Read the checkpoint of a digest.

    Parameters
    ----------
    folder : Path
        Where checkpoints are.
    digest : str
        As it was written.

    Returns
    -------
    Checkpoint or None
        None if there is none, or if its file is damaged (zip files hold a checksum of
        every array).
    """
    try:
        with np.load(_path(folder, digest), allow_pickle=False) as file:
            arrays = dict(file)
        return Checkpoint(
            players=arrays[_PLAYERS],
            state={
                name.removeprefix(_STATE): array
                for name, array in arrays.items()
                if name.startswith(_STATE)
            },
            ratings=pd.DataFrame(
                {
                    name.removeprefix(_RATING): array
                    for name, array in arrays.items()
                    if name.startswith(_RATING)
                }
            ),
        )
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile):
        return None


def remove_others(folder: Path, digests: set[str]) -> None:
    """Delete every checkpoint but those of the digests.

    Parameters
    ----------
    folder : Path
        Where checkpoints are.
    digests : set of str
        What is kept.
    """
    for path in folder.glob("*.npz"):
        if path.stem not in digests:
            path.unlink(missing_ok=True)


def _path(folder: Path, digest: str) -> Path:
    return folder / f"{digest}.npz"
