"""What the last ingest set aside that a forecast would have needed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

import duckdb

from ml.errors import SetAsideError
from ml.ingest.summary import summary_from_dict
from ml.settings import Settings
from ml.storage.warehouse import open_warehouse


@dataclass(frozen=True)
class GameSetAside:
    """A game to come that the source has and the warehouse does not.

    Attributes
    ----------
    game_id : str
        As the source has it.
    day : date, optional
        Its US/Eastern date; None where it cannot be read.
    rule : str
        The rule it breaks.
    columns : tuple of str
        The columns of which the rule speaks.
    """

    game_id: str
    day: date | None
    rule: str
    columns: tuple[str, ...]

    def __str__(self) -> str:
        when = "an unreadable date" if self.day is None else f"{self.day}"
        why = f"{self.rule} ({', '.join(self.columns)})"
        return f"game {self.game_id} of {when}: {why}"


def games_set_aside(
    settings: Settings, first: date | None, last: date | None
) -> tuple[GameSetAside, ...]:
    """Find the games without a result that were set aside.

    Parameters
    ----------
    settings : Settings
        Says where the warehouse is.
    first, last : date, optional
        The days (US/Eastern) to look at; without one all before or after. A game whose
        date cannot be read may be of any of them.

    Returns
    -------
    tuple of GameSetAside
        In order of day and game; none where a good row of the game was stored before.
    """
    try:
        with open_warehouse(settings) as warehouse:
            rows = warehouse.execute(_GAMES_TO_COME).fetchall()
    except (duckdb.CatalogException, duckdb.BinderException):
        return ()  # nothing was ingested, or by an earlier version
    games = [
        GameSetAside(game_id, day, rule, tuple(columns or ()))
        for game_id, day, rule, columns in rows
    ]
    return tuple(
        game
        for game in games
        if game.day is None
        or ((first is None or game.day >= first) and (last is None or game.day <= last))
    )


def set_aside_error(games: tuple[GameSetAside, ...]) -> SetAsideError | None:
    """Say that games of the day to forecast are missing; None where none is."""
    if not games:
        return None
    return SetAsideError(
        f"{len(games)} game(s) to forecast were set aside at the ingest:\n  "
        + "\n  ".join(str(game) for game in games),
        "correct these rows of games in the source and run again; the table "
        "raw.quarantine of the warehouse holds them",
    )


def left_out_notes(settings: Settings) -> list[str]:
    """Say which optional tables the last ingest left out, and why."""
    try:
        with open_warehouse(settings) as warehouse:
            row = warehouse.execute(
                "select summary from raw.ingests order by ingest_number desc limit 1"
            ).fetchone()
    except duckdb.CatalogException:
        return []
    if row is None:
        return []
    summary = summary_from_dict(json.loads(row[0]), is_repeat=True)
    return [
        f"Made without what is new in {name}: {reason}."
        for name, reason in summary.left_out.items()
    ]


_GAMES_TO_COME = """
    with broken as (
        select
            row_values ->> 'game_id' as game_id,
            coalesce(
                try_cast(row_values ->> 'game_date' as date),
                try_cast(row_values ->> 'tipoff_et' as date)
            ) as game_date,
            row_values ->> 'home_pts' as home_pts,
            row_values ->> 'away_pts' as away_pts,
            rule,
            columns
        from raw.quarantine
        where table_name = 'games'
    )
    select coalesce(game_id, 'without an id'), game_date, rule, columns
    from broken
    where
        (
            try_cast(home_pts as double) is null
            or try_cast(away_pts as double) is null
            or (home_pts = '0' and away_pts = '0')
        )
        and coalesce(game_id, '') not in (select game_id from raw.games)
    order by game_date, 1
"""
