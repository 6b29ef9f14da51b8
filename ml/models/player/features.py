"""From the feature service's frame to the rows that the models read."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.arrays import Floats
from ml.boxscore.stats import LEARNT
from ml.errors import ModelError
from ml.metrics.baseline import EloSettings
from ml.models.player.candidates import KEYS, MEMORIES, REQUIRED

_POSITIONS = {"PG": 1.0, "SG": 2.0, "SF": 3.0, "PF": 4.0, "C": 5.0}
_USUAL_PACE = 100.0


def candidate_rows(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the ``player_game`` service's frame.

    Parameters
    ----------
    frame : DataFrame, shape (n_rows, ...)
        Spine, labels and features, as `ml.features.datasets` gives it.

    Returns
    -------
    candidates : DataFrame, shape (n_rows, ...)
        `REQUIRED`, sorted by day and key.
    outcomes : DataFrame, shape (n_rows, 17)
        ``min`` and `LEARNT`, NaN where he did not play or the game is to come, and
        ``game_min``: the length of the game (minutes).

    Raises
    ------
    ModelError
        If the service lacks a column.
    """
    frame = frame.sort_values(["game_date", *KEYS]).reset_index(drop=True)
    try:
        columns = _renamed(frame) | _game(frame) | _report(frame)
        candidates = pd.DataFrame(columns)
        candidates = candidates.join(last_report(candidates)).loc[:, list(REQUIRED)]
    except KeyError as error:
        raise ModelError(
            f"the player_game service lacks {error}", "run tipoff build"
        ) from error
    return candidates, _outcomes(frame)


def _renamed(frame: pd.DataFrame) -> dict[str, object]:
    taken = [
        *KEYS,
        "season",
        "game_date",
        *(name for name in REQUIRED if name in frame.columns),
    ]
    columns: dict[str, object] = {name: frame[name] for name in taken}
    columns["is_candidate"] = frame["is_candidate"].astype(bool)
    columns["is_home"] = frame["is_home"].astype(float)
    columns["position_number"] = frame["position"].map(_POSITIONS)
    missed = frame["games_missed"].astype(float)
    columns["games_missed"] = missed
    columns["days_missed"] = frame["days_since_last_game"].astype(float)
    columns["is_named_starter"] = frame["is_named_starter"].astype(float)
    columns["is_same_team"] = (frame["appearances_with_team"] > 0).astype(float)
    columns["is_new_season"] = (frame["games_season"] == 0).astype(float)
    for memory in MEMORIES:
        columns[f"effective_min_h{memory}"] = frame[f"effective_min_h{memory}"]
    return columns


def _game(frame: pd.DataFrame) -> dict[str, object]:
    side = np.where(frame["is_home"].astype(bool), 1.0, -1.0)
    neutral = frame["team_is_neutral_site"].fillna(0.0).to_numpy(float)
    elo = EloSettings()
    margin = _number(frame, "team_elo", elo.start) - _number(
        frame, "opponent_elo", elo.start
    )
    total = frame["team_league_pts"].astype(float)
    total = total + frame["opponent_league_pts"].astype(float)
    for name in ("team_attack", "team_defense", "opponent_attack", "opponent_defense"):
        total = total + _number(frame, name, 0.0)
    columns: dict[str, object] = {
        "rest_days": frame["team_rest_days"],
        "season_game_number": frame["team_season_game_number"],
        "is_playoffs": frame["team_is_playoffs"].astype(float),
        "margin_mean": (margin + elo.home_advantage * side * (1.0 - neutral))
        / elo.points_per_margin,
        "total_mean": total,
        "team_pace": frame["team_pace_ewma"] / _USUAL_PACE - 1.0,
        "opponent_pace": frame["opponent_pace_ewma"] / _USUAL_PACE - 1.0,
    }
    for stat in LEARNT:
        columns[f"opponent_{stat}_allowed"] = frame[f"opponent_{stat}_dvp"] - 1.0
    return columns


def _report(frame: pd.DataFrame) -> dict[str, object]:
    status = frame["report_status"].to_numpy(float)
    submitted = frame["is_submitted"].to_numpy(float)
    silent = np.where(submitted == 1.0, 0.0, np.where(submitted == 0.0, -1.0, np.nan))
    told = ~np.isnan(silent) | ~np.isnan(status)
    out: dict[str, object] = {
        "report_status": np.where(np.isnan(status), silent, status)
    }
    for name in ("report_status_before", "report_reason"):
        values = frame[name].to_numpy(float)
        out[name] = np.where(told, np.nan_to_num(values), np.nan)
    return out


def last_report(candidates: pd.DataFrame) -> pd.DataFrame:
    """Return what was said of each player on his last day with a game before this one.

    Parameters
    ----------
    candidates : DataFrame, shape (n_rows, ...)
        ``player_id, game_date, report_status, report_reason``, sorted by day.

    Returns
    -------
    DataFrame, indexed like `candidates`
        ``report_status_last, report_reason_last``, NaN before a player's first day.
    """
    day = ["player_id", "game_date"]
    said = candidates.set_index(day)[["report_status", "report_reason"]]
    # A second game of that day may be forecast later than this one.
    said = said[~said.index.duplicated()]
    before = said.groupby(level="player_id").shift().add_suffix("_last")
    keys = pd.MultiIndex.from_frame(candidates[day])
    return before.reindex(keys).set_index(candidates.index)


def _outcomes(frame: pd.DataFrame) -> pd.DataFrame:
    played = frame["min"].to_numpy(float) > 0
    labels = {
        name: np.where(played, frame[name].to_numpy(float), np.nan)
        for name in ("min", *LEARNT)
    }
    minutes = (
        frame["min"].groupby([frame["game_id"], frame["team_id"]]).transform("sum")
    )
    # Whole minutes of a team sum to about 240 + 25 for each overtime.
    overtimes = np.clip(np.rint((minutes.to_numpy(float) - 240.0) / 25.0), 0.0, 6.0)
    return pd.DataFrame(labels | {"game_min": 48.0 + 5.0 * np.nan_to_num(overtimes)})


def _number(frame: pd.DataFrame, name: str, unknown: float) -> Floats:
    return np.asarray(frame[name].astype(float).fillna(unknown).to_numpy())
