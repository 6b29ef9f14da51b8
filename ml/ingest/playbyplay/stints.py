"""Stints: stretches of a game with the same ten on court, and what each side did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from ml.ingest.playbyplay.actors import Unresolved
from ml.ingest.playbyplay.events import FREE_THROW, period_seconds, period_start_seconds
from ml.ingest.playbyplay.game import AWAY, HOME, Game, split_games
from ml.ingest.playbyplay.lineups import Lineups, resolve_lineups
from ml.ingest.playbyplay.possessions import foul_rows, possession_ends
from ml.ingest.playbyplay.shots import (
    FOUL_COLUMNS,
    SHOT_COLUMNS,
    foul_events,
    shot_rows,
)
from ml.ingest.playbyplay.silent import Five

STINT_COLUMNS = (
    "game_id", "stint_idx", "period", "start_elapsed", "end_elapsed", "seconds",
    "home_p1", "home_p2", "home_p3", "home_p4", "home_p5",
    "away_p1", "away_p2", "away_p3", "away_p4", "away_p5",
    "home_pts", "away_pts", "home_poss", "away_poss",
)  # fmt: skip
_UNRESOLVED_COLUMNS = ("game_id", "reason")


@dataclass(frozen=True)
class Stints:
    """What play-by-play tells about games.

    Attributes
    ----------
    stints : DataFrame
        One row per stint: `STINT_COLUMNS`, seconds since tip-off, sorted players.
    shots : DataFrame
        One row per shot from the field: `ml.ingest.playbyplay.shots.SHOT_COLUMNS`.
    fouls : DataFrame
        One row per foul: `ml.ingest.playbyplay.shots.FOUL_COLUMNS`.
    unresolved : DataFrame
        ``game_id, reason`` of the games without stints.
    """

    stints: pd.DataFrame
    shots: pd.DataFrame
    fouls: pd.DataFrame
    unresolved: pd.DataFrame


@dataclass
class _Stint:
    period: int
    start: int
    end: int
    fives: tuple[Five, Five]
    points: list[int]
    possessions: list[int]

    @property
    def is_empty(self) -> bool:
        return self.end == self.start and not any(self.points + self.possessions)


def build_stints(
    events: pa.Table,
    games: pd.DataFrame,
    player_game_stats: pd.DataFrame | None = None,
) -> Stints:
    """Cut games into stints and list their shots and fouls.

    Parameters
    ----------
    events : pyarrow.Table
        As `ml.ingest.playbyplay.events.read_play_by_play` returns them.
    games : DataFrame
        ``game_id, home_team_id, away_team_id, home_pts, away_pts``. Games without
        points (not yet played) are left out.
    player_game_stats : DataFrame, optional
        ``game_id, player_id, min``: settles who played a whole period without an
        event.

    Returns
    -------
    Stints
        Every played game is either in `stints` or, with the reason, in `unresolved`.
        Shots and fouls need no lineups and are there for both.
    """
    played = games[games["home_pts"].notna()]
    finals = {
        game_id: (int(home), int(away))
        for game_id, home, away in zip(
            played["game_id"], played["home_pts"], played["away_pts"], strict=True
        )
    }
    minutes = _minutes(player_game_stats)
    stints: list[tuple[object, ...]] = []
    shots: list[tuple[object, ...]] = []
    fouls: list[tuple[object, ...]] = []
    reasons = dict.fromkeys(finals, "no play-by-play")
    for game in split_games(events, played):
        del reasons[game.game_id]
        shots += shot_rows(game)
        fouls += foul_events(game)
        try:
            _check_score(game, finals[game.game_id])
            stints += game_stints(game, minutes.get(game.game_id))
        except Unresolved as error:
            reasons[game.game_id] = str(error)
    return Stints(
        stints=pd.DataFrame(stints, columns=list(STINT_COLUMNS)),
        shots=_typed(shots, SHOT_COLUMNS),
        fouls=_typed(fouls, FOUL_COLUMNS),
        unresolved=pd.DataFrame(
            sorted(reasons.items()), columns=list(_UNRESOLVED_COLUMNS)
        ),
    )


def game_stints(
    game: Game, minutes: dict[int, float] | None = None
) -> list[tuple[object, ...]]:
    """Cut one game into stints.

    Parameters
    ----------
    game : Game
        Events in playing order.
    minutes : dict of int to float, optional
        Minutes played by player, from the box score.

    Returns
    -------
    list of tuple
        Rows of `STINT_COLUMNS`, in playing order.

    Raises
    ------
    Unresolved
        If the events do not determine the lineups.
    """
    lineups = resolve_lineups(game, minutes)
    stints, index = _segments(game, lineups)
    fouls = foul_rows(game)
    for row, points in enumerate(game.points):
        if points:
            source = fouls[row] if game.kind[row] == FREE_THROW else row
            stints[index[source]].points[game.team_side[row]] += points
    for end in possession_ends(game):
        stints[index[end.credit_row]].possessions[end.side] += 1
    return [
        (
            game.game_id,
            number,
            stint.period,
            stint.start,
            stint.end,
            stint.end - stint.start,
            *stint.fives[HOME],
            *stint.fives[AWAY],
            *stint.points,
            *stint.possessions,
        )
        for number, stint in enumerate(_merged(stints))
    ]


def _segments(game: Game, lineups: Lineups) -> tuple[list[_Stint], list[int]]:
    """Return the stretches between changes, and each event's stretch."""
    stints: list[_Stint] = []
    index: list[int] = []
    for row, period in enumerate(game.period):
        fives = lineups.after[row]
        now = game.elapsed[row]
        if not stints or stints[-1].period != period:
            start = period_start_seconds(period)
            first = (lineups.starters[period, HOME], lineups.starters[period, AWAY])
            end = start + period_seconds(period)
            stints.append(_Stint(period, start, end, first, [0, 0], [0, 0]))
        if fives != stints[-1].fives:
            end = stints[-1].end
            stints[-1].end = now
            stints.append(_Stint(period, now, end, fives, [0, 0], [0, 0]))
        index.append(len(stints) - 1)
    return stints, index


def _merged(stints: Iterable[_Stint]) -> list[_Stint]:
    """Drop moments between two substitutions and join what they had parted."""
    result: list[_Stint] = []
    for stint in stints:
        if stint.is_empty:
            continue
        last = result[-1] if result else None
        if last and (last.period, last.fives) == (stint.period, stint.fives):
            last.end = stint.end
            for side in (HOME, AWAY):
                last.points[side] += stint.points[side]
                last.possessions[side] += stint.possessions[side]
        else:
            result.append(stint)
    return result


def _check_score(game: Game, final: tuple[int, int]) -> None:
    scored = [0, 0]
    for side, points in zip(game.team_side, game.points, strict=True):
        if points:
            scored[side] += points
    if tuple(scored) != final:
        raise Unresolved(
            f"the events add up to {scored[HOME]}-{scored[AWAY]},"
            f" the final is {final[HOME]}-{final[AWAY]}"
        )


def _minutes(player_game_stats: pd.DataFrame | None) -> dict[str, dict[int, float]]:
    result: dict[str, dict[int, float]] = {}
    if player_game_stats is not None:
        columns = (player_game_stats[name] for name in ("game_id", "player_id", "min"))
        for game_id, player_id, minutes in zip(*columns, strict=True):
            result.setdefault(game_id, {})[int(player_id)] = float(minutes)
    return result


def _typed(rows: list[tuple[object, ...]], columns: tuple[str, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns))
    ids = [name for name in columns if name.endswith("player_id")]
    return frame.astype(dict.fromkeys(ids, "Int64"))
