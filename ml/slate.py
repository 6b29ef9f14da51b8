"""A day's games, and the moment at which they are forecast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb
import pyarrow.compute as pc

from ml.errors import MissingError, SettingsError
from ml.settings import Settings
from ml.spines import TEAM_MATCHUP, read_spine, slate_spine


@dataclass(frozen=True)
class Slate:
    """What is forecast, and when.

    Attributes
    ----------
    day : date
        The day of the games (US/Eastern).
    moment : datetime
        The moment of the forecast (UTC).
    n_games : int
        How many games.
    """

    day: date
    moment: datetime
    n_games: int


def find_slate(
    settings: Settings, day: date | None = None, moment: datetime | None = None
) -> Slate:
    """Find the games to forecast.

    Parameters
    ----------
    settings : Settings
        Says where the warehouse is.
    day : date, optional
        US/Eastern; by default the first day with games to come, and where all games
        have been played, the last day.
    moment : datetime, optional
        When the forecast is made (UTC); by default the day's first ``forecast_at``.

    Returns
    -------
    Slate
        With at least one game.

    Raises
    ------
    MissingError
        If nothing was built yet, or there are no games that day.
    SettingsError
        If the moment is not before the day's first tip-off.
    """
    wanted = _next_day(settings) if day is None else day
    games = slate_spine(settings, wanted)
    first_tipoff = pc.min(games["tipoff_at"]).as_py()
    when = pc.min(games["forecast_at"]).as_py() if moment is None else moment
    if when >= first_tipoff:
        raise SettingsError(
            f"a forecast of {wanted} as of {when:%Y-%m-%dT%H:%M} would come after the "
            f"first tip-off, {first_tipoff:%Y-%m-%dT%H:%M} (UTC)",
            "give an earlier --as-of",
        )
    return Slate(wanted, when.astimezone(UTC), games.num_rows)


def read_teams(settings: Settings) -> dict[int, str]:
    """Return the abbreviation of every team, by its id."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        rows = warehouse.execute(
            "select team_id, team_abbreviation from main.stg_teams order by team_id"
        ).fetchall()
    return dict(rows)


def read_players(settings: Settings) -> dict[int, str]:
    """Return the name of every player, by his id."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        rows = warehouse.execute(
            "select player_id, player_name from main.stg_players "
            "where superseded_at is null order by player_id"
        ).fetchall()
    return dict(rows)


def _next_day(settings: Settings) -> date:
    games = read_spine(settings, TEAM_MATCHUP, "true")
    if games.num_rows == 0:
        raise MissingError("there are no games", "ingest a source that has some")
    to_come = games.filter(pc.is_null(games[TEAM_MATCHUP.played]))
    played = pc.max(games.filter(pc.is_valid(games[TEAM_MATCHUP.played]))["game_date"])
    ahead = (
        to_come.filter(pc.greater_equal(to_come["game_date"], played))
        if played.is_valid
        else to_come
    )
    day = pc.min(ahead["game_date"]) if ahead.num_rows else played
    return day.as_py()  # type: ignore[no-any-return]
