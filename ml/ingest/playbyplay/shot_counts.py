"""Shots and fouls of a game counted by player: where from, made, assisted, drawn."""

from __future__ import annotations

import pandas as pd

from ml.ingest.playbyplay.shots import ZONES

# Fouls that nobody draws by playing.
_NOT_DRAWN = frozenset({"technical", "defensive_three_seconds", "double_personal"})

SHOT_COUNTS = (
    *(f"{zone}_{what}" for zone in ZONES for what in ("fga", "fgm")),
    "assisted_fgm",
    "shooting_fouls_drawn",
    "fouls_drawn",
)


def count_shots(shots: pd.DataFrame, fouls: pd.DataFrame) -> pd.DataFrame:
    """Count the shots and the fouls drawn of every player.

    Parameters
    ----------
    shots : DataFrame
        `ml.ingest.playbyplay.shots.SHOT_COLUMNS`.
    fouls : DataFrame
        `ml.ingest.playbyplay.shots.FOUL_COLUMNS`. A foul counts for the side that
        did not commit it; offensive fouls drawn count too.

    Returns
    -------
    DataFrame
        One row per game, team and player with a shot or a foul drawn:
        ``game_id, team_id, player_id`` and `SHOT_COUNTS`.
    """
    key = ["game_id", "team_id", "player_id"]
    columns = {}
    for zone in ZONES:
        in_zone = shots["zone"] == zone
        columns[f"{zone}_fga"] = in_zone
        columns[f"{zone}_fgm"] = in_zone & shots["is_made"].astype(bool)
    columns["assisted_fgm"] = shots["is_assisted"].astype(bool)
    taken = shots[key].assign(**columns)
    drawn = _drawn(fouls, shots)
    counts = pd.concat([taken, drawn], ignore_index=True).astype(
        dict.fromkeys(key, object)
    )
    counts[list(SHOT_COUNTS)] = counts[list(SHOT_COUNTS)].fillna(0).astype("int64")
    summed = counts.groupby(key, as_index=False)[list(SHOT_COUNTS)].sum()
    return summed.astype({"team_id": "int64", "player_id": "int64"})


def _drawn(fouls: pd.DataFrame, shots: pd.DataFrame) -> pd.DataFrame:
    """Return the fouls drawn, with the team of whoever drew them."""
    known = fouls[fouls["drawn_by_player_id"].notna() & ~fouls["kind"].isin(_NOT_DRAWN)]
    both = pd.concat([shots[["game_id", "team_id"]], fouls[["game_id", "team_id"]]])
    sides = both.drop_duplicates()
    pairs = sides.merge(sides, on="game_id", suffixes=("", "_other"))
    pairs = pairs[pairs["team_id"] != pairs["team_id_other"]]
    drawn = known.merge(pairs, on=["game_id", "team_id"])
    return pd.DataFrame(
        {
            "game_id": drawn["game_id"],
            "team_id": drawn["team_id_other"],
            "player_id": drawn["drawn_by_player_id"],
            "shooting_fouls_drawn": drawn["kind"] == "shooting",
            "fouls_drawn": True,
        }
    )
