"""Two sources of stints beside each other."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

_FIVES = ", ".join(
    f"list_sort([{', '.join(f'{side}_p{one}' for one in range(1, 6))}]) as {side}_five"
    for side in ("home", "away")
)


@dataclass(frozen=True)
class Agreement:
    """How far stints from play-by-play agree with those that the source gives.

    Attributes
    ----------
    n_games : int
        Games with both.
    same_ten : float
        Share of the given stints' seconds in which both name the same ten (0-1).
    n_same_points : int
        Games in which both have the same points of both sides.
    possessions : float
        Possessions from play-by-play per given one.
    """

    n_games: int
    same_ten: float
    n_same_points: int
    possessions: float


def compare_stints(warehouse: duckdb.DuckDBPyConnection) -> Agreement | None:
    """Compare the stints of the games that have both kinds.

    Parameters
    ----------
    warehouse : duckdb.DuckDBPyConnection
        With ``raw.play_by_play_stints`` and ``raw.impact_lineup_stints``.

    Returns
    -------
    Agreement or None
        None where no game has both.
    """
    row = warehouse.execute(
        f"""
        with given as (
            select *, {_FIVES}
            from raw.impact_lineup_stints
            where
                superseded_at is null
                and game_id in (select game_id from raw.play_by_play_stints)
        ),
        worked_out as (
            select *, {_FIVES}
            from raw.play_by_play_stints
            where game_id in (select game_id from given)
        ),
        shared as (
            select
                sum(
                    least(given.end_elapsed, worked_out.end_elapsed)
                    - greatest(given.start_elapsed, worked_out.start_elapsed)
                ) as seconds
            from given
            inner join worked_out
                using (game_id, period, home_five, away_five)
            where
                given.start_elapsed < worked_out.end_elapsed
                and given.end_elapsed > worked_out.start_elapsed
        ),
        sums as (
            select
                game_id,
                sum(home_pts) as home_pts,
                sum(away_pts) as away_pts,
                sum(home_poss + away_poss) as poss,
                sum(seconds) as seconds
            from given
            group by game_id
        ),
        other_sums as (
            select
                game_id,
                sum(home_pts) as home_pts,
                sum(away_pts) as away_pts,
                sum(home_poss + away_poss) as poss
            from worked_out
            group by game_id
        )
        select
            count(*),
            any_value(shared.seconds) / sum(sums.seconds),
            count(*) filter (
                sums.home_pts = other_sums.home_pts
                and sums.away_pts = other_sums.away_pts
            ),
            sum(other_sums.poss) / sum(sums.poss)
        from sums
        inner join other_sums using (game_id)
        cross join shared
        """
    ).fetchone()
    if row is None or not row[0]:
        return None
    return Agreement(int(row[0]), float(row[1] or 0), int(row[2]), float(row[3]))
