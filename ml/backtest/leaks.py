"""Signs that a forecast knew what it could not know."""

from __future__ import annotations

import pandas as pd

# Closing lines reach .70 and .30 in no season since 2015-16.
LEAK_ACCURACY = 0.72
LEAK_R_SQUARED = 0.35
# Points of absolute error: an honest forecaster starts a season behind the line.
LEAK_EARLY = 1.5
MIN_GAMES = 200


def signs_of_a_leak(table: pd.DataFrame) -> tuple[str, ...]:
    """Return what in the forecasts is too good to be true.

    Parameters
    ----------
    table : DataFrame
        From `ml.backtest.scores.common_games`.

    Returns
    -------
    tuple of str
        One sentence each; empty in an honest backtest.
    """
    won = table["home_margin"] > 0
    accuracy = float(((table["ours_home_win_prob"] > 0.5) == won).mean())
    signs = []
    if accuracy > LEAK_ACCURACY:
        signs.append(f"accuracy {accuracy:.3f} is above {LEAK_ACCURACY}")
    for target, label in (("margin", "home_margin"), ("total", "total_points")):
        residual = table[label] - table[f"ours_{target}_mean"]
        spread = table[label].astype(float).var(ddof=0)
        explained = 1.0 - float((residual**2).mean() / spread)
        if explained > LEAK_R_SQUARED:
            signs.append(
                f"R² of the {target} {explained:.3f} is above {LEAK_R_SQUARED}"
            )
    month = table["ours_forecast_at"].dt.strftime("%m")
    early, late = month.isin(["10", "11"]), month.isin(["03", "04"])
    if min(early.sum(), late.sum()) >= MIN_GAMES:
        beaten = _beaten(table[early]) - _beaten(table[late])
        if beaten > LEAK_EARLY:
            signs.append(
                f"the lead over the closing line is {beaten:.2f} points larger in a "
                "season's first weeks than in its last"
            )
    return tuple(signs)


def _beaten(table: pd.DataFrame) -> float:
    """Return by how much our absolute error is below the closing line's (points)."""
    errors = [
        (table["home_margin"] - table[f"{name}_margin_mean"]).abs().mean()
        for name in ("market", "ours")
    ]
    return float(errors[0] - errors[1])
