"""Does the simulated league look like the real one: leaders, tails, correlations."""

from __future__ import annotations

import pandas as pd

_DOUBLES = ("pts", "reb", "ast", "stl", "blk")
# Teammates whose points are compared: those with this many minutes.
_REGULAR = 20.0


def league_moments(lines: pd.DataFrame, means: pd.DataFrame) -> dict[str, float]:
    """Describe lines of players who played.

    Parameters
    ----------
    lines : DataFrame, shape (n_lines, ...)
        ``draw, game_id, team_id, player_id, min, pts, reb, ast, stl, blk``.
    means : DataFrame, shape (n_players, ...)
        ``game_id, player_id, pts_mean, ast_mean, min_mean``: what was forecast.

    Returns
    -------
    dict of str to float
        Mean, sd and 90 % quantile of the points of a game's leader; shares of 20+,
        30+ and 40+ points and of double-doubles among lines; correlation of what a
        player's points and assists, and two teammates' points, fall from forecast.
    """
    leader = lines.groupby(["draw", "game_id"])["pts"].max()
    tens = (lines[list(_DOUBLES)] >= 10).sum(axis=1)
    table = lines.merge(means, on=["game_id", "player_id"])
    rest = (table["pts"] - table["pts_mean"]).to_numpy()
    assists = (table["ast"] - table["ast_mean"]).to_numpy()
    own = pd.DataFrame({"pts": rest, "ast": assists}).corr().to_numpy()[0, 1]
    return {
        "leader_pts_mean": float(leader.mean()),
        "leader_pts_sd": float(leader.std()),
        "leader_pts_p90": float(leader.quantile(0.9)),
        "share_20": float((lines["pts"] >= 20).mean()),
        "share_30": float((lines["pts"] >= 30).mean()),
        "share_40": float((lines["pts"] >= 40).mean()),
        "double_double_share": float((tens >= 2).mean()),
        "pts_ast_correlation": float(own),
        "teammates_pts_correlation": _teammates(table.assign(rest=rest)),
    }


def _teammates(table: pd.DataFrame) -> float:
    """Return the mean correlation of two regulars of a side."""
    regular = table[table["min_mean"] >= _REGULAR]
    squares = regular.assign(square=regular["rest"] ** 2)
    sides = squares.groupby(["draw", "game_id", "team_id"]).agg(
        total=("rest", "sum"), square=("square", "sum"), n=("rest", "size")
    )
    # Σ over pairs of a product is half of (Σ)² - Σ of squares.
    products = ((sides["total"] ** 2 - sides["square"]) / 2.0).sum()
    pairs = (sides["n"] * (sides["n"] - 1) / 2.0).sum()
    return float(products / pairs / (squares["square"].mean()))
