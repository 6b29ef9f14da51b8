"""Sheets of lines: what is read, what it is worth, and what is told of bad rows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.boxscore.sample import BoxSample
from ml.boxscore.stats import BOX
from ml.errors import MissingError, SourceError, StorageError
from ml.pricing import price
from ml.pricing.odds import american_odds, decimal_odds, read_odds, worth
from ml.pricing.price import MOST_BLOCKS, Board, Stakes, price_bets
from ml.pricing.sheet import parse_sheet, read_sheet

N = 4000
NAMES = {1: "Ann Ace", 2: "Bob Big", 3: "Cy Cut"}
PEOPLE = pd.DataFrame(
    {
        "game_id": ["g1", "g1", "g2"],
        "team": ["BOS", "DAL", "LAL"],
        "opponent": ["DAL", "BOS", "NYK"],
        "is_home": [True, False, True],
        "team_id": [1, 2, 3],
        "player_id": [1, 2, 3],
        "player_name": list(NAMES.values()),
    }
)


def sample(game_id: str, block: int) -> BoxSample:
    """Draw box scores in which Bob scores what Ann does not."""
    rng = np.random.default_rng(7 * block + (game_id == "g2"))
    players = np.array([1, 2] if game_id == "g1" else [3])
    plays = rng.random((N, len(players))) < (0.9 if game_id == "g1" else 0.3)
    box = {name: np.zeros(plays.shape, np.int16) for name in BOX}
    ann = rng.integers(10, 31, N)
    box["pts"][:, 0] = ann
    if game_id == "g1":
        box["pts"][:, 1] = 40 - ann
    box["min"][:] = 30
    for values in box.values():
        values[~plays] = 0
    points = rng.integers(90, 121, (N, 2))
    points[:, 1] += points[:, 0] == points[:, 1]
    return BoxSample(game_id, np.ones_like(players), players, points, points[:, 0], box)


def draw(games: Sequence[str], block: int) -> dict[str, BoxSample]:
    return {game: sample(game, block) for game in games}


def find_player(text: str, game_id: str | None) -> pd.Series:
    found = PEOPLE[PEOPLE["player_name"].str.contains(text, regex=False)]
    if len(found) != 1 or game_id not in {None, found["game_id"].iloc[0]}:
        raise MissingError(f"{text!r} is not one of the players", "give his name")
    return found.iloc[0]


BOARD = Board(PEOPLE, find_player, draw, {"g1": datetime(2024, 1, 15, 22, tzinfo=UTC)})


def priced(sheet: str, **stakes: float) -> pd.DataFrame:
    """Price the text of a sheet."""
    return price_bets(BOARD, parse_sheet(sheet), Stakes(**stakes))


def one(row: str, header: str = "game,team,player,stat,side,line,odds") -> pd.Series:
    """Price one row."""
    return priced(f"{header}\n{row}\n").iloc[0]


def test_odds_worked_by_hand() -> None:
    np.testing.assert_allclose(decimal_odds([150, -200, 100]), [2.5, 1.5, 2.0])
    for text, odds in [
        *(("+150", 2.5), ("150", 2.5), ("-200", 1.5), (" −110 ", 1 + 100 / 110)),
        *(("1.91", 1.91), ("1,91", 1.91), ("even", 2.0), ("99", 99.0), ("100", 2.0)),
    ]:
        assert read_odds(text) == pytest.approx(odds)


@given(st.integers(100, 5000), st.booleans())
def test_american_odds_survive_being_decimal(size: int, is_favourite: bool) -> None:
    american = -size if is_favourite and size > 100 else size
    assert american_odds(read_odds(f"{american:+d}")) == american


@given(st.floats(0.01, 0.99), st.floats(0.0, 0.9), st.floats(1.01, 50.0))
def test_a_bet_is_worth_nothing_at_fair_odds_and_never_staked_below(
    prob: float, push: float, odds: float
) -> None:
    fair = worth(prob, push, 1.0 / prob, kelly_share=1.0, most=1.0)
    assert fair.expected_value == pytest.approx(0.0, abs=1e-9)
    found = worth(prob, push, odds, kelly_share=0.25, most=0.05)
    assert 0.0 <= found.stake <= 0.05
    assert (found.stake > 0.0) == (found.expected_value > 1e-12) or found.stake < 1e-9


@given(st.floats(0.05, 0.95), st.floats(1.05, 20.0))
def test_the_stake_is_the_one_whose_money_grows_fastest(
    prob: float, odds: float
) -> None:
    stake = worth(prob, 0.0, odds, kelly_share=1.0, most=1.0).stake
    tried = np.linspace(0.0, 0.999, 2000)
    growth = prob * np.log1p(tried * (odds - 1)) + (1 - prob) * np.log1p(-tried)
    assert stake == pytest.approx(tried[growth.argmax()], abs=1e-3)


def test_both_sides_of_a_line_share_what_is_no_push() -> None:
    frame = priced(
        "game,team,player,stat,side,line\n"
        "BOS@DAL,,,total,over,210\n,DAL,,spread,,-3\n,BOS,,spread,,3\n"
        ",,Ann,pts,over,20\n,,Ann,pts,under,20\n,BOS,,team_total,over,100\n"
        ",,Ann,pts >= 20,yes,\n,,Ann,pts >= 20,no,\n"
    )
    assert (frame["error"] == "").all()
    total, dal, bos, over, under, _, yes, no = frame["prob"]
    assert dal + bos == pytest.approx(1.0)
    assert over + under == pytest.approx(1.0)
    assert yes + no == pytest.approx(1.0)
    assert frame["push_prob"][3] == pytest.approx(1 / 21, abs=0.01)
    assert frame["play_prob"][3] == pytest.approx(0.9, abs=0.02)
    points = sample("g1", 0).points
    assert total == pytest.approx(
        (points.sum(1) > 210).sum() / (points.sum(1) != 210).sum()
    )
    margin = points[:, 1] - points[:, 0]  # BOS is at home
    assert dal == pytest.approx((margin > 3).sum() / (margin != 3).sum())


def test_legs_of_one_game_are_priced_together_and_games_apart() -> None:
    frame = priced(
        "bet,team,player,stat,side,line,odds\n"
        "a,,Ann,pts,over,20.5,+300\na,,Bob,pts,over,20.5,\n"
        "b,,Ann,pts,over,20.5,\nb,,Bob,pts,under,19.5,\n"
        "c,,Ann,pts,over,20.5,\nc,LAL,,moneyline,,,\n"
        "d,,Ann,pts,over,20.5,\ne,LAL,,moneyline,,,\n"
    ).set_index("bet")
    # What Ann scores Bob does not: never both, and always one of them.
    assert frame.loc["a", "prob"] == 0.0
    assert frame.loc["a", "independent_prob"] == pytest.approx(0.25, abs=0.03)
    assert "too few to tell" in frame.loc["a", "warnings"]
    assert frame.loc["a", "draws"] == MOST_BLOCKS * N
    assert np.isnan(frame.loc["a", "fair_odds"])
    assert frame.loc["b", "prob"] == pytest.approx(frame.loc["d", "prob"], abs=0.02)
    product = frame.loc["d", "prob"] * frame.loc["e", "prob"]
    assert frame.loc["c", "prob"] == pytest.approx(product)


def test_a_sheet_of_rare_lines_ends_and_each_of_them_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[tuple[int, list[str]]] = []

    def count(games: Sequence[str], block: int) -> dict[str, BoxSample]:
        drawn.append((block, list(games)))
        return draw(games, block)

    monkeypatch.setattr(price, "MORE_BLOCKS", 5)
    board = replace(BOARD, draw=count)
    header = "player,stat,side,line\n"
    rare = "Ann,pts,over,40\nCy,pts,over,40\nAnn,pts,over,20.5\n"
    frame = price_bets(board, parse_sheet(header + rare))
    # Another block of both games would be the sixth beside their first.
    assert drawn == [(block, ["g1", "g2"]) for block in range(3)]
    assert frame["draws"].tolist() == [3 * N, 3 * N, N]
    ended = frame["warnings"].str.contains("the most that a sheet")
    assert ended.tolist() == [True, True, False]
    # Whatever else a sheet holds, what is drawn of a game is the same.
    alone = price_bets(board, parse_sheet(header + "Ann,pts,over,20.5\n"))
    assert alone["prob"][0] == frame["prob"][2]


@given(st.permutations(["Ann,pts,over,15.5", "Bob,pts,over,12.5", "Cy,pts,over,10.5"]))
def test_the_order_of_legs_does_not_matter(legs: list[str]) -> None:
    rows = "".join(f"x,{leg}\n" for leg in legs)
    row = priced(f"bet,player,stat,side,line\n{rows}").iloc[0]
    assert row["prob"] == pytest.approx(
        priced(
            "bet,player,stat,side,line\nx,Ann,pts,over,15.5\nx,Bob,pts,over,12.5\n"
            "x,Cy,pts,over,10.5\n"
        )["prob"].iloc[0]
    )


def test_the_error_is_what_other_draws_differ_by() -> None:
    found = []
    for first in range(40):
        board = Board(
            PEOPLE, find_player, lambda games, n, at=100 * first: draw(games, n + at)
        )
        bets = parse_sheet("player,stat,side,line\nAnn,pts,over,27.5\n")
        found.append(price_bets(board, bets)[["prob", "prob_error"]].iloc[0])
    table = pd.DataFrame(found)
    assert table["prob"].std() == pytest.approx(table["prob_error"].mean(), rel=0.35)


def test_what_to_know_before_believing_a_price_is_told() -> None:
    frame = priced(
        "player,stat,side,line,odds,updated_at\n"
        "Ann,pts,over,20.5,-110,2024-01-15T16:00-05:00\n"
        "Ann,pts,over,20.5,-110,2024-01-15T17:30-05:00\n"
        "Cy,pts,over,20.5,900,\n"
    )
    assert "older than the report of 2024-01-15 22:00 UTC" in frame["warnings"][0]
    assert not frame["warnings"][1]
    assert "void with probability 0.7" in frame["warnings"][2]
    assert "more than double" in frame["warnings"][2]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (",,Zed,pts,over,20.5,", "'Zed' is not one of the players"),
        ("g2,,Ann,pts,over,20.5,", "'Ann' is not one of the players"),
        ("XYZ,,,total,over,210,", "'XYZ' is not one of the evening's games"),
        (",XYZ,,moneyline,,,", "'XYZ' is not one of the evening's games"),
        ("LAL,BOS,,moneyline,,,", "'BOS' does not play in 'LAL'"),
        (",,Ann,points,over,20.5,", "'points' is not part of an expression"),
        (",,Ann,pts//2,over,20.5,", "'pts // 2' is not part of an expression"),
        (",,Ann,pts*9999999,over,20.5,", "9999999 is out of range"),
        (",,Ann,pts*999999,over,20.5,", "is out of range"),
        (f",,Ann,{'pts+' * 300}pts,over,20.5,", "at most 500 characters"),
        (",,Ann,pts,over,,", "over needs a line"),
        (",,Ann,pts,,20.5,", "a line of 20.5 needs a side"),
        (",,Ann,pts,yes,20.5,", "a line of 20.5 needs a side"),
        (",,Ann,pts,,,", "'pts' is a number"),
        (",,Ann,double_double,over,20.5,", "'double_double' is a yes or no"),
        (",,Ann,pts,above,20.5,", "side 'above' is not known here"),
        (",,Ann,pts,over,20.5 pts,", "line '20.5 pts' is no number"),
        (",,Ann,pts,over,nan,", "line 'nan' is no number"),
        (",,Ann,pts,over,-inf,", "line '-inf' is no number"),
        (",,Ann,pts,over,1e9,", "line '1e9' is no number"),
        (",,Ann,pts+reb,over,-0.5,", "a line of -0.5 on pts\\+reb is below zero"),
        ("BOS,,,total,under,-210,", "a line of -210 on total is below zero"),
        (",BOS,,team_total,over,-1,", "a line of -1 on team_total is below zero"),
        (",,Ann,pts,over,1_0,", "line '1_0' is no number"),
        (",,Ann,pts,over,20.5,0", "odds '0' cannot be read"),
        (",,Ann,pts,over,20.5,1", "odds '1' cannot be read"),
        (",,Ann,pts,over,20.5,-1.91", "odds '-1.91' cannot be read"),
        (",,Ann,pts,over,20.5,+50", r"odds '\+50' cannot be read"),
        (",,Ann,pts,over,20.5,nan", "odds 'nan' cannot be read"),
        (",,Ann,pts,over,20.5,²", "odds '²' cannot be read"),
        (",,Ann,pts,over,20.5,10/11", "odds '10/11' cannot be read"),
        (",,Ann,pts,over,20.5,99999999", "odds '99999999' cannot be read"),
        (",,,pts,over,20.5,", "'pts' without a player is no line on a team"),
        (",,,moneyline,,,", "moneyline needs a team"),
        (",,,total,over,210,", "a total needs a game"),
        (",,Ann,1 > 0,,,", "'1 > 0' names no column"),
        (",BOS,,spread,,,", "spread takes a line"),
        (",BOS,,moneyline,,3,", "moneyline takes no line"),
        (",BOS,,team_total,win,100,", "side 'win' is not known here"),
        (",BOS,,,over,100,", "it has no stat"),
        (",<b>BOS</b>,,moneyline,,,", "'<b>BOS</b>' is not one of the evening's games"),
    ],
)
def test_a_row_that_cannot_be_priced_says_why_and_the_others_are(
    row: str, told: str
) -> None:
    header = "game,team,player,stat,side,line,odds"
    frame = priced(f"{header}\n{row}\n,,Ann,pts,over,20.5,-110\n")
    assert frame["error"].str.contains(told).tolist() == [True, False]
    assert frame["prob"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    "moment",
    [
        "yesterday",
        "2024-01-15T18:30",
        "9999-12-31T23:59-23:59",
        "0001-01-01T00:00+23:59",
    ],
)
def test_a_moment_that_is_none_is_told(moment: str) -> None:
    frame = priced(f"player,stat,side,line,updated_at\nAnn,pts,over,20.5,{moment}\n")
    assert frame["error"].str.contains("is no moment").all()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "has 0 lines"),
        ("stat,line\n", "has 0 lines"),
        ("stat\n" + "pts\n" * 20_000, "has 20,000 lines"),
        ("player;line\nAnn;3\n", "it needs stat"),
        ("stat,stat\npts,3\n", "it needs stat, once"),
        ("<html><body>404</body></html>\nx\n", "it needs stat"),
        ('stat\n"' + "x" * 200_000 + '"\n', "is no CSV"),
    ],
)
def test_a_text_that_is_no_sheet_is_refused(text: str, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        parse_sheet(text)


def test_a_file_that_is_no_sheet_is_refused(tmp_path: Path) -> None:
    sheet, pipe = tmp_path / "sheet.csv", tmp_path / "pipe"
    sheet.write_bytes("stat\nDončić".encode("utf-16"))
    os.mkfifo(pipe)
    with pytest.raises(SourceError, match="not UTF-8 text"):
        read_sheet(sheet)
    with pytest.raises(SourceError, match="there is no file"):
        read_sheet(tmp_path / "none.csv")
    sheet.write_bytes(b"stat\n" * 2_000_000)
    for path in (sheet, pipe, tmp_path):
        with pytest.raises(StorageError, match=path.name):
            read_sheet(path)


def test_sheets_of_other_programs_are_read() -> None:
    frame = priced("\n\nPlayer;Stat;Side;Line;Notes\nAnn;pts;Over;20.5;mine\n")
    assert frame["error"].tolist() == [""]
    assert frame["bet"].tolist() == ["line 4"]
    tabs = priced("player\tstat\tside\tline\tupdated at\nAnn\tpts\tu\t20.5\t\n")
    assert tabs["prob"].iloc[0] == pytest.approx(1 - frame["prob"].iloc[0])


def test_a_spread_and_a_difference_can_be_below_zero() -> None:
    text = "team,player,stat,side,line\nBOS,,spread,,-4.5\n,Ann,reb-pts,over,-20.5\n"
    frame = price_bets(BOARD, parse_sheet(text))
    assert (frame["error"] == "").all()
    assert frame["prob"].between(0.01, 0.99).all()


def test_a_bet_has_one_price_and_not_too_many_legs() -> None:
    legs = "x,Ann,pts,over,1.5,-110\n" * 13
    twice = "y,Ann,pts,over,1.5,-110\ny,Bob,pts,over,1.5,-120\n"
    frame = priced(f"bet,player,stat,side,line,odds\n{legs}{twice}")
    assert "13 legs" in frame["error"][0]
    assert "2 odds are given" in frame["error"][1]
