"""A few player lines of bookmakers, seen minutes before tip-off."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import numpy as np

from ml.sources.synthetic.block import Block
from ml.sources.synthetic.names import plain
from ml.sources.synthetic.skills import INDEX
from ml.sources.synthetic.tables import Columns

GAMES_SHARE = 0.15
PLAYERS_A_SIDE = 4
_BOOKMAKERS = ("Book One", "Book Two")
EASTERN_TO_UTC_HOURS = 5


def prop_columns(
    block: Block,
    label: str,
    first_day: date,
    names: list[str],
    rng: np.random.Generator,
) -> Columns:
    """Columns of ``player_prop_lines``: points + rebounds + assists.

    Parameters
    ----------
    block : Block
    label : str
        Season.
    first_day : date
    names : list of str
    rng : numpy.random.Generator

    Returns
    -------
    dict of list
    """
    slate, players = block.gameday.slate, block.gameday.players
    shares = slate.targets[:, :, None] * slate.skills
    use = slate.skills[:, :, INDEX["use"]] * slate.targets / 48.0
    points = 113.0 * use / use.sum(axis=1, keepdims=True)
    boards = shares[:, :, INDEX["dreb"]] + shares[:, :, INDEX["oreb"]]
    boards = 43.8 * boards / boards.sum(axis=1, keepdims=True)
    assists = shares[:, :, INDEX["ast"]]
    assists = 25.5 * assists / assists.sum(axis=1, keepdims=True)
    expected = points + boards + assists
    rows = []
    for game in np.flatnonzero(rng.random(len(block.day)) < GAMES_SHARE):
        when = datetime.combine(first_day, time()) + timedelta(
            days=int(block.day[game]),
            minutes=int(block.tipoff_minute[game]) - 5,
            hours=EASTERN_TO_UTC_HOURS,
        )
        day = str(first_day + timedelta(days=int(block.day[game])))
        for row in (2 * game, 2 * game + 1):
            for slot in np.argsort(-expected[row], kind="stable")[:PLAYERS_A_SIDE]:
                name = plain(names[players[row, slot]]).replace(".", "")
                line = (
                    max(np.floor(expected[row, slot] + rng.normal(0.0, 1.5)), 4) + 0.5
                )
                for bookmaker in _BOOKMAKERS:
                    over = float(rng.choice([-125.0, -120.0, -115.0, -110.0, -105.0]))
                    rows.append((name, bookmaker, day, line, over, str(when)))
    return {
        "season": [label] * len(rows),
        "game_date": [row[2] for row in rows],
        "player_name": [row[0] for row in rows],
        "bookmaker": [row[1] for row in rows],
        "market": ["pts+reb+ast"] * len(rows),
        "line": [row[3] for row in rows],
        "over_price": [row[4] for row in rows],
        "under_price": [-230.0 - row[4] for row in rows],
        "observed_at_utc": [row[5] for row in rows],
    }
