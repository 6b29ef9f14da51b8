"""Odds of the day, for scoring forecasts and pricing; never a feature."""

from __future__ import annotations

import math
from statistics import median

import pandas as pd

from ml.sources.nba.payload import Node, read_json, season_of_game

LINE_COLUMNS = (
    "game_id", "season", "home_spread", "total", "moneyline_home", "moneyline_away",
)  # fmt: skip
_MONEYLINE, _SPREAD = "2way", "spread"


def parse_odds(body: bytes, endpoint: str = "odds_todaysGames") -> pd.DataFrame:
    """Read the odds of today's games.

    No recording of this endpoint was at hand; the form is the one that it is
    documented to have: games with markets (``2way``, ``spread``), these with books,
    these with outcomes ``home`` and ``away`` and decimal odds as texts.

    Parameters
    ----------
    body : bytes
        Of ``odds_todaysGames.json``.
    endpoint : str
        What errors call it.

    Returns
    -------
    DataFrame
        `LINE_COLUMNS`, one row per game with odds: the median of the books, American
        odds. `total` is null, the endpoint has none.

    Raises
    ------
    SourceError
        If the body is not of that form.
    """
    rows = []
    for game in read_json(body, endpoint).each("games"):
        game_id = game.game_id("gameId")
        found: dict[str, list[float]] = {}
        for market in game.each("markets"):
            name = market.text("name")
            for book in market.each("books"):
                for outcome in book.each("outcomes"):
                    side = outcome.text("type")
                    if name == _SPREAD and side == "home" and outcome.has("spread"):
                        found.setdefault("spread", []).append(_real(outcome, "spread"))
                    elif name == _MONEYLINE and outcome.has("odds"):
                        found.setdefault(side, []).append(_real(outcome, "odds"))
        row = (
            median(found["spread"]) if "spread" in found else None,
            None,
            *(american(median(found[s])) if s in found else None for s in _SIDES),
        )
        if any(value is not None for value in row):
            rows.append((game_id, season_of_game(game_id), *row))
    return pd.DataFrame(rows, columns=list(LINE_COLUMNS))


_SIDES = ("home", "away")


def american(decimal: float) -> float | None:
    """Turn decimal odds into American ones.

    Examples
    --------
    >>> american(2.5), american(1.25)
    (150.0, -400.0)
    """
    if decimal <= 1:
        return None
    if decimal >= 2:
        return round(100 * (decimal - 1), 2)
    return round(-100 / (decimal - 1), 2)


def _real(node: Node, name: str) -> float:
    found = node.value.get(name)
    try:
        number = float(str(found))
    except ValueError as error:
        raise node.error(name, found, "a number") from error
    if not math.isfinite(number):
        raise node.error(name, found, "a number")
    return number
