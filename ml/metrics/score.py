"""Scores of forecasts: small is good, except where said.

Functions named ``*_losses`` return one number a game, so that two forecasters can be
compared game by game (`ml.metrics.comparison`); the others return one number.

References
----------
Brier, G. (1950). Verification of forecasts expressed in terms of probability.
Gneiting, T. & Raftery, A. (2007). Strictly proper scoring rules, prediction, and
estimation. JASA 102.
Jordan, A., Krüger, F. & Lerch, S. (2019). Evaluating probabilistic forecasts with
scoringRules. JSS 90 (the CRPS).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import scoringrules
from scipy import special

from ml.arrays import Floats
from ml.errors import SettingsError


def team_losses(games: pd.DataFrame, name: str = "") -> dict[str, Floats]:
    """Return every loss of a forecaster of games, game by game.

    Parameters
    ----------
    games : DataFrame, shape (n_games, ...)
        ``home_margin, total_points`` and the forecaster's ``home_win_prob`` and mean of
        margin and total, each with `name` before it; a CRPS is there where the sd is.
    name : str
        Such as ``"market_"``.

    Returns
    -------
    dict of str to ndarray, shape (n_games,)
        ``accuracy`` (large is good), ``brier, log_loss`` and, of margin and total,
        ``_mae, _mse, _crps``.
    """
    losses = win_losses(games[f"{name}home_win_prob"], games["home_margin"] > 0)
    for target, outcome in (("margin", "home_margin"), ("total", "total_points")):
        mean, truth = games[f"{name}{target}_mean"], games[outcome]
        losses[f"{target}_mae"] = absolute_losses(mean, truth)
        losses[f"{target}_mse"] = squared_losses(mean, truth)
        if f"{name}{target}_sd" in games:
            sd = games[f"{name}{target}_sd"]
            losses[f"{target}_crps"] = crps_normal_losses(mean, sd, truth)
    return losses


def win_losses(prob: npt.ArrayLike, won: npt.ArrayLike) -> dict[str, Floats]:
    """Return ``accuracy`` (large is good), ``brier`` and ``log_loss``, game by game."""
    return {
        "accuracy": favourite_won(prob, won),
        "brier": brier_losses(prob, won),
        "log_loss": log_losses(prob, won),
    }


def favourite_won(prob: npt.ArrayLike, won: npt.ArrayLike) -> Floats:
    """Return 1 where the favourite won, else 0; their mean is the accuracy.

    Parameters
    ----------
    prob : array_like, shape (n_games,)
        P(home win).
    won : array_like, shape (n_games,)
        Whether the home side won. A forecast of exactly one half is half right.
    """
    prob_, won_ = _pair(prob, won)
    return np.where(prob_ == 0.5, 0.5, (prob_ > 0.5) == (won_ > 0.5)).astype(float)


def brier_losses(prob: npt.ArrayLike, won: npt.ArrayLike) -> Floats:
    """Return ``(prob - won)²`` for each game (Brier, 1950)."""
    prob_, won_ = _pair(prob, won)
    return (prob_ - won_) ** 2


def log_losses(prob: npt.ArrayLike, won: npt.ArrayLike) -> Floats:
    """Return ``-log P(what happened)`` for each game.

    Probabilities are held within 1e-12 of 0 and 1, so that one certain error costs
    27.6, not infinity.
    """
    prob_, won_ = _pair(prob, won)
    held = np.clip(prob_, 1e-12, 1.0 - 1e-12)
    losses = -special.xlogy(won_, held) - special.xlogy(1.0 - won_, 1.0 - held)
    return np.asarray(losses)


def absolute_losses(mean: npt.ArrayLike, outcome: npt.ArrayLike) -> Floats:
    """Return ``|mean - outcome|``; their mean is the MAE."""
    mean_, outcome_ = _pair(mean, outcome)
    return np.abs(mean_ - outcome_)


def squared_losses(mean: npt.ArrayLike, outcome: npt.ArrayLike) -> Floats:
    """Return ``(mean - outcome)²``; the root of their mean is the RMSE."""
    mean_, outcome_ = _pair(mean, outcome)
    return (mean_ - outcome_) ** 2


def crps_normal_losses(
    mean: npt.ArrayLike, sd: npt.ArrayLike, outcome: npt.ArrayLike
) -> Floats:
    """Return the CRPS of normal forecasts, in the unit of the outcome.

    Raises
    ------
    SettingsError
        If a `sd` is not positive.
    """
    mean_, outcome_ = _pair(mean, outcome)
    sd_ = _positive(sd, mean_.shape)
    return np.asarray(scoringrules.crps_normal(outcome_, mean_, sd_))


def crps_sample_losses(samples: npt.ArrayLike, outcome: npt.ArrayLike) -> Floats:
    """Return the CRPS of forecasts given as draws.

    Parameters
    ----------
    samples : array_like, shape (n_games, n_draws)
        Draws of each forecast.
    outcome : array_like, shape (n_games,)
        What happened.

    Raises
    ------
    SettingsError
        If the shapes disagree.
    """
    draws = np.asarray(samples, dtype=float)
    outcome_ = np.asarray(outcome, dtype=float)
    if draws.shape[:1] != outcome_.shape:
        raise SettingsError(
            f"samples have shape {draws.shape}, outcomes {outcome_.shape}"
        )
    # By quantiles: `E|X - y| - E|X - X'| / 2` of the draws themselves.
    return np.asarray(scoringrules.crps_ensemble(outcome_, draws, estimator="qd"))


def coverage(
    lower: npt.ArrayLike, upper: npt.ArrayLike, outcome: npt.ArrayLike
) -> float:
    """Return the share of outcomes within ``[lower, upper]``."""
    lower_, outcome_ = _pair(lower, outcome)
    upper_, _ = _pair(upper, outcome)
    return float(np.mean((lower_ <= outcome_) & (outcome_ <= upper_)))


def _pair(forecast: npt.ArrayLike, outcome: npt.ArrayLike) -> tuple[Floats, Floats]:
    forecast_ = np.asarray(forecast, dtype=float)
    outcome_ = np.asarray(outcome, dtype=float)
    if forecast_.shape != outcome_.shape or forecast_.size == 0:
        raise SettingsError(
            f"forecasts have shape {forecast_.shape}, outcomes {outcome_.shape}",
            "give one forecast for each outcome, and at least one",
        )
    if np.isnan(forecast_).any() or np.isnan(outcome_).any():
        raise SettingsError(
            "forecasts or outcomes contain NaN", "score games that are played only"
        )
    return forecast_, outcome_


def _positive(scale: npt.ArrayLike, shape: tuple[int, ...]) -> Floats:
    scale_ = np.broadcast_to(np.asarray(scale, dtype=float), shape)
    if not (scale_ > 0.0).all():
        raise SettingsError(f"a spread must be positive, got {scale_.min()}")
    return scale_
