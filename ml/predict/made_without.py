"""What forecasts of an evening were made without, in sentences."""

from __future__ import annotations

import pandas as pd

# What a forecast of a team may have known, which people are told.
AT_HAND = ("has_report", "has_starters")
COLUMNS = tuple(f"{side}_{name}" for name in AT_HAND for side in ("home", "away"))


def at_hand(frame: pd.DataFrame) -> pd.DataFrame:
    """Return what was at hand for each game, `COLUMNS`.

    Parameters
    ----------
    frame : DataFrame, shape (n_games, any)
        With features of `fv_team_roster`; a column that it lacks is false.

    Returns
    -------
    DataFrame, shape (n_games, 4)
        Booleans; false where it is not known.
    """
    found = frame.reindex(columns=list(COLUMNS)).astype("boolean")
    return found.fillna(False).astype(bool)


def made_without(predictions: pd.DataFrame) -> tuple[str, ...]:
    """Say which teams' injury reports were not in.

    Parameters
    ----------
    predictions : DataFrame, shape (n_games, any)
        ``home_team, away_team`` and `COLUMNS`.

    Returns
    -------
    tuple of str
        Nothing where every report was in.
    """
    missing = sorted(
        str(team)
        for side in ("home", "away")
        for team in predictions.loc[~predictions[f"{side}_has_report"], f"{side}_team"]
    )
    if not missing:
        return ()
    who = (
        "any team"
        if len(missing) == 2 * len(predictions)
        else f"{len(missing)} of {2 * len(predictions)} teams ({', '.join(missing)})"
    )
    return (
        f"Made without an injury report of {who}: who plays is judged by who has "
        "played, and forecasts are less exact.",
    )
