"""Possessions of teams beside what box scores say, raw and completed.

Used by `impact_stints.py`.
"""

import pandas as pd

from ml.ingest.playbyplay.events import (
    FREE_THROW,
    MADE,
    MISS,
    REBOUND,
    TURNOVER,
    period_start_seconds,
)

COUNTS = ["fga", "fgm", "fta", "oreb", "dreb", "tov", "trips", "team_tov"]
EVENT_COLUMNS = [
    "game_id", "period", "elapsed", "event_type", "action_type",
    "player1_id", "player1_team_id",
]  # fmt: skip
PLAYS = (MADE, MISS, FREE_THROW, REBOUND, TURNOVER)
# Whoever is a team is no player: teams' ids begin here.
FIRST_TEAM = 1_000_000_000
NO_TURNOVER = 0
ONE_OF_ONE = 10
# The last free throw of two and of three.
LAST_OF_TRIP = (12, 15)
WAYS = ("raw", "completed", "own", "counted")
LIMIT = 0.005
MOST_LISTED = 6


def ledger(events: pd.DataFrame) -> pd.DataFrame:
    """Count by team and game what the play-by-play has and these box scores lack.

    ``trips`` to the free-throw line that end a chance, ``team_tov`` turnovers of a team
    and of no player, ``team_oreb`` balls that a team got back after its miss (out of
    bounds off the others), ``last_balls`` of a period: got back and not played on.
    """
    own = events["player1_id"].where(events["player1_id"] > FIRST_TEAM, 0)
    rows = events.assign(team_id=own.where(own > 0, events["player1_team_id"]))
    rows = rows[rows["event_type"].isin(PLAYS) & (rows["team_id"] > 0)]
    is_last = ~rows.duplicated(["game_id", "period"], keep="last")
    kind, action, is_own = rows["event_type"], rows["action_type"], own[rows.index] > 0
    # Technical, flagrant and clear-path free throws do not end the chance.
    is_chance = kind.isin([MADE, MISS]) | action.isin([ONE_OF_ONE, *LAST_OF_TRIP])
    missed = kind.isin([MISS, FREE_THROW]) & is_chance
    before = rows[["game_id", "team_id"]].assign(missed=missed.astype(float)).shift()
    same = (before[["game_id", "team_id"]] == rows[["game_id", "team_id"]]).all(axis=1)
    back = (kind == REBOUND) & same
    ends = rows["period"].map(lambda one: period_start_seconds(one + 1))
    is_live = rows["elapsed"] < ends
    counted = {
        "trips": (kind == FREE_THROW) & action.isin(LAST_OF_TRIP),
        "team_tov": (kind == TURNOVER) & is_own & (action != NO_TURNOVER),
        "team_oreb": back & is_own & before["missed"].eq(1) & is_live,
        "last_balls": back & is_last & (is_live | ~is_own),
    }
    keys = [rows["game_id"], rows["team_id"].astype(int)]
    return pd.DataFrame(counted).astype(int).groupby(keys).sum().reset_index()


def estimates(box: pd.DataFrame) -> pd.DataFrame:
    """Estimate the possessions of each team and game in several ways.

    ``raw`` is basketball-reference's formula, the mean of both sides; ``completed`` has
    teams' turnovers and the season's own trips a free throw, ``own`` the season's own
    share of balls got back as well; ``counted`` is no estimate: shots, trips and
    turnovers, less the balls got back.
    """
    other = box[["game_id", "team_id", *COUNTS]].rename(
        columns={"team_id": "opponent_team_id"} | {name: f"o_{name}" for name in COUNTS}
    )
    both = box.merge(other, on=["game_id", "opponent_team_id"])
    misses = {us: both[f"{us}fga"] - both[f"{us}fgm"] for us in ("", "o_")}
    back = {
        us: both[f"{us}oreb"] / (both[f"{us}oreb"] + both[f"{them}dreb"]) * misses[us]
        for us, them in (("", "o_"), ("o_", ""))
    }
    trips = box["trips"].sum() / box["fta"].sum()
    kept = (box["oreb"] + box["team_oreb"]).sum() / back[""].sum()
    ways = {
        "raw": (0.4, 0, 1.07),
        "completed": (trips, 1, 1.07),
        "own": (trips, 1, kept),
    }
    result = both[["game_id", "team_id"]].assign(
        counted=both["fga"] + both["trips"] + both["tov"] + both["team_tov"]
        - both["oreb"] - both["team_oreb"] + both["last_balls"]
    )  # fmt: skip
    for name, (trip, team_tov, factor) in ways.items():
        sides = [
            both[f"{us}fga"] + trip * both[f"{us}fta"] + both[f"{us}tov"]
            + team_tov * both[f"{us}team_tov"] - factor * back[us]
            for us in ("", "o_")
        ]  # fmt: skip
        result[name] = sum(sides) / 2
    shares = box.sum(numeric_only=True) / result["raw"].sum()
    print(
        f"  not in box scores: turnovers of teams {shares['team_tov']:.4f} of"
        f" possessions, balls they got back {shares['team_oreb']:.4f}; trips a free"
        f" throw {trips:.3f}, balls got back a foreseen rebound {kept:.3f}"
    )
    return result


def compare(team: pd.DataFrame, names: pd.Series) -> None:
    """Print how far possessions are from each estimate, by team."""
    sums = team.groupby("team_id")[["ours", *WAYS]].sum()
    for way in WAYS:
        off = sums["ours"] / sums[way] - 1
        beyond = off[off.abs() >= LIMIT].rename(names).sort_values()
        worst = off[off.abs().idxmax()]
        line = f"  possessions beside {way}: mean {off.mean():+.4f}, worst {worst:+.4f}"
        listed = ", ".join(f"{key} {value:+.4f}" for key, value in beyond.items())
        few = f" ({listed})" if 0 < len(beyond) <= MOST_LISTED else ""
        print(f"{line}, beyond {LIMIT} {len(beyond)} of {len(off)}{few}")
    same = (team["ours"] == team["counted"]).mean()
    print(f"  equal to counted in {same:.3f} of {len(team)} teams and games")
