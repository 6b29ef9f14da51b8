"""Roster moves: who left whom for whom between two seasons, and within one."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from ml.arrays import Ints
from ml.sources.synthetic.franchises import N_TEAMS
from ml.sources.synthetic.gameday import Cast
from ml.sources.synthetic.rosters import FIRST_TWO_WAY, N_ROSTER
from ml.sources.synthetic.tables import TEAM_ID, Columns

# Days before the opening on which careers end, free agents sign and rookies do.
RETIRED_BEFORE, SIGNED_BEFORE, ROOKIES_BEFORE = 110, 95, 80


def summer_moves(
    before: Ints, after: Ints, first_day: date, names: list[str], ids: Ints
) -> Columns:
    """Columns of ``transactions`` between two seasons.

    Parameters
    ----------
    before, after : array of shape (N_TEAMS, N_ROSTER)
        Player indices, at the end of a season and at the opening of the next.
    first_day : date
        The opening.
    names : list of str
    ids : array of shape (n_players,)

    Returns
    -------
    dict of list
    """
    teams = np.repeat(np.arange(N_TEAMS), N_ROSTER)
    old = dict(zip(before.ravel().tolist(), teams.tolist(), strict=True))
    new = dict(zip(after.ravel().tolist(), teams.tolist(), strict=True))
    two_way = set(after[:, FIRST_TWO_WAY:].ravel().tolist())
    rows: list[tuple[int, str, int, int | None, int | None]] = []
    for player in sorted(old.keys() | new.keys()):
        giving, taking = old.get(player), new.get(player)
        if taking is None:
            rows.append((RETIRED_BEFORE, "waive", player, giving, None))
        elif giving != taking:
            kind = "two_way" if player in two_way else "sign"
            days = SIGNED_BEFORE if giving is not None else ROOKIES_BEFORE
            rows.append((days, kind, player, None, taking))
    dated = [(first_day - timedelta(days=row[0]), *row[1:]) for row in rows]
    return _columns(dated, names, ids)


def trade_columns(
    cast: Cast, first_day: date, n_days: int, names: list[str], ids: Ints
) -> Columns:
    """Columns of ``transactions`` within a season.

    A trade is completed on the day before both are with their new teams.

    Parameters
    ----------
    cast : Cast
        The rosters of the opening, and the trades.
    first_day : date
        The opening.
    n_days : int
        Days of the season that are told of.
    names : list of str
    ids : array of shape (n_players,)

    Returns
    -------
    dict of list
    """
    rows: list[tuple[date, str, int, int | None, int | None]] = []
    for trade in cast.trades:
        if trade.day > n_days:
            continue
        day = first_day + timedelta(days=trade.day - 1)
        for giving, taking in (
            (trade.first, trade.second),
            (trade.second, trade.first),
        ):
            player = int(cast.rosters[giving])
            rows.append((day, "trade", player, giving[0], taking[0]))
    return _columns(rows, names, ids)


def _columns(
    rows: list[tuple[date, str, int, int | None, int | None]],
    names: list[str],
    ids: Ints,
) -> Columns:
    rows = sorted(rows, key=lambda row: (row[0], row[2]))

    def team_ids(found: list[int | None]) -> list[int | None]:
        return [None if at is None else int(TEAM_ID[at]) for at in found]

    days = [row[0].isoformat() for row in rows]
    return {
        "transaction_date": days,
        "known_date": days,
        "day_order": [1] * len(rows),
        "transaction_type": [row[1] for row in rows],
        "player_id": [int(ids[row[2]]) for row in rows],
        "player_name": [names[row[2]] for row in rows],
        "from_team_id": team_ids([row[3] for row in rows]),
        "to_team_id": team_ids([row[4] for row in rows]),
        "contract_kind": [None] * len(rows),
        "source": ["simulated"] * len(rows),
    }
