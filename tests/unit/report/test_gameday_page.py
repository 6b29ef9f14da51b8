"""The page of a day tells what is missing, and what was never seen."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from ml.errors import SetAsideError
from ml.features.unseen import Unseen
from ml.ingest.quarantine import GameSetAside
from ml.jobs import predict_team_matchups as job
from ml.report.gameday_page import FACTS, write_gameday_page
from ml.settings import Settings

DAY = date(2024, 1, 15)
MISSING = GameSetAside("0022300900", DAY, "unknown_team", ("away_team_id",))
USAGE = Unseen("usg_pct_season", "New <Comer>", 1.6363, "0 to 1.249")


def games() -> tuple[pd.DataFrame, pd.DataFrame]:
    """One game: what is forecast, and its features."""
    quantiles = {
        f"{name}_p{level}": [middle + (level - 50) / 2]
        for name, middle in (("margin", 3.0), ("total", 220.0))
        for level in (10, 50, 90)
    }
    predictions = pd.DataFrame(
        {
            "game_id": ["0022300601"],
            "tipoff_at": pd.to_datetime(["2024-01-16 00:30"]),
            "forecast_at": pd.to_datetime(["2024-01-15 23:30"]),
            "home_team": ["BOS"],
            "away_team": ["NYK"],
            "is_neutral_site": [False],
            "home_win_prob": [0.6],
            "margin_mean": [3.0],
            "total_mean": [220.0],
            "home_pts_mean": [111.5],
            "away_pts_mean": [108.5],
            **quantiles,
        }
    )
    features = {
        f"{side}_{fact.feature}": [1.0] for fact in FACTS for side in ("home", "away")
    }
    return predictions, predictions[["game_id"]].assign(**features)


def page(folder: Path, **more: object) -> str:
    predictions, matchups = games()
    path = write_gameday_page(
        folder / "gameday.html",
        predictions=predictions,
        matchups=matchups,
        day=DAY,
        model="team_matchup_x",
        **more,  # type: ignore[arg-type]
    )
    return path.read_text("utf-8")


def test_what_was_never_seen_stands_on_the_page(tmp_path: Path) -> None:
    html = page(tmp_path, unseen=[USAGE])
    assert "Never seen before" in html
    row = "<td>usg_pct_season</td><td>New &lt;Comer&gt;</td><td>1.636</td>"
    assert row in html
    assert "<td>0 to 1.249</td>" in html
    assert "Never seen before" not in page(tmp_path)


def test_what_is_missing_stands_on_the_page(tmp_path: Path) -> None:
    note = "Made without what is new in injury_reports: 3 of 9 rows are bad."
    html = page(tmp_path, notes=[note, f"Not forecast, set aside: {MISSING}."])
    assert f'<p class="note">{note}</p>' in html
    assert "game 0022300900 of 2024-01-15: unknown_team (away_team_id)." in html
    assert 'class="note"' not in page(tmp_path)


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_a_forecast_without_some_games_is_shown_and_ends_with_23(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    class Gameday:
        predictions = games()[0]
        set_aside = (MISSING,)

    monkeypatch.setattr(job, "require_ingested", lambda _: None)
    monkeypatch.setattr(job, "find_slate", lambda *_: None)
    monkeypatch.setattr(job, "require_models", lambda *_, **__: None)
    monkeypatch.setattr(job, "forecast_day", lambda *_, **__: Gameday())
    with pytest.raises(SetAsideError, match=r"1 game\(s\) to forecast") as raised:
        job.predict_team_matchups(Settings(), json=form == "json", csv=form == "csv")
    assert raised.value.exit_code == 23
    shown = capsys.readouterr()
    if form == "csv":
        rows = pd.read_csv(io.StringIO(shown.out), dtype={"game_id": str})
        assert rows["home_win_prob"].tolist() == [0.6]
    elif form == "json":
        assert "0022300601" in shown.out
    else:
        assert "NYK at BOS" in shown.err
