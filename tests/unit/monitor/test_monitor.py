"""Grades by hand, signals of right and wrong forecasts, levels, the watchdog."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from scipy import special

from ml.monitor import alarm, drift
from ml.monitor.grades import grade_games
from ml.monitor.signals import signals, spiegelhalter
from ml.monitor.watchdog import overdue, unfinished
from ml.monitor.windows import windows
from ml.registry import promotion_rule
from ml.report import charts

WIDE = 1.2815515594457831  # the 90 % point of a standard normal


def season(n_days: int, *, bias: float = 0.0, random_state: int = 0) -> pd.DataFrame:
    """Grades of right forecasts, whose margins are then moved by `bias` points."""
    rng = np.random.default_rng(random_state)
    n = 7 * n_days
    mean, total = rng.normal(2.5, 6.5, n), rng.normal(226, 7, n)
    margin = mean + bias + rng.normal(0, 12.5, n)
    points = total + rng.normal(0, 18, n)
    prob = special.ndtr(mean / 12.5)
    won = margin > 0
    loss = -np.where(won, np.log(prob), np.log1p(-prob))
    day = pd.Timestamp("2022-10-18") + pd.to_timedelta(np.arange(n) // 7, unit="D")
    return pd.DataFrame(
        {
            "game_id": np.arange(n),
            "game_date": day,
            "season": "2022-23",
            "ours_home_win_prob": prob,
            "ours_margin_mean": mean,
            "margin_sd": 12.5,
            "margin_p10": mean - 12.5 * WIDE,
            "margin_p90": mean + 12.5 * WIDE,
            "ours_total_mean": total,
            "total_sd": 18.0,
            "total_p10": total - 18.0 * WIDE,
            "total_p90": total + 18.0 * WIDE,
            "home_margin": margin,
            "total_points": points,
            "ours_log_loss": loss,
            "baseline_log_loss": loss + rng.normal(0.01, 0.1, n),
        }
    )


def test_grades_are_those_worked_by_hand() -> None:
    forecasts = pd.DataFrame(
        {
            "game_id": ["a", "b"],
            "season": "2022-23",
            "game_date": pd.Timestamp("2022-10-18"),
            "home_win_prob": [0.8, 0.4],
            "margin_mean": [6.0, -2.0],
            "margin_sd": [12.0, 12.0],
            "total_mean": [220.0, 230.0],
            "total_sd": [18.0, 18.0],
        }
    )
    games = pd.DataFrame(
        {
            "game_id": ["a"],
            "season": ["2022-23"],
            "game_date": [pd.Timestamp("2022-10-18")],
            "home_team_id": [1],
            "away_team_id": [2],
            "home_pts": [100.0],
            "away_pts": [110.0],
            "home_margin": [-10],
            "total_points": [210],
        }
    )
    market = pd.DataFrame(
        {"game_id": ["a"], "home_win_prob": [0.5], "margin_mean": [0.0]}
    ).assign(total_mean=[215.0])
    (row,) = grade_games(forecasts, games, market).to_dict("records")
    assert row["game_id"] == "a"
    assert row["ours_log_loss"] == pytest.approx(-np.log(0.2))
    assert row["ours_brier"] == pytest.approx(0.64)
    assert row["ours_margin_mae"] == 16.0
    assert row["ours_total_mae"] == 10.0
    assert row["market_log_loss"] == pytest.approx(np.log(2))
    assert row["market_total_mae"] == 5.0
    assert np.isfinite(row["baseline_log_loss"])
    without = grade_games(forecasts, games)
    assert without["market_log_loss"].isna().all()


def test_spiegelhalter_by_hand() -> None:
    # (1 - .75)(1 - 1.5) + (0 - .25)(1 - .5) = -0.25; variance 2 * 0.25 * 0.1875.
    value = spiegelhalter(np.array([0.75, 0.25]), np.array([1.0, 0.0]))
    assert value == pytest.approx(-0.25 / np.sqrt(0.09375))


def test_windows_end_on_the_last_day_and_begin_after_the_days_before() -> None:
    grades = season(40)
    for score in ("brier", "margin_mae", "total_mae", "margin_crps", "total_crps"):
        grades[f"ours_{score}"] = 1.0
        grades[f"baseline_{score}"] = 2.0
    grades["market_log_loss"] = np.nan
    last = grades["game_date"].max().date()
    found = windows(grades, last)
    assert [window.name for window in found] == [
        "7 days",
        "14 days",
        "30 days",
        "season 2022-23",
    ]
    assert [window.n_games for window in found] == [49, 98, 210, 280]
    assert found[0].scores["ours"]["log_loss"] == pytest.approx(
        grades["ours_log_loss"].tail(49).mean()
    )
    assert "market" not in found[0].scores
    inside = grades["home_margin"].between(grades["margin_p10"], grades["margin_p90"])
    assert found[3].coverage["margin"] == pytest.approx(inside.mean())
    summer = windows(grades, last + timedelta(days=120))
    assert [window.name for window in summer] == ["season 2022-23"]


def test_right_forecasts_are_healthy_and_wrong_ones_are_not() -> None:
    levels = [
        night.level
        for seed in range(6)
        for night in alarm.alarm_history(season(60, random_state=seed))
    ]
    assert np.mean([level == "healthy" for level in levels]) > 0.97
    wrong = alarm.alarm_history(season(60, bias=6.0))
    assert wrong[-1].level in ("degraded", "blocked")
    assert wrong[-1].signal == "margin bias"
    assert wrong[6].level == "healthy"  # 49 games say nothing
    assert signals(season(7)) == {}


def test_a_level_rises_after_two_nights_and_falls_after_three() -> None:
    assert alarm.follow([3.5, 0, 3.5, 3.5]) == ["healthy"] * 3 + ["watch"]
    # Below the threshold but not below 75 % of it: the level stays.
    assert alarm.follow([3.5, 3.5, 2.5, 2.5, 2.5, 2.5])[-1] == "watch"
    assert alarm.follow([3.5, 3.5, 2, 2, 2])[2:] == ["watch", "watch", "healthy"]
    assert alarm.follow([9] * 6) == [
        "healthy",
        "watch",
        "watch",
        "degraded",
        "degraded",
        "blocked",
    ]
    assert alarm.follow([9] * 6 + [0] * 3)[-1] == "degraded"


def wrong_promotions(
    champion: float, challenger: float, *, is_old: bool, n: int
) -> float:
    """Share of promotions; both err by a normal of this size (points)."""
    rng = np.random.default_rng(1)
    promoted = 0
    for _ in range(n):
        truth, total = rng.normal(2.5, 6.5, 224), rng.normal(226, 7, 224)
        shared = rng.normal(0, 2.5, 224)
        margin = np.rint(truth + rng.normal(0, 12.5, 224))
        points = np.rint(total + rng.normal(0, 18, 224))
        results = pd.DataFrame({"home_margin": margin, "total_points": points})
        tables = []
        for error in (champion, challenger):
            mean = truth + shared + rng.normal(0, error, 224)
            forecasts = pd.DataFrame(
                {
                    "home_win_prob": special.ndtr(mean / 12.8),
                    "margin_mean": mean,
                    "margin_sd": 12.8,
                    "total_mean": total + shared + rng.normal(0, 1.3 * error, 224),
                    "total_sd": 18.2,
                }
            )
            tables.append(promotion_rule.losses(forecasts, results))
        days = np.repeat(np.arange(28), 8)
        verdict = promotion_rule.decide(*tables, days, champion_is_old=is_old)
        promoted += verdict.outcome == "promote"
    return promoted / n


def test_a_worse_challenger_is_promoted_no_more_often_than_stated() -> None:
    # The stated rate is 5 % for one that is no better; 3 standard errors above.
    assert wrong_promotions(1, 1, is_old=False, n=1000) < 0.05 + 3 * np.sqrt(
        0.05 * 0.95 / 1000
    )
    assert wrong_promotions(1, 2, is_old=False, n=1000) <= 0.03
    assert wrong_promotions(1, 3, is_old=True, n=1000) <= 0.02


def test_a_better_challenger_is_promoted_with_the_stated_power() -> None:
    assert wrong_promotions(3, 1, is_old=False, n=150) > 0.38
    assert wrong_promotions(4, 1, is_old=False, n=150) > 0.68
    assert wrong_promotions(1, 1, is_old=True, n=150) > 0.45


def test_a_trial_of_few_games_decides_nothing() -> None:
    table = pd.DataFrame({"log_loss": np.full(199, 0.6)})
    verdict = promotion_rule.decide(table, table - 0.1, np.arange(199) // 8)
    assert verdict.outcome == "undecided"
    assert "199 of 200 games" in verdict.reason
    many = pd.DataFrame({"log_loss": np.full(400, 0.6)})
    better = many - np.random.default_rng(0).uniform(0.05, 0.1, (400, 1))
    assert promotion_rule.decide(many, better, np.arange(400) // 8).outcome == "promote"
    assert promotion_rule.decide(many, many, np.arange(400) // 8).outcome == "refuse"


def test_better_on_the_whole_but_worse_in_one_thing_is_refused() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(1.0, index=range(300), columns=["a", "b"])
    other = table + rng.normal(0, 0.01, (300, 2)) + np.array([-0.2, 0.05])
    verdict = promotion_rule.decide(table, other, np.arange(300) // 8)
    assert verdict.outcome == "refuse"
    assert "worse in b" in verdict.reason


def test_drift_names_what_moved_beside_the_same_months() -> None:
    rng = np.random.default_rng(0)
    days = pd.date_range("2021-10-20", periods=500)
    training = pd.DataFrame(
        {
            "game_date": days,
            "still": rng.normal(size=500),
            "calendar": days.month.to_numpy() + rng.normal(0, 0.1, 500),
            "moved": rng.normal(size=500),
        }
    )
    later = training.sample(300, random_state=0).assign(
        moved=rng.normal(1.5, 1, 300), game_date=pd.Timestamp("2022-12-01")
    )
    months = pd.date_range("2021-12-01", periods=31).repeat(10)
    december = pd.DataFrame(
        rng.normal(size=(310, 3)), columns=["still", "calendar", "moved"]
    ).assign(game_date=months)
    found = drift.input_drift(december, later, ["still", "moved"])
    assert found[0].column == "moved"
    assert found[0].psi > drift.MOVED > found[1].psi
    assert drift.input_drift(training, later.head(50), ["still"]) == []


NOW = datetime(2024, 1, 15, 22, tzinfo=UTC)


def schedule() -> pd.DataFrame:
    days = pd.date_range("2023-12-01", "2024-01-15")
    tipoff = pd.DatetimeIndex(days).tz_localize("UTC") + pd.Timedelta(hours=24)
    games = pd.DataFrame({"game_date": days, "tipoff_at": tipoff})
    games["season"], games["season_type"] = "2023-24", "Regular Season"
    games["home_team_id"], games["away_team_id"], games["away_pts"] = 1, 2, 100.0
    games = games.loc[games.index.repeat(7)].reset_index(drop=True)
    games["game_id"] = [f"{number:03}" for number in range(len(games))]
    games["known_at"] = games["tipoff_at"] + pd.Timedelta(hours=3)
    games["home_pts"] = np.where(games["known_at"] <= pd.Timestamp(NOW), 110.0, np.nan)
    return games


def watch(games: pd.DataFrame, forecasts: pd.DataFrame, **changes: object) -> list[str]:
    options = {
        "moment": NOW,
        "model_date": pd.Timestamp("2024-01-10"),
        "retrain_days": 14,
    }
    found = overdue(games, forecasts, **{**options, **changes})  # type: ignore[arg-type]
    return [each.what for each in found]


def test_the_watchdog_is_silent_where_everything_ran() -> None:
    games = schedule()
    assert watch(games, games) == []


def test_the_watchdog_notices_each_thing_that_did_not_run() -> None:
    games = schedule()
    silent = games.assign(
        home_pts=games["home_pts"].where(games["game_date"] < "2024-01-12")
    )
    assert watch(silent, games) == ["ingest"]
    no_week = games[games["game_date"] != pd.Timestamp("2024-01-12")]
    assert watch(games, no_week) == ["forecast"]
    assert watch(games, games.iloc[:0]) == ["forecast"]
    assert watch(games, games, model_date=pd.Timestamp("2023-11-30")) == ["retrain"]
    assert watch(games, games, model_date=None) == ["retrain"]


def test_summer_is_no_alarm_and_a_season_that_stops_is() -> None:
    games = schedule().dropna(subset=["home_pts"])
    later = {"model_date": pd.Timestamp("2024-01-14")}
    assert watch(games, games, moment=NOW + timedelta(days=200), **later) == []
    assert watch(games, games, moment=NOW + timedelta(days=60), **later) == ["ingest"]


def test_eight_days_without_games_in_february_are_no_alarm() -> None:
    # The longest all-star break: results until the 14th, games again on the 23rd.
    games = schedule()
    pause = (games["game_date"] > "2024-01-02") & (games["game_date"] < "2024-01-12")
    games = games[~pause].reset_index(drop=True)
    for day in range(3, 12):
        moment = datetime(2024, 1, day, 22, tzinfo=UTC)
        is_known = games["known_at"] <= pd.Timestamp(moment)
        known = games.assign(home_pts=np.where(is_known, 110.0, np.nan))
        assert watch(known, games, moment=moment) == [], day


def test_a_gap_of_four_months_is_over_with_the_first_games_after_it() -> None:
    games = schedule()
    after = games["game_date"] > "2023-12-25"
    for column in ("game_date", "tipoff_at", "known_at"):
        later = games[column] + timedelta(days=140)
        games[column] = games[column].where(~after, later)
    for moment, expected in (
        # The schedule explains it: the next game is one of May.
        (datetime(2024, 3, 1, 22, tzinfo=UTC), []),
        (datetime(2024, 5, 16, 22, tzinfo=UTC), []),
        # Three weeks on, still without a new model.
        (datetime(2024, 6, 3, 22, tzinfo=UTC), ["retrain"]),
    ):
        is_known = games["known_at"] <= pd.Timestamp(moment)
        known = games.assign(home_pts=np.where(is_known, 110.0, np.nan))
        asked = {"moment": moment, "model_date": pd.Timestamp("2023-12-10")}
        assert watch(known, games, **asked) == expected
    # Of a source that has stopped nothing explains it.
    stopped = games[~after].assign(home_pts=110.0)
    asked["moment"] = datetime(2024, 3, 1, 22, tzinfo=UTC)
    assert watch(stopped, games, **asked) == ["ingest"]


def test_an_opening_night_is_no_alarm_whenever_a_season_opens() -> None:
    games = schedule()
    games["season"] = np.where(games["game_date"] > "2023-12-25", "2024-25", "2023-24")
    for days in (90, 126, 160, 320):  # also a lockout's, and a pandemic's
        after = games["season"] == "2024-25"
        later = games.copy()
        for column in ("game_date", "tipoff_at", "known_at"):
            moved = games[column] + timedelta(days=days)
            later[column] = games[column].where(~after, moved)
        opening = pd.Timestamp("2023-12-26", tz="UTC") + timedelta(days=days)
        for hours in (-24 * days // 2, -24, 20, 44):
            moment = opening + timedelta(hours=hours)
            is_known = later["known_at"] <= moment
            known = later.assign(home_pts=np.where(is_known, 110.0, np.nan))
            asked = {"moment": moment, "model_date": pd.Timestamp("2023-12-25")}
            assert watch(known, later, **asked) == [], (days, hours)
        # Three days later without any of its results it is one.
        asked["moment"] = opening + timedelta(days=3, hours=20)
        assert watch(known, later, **asked) == ["ingest"], days


def playoffs(games: pd.DataFrame, winners: list[tuple[int, int]]) -> pd.DataFrame:
    """Follow a season with four games a series, won by the first of two teams."""
    rows = []
    day = games["game_date"].max()
    for winner, loser in winners:
        for _ in range(4):
            day += timedelta(days=1)
            rows.append({"game_date": day, "home_team_id": loser, "home_pts": 90.0})
            rows[-1]["away_team_id"] = winner
    played = pd.DataFrame(rows).assign(
        season="2023-24",
        season_type="Playoffs",
        away_pts=100.0,
        game_id=lambda frame: [f"p{number}" for number in range(len(frame))],
        tipoff_at=lambda frame: frame["game_date"].dt.tz_localize("UTC"),
        known_at=lambda frame: frame["tipoff_at"] + timedelta(hours=3),
    )
    return pd.concat([games.dropna(subset=["home_pts"]), played], ignore_index=True)


def test_a_source_rests_after_a_champion_and_not_in_the_middle_of_play_offs() -> None:
    final = playoffs(schedule(), [(1, 2), (3, 4), (1, 3)])
    asked = {"model_date": pd.Timestamp("2024-01-20")}
    for days, expected in ((20, []), (270, []), (290, ["ingest"])):
        moment = NOW + timedelta(days=12 + days)
        assert watch(final, final, moment=moment, **asked) == expected, days
    for days in (20, 100):
        semifinals = playoffs(schedule(), [(1, 2), (3, 4)])
        moment = NOW + timedelta(days=8 + days)
        assert watch(semifinals, semifinals, moment=moment, **asked) == ["ingest"]


def test_games_called_off_are_no_alarm_and_an_evening_without_results_is() -> None:
    games = schedule()
    called_off = games["game_id"].isin(games["game_id"].iloc[150:-60:8])
    some = games.assign(home_pts=games["home_pts"].mask(called_off))
    assert called_off.sum() > 5
    assert watch(some, games) == []
    # Others of the same days have theirs: a third is no longer chance.
    third = games.index % 3 == 0
    many = games.assign(home_pts=games["home_pts"].mask(third))
    assert watch(many, games) == ["ingest"]
    last = games["game_date"] >= "2024-01-13"
    stopped = games.assign(home_pts=games["home_pts"].mask(last))
    assert watch(stopped, games) == ["ingest"]


def test_charts_are_well_formed_and_survive_gaps() -> None:
    lines = [
        charts.Line("ours & theirs", "ours", [0.6, float("nan"), 0.62, 0.61]),
        charts.Line("baseline", "baseline", [0.65] * 4),
    ]
    svg = charts.line_chart(list("abcd"), lines, title="a < b", marks=[(0.7, "bad")])
    root = ElementTree.fromstring(svg)
    assert root.attrib["aria-label"] == "a < b"
    paths = [each.attrib["d"] for each in root.iter("path")]
    assert paths[0].count("M") == 2
    texts = [each.text for each in root.iter("text")]
    assert {"ours & theirs", "baseline", "bad"} <= set(texts)
    assert "Not enough" in charts.line_chart(["a"], lines, title="")
    dots = charts.reliability_chart(
        pd.DataFrame({"forecast": [0.25, 0.75], "observed": [0.3, 0.7], "n": [40, 9]}),
        title="t",
    )
    assert len(list(ElementTree.fromstring(dots).iter("circle"))) == 2


@pytest.mark.parametrize(
    ("night", "words"),
    [
        ({"status": "running"}, "was killed before its end"),
        (
            {"status": "stopped", "steps": [{"error": "stopped by SIGTERM"}]},
            "did not end: stopped by SIGTERM",
        ),
        ({"status": "done"}, ""),
        ({"status": "failed"}, ""),  # its exit code was told to whoever began it
        ({}, ""),
    ],
)
def test_the_watchdog_tells_of_a_night_that_did_not_end(
    night: dict[str, object], words: str
) -> None:
    found = unfinished({"as_of": "2024-01-15T22:00:00", **night})
    assert [each.what for each in found] == (["night"] if words else [])
    assert all(words in each.found and "2024-01-15" in each.found for each in found)
