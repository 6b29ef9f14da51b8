"""Player forecasts against what happened and against the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.arrays import Bools, Floats
from ml.boxscore.summary import SUMMARISED
from ml.metrics.player_baseline import window_crps
from ml.metrics.score import coverage, log_losses

# Of all that is forecast threes tried alone are not scored.
STATS = tuple(name for name in SUMMARISED if name != "fg3a")
CRPS = ("min", "pts", "reb", "ast", "fg3m", "pra")
# Weeks of a season up to which one is counted.
WEEKS = {"1": 1, "2": 2, "3 to 8": 8, "later": 99}
# Expected minutes, given that he plays.
TIERS = {"0-12": (0, 12), "12-20": (12, 20), "20-28": (20, 28), "28-48": (28, 49)}


@dataclass(frozen=True)
class PlayerScore:
    """Scores of one season, or of all.

    Attributes
    ----------
    season : str
        The season, or ``all``.
    n_lines : int
        Players who played and had an earlier game.
    stats : dict of str to dict of str to float
        Statistic → score → value: ``mae``, ``rmse`` of the mean and ``mae_median``,
        ``crps``, ``coverage`` of 80 % intervals, and the baseline's.
    tiers : dict of str to dict of str to dict of str to float
        Tier of expected minutes → statistic → the same scores and ``n``.
    play_log_loss : float
        Of P(plays), everyone with an earlier tie to the team.
    play_calibration : dict of str to dict of str to float
        Lower end of a tenth of P(plays) → ``n``, ``expected`` and ``played`` share.
    play_weeks : dict of str to dict of str to float
        Weeks of the season (`WEEKS`) → the same and ``log_loss``.
    """

    season: str
    n_lines: int
    stats: dict[str, dict[str, float]]
    tiers: dict[str, dict[str, dict[str, float]]]
    play_log_loss: float
    play_calibration: dict[str, dict[str, float]]
    play_weeks: dict[str, dict[str, float]]


def player_table(
    forecasts: pd.DataFrame, played: pd.DataFrame, scored: pd.DataFrame
) -> pd.DataFrame:
    """Put forecasts beside the lines of those who played and had an earlier game.

    Parameters
    ----------
    forecasts : DataFrame, shape (n_forecasts, ...)
        Player forecasts.
    played : DataFrame, shape (n_appearances, ...)
        From `ml.metrics.player_baseline.appearances`, with ``pra``.
    scored : DataFrame, shape (n_lines, ...)
        From `ml.backtest.player.draws.DrawScorer.scored`.
    """
    seasons = set(forecasts["season"])
    baseline = {f"{stat}_baseline_crps": window_crps(played, stat) for stat in CRPS}
    lines = played.assign(**baseline)
    lines = lines[lines["season"].isin(seasons) & lines["min_baseline"].notna()]
    columns = [name for name in lines if name not in ("season", "team_id")]
    table = forecasts.merge(lines[columns], on=["game_id", "player_id"])
    return table.merge(scored, on=["game_id", "player_id"], validate="one_to_one")


def score_players(
    season: str, table: pd.DataFrame, told: pd.DataFrame, *, n_draws: int
) -> PlayerScore:
    """Score one season.

    Parameters
    ----------
    season : str
        Its name.
    table : DataFrame, shape (n_lines, ...)
        From `player_table`.
    told : DataFrame, shape (n_rows, 3)
        ``play_prob``, ``has_played`` and ``week`` (1 is a season's first) of everyone
        with an earlier tie.
    n_draws : int
        Draws a game, of which ``play_prob`` is a share.
    """
    tier = pd.cut(
        table["min_mean"],
        [low for low, _ in TIERS.values()] + [49],
        labels=list(TIERS),
        right=False,
    )
    # A share of draws says nothing finer than half a draw.
    finest = 0.5 / n_draws
    prob = np.clip(told["play_prob"].to_numpy(float), finest, 1.0 - finest)
    won = told["has_played"].to_numpy(float)
    losses = log_losses(prob, won)
    tenth = np.clip((prob * 10).astype(int), 0, 9)
    week = pd.cut(told["week"], [0, *WEEKS.values()], labels=list(WEEKS)).to_numpy()
    return PlayerScore(
        season=season,
        n_lines=len(table),
        stats={stat: _stat_scores(table, stat) for stat in STATS},
        tiers={
            name: {stat: _stat_scores(table[tier == name], stat) for stat in STATS}
            for name in TIERS
            if (tier == name).any()
        },
        play_log_loss=float(losses.mean()),
        play_calibration={
            f"{k / 10:.1f}": _said_and_came(prob, won, tenth == k)
            for k in sorted(set(tenth))
        },
        play_weeks={
            name: _said_and_came(prob, won, week == name)
            | {"log_loss": float(losses[week == name].mean())}
            for name in WEEKS
            if (week == name).any()
        },
    )


def _said_and_came(prob: Floats, won: Floats, chosen: Bools) -> dict[str, float]:
    return {
        "n": float(chosen.sum()),
        "expected": float(prob[chosen].mean()),
        "played": float(won[chosen].mean()),
    }


def against_baseline(
    stats: Mapping[str, Mapping[str, float]],
) -> dict[str, dict[str, float]]:
    """Return how far each score is from the baseline, as a share (-0.05: 5 % less)."""
    return {
        stat: {
            name: values[name] / values[f"baseline_{name}"] - 1.0
            for name in ("mae", "rmse", "crps")
            if f"baseline_{name}" in values
        }
        for stat, values in stats.items()
    }


def _stat_scores(table: pd.DataFrame, stat: str) -> dict[str, float]:
    error = table[f"{stat}_mean"] - table[stat]
    baseline = table[f"{stat}_baseline"] - table[stat]
    scores = {
        "mae": float(error.abs().mean()),
        "baseline_mae": float(baseline.abs().mean()),
        "rmse": float(np.sqrt((error**2).mean())),
        "baseline_rmse": float(np.sqrt((baseline**2).mean())),
        "mae_median": float((table[f"{stat}_p50"] - table[stat]).abs().mean()),
        "bias": float(error.mean()),
        "coverage": coverage(table[f"{stat}_p10"], table[f"{stat}_p90"], table[stat]),
    }
    if stat in CRPS:
        scores["crps"] = float(table[f"{stat}_crps"].mean())
        scores["baseline_crps"] = float(table[f"{stat}_baseline_crps"].mean())
    return scores
