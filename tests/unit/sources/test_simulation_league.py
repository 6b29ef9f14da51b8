import os
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ml.sources.synthetic.league as league_module
from ml.errors import SettingsError
from ml.sources.synthetic import SimulationSummary, simulate_league

SUMMED = ["fgm", "fga", "fg3m", "fg3a", "ftm", "fta", "oreb", "dreb", "reb"]
SUMMED += ["ast", "stl", "blk", "tov", "pf", "pts", "min"]
HOME = [f"home_p{n}" for n in range(1, 6)]
AWAY = [f"away_p{n}" for n in range(1, 6)]


def content(path: Path) -> str:
    connection = sqlite3.connect(path)
    dump = "\n".join(connection.iterdump())
    connection.close()
    return dump


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> SimulationSummary:
    out = tmp_path_factory.mktemp("simulation") / "league.sqlite"
    return simulate_league(out, n_seasons=2, n_games_per_team=16, random_state=3)


@pytest.fixture(scope="module")
def tables(summary: SimulationSummary) -> dict[str, pd.DataFrame]:
    connection = sqlite3.connect(summary.out)
    frames = {
        name: pd.read_sql(f"select * from {name}", connection) for name in summary.rows
    }
    connection.close()
    return frames


@pytest.mark.parametrize("table", ["team_game_stats", "player_game_stats"])
def test_points_and_rebounds_add_up_in_every_box(tables, table):
    box = tables[table]
    assert (box["pts"] == 2 * box["fgm"] + box["fg3m"] + box["ftm"]).all()
    assert (box["reb"] == box["oreb"] + box["dreb"]).all()
    assert (box["fgm"] <= box["fga"]).all()
    assert (box["fg3m"] <= box["fg3a"]).all()
    assert (box["fgm"] - box["fg3m"] <= box["fga"] - box["fg3a"]).all()
    assert (box["ftm"] <= box["fta"]).all()
    assert (box[[*SUMMED[:-1]]] >= 0).all().all()


def test_a_team_is_the_sum_of_its_players(tables):
    keys = ["game_id", "team_id"]
    sums = tables["player_game_stats"].groupby(keys)[SUMMED].sum()
    teams = tables["team_game_stats"].set_index(keys)[SUMMED].sort_index()
    pd.testing.assert_frame_equal(sums.sort_index(), teams)


def test_the_ball_cannot_be_credited_more_often_than_it_moved(tables):
    teams = tables["team_game_stats"]
    other = teams.set_index(["game_id", "team_id"])
    other = other.loc[
        list(zip(teams["game_id"], teams["opponent_team_id"], strict=True))
    ].reset_index()
    assert (teams["ast"] <= teams["fgm"]).all()
    assert (teams["stl"] <= other["tov"]).all()
    assert (teams["blk"] <= other["fga"] - other["fgm"]).all()
    assert (tables["player_game_stats"]["pf"] <= 6).all()


def test_scores_agree_between_games_boxes_and_stints(tables):
    games = tables["games"].dropna(subset="home_pts").set_index("game_id").sort_index()
    teams = tables["team_game_stats"].pivot_table("pts", "game_id", "is_home")
    stints = tables["impact_lineup_stints"].groupby("game_id").sum(numeric_only=True)
    for side, flag in (("home_pts", 1), ("away_pts", 0)):
        assert (teams[flag] == games[side]).all()
        assert (stints[side] == games[side]).all()
    assert (games["home_pts"] != games["away_pts"]).all()


def test_stints_fill_the_game_with_ten_different_players(tables):
    stints = tables["impact_lineup_stints"]
    periods = tables["games"].set_index("game_id")["periods"].dropna()
    assert (stints["seconds"] == stints["end_elapsed"] - stints["start_elapsed"]).all()
    length = stints.groupby("game_id")["seconds"].sum()
    assert (length == 2880 + 300 * (periods.loc[length.index] - 4)).all()
    ten = np.sort(stints[HOME + AWAY].to_numpy(), axis=1)
    assert (np.diff(ten, axis=1) > 0).all()
    same_game = stints["game_id"].eq(stints["game_id"].shift())
    follows = stints["start_elapsed"].eq(stints["end_elapsed"].shift())
    assert follows[same_game].all()


def test_minutes_and_plus_minus_are_those_of_the_stints(tables):
    stints = tables["impact_lineup_stints"]
    margin = stints["home_pts"] - stints["away_pts"]
    parts = [
        pd.DataFrame(
            {
                "game_id": stints["game_id"],
                "player_id": stints[column],
                "seconds": stints["seconds"],
                "plus_minus": sign * margin,
            }
        )
        for columns, sign in ((HOME, 1), (AWAY, -1))
        for column in columns
    ]
    keys = ["game_id", "player_id"]
    sums = pd.concat(parts).groupby(keys).sum()
    box = tables["player_game_stats"].set_index(keys)
    assert len(box) == len(sums)
    joined = box[["min", "plus_minus"]].join(sums, rsuffix="_stints", how="inner")
    assert len(joined) == len(box)
    assert (joined["plus_minus"] == joined["plus_minus_stints"]).all()
    assert ((joined["seconds"] / 60 - joined["min"]).abs() <= 0.5).all()


