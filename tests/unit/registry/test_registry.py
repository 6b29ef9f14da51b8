"""The registry: who serves, what is refused, and how one goes back."""

import json
import os
import pickle
import shutil
import time
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ml import registry
from ml.errors import MissingError, ModelError
from ml.models.card import ModelCard
from ml.models.model_files import write_model
from ml.registry import TEAM
from ml.settings import Settings

NIGHT = datetime(2024, 1, 15, 22, tzinfo=UTC)
DAY = date(2024, 1, 15)


@dataclass(frozen=True)
class Stub:
    """A model of nothing, on disk like any other."""

    card: ModelCard

    def save(self, folder: Path) -> None:
        write_model(folder, {"card": asdict(self.card)}, {"margin": "tree\nversion=v4"})


def stub(last: str, data: str = "a") -> Stub:
    return Stub(
        ModelCard(
            service=TEAM,
            features=("home_rest_days", "away_rest_days"),
            n_games=500,
            first_date="2022-10-18",
            last_date=last,
            seasons=("2023-24",),
            data_hash=data * 64,
            random_state=0,
            metrics={"margin_mae": 11.0},
            versions={"numpy": "2"},
        )
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, project_dir=tmp_path)


def store(settings: Settings, last: str, data: str = "a") -> str:
    return registry.store_team_model(settings, stub(last, data)).name


def chosen(settings: Settings, day: date = DAY) -> str:
    return registry.model_before(settings, TEAM, day).name


def test_without_a_champion_the_newest_model_before_the_day_serves(
    settings: Settings,
) -> None:
    store(settings, "2024-01-10")
    newest = store(settings, "2024-01-14")
    store(settings, "2024-01-15")
    assert chosen(settings) == newest
    with pytest.raises(MissingError, match="before 2024-01-10"):
        chosen(settings, date(2024, 1, 10))


def test_the_champion_serves_before_newer_models_but_never_its_own_past(
    settings: Settings,
) -> None:
    old = store(settings, "2024-01-01")
    champion = store(settings, "2024-01-10")
    store(settings, "2024-01-14")
    registry.promote(settings, TEAM, champion, as_of=NIGHT, reason="test")
    assert chosen(settings) == champion
    assert chosen(settings, date(2024, 1, 10)) == old


def test_rolling_back_takes_one_call_and_the_next_choice_is_the_old_model(
    settings: Settings,
) -> None:
    first, second = store(settings, "2024-01-01"), store(settings, "2024-01-10")
    registry.promote(settings, TEAM, first, as_of=NIGHT, reason="first")
    registry.promote(settings, TEAM, second, as_of=NIGHT, reason="better")
    began = time.perf_counter()
    registry.roll_back(settings, TEAM, as_of=NIGHT, reason="totals too high")
    assert time.perf_counter() - began < 5
    assert chosen(settings) == first
    history = registry.read_aliases(settings, TEAM).history
    assert [(entry.action, entry.model) for entry in history] == [
        ("promote", first),
        ("promote", second),
        ("refuse", second),
        ("roll back", first),
    ]
    assert history[-1].reason == "totals too high"
    assert history[-1].as_of == "2024-01-15T22:00:00+00:00"
    with pytest.raises(MissingError, match="no earlier champion"):
        registry.roll_back(
            Settings(home=settings.home / "empty"), TEAM, as_of=None, reason=""
        )


def test_a_trial_ends_in_promotion_or_refusal(settings: Settings) -> None:
    names = [store(settings, f"2024-01-0{day}") for day in (1, 2, 3)]
    registry.promote(settings, TEAM, names[0], as_of=NIGHT, reason="first")
    registry.challenge(settings, TEAM, names[1], as_of=NIGHT, reason="due")
    registry.refuse(settings, TEAM, as_of=NIGHT, reason="worse")
    assert chosen(settings) == names[0]
    registry.challenge(settings, TEAM, names[2], as_of=NIGHT, reason="due")
    after = registry.promote(settings, TEAM, names[2], as_of=NIGHT, reason="better")
    assert (after.champion, after.challenger) == (names[2], None)
    assert after.refused == {names[1]}
    assert registry.promote(settings, TEAM, names[2], as_of=NIGHT, reason="") == after
    with pytest.raises(MissingError, match="no challenger"):
        registry.refuse(settings, TEAM, as_of=NIGHT, reason="")


