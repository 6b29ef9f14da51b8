"""docs/damage.md says what comes of each kind of damage."""

import os
from pathlib import Path

import damage_table
import pytest
from feature_home import make_home
from small_league import build_small_league

from ml.ingest.run import ingest
from ml.settings import Settings


def test_the_table_of_damages_says_what_comes_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    league = build_small_league(tmp_path / "league.sqlite")
    ingest(league, Settings(home=tmp_path / "ingested", threads=2))
    make_home(tmp_path / "built")
    given = damage_table.Given(league, tmp_path / "ingested", tmp_path / "built")
    damage_table.stand_in(monkeypatch)
    made = damage_table.table(given, tmp_path)
    page = Path(__file__).parents[2] / "docs" / "damage.md"
    begin, end = damage_table.BEGIN, damage_table.END
    before, _, rest = page.read_text("utf-8").partition(begin)
    told, _, after = rest.partition(end)
    if os.environ.get("TIPOFF_WRITE_DOCS"):
        page.write_text(f"{before}{begin}\n{made}\n{end}{after}", "utf-8")
    else:
        assert told.strip() == made
