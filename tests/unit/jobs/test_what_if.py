"""What `tipoff what-if` shows: whole numbers in a narrow terminal, and its CSV."""

import io

import numpy as np
import pandas as pd
from rich.console import Console

from ml.boxscore.stats import BOX
from ml.jobs.what_if import _csv, _show

NAMES = ("Shai Gilgeous-Alexander", "Kentavious Caldwell-Pope III", "=Nene")


def moved() -> pd.DataFrame:
    """What would move of three players, each number another one."""
    rows = [(player, stat) for player in NAMES for stat in BOX]
    frame = pd.DataFrame(rows, columns=["player_name", "stat"])
    before = np.linspace(10.0, 48.0, len(frame))
    frame = frame.assign(team="OKC", player_id=1, before=before, after=before[::-1])
    return frame.assign(change=frame["after"] - frame["before"])


def test_no_number_is_cut_in_eighty_columns() -> None:
    screen = Console(width=80, file=io.StringIO(), record=True)
    screen.print(_show("OKC, at home", moved()))
    text = screen.export_text()
    assert max(map(len, text.splitlines())) <= 80
    assert "OKC, at home" in text
    shown = moved().query("stat in ('min', 'pts', 'reb', 'ast', 'fg3m', 'tov')")
    words = text.split()
    assert {f"{value:.1f}" for value in shown["after"]} <= set(words)
    changes = {f"{value:+.1f}" for value in shown["change"]} - {"+0.0", "-0.0"}
    assert changes <= set(words)


def test_the_csv_holds_the_game_and_every_number_of_the_players() -> None:
    game = pd.DataFrame(
        {"what": ["total_mean"], "before": [210.0], "after": [208.5], "change": [-1.5]}
    )
    table = moved()
    found = pd.read_csv(io.StringIO(_csv(game, table)))
    assert found.loc[0, ["stat", "change"]].tolist() == ["total_mean", -1.5]
    assert np.allclose(found["after"][1:], table["after"], atol=1e-6)
    # A name that a spreadsheet would compute is text.
    assert not found["player_name"].dropna().str.startswith("=").any()
