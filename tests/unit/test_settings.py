"""What SQL and Python both read."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml.errors import SettingsError
from ml.ingest.contract import known_after, tipoff_or_usual
from ml.settings import project_variable


def test_python_follows_the_project_that_is_worked_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dbt_project.yml").write_text(
        'name: tipoff\nvars: {known_after_hours: 5, default_tipoff: "20:15"}\n'
    )
    monkeypatch.setenv("TIPOFF_PROJECT_DIR", str(tmp_path))
    assert known_after().total_seconds() == 5 * 3600
    assert "time '20:15'" in tipoff_or_usual()


@pytest.mark.parametrize("text", ["name: tipoff\n", "vars: [", "vars: {a: 1}\n", "1\n"])
def test_a_project_without_the_variable_is_named(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dbt_project.yml").write_text(text)
    monkeypatch.setenv("TIPOFF_PROJECT_DIR", str(tmp_path))
    with pytest.raises(SettingsError, match="nothing of the variable prior_minutes"):
        project_variable("prior_minutes")
