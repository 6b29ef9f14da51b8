"""A sheet of betting lines: a CSV read into bets, every bad row told by its number."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ml.boxscore.query import LARGEST, read_expression
from ml.errors import SettingsError, SourceError
from ml.pricing.odds import read_odds
from ml.pricing.player_line import check_line
from ml.storage.files import read_regular

COLUMNS = {
    "bet": "rows with the same text are legs of one bet, joined by AND",
    "game": "a team (BOS), both (DAL@BOS) or an id; needed for a total alone",
    "team": "its abbreviation, for moneyline, spread and team_total",
    "player": "his name or NBA stats id",
    "stat": "pts, pts+reb+ast, double_double, 'pts >= 30 and ast >= 10'; without a "
    "player moneyline, spread, total, team_total",
    "side": "over or under, yes or no; win, or empty, for moneyline and spread",
    "line": "34.5; a spread is the team's handicap: -4.5 gives 4.5 points",
    "odds": "American (-110) or decimal (1.91); of a bet of several legs on its first",
    "book": "whose odds, free text",
    "updated_at": "when the line was taken, ISO 8601 with an offset",
}
TEAM_STATS = ("moneyline", "spread", "total", "team_total")
_ALSO = {
    "ml": "moneyline",
    "h2h": "moneyline",
    "win": "moneyline",
    "spreads": "spread",
    "handicap": "spread",
    "margin": "spread",
    "totals": "total",
    "o/u": "total",
    "team total": "team_total",
}
_SIDES = {
    **{"over": "over", "o": "over", "under": "under", "u": "under"},
    **{"yes": "yes", "y": "yes", "no": "no", "n": "no"},
    **{"win": "win", "": ""},
}
_MOST_BYTES = 5_000_000
_MOST_ROWS = 20_000
MOST_LEGS = 12


@dataclass(frozen=True)
class Leg:
    """One condition of a bet.

    Attributes
    ----------
    row : int
        Its line in the file; the header is line 1.
    game, team, player : str
        As written; empty where not given.
    stat : str
        One of `TEAM_STATS`, or an expression of a player's box score.
    side : {"over", "under", "yes", "no", "win"}
        Which side of it wins.
    line : float, optional
        The line; none for a yes or no and a moneyline.
    """

    row: int
    game: str
    team: str
    player: str
    stat: str
    side: str
    line: float | None

    def __str__(self) -> str:
        who = self.player or self.team or self.game
        if self.stat == "moneyline":
            return f"{who} win"
        if self.stat == "spread":
            return f"{who} {self.line:+g}"
        line = "" if self.line is None else f" {self.line:g}"
        return f"{who} {self.stat} {self.side}{line}"


@dataclass(frozen=True)
class Bet:
    """Legs that must all win.

    Attributes
    ----------
    name : str
        Its text in the column ``bet``, or its line in the file.
    legs : tuple of Leg
        At least one, unless `error` says why not.
    odds : float, optional
        Decimal odds.
    book : str
        Whose.
    updated_at : datetime, optional
        When the line was taken, UTC.
    error : str
        What is wrong with it; empty where nothing is.
    """

    name: str
    legs: tuple[Leg, ...] = ()
    odds: float | None = None
    book: str = ""
    updated_at: datetime | None = None
    error: str = ""


@dataclass
class _Rows:
    legs: list[Leg] = field(default_factory=list)
    odds: list[float] = field(default_factory=list)
    book: str = ""
    updated_at: datetime | None = None
    errors: list[str] = field(default_factory=list)


def read_sheet(path: Path) -> list[Bet]:
    """Read a sheet of lines.

    Parameters
    ----------
    path : Path
        A CSV file with a header; `COLUMNS` says what each column holds, ``stat`` alone
        is needed. Case of the header and other columns do not matter; separators are
        commas, semicolons or tabs.

    Returns
    -------
    list of Bet
        In the order of their first rows; a bet with a bad row carries its error.

    Raises
    ------
    SourceError
        If the file cannot be read at all, or is too large.
    """
    try:
        text = read_regular(path, most_bytes=_MOST_BYTES, follow_links=True).decode(
            "utf-8-sig"
        )
    except FileNotFoundError:
        raise SourceError(f"there is no file {path}", "give a CSV of lines") from None
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path} is not UTF-8 text (byte {error.start:,})", "save it as CSV UTF-8"
        ) from None
    return parse_sheet(text, str(path))


def parse_sheet(text: str, name: str = "the sheet") -> list[Bet]:
    """Read the text of a sheet of lines; see `read_sheet`."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t", key=header.count)
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise SourceError(f"{name} is no CSV: {error}", "save it as CSV") from None
    table = [[cell.strip() for cell in row] for row in table]
    numbered = [(number, row) for number, row in enumerate(table, 1) if any(row)]
    if not 1 < len(numbered) <= _MOST_ROWS:
        raise SourceError(
            f"{name} has {max(len(numbered) - 1, 0):,} lines",
            f"it needs a header and 1 to {_MOST_ROWS - 1:,} lines",
        )
    names = [cell.casefold().replace(" ", "_") for cell in numbered[0][1]]
    if "stat" not in names or len(set(names) & set(COLUMNS)) < len(
        [each for each in names if each in COLUMNS]
    ):
        raise SourceError(
            f"{name} has the columns {', '.join(names)[:200]}",
            f"it needs stat, once, and knows {', '.join(COLUMNS)}",
        )
    found: dict[str, _Rows] = {}
    for number, cells in numbered[1:]:
        row = dict(zip(names, cells, strict=False))
        _take(found, number, {key: row.get(key, "") for key in COLUMNS})
    return [_bet(bet, rows) for bet, rows in found.items()]


