"""Injury reports: what was announced about whom, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from ml.arrays import Ints
from ml.sources.synthetic.block import Block
from ml.sources.synthetic.franchises import FRANCHISES
from ml.sources.synthetic.health import STATUS, STATUSES, reason_text
from ml.sources.synthetic.names import report_name

ReportRow = tuple[str, str, str, str, str, str | None, str | None, str]

SOFTENED = 0.35  # earlier reports that still say Questionable


@dataclass(frozen=True)
class Edition:
    """A report's place in time.

    Attributes
    ----------
    days_before : int
    minute : int
        After midnight, US/Eastern.
    late : float
        Share of teams that have not submitted yet.
    late_after_game : float
        The same for teams that played the day before.
    """

    days_before: int
    minute: int
    late: float
    late_after_game: float


EDITIONS = (
    Edition(1, 1050, 0.12, 1.0),
    Edition(0, 810, 0.01, 0.12),
    Edition(0, 1050, 0.0, 0.0),
)


def report_rows(
    block: Block, first_day: date, names: list[str], rng: np.random.Generator
) -> list[ReportRow]:
    """Write the reports of a block's games.

    Parameters
    ----------
    block : Block
    first_day : date
        Of the season.
    names : list of str
        Of all players, by index.
    rng : numpy.random.Generator

    Returns
    -------
    list of tuple
        Rows of ``injury_reports``, in order of time.
    """
    gameday = block.gameday
    n_rows = len(gameday.roster)
    team = np.stack([block.home, block.away], axis=1).ravel()
    rest = np.stack(block.rest, axis=1).ravel()
    minute = np.repeat(block.tipoff_minute, 2)
    rows: list[ReportRow] = []
    listed = np.nonzero(gameday.status)
    listed_row = listed[0].astype(np.int64)
    final = gameday.status[listed]
    for edition in EDITIONS:
        issued = (minute > edition.minute) | (edition.days_before > 0)
        late = rng.random(n_rows) < np.where(
            rest == 1, edition.late_after_game, edition.late
        )
        shown = _earlier(final, edition, rng)
        for row in np.flatnonzero(issued & late).tolist():
            head = _head(block, first_day, edition, row, int(team[row]))
            rows.append((*head, None, None, "NOT YET SUBMITTED"))
        seen = (issued & ~late)[listed_row] & (shown > 0)
        heads: dict[int, tuple[str, str, str, str, str]] = {}
        for which in np.flatnonzero(seen).tolist():
            row, slot = int(listed[0][which]), int(listed[1][which])
            if row not in heads:
                heads[row] = _head(block, first_day, edition, row, int(team[row]))
            player = int(gameday.roster[row, slot])
            code = int(gameday.reason[row, slot])
            reason = "G League - Two-Way" if code < 0 else reason_text(code)
            name = report_name(names[player], player)
            rows.append((*heads[row], name, STATUSES[shown[which]], reason))
    return sorted(rows, key=lambda row: (row[0], row[1], row[3], row[4], row[5] or ""))


def _earlier(final: Ints, edition: Edition, rng: np.random.Generator) -> Ints:
    """Statuses as an edition knew them; those of minor ailments may be softer."""
    if edition == EDITIONS[-1]:
        return final
    minor = (final > 0) & (final < STATUS["Out"])
    soften = minor & (rng.random(final.size) < SOFTENED)
    shown = np.where(soften, STATUS["Questionable"], final)
    silent = minor & (edition.days_before == 1) & (rng.random(final.size) < 0.25)
    return np.where(silent, 0, shown)


def _head(
    block: Block, first_day: date, edition: Edition, row: int, team: int
) -> tuple[str, str, str, str, str]:
    """Fill the columns before the player's."""
    game = row // 2
    game_day = first_day + timedelta(days=int(block.day[game]))
    report_day = game_day - timedelta(days=edition.days_before)
    hours, minutes = divmod(int(block.tipoff_minute[game]), 60)
    home, away = FRANCHISES[block.home[game]], FRANCHISES[block.away[game]]
    return (
        f"{report_day.isoformat()} {_clock(edition.minute)}:00",
        game_day.isoformat(),
        _clock(60 * ((hours - 1) % 12 + 1) + minutes),
        f"{away.abbreviation}@{home.abbreviation}",
        FRANCHISES[team].name,
    )


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
