"""The models learn from the past only, and say the same after a night on disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from services import columns_of

from ml.boxscore.minutes_allocation import MinutesSpread
from ml.boxscore.stats import DRAWN, LEARNT
from ml.errors import ModelError
from ml.models.player.alone import draw_alone
from ml.models.player.candidates import (
    KEYS,
    MEMORIES,
    REQUIRED,
    against_history,
    check_candidates,
    team_context,
)
from ml.models.player.expected import drawn_counts, game_input
from ml.models.player.features import candidate_rows, last_report
from ml.models.player.forecasts import forecast_players
from ml.models.player.minutes import MinutesModel
from ml.models.player.model import BoxScoreModel
from ml.models.player.walk_forward import full_context, refit_dates, walk_forward
from ml.predict.player_slate import PlayerSlate
from tests.executors import Pickling

N_TEAMS, N_PLAYERS, N_DAYS = 6, 10, 55
# A statistic that is not named here happens once in fifty minutes.
PER_MINUTE = dict.fromkeys(LEARNT, 0.02) | {
    "pts": 0.47,
    "reb": 0.18,
    "oreb": 0.04,
    "dreb": 0.14,
    "ast": 0.1,
    "fg3m": 0.05,
    "fg3a": 0.14,
    "fgm": 0.17,
    "fga": 0.37,
    "ftm": 0.08,
    "fta": 0.1,
    "stl": 0.03,
    "tov": 0.06,
    "pf": 0.08,
}


@pytest.fixture(scope="module")
def league() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two short seasons: a player's minutes are his skill, some of them are out."""
    rng = np.random.default_rng(5)
    rows = []
    for season, opening in (("2021-22", "2021-10-19"), ("2022-23", "2022-10-18")):
        for day in range(N_DAYS):
            date = pd.Timestamp(opening) + pd.Timedelta(days=2 * day)
            order = rng.permutation(N_TEAMS)
            for game in range(N_TEAMS // 2):
                for at_home, team in enumerate(order[2 * game : 2 * game + 2]):
                    for player in range(N_PLAYERS):
                        rows.append(
                            (
                                season,
                                date,
                                f"{season}-{day:03}-{game}",
                                team,
                                at_home,
                                player,
                            )
                        )
    frame = pd.DataFrame(
        rows, columns=["season", "game_date", "game_id", "team_id", "is_home", "rank"]
    )
    frame["player_id"] = 100 * frame["team_id"] + frame["rank"]
    # Those who are not out play 240 minutes on average.
    usual = 40.0 - 2.6 * frame["rank"]
    is_out = rng.random(len(frame)) < 0.15
    played = np.where(
        is_out, np.nan, np.clip(usual + rng.normal(0, 4, len(frame)), 1, 48)
    )
    status = np.where(is_out, 5.0, 0.0)
    columns: dict[str, object] = {name: 0.0 for name in REQUIRED if name not in frame}
    for name in REQUIRED:
        if name.startswith("min_h") or name == "min_last":
            columns[name] = usual
        if name.startswith("effective_min"):
            columns[name] = 20.0 * usual
        if "_per_min_h" in name:
            columns[name] = PER_MINUTE[name.split("_per_min_h")[0]]
    columns |= {
        "play_prob": np.where(is_out, 0.02, 0.9),
        "history_play_prob": 0.85,
        "is_candidate": True,
        "report_status": status,
        "games_career": 100.0,
        "total_mean": 225.0,
        "position_number": 1.0 + frame["rank"] % 5,
    }
    columns["played"] = np.rint(played)
    filled = pd.DataFrame(columns, index=frame.index)
    frame = pd.concat([frame, filled], axis=1)
    frame = frame.sort_values(["game_date", "game_id", "team_id", "player_id"])
    frame = frame.reset_index(drop=True)
    played = frame.pop("played")
    outcomes = pd.DataFrame({"min": played, "game_min": 48.0})
    for name, rate in PER_MINUTE.items():
        mean = rate * played.fillna(0.0)
        outcomes[name] = np.where(played.isna(), np.nan, rng.poisson(mean))
    return frame, outcomes


@pytest.fixture(scope="module")
def model(league: tuple[pd.DataFrame, pd.DataFrame]) -> BoxScoreModel:
    return BoxScoreModel.fit(*league, random_state=0)


def test_context_of_three_players_by_hand() -> None:
    frame = pd.DataFrame(
        {
            "game_id": "g",
            "team_id": 1,
            "player_id": [1, 2, 3],
            "is_candidate": [True, True, False],
            "games_missed": [0.0, 2.0, 0.0],
            "position_number": [1.0, 1.0, 5.0],
            "min_h5": [30.0, 20.0, np.nan],
            "min_h12": [30.0, 20.0, np.nan],
            "min_h30": [30.0, 20.0, np.nan],
        }
    )
    context = team_context(frame, np.array([1.0, 0.25, 0.9]))
    # The third has no tie: usual minutes of a stranger, and no weight for others.
    assert context["usual"].tolist() == pytest.approx([30.0, 20.0, 8.0])
    assert context["demand"].tolist() == pytest.approx([35.0] * 3)
    assert context["free"].tolist() == pytest.approx([235.0, 210.0, 205.0])
    assert context["lost"].tolist() == pytest.approx([15.0, 0.0, 15.0])
    assert context["lost_position"].tolist() == pytest.approx([15.0, 0.0, 0.0])
    assert context["rival_position"].tolist() == pytest.approx([5.0, 30.0, 0.0])


def test_history_is_of_earlier_games_that_he_played() -> None:
    frame = pd.DataFrame({"player_id": [7, 7, 7]})
    context = pd.DataFrame(
        {
            name: [10.0, 20.0, 40.0]
            for name in (
                "lost",
                "lost_position",
                "lost_size",
                "free",
                "demand",
                "rival_size",
            )
        }
    )
    new = against_history(frame, context, np.array([True, False, True]))
    assert np.isnan(new["new_lost"][0])
    assert new["new_lost"][1:].tolist() == pytest.approx([10.0, 30.0])
    assert np.isnan(new["last_lost"][0])
    assert new["last_lost"][1:].tolist() == [10.0, 30.0]


def test_the_last_report_is_of_an_earlier_day() -> None:
    days = pd.to_datetime(["2022-11-01", "2022-11-03", "2022-11-03", "2022-11-05"])
    frame = pd.DataFrame(
        {
            # Known to two teams on the third.
            "player_id": [7, 7, 7, 7, 8],
            "game_date": [*days, days[3]],
            "report_status": [3.0, 5.0, 0.0, 1.0, 2.0],
            "report_reason": [9.0, np.nan, 0.0, 11.0, 4.0],
        },
        index=[10, 20, 30, 40, 50],
    )
    last = last_report(frame)
    assert last.index.tolist() == frame.index.tolist()
    unknown = np.nan
    np.testing.assert_array_equal(
        last.to_numpy(),
        [[unknown] * 2, [3.0, 9.0], [3.0, 9.0], [5.0, unknown], [unknown] * 2],
    )


def test_minutes_of_a_game_left_early_pull_no_harder_than_ten(
    league: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    frame, outcomes = league
    has_played = outcomes["min"].notna().to_numpy()
    play_prob = np.where(has_played, 1.0, 0.0)
    context = full_context(frame, play_prob, has_played)
    regular = (frame["rank"] == 0).to_numpy() & has_played
    chosen = [frame[regular], context[regular], play_prob[regular]]
    # One in ten is hurt in the first minute: 40 minutes become 1.
    hurt = np.arange(regular.sum()) % 10 == 0
    minutes = np.where(hurt, 1.0, 40.0)
    expected = MinutesModel.fit(*chosen, minutes, random_state=0).predict(*chosen)
    # Where nine pull up by x and one pulls down by ten: x = 10 / 9; the mean is 36.1.
    assert expected.mean() == pytest.approx(40.0 - 10.0 / 9.0, abs=0.2)


def test_later_results_change_no_earlier_forecast(
    league: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    frame, outcomes = league
    days = pd.to_datetime(frame["game_date"])
    refits = [date for date in refit_dates(days, frame["season"]) if date.year == 2022]
    refits = [date for date in refits if date.month in (10, 11, 12)]
    cut = refits[-1]
    scrambled = outcomes.copy()
    later = (days >= cut).to_numpy()
    scrambled.loc[later, "pts"] = 99.0
    scrambled.loc[later, "min"] = 3.0
    one = walk_forward(frame, outcomes, refits, random_state=0)
    two = walk_forward(frame, scrambled, refits, random_state=0)
    early = ~later & ~np.isnan(one.minutes)
    assert early.sum() > 500
    np.testing.assert_array_equal(one.play_prob, two.play_prob)
    np.testing.assert_array_equal(one.minutes[early], two.minutes[early])
    np.testing.assert_array_equal(one.counts[early], two.counts[early])


def test_a_refit_before_an_empty_block_changes_nothing(
    league: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    frame, outcomes = league
    refits = [pd.Timestamp(day) for day in ("2022-10-18", "2022-11-10", "2022-12-20")]
    summer = [pd.Timestamp("2022-07-01"), pd.Timestamp("2022-08-01")]
    one = walk_forward(frame, outcomes, refits, random_state=0)
    two = walk_forward(frame, outcomes, [*summer, *refits], random_state=0)
    np.testing.assert_array_equal(one.play_prob, two.play_prob)
    np.testing.assert_array_equal(one.minutes, two.minutes)


def test_who_fits_changes_nothing(
    league: tuple[pd.DataFrame, pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ml.models.player.walk_forward._FEWEST_ROWS", 500)
    frame, outcomes = league
    refits = [pd.Timestamp(day) for day in ("2022-10-18", "2022-11-10", "2022-12-05")]
    one = walk_forward(frame, outcomes, refits, random_state=0)
    others = Pickling()
    two = walk_forward(frame, outcomes, refits, random_state=0, executor=others)
    assert others.n_parts == 3 + 2 + 2
    np.testing.assert_array_equal(one.play_prob, two.play_prob)
    np.testing.assert_array_equal(one.minutes, two.minutes)
    pd.testing.assert_frame_equal(one.counts, two.counts, check_exact=True)
    assert one.counts.notna().to_numpy().any()


def test_a_short_league_is_refused_by_its_rows(
    league: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    frame, outcomes = league
    first = (frame["season"] == "2021-22").to_numpy()
    with pytest.raises(ModelError, match="fewer than 2000 rows before 2021-12-02"):
        BoxScoreModel.fit(frame[first], outcomes[first], random_state=0)


def test_the_card_says_what_was_learnt_from(model: BoxScoreModel) -> None:
    assert (model.card.first_date, model.card.last_date) == ("2021-10-19", "2023-02-03")
    assert model.card.n_games == 2 * N_DAYS * N_TEAMS // 2
    # Normal errors of sd 4, clipped to whole minutes.
    assert model.card.metrics["minutes_mae"] == pytest.approx(3.2, abs=0.2)


def test_the_model_finds_who_is_out_and_how_long_the_rest_play(
    league: tuple[pd.DataFrame, pd.DataFrame], model: BoxScoreModel
) -> None:
    frame, outcomes = league
    last = (frame["season"] == "2022-23").to_numpy()
    has_played = outcomes["min"].notna().to_numpy()
    expected = model.expect(frame[last], has_played[last])
    is_out = frame.loc[last, "report_status"] == 5.0
    assert expected["play_prob"][is_out].mean() < 0.1
    assert expected["play_prob"][~is_out].mean() > 0.9
    regulars = frame.loc[last, "rank"] == 0
    assert expected["min"][regulars].mean() == pytest.approx(40.0, abs=1.5)
    assert (expected["pts"] / expected["min"]).mean() == pytest.approx(0.47, abs=0.03)


def test_a_game_alone_is_expected_as_among_all_others(
    league: tuple[pd.DataFrame, pd.DataFrame], model: BoxScoreModel
) -> None:
    frame, outcomes = league
    day = frame["game_date"].max()
    tonight = (frame["game_date"] == day).to_numpy()
    game = str(frame.loc[tonight, "game_id"].iloc[0])
    slate = PlayerSlate(
        day=day,
        name="",
        model=model,
        people=frame[:0],
        rows=frame,
        has_played=outcomes["min"].notna().to_numpy() & ~tonight,
        is_tonight=tonight,
        features=frame[:0],
        random_state=0,
    )
    out = {int(frame.loc[tonight, "player_id"].iloc[0]): 0.0}
    among = slate.expect(out).query("game_id == @game").reset_index(drop=True)
    alone = slate.expect(out, game_id=game).reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, among, rtol=1e-12)
    assert len(among) > 10


def test_a_stored_model_says_the_same_bits(
    league: tuple[pd.DataFrame, pd.DataFrame], model: BoxScoreModel, tmp_path: Path
) -> None:
    frame, outcomes = league
    has_played = outcomes["min"].notna().to_numpy()
    model.save(tmp_path / "boxscore")
    again = BoxScoreModel.load(tmp_path / "boxscore")
    pd.testing.assert_frame_equal(
        model.expect(frame.head(600), has_played[:600]),
        again.expect(frame.head(600), has_played[:600]),
        check_exact=True,
    )


def test_a_model_of_other_columns_is_refused(
    model: BoxScoreModel, tmp_path: Path
) -> None:
    card = replace(model.card, features=model.card.features[:-1])
    replace(model, card=card).save(tmp_path / "boxscore")
    with pytest.raises(ModelError, match="learnt from other columns"):
        BoxScoreModel.load(tmp_path / "boxscore")


def test_everybody_gets_a_line_also_who_is_as_good_as_out(
    league: tuple[pd.DataFrame, pd.DataFrame], model: BoxScoreModel
) -> None:
    frame, outcomes = league
    has_played = outcomes["min"].notna().to_numpy()
    game = frame["game_id"] == frame["game_id"].iloc[-1]
    rows = frame[game]
    keys = ["game_id", "team_id", "player_id", "is_candidate"]
    expected = model.expect(rows, has_played[game]).join(rows[keys])
    home = int(rows.loc[rows["is_home"] == 1, "team_id"].iloc[0])
    rng = np.random.default_rng(0)
    points = np.rint(rng.normal(110, 12, (400, 2))).astype(int)
    points[:, 0] += points[:, 0] == points[:, 1]
    table = forecast_players(
        expected,
        {rows["game_id"].iloc[0]: home},
        lambda _: points,
        model.spread,
        random_state=0,
    )
    assert len(table) == len(rows)
    candidates = table.merge(rows[keys], on=keys[:3])["is_candidate"].to_numpy(bool)
    assert not table.drop(columns="play_prob").isna().any().any()
    assert (table["play_prob"].notna() == candidates).all()
    ours = table["team_id"] == home
    for side in (ours, ~ours):
        minutes = (table["play_prob"] * table["min_mean"])[side].sum()
        assert minutes == pytest.approx(table.loc[side, "min_mean_all"].sum(), abs=1e-9)
    assert table.loc[ours, "pts_mean_all"].sum() == pytest.approx(points[:, 0].mean())


def test_expected_makes_are_worth_the_expected_points() -> None:
    rows = pd.DataFrame({name: [PER_MINUTE[name] * 30.0] for name in LEARNT})
    counts = dict(zip(DRAWN, drawn_counts(rows)[0], strict=True))
    points = 2 * counts["fg2m"] + 3 * counts["fg3m"] + counts["ftm"]
    assert points == pytest.approx(0.47 * 30.0)
    assert counts["oreb"] + counts["dreb"] == pytest.approx(0.18 * 30.0)
    assert sum(counts[name] for name in ("fg2m", "fg2_miss", "fg3m", "fg3_miss")) == (
        pytest.approx(0.37 * 30.0)
    )


def test_a_line_alone_has_the_expected_means() -> None:
    flat = MinutesSpread(np.array([10.0, 40.0]), np.array([0.4, 0.6]), np.zeros((2, 2)))
    per_game = {name: PER_MINUTE[name] * 30.0 for name in LEARNT}
    rows = pd.DataFrame([per_game | {"min": 30.0, "team_id": 1, "player_id": 2}] * 2)
    sample = draw_alone("g", rows, flat, n_draws=20_000, random_state=0)
    assert sample.box["pts"].shape == (20_000, 2)
    assert (sample.box["min"] == 30).all()
    assert sample.box["reb"].mean() == pytest.approx(per_game["reb"], rel=0.02)
    assert sample.box["pts"].mean() == pytest.approx(per_game["pts"], rel=0.02)


def test_a_lacking_column_and_a_row_twice_are_refused(
    league: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    frame = league[0].head(10)
    with pytest.raises(ModelError, match="min_h5"):
        check_candidates(frame.drop(columns="min_h5"))
    with pytest.raises(ModelError, match="twice"):
        check_candidates(pd.concat([frame, frame.head(1)]))
    assert MEMORIES == (10, 40, 150)


def test_a_sheet_needs_both_sides(league: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    frame, outcomes = league
    rows = frame.head(N_PLAYERS)
    expected = (
        outcomes.head(N_PLAYERS)
        .fillna(1.0)
        .clip(lower=0.01)
        .assign(team_id=rows["team_id"], player_id=rows["player_id"], play_prob=1.0)
    )
    with pytest.raises(ModelError, match="five"):
        game_input("g", int(rows["team_id"].iloc[0]), expected)


def test_the_service_holds_what_the_rows_are_made_of_and_no_more() -> None:
    features = columns_of("player_game")
    spine = ["forecast_at", "tipoff_at", "game_date", "season", "position", "min"]
    spine += [*KEYS, "is_home", "is_candidate", *LEARNT]
    frame = pd.DataFrame({name: [0.0] for name in (*spine, *features)})
    frame = frame.assign(game_date="2024-01-01", position="PG")
    assert len(candidate_rows(frame)[0]) == 1
    for name in features:
        with pytest.raises(ModelError, match=f"service lacks .*{name}"):
            candidate_rows(frame.drop(columns=name))
