"""One rule of basketball, or of the files, per test; the numbers are worked by hand."""

import pandas as pd
import pyarrow as pa
import pytest

from ml.errors import ContractError, MissingError
from ml.ingest.playbyplay.events import (
    COLUMNS,
    EJECTION,
    FOUL,
    FREE_THROW,
    MADE,
    MISS,
    PERIOD_END,
    PERIOD_START,
    REBOUND,
    SUBSTITUTION,
    TURNOVER,
    order_events,
    read_play_by_play,
)
from ml.ingest.playbyplay.shots import shot_zone
from ml.ingest.playbyplay.stints import Stints, build_stints

HOME, AWAY = 1, 2
PERSONAL, SHOOTING, TECHNICAL = 1, 2, 11
ONE_OF_ONE, ONE_OF_TWO, TWO_OF_TWO, TECHNICAL_SHOT = 10, 11, 12, 16


def event(clock, kind, player=0, *, action=0, second=0, text="", period=1, team=None):
    team = team or (player // 10 if player >= 10 else 0)
    return {
        "game_clock": clock,
        "event_type": kind,
        "action_type": action,
        "period": period,
        "home_description": text if team == HOME else "",
        "away_description": text if team == AWAY else "",
        "player1_id": player,
        "player1_team_id": team,
        "player2_id": second,
        "player2_team_id": second // 10,
        "player3_id": 0,
        "player3_team_id": 0,
    }


def made(clock, player, **more):
    return event(clock, MADE, player, text="Layup (2 PTS)", **more)


def free_throw(clock, player, action, *, good=True, **more):
    text = "Free Throw (1 PTS)" if good else "MISS Free Throw"
    return event(clock, FREE_THROW, player, action=action, text=text, **more)


def sub(clock, out, into, **more):
    return event(clock, SUBSTITUTION, out, second=into, **more)


def present(*players, period=1, clock="11:59"):
    """Events that show players on court and change nothing."""
    return [
        event(clock, FOUL, player, action=PERSONAL, period=period) for player in players
    ]


TEN = (11, 12, 13, 14, 15, 21, 22, 23, 24, 25)


def table(events):
    rows = [
        {"game_id": "1", "event_num": number, **row}
        for number, row in enumerate(events)
    ]
    return pa.Table.from_pylist([{name: row[name] for name in COLUMNS} for row in rows])


def stints_of(events, *, score, minutes=None, periods=1) -> Stints:
    ends = [event("0:00", PERIOD_END, period=one + 1) for one in range(periods)]
    starts = [event("12:00", PERIOD_START, period=one + 1) for one in range(periods)]
    games = pd.DataFrame(
        {
            "game_id": ["1"],
            "home_team_id": [HOME],
            "away_team_id": [AWAY],
            "home_pts": [score[0]],
            "away_pts": [score[1]],
        }
    )
    box = (
        pd.DataFrame(
            {"game_id": "1", "player_id": list(minutes), "min": list(minutes.values())}
        )
        if minutes
        else None
    )
    return build_stints(order_events(table([*starts, *events, *ends])), games, box)


def sides(result, *columns):
    assert result.unresolved.empty, result.unresolved["reason"].item()
    return result.stints[list(columns)].to_numpy().tolist()


def five(result, row, side):
    return tuple(result.stints.loc[row, [f"{side}_p{one}" for one in range(1, 6)]])


def test_free_throws_belong_to_the_lineup_at_the_foul():
    result = stints_of(
        [
            *present(*TEN),
            event("10:00", FOUL, 21, action=SHOOTING, second=11),
            free_throw("10:00", 11, ONE_OF_TWO),
            sub("10:00", 11, 16),
            free_throw("10:00", 11, TWO_OF_TWO),
            made("9:40", 21),
        ],
        score=(2, 2),
    )
    columns = ("seconds", "home_pts", "away_pts", "home_poss", "away_poss")
    assert sides(result, *columns) == [[120, 2, 0, 1, 0], [600, 0, 2, 0, 1]]
    assert five(result, 1, "home") == (12, 13, 14, 15, 16)


def test_a_missed_last_free_throw_is_still_the_fouled_lineups_possession():
    result = stints_of(
        [
            *present(*TEN),
            event("10:00", FOUL, 21, action=SHOOTING, second=11),
            free_throw("10:00", 11, ONE_OF_TWO, good=False),
            event("10:00", REBOUND, HOME, team=HOME),
            sub("10:00", 21, 26),
            free_throw("10:00", 11, TWO_OF_TWO, good=False),
            event("9:58", REBOUND, 26),
        ],
        score=(0, 0),
    )
    assert sides(result, "home_poss", "away_poss") == [[1, 0], [0, 0]]


@pytest.mark.parametrize("good", [True, False])
def test_an_and_one_is_one_possession(good):
    result = stints_of(
        [
            *present(*TEN),
            made("8:00", 11),
            event("8:00", FOUL, 21, action=SHOOTING, second=11),
            free_throw("8:00", 11, ONE_OF_ONE, good=good),
            *([] if good else [event("7:59", REBOUND, 22)]),
            event("7:40", TURNOVER, 22),
        ],
        score=(2 + good, 0),
    )
    assert sides(result, "home_poss", "away_poss", "home_pts") == [[1, 1, 2 + good]]


def test_a_tip_in_written_before_its_rebound_does_not_end_the_possession_twice():
    result = stints_of(
        [
            *present(*TEN),
            event("8:00", MISS, 11, text="MISS Jump Shot"),
            event("7:58", MISS, 12, text="MISS Tip Layup Shot"),
            event("7:58", REBOUND, 12),
            event("7:57", REBOUND, 22),
            event("7:40", TURNOVER, 22),
        ],
        score=(0, 0),
    )
    assert sides(result, "home_poss", "away_poss") == [[1, 1]]


def test_a_shot_without_rebound_at_the_end_is_a_possession_and_holding_on_is_none():
    shot = [event("0:01", MISS, 11, text="MISS Jump Shot")]
    assert sides(
        stints_of([*present(*TEN), *shot], score=(0, 0)), "home_poss", "away_poss"
    ) == [[1, 0]]
    held = [event("0:20", TURNOVER, 21)]
    assert sides(
        stints_of([*present(*TEN), *held], score=(0, 0)), "home_poss", "away_poss"
    ) == [[0, 1]]


def test_a_technical_free_throw_scores_without_a_possession():
    result = stints_of(
        [
            *present(*TEN),
            event("12:00", FOUL, 29, action=TECHNICAL, period=2),
            free_throw("12:00", 11, TECHNICAL_SHOT, period=2),
            *present(*TEN, period=2),
        ],
        score=(1, 0),
        periods=2,
    )
    assert sides(result, "period", "home_pts", "home_poss", "away_poss") == [
        [1, 0, 0, 0],
        [2, 1, 0, 0],
    ]


def test_a_technical_foul_or_an_ejection_puts_nobody_on_court():
    result = stints_of(
        [
            *present(*TEN),
            event("9:00", FOUL, 17, action=TECHNICAL),
            event("9:00", EJECTION, 17),
        ],
        score=(0, 0),
    )
    assert five(result, 0, "home") == (11, 12, 13, 14, 15)


def test_a_silent_player_is_the_only_one_left():
    result = stints_of(
        [*present(*TEN), *present(*TEN[1:], period=2)], score=(0, 0), periods=2
    )
    assert five(result, 1, "home") == (11, 12, 13, 14, 15)


SILENT = [
    *present(*TEN),
    sub("6:00", 11, 16),
    *present(12, 13, 14, 15, 21, 22, 23, 24, 25, period=2),
]


def test_between_two_silent_players_the_box_score_decides():
    minutes = {11: 18, 16: 6}
    result = stints_of(SILENT, score=(0, 0), minutes=minutes, periods=2)
    assert five(result, 2, "home") == (11, 12, 13, 14, 15)
    swapped = stints_of(SILENT, score=(0, 0), minutes={11: 6, 16: 18}, periods=2)
    assert five(swapped, 1, "home") == (12, 13, 14, 15, 16)


def test_without_a_box_score_the_game_is_left_unresolved():
    result = stints_of(SILENT, score=(0, 0), periods=2)
    assert result.stints.empty
    assert "2 possible lineups" in result.unresolved["reason"].item()


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([*present(*TEN), sub("9:00", 11, 16), *present(11, clock="8:00")], "off the"),
        ([*present(*TEN), made("9:00", 11), made("8:00", 21)], "add up to 2-2"),
        ([*present(*TEN), *present(16)], "6 players of one side"),
    ],
)
def test_a_contradiction_is_named_not_guessed(events, reason):
    result = stints_of(events, score=(0, 0))
    assert result.stints.empty
    assert reason in result.unresolved["reason"].item()


