"""The source contract: which tables a league database has, and what they hold.

It is the one place where tables, columns, types, keys and plausible ranges are
named. `ml.ingest` checks a source against it and stores what passes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ml.errors import ContractError

Kind = Literal["integer", "real", "text", "date", "timestamp"]

KNOWN_AFTER_HOURS = 3
"""Hours after tip-off at which a result counts as known."""

DEFAULT_TIPOFF_ET = "19:30"
"""The US/Eastern wall clock of a game whose tip-off is not known."""


@dataclass(frozen=True)
class Column:
    """One column of the contract.

    Attributes
    ----------
    name : str
        Its name in the warehouse.
    kind : {"integer", "real", "text", "date", "timestamp"}
        The type its values are read as.
    description : str
        What it holds, with the unit.
    nullable : bool
        Whether a value may be missing.
    min, max : float, optional
        The smallest and the largest plausible value.
    values : tuple of str
        The only values allowed; empty for no such list.
    pattern : str, optional
        A regular expression that every value matches.
    """

    name: str
    kind: Kind
    description: str
    nullable: bool = False
    min: float | None = None
    max: float | None = None
    values: tuple[str, ...] = ()
    pattern: str | None = None


@dataclass(frozen=True)
class Table:
    """One table of the contract.

    Attributes
    ----------
    name : str
        Its name in the warehouse.
    grain : str
        What one row stands for.
    key : tuple of str
        The columns that tell one row from another.
    columns : tuple of Column
        In the order in which they are stored.
    required : bool
        Whether a source must have it.
    """

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    required: bool = True

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)


def table(name: str) -> Table:
    """Look up a table of the contract.

    Parameters
    ----------
    name : str
        One of the names in `CONTRACT`.

    Returns
    -------
    Table

    Raises
    ------
    ContractError
        If there is none of that name.
    """
    for candidate in CONTRACT:
        if candidate.name == name:
            return candidate
    known = ", ".join(candidate.name for candidate in CONTRACT)
    raise ContractError(f"the contract has no table {name!r}", f"use one of {known}")


def _count(name: str, description: str, limit: float) -> Column:
    return Column(name, "integer", description, min=0, max=limit)


def _team(name: str, description: str) -> Column:
    return Column(name, "integer", description, min=1)


def _player(name: str, description: str = "player") -> Column:
    return Column(name, "integer", description, min=1)


_GAME_ID = Column(
    "game_id", "text", "game, ten digits with leading zeros", pattern=r"^\d{10}$"
)
_SEASON = Column("season", "text", "season, as in 2023-24", pattern=r"^\d{4}-\d{2}$")
_SEASON_TYPE = Column(
    "season_type",
    "text",
    "phase of the season",
    values=("Regular Season", "Playoffs"),
)
_GAME_DATE = Column("game_date", "date", "US/Eastern date of the game")
_ABBREVIATION = Column(
    "team_abbreviation", "text", "three letters", pattern=r"^[A-Z0-9]{2,4}$"
)
_PLAYER_NAME = Column("player_name", "text", "first and last name", pattern=r"\S")
_OF_THE_GAME = (
    Column("opponent_team_id", "integer", "the other team", min=1),
    Column("is_home", "integer", "1 at home, 0 away", min=0, max=1),
    Column("wl", "text", "won or lost", values=("W", "L")),
)


def _box(
    minutes: float, shots: float, others: float, points: float
) -> tuple[Column, ...]:
    return (
        _count("min", "minutes played, whole", minutes),
        _count("fgm", "field goals made", shots),
        _count("fga", "field goals attempted", shots),
        _count("fg3m", "three-pointers made", shots),
        _count("fg3a", "three-pointers attempted", shots),
        _count("ftm", "free throws made", shots),
        _count("fta", "free throws attempted", shots),
        _count("oreb", "offensive rebounds", others),
        _count("dreb", "defensive rebounds", others),
        _count("reb", "rebounds", others),
        _count("ast", "assists", others),
        _count("stl", "steals", others),
        _count("blk", "blocks", others),
        _count("tov", "turnovers", others),
        _count("pf", "personal fouls", others),
        _count("pts", "points", points),
    )


_TEAMS = Table(
    "teams",
    "one row per team",
    ("team_id",),
    (
        _team("team_id", "team, as the league's statistics number it"),
        _ABBREVIATION,
        Column("team_name", "text", "city and name", pattern=r"\S"),
    ),
)
_GAMES = Table(
    "games",
    "one row per game, played or scheduled",
    ("game_id",),
    (
        _GAME_ID,
        _SEASON,
        _SEASON_TYPE,
        _GAME_DATE,
        Column("tipoff_et", "timestamp", "US/Eastern wall clock of the tip-off", True),
        _team("home_team_id", "team at home"),
        _team("away_team_id", "visiting team"),
        Column("home_pts", "integer", "points; null = not played", True, 0, 300),
        Column("away_pts", "integer", "points; null = not played", True, 0, 300),
        Column("periods", "integer", "4 = no overtime; null = not played", True, 4, 20),
    ),
)
_TEAM_GAME_STATS = Table(
    "team_game_stats",
    "one row per team and game",
    ("game_id", "team_id"),
    (
        _GAME_ID,
        _SEASON,
        _SEASON_TYPE,
        _GAME_DATE,
        _team("team_id", "team"),
        _ABBREVIATION,
        *_OF_THE_GAME,
        *_box(minutes=700, shots=250, others=150, points=300),
        _count("opponent_pts", "points of the other team", 300),
    ),
)
_PLAYER_GAME_STATS = Table(
    "player_game_stats",
    "one row per player and game",
    ("game_id", "player_id"),
    (
        _GAME_ID,
        _SEASON,
        _SEASON_TYPE,
        _GAME_DATE,
        _player("player_id"),
        _PLAYER_NAME,
        _team("team_id", "team played for"),
        _ABBREVIATION,
        *_OF_THE_GAME,
        *_box(minutes=120, shots=100, others=60, points=150),
        Column(
            "plus_minus", "integer", "margin while on court", True, min=-150, max=150
        ),
    ),
)
_PLAYERS = Table(
    "players",
    "one row per player",
    ("player_id",),
    (
        _player("player_id"),
        _PLAYER_NAME,
        Column("birthdate", "date", "date of birth", True),
        Column("height", "text", "feet-inches", True, pattern=r"^\d-\d{1,2}$"),
        Column("weight", "real", "pounds", True, min=100, max=400),
        Column("country", "text", "country", True),
    ),
)
_PLAYER_SEASONS = Table(
    "player_seasons",
    "one row per player and season",
    ("player_id", "season"),
    (
        _player("player_id"),
        _SEASON,
        Column(
            "position",
            "text",
            "label given after the season",
            values=("PG", "SG", "SF", "PF", "C"),
        ),
        Column("age", "real", "years", True, min=15, max=60),
    ),
    required=False,
)
_STARTERS = Table(
    "starters",
    "one row per starter and game",
    ("game_id", "player_id"),
    (_GAME_ID, _SEASON, _player("player_id")),
    required=False,
)
_STINTS = Table(
    "impact_lineup_stints",
    "one row per stretch in which the ten players do not change",
    ("game_id", "stint_idx"),
    (
        _GAME_ID,
        _SEASON,
        Column("stint_idx", "integer", "number within the game, from 0", min=0),
        Column("period", "integer", "period it began in", min=1, max=20),
        Column("start_elapsed", "real", "seconds since tip-off", min=0, max=8000),
        Column("end_elapsed", "real", "seconds since tip-off", min=0, max=8000),
        Column("seconds", "real", "length in seconds", min=0, max=3000),
        *(
            _player(f"{side}_p{number}", f"{side} player on court")
            for side in ("home", "away")
            for number in range(1, 6)
        ),
        _count("home_pts", "points of the home side", 100),
        _count("away_pts", "points of the away side", 100),
        _count("home_poss", "possessions of the home side", 100),
        _count("away_poss", "possessions of the away side", 100),
    ),
    required=False,
)
_INJURY_REPORTS = Table(
    "injury_reports",
    "one row per report, game, team and player",
    ("report_at_et", "game_date", "matchup", "team", "player"),
    (
        Column("report_at_et", "timestamp", "US/Eastern moment of publication"),
        _GAME_DATE,
        Column("game_time_et", "text", "US/Eastern clock of the game", True),
        Column(
            "matchup", "text", "AWAY@HOME", pattern=r"^[A-Z0-9]{2,4}@[A-Z0-9]{2,4}$"
        ),
        Column("team", "text", "team name", pattern=r"\S"),
        Column("player", "text", "Last, First; null = not yet submitted", True),
        Column(
            "status",
            "text",
            "availability; null = not yet submitted",
            True,
            values=("Out", "Doubtful", "Questionable", "Probable", "Available"),
        ),
        Column("reason", "text", "the reason given", True),
    ),
    required=False,
)
_CLOSING_LINES = Table(
    "closing_lines",
    "one row per game",
    ("game_id",),
    (
        _GAME_ID,
        _SEASON,
        _GAME_DATE,
        Column(
            "home_spread", "real", "home handicap, -7 = favoured by 7", True, -60, 60
        ),
        Column("total", "real", "points of both teams", True, 100, 400),
        Column("moneyline_home", "real", "American odds", True, -1e6, 1e6),
        Column("moneyline_away", "real", "American odds", True, -1e6, 1e6),
    ),
    required=False,
)
_PROP_LINES = Table(
    "player_prop_lines",
    "one row per player, bookmaker, market and moment",
    ("game_date", "player_name", "bookmaker", "market", "observed_at_utc"),
    (
        _SEASON,
        _GAME_DATE,
        _PLAYER_NAME,
        Column("bookmaker", "text", "who offered it", pattern=r"\S"),
        Column("market", "text", "what is counted", pattern=r"\S"),
        Column("line", "real", "the number to be over or under", min=0, max=200),
        Column("over_price", "real", "American odds", True, -1e6, 1e6),
        Column("under_price", "real", "American odds", True, -1e6, 1e6),
        Column("observed_at_utc", "timestamp", "UTC moment it was seen"),
    ),
    required=False,
)

CONTRACT: tuple[Table, ...] = (
    _TEAMS,
    _PLAYERS,
    _GAMES,
    _TEAM_GAME_STATS,
    _PLAYER_GAME_STATS,
    _PLAYER_SEASONS,
    _STARTERS,
    _STINTS,
    _INJURY_REPORTS,
    _CLOSING_LINES,
    _PROP_LINES,
)
"""Every table, those that others refer to first."""
