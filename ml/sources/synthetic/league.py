"""A whole league, from its founding to tonight."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from ml.arrays import Ints
from ml.errors import SettingsError
from ml.sources.synthetic.franchises import FRANCHISES
from ml.sources.synthetic.market import draw_lines
from ml.sources.synthetic.matchups import FULL_SEASON
from ml.sources.synthetic.moves import summer_moves, trade_columns
from ml.sources.synthetic.offseason import found_league, next_appeal, pass_summer
from ml.sources.synthetic.players import POSITIONS, Players
from ml.sources.synthetic.props import prop_columns
from ml.sources.synthetic.reports import report_rows
from ml.sources.synthetic.season import Season, play_season
from ml.sources.synthetic.skills import impact
from ml.sources.synthetic.store import SCHEMA, LeagueFile, write_league
from ml.sources.synthetic.tables import (
    Columns,
    game_columns,
    line_columns,
    player_columns,
    starter_columns,
    stint_columns,
    team_columns,
    truth_game_columns,
    truth_minute_columns,
)
from ml.sources.synthetic.truth import expect

LAST_YEAR = 2023
MAX_SEASONS = 60
_PACES = 1  # names the random numbers of players' paces
_REPORT_NAMES = [part.split()[0] for part in SCHEMA["injury_reports"].split(",")]


@dataclass(frozen=True)
class SimulationSummary:
    """What was written.

    Attributes
    ----------
    out : Path
    seasons : tuple of str
    n_games : int
        Played games.
    n_scheduled : int
        Games still to come.
    tonight : str or None
        Date of the first game to come.
    rows : dict of str to int
        Rows by table.
    """

    out: Path
    seasons: tuple[str, ...]
    n_games: int
    n_scheduled: int
    tonight: str | None
    rows: dict[str, int]


def simulate_league(
    out: Path,
    *,
    n_seasons: int = 3,
    random_state: int = 0,
    n_games_per_team: int = FULL_SEASON,
    scheduled_days: int = 1,
    last_season_complete: bool = False,
    pace_spread: float = 0.0,
) -> SimulationSummary:
    """Simulate a league and write it as a source database.

    Same tables and columns as the source contract, plus ``truth_players``,
    ``truth_games`` and ``truth_minutes``. The last season is 2023-24.

    Parameters
    ----------
    out : Path
        The SQLite file; replaced when the league is complete.
    n_seasons : int, default 3
    random_state : int, default 0
        The same state gives the same content.
    n_games_per_team : int, default 82
        Games of a team in a regular season; fewer make a quick league.
    scheduled_days : int, default 1
        Days of games without results, and with injury reports, at the end of an
        unfinished last season.
    last_season_complete : bool, default False
        Play the last season to its final instead of stopping in February; then
        nothing is left scheduled.
    pace_spread : float, default 0.0
        Standard deviation of how much faster games go with a player (possessions of a
        side per 48 minutes); at 0 players differ in skill only. About 0.8 in the NBA.

    Returns
    -------
    SimulationSummary

    Raises
    ------
    SettingsError
        If an argument is out of its range.
    """
    _check("n_seasons", n_seasons, 1, MAX_SEASONS)
    _check("n_games_per_team", n_games_per_team, 8, FULL_SEASON)
    _check("scheduled_days", scheduled_days, 0, 14)
    _check("random_state", random_state, 0, 2**63 - 1)
    _check("pace_spread", pace_spread, 0, 3)
    root = np.random.SeedSequence(random_state)
    paces = np.random.SeedSequence([random_state, _PACES])
    players = Players(pace_rng=np.random.default_rng(paces), pace_spread=pace_spread)
    rosters: Ints | None = None
    last: Season | None = None
    labels: list[str] = []
    appeal = np.zeros(len(FRANCHISES))
    with write_league(Path(out)) as file:
        _write_teams(file)
        for year in range(LAST_YEAR - n_seasons + 1, LAST_YEAR + 1):
            rng = np.random.default_rng(root.spawn(1)[0])
            appeal = next_appeal(appeal, rng)
            before = None if last is None else last.final_rosters
            if rosters is None or last is None:
                rosters = found_league(players, year + 0.8, appeal, rng)
            else:
                rosters = pass_summer(
                    last.final_rosters,
                    players,
                    year + 0.8,
                    strength=last.strength,
                    appeal=appeal,
                    rng=rng,
                )
            last = play_season(
                players,
                rosters,
                year,
                n_games_per_team=n_games_per_team,
                scheduled_days=scheduled_days,
                complete=year < LAST_YEAR or last_season_complete,
                rng=rng,
            )
            if before is not None:
                file.append(
                    "transactions",
                    summer_moves(
                        before,
                        rosters,
                        last.first_day,
                        players.names,
                        players.player_id,
                    ),
                )
            _write_season(file, last, players, year, rng)
            labels.append(last.label)
        _write_players(file, players)
    regular = last.blocks[0] if last else None
    coming = [] if regular is None else regular.day[regular.n_played :].tolist()
    return SimulationSummary(
        out=Path(out),
        seasons=tuple(labels),
        n_games=file.rows["games"] - len(coming),
        n_scheduled=len(coming),
        tonight=(
            str(last.first_day + timedelta(days=coming[0])) if coming and last else None
        ),
        rows=dict(file.rows),
    )


def _check(name: str, value: float, low: int, high: int) -> None:
    if value < low:
        raise SettingsError(f"{name} must be >= {low}, got {value}")
    if value > high:
        raise SettingsError(f"{name} must be <= {high}, got {value}")


def _write_teams(file: LeagueFile) -> None:
    file.append(
        "teams",
        {
            "team_id": [team.team_id for team in FRANCHISES],
            "team_abbreviation": [team.abbreviation for team in FRANCHISES],
            "team_name": [team.name for team in FRANCHISES],
        },
    )


def _write_season(
    file: LeagueFile,
    season: Season,
    players: Players,
    year: int,
    rng: np.random.Generator,
) -> None:
    ids, names = players.player_id, players.names
    label, first_day = season.label, season.first_day
    for block in season.blocks:
        truth = expect(block.gameday.slate)
        lines = draw_lines(truth, rng)
        file.append("games", game_columns(block, label, first_day, rng))
        file.append("team_game_stats", team_columns(block, label, first_day))
        file.append(
            "player_game_stats", player_columns(block, label, first_day, names, ids)
        )
        file.append("starters", starter_columns(block, label, ids))
        file.append("impact_lineup_stints", stint_columns(block, label, ids))
        file.append("closing_lines", line_columns(block, label, first_day, lines))
        file.append("truth_games", truth_game_columns(block, label, truth))
        file.append("truth_minutes", truth_minute_columns(block, label, ids))
        reports = report_rows(block, first_day, names, rng)
        parts = [list(part) for part in zip(*reports, strict=True)]
        file.append("injury_reports", dict(zip(_REPORT_NAMES, parts, strict=False)))
        file.append(
            "player_prop_lines",
            prop_columns(block, label, first_day, names, rng),
        )
    regular = season.blocks[0]
    # Of a season that stops, what is yet to come is told of nowhere.
    n_days = int(regular.day[min(regular.n_played, len(regular.day) - 1)])
    moves = trade_columns(season.cast, first_day, n_days, names, ids)
    file.append("transactions", moves)
    active = np.flatnonzero(players.active)
    offence, defence = impact(season.cast.skills, players.active)
    file.append(
        "truth_players",
        {
            "player_id": ids[active].tolist(),
            "season": [label] * len(active),
            "offense_per_100": offence[active].tolist(),
            "defense_per_100": defence[active].tolist(),
            "pace_per_48": players.pace[active].tolist(),
        },
    )
    file.append(
        "player_seasons",
        {
            "player_id": ids[active].tolist(),
            "season": [label] * len(active),
            "position": [POSITIONS[at] for at in players.position[active]],
            "age": np.floor(players.age(year + 1.1))[active].tolist(),
        },
    )


def _write_players(file: LeagueFile, players: Players) -> None:
    columns: Columns = {
        "player_id": players.player_id.tolist(),
        "player_name": players.names,
        "birthdate": [_birthdate(moment) for moment in players.birth_year],
        "height": [f"{inches // 12}-{inches % 12}" for inches in players.height_inches],
        "weight": players.weight_pounds.astype(float).tolist(),
        "country": players.country,
    }
    file.append("players", columns)


def _birthdate(moment: float) -> str:
    year = math.floor(moment)
    return str(date(year, 1, 1) + timedelta(days=int((moment - year) * 365)))
