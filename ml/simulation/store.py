"""The SQLite file of a simulated league, written season by season."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from types import TracebackType

from ml.simulation.tables import Columns

_BOX = """fgm INTEGER, fga INTEGER, fg3m INTEGER, fg3a INTEGER, ftm INTEGER,
    fta INTEGER, oreb INTEGER, dreb INTEGER, reb INTEGER, ast INTEGER, stl INTEGER,
    blk INTEGER, tov INTEGER, pf INTEGER, pts INTEGER"""
_TEN = ", ".join(
    f"{side}_p{n} INTEGER" for side in ("home", "away") for n in range(1, 6)
)

SCHEMA = {
    "teams": "team_id INTEGER, team_abbreviation TEXT, team_name TEXT",
    "games": """game_id TEXT, season TEXT, season_type TEXT, game_date TEXT,
        tipoff_et TEXT, home_team_id INTEGER, away_team_id INTEGER, home_pts INTEGER,
        away_pts INTEGER, periods REAL""",
    "team_game_stats": f"""game_id TEXT, season TEXT, season_type TEXT, game_date TEXT,
        team_id INTEGER, team_abbreviation TEXT, opponent_team_id INTEGER,
        is_home INTEGER, wl TEXT, min INTEGER, {_BOX}, opponent_pts INTEGER""",
    "player_game_stats": f"""game_id TEXT, season TEXT, season_type TEXT,
        game_date TEXT, player_id INTEGER, player_name TEXT, team_id INTEGER,
        team_abbreviation TEXT, opponent_team_id INTEGER, is_home INTEGER, wl TEXT,
        min INTEGER, {_BOX}, plus_minus INTEGER""",
    "starters": "game_id TEXT, season TEXT, player_id INTEGER",
    "players": """player_id INTEGER, player_name TEXT, birthdate TEXT, height TEXT,
        weight REAL, country TEXT""",
    "player_seasons": "player_id INTEGER, season TEXT, position TEXT, age REAL",
    "impact_lineup_stints": f"""game_id TEXT, season TEXT, stint_idx INTEGER,
        period INTEGER, start_elapsed REAL, end_elapsed REAL, seconds REAL, {_TEN},
        home_pts INTEGER, away_pts INTEGER, home_poss INTEGER, away_poss INTEGER""",
    "injury_reports": """report_at_et TEXT, game_date TEXT, game_time_et TEXT,
        matchup TEXT, team TEXT, player TEXT, status TEXT, reason TEXT""",
    "closing_lines": """game_id TEXT, season TEXT, game_date TEXT, home_spread REAL,
        total REAL, moneyline_home REAL, moneyline_away REAL""",
    "player_prop_lines": """season TEXT, game_date TEXT, player_name TEXT,
        bookmaker TEXT, market TEXT, line REAL, over_price REAL, under_price REAL,
        observed_at_utc TEXT""",
    "truth_players": """player_id INTEGER, season TEXT, offense_per_100 REAL,
        defense_per_100 REAL""",
    "truth_games": """game_id TEXT, season TEXT, home_win_probability REAL,
        expected_margin REAL, expected_total REAL""",
    "truth_minutes": """game_id TEXT, season TEXT, player_id INTEGER,
        expected_minutes REAL""",
}


class LeagueFile:
    """Writes tables into a temporary file that takes its name at the end.

    Parameters
    ----------
    out : Path
        Replaced when the work is done, left alone when it fails.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._part = out.with_name(f".{out.name}.part")
        self.rows = dict.fromkeys(SCHEMA, 0)

    def __enter__(self) -> LeagueFile:
        self._out.parent.mkdir(parents=True, exist_ok=True)
        self._part.unlink(missing_ok=True)
        self._connection = sqlite3.connect(self._part)
        self._connection.execute("pragma journal_mode = off")
        self._connection.execute("pragma synchronous = off")
        for table, columns in SCHEMA.items():
            self._connection.execute(f"create table {table} ({columns})")
        return self

    def append(self, table: str, columns: Columns) -> None:
        """Add rows.

        Parameters
        ----------
        table : str
        columns : dict of list
            By column name, all of one length.
        """
        if not columns:
            return
        marks = ", ".join("?" * len(columns))
        names = ", ".join(columns)
        self._connection.executemany(
            f"insert into {table} ({names}) values ({marks})",
            zip(*columns.values(), strict=True),
        )
        self.rows[table] += len(next(iter(columns.values())))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._connection.commit()
        self._connection.close()
        if kind is None:
            self._part.replace(self._out)
        else:
            self._part.unlink(missing_ok=True)
