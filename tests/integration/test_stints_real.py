"""Real games: forty-one single files, and the league's own rotations as the truth."""

import json
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ml.ingest.playbyplay.events import read_play_by_play
from ml.ingest.playbyplay.stints import build_stints

pytestmark = pytest.mark.real

PLAYERS = [f"{side}_p{one}" for side in ("home", "away") for one in range(1, 6)]


@pytest.fixture(scope="module")
def folder(real_league: Path) -> Path:
    return real_league.parent


@pytest.fixture(scope="module")
def fixtures(folder: Path):
    files = sorted((folder / "reference" / "play_by_play_fixtures").glob("*.csv"))
    events = read_play_by_play(files)
    facts = [json.loads(file.with_suffix(".json").read_text()) for file in files]
    teams = [_team_ids(events, fact) for fact in facts]
    games = pd.DataFrame(
        {
            "game_id": [fact["game_id"].zfill(10) for fact in facts],
            "home_team_id": [home for home, _ in teams],
            "away_team_id": [away for _, away in teams],
            # The scores of the two sides are swapped in these files.
            "home_pts": [fact["awayTeam"]["score"] for fact in facts],
            "away_pts": [fact["homeTeam"]["score"] for fact in facts],
            "starters": [_ids(fact["starter_on"]) for fact in facts],
        }
    )
    return build_stints(events, games), games


def _team_ids(events, fact):
    return tuple(
        int(fact[side]["logo"].split("/")[5]) for side in ("homeTeam", "awayTeam")
    )


def _ids(text):
    return sorted(int(player) for player in text.split("|"))


def test_every_game_resolves_and_adds_up(fixtures):
    result, games = fixtures
    assert len(games) == 41
    assert result.unresolved.empty
    totals = result.stints.groupby("game_id").agg(
        home=("home_pts", "sum"),
        away=("away_pts", "sum"),
        seconds=("seconds", "sum"),
        periods=("period", "max"),
    )
    expected = games.set_index("game_id")
    assert totals["home"].equals(expected["home_pts"].rename("home"))
    assert totals["away"].equals(expected["away_pts"].rename("away"))
    assert (totals["seconds"] == 2880 + 300 * (totals["periods"] - 4)).all()


def test_ten_distinct_players_and_the_announced_starters(fixtures):
    result, games = fixtures
    tens = np.sort(result.stints[PLAYERS].to_numpy(), axis=1)
    assert (np.diff(tens, axis=1) > 0).all()
    first = result.stints[result.stints["stint_idx"] == 0].set_index("game_id")
    found = [sorted(first.loc[game_id, PLAYERS]) for game_id in games["game_id"]]
    assert found == games["starters"].tolist()


def test_sides_take_turns(fixtures):
    result, _ = fixtures
    totals = result.stints.groupby("game_id")[["home_poss", "away_poss"]].sum()
    # One more per period at the most, and jump balls.
    assert (totals["home_poss"] - totals["away_poss"]).abs().max() <= 4
    assert 85 < totals.to_numpy().mean() < 115


def test_official_rotations_name_the_same_ten(folder):
    rotations = pd.read_parquet(
        folder / "reference" / "official_rotations" / "2023ps_rotations.parquet"
    )
    rotations["game_id"] = rotations["GAME_ID"].astype(str).str.zfill(10)
    chosen = sorted(rotations["game_id"].unique())[::8]
    events = read_play_by_play(
        [folder / "play_by_play" / "play_by_play_2022-23.parquet"]
    )
    events = events.filter(pc.is_in(events["game_id"], pa.array(chosen)))
    result = build_stints(events, _games(folder, chosen))
    same = total = 0
    for game_id in chosen:
        stints = result.stints[result.stints["game_id"] == game_id]
        truth = _on_court(
            rotations[rotations["game_id"] == game_id], int(stints["end_elapsed"].max())
        )
        for stint in stints.to_dict("records"):
            ten = {stint[name] for name in PLAYERS}
            second = slice(stint["start_elapsed"], stint["end_elapsed"])
            same += sum(on == ten for on in truth[second])
            total += stint["seconds"]
    assert total > 30_000
    assert same / total >= 0.995


def _games(folder, game_ids):
    with sqlite3.connect(f"file:{folder / 'league.sqlite'}?mode=ro", uri=True) as db:
        games = pd.read_sql("select * from games", db)
    return games[games["game_id"].isin(game_ids)]


def _on_court(rotations, seconds):
    on = [set() for _ in range(seconds)]
    for player, start, stop in zip(
        rotations["PERSON_ID"],
        rotations["IN_TIME_REAL"] / 10,
        rotations["OUT_TIME_REAL"] / 10,
        strict=True,
    ):
        for second in range(seconds):
            if start <= second + 0.5 < stop:
                on[second].add(player)
    return on
