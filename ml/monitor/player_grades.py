"""Players' forecasts beside what they did, and how good they were in the last days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pandas as pd

from ml.arrays import Bools, Floats, Ints
from ml.backtest.player.draws import crps_of_counts
from ml.features.spines import PLAYER_GAME, TEAM_MATCHUP, read_spine
from ml.metrics.player_baseline import appearances, window_crps
from ml.metrics.score import log_losses
from ml.monitor.player_forecast_log import GRADED, read_player_forecasts
from ml.monitor.windows import DAYS
from ml.settings import Settings

# A season, and what the baseline of its first games remembers.
_DAYS_GRADED = 400
_DAYS_BEFORE = 400
# A share of 10,000 draws says nothing finer.
_FINEST = 5e-5
# The baseline of P(plays): his share of his team's last ten games, held off certainty.
_SHARE = "played_share_l10"
_UNSURE = 0.03


def grade_players(settings: Settings, moment: datetime) -> pd.DataFrame:
    """Grade the logged forecasts of players whose game was known at a moment.

    Parameters
    ----------
    settings : Settings
        Says where forecasts and results are.
    moment : datetime
        UTC.

    Returns
    -------
    DataFrame, shape (n_forecasts, any)
        See `grade_player_rows`; empty where none was logged by then.
    """
    now = pd.Timestamp(moment)
    forecasts = read_player_forecasts(
        settings, (now - pd.Timedelta(days=_DAYS_GRADED)).date()
    )
    if not forecasts.empty:
        forecasts = forecasts[forecasts["forecast_at"] <= now].reset_index(drop=True)
    if forecasts.empty:
        return forecasts
    games = read_spine(settings, TEAM_MATCHUP, "home_pts is not null").to_pandas()
    known = pd.to_datetime(games["known_at"], utc=True) <= now
    first = pd.Timestamp(forecasts["game_date"].min()) - pd.Timedelta(days=_DAYS_BEFORE)
    lines = read_spine(
        settings, PLAYER_GAME, f"min is not null and game_date >= date '{first.date()}'"
    ).to_pandas(date_as_object=False)
    lines = lines[lines["game_id"].isin(games.loc[known, "game_id"])]
    return grade_player_rows(forecasts, lines)


def grade_player_rows(forecasts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Grade forecasts of players.

    Parameters
    ----------
    forecasts : DataFrame, shape (n_forecasts, any)
        From `ml.monitor.player_forecast_log.read_player_forecasts`.
    lines : DataFrame, shape (n_lines, any)
        Box scores of finished games, with ``min`` 0 for who did not play; those of
        earlier games make the baseline: the exponentially weighted mean of a player's
        games (half-life eight), for CRPS the distribution of his last thirty.

    Returns
    -------
    DataFrame, shape (n_forecasts, any)
        Of finished games: keys, P(plays), ``has_played``, ``play_log_loss`` and that
        of the baseline; for each of `GRADED`, of those who played and had an earlier
        game, ``<stat>_error`` (what he had less the mean, in the statistic's unit),
        ``<stat>_mae, <stat>_crps``, ``<stat>_inside`` (whether it lies in the 80 %
        interval) and ``<stat>_inside_prob`` (how often it should, which whole numbers
        make other than .8), and ``baseline_<stat>_mae, baseline_<stat>_crps``.
        Without rows and grades while no game is finished.
    """
    finished = forecasts[forecasts["game_id"].isin(set(lines["game_id"]))]
    if finished.empty:
        return finished
    lines = lines.assign(pra=lines["pts"] + lines["reb"] + lines["ast"])
    columns = ["game_id", "game_date", "player_id", "season", "team_id", *GRADED]
    played = appearances(lines[columns])
    key = ["game_id", "player_id"]
    baseline = {f"baseline_{stat}_crps": window_crps(played, stat) for stat in GRADED}
    truth = [*key, *GRADED, *(f"{stat}_baseline" for stat in GRADED)]
    table = finished.merge(
        played[truth].assign(**baseline), on=key, how="left", validate="one_to_one"
    )
    has_played = table["min"].notna().to_numpy()
    scored = has_played & table["min_baseline"].notna().to_numpy()
    prob = table["play_prob"].to_numpy(float)
    share = table[_SHARE].fillna(0.5).clip(_UNSURE, 1.0 - _UNSURE)
    graded: dict[str, object] = {
        "has_played": has_played,
        "play_log_loss": log_losses(np.clip(prob, _FINEST, 1 - _FINEST), has_played),
        "baseline_play_log_loss": log_losses(share, has_played),
    }
    for stat in GRADED:
        graded |= _grades(table, stat, scored)
    told = ["game_id", "team_id", "player_id", "season", "game_date", "model"]
    told += ["play_prob", *(f"{stat}_mean" for stat in GRADED)]
    return table[told].join(pd.DataFrame(graded, index=table.index))


