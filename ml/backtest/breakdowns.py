"""Where the errors are: by month, phase, rest, absences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from ml.metrics import score

MIN_GAMES = 30
_KINDS = "kind of game"
MONTHS = {
    "10": "October", "11": "November", "12": "December", "01": "January",
    "02": "February", "03": "March", "04": "April", "05": "May", "06": "June",
    "07": "July", "08": "August", "09": "September",
}  # fmt: skip


@dataclass(frozen=True)
class Slice:
    """Some of the games.

    Attributes
    ----------
    by, name : str
        What they are sorted by, and which they are.
    n_games : int
        How many.
    brier, margin_mae, total_mae : dict of str to float
        Forecaster → score.
    """

    by: str
    name: str
    n_games: int
    brier: dict[str, float]
    margin_mae: dict[str, float]
    total_mae: dict[str, float]


def slices(table: pd.DataFrame, frame: pd.DataFrame) -> tuple[Slice, ...]:
    """Score baseline, ours and market on parts of the games.

    Parameters
    ----------
    table : DataFrame
        From `ml.backtest.scores.common_games`.
    frame : DataFrame
        Training frames of the same games.

    Returns
    -------
    tuple of Slice
        Parts of at least `MIN_GAMES` games, and every kind of game; what the frame does
        not know is left out.
    """
    games = table.merge(frame, on="game_id", how="left", suffixes=("", "_of_frame"))
    found: list[Slice] = []
    for by, label in _LABELS.items():
        names = label(games)
        if names is None:
            continue
        found.extend(
            _score(by, str(name), part)
            for name, part in sorted(
                games.groupby(names), key=lambda part: _order(part[0])
            )
            if len(part) >= (1 if by == _KINDS else MIN_GAMES)
        )
    return tuple(found)


def _month(games: pd.DataFrame) -> pd.Series | None:
    return pd.to_datetime(games["game_date"]).dt.strftime("%m").map(MONTHS)


def _kind(games: pd.DataFrame) -> pd.Series | None:
    return games.get("season_type")


def _rest(games: pd.DataFrame) -> pd.Series | None:
    if "home_rest_days" not in games:
        return None
    lead = games["home_rest_days"] - games["away_rest_days"]
    names = lead.map(
        lambda days: "home rested more" if days > 0 else "away rested more"
    )
    return names.where(lead != 0, "both alike").where(lead.notna())


def _absences(games: pd.DataFrame) -> pd.Series | None:
    if "home_absent_min_share" not in games:
        return None
    missing = games[["home_absent_min_share", "away_absent_min_share"]].max(axis=1)
    names = ["under 10 %", "10 to 20 %", "20 to 30 %", "30 % or more"]
    cut = pd.cut(missing, [-1.0, 0.1, 0.2, 0.3, 2.0], right=False, labels=names)
    return cut.astype(object).map(
        lambda name: f"{names.index(name) + 1}. {name} of a side's minutes missing",
        na_action="ignore",
    )


def _order(name: object) -> str:
    """Sort months as a season has them, everything else by name."""
    months = list(MONTHS.values())
    return f"{months.index(str(name)):02d}" if name in months else str(name)


_LABELS: dict[str, Callable[[pd.DataFrame], pd.Series | None]] = {
    "month": _month,
    _KINDS: _kind,
    "rest": _rest,
    "absences": _absences,
}


def _score(by: str, name: str, games: pd.DataFrame) -> Slice:
    won = games["home_margin"] > 0
    scores: dict[str, dict[str, float]] = {"brier": {}, "margin": {}, "total": {}}
    for who in ("baseline", "ours", "market"):
        prob = games[f"{who}_home_win_prob"]
        scores["brier"][who] = float(score.brier_losses(prob, won).mean())
        for target, outcome in (("margin", "home_margin"), ("total", "total_points")):
            losses = score.absolute_losses(
                games[f"{who}_{target}_mean"], games[outcome]
            )
            scores[target][who] = float(losses.mean())
    return Slice(by, name, len(games), *scores.values())
