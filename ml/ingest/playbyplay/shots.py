"""Shots by zone, and fouls: who drew what from whom."""

from __future__ import annotations

import math
import re

from ml.ingest.playbyplay.events import FOUL, MADE, MISS
from ml.ingest.playbyplay.game import AWAY, HOME, Game

RIM, SHORT_MID, LONG_MID = "rim", "short_mid", "long_mid"
CORNER_THREE, ABOVE_BREAK_THREE = "corner_three", "above_break_three"
ZONES = (RIM, SHORT_MID, LONG_MID, CORNER_THREE, ABOVE_BREAK_THREE)

RIM_FEET = 4
SHORT_MID_FEET = 14
ARC_FEET = 24

_AT_RIM = re.compile(r"Dunk|Layup|Tip|Putback|Finger Roll")

_FOUL_KINDS = {
    1: "personal", 2: "shooting", 3: "loose_ball", 4: "offensive", 5: "inbound",
    6: "away_from_play", 9: "clear_path", 10: "double_personal", 11: "technical",
    12: "technical", 13: "technical", 14: "flagrant", 15: "flagrant",
    16: "technical", 17: "defensive_three_seconds", 18: "technical",
    19: "technical", 25: "technical", 26: "offensive", 27: "personal",
    28: "take", 29: "shooting", 30: "technical", 31: "take", 32: "technical",
    33: "technical",
}  # fmt: skip

SHOT_COLUMNS = (
    "game_id", "event_num", "period", "elapsed", "team_id", "player_id", "zone",
    "distance_feet", "is_three", "is_made", "is_assisted", "assist_player_id",
    "block_player_id",
)  # fmt: skip
FOUL_COLUMNS = (
    "game_id", "event_num", "period", "elapsed", "team_id", "player_id",
    "drawn_by_player_id", "kind",
)  # fmt: skip


def shot_zone(*, is_three: bool, feet: float, text: str) -> str:
    """Name the zone of a shot.

    The text gives no side of the court. Threes nearer than 24 feet, which it writes
    without a distance, can only come from the corners; corner shots from 24 feet on
    (players stand behind the line, which is at 22) cannot be told from those above
    the break and count there. So `corner_three` is a lower bound: about 15 % of
    threes, where the courts' own charts have about 24 %.

    Parameters
    ----------
    is_three : bool
        Whether the shot is worth three.
    feet : float
        Distance from the basket (feet); nan where the text has none.
    text : str
        The description, which tells a dunk or layup without a distance.

    Returns
    -------
    str
        One of `ZONES`.
    """
    if is_three:
        return ABOVE_BREAK_THREE if feet >= ARC_FEET else CORNER_THREE
    if math.isnan(feet):
        return RIM if _AT_RIM.search(text) else SHORT_MID
    if feet <= RIM_FEET:
        return RIM
    return SHORT_MID if feet < SHORT_MID_FEET else LONG_MID


def shot_rows(game: Game) -> list[tuple[object, ...]]:
    """Return the shots of a game from the field.

    Parameters
    ----------
    game : Game
        The game.

    Returns
    -------
    list of tuple
        Rows of `SHOT_COLUMNS`; missing players are None.
    """
    result: list[tuple[object, ...]] = []
    for row, kind in enumerate(game.kind):
        if kind not in (MADE, MISS) or game.team_side[row] not in (HOME, AWAY):
            continue
        shooter, second, third = game.players[row]
        is_made = kind == MADE
        feet, is_three = game.distance[row], game.is_three[row]
        result.append(
            (
                game.game_id,
                game.event_num[row],
                game.period[row],
                game.elapsed[row],
                game.team_ids[game.team_side[row]],
                shooter,
                shot_zone(is_three=is_three, feet=feet, text=game.text[row]),
                None if math.isnan(feet) else feet,
                is_three,
                is_made,
                is_made and second != 0,
                second if is_made and second else None,
                third or None,
            )
        )
    return result


def foul_events(game: Game) -> list[tuple[object, ...]]:
    """Return the fouls of a game.

    Parameters
    ----------
    game : Game
        The game.

    Returns
    -------
    list of tuple
        Rows of `FOUL_COLUMNS`; the player is None for a foul of the team or bench.
    """
    result: list[tuple[object, ...]] = []
    for row, kind in enumerate(game.kind):
        if kind != FOUL or game.team_side[row] not in (HOME, AWAY):
            continue
        player, drawn_by, _ = game.players[row]
        result.append(
            (
                game.game_id,
                game.event_num[row],
                game.period[row],
                game.elapsed[row],
                game.team_ids[game.team_side[row]],
                player if player in game.sides else None,
                drawn_by if drawn_by in game.sides else None,
                _FOUL_KINDS.get(game.action[row], "other"),
            )
        )
    return result
