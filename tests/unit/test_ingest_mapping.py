"""A mapping file gives other names, and a wrong one says what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml.errors import SettingsError
from ml.ingest.mapping import EXAMPLE, Mapping, load_mapping


def test_the_example_in_the_help_is_a_mapping(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yml"
    path.write_text(EXAMPLE)
    names = load_mapping(path)
    assert names == Mapping({"games": "schedule"}, {"games": {"home_pts": "pts_home"}})
    assert names.table("games") == "schedule"
    assert names.table("teams") == "teams"
    assert names.column("games", "home_pts") == "pts_home"
    assert names.column("games", "away_pts") == "away_pts"


def test_an_empty_mapping_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yml"
    path.write_text("")
    assert load_mapping(path) == Mapping()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tables: {game: g}", "no 'game'"),
        ("columns: {games: {points: p}}", "no 'points'"),
        ("columns: {game: {points: p}}", "no 'game'"),
        ("table: {games: g}", "no 'table'"),
        ("tables: {games: 3}", "got 3"),
        ("tables: [games]", "got \\['games'\\]"),
        ("- games", "got \\['games'\\]"),
        ("tables: {games: ", "cannot be read"),
    ],
)
def test_a_wrong_mapping_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "mapping.yml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=words):
        load_mapping(path)


def test_a_missing_mapping_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_mapping(tmp_path / "absent.yml")
