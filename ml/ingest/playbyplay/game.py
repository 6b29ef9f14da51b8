"""One game's events as plain lists, with the side of everyone named in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ml.ingest.playbyplay.events import FREE_THROW, MADE

HOME, AWAY, NOBODY = 0, 1, -1


@dataclass(frozen=True)
class Game:
    """The events of one game in playing order; lists share their index.

    Attributes
    ----------
    game_id : str
        The game.
    team_ids : tuple of int
        Home and away.
    event_num, kind, action, period, elapsed : list of int
        As in the file; `elapsed` in seconds since tip-off.
    players : list of tuple of int
        The up to three ids of an event; 0 where there is none.
    team_side : list of int
        The side that an event belongs to by its first team id; -1 unknown.
    points : list of int
        Points that the event scored.
    is_three : list of bool
        Whether a shot is a three-pointer.
    distance : list of float
        Feet; nan where the text tells none.
    text : list of str
        The description of the shot, for naming its kind.
    sides : dict of int to int
        Player to side.
    """

    game_id: str
    team_ids: tuple[int, int]
    event_num: list[int]
    kind: list[int]
    action: list[int]
    period: list[int]
    elapsed: list[int]
    players: list[tuple[int, int, int]]
    team_side: list[int]
    points: list[int]
    is_three: list[bool]
    distance: list[float]
    text: list[str]
    sides: dict[int, int]


def split_games(events: pa.Table, games: pd.DataFrame) -> Iterator[Game]:
    """Cut a table of ordered events into games.

    Parameters
    ----------
    events : pyarrow.Table
        As `ml.ingest.playbyplay.events.order_events` returns them.
    games : DataFrame
        ``game_id, home_team_id, away_team_id``; events of other games are left out.

    Yields
    ------
    Game
        In order of `game_id`.
    """
    columns_of_teams = (
        games[f"{name}_team_id"].astype(int) for name in ("home", "away")
    )
    teams = dict(
        zip(games["game_id"], zip(*columns_of_teams, strict=True), strict=True)
    )
    kinds = events["event_type"].to_numpy()
    home_text = events["home_description"]
    away_text = events["away_description"]
    first_team = _first_team(events)
    text = _shot_text(home_text, away_text)
    is_three = pc.match_substring(text, "3PT").to_numpy()
    # A made free throw's text carries the shooter's points; an entry with neither
    # "MISS" nor points is an empty one and scored nothing.
    is_scored = pc.match_substring(text, " PTS)").to_numpy()
    points = np.where(
        kinds == MADE,
        np.where(is_three, 3, 2),
        np.where((kinds == FREE_THROW) & is_scored, 1, 0),
    )
    feet = pc.struct_field(pc.extract_regex(text, r"(?P<feet>\d+)' "), "feet")
    distance = feet.cast(pa.float64()).fill_null(np.nan).to_numpy()
    columns = {
        name: events[name].to_pylist()
        for name in (
            "event_num", "event_type", "action_type", "period", "elapsed",
            "player1_id", "player2_id", "player3_id",
            "player2_team_id", "player3_team_id",
        )
    }  # fmt: skip
    texts = text.to_pylist()
    game_ids = events["game_id"].to_numpy(zero_copy_only=False)
    if not len(game_ids):
        return
    starts = np.flatnonzero(np.r_[True, game_ids[1:] != game_ids[:-1]])
    for start, stop in zip(starts, np.r_[starts[1:], len(game_ids)], strict=True):
        game_id = str(game_ids[start])
        if game_id not in teams:
            continue
        cut = slice(int(start), int(stop))
        part = {name: values[cut] for name, values in columns.items()}
        players = list(
            zip(part["player1_id"], part["player2_id"], part["player3_id"], strict=True)
        )
        team_ids = teams[game_id]
        side_of = {team_ids[HOME]: HOME, team_ids[AWAY]: AWAY}
        team_side = [side_of.get(team, NOBODY) for team in first_team[cut].tolist()]
        second = [side_of.get(team, NOBODY) for team in part["player2_team_id"]]
        third = [side_of.get(team, NOBODY) for team in part["player3_team_id"]]
        yield Game(
            game_id=game_id,
            team_ids=team_ids,
            event_num=part["event_num"],
            kind=part["event_type"],
            action=part["action_type"],
            period=part["period"],
            elapsed=part["elapsed"],
            players=players,
            team_side=team_side,
            points=points[cut].tolist(),
            is_three=is_three[cut].tolist(),
            distance=distance[cut].tolist(),
            text=texts[cut],
            sides=_sides(players, team_side, second, third, team_ids),
        )


def _first_team(events: pa.Table) -> np.ndarray:
    """Return the team of the first player; team events carry it as the player."""
    team = events["player1_team_id"].to_numpy()
    player = events["player1_id"].to_numpy()
    first: np.ndarray = np.where(team == 0, player, team)
    return first


def _shot_text(home: pa.ChunkedArray, away: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the shooter's text; the other side's holds a block or a steal."""
    answer = pc.match_substring_regex(home, r" (BLOCK|STEAL) \(")
    use_away = pc.or_(pc.equal(home, ""), answer)
    return pc.if_else(use_away, away, home)


def _sides(
    players: list[tuple[int, int, int]],
    first: list[int],
    second: list[int],
    third: list[int],
    team_ids: tuple[int, int],
) -> dict[int, int]:
    """Return each player's side: the one most of his events name."""
    votes: Counter[tuple[int, int]] = Counter()
    for trio, *sides in zip(players, first, second, third, strict=True):
        for player, side in zip(trio, sides, strict=True):
            if player and side != NOBODY and player not in team_ids:
                votes[player, side] += 1
    result: dict[int, int] = {}
    for (player, side), _ in sorted(votes.items(), key=lambda item: (item[1], item[0])):
        result[player] = side
    return result
