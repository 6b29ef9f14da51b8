"""A day's games, and the moment at which they are forecast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from ml.errors import MissingError, SettingsError
from ml.features.datasets import as_of_frame, slate_frame
from ml.features.spines import TEAM_MATCHUP, TrainingSet, read_spine, slate_spine
from ml.ingest.ingest_log import last_moment
from ml.ingest.quarantine import GameSetAside, games_set_aside, set_aside_error
from ml.settings import Settings
from ml.storage.warehouse import open_warehouse

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Slate:
    """What is forecast, and when.

    Attributes
    ----------
    day : date
        The day of the games (US/Eastern).
    moment : datetime
        The moment of the first forecast (UTC).
    n_games : int
        How many games.
    until : datetime, optional
        The last moment of which a forecast knows (UTC); `moment` by default. Each
        game is forecast at its own, such as an hour before tip-off, but not later.
    is_asked : bool
        Whether all are forecast at `moment`, since that was asked for.
    is_past : bool
        Whether the data already hold something later than `moment`.
    begun : tuple of str
        The day's other games, which have begun at `moment`; they are not forecast.
    """

    day: date
    moment: datetime
    n_games: int
    until: datetime | None = None
    is_asked: bool = False
    is_past: bool = False
    begun: tuple[str, ...] = ()

    @property
    def known_until(self) -> datetime:
        """The last moment of which a forecast knows (UTC)."""
        return self.until or self.moment

    def stamps(self, moments: pd.Series) -> pd.Series:
        """Return moments of each game's own forecast, none later than this one."""
        last = self.moment if self.is_asked else self.known_until
        return moments.where(~(moments > last), last)

    def to_come(self, games: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of games that have not begun at `moment`."""
        if not self.begun:
            return games
        return games[games["tipoff_at"] > self.moment].reset_index(drop=True)


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
        When the forecast is made (UTC); by default each game's ``forecast_at``.

    Returns
    -------
    Slate
        With at least one game.

    Raises
    ------
    MissingError
        If nothing was built yet, or there are no games that day.
    SettingsError
        If the moment is not before the day's last tip-off.
    SetAsideError
        If no day has games to come, and there were some that the ingest set aside.
    """
    wanted = _next_day(settings) if day is None else day
    games = slate_spine(settings, wanted)
    when = pc.min(games["forecast_at"]).as_py() if moment is None else moment
    when = when.astimezone(UTC)
    last_tipoff = pc.max(games["tipoff_at"]).as_py()
    if when >= last_tipoff:
        raise SettingsError(
            f"a forecast of {wanted} as of {when:%Y-%m-%dT%H:%M} would come after the "
            f"last tip-off, {last_tipoff:%Y-%m-%dT%H:%M} (UTC)",
            "give an earlier --as-of",
        )
    is_to_come = pc.greater(games["tipoff_at"], pa.scalar(when))
    begun = games.filter(pc.invert(is_to_come))["game_id"].to_pylist()
    games = games.filter(is_to_come)
    last = pc.max(games["forecast_at"]).as_py()
    newest = newest_known(settings)
    is_past = newest is not None and newest > when
    # What is expected of a game to come is stamped with its own forecast_at, and where
    # the data hold nothing later than now, they hold nothing later than that.
    until = when if moment is not None and is_past else last
    return Slate(
        wanted,
        when,
        games.num_rows,
        until,
        is_asked=moment is not None,
        is_past=is_past,
        begun=tuple(begun),
    )


def games_missing(settings: Settings, slate: Slate) -> tuple[GameSetAside, ...]:
    """Find the games of a slate's day, and of days before it, that were set aside.

    Parameters
    ----------
    settings : Settings
        Says where the warehouse is.
    slate : Slate
        What is forecast instead.

    Returns
    -------
    tuple of GameSetAside
        From the day of the newest result before the slate on.
    """
    day = f"game_date < date '{slate.day}' and {TEAM_MATCHUP.played} is not null"
    before = pc.max(read_spine(settings, TEAM_MATCHUP, day)["game_date"]).as_py()
    return games_set_aside(settings, before, slate.day)


def newest_known(settings: Settings) -> datetime | None:
    """Return the newest moment of what was ingested (UTC); None before the first.

    Parameters
    ----------
    settings : Settings
        Says where the warehouse is.

    Returns
    -------
    datetime, optional
    """
    with open_warehouse(settings) as warehouse:
        moment = last_moment(warehouse)
    return moment and moment.replace(tzinfo=UTC)


def slate_features(
    settings: Settings, slate: Slate, training_set: TrainingSet = TEAM_MATCHUP
) -> pd.DataFrame:
    """Read the games of a day with their features, each as of its own moment.

    In the past the games of a day know different things: there the offline store is
    asked. Of a day to come nothing is known later than now, and one state of the online
    store serves all.

    Parameters
    ----------
    settings : Settings
        Says where everything is.
    slate : Slate
        Which games; the online store of a day to come was materialised to
        `Slate.known_until`.
    training_set : TrainingSet
        Whose features.

    Returns
    -------
    pd.DataFrame
        The columns of the training set; labels are null for games to come.
    """
    if not slate.is_past:
        rows = slate_frame(settings, slate.day, slate.known_until, training_set)
        return slate.to_come(rows)
    games = f"game_date = date '{slate.day.isoformat()}'"
    table = as_of_frame(settings, training_set, games, slate.known_until)
    return slate.to_come(table.to_pandas(date_as_object=False))


def read_teams(settings: Settings) -> dict[int, str]:
    """Return the abbreviation of every team, by its id."""
    with open_warehouse(settings) as warehouse:
        rows = warehouse.execute(
            "select team_id, team_abbreviation from main.stg_teams order by team_id"
        ).fetchall()
    return dict(rows)


def read_players(settings: Settings) -> dict[int, str]:
    """Return the name of every player, by his id."""
    with open_warehouse(settings) as warehouse:
        rows = warehouse.execute(
            "select player_id, player_name from main.int_player_names "
            "order by player_id"
        ).fetchall()
    return dict(rows)


def _next_day(settings: Settings) -> date:
    games = read_spine(settings, TEAM_MATCHUP, "true")
    if games.num_rows == 0:
        raise MissingError("there are no games", "ingest a source that has some")
    to_come = games.filter(pc.is_null(games[TEAM_MATCHUP.played]))
    played = games.filter(pc.is_valid(games[TEAM_MATCHUP.played]))
    # A game that tipped off before one that is over is on, or was put off.
    ahead = (
        to_come.filter(pc.greater(to_come["tipoff_at"], pc.max(played["tipoff_at"])))
        if played.num_rows
        else to_come
    )
    day = pc.min(ahead["game_date"])
    if ahead.num_rows == 0:
        day = pc.max(played["game_date"])
        # The last day's games are not forecast in place of those that are to come.
        lost = set_aside_error(games_set_aside(settings, day.as_py(), None))
        if lost is not None:
            raise lost
    return day.as_py()  # type: ignore[no-any-return]
