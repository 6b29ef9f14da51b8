"""Impact ratings of the warehouse: which rows count, and from when a rating holds."""

from __future__ import annotations

import pandas as pd

from ml.impact.ratings import rate_players

# Wednesday and Sunday. Fixed days, not "every third date with games": whether a date
# is rated must not depend on what comes after it.
RATED_WEEKDAYS = (2, 6)


def rate_warehouse(
    games: pd.DataFrame,
    stints: pd.DataFrame,
    lines: pd.DataFrame,
    players: pd.DataFrame,
    known: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Rate players after every Wednesday and Sunday with games, as dbt holds them.

    A date is rated when all its games are known, from the first version of each row: a
    stint or line that is corrected later moves a rating by less than it can be read,
    and a rating that has been published does not change. Rows that arrive after their
    game count from the date of their arrival.

    Parameters
    ----------
    games : DataFrame
        `int_games`: ``game_id, game_date, known_at`` (null: not played).
    stints : DataFrame
        `stg_impact_lineup_stints`.
    lines : DataFrame
        `stg_player_game_stats`.
    players : DataFrame
        `stg_players`: ``player_id, birthdate``.
    known : DataFrame, optional
        The result of an earlier call.

    Returns
    -------
    DataFrame
        `ml.impact.ratings.RATING_COLUMNS` and ``event_timestamp`` (UTC), when the
        rating became known.
    """
    first_stints = _first_versions(stints, ["game_id", "stint_index"])
    first_lines = _first_versions(lines, ["game_id", "player_id"])
    dated = _dates(games, first_stints, first_lines)
    last_known = dated.groupby("game_date")["known_at"].max().cummax()
    is_open = dated["game_date"].isin(dated.loc[dated["known_at"].isna(), "game_date"])
    is_rated = dated["game_date"].dt.weekday.isin(RATED_WEEKDAYS) & ~is_open
    chosen = dated.loc[is_rated, "game_date"].to_numpy().astype("datetime64[D]")
    ratings = rate_players(
        first_stints.rename(columns={"stint_index": "stint_idx"}),
        dated,
        first_lines,
        _first_versions(players, ["player_id"]),
        dates=set(chosen),
        known=known,
    )
    return ratings.assign(
        event_timestamp=pd.to_datetime(ratings["rating_date"]).map(last_known)
    )


def _first_versions(rows: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    ordered = rows.sort_values([*key, "known_at"], na_position="first", kind="stable")
    return ordered.drop_duplicates(key)


def _dates(
    games: pd.DataFrame, stints: pd.DataFrame, lines: pd.DataFrame
) -> pd.DataFrame:
    """Return each game's date and moment, later where its rows came late."""
    late = (
        pd.concat([stints[["game_id", "known_at"]], lines[["game_id", "known_at"]]])
        .groupby("game_id")["known_at"]
        .max()
    )
    arrived = games["game_id"].map(late)
    is_late = arrived > games["known_at"]
    known_at = games["known_at"].where(~is_late, arrived)
    arrival_date = (
        known_at.dt.tz_convert("America/New_York").dt.tz_localize(None).dt.normalize()
    )
    game_date = pd.to_datetime(games["game_date"]).astype("datetime64[ns]")
    return pd.DataFrame(
        {
            "game_id": games["game_id"],
            "game_date": game_date.where(~is_late, arrival_date).astype(
                "datetime64[ns]"
            ),
            "known_at": known_at,
        }
    )
