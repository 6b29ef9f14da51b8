"""The source contract: which tables a league database has, and what they hold.

It is the one place where tables, columns, types, keys and limits are named.
`ml.ingest` checks a source against it and stores what passes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from ml.errors import ContractError
from ml.quality.limits import NO_LIMITS, Limits
from ml.settings import project_variable

Kind = Literal["integer", "real", "text", "date", "timestamp"]

EASTERN = ZoneInfo("America/New_York")
"""The clock of the league, by which a game has its date."""

REGULAR_SEASON, PLAY_IN, PLAYOFFS = "Regular Season", "PlayIn", "Playoffs"
CUP_FINAL = "Cup Final"
SEASON_TYPES = (REGULAR_SEASON, PLAY_IN, PLAYOFFS, CUP_FINAL)
"""The kinds of games that are forecast; all others are ignored."""

POSTPONED, CANCELLED = "postponed", "cancelled"


def known_after() -> timedelta:
    """Return how long after tip-off a result counts as known."""
    return timedelta(hours=project_variable("known_after_hours"))


def tipoff_or_usual() -> str:
    """Return SQL of a game's tip-off (US/Eastern), also where it is not known."""
    usual = project_variable("default_tipoff")
    return f"coalesce(tipoff_et, game_date + time '{usual}')"


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
    can_be : Limits
        What arithmetic allows; a value beyond it makes its row a bad one.
    has_been : Limits
        What nine seasons have seen; a value beyond it is reported and passed on.
    values : tuple of str
        The only values allowed; empty for no such list.
    pattern : str, optional
        A regular expression that every value matches.
    coded : bool
        Whether a text column may hold words and numbers of the source's own, which the
        ingest understands.
    also : str
        Another name by which a source may call it.
    """

    name: str
    kind: Kind
    description: str
    nullable: bool = False
    can_be: Limits = NO_LIMITS
    has_been: Limits = NO_LIMITS
    values: tuple[str, ...] = ()
    pattern: str | None = None
    coded: bool = False
    also: str = ""


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


_ID = Limits(min=1)
_NOT_NEGATIVE = Limits(min=0)


def _count(name: str, description: str, low: float, high: float) -> Column:
    seen = Limits(low, high)
    return Column(name, "integer", description, can_be=_NOT_NEGATIVE, has_been=seen)


def _team(name: str, description: str) -> Column:
    return Column(name, "integer", description, can_be=_ID)


def _player(name: str, description: str = "player") -> Column:
    return Column(name, "integer", description, can_be=_ID)


_GAME_ID = Column(
    "game_id", "text", "game, ten digits with leading zeros", pattern=r"^\d{10}$"
)
_SEASON = Column("season", "text", "season, as in 2023-24", pattern=r"^\d{4}-\d{2}$")
_SEASON_TYPE = Column(
    "season_type",
    "text",
    "kind of the game, in any spelling; where game_id is the league's, its first "
    "three digits decide (001 Pre Season, 002, 003 All Star, 004, 005, 006)",
    values=SEASON_TYPES,
    coded=True,
)
_GAME_DATE = Column("game_date", "date", "US/Eastern date of the game")
_ABBREVIATION = Column(
    "team_abbreviation", "text", "three letters", pattern=r"^[A-Z0-9]{2,4}$"
)
_PLAYER_NAME = Column("player_name", "text", "first and last name", pattern=r"\S")
_OF_THE_GAME = (
    Column("opponent_team_id", "integer", "the other team", can_be=_ID),
    Column("is_home", "integer", "1 at home, 0 away", can_be=Limits(0, 1)),
    Column("wl", "text", "won or lost", values=("W", "L")),
)


_BOX = {
    "min": "minutes played, whole",
    "fgm": "field goals made",
    "fga": "field goals attempted",
    "fg3m": "three-pointers made",
    "fg3a": "three-pointers attempted",
    "ftm": "free throws made",
    "fta": "free throws attempted",
    "oreb": "offensive rebounds",
    "dreb": "defensive rebounds",
    "reb": "rebounds",
    "ast": "assists",
    "stl": "steals",
    "blk": "blocks",
    "tov": "turnovers",
    "pf": "personal fouls",
    "pts": "points",
}


def _box(**seen: tuple[float, float]) -> tuple[Column, ...]:
    return tuple(_count(name, _BOX[name], *seen[name]) for name in _BOX)


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
        Column(
            "home_pts",
            "integer",
            "points; null = not played",
            True,
            _NOT_NEGATIVE,
            Limits(64, 176),
        ),
        Column(
            "away_pts",
            "integer",
            "points; null = not played",
            True,
            _NOT_NEGATIVE,
            Limits(64, 176),
        ),
        Column(
            "periods",
            "integer",
            "4 = no overtime; null = not played",
            True,
            # A game of more would last longer than a day.
            Limits(4, 282),
            Limits(4, 8),
        ),
        Column(
            "status",
            "text",
            "state of the game, in any words or the league's codes 1 to 3: a score "
            "counts only once it is final; postponed and cancelled games are not "
            "waited for",
            True,
            values=(POSTPONED, CANCELLED),
            coded=True,
        ),
        Column(
            "is_neutral_site",
            "integer",
            "1 at neither team's home; null = as in the list of known neutral sites",
            True,
            Limits(0, 1),
        ),
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
        *_box(
            min=(236, 341),
            fgm=(19, 65),
            fga=(60, 128),
            fg3m=(0, 29),
            fg3a=(4, 70),
            ftm=(0, 44),
            fta=(0, 64),
            oreb=(0, 29),
            dreb=(16, 60),
            reb=(22, 74),
            ast=(7, 50),
            stl=(0, 22),
            blk=(0, 20),
            tov=(1, 30),
            pf=(4, 42),
            pts=(64, 176),
        ),
        _count("opponent_pts", "points of the other team", 64, 176),
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
        *_box(
            min=(0, 60),
            fgm=(0, 25),
            fga=(0, 50),
            fg3m=(0, 14),
            fg3a=(0, 24),
            ftm=(0, 26),
            fta=(0, 36),
            oreb=(0, 15),
            dreb=(0, 23),
            reb=(0, 31),
            ast=(0, 25),
            stl=(0, 10),
            blk=(0, 11),
            tov=(0, 12),
            pf=(0, 6),
            pts=(0, 73),
        ),
        Column(
            "plus_minus",
            "integer",
            "margin while on court",
            True,
            has_been=Limits(-58, 57),
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
        Column("weight", "real", "pounds", True, Limits(min=1), Limits(160, 307)),
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
            True,
            values=("PG", "SG", "SF", "PF", "C"),
        ),
        Column("age", "real", "years", True, _NOT_NEGATIVE, Limits(19, 43)),
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
        _count("stint_idx", "number within the game, from 0", 0, 55),
        Column("period", "integer", "period it began in", False, _ID, Limits(1, 8)),
        *(
            Column(name, "real", description, False, _NOT_NEGATIVE, Limits(0, high))
            for name, description, high in (
                ("start_elapsed", "seconds since tip-off", 4080),
                ("end_elapsed", "seconds since tip-off", 4080),
                ("seconds", "length in seconds", 720),
            )
        ),
        *(
            _player(f"{side}_p{number}", f"{side} player on court")
            for side in ("home", "away")
            for number in range(1, 6)
        ),
        _count("home_pts", "points of the home side", 0, 43),
        _count("away_pts", "points of the away side", 0, 43),
        _count("home_poss", "possessions of the home side", 0, 23),
        _count("away_poss", "possessions of the away side", 0, 23),
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
_TRANSACTIONS = Table(
    "transactions",
    "one row per roster move of a player",
    ("transaction_date", "player_id", "transaction_type", "from_team_id", "to_team_id"),
    (
        Column("transaction_date", "date", "US/Eastern day on which it was completed"),
        Column(
            "known_date", "date", "US/Eastern day on which it was known, if later", True
        ),
        Column(
            "day_order",
            "integer",
            "order of a player's moves of one day",
            True,
            _NOT_NEGATIVE,
        ),
        Column(
            "transaction_type",
            "text",
            "trade, sign, waive, claim, convert, two_way, ten_day, other, or any word: "
            "the teams say what it does",
            pattern=r"\S",
        ),
        _player("player_id"),
        Column("player_name", "text", "first and last name", True),
        Column(
            "from_team_id", "integer", "team that he leaves; null = none", True, _ID
        ),
        Column(
            "to_team_id",
            "integer",
            "team that he is with from then on; null = none",
            True,
            _ID,
        ),
        Column("contract_kind", "text", "contract, in the source's words", True),
        Column("source", "text", "who recorded it", True),
        Column(
            "observed_at_utc",
            "timestamp",
            "UTC moment it was first seen, which counts where it is before the end of "
            "its day",
            True,
            also="known_at",
        ),
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
            "home_spread",
            "real",
            "home handicap, -7 = favoured by 7",
            True,
            has_been=Limits(-21.5, 18.5),
        ),
        Column(
            "total",
            "real",
            "points of both teams",
            True,
            _NOT_NEGATIVE,
            Limits(179.5, 262.5),
        ),
        *(
            Column(name, "real", "American odds", True, has_been=Limits(-12000, 2950))
            for name in ("moneyline_home", "moneyline_away")
        ),
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
        Column(
            "line",
            "real",
            "the number to be over or under",
            False,
            _NOT_NEGATIVE,
            Limits(4.5, 59.5),
        ),
        *(
            Column(name, "real", "American odds", True, has_been=Limits(-315, 190))
            for name in ("over_price", "under_price")
        ),
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
    _TRANSACTIONS,
    _CLOSING_LINES,
    _PROP_LINES,
)
"""Every table, those that others refer to first."""


def season_of_year(year: int) -> str:
    """Name the season that begins in a year.

    Examples
    --------
    >>> season_of_year(1999), season_of_year(2025)
    ('1999-00', '2025-26')
    """
    return f"{year}-{(year + 1) % 100:02}"
