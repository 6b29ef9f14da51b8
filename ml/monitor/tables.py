"""What each table of the source last brought, and which have stopped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from ml.settings import Settings
from ml.storage.warehouse import open_warehouse

# Days of games without a row that a table may have, if it usually has none.
SILENT_GAME_DAYS = 3
# An alarm that was not answered for so many days of games is only shown.
ALARM_GAME_DAYS = 30
# A table's rhythm is that of its last days of games; what stopped before is not asked.
_RHYTHM_DAYS = 120
_MEMORY = timedelta(days=730)
# A table that had fewer days than this share of them is asked for its longest gap.
_STEADY = 0.9

# Tables with rows of games. The play-by-play's own stints stand in for the source's.
BY_GAME = {
    "team_game_stats": ("team_game_stats",),
    "player_game_stats": ("player_game_stats",),
    "starters": ("starters",),
    "impact_lineup_stints": ("impact_lineup_stints", "play_by_play_stints"),
    "injury_reports": ("injury_reports",),
    "closing_lines": ("closing_lines",),
}
BY_DAY = ("player_prop_lines",)
BY_SEASON = ("player_seasons",)
# They are checked by what refers to them: a game without its teams is put aside. Moves
# come when teams make them: weeks without one are usual.
NOT_WATCHED = ("teams", "games", "players", "transactions")
# Nothing is forecast from them: what they last brought is shown, and no alarm.
BENCHMARKS = ("closing_lines", "player_prop_lines")


@dataclass(frozen=True)
class Brought:
    """What a table last brought.

    Attributes
    ----------
    table : str
        Its name in the contract.
    newest : str
        The last day of games (US/Eastern) that it told of as fully as it usually does,
        or the last season.
    n_silent : int
        Days of games with results since, of the kinds of games that it tells of.
    n_usual : int
        The most of such days that it was silent for before, at least
        `SILENT_GAME_DAYS`.
    """

    table: str
    newest: str
    n_silent: int
    n_usual: int

    @property
    def is_overdue(self) -> bool:
        """Whether it has stopped, lately enough for an alarm."""
        return (
            self.table not in BENCHMARKS
            and self.n_usual < self.n_silent <= ALARM_GAME_DAYS
        )


def last_brought(settings: Settings, games: pd.DataFrame) -> list[Brought]:
    """Look up what each table last brought.

    Parameters
    ----------
    settings : Settings
        Says where the warehouse is.
    games : DataFrame, shape (n_games, any)
        ``game_id, game_date, season, season_type`` of the games whose result is known
        at the moment that is asked of.

    Returns
    -------
    list of Brought
        In the order of the contract's tables; one that brought nothing within two
        years is left out, so a table that never was there is never missed.
    """
    played, seasons = _rows(settings)
    found = [
        by_game(table, games.assign(has_rows=_has_rows(games, *played[table])))
        for table in (*BY_GAME, *BY_DAY)
    ]
    found += [by_season(table, games, seasons[table]) for table in BY_SEASON]
    return [each for each in found if each is not None]


def by_game(table: str, games: pd.DataFrame) -> Brought | None:
    """Find the last day of games that a table told of, and its rhythm.

    Parameters
    ----------
    table : str
        Its name in the contract.
    games : DataFrame, shape (n_games, any)
        Games with a known result: ``game_date, season_type, has_rows``.

    Returns
    -------
    Brought, optional
        None where it told of none of the games of the last two years.
    """
    if games.empty:
        return None
    games = games[games["game_date"] > games["game_date"].max() - _MEMORY]
    told = games.loc[games["has_rows"], "season_type"].unique()
    if not len(told):
        return None
    # Kinds of games that it never tells of, such as play-offs, are no silence.
    share = games[games["season_type"].isin(told)].groupby("game_date")["has_rows"]
    shares = share.mean().sort_index()
    has_rows = (shares >= shares[shares > 0].median() / 2).to_numpy()
    last = int(np.flatnonzero(has_rows)[-1])
    n_silent = len(has_rows) - 1 - last
    known = has_rows[int(np.flatnonzero(has_rows)[0]) : last + 1][-_RHYTHM_DAYS:]
    n_usual = SILENT_GAME_DAYS
    if known.mean() < _STEADY:
        gaps = np.diff(np.flatnonzero(known)) - 1
        n_usual = max(n_usual, int(gaps.max(initial=0)))
    newest: date = shares.index[last].date()
    return Brought(table, newest.isoformat(), n_silent, n_usual)


def by_season(
    table: str, games: pd.DataFrame, seasons: frozenset[str]
) -> Brought | None:
    """Find the last season that a table of labels told of.

    Labels are given after a season: they are silent from the next one's first day.

    Parameters
    ----------
    table : str
        Its name in the contract.
    games : DataFrame, shape (n_games, any)
        Games with a known result: ``game_date, season``.
    seasons : frozenset of str
        Those it has rows of.

    Returns
    -------
    Brought, optional
        None where it told of no season, or the games are of one season alone.
    """
    days = games.groupby("season")["game_date"].nunique().sort_index()
    told = [season for season in seasons if season in days.index]
    if not told:
        return None
    newest = max(told)
    *_, current = days.index
    before = max((each for each in days.index if each < current), default="")
    n_silent = int(days[current]) if newest < before else 0
    return Brought(table, newest, n_silent, SILENT_GAME_DAYS)


def _has_rows(games: pd.DataFrame, column: str, told: frozenset[object]) -> pd.Series:
    return games[column].isin(told)


def _rows(
    settings: Settings,
) -> tuple[dict[str, tuple[str, frozenset[object]]], dict[str, frozenset[str]]]:
    """Read which games, days and seasons the tables have rows of."""
    with open_warehouse(settings) as warehouse:
        there = {
            name
            for (name,) in warehouse.execute(
                "select table_name from duckdb_tables() where schema_name = 'raw'"
            ).fetchall()
        }

        def told(column: str, *tables: str) -> frozenset[object]:
            values: set[object] = set()
            for table in there.intersection(tables):
                rows = warehouse.execute(
                    f"select distinct {column} from raw.{table} "
                    "where superseded_at is null"
                ).fetchall()
                values |= {value for (value,) in rows}
            return frozenset(values)

        played = {
            table: ("game_id", told("game_id", *sources))
            for table, sources in BY_GAME.items()
        }
        for table in BY_DAY:
            days = told("game_date::timestamp", table)
            played[table] = ("game_date", days)
        seasons = {
            table: frozenset(str(season) for season in told("season", table))
            for table in BY_SEASON
        }
    return played, seasons
