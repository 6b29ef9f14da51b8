"""`feast apply` and `feast materialize`, as a user of Feast types them."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from feature_home import make_home

REPOSITORY = Path(__file__).resolve().parents[2] / "feature_repo"


def test_feast_applies_and_materialises_in_its_folder(tmp_path):
    settings = make_home(tmp_path / "home")
    # One process for both commands: its start takes longer than they do.
    script = (
        "from feast.cli.cli import cli\n"
        "cli(['apply'], standalone_mode=False)\n"
        "cli(['materialize', '2023-12-01T00:00:00', '2024-01-20T12:00:00'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=REPOSITORY,
        env=os.environ | {"TIPOFF_HOME": str(settings.home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (settings.feast_dir / "registry.db").exists()
    with sqlite3.connect(settings.feast_dir / "online.db") as stored:
        tables = {
            name: stored.execute(
                f"select count(distinct entity_key) from {name}"
            ).fetchone()[0]
            for (name,) in stored.execute(
                "select name from sqlite_master where type = 'table'"
            )
        }
    # 6 teams; 24 players; 2 positions each; 2 teams in 3 games a day, plans of which
    # are known five days ahead, from 28 December to 20 January.
    assert tables == {
        "tipoff_fv_team_form": 6,
        "tipoff_fv_player_form": 24,
        "tipoff_fv_team_position_defense": 12,
        "tipoff_fv_team_schedule": 6 * 24,
    }


def test_the_home_of_feast_is_that_of_the_project(tmp_path, monkeypatch):
    from ml.features.feast.home import HomeOnlineStoreConfig, home_settings
    from ml.settings import PROJECT_DIR

    monkeypatch.chdir(REPOSITORY)
    monkeypatch.delenv("TIPOFF_HOME", raising=False)
    assert home_settings().feast_dir == PROJECT_DIR / "data" / "feast"
    monkeypatch.setenv("TIPOFF_HOME", str(tmp_path))
    kind = "ml.features.feast.home.HomeOnlineStore"
    assert HomeOnlineStoreConfig(kind).path == str(tmp_path / "feast" / "online.db")
    monkeypatch.setenv("TIPOFF_ONLINE_STORE", "redis")
    monkeypatch.setenv("TIPOFF_REDIS_URL", "localhost:7000")
    assert HomeOnlineStoreConfig(kind).connection_string == "localhost:7000"
