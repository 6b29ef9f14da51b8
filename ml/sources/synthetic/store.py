"""The SQLite file of a simulated league, written season by season."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from ml.errors import SettingsError, StorageError
from ml.sources.synthetic.tables import Columns
from ml.storage.files import replacing, require_regular

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
        away_pts INTEGER, periods REAL, is_neutral_site INTEGER""",
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
    "transactions": """transaction_date TEXT, known_date TEXT, day_order INTEGER,
        transaction_type TEXT, player_id INTEGER, player_name TEXT,
        from_team_id INTEGER, to_team_id INTEGER, contract_kind TEXT, source TEXT""",
    "closing_lines": """game_id TEXT, season TEXT, game_date TEXT, home_spread REAL,
        total REAL, moneyline_home REAL, moneyline_away REAL""",
    "player_prop_lines": """season TEXT, game_date TEXT, player_name TEXT,
        bookmaker TEXT, market TEXT, line REAL, over_price REAL, under_price REAL,
        observed_at_utc TEXT""",
    "truth_players": """player_id INTEGER, season TEXT, offense_per_100 REAL,
        defense_per_100 REAL, pace_per_48 REAL""",
    "truth_games": """game_id TEXT, season TEXT, home_win_probability REAL,
        expected_margin REAL, expected_total REAL""",
    "truth_minutes": """game_id TEXT, season TEXT, player_id INTEGER,
        expected_minutes REAL""",
}


class LeagueFile:
    """Tables of a league that is being written.

    Parameters
    ----------
    connection : sqlite3.Connection
        To an empty file.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.rows = dict.fromkeys(SCHEMA, 0)
        for table, columns in SCHEMA.items():
            connection.execute(f"create table {table} ({columns})")

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


def require_replaceable(out: Path) -> None:
    """Refuse to put a league in the place of a file that is none of ours.

    Parameters
    ----------
    out : Path
        Where a league shall be written.

    Raises
    ------
    SettingsError
        If something is there that is no simulated league, such as a real one.
    """
    if not os.path.lexists(out):
        return
    try:
        require_regular(out)
        uri = f"file:{quote(str(out))}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as there:
            is_ours = there.execute(
                "select count(*) from sqlite_master where name = 'truth_players'"
            ).fetchone() == (1,)
    except (StorageError, FileNotFoundError, sqlite3.Error):
        is_ours = False
    if not is_ours:
        raise SettingsError(
            f"{out} is there and no simulated league: it is not overwritten",
            "give another name, or move it away",
        )


@contextmanager
def write_league(out: Path) -> Iterator[LeagueFile]:
    """Open a league for writing; it takes its name when everything is written.

    Parameters
    ----------
    out : Path
        Replaced when the work is done, left alone when it fails; an existing file has
        to be a simulated league too.

    Yields
    ------
    LeagueFile
    """
    require_replaceable(out)
    with replacing(out) as temporary, closing(sqlite3.connect(temporary)) as connection:
        connection.execute("pragma journal_mode = off")
        connection.execute("pragma synchronous = off")
        yield LeagueFile(connection)
        connection.commit()