def test_substitutions_of_one_second_may_stand_in_any_order():
    # 11 came back for 16 and left again for 17; the file has it the other way round.
    entries = [sub("10:00", 11, 16), sub("9:00", 11, 17), sub("9:00", 16, 11)]
    result = stints_of([*present(*TEN), *entries], score=(0, 0))
    assert sides(result, "seconds") == [[120], [60], [540]]
    assert five(result, 2, "home") == (12, 13, 14, 15, 17)


def test_events_entered_late_or_twice_are_put_right():
    late = table([made("5:00", 11), made("6:00", 21), made("4:00", 12)])
    ordered = order_events(pa.concat_tables([late, late]))
    assert ordered["event_num"].to_pylist() == [1, 0, 2]
    assert ordered["elapsed"].to_pylist() == [360, 420, 480]


def test_overtime_begins_after_regulation():
    ordered = order_events(table([made("4:00", 11, period=6)]))
    assert ordered["elapsed"].to_pylist() == [2880 + 300 + 60]


def test_assists_blocks_and_fouls_are_kept():
    result = stints_of(
        [
            *present(*TEN),
            made("9:00", 11, second=12),
            event("8:00", FOUL, 12, action=SHOOTING, second=21),
        ],
        score=(2, 0),
    )
    shot = result.shots.iloc[0]
    assert (shot["zone"], shot["assist_player_id"], shot["is_assisted"]) == (
        "rim",
        12,
        True,
    )
    foul = result.fouls.iloc[-1]
    assert (foul["player_id"], foul["drawn_by_player_id"], foul["kind"]) == (
        12,
        21,
        "shooting",
    )


