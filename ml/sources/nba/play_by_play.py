"""Play-by-play of cdn.nba.com, in the layout that the parser of lineups reads."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd
import pyarrow as pa

from ml.ingest.playbyplay.events import (
    COLUMNS,
    EJECTION,
    FOUL,
    FREE_THROW,
    JUMP_BALL,
    MADE,
    MISS,
    PERIOD_END,
    PERIOD_START,
    REBOUND,
    SUBSTITUTION,
    TURNOVER,
    VIOLATION,
    order_events,
)
from ml.ingest.playbyplay.stints import Stints, build_stints
from ml.sources.nba.payload import Node, read_json

_CLOCK = re.compile(r"PT(\d+)M(\d+)(?:\.\d+)?S")
_TEXTS = ("game_id", "game_clock", "home_description", "away_description")
_TIMEOUT = 9
# What says nothing about who has the ball or is on court, or is told a second time:
# a block and a steal also stand in the shot and the turnover they belong to, and a
# heave that counts for the team is followed by the team's rebound.
_SAYS_NOTHING = frozenset(
    {
        "block",
        "steal",
        "heave",
        "stoppage",
        "game",
        "memo",
        "instantreplay",
        "challenge",
    }
)
# The numbers of play-by-play v2.
_FOULS = {
    "shooting": 2, "loose ball": 3, "offensive": 4, "inbound": 5,
    "away-from-play": 6, "clear-path": 9, "double": 10, "technical": 11,
    "flagrant-type-1": 14, "flagrant-type-2": 15, "double-technical": 16,
    "defensive-3-second": 17, "charge": 26, "take": 28, "transition take": 31,
}  # fmt: skip
_TRIPS = {
    (1, 1): 10, (1, 2): 11, (2, 2): 12, (1, 3): 13, (2, 3): 14, (3, 3): 15,
}  # fmt: skip
_FLAGRANT_TRIPS = {
    (1, 1): 20,
    (1, 2): 18,
    (2, 2): 19,
    (1, 3): 27,
    (2, 3): 28,
    (3, 3): 29,
}
_CLEAR_PATH_TRIPS = {(1, 2): 25, (2, 2): 26, (1, 1): 20}
_TECHNICAL_TRIPS = {(1, 1): 16, (1, 2): 21, (2, 2): 22}


@dataclass(frozen=True)
class PlayByPlay:
    """What happened in a game.

    Attributes
    ----------
    game_id : str
        The game.
    events : pyarrow.Table
        `ml.ingest.playbyplay.events.COLUMNS`, one row per event, as `order_events`
        takes them.
    tipoff : datetime or None
        When the game began (UTC); None where it has not.
    is_over : bool
        Whether the end of the game is in it.
    """

    game_id: str
    events: pa.Table
    tipoff: datetime | None
    is_over: bool


def parse_play_by_play(
    body: bytes, home_team_id: int, endpoint: str = "cdn playbyplay"
) -> PlayByPlay:
    """Read the play-by-play of one game.

    Parameters
    ----------
    body : bytes
        Of ``liveData/playbyplay/playbyplay_{game_id}.json``.
    home_team_id : int
        The team at home, from the schedule: the feed does not tell.
    endpoint : str
        What errors call it.

    Returns
    -------
    PlayByPlay

    Raises
    ------
    SourceError
        If the body is not of that form, or an action of a kind that scores is not
        understood.
    """
    game = read_json(body, endpoint).at("game")
    game_id = game.game_id("gameId")
    # Actions that were entered late lie where they belong, with a later number.
    actions = sorted(game.each("actions"), key=_place)
    exchanges = _Exchanges(home_team_id)
    rows: list[dict[str, object]] = []
    for action in actions:
        kind = action.text("actionType").lower()
        row = (
            exchanges.take(action)
            if kind == "substitution"
            else _event(action, kind, home_team_id)
        )
        if row is not None:
            rows.append(row)
    for number, row in enumerate(rows, start=1):
        row["event_num"] = number
        row["game_id"] = game_id
    columns = {
        name: pa.array(
            [row.get(name, "" if name in _TEXTS else 0) for row in rows],
            pa.string() if name in _TEXTS else pa.int64(),
        )
        for name in COLUMNS
    }
    return PlayByPlay(
        game_id=game_id,
        events=pa.table(columns),
        tipoff=_moment(actions[0]) if actions else None,
        is_over=any(
            action.text("actionType").lower() == "game"
            and action.text_or_none("subType") == "end"
            for action in actions
        ),
    )


def stints_of(
    plays: list[PlayByPlay], games: pd.DataFrame, player_game_stats: pd.DataFrame
) -> Stints:
    """Cut games into stints.

    Parameters
    ----------
    plays : list of PlayByPlay
        Games that are over.
    games : DataFrame
        ``game_id, home_team_id, away_team_id, home_pts, away_pts``.
    player_game_stats : DataFrame
        ``game_id, player_id, min``.

    Returns
    -------
    Stints
        As `ml.ingest.playbyplay.stints.build_stints` makes them of any play-by-play.
    """
    events = order_events(pa.concat_tables([each.events for each in plays]))
    wanted = games[games["game_id"].isin([each.game_id for each in plays])]
    return build_stints(events, wanted, player_game_stats)


def _place(action: Node) -> int:
    name = "orderNumber" if action.has("orderNumber") else "actionNumber"
    return action.integer(name)


def _moment(action: Node) -> datetime:
    return action.wall_clock("timeActual").replace(tzinfo=UTC)


def _clock(action: Node) -> str:
    found = action.text("clock")
    told = _CLOCK.fullmatch(found)
    if told is None:
        raise action.error("clock", found, "minutes and seconds (PT11M45.00S)")
    return f"{int(told[1])}:{int(told[2]):02}"


def _event(action: Node, kind: str, home_team_id: int) -> dict[str, object] | None:
    if kind in _SAYS_NOTHING:
        return None
    read = _READERS.get(kind)
    if read is None:
        if action.has("shotResult") or action.has("pointsTotal"):
            known = ", ".join(sorted(_READERS))
            raise action.error("actionType", kind, f"one of {known}")
        # A new kind of action that scores nothing is let through.
        return None
    event_type, action_type, text, others = read(action)
    team_id = action.integer_or_none("teamId") or 0
    player_id = action.integer("personId")
    # An event of a team carries the team in the player's place.
    row = _row(action, event_type, action_type)
    row["player1_id"] = player_id or team_id
    row["player1_team_id"] = team_id if player_id else 0
    row |= others
    side = "home" if team_id == home_team_id else "away"
    row[f"{side}_description"] = text
    return row


def _row(action: Node, event_type: int, action_type: int) -> dict[str, object]:
    return {
        "event_type": event_type,
        "action_type": action_type,
        "period": action.integer("period"),
        "game_clock": _clock(action),
    }


_Read = tuple[int, int, str, dict[str, object]]


def _shot(action: Node) -> _Read:
    result = action.text("shotResult")
    if result not in ("Made", "Missed"):
        raise action.error("shotResult", result, "Made or Missed")
    is_made = result == "Made"
    others: dict[str, object] = {}
    if is_made and action.has("assistPersonId"):
        others["player2_id"] = action.integer("assistPersonId")
        others["player2_team_id"] = action.integer("teamId")
    if not is_made and action.has("blockPersonId"):
        others["player3_id"] = action.integer("blockPersonId")
    worth = " 3PT" if action.text("actionType").lower() == "3pt" else ""
    feet = action.value.get("shotDistance")
    far = f" {round(float(feet))}'" if isinstance(feet, int | float) else ""
    name = action.text_or_none("playerName") or ""
    shot = f"{_title(action, 'descriptor')} {_title(action, 'subType')}"
    points = f" ({action.integer('pointsTotal')} PTS)" if is_made else ""
    miss = "" if is_made else "MISS "
    text = re.sub(" +", " ", f"{miss}{name}{far}{worth} {shot}{points}")
    return (MADE if is_made else MISS), 0, text, others


def _title(action: Node, name: str) -> str:
    return (action.text_or_none(name) or "").title()


def _free_throw(action: Node) -> _Read:
    found = action.text("subType")
    told = re.fullmatch(r"(\d) of (\d)", found)
    if told is None:
        raise action.error("subType", found, "1 of 2")
    descriptor = (action.text_or_none("descriptor") or "").lower()
    numbers = _TRIPS
    for word, its in (
        ("technical", _TECHNICAL_TRIPS),
        ("flagrant", _FLAGRANT_TRIPS),
        ("clear", _CLEAR_PATH_TRIPS),
    ):
        if word in descriptor:
            numbers = its
    trip = numbers.get((int(told[1]), int(told[2])), 0)
    name = action.text_or_none("playerName") or ""
    text = f"{name} Free Throw {found}"
    if action.text("shotResult") == "Made":
        text += f" ({action.integer('pointsTotal')} PTS)"
    else:
        text = f"MISS {text}"
    return FREE_THROW, trip, text, {}


def _foul(action: Node) -> _Read:
    sub_type = action.text("subType").lower()
    descriptor = (action.text_or_none("descriptor") or "").lower()
    number = _FOULS.get(descriptor, _FOULS.get(sub_type, 1))
    if sub_type == "technical" and number not in (16, 17):
        number = 11
    others: dict[str, object] = {}
    if action.has("foulDrawnPersonId"):
        others["player2_id"] = action.integer("foulDrawnPersonId")
    return FOUL, number, action.text("description"), others


def _turnover(action: Node) -> _Read:
    others: dict[str, object] = {}
    if action.has("stealPersonId"):
        others["player2_id"] = action.integer("stealPersonId")
    return TURNOVER, 0, action.text("description"), others


def _jump_ball(action: Node) -> _Read:
    # The ball may go to a third: who jumped stands in fields of his own.
    others: dict[str, object] = {
        f"player{place}_id": action.integer(name)
        for place, name in ((2, "jumpBallLostPersonId"), (3, "jumpBallWonPersonId"))
        if action.has(name)
    }
    return JUMP_BALL, 0, action.text("description"), others


def _plain(number: int) -> Callable[[Node], _Read]:
    def read(action: Node) -> _Read:
        return number, 0, action.text_or_none("description") or "", {}

    return read


def _period(action: Node) -> _Read:
    sub_type = action.text("subType").lower()
    if sub_type not in ("start", "end"):
        raise action.error("subType", sub_type, "start or end")
    return (PERIOD_START if sub_type == "start" else PERIOD_END), 0, "", {}


_READERS = {
    "2pt": _shot,
    "3pt": _shot,
    "freethrow": _free_throw,
    "rebound": _plain(REBOUND),
    "turnover": _turnover,
    "foul": _foul,
    "violation": _plain(VIOLATION),
    "jumpball": _jump_ball,
    "ejection": _plain(EJECTION),
    "timeout": _plain(_TIMEOUT),
    "period": _period,
}


class _Exchanges:
    """Pairs those who leave with those who enter; each is an action of his own."""

    def __init__(self, home_team_id: int) -> None:
        self._home_team_id = home_team_id
        self._waiting: dict[tuple[int, int, str, str], list[Node]] = {}

    def take(self, action: Node) -> dict[str, object] | None:
        """Return the exchange that this half completes; None while one is missing."""
        team_id = action.integer("teamId")
        sub_type = action.text("subType").lower()
        if sub_type not in ("in", "out"):
            raise action.error("subType", sub_type, "in or out")
        moment = (team_id, action.integer("period"), _clock(action))
        other = "out" if sub_type == "in" else "in"
        partners = self._waiting.get((*moment, other))
        if not partners:
            self._waiting.setdefault((*moment, sub_type), []).append(action)
            return None
        partner = partners.pop(0)
        out, into = (partner, action) if sub_type == "in" else (action, partner)
        side = "home" if team_id == self._home_team_id else "away"
        names = [each.text_or_none("playerName") or "" for each in (into, out)]
        return _row(action, SUBSTITUTION, 0) | {
            "player1_id": out.integer("personId"),
            "player1_team_id": team_id,
            "player2_id": into.integer("personId"),
            "player2_team_id": team_id,
            f"{side}_description": f"SUB: {names[0]} FOR {names[1]}",
        }
