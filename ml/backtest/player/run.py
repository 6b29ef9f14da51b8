"""The player side of a backtest: forecasts, scores and the simulated league."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.box import SIMPLE
from rich.table import Table

from ml.backtest.horizon import horizon_of
from ml.backtest.player.props import PropScore, read_prop_lines, score_props
from ml.backtest.player.realism import league_moments
from ml.backtest.player.scores import (
    CRPS,
    STATS,
    PlayerScore,
    against_baseline,
    player_table,
    score_players,
)
from ml.backtest.player.walk_forward import (
    SEASONS_BEFORE,
    Say,
    player_months,
    walk_players,
)
from ml.errors import MissingError
from ml.features.datasets import load_training_frame
from ml.features.spines import PLAYER_GAME
from ml.metrics.player_baseline import appearances
from ml.models.player.features import candidate_rows
from ml.settings import Settings
from ml.storage.files import replacing, write_text

N_DRAWS = 2000
SHOWN = CRPS
_LINES = ["game_date", "game_id", "season", "player_id", *STATS[:-1]]
_KEYS = ["game_id", "player_id"]


@dataclass(frozen=True)
class PlayerBacktest:
    """A finished backtest of players.

    Attributes
    ----------
    horizon : str
        When the forecasts were made.
    n_draws, n_games : int
        In every one of ``n_draws`` draws of each game all identities held.
    seasons : tuple of PlayerScore
        One for each season and, last, one for all.
    realised, simulated : dict of str to float
        `league_moments` of the games and of their draws.
    props : PropScore or None
        Beside bookmakers' lines, where the source has them.
    """

    horizon: str
    n_draws: int
    n_games: int
    seasons: tuple[PlayerScore, ...]
    realised: dict[str, float]
    simulated: dict[str, float]
    props: PropScore | None

    def to_table(self) -> Table:
        """Return the scores as a table for the console."""
        table = Table(
            title=f"players who played, {self.horizon}: ours (against the baseline)",
            box=SIMPLE,
        )
        table.add_column("season (n)")
        table.add_column("score")
        for stat in SHOWN:
            table.add_column(stat, justify="right")
        for score in self.seasons:
            shares = against_baseline(score.stats)
            for name in ("mae", "rmse", "crps", "mae_median", "coverage"):
                cells = [_cell(score.stats[stat], shares[stat], name) for stat in SHOWN]
                label = f"{score.season} ({score.n_lines:,})" if name == "mae" else ""
                table.add_row(label, name, *cells, end_section=name == "coverage")
        return table


def backtest_players(
    settings: Settings,
    teams: pd.DataFrame,
    seasons: Sequence[str],
    *,
    source: Path,
    out: Path,
    n_draws: int = N_DRAWS,
    say: Say | None = None,
    executor: Executor | None = None,
) -> PlayerBacktest:
    """Forecast and score every player of past seasons.

    Parameters
    ----------
    settings : Settings
        Of a home at the horizon of the forecasts, with training sets of players.
    teams : DataFrame, shape (n_games, ...)
        Walk-forward team forecasts of the same seasons.
    seasons : sequence of str
        Seasons to forecast.
    source : Path
        The SQLite file that the home was built from; the scorer reads its prop lines.
    out : Path
        Folder: ``player_forecasts.parquet`` and, in ``metrics.json``, ``players``. A
        killed run goes on from what it left there.
    n_draws : int
        Draws a game.
    say : callable, optional
        Told of every month.
    executor : Executor, optional
        Who fits and draws (`ml.system.executor`); where absent, this process fits and
        as many as the settings allow draw.

    Raises
    ------
    MissingError
        If training sets are absent.
    ModelError
        If an identity of a box score is broken in any draw.
    """
    wanted = sorted(set(seasons))
    past = _stored(settings, wanted)
    lines = load_training_frame(settings, past, PLAYER_GAME, _LINES)
    played = appearances(lines.assign(pra=lines["pts"] + lines["reb"] + lines["ast"]))
    first = past.index(wanted[0])
    frame = load_training_frame(
        settings, past[max(first - SEASONS_BEFORE, 0) :], PLAYER_GAME
    )
    rows, outcomes = candidate_rows(frame)
    months = player_months(
        rows,
        outcomes,
        teams,
        played[played["season"].isin(wanted)],
        wanted,
        n_draws=n_draws,
        random_state=settings.random_state,
        store=out / "months",
        executor=executor,
    )
    walk = walk_players(
        months,
        store=out / "months",
        say=say,
        n_processes=settings.workers,
        executor=executor,
    )
    draws = walk.draws
    moments = frame[[*_KEYS, "forecast_at", "is_candidate", "min"]].assign(
        week=_week_of_season(frame)
    )
    forecasts = draws.forecasts.merge(moments, on=_KEYS, validate="one_to_one")
    table = player_table(forecasts.drop(columns=["min", "week"]), played, draws.scored)
    told = forecasts[forecasts["is_candidate"].astype(bool)]
    told = told.assign(has_played=told["min"] > 0)
    scores = tuple(
        score_players(
            name,
            table[table["season"].isin(chosen)],
            told[told["season"].isin(chosen)],
            n_draws=n_draws,
        )
        for name, chosen in [*((one, [one]) for one in wanted), ("all", wanted)]
    )
    means = forecasts[[*_KEYS, "pts_mean", "ast_mean", "min_mean"]]
    actual = played[played["game_id"].isin(set(forecasts["game_id"]))]
    team = forecasts[[*_KEYS, "team_id"]]
    props, people = read_prop_lines(source, settings)
    result = PlayerBacktest(
        horizon_of(settings),
        walk.n_draws,
        walk.n_games,
        scores,
        league_moments(actual.assign(draw=0).merge(team, on=_KEYS), means),
        league_moments(draws.league, means),
        score_props(props, people, table, random_state=settings.random_state),
    )
    _write(result, forecasts, out)
    return result


def _week_of_season(frame: pd.DataFrame) -> pd.Series:
    """Return 1 for the seven days from a season's first game on, then 2 and so on."""
    day = pd.to_datetime(frame["game_date"])
    return (day - day.groupby(frame["season"]).transform("min")).dt.days // 7 + 1