def _grades(table: pd.DataFrame, stat: str, scored: Bools) -> dict[str, Floats]:
    outcome = table[stat].to_numpy(float)
    low, high = (table[f"{stat}_{end}"].to_numpy(float) for end in ("p10", "p90"))
    error = outcome - table[f"{stat}_mean"].to_numpy(float)
    counts = _padded(table.loc[scored, f"{stat}_counts"])
    whole = np.arange(counts.shape[1])
    within = (low[scored, None] <= whole) & (whole <= high[scored, None])
    columns: dict[str, Floats] = {
        f"{stat}_error": error,
        f"{stat}_mae": np.abs(error),
        f"baseline_{stat}_mae": np.abs(
            outcome - table[f"{stat}_baseline"].to_numpy(float)
        ),
        f"baseline_{stat}_crps": table[f"baseline_{stat}_crps"].to_numpy(float),
        f"{stat}_inside": ((low <= outcome) & (outcome <= high)).astype(float),
    }
    inside_prob = (counts * within).sum(axis=1) / np.maximum(counts.sum(axis=1), 1)
    for name, values in (
        (f"{stat}_crps", crps_of_counts(counts, outcome[scored])),
        (f"{stat}_inside_prob", inside_prob),
    ):
        columns[name] = np.full(len(table), np.nan)
        columns[name][scored] = values
    return {name: np.where(scored, values, np.nan) for name, values in columns.items()}


def _padded(counts: pd.Series) -> Ints:
    width = max((len(row) for row in counts), default=1) or 1
    padded = np.zeros((len(counts), width), dtype=np.int64)
    for place, row in enumerate(counts):
        padded[place, : len(row)] = row
    return padded


@dataclass(frozen=True)
class PlayerWindow:
    """Means over the players of some days.

    Attributes
    ----------
    name : str
        ``7 days`` … or the season.
    n_players : int
        Forecasts of finished games.
    n_lines : int
        Of these, who played and had an earlier game.
    play_log_loss, baseline_play_log_loss : float
        Of P(plays).
    scores : dict of str to dict of str to float
        Statistic → ``mae, crps, coverage, baseline_mae, baseline_crps``.
    """

    name: str
    n_players: int
    n_lines: int
    play_log_loss: float
    baseline_play_log_loss: float
    scores: dict[str, dict[str, float]]


def player_windows(grades: pd.DataFrame, last: date) -> list[PlayerWindow]:
    """Summarise the players of the last 7, 14 and 30 days and of the season.

    Parameters
    ----------
    grades : DataFrame
        From `grade_player_rows`.
    last : date
        The last day that counts (US/Eastern).
    """
    if grades.empty:
        return []
    day = pd.to_datetime(grades["game_date"])
    until = day <= pd.Timestamp(last)
    spans = {
        f"{days} days": until & (day > pd.Timestamp(last) - pd.Timedelta(days=days))
        for days in DAYS
    }
    if until.any():
        season = grades.loc[until, "season"].iloc[-1]
        spans[f"season {season}"] = until & (grades["season"] == season)
    return [_window(name, grades[rows]) for name, rows in spans.items() if rows.any()]


def _window(name: str, rows: pd.DataFrame) -> PlayerWindow:
    names = {"mae": "mae", "crps": "crps", "coverage": "inside"}
    return PlayerWindow(
        name=name,
        n_players=len(rows),
        n_lines=int(rows["min_mae"].notna().sum()),
        play_log_loss=float(rows["play_log_loss"].mean()),
        baseline_play_log_loss=float(rows["baseline_play_log_loss"].mean()),
        scores={
            stat: {
                key: float(rows[f"{stat}_{column}"].mean())
                for key, column in names.items()
            }
            | {
                f"baseline_{key}": float(rows[f"baseline_{stat}_{key}"].mean())
                for key in ("mae", "crps")
            }
            for stat in GRADED
        },
    )
