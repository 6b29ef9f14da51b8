"""What a backtest has worked out, kept on disk: a killed one goes on where it was."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import pandas as pd

from ml.models.card import hash_frame
from ml.storage.files import replacing
from ml.system.executor import fingerprint

Result = TypeVar("Result")

# Where the code lies that moves a forecast.
_CODE = ("arrays.py", "backtest", "boxscore", "metrics", "models")


def key_of(name: str, *values: object) -> str:
    """Return a file's name that changes with what a result is worked out from.

    Parameters
    ----------
    name : str
        What the result is, such as ``"2022-23_2022-11"``.
    *values : object
        What it is worked out from: frames by their columns and values, others by their
        text. The code that forecasts counts, too.
    """
    parts = [fingerprint(*_CODE)]
    for value in values:
        if isinstance(value, pd.DataFrame):
            parts += [",".join(map(str, value.columns)), hash_frame(value)]
        else:
            parts.append(str(value))
    return f"{name}_{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:12]}"


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame whole or not at all."""
    with replacing(path) as temporary:
        frame.to_parquet(temporary, index=False)


def taken_or_made(
    store: Path | None,
    keys: Sequence[str],
    make: Callable[[list[int]], Iterator[Result]],
    *,
    read: Callable[[Path], Result],
    write: Callable[[Result, Path], None],
) -> Iterator[Result]:
    """Yield results, those that are kept from the store, the others made and kept.

    Parameters
    ----------
    store : Path, optional
        The folder; nothing is kept where absent.
    keys : sequence of str
        From `key_of`, one a result; anything where nothing is kept.
    make : callable
        Takes the places of the results that are lacking, and yields them in that order.
    read, write : callable
        What reads a result from a file, and writes it to one, last if to several.

    Yields
    ------
    Result
        In the order of `keys`.
    """
    lacking = [
        place
        for place, key in enumerate(keys)
        if store is None or not (store / key).exists()
    ]
    made, waiting = make(lacking), {*lacking}
    for place, key in enumerate(keys):
        if place not in waiting:
            assert store is not None
            yield read(store / key)
            continue
        result = next(made)
        if store is not None:
            write(result, store / key)
        yield result