def _stored(settings: Settings, wanted: Sequence[str]) -> list[str]:
    """Return the seasons with a training set, up to the last one wanted."""
    stored = PLAYER_GAME.seasons(settings)
    if absent := sorted(set(wanted) - set(stored)):
        raise MissingError(
            f"there is no player training set of {', '.join(absent)}",
            "run tipoff build, then python -m ml.jobs.build_player_train_dataset",
        )
    return [season for season in stored if season <= wanted[-1]]


def _write(result: PlayerBacktest, forecasts: pd.DataFrame, out: Path) -> None:
    points = ("mean", "p10", "p50", "p90")
    columns = [
        *("game_id", "player_id", "team_id", "season", "forecast_at", "play_prob"),
        *(f"{stat}_{point}" for stat in STATS for point in points),
    ]
    with replacing(out / "player_forecasts.parquet") as path:
        forecasts.loc[:, columns].to_parquet(path, index=False)
    metrics = out / "metrics.json"
    body: dict[str, Any] = {}
    if metrics.exists():
        body = json.loads(metrics.read_text("utf-8"))
    body["players"] = {
        "population": "min > 0 and an earlier game",
        "against_baseline": {
            s.season: against_baseline(s.stats) for s in result.seasons
        },
        **asdict(result),
    }
    write_text(metrics, json.dumps(body, indent=2) + "\n")


def _cell(values: dict[str, float], shares: dict[str, float], name: str) -> str:
    if name not in values:
        return ""
    if name == "coverage":
        return f"{values[name]:.1%}"
    share = f" ({shares[name]:+.1%})" if name in shares else ""
    return f"{values[name]:.3f}{share}"