def _take(found: dict[str, _Rows], number: int, row: Mapping[str, str]) -> None:
    rows = found.setdefault(row["bet"] or f"line {number}", _Rows())
    rows.book = rows.book or row["book"]
    try:
        rows.legs.append(read_leg(number, row))
        if row["odds"]:
            rows.odds.append(read_odds(row["odds"]))
        if row["updated_at"]:
            moment = _moment(row["updated_at"])
            rows.updated_at = min(rows.updated_at or moment, moment)
    except SettingsError as error:
        rows.errors.append(f"line {number}: {error.problem} ({error.remedy})")


def _bet(name: str, rows: _Rows) -> Bet:
    if len(set(rows.odds)) > 1:
        rows.errors.append(
            f"{len(set(rows.odds))} odds are given for one bet (a bet has one, on its "
            "first leg)"
        )
    if len(rows.legs) > MOST_LEGS:
        rows.errors.append(f"it has {len(rows.legs)} legs, of at most {MOST_LEGS}")
    return Bet(
        name=name,
        legs=tuple(rows.legs),
        odds=rows.odds[0] if rows.odds else None,
        book=rows.book,
        updated_at=rows.updated_at,
        error="; ".join(rows.errors),
    )


def read_leg(number: int, row: Mapping[str, str]) -> Leg:
    """Read one row of a sheet.

    Parameters
    ----------
    number : int
        Its line in the file.
    row : Mapping of str to str
        Every column of `COLUMNS`, empty where not given.

    Raises
    ------
    SettingsError
        If it says too little, too much, or something that cannot be read.
    """
    stat, given = row["stat"], row["side"].casefold()
    if given not in _SIDES:
        raise _wrong("side", row["side"], _SIDES.values())
    side = _SIDES[given]
    line = _line(row["line"])
    if not stat:
        raise SettingsError("it has no stat", "such as pts, total, moneyline")
    if row["player"]:
        side = _side_of_player(stat, side, line)
    else:
        stat = _ALSO.get(stat.casefold(), stat.casefold())
        side = _side_of_team(stat, side, line, row)
    return Leg(number, row["game"], row["team"], row["player"], stat, side, line)


def _side_of_player(stat: str, side: str, line: float | None) -> str:
    read_expression(stat)
    if line is None:
        if side not in {"yes", "no", ""}:
            raise SettingsError(f"{side} needs a line", "such as 24.5")
        return side or "yes"
    if side not in {"over", "under"}:
        raise SettingsError(f"a line of {line:g} needs a side", "over or under")
    check_line(stat, line)
    return side


def _side_of_team(
    stat: str, side: str, line: float | None, row: Mapping[str, str]
) -> str:
    if stat not in TEAM_STATS:
        raise SettingsError(
            f"{row['stat'][:60]!r} without a player is no line on a team",
            f"one of {', '.join(TEAM_STATS)}, or fill in the player",
        )
    if stat != "total" and not row["team"]:
        raise SettingsError(f"{stat} needs a team", "its abbreviation: BOS")
    if stat == "total" and not (row["game"] or row["team"]):
        raise SettingsError("a total needs a game", "such as BOS or DAL@BOS")
    if (line is None) != (stat == "moneyline"):
        wanted = "no line" if stat == "moneyline" else "a line"
        raise SettingsError(f"{stat} takes {wanted}", "such as: spread -4.5")
    if stat != "spread":
        check_line(stat, line)
    allowed = {"win", ""} if stat in {"moneyline", "spread"} else {"over", "under"}
    if side not in allowed:
        raise _wrong("side", row["side"], allowed)
    return side or "win"


def _line(text: str) -> float | None:
    if not text:
        return None
    try:
        line = float(text.replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        line = math.nan
    if not abs(line) <= LARGEST or "_" in text:
        raise SettingsError(f"line {text[:40]!r} is no number", "such as 24.5")
    return line


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise SettingsError(
        f"updated_at {text[:40]!r} is no moment", "such as 2024-01-15T18:30-05:00"
    )


def _wrong(column: str, value: str, known: Iterable[str]) -> SettingsError:
    names = ", ".join(sorted({each or "(empty)" for each in known}))
    return SettingsError(f"{column} {value[:40]!r} is not known here", f"it is {names}")
