"""What the wheel carries is enough, and a project that was laid out is used."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ml.errors import SettingsError
from ml.jobs.init import PARTS, init
from ml.settings import PROJECT_DIR, Settings
from ml.sources.synthetic import simulate_league


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content, as pip would lay it down; its dependencies are there."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=PROJECT_DIR,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "site")
    return folder / "site"


def run(
    site: Path, folder: Path, *command: str | Path, home: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, on the unpacked wheel."""
    ours = {key: text for key, text in os.environ.items() if "TIPOFF" not in key}
    given = {} if home is None else {"TIPOFF_HOME": str(home)}
    return subprocess.run(
        command,
        cwd=folder,
        env={**ours, **given, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def tipoff(
    site: Path, folder: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run a verb of the unpacked wheel in a folder."""
    return run(site, folder, sys.executable, "-m", "ml.cli", *arguments)


def test_the_wheel_carries_every_file_of_the_project(installed: Path) -> None:
    for part in PARTS:
        ours = PROJECT_DIR / part
        files = (
            [ours] if ours.is_file() else [p for p in ours.rglob("*") if p.is_file()]
        )
        for path in files:
            if "__pycache__" not in path.parts:
                packed = installed / "ml" / "project" / path.relative_to(PROJECT_DIR)
                assert packed.read_bytes() == path.read_bytes(), path


def test_an_empty_folder_is_enough_and_a_project_laid_out_in_it_is_used(
    installed: Path, tmp_path: Path
) -> None:
    empty, mine = tmp_path / "empty", tmp_path / "mine"
    empty.mkdir()
    league = tmp_path / "league.sqlite"
    simulate_league(league, n_seasons=1, random_state=3, n_games_per_team=8)
    for verb in (("ingest", str(league)), ("build",), ("init", str(mine))):
        done = tipoff(installed, empty, *verb)
        assert done.returncode == 0, done.stderr
    assert [path.name for path in empty.iterdir()] == ["data"]
    features = {path.name for path in (empty / "data" / "features").glob("fv_*")}
    assert "fv_player_form.parquet" in features
    assert tipoff(installed, empty, "init", str(mine)).returncode == 2

    (mine / "models" / "marts" / "lucky.sql").write_text("select 7 as lucky_number")
    model = [sys.executable, "-m", "dbt.cli.main", "show", "--profiles-dir", "."]
    shown = run(installed, mine, *model, "--select", "lucky", home=empty / "data")
    assert "lucky_number" in shown.stdout, shown.stdout
    where = "from ml.settings import load_settings; print(load_settings().project_dir)"
    for folder in (mine, mine / "feature_repo"):
        told = run(installed, folder, sys.executable, "-c", where)
        assert told.stdout.strip() == str(mine), told.stderr


def test_a_folder_that_holds_something_is_not_laid_out(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(SettingsError, match="is not empty"):
        init(Settings(home=tmp_path), folder=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
