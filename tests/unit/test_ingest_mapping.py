"""A mapping file gives other names, and a wrong one says what is wrong with it."""

from __future__ import annotations

import os
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


LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n"
    for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LAUGHS, "alias"),
        ("tables: &a {games: *a}", "alias"),
        ("[" * 5000, "levels"),
        ("{a: " * 5000, "levels"),
        ("- " * 5000 + "a", "levels"),
        ("- a\n" * 50_000, "entries"),
        ("#" * 300_000, "bytes"),
        ("tables: 2024-13-45", "cannot be read"),
        ("tables: " + "9" * 6000, "cannot be read"),
        ("tables: {games: !!python/object/apply:os.system [ls]}", "cannot be read"),
        ("? {a: b}\n: c", "cannot be read"),
        ("tables: {games: .nan}", "must be a name"),
        (f"tables: {{games: {'x' * 2000}}}", "must be a name"),
        ("a: b: c: topsecretvalue", "cannot be read"),
        ("tables: '\0'", "cannot be read"),
    ],
)
def test_a_mapping_that_would_never_end_is_refused(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "mapping.yml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=words) as refusal:
        load_mapping(path)
    assert len(str(refusal.value)) < 1000
    assert "topsecret" not in str(refusal.value)


def test_only_a_regular_file_is_a_mapping(tmp_path: Path) -> None:
    pipe, folder, link = (tmp_path / name for name in ("pipe", "folder", "link"))
    os.mkfifo(pipe)
    folder.mkdir()
    link.symlink_to("/dev/zero")
    for path in (pipe, folder, link):
        with pytest.raises(SettingsError, match="not a regular file"):
            load_mapping(path)
    (tmp_path / "bytes.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="UTF-8"):
        load_mapping(tmp_path / "bytes.yml")
