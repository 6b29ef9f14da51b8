"""Tonight's box scores: every player's line, and a gate before they are written."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ml.boxscore.sample_files import keep_samples
from ml.features.manifest import read_catalog
from ml.features.spines import PLAYER_GAME
from ml.features.unseen import Unseen, unseen_of_forecasts, unseen_of_frame
from ml.models.player.forecasts import Drawn
from ml.models.team.forecasts import TeamForecasts
from ml.monitor.player_forecast_log import distributions
from ml.predict.expectations import check_player_forecasts
from ml.predict.player_slate import PlayerSlate
from ml.quality.limits import Limits
from ml.settings import Settings

_TEAM = ("game_id", "team_id")
# What forecasts have been: beyond it one is reported and passed on.
_HAS_BEEN = {"min_mean": Limits(1, 50), "pts_mean": Limits(0, 60)}
_TEAM_HAS_BEEN = {"min_mean_all": Limits(240, 256), "pts_mean_all": Limits(75, 160)}


@dataclass(frozen=True, eq=False)
class BoxScores:
    """Forecasts of every player of a day.

    Attributes
    ----------
    model : str
        Name of the model in the registry.
    predictions : DataFrame, shape (n_players, any)
        Who, P(plays), and every statistic's mean and quantiles.
    counts : DataFrame, shape (n_players, any)
        From `ml.monitor.player_forecast_log.distributions`.
    known : DataFrame, shape (n_players, any)
        What they were forecast from.
    kept : Path, optional
        The file of the draws, where they were kept.
    unseen : tuple of Unseen
        Features of players, and forecasts, beyond what earlier seasons have seen.
    """

    model: str
    predictions: pd.DataFrame
    counts: pd.DataFrame
    known: pd.DataFrame
    kept: Path | None
    unseen: tuple[Unseen, ...] = ()


def forecast_box_scores(
    settings: Settings, players: PlayerSlate, teams: TeamForecasts, *, keep: bool
) -> BoxScores:
    """Forecast the box scores of a day.

    Parameters
    ----------
    settings : Settings
        Says where everything is.
    players : PlayerSlate
        Everyone who could play.
    teams : TeamForecasts
        Of the same games; players' points add up to theirs in every draw.
    keep : bool
        Whether the draws are written beside the exports.

    Raises
    ------
    GateError
        If forecasts fail their checks.
    """
    path = settings.exports_dir / f"gameday_player_sample_{players.day}.parquet"
    counts: list[pd.DataFrame] = []
    with keep_samples(path) if keep else nullcontext() as sink:

        def take(drawn: Drawn) -> None:
            counts.append(distributions(drawn))
            if sink is not None:
                sink(drawn.sample)

        predictions = players.forecast(teams, each=take)
    check_player_forecasts(predictions, players.day)
    order = ["tipoff_at", "game_id", "is_home", "team_id", "min_mean_all", "player_id"]
    predictions = predictions.sort_values(
        order, ascending=[True, True, True, True, False, True], ignore_index=True
    )
    named = players.features.assign(
        player_name=players.people["player_name"].to_numpy()
    )
    service = read_catalog(settings).service(PLAYER_GAME.service)
    unseen = unseen_of_frame(named, service, {"": "player_name"})
    unseen += _unseen_forecasts(predictions)
    return BoxScores(
        model=players.name,
        predictions=predictions,
        counts=pd.concat(counts, ignore_index=True),
        known=players.tonight,
        kept=path if keep else None,
        unseen=unseen,
    )


def _unseen_forecasts(predictions: pd.DataFrame) -> tuple[Unseen, ...]:
    teams = predictions.groupby([*_TEAM, "team"], as_index=False)[
        list(_TEAM_HAS_BEEN)
    ].sum()
    return unseen_of_forecasts(
        predictions, _HAS_BEEN, predictions["player_name"]
    ) + unseen_of_forecasts(teams, _TEAM_HAS_BEEN, teams["team"])