@pytest.mark.parametrize(
    ("is_three", "feet", "text", "zone"),
    [
        (False, 4, "Layup", "rim"),
        (False, 5, "Jump Shot", "short_mid"),
        (False, 13, "Jump Shot", "short_mid"),
        (False, 14, "Jump Shot", "long_mid"),
        (False, float("nan"), "Cutting Dunk Shot", "rim"),
        (False, float("nan"), "Hook Shot", "short_mid"),
        (True, float("nan"), "3PT Jump Shot", "corner_three"),
        (True, 24, "3PT Jump Shot", "above_break_three"),
    ],
)
def test_zones(is_three, feet, text, zone):
    assert shot_zone(is_three=is_three, feet=feet, text=text) == zone


def test_a_game_without_events_is_listed():
    games = pd.DataFrame(
        {
            "game_id": ["1", "2"],
            "home_team_id": HOME,
            "away_team_id": AWAY,
            "home_pts": [90, None],
            "away_pts": [80, None],
        }
    )
    result = build_stints(order_events(table([made("9:00", 11)]).slice(1)), games)
    assert result.unresolved.to_dict("records") == [
        {"game_id": "1", "reason": "no play-by-play"}
    ]


def test_files_are_checked(tmp_path):
    with pytest.raises(MissingError, match="no play-by-play file"):
        read_play_by_play([tmp_path])
    file = tmp_path / "events.csv"
    file.write_text("GAME_ID,EVENTNUM\n0021500001,1\n")
    with pytest.raises(ContractError, match="column game_clock is missing"):
        read_play_by_play([file])
    with pytest.raises(ContractError, match="'noon' is not minutes:seconds"):
        order_events(table([made("noon", 11)]))
