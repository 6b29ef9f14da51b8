"""Who is on court: minutes owed against minutes played, moment by moment."""

from __future__ import annotations

import numpy as np

from ml.arrays import Floats, Ints
from ml.sources.synthetic.court import Court, elapsed_seconds
from ml.sources.synthetic.slate import COUNT

MAX_SWAPS = 3
AT_ONCE = 9999  # a change that does not wait for the next possession
MAX_FOULS = 6
POSITION_COST = 0.9  # minutes owed that a step away from one's position is worth
INERTIA = 1.6  # minutes owed below which nobody is changed
CLOSING_SECONDS = 380
DEEP_BENCH = 4.0  # minutes owed that keep the last men off court
FAR = 1e3


def substitute(court: Court, rng: np.random.Generator) -> None:
    """Change line-ups where a side's time for a change has come.

    Parameters
    ----------
    court : Court
        Changed in place; stints end where a line-up changes.
    rng : numpy.random.Generator
    """
    clock = np.repeat(court.clock, 2)
    due = (
        (clock <= court.next_change)
        & (np.repeat(court.fresh, 2) | (court.next_change == AT_ONCE))
        & np.repeat(~court.over, 2)
        & (clock > 0)
    )
    rows = np.flatnonzero(due)
    if rows.size == 0:
        return
    court.next_change[rows] = clock[rows] - rng.integers(95, 215, rows.size)
    before = court.court[rows]
    after = _line_ups(court, rows, rng)
    changed = (after != before).any(axis=1)
    if changed.any():
        court.close_stints(np.unique(rows[changed] // 2))
        court.field(rows[changed], after[changed])


def _owed(court: Court, rows: Ints) -> Floats:
    """Minutes owed to each slot of `rows`, bent by the state of the game."""
    games = rows // 2
    targets = court.slate.targets[rows]
    now = elapsed_seconds(court.period[games], court.clock[games])
    seconds = court.seconds[rows].astype(float)
    on_court = court.court[rows]
    index = np.arange(rows.size)[:, None]
    seconds[index, on_court] += (now - court.stint_start[games])[:, None]
    owed = targets * np.minimum(now / 2880.0, 1.0)[:, None] - seconds / 60.0
    late = (court.period[games] >= 4) & (court.clock[games] <= CLOSING_SECONDS)
    lead = np.abs(court.lead(games, rows % 2))
    left = np.where(court.period[games] >= 4, court.clock[games], 9999)
    settled = lead > 10.0 + 1.5 * left / 60.0
    closing = late & ~settled
    opening = (court.period[games] == 3) & (court.clock[games] > 700)
    owed += (0.30 * closing + 0.10 * opening - 0.45 * settled)[:, None] * (
        targets - 20.0
    )
    owed -= DEEP_BENCH * (targets < 2.0) * ~settled[:, None]
    fouls = court.box[rows, :, COUNT["pf"]]
    trouble = (fouls > court.period[games][:, None]) & ~late[:, None]
    owed -= 3.0 * trouble + FAR * (fouls >= MAX_FOULS) + FAR * 2 * (targets <= 0)
    return owed


def _line_ups(court: Court, rows: Ints, rng: np.random.Generator) -> Ints:
    owed = _owed(court, rows)
    owed += rng.normal(0.0, 0.5, owed.shape)
    positions = court.slate.positions[rows]
    line_up = court.court[rows].copy()
    index = np.arange(rows.size)
    playing = np.zeros(owed.shape, dtype=bool)
    playing[index[:, None], line_up] = True
    for _ in range(MAX_SWAPS):
        leaving = owed[index[:, None], line_up]
        place = positions[index[:, None], line_up]
        gain = (
            np.where(playing, -9 * FAR, owed)[:, None, :]
            - leaving[:, :, None]
            - POSITION_COST * np.abs(positions[:, None, :] - place[:, :, None])
        )
        best = gain.reshape(rows.size, -1).argmax(axis=1)
        out, enters = np.divmod(best, owed.shape[1])
        swap = np.flatnonzero(gain[index, out, enters] > INERTIA)
        if swap.size == 0:
            break
        playing[swap, line_up[swap, out[swap]]] = False
        playing[swap, enters[swap]] = True
        line_up[swap, out[swap]] = enters[swap]
    return line_up
