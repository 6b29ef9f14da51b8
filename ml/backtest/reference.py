"""Public forecasters to stand beside, read by the scorer and by nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from ml.errors import MissingError, SettingsError

# The newest of its models first, as FiveThirtyEight's files name them.
COLUMNS = (
    "home_win_probability",
    "raptor_home_win_probability",
    "elo_home_win_probability",
)


def read_reference(paths: Sequence[Path]) -> pd.DataFrame:
    """Read win probabilities of a public forecaster.

    Parameters
    ----------
    paths : sequence of Path
        CSV files with ``game_id`` and one of `COLUMNS`, such as FiveThirtyEight's.

    Returns
    -------
    DataFrame, shape (n_games, 2)
        ``game_id, home_win_prob``.

    Raises
    ------
    MissingError
        If a file does not exist, or none is given.
    SettingsError
        If it has no such column.
    """
    frames = []
    for path in paths:
        if not path.is_file():
            raise MissingError(f"there is no reference at {path}")
        rows = pd.read_csv(path, dtype={"game_id": str})
        named = [name for name in COLUMNS if name in rows.columns]
        if "game_id" not in rows.columns or not named:
            raise SettingsError(
                f"{path} has the columns {list(rows.columns)}",
                f"give game_id and one of {', '.join(COLUMNS)}",
            )
        frames.append(
            rows[["game_id", named[0]]].set_axis(["game_id", "home_win_prob"], axis=1)
        )
    if not frames:
        raise MissingError("no reference was given", "name at least one file")
    everything = pd.concat(frames, ignore_index=True).dropna()
    return everything.drop_duplicates("game_id", ignore_index=True)
