"""Expected counts: per-minute rates times minutes, corrected for the game.

Each statistic is a sum of terms, every one of them expected minutes times a rate:
the player's own at three memories, his position's, and his own times what differs in
this game (the opponent, pace, teammates who are out, home, rest). The weights come
from least squares with errors of Poisson's variance, so that ten minutes of a reserve
and thirty-five of a star count for what they tell, and recent games for more. Points
and assists then get what small trees find in the errors of that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ml.arrays import Floats
from ml.boxscore.stats import LEARNT
from ml.models.player.boosting import boost
from ml.models.player.candidates import GAME, MEMORIES, PERSON, PRESENCE, REPORT, ROLE
from ml.models.trees import Trees
from ml.settings import project_variable

_SHORT = 0.6
_HALF_LIFE_DAYS = 500.0
_RIDGE = 5e-4
_LEAST = 0.005
# Statistics whose errors have something left for trees (others: under 0.1 %).
CORRECTED = ("pts", "ast")
_CORRECTION_DAYS = 850
_ROUNDS = 140
_LEARNING_RATE = 0.05
_SMALL = {"num_leaves": 8, "min_data_in_leaf": 200, "feature_fraction": 0.35}


@dataclass(frozen=True)
class RateModel:
    """Weights of every statistic's terms.

    Attributes
    ----------
    by_position : dict of str to list of float
        Mean per minute at positions 0 (unknown) to 5, by statistic.
    weights : dict of str to list of float
        In the order of the terms, by statistic.
    corrections : dict of str to Trees
        Of `CORRECTED`: errors over the root of the expectation.
    """

    by_position: dict[str, list[float]]
    weights: dict[str, list[float]]
    corrections: dict[str, Trees]

    @classmethod
    def fit(
        cls,
        frame: pd.DataFrame,
        context: pd.DataFrame,
        minutes: Floats,
        outcomes: pd.DataFrame,
        *,
        random_state: int,
    ) -> RateModel:
        """Learn from players who played.

        Parameters
        ----------
        frame, context : DataFrame, shape (n_rows, ...)
            Rows; `ml.models.player.walk_forward.full_context` with `work_context`
            beside it.
        minutes : ndarray, shape (n_rows,)
            Minutes as they were forecast, not as they turned out.
        outcomes : DataFrame, shape (n_rows, 16)
            ``min`` and `LEARNT`.
        random_state : int
            Seed.
        """
        position = _position(frame)
        days = pd.to_datetime(frame["game_date"])
        age = (days.max() - days).dt.days.to_numpy(float)
        recency = 0.5 ** (age / _HALF_LIFE_DAYS)
        by_position: dict[str, list[float]] = {}
        weights: dict[str, list[float]] = {}
        played = outcomes["min"].to_numpy(float)
        for stat in LEARNT:
            count = outcomes[stat].to_numpy(float)
            by_position[stat] = _position_means(position, count, played)
            terms = _terms(frame, context, minutes, stat, by_position[stat])
            weight = recency / (terms[:, 1] + 0.3)
            weights[stat] = _least_squares(terms, count, weight)
        linear = cls(by_position, weights, {})
        recent = age <= _CORRECTION_DAYS
        corrections = {
            stat: linear._correct(
                stat,
                frame[recent],
                context[recent],
                minutes[recent],
                outcomes.loc[recent, stat].to_numpy(float),
                random_state=random_state,
            )
            for stat in CORRECTED
        }
        return replace(linear, corrections=corrections)

    def predict(
        self, frame: pd.DataFrame, context: pd.DataFrame, minutes: Floats
    ) -> pd.DataFrame:
        """Return expected counts given `minutes`, one column for each of `LEARNT`."""
        out = {}
        for stat in LEARNT:
            mean = self._linear(stat, frame, context, minutes)
            if stat in self.corrections:
                design = _correction_design(stat, frame, context, minutes, mean)
                trees = self.corrections[stat]
                mean = mean + trees.predict(design.to_numpy(float)) * _scale(mean)
            out[stat] = np.maximum(mean, _LEAST)
        return pd.DataFrame(out, index=frame.index)

    def _linear(
        self, stat: str, frame: pd.DataFrame, context: pd.DataFrame, minutes: Floats
    ) -> Floats:
        terms = _terms(frame, context, minutes, stat, self.by_position[stat])
        return np.asarray(np.maximum(terms @ np.array(self.weights[stat]), _LEAST))

    def _correct(
        self,
        stat: str,
        frame: pd.DataFrame,
        context: pd.DataFrame,
        minutes: Floats,
        count: Floats,
        *,
        random_state: int,
    ) -> Trees:
        mean = self._linear(stat, frame, context, minutes)
        return boost(
            _correction_design(stat, frame, context, minutes, mean),
            (count - mean) / _scale(mean),
            objective="l2",
            rounds=_ROUNDS,
            learning_rate=_LEARNING_RATE,
            random_state=random_state,
            shape=_SMALL,
        )


def _scale(mean: Floats) -> Floats:
    """Return about the sd of a count, for errors of one size."""
    return np.asarray(np.sqrt(mean + 0.5))


def _correction_design(
    stat: str,
    frame: pd.DataFrame,
    context: pd.DataFrame,
    minutes: Floats,
    mean: Floats,
) -> pd.DataFrame:
    columns = [
        *(*ROLE, *PRESENCE, *REPORT, *GAME, *PERSON),
        *(f"{stat}_per_min_h{memory}" for memory in MEMORIES),
        f"opponent_{stat}_allowed",
        "team_pace",
        "opponent_pace",
    ]
    known = frame[columns].astype(float)
    own = {"mean": mean, "minutes": minutes, "per_min": mean / minutes}
    return pd.concat([known.assign(**own), context], axis=1)


def _terms(
    frame: pd.DataFrame,
    context: pd.DataFrame,
    minutes: Floats,
    stat: str,
    by_position: list[float],
) -> Floats:
    prior = np.array(by_position)[_position(frame)]
    # Minutes of average play at his position that a player's rate is mixed with.
    strength = project_variable("prior_minutes")[stat]
    own = []
    for memory in MEMORIES:
        seen = frame[f"effective_min_h{memory}"].fillna(0.0).to_numpy(float)
        rate = frame[f"{stat}_per_min_h{memory}"].fillna(0.0).to_numpy(float)
        mixed = strength * (_SHORT if memory < MEMORIES[-1] else 1.0)
        own.append(minutes * (rate * seen + mixed * prior) / (seen + mixed))
    base = own[1]
    usual = np.maximum(frame["min_h30"].fillna(12.0).to_numpy(float), 3.0)
    changes = (
        _number(frame["is_home"]) - 0.5,
        _number(frame[f"opponent_{stat}_allowed"]),
        _number(frame["opponent_pace"]),
        _number(frame["team_pace"]),
        np.clip(_number(context["new_lost"]) / 100.0, -1.5, 1.5),
        np.clip(_number(context["new_lost_position"]) / 50.0, -1.5, 1.5),
        (frame["rest_days"].to_numpy(float) == 0.0).astype(float),
        np.clip(np.log(minutes / usual), -1.0, 1.0),
        _number(frame["is_playoffs"]),
        _number(frame["total_mean"]) / 220.0 - 1.0,
        _number(frame["margin_mean"]) / 10.0,
        np.abs(_number(frame["margin_mean"])) / 10.0,
        (_number(frame["games_career"]) < 40.0).astype(float),
    )
    return np.column_stack(
        [own[0], base, own[2], minutes * prior, *(base * change for change in changes)]
    )


def _least_squares(terms: Floats, count: Floats, weight: Floats) -> list[float]:
    scaled = terms * weight[:, None]
    normal = scaled.T @ terms
    ridge = np.diag(_RIDGE * np.diag(normal) + 1e-9)
    solved: list[float] = np.linalg.solve(normal + ridge, scaled.T @ count).tolist()
    return solved


def _position_means(position: Floats, count: Floats, minutes: Floats) -> list[float]:
    everyone = count.sum() / max(minutes.sum(), 1.0)
    means = []
    for place in range(6):
        inside = position == place
        time = minutes[inside].sum()
        # Two games' worth of average play keeps a rare position near the mean.
        means.append(float((count[inside].sum() + 96.0 * everyone) / (time + 96.0)))
    return means


def _position(frame: pd.DataFrame) -> Floats:
    return np.asarray(
        frame["position_number"].fillna(0.0).to_numpy(float).astype(np.int64)
    )


def _number(column: pd.Series) -> Floats:
    return np.asarray(column.astype(float).fillna(0.0).to_numpy(), dtype=float)
