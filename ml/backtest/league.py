"""The backtest of a home: its training sets, its closing lines, its report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ml.backtest.market import read_closing_lines
from ml.backtest.report import Backtest, backtest
from ml.datasets import load_training_frame
from ml.errors import MissingError
from ml.settings import Settings
from ml.spines import TEAM_MATCHUP


def backtest_league(
    settings: Settings, *, source: Path, seasons: Sequence[str], out: Path
) -> Backtest:
    """Score past seasons of the league whose training sets are in the home.

    Parameters
    ----------
    settings : Settings
        Says where the training sets are.
    source : Path
        The SQLite file that the home was built from; its closing lines are read by
        the scorer alone.
    seasons : sequence of str
        Seasons to forecast, such as ``2022-23``.
    out : Path
        Folder for ``team_forecasts.parquet`` and ``metrics.json``.

    Returns
    -------
    Backtest
        Forecasts, scores and warnings.

    Raises
    ------
    MissingError
        If a season has no training set, none comes before it, or no game of it has a
        closing line.
    """
    files = sorted(settings.model_dir.glob(TEAM_MATCHUP.path(settings, "*").name))
    stored = [path.stem.rsplit("_", 1)[1] for path in files]
    wanted = sorted(set(seasons))
    absent = [season for season in wanted if season not in stored]
    if absent or not wanted:
        raise MissingError(
            f"there is no training set of {', '.join(absent) or 'no season'}",
            f"there are: {', '.join(stored) or 'none'}; run tipoff build, then "
            "python -m ml.jobs.build_team_train_dataset",
        )
    frame = load_training_frame(
        settings, [season for season in stored if season <= wanted[-1]]
    )
    return backtest(
        frame,
        read_closing_lines(source),
        wanted,
        out=out,
        memory_seasons=settings.training_seasons,
        random_state=settings.random_state,
    )