def test_team_minutes_are_240_and_25_an_overtime_but_for_rounding(tables):
    teams = tables["team_game_stats"]
    periods = teams["game_id"].map(tables["games"].set_index("game_id")["periods"])
    assert ((teams["min"] - 240 - 25 * (periods - 4)).abs() <= 6).all()


def test_ten_starters_a_game_who_all_played(tables):
    starters = tables["starters"]
    assert (starters.groupby("game_id").size() == 10).all()
    first = tables["impact_lineup_stints"].query("start_elapsed == 0")
    on_court = first.melt("game_id", HOME + AWAY, value_name="player_id")
    pairs = set(zip(starters["game_id"], starters["player_id"], strict=True))
    assert set(zip(on_court["game_id"], on_court["player_id"], strict=True)) == pairs


def test_every_team_plays_its_games_and_rests(tables):
    games = tables["games"].query("season_type == 'Regular Season'")
    assert games["game_id"].is_unique
    assert games["game_id"].str.fullmatch(r"002\d{7}").all()
    sides = pd.concat(
        [
            games[["season", "game_date"]].assign(team=games[f"{side}_team_id"])
            for side in ("home", "away")
        ]
    )
    sides["game_date"] = pd.to_datetime(sides["game_date"])
    sides = sides.sort_values(["team", "game_date"])
    first = sides.query("season == '2022-23'")
    assert (first.groupby("team").size() == 16).all()
    gaps = sides.groupby(["season", "team"])["game_date"]
    assert (gaps.diff().dropna().dt.days >= 1).all()
    assert (gaps.diff(2).dropna().dt.days >= 3).all()


def test_a_series_ends_with_the_fourth_win(tables):
    games = tables["games"].query("season_type == 'Playoffs'").copy()
    assert games["game_id"].str.fullmatch(r"004\d{7}").all()
    home_won = games["home_pts"] > games["away_pts"]
    games["winner"] = np.where(home_won, games["home_team_id"], games["away_team_id"])
    series = games.sort_values("game_date").groupby(games["game_id"].str[:9])
    assert len(series) == 15
    for _, some in series:
        wins = some["winner"].value_counts()
        assert wins.max() == 4
        assert wins.sum() - 4 < 4
        assert some["winner"].iloc[-1] == wins.idxmax()
    champions = series["winner"].last()
    final = games[games["game_id"].str[7] == "4"]
    assert set(final["home_team_id"]) <= set(champions)


def test_tonight_has_a_schedule_and_reports_and_nothing_else(summary, tables):
    games = tables["games"]
    tonight = games[games["home_pts"].isna()]
    assert summary.n_scheduled == len(tonight) >= 5
    assert set(tonight["game_date"]) == {summary.tonight}
    assert games["game_date"].max() == summary.tonight
    assert tonight[["away_pts", "periods"]].isna().all().all()
    for table in ("team_game_stats", "player_game_stats", "starters"):
        assert not tables[table]["game_id"].isin(tonight["game_id"]).any()
    assert not tables["impact_lineup_stints"]["game_id"].isin(tonight["game_id"]).any()
    reports = tables["injury_reports"]
    assert reports["report_at_et"].max().startswith(summary.tonight)
    assert reports["game_date"].max() == summary.tonight


def test_who_is_out_does_not_play_and_every_report_precedes_its_game(tables):
    reports = tables["injury_reports"].dropna(subset="player")
    games = tables["games"]
    names = tables["teams"].set_index("team_id")["team_name"]
    tip = pd.concat(
        [
            games[["game_date", "tipoff_et"]].assign(
                team=games[f"{side}_team_id"].map(names)
            )
            for side in ("home", "away")
        ]
    )
    joined = reports.merge(tip, on=["game_date", "team"])
    assert len(joined) == len(reports)
    assert (joined["report_at_et"] < joined["tipoff_et"]).all()
    keys = ["game_date", "team", "player"]
    last = reports.sort_values("report_at_et").groupby(keys).tail(1)
    played = tables["player_game_stats"]
    short = played["player_name"].map(report_names(tables["players"]))
    present = set(
        zip(played["game_date"], played["team_id"].map(names), short, strict=True)
    )
    last = last[
        last["game_date"] < games.loc[games["home_pts"].isna(), "game_date"].min()
    ]
    plays = [key in present for key in zip(*(last[key] for key in keys), strict=True)]
    share = pd.Series(plays).groupby(last["status"].to_numpy()).mean()
    assert share["Out"] < 0.01
    assert 0.40 < share["Questionable"] < 0.56
    assert share["Probable"] > 0.80


