"""The worst misses, and what was there to know."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import pandas as pd

N_WORST = 12
# The line is taken to have missed as well within this many points of our error.
ALIKE = 5.0
MANY_ABSENT = 0.25


@dataclass(frozen=True)
class Miss:
    """A game whose margin was far from what was expected.

    Attributes
    ----------
    game_id, game_date, season : str
        Which.
    matchup : str
        Away at home.
    ours, market, outcome : float
        Expected and actual home - away (points).
    why : str
        What the data says about it.
    """

    game_id: str
    game_date: str
    season: str
    matchup: str
    ours: float
    market: float
    outcome: float
    why: str


def worst_misses(
    table: pd.DataFrame, frame: pd.DataFrame, teams: dict[int, str] | None = None
) -> tuple[Miss, ...]:
    """Return the games with the largest errors of the margin.

    Parameters
    ----------
    table : DataFrame
        From `ml.backtest.scores.common_games`.
    frame : DataFrame
        Training frames of the same games.
    teams : dict of int to str, optional
        Abbreviation of each team.

    Returns
    -------
    tuple of Miss
        `N_WORST` of them, the worst first.
    """
    error = (table["home_margin"] - table["ours_margin_mean"]).abs()
    worst = table.assign(error=error).nlargest(N_WORST, "error", keep="first")
    games = worst.merge(frame, on="game_id", how="left", suffixes=("", "_of_frame"))
    names = teams or {}
    return tuple(
        Miss(
            game_id=game["game_id"],
            game_date=str(game["game_date"])[:10],
            season=str(game["ours_season"]),
            matchup=" at ".join(
                names.get(game[f"{side}_team_id"], str(game[f"{side}_team_id"]))
                for side in ("away", "home")
            ),
            ours=float(game["ours_margin_mean"]),
            market=float(game["market_margin_mean"]),
            outcome=float(game["home_margin"]),
            why=_why(game),
        )
        for game in games.to_dict("records")
    )


def _why(game: dict[Hashable, Any]) -> str:
    ours = abs(game["home_margin"] - game["ours_margin_mean"])
    market = abs(game["home_margin"] - game["market_margin_mean"])
    reasons = []
    if market > ours - ALIKE:
        reasons.append("the closing line missed it as well")
    else:
        reasons.append(f"the closing line was {ours - market:.0f} points nearer")
    for side in ("home", "away"):
        share = game.get(f"{side}_absent_min_share")
        if share is not None and share >= MANY_ABSENT:
            reasons.append(
                f"{100 * share:.0f} % of the {side} side's minutes were missing"
            )
        if game.get(f"{side}_is_back_to_back"):
            reasons.append(f"the {side} side played the day before")
    return "; ".join(reasons)
