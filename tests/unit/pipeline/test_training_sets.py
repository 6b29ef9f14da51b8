"""Training sets are those of the features that are there."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from ml.pipeline import steps
from ml.registry import PLAYER, TEAM
from ml.settings import Settings


def test_sets_are_written_once_a_build_and_whenever_features_are_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path)
    written: list[str] = []
    service = SimpleNamespace(content_hash="old")
    catalog = SimpleNamespace(service=lambda _: service)
    monkeypatch.setattr(steps, "read_catalog", lambda _: catalog)
    for kind in (TEAM, PLAYER):
        monkeypatch.setitem(
            steps._TRAINING_SETS, kind, lambda _, kind=kind: written.append(kind)
        )

    def bring() -> list[str]:
        written.clear()
        steps.bring_training_set(settings, TEAM)
        steps.bring_training_set(settings, PLAYER)
        return written

    # As an older version noted it.
    note = {"state": "a", "training_sets": [TEAM, PLAYER]}
    settings.nights_dir.mkdir()
    steps._write_note(settings, note)
    assert bring() == [TEAM, PLAYER]
    assert bring() == []
    assert steps._read_note(settings)["state"] == "a"
    settings.features_dir.mkdir()
    (settings.features_dir / "fv_team_form.parquet").write_bytes(b"built anew")
    assert bring() == [TEAM, PLAYER]
    service.content_hash = "new"
    assert bring() == [TEAM, PLAYER]
    assert bring() == []
