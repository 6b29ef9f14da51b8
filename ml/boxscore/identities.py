"""What holds in every box score, asked of every draw."""

from __future__ import annotations

import numpy as np

from ml.arrays import Bools, Ints
from ml.boxscore.sample import BoxSample
from ml.errors import ModelError


def check_identities(sample: BoxSample) -> None:
    """Refuse a sample that breaks an identity of a box score in any draw.

    Raises
    ------
    ModelError
        Naming the game, the identity and in how many draws it is broken.
    """
    for name, held in identities(sample).items():
        broken = int((~held).sum())
        if broken:
            raise ModelError(
                f"game {sample.game_id}: {name} is broken in {broken} of "
                f"{len(held)} draws"
            )


def identities(sample: BoxSample) -> dict[str, Bools]:
    """Say in which draws each identity holds.

    Returns
    -------
    dict of str to ndarray of bool, shape (n_draws,)
        By identity.
    """
    box = {name: values.astype(np.int64) for name, values in sample.box.items()}
    home = sample.team_id == sample.team_id[0]
    length = 48 + 5 * sample.overtimes
    absent = box["min"] == 0

    def team(name: str, side: Bools) -> Ints:
        return np.asarray(box[name][:, side].sum(axis=1))

    def all_players(held: Bools) -> Bools:
        return np.asarray(held.all(axis=1))

    counted = np.stack([values for name, values in box.items() if name != "min"])
    return {
        "players' points sum to the team's": (
            (team("pts", home) == sample.points[:, 0])
            & (team("pts", ~home) == sample.points[:, 1])
        ),
        "minutes sum to 240 + 25 per overtime": (
            (team("min", home) == 5 * length) & (team("min", ~home) == 5 * length)
        ),
        "nobody plays longer than the game": all_players(box["min"] <= length[:, None]),
        "points = 2 FG2M + 3 FG3M + FTM": all_players(
            box["pts"] == 2 * box["fgm"] + box["fg3m"] + box["ftm"]
        ),
        "makes do not exceed tries": all_players(
            (box["fgm"] <= box["fga"])
            & (box["fg3m"] <= box["fg3a"])
            & (box["ftm"] <= box["fta"])
        ),
        "threes are field goals": all_players(
            (box["fg3m"] <= box["fgm"])
            & (box["fg3a"] - box["fg3m"] <= box["fga"] - box["fgm"])
        ),
        "rebounds = offensive + defensive": all_players(
            box["reb"] == box["oreb"] + box["dreb"]
        ),
        "nothing is negative": np.asarray((counted >= 0).all(axis=(0, 2))),
        "who does not play does nothing": np.asarray(
            ~((counted != 0) & absent).any(axis=(0, 2))
        ),
        "nobody has more than six fouls": all_players(box["pf"] <= 6),
    }