def test_a_damaged_champion_is_passed_over_loudly(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = store(settings, "2024-01-01"), store(settings, "2024-01-10")
    registry.promote(settings, TEAM, first, as_of=NIGHT, reason="first")
    registry.promote(settings, TEAM, second, as_of=NIGHT, reason="better")
    path = settings.registry_dir / second / "margin.txt"
    path.write_text(path.read_text() + " ")
    assert chosen(settings) == first
    assert "its digest does not match" in " ".join(capsys.readouterr().err.split())
    shutil.rmtree(settings.registry_dir / second)
    assert chosen(settings) == first
    assert f"champion {second}" in " ".join(capsys.readouterr().err.split())


def test_a_damaged_file_of_aliases_leaves_the_models_usable(settings: Settings) -> None:
    name = store(settings, "2024-01-01")
    registry.promote(settings, TEAM, name, as_of=NIGHT, reason="first")
    path = settings.registry_dir / "aliases.json"
    path.write_text(path.read_text()[:40])
    assert chosen(settings) == name
    with pytest.raises(ModelError, match="is damaged"):
        registry.read_aliases(settings, TEAM)


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("name", ["model.pkl", "margin.txt", "model.json", "total.txt"])
def test_a_pickle_in_a_model_is_refused_and_never_run(
    settings: Settings, tmp_path: Path, name: str
) -> None:
    sprung = tmp_path / "sprung"
    payload = pickle.dumps(Trap(sprung))
    folder = registry.store_team_model(settings, stub("2024-01-01"))
    (folder / name).write_bytes(payload)
    with pytest.raises(ModelError):
        registry.model_before(settings, TEAM, DAY)
    assert not sprung.exists()
    pickle.loads(payload)
    assert sprung.exists()


def test_a_pickle_with_a_true_digest_is_refused_too(
    settings: Settings, tmp_path: Path
) -> None:
    @dataclass(frozen=True)
    class Evil(Stub):
        def save(self, folder: Path) -> None:
            text = pickle.dumps(Trap(tmp_path / "sprung"), protocol=0).decode("ascii")
            write_model(folder, {"card": asdict(self.card)}, {"margin": text})

    registry.store_team_model(settings, Evil(stub("2024-01-01").card))
    with pytest.raises(ModelError, match="not LightGBM's text"):
        registry.model_before(settings, TEAM, DAY)
    assert not (tmp_path / "sprung").exists()


def test_a_model_under_another_name_or_of_other_features_is_refused(
    settings: Settings,
) -> None:
    folder = registry.store_team_model(settings, stub("2024-01-14"))
    registry.validate_model(folder, TEAM, features=("home_rest_days", "away_rest_days"))
    with pytest.raises(ModelError, match="has no away_rest_days"):
        registry.validate_model(folder, TEAM, features=("home_rest_days",))
    # Under an earlier date it could forecast a day that it learnt from.
    earlier = folder.rename(folder.with_name(folder.name.replace("01-14", "01-01")))
    with pytest.raises(ModelError, match="it holds team_matchup_2024-01-14"):
        registry.model_before(settings, TEAM, date(2024, 1, 10))
    origin = earlier / "origin.json"
    origin.write_text(json.dumps({"service_hash": "before"}))
    earlier.rename(folder)
    registry.validate_model(folder, TEAM, service_hash="before")
    with pytest.raises(ModelError, match="have changed since"):
        registry.validate_model(folder, TEAM, service_hash="now")


@pytest.mark.parametrize(
    "name",
    [
        "team_matchup_backup",
        "team_matchup_2024-13-45_x",
        "team_matchup_2024-01-02_35bd83cdb445 (copy)",
        "team_matchup_2024-01-02",
        "team_matchup_",
        "player_game_old",
        "notes",
        "team_matchup_2024-01-02_" + "x" * 200,
        "team_matchup_2024-01-02_[red]",
        "team_matchup_2024-01-02_\x1b[31m",
    ],
)
@pytest.mark.parametrize("kind", ["folder", "file", "link", "pipe"])
def test_what_is_no_model_is_named_and_passed_over(
    settings: Settings, name: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    serves = store(settings, "2024-01-01")
    stray = settings.registry_dir / name
    if kind == "folder":
        stray.mkdir()
    elif kind == "file":
        stray.write_text("x")
    elif kind == "link":
        stray.symlink_to(serves)
    else:
        os.mkfifo(stray)
    assert chosen(settings) == serves
    told = capsys.readouterr().err
    assert "passed over" in " ".join(told.split())
    assert "\x1b" not in told
    with pytest.raises(MissingError):
        registry.named_folder(settings, name)


def test_a_link_out_of_the_registry_is_no_model(
    settings: Settings, tmp_path: Path
) -> None:
    serves = store(settings, "2024-01-01")
    newer = store(settings, "2024-01-10")
    outside = (settings.registry_dir / newer).rename(tmp_path / newer)
    (settings.registry_dir / newer).symlink_to(outside)
    assert chosen(settings) == serves
    with pytest.raises(MissingError):
        registry.named_folder(settings, newer)


@pytest.mark.parametrize("name", ["model.json", "margin.txt", "origin.json"])
@pytest.mark.parametrize("kind", ["link", "pipe", "device", "folder", "endless"])
def test_a_file_of_a_model_that_is_none_is_refused_and_not_waited_for(
    settings: Settings, tmp_path: Path, name: str, kind: str
) -> None:
    serves = store(settings, "2024-01-01")
    folder = settings.registry_dir / store(settings, "2024-01-10")
    path = folder / name
    content = path.read_bytes()
    path.unlink()
    if kind == "link":
        (tmp_path / "outside").write_bytes(content)
        path.symlink_to(tmp_path / "outside")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    else:
        with path.open("wb") as file:
            file.truncate(1 << 40)
    assert chosen(settings) == serves
    with pytest.raises(ModelError):
        registry.validate_model(folder, TEAM)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{}",
        "null",
        '{"format": 1, "kinds": []}',
        '{"format": 1, "kinds": {"team_matchup": {"champion": ["x"], "challenger": 1, '
        '"history": []}}}',
        '{"format": 1, "kinds": {"team_matchup": {"champion": null, '
        '"challenger": null, "history": [{"action": "promote", "model": {}, '
        '"as_of": "", "reason": ""}]}}}',
        "9" * 5000,
    ],
)
def test_damaged_aliases_are_told_and_the_newest_model_serves(
    settings: Settings, text: str
) -> None:
    serves = store(settings, "2024-01-01")
    (settings.registry_dir / "aliases.json").write_text(text)
    with pytest.raises(ModelError, match="damaged"):
        registry.read_aliases(settings, TEAM)
    assert chosen(settings) == serves


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{}", "null", "[]", "9" * 5000, '{"a": 1e999}']
)
def test_a_damaged_model_file_is_refused(settings: Settings, text: str) -> None:
    folder = settings.registry_dir / store(settings, "2024-01-10")
    (folder / "model.json").write_text(text)
    with pytest.raises(ModelError):
        registry.validate_model(folder, TEAM)