def report_names(players: pd.DataFrame) -> dict[str, str]:
    from ml.sources.synthetic.names import report_name

    return {
        name: report_name(name, index)
        for index, name in enumerate(players["player_name"])
    }


def test_truth_is_calibrated(tables):
    games = tables["games"].dropna(subset="home_pts")
    games = games.merge(tables["truth_games"], on="game_id")
    margin = games["home_pts"] - games["away_pts"]
    chance = games["home_win_probability"]
    wins = margin > 0
    noise = np.sqrt((chance * (1 - chance)).sum())
    assert abs((wins - chance).sum()) < 3 * noise
    likely = (chance - 0.5) * (wins - chance)
    assert abs(likely.sum()) < 3 * np.sqrt(
        ((chance - 0.5) ** 2 * chance * (1 - chance)).sum()
    )
    residual = margin - games["expected_margin"]
    assert abs(residual.mean()) < 3 * residual.std() / np.sqrt(len(games))
    surprise = games["home_pts"] + games["away_pts"] - games["expected_total"]
    assert abs(surprise.mean()) < 3 * surprise.std() / np.sqrt(len(games)) + 0.5


def test_true_minutes_are_what_players_get_on_average(tables):
    truth = tables["truth_minutes"]
    truth = truth[truth["game_id"].isin(tables["team_game_stats"]["game_id"])]
    box = tables["player_game_stats"][["game_id", "player_id", "min"]]
    joined = truth.merge(box, on=["game_id", "player_id"], how="left").fillna(
        {"min": 0}
    )
    level = pd.cut(joined["expected_minutes"], [0, 5, 12, 20, 28, 34, 48])
    gap = (joined["min"] - joined["expected_minutes"]).groupby(level, observed=True)
    assert (gap.mean().abs() < 0.5).all()
    sums = truth.groupby("game_id")["expected_minutes"].sum()
    assert sums.between(482, 483).all()


def test_the_market_is_near_the_truth_but_not_the_truth(tables):
    lines = tables["closing_lines"].merge(tables["truth_games"], on="game_id")
    error = lines["home_spread"] + lines["expected_margin"]
    assert 1.0 < error.std() < 2.5
    assert abs(error.mean()) < 0.4
    assert ((2 * lines["home_spread"]) % 1 == 0).all()
    favoured = lines["moneyline_home"] < 0
    complete = lines["moneyline_home"].notna()
    assert (lines["home_spread"][complete & favoured] <= 1.0).all()


def test_a_traded_player_is_one_player(tables):
    box = tables["player_game_stats"]
    teams = box.groupby(["season", "player_id"])["team_id"].nunique()
    assert (teams == 2).any()
    assert teams.max() == 2
    assert tables["players"]["player_id"].is_unique
    assert tables["players"]["player_name"].is_unique
    assert set(box["player_id"]) <= set(tables["players"]["player_id"])


def test_the_same_state_gives_the_same_content(tmp_path):
    for name, state in (("one", 5), ("two", 5), ("three", 6)):
        simulate_league(
            tmp_path / name, n_seasons=1, n_games_per_team=8, random_state=state
        )
    assert content(tmp_path / "one") == content(tmp_path / "two")
    assert content(tmp_path / "one") != content(tmp_path / "three")


def test_a_failed_run_leaves_the_old_league_alone(tmp_path, monkeypatch):
    out = tmp_path / "league.sqlite"
    simulate_league(out, n_seasons=1, n_games_per_team=8)
    before = out.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(league_module, "play_season", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        simulate_league(out, n_seasons=1)
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["league.sqlite"]


def test_what_is_no_simulated_league_is_not_overwritten(tmp_path):
    real, text, pipe = (tmp_path / name for name in ("real", "text", "pipe"))
    with closing(sqlite3.connect(real)) as connection:
        connection.execute("create table games (game_id text)")
    text.write_text("years of work")
    os.mkfifo(pipe)
    link = tmp_path / "link"
    link.symlink_to(real)
    before = real.read_bytes()
    for out in (real, text, pipe, link, tmp_path):
        with pytest.raises(SettingsError, match="not overwritten"):
            simulate_league(out, n_seasons=1, n_games_per_team=8)
    assert (real.read_bytes(), text.read_text()) == (before, "years of work")


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"n_seasons": 0}, "n_seasons must be >= 1, got 0"),
        ({"n_seasons": 61}, "n_seasons must be <= 60, got 61"),
        ({"n_games_per_team": 83}, "n_games_per_team must be <= 82, got 83"),
        ({"scheduled_days": -1}, "scheduled_days must be >= 0, got -1"),
        ({"random_state": -1}, "random_state must be >= 0, got -1"),
    ],
)
def test_arguments_out_of_range_are_named(tmp_path, argument, message):
    with pytest.raises(SettingsError, match=message):
        simulate_league(tmp_path / "league.sqlite", **argument)
