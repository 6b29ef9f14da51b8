"""The backtest of a home: its training sets, its closing lines, its report."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

import pandas as pd

from ml.backtest.horizon import check_horizons, check_without, home_at, horizon_of
from ml.backtest.past_lines import MEMORY_SEASONS, informed
from ml.backtest.reference import read_reference
from ml.backtest.result import Backtest
from ml.backtest.run import Benchmarks, backtest
from ml.backtest.walk_forward import Fit, Say, walk_forward
from ml.errors import MissingError
from ml.features.datasets import load_training_frame
from ml.features.manifest import read_catalog
from ml.features.spines import TEAM_MATCHUP
from ml.metrics.market import read_closing_lines, read_team_names
from ml.models.team.model import TeamModel
from ml.settings import Settings


def backtest_league(
    settings: Settings,
    *,
    source: Path,
    seasons: Sequence[str],
    out: Path,
    references: Sequence[Path] = (),
    horizons: Sequence[str] = (),
    without: Sequence[Sequence[str]] = (),
    past_lines: bool = False,
    say: Say | None = None,
    executor: Executor | None = None,
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
        Folder for forecasts, ``metrics.json`` and ``report.html``. A killed run goes on
        from what it left there.
    references : sequence of Path
        Public forecasters' files (`ml.backtest.reference`), for the scorer alone.
    horizons : sequence of str
        Moments of the forecasts (`ml.backtest.horizon.HORIZONS`): the report is of the
        first and compares the others with it; that of the home where absent.
    without : sequence of sequences of str
        What forecasts of the same games shall lack from the first of the seasons on
        (`ml.backtest.horizon.INFORMATION`), one comparison for each; seasons before
        have it as they have.
    past_lines : bool
        Whether to score apart, too, the model that lines of past games inform.
    say : callable, optional
        Told of every month.
    executor : Executor, optional
        Who fits and forecasts, a month each (`ml.system.executor`); this process where
        absent.

    Returns
    -------
    Backtest
        Forecasts, scores and warnings.

    Raises
    ------
    MissingError
        If a season has no training set, none comes before it, or no game of it has a
        closing line.
    SettingsError
        If a horizon, or what shall be left out, is unknown.
    """
    names = list(horizons) or [horizon_of(settings)]
    if horizons:
        check_horizons(names)
    for lacking in without:
        check_without(list(lacking))
    benchmarks = Benchmarks(
        read_closing_lines(source, settings),
        read_reference(references) if references else None,
        read_team_names(source, settings),
    )
    homes = {
        name: home_at(settings, name, out / "homes") if horizons else settings
        for name in names
    }
    for lacking in without:
        homes[f"{names[0]} without {' and '.join(sorted(lacking))}"] = home_at(
            settings, names[0], out / "homes", without=lacking, since=min(seasons)
        )
    frames = {name: stored_frame(home, seasons) for name, home in homes.items()}
    return backtest(
        frames.pop(names[0]),
        benchmarks,
        sorted(set(seasons)),
        out=out,
        horizon=names[0],
        others=frames,
        fit=_fit(homes[names[0]]),
        memory_seasons=settings.training_seasons,
        past_lines=past_lines,
        random_state=settings.random_state,
        say=say,
        executor=executor,
    )


def inform_forecasts(
    settings: Settings,
    source: Path,
    forecasts: pd.DataFrame,
    games: pd.DataFrame,
    *,
    say: Say | None = None,
) -> pd.DataFrame:
    """Move forecasts of one day by what lines of games that are over say.

    Past games are forecast again as a backtest would; their months are kept in the
    home.

    Parameters
    ----------
    settings : Settings
        Says where the training sets are.
    source : Path
        The SQLite file that the home was built from; lines of the day's own games, and
        of later ones, are not used.
    forecasts : DataFrame, shape (n_games, any)
        The day's, columns of `ml.models.team.forecasts.COLUMNS`.
    games : DataFrame, shape (n_games, any)
        ``game_id, season, game_date, home_team_id, away_team_id`` of the same games.
    say : callable, optional
        Told of every month.

    Returns
    -------
    DataFrame, like `forecasts`

    Raises
    ------
    MissingError
        If the source does not exist, or no line of a game before the day is in it.
    """
    lines = read_closing_lines(source, settings)
    season, moment = games["season"].iloc[0], forecasts["forecast_at"].min()
    stored = [name for name in TEAM_MATCHUP.seasons(settings) if name <= season]
    past = load_training_frame(settings, stored)
    past = past[(past["known_at"] < moment) & past["home_margin"].notna()]
    if not past["game_id"].isin(set(lines["game_id"])).any():
        raise MissingError(
            f"{source} holds no closing line of a game before {moment:%Y-%m-%d}",
            "forecast without --past-lines",
        )
    there = sorted(past["season"].unique())
    store = settings.home / "cache" / "past_lines"
    history = walk_forward(
        past,
        there[1:][-MEMORY_SEASONS - 1 :],
        memory_seasons=settings.training_seasons,
        fit=_fit(settings),
        store=store,
        say=say,
    )
    _keep_newest(store)
    moved = informed(
        pd.concat([history, forecasts], ignore_index=True),
        pd.concat([past, games], ignore_index=True),
        lines,
    )
    return moved[moved["game_id"].isin(set(games["game_id"]))].reset_index(drop=True)


def _keep_newest(store: Path) -> None:
    """Delete older forecasts of each month: of less of it, or from other rows."""
    newest: dict[str, Path] = {}
    for path in sorted(store.iterdir(), key=lambda path: path.stat().st_mtime_ns):
        month = path.name.rsplit("_", 1)[0]
        if month in newest:
            newest[month].unlink(missing_ok=True)
        newest[month] = path


def team_scoring(settings: Settings) -> tuple[str, ...]:
    """Name the features whose level adds to the points of a game."""
    return read_catalog(settings).service(TEAM_MATCHUP.service).scoring


def _fit(settings: Settings) -> Fit:
    return functools.partial(
        TeamModel.fit,
        scoring=team_scoring(settings) or None,
        random_state=settings.random_state,
    )


def stored_frame(settings: Settings, seasons: Sequence[str]) -> pd.DataFrame:
    """Read the training sets of teams, of some seasons and of all before.

    Raises
    ------
    MissingError
        If a season has none.
    """
    files = sorted(settings.model_dir.glob(TEAM_MATCHUP.path(settings, "*").name))
    stored = [path.stem.rsplit("_", 1)[1] for path in files]
    absent = sorted(set(seasons) - set(stored))
    if absent or not seasons:
        raise MissingError(
            f"there is no training set of {', '.join(absent) or 'no season'}",
            f"there are: {', '.join(stored) or 'none'}; run tipoff build, then "
            "python -m ml.jobs.build_team_train_dataset",
        )
    return load_training_frame(
        settings, [season for season in stored if season <= max(seasons)]
    )
