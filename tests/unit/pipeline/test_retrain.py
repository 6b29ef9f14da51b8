"""Models of a night: seated, challenged, tried, promoted or refused."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from ml import registry
from ml.errors import MissingError
from ml.pipeline import retrain as job
from ml.predict.slate import Slate
from ml.registry import TEAM
from ml.registry.promotion_rule import Verdict
from ml.settings import Settings
from tests.unit.registry.test_registry import stub


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, project_dir=tmp_path, retrain_days=14)


@pytest.fixture(autouse=True)
def fits(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Fit a stub that has learnt until the day before."""
    made: list[str] = []

    def fit(settings: Settings, *, as_of: datetime) -> Path:
        last = str((as_of - timedelta(days=1)).date())
        made.append(last)
        return registry.store_team_model(settings, stub(last))

    monkeypatch.setitem(job.FITS, TEAM, fit)
    yield made


@pytest.fixture(autouse=True)
def brought(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """List whose training set was asked for."""
    kinds: list[str] = []
    monkeypatch.setattr(job, "bring_training_set", lambda _, kind: kinds.append(kind))
    return kinds


@pytest.fixture(autouse=True)
def has_results(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Say whether there were games since the newest model: the last entry."""
    answers = [True]
    monkeypatch.setattr(job, "_has_results_since", lambda *_: answers[-1])
    return answers


def verdict(monkeypatch: pytest.MonkeyPatch, outcome: str) -> None:
    told = Verdict(outcome, "as told", 224, {}, 0.5, 0.5)  # type: ignore[arg-type]
    monkeypatch.setattr("ml.registry.promotion_test.compare_models", lambda *_: told)


def night(settings: Settings, day: date) -> job.Retraining:
    moment = datetime(day.year, day.month, day.day, 22, tzinfo=UTC)
    return job.retrain(settings, TEAM, day=day, moment=moment)


FIRST = date(2023, 12, 1)


def test_the_first_night_fits_a_champion_and_the_next_ones_nothing(
    settings: Settings, fits: list[str], brought: list[str]
) -> None:
    first = night(settings, FIRST)
    assert first.champion == first.fitted
    for days in range(14):
        again = night(settings, FIRST + timedelta(days=days))
        assert (again.champion, again.fitted) == (first.champion, None)
    assert fits == ["2023-11-30"]
    assert brought == [TEAM]  # none where nothing is fitted or tried


def test_after_a_summer_a_night_fits_once_and_the_next_not_the_same_again(
    settings: Settings, fits: list[str], has_results: list[bool]
) -> None:
    # A champion of the summer that has learnt from a later day, as in a replay.
    night(settings, FIRST + timedelta(days=200))
    fits.clear()

    def fit(settings: Settings, *, as_of: datetime) -> Path:
        fits.append("summer")
        return registry.store_team_model(settings, stub("2023-07-20"))

    job.FITS[TEAM] = fit
    first = night(settings, FIRST)
    assert (first.fitted, first.outcome) == (first.champion, "the first model")
    assert fits == ["summer"]
    has_results.append(False)
    second = night(settings, FIRST + timedelta(days=1))
    assert (second.fitted, second.outcome) == (None, "nothing due")
    assert fits == ["summer"]
    has_results.append(True)
    night(settings, FIRST + timedelta(days=1))
    assert fits == ["summer", "summer"]


def test_a_model_of_the_first_games_is_fitted_again_whenever_there_are_more(
    settings: Settings, fits: list[str], has_results: list[bool]
) -> None:
    def fit(settings: Settings, *, as_of: datetime) -> Path:
        last = str((as_of - timedelta(days=1)).date())
        fits.append(last)
        model = stub(last)
        n_later = 0.0 if len(fits) < 3 else 50.0
        card = replace(model.card, metrics={"n_later_games": n_later})
        return registry.store_team_model(settings, replace(model, card=card))

    job.FITS[TEAM] = fit
    served = [night(settings, FIRST + timedelta(days=n)).champion for n in range(3)]
    assert len(set(served)) == 3
    has_results.append(False)
    again = night(settings, FIRST + timedelta(days=2))
    assert (again.champion, again.fitted) == (served[2], None)
    has_results.append(True)
    # Once it has learnt enough, the next one has to pass a trial.
    later = night(settings, FIRST + timedelta(days=4))
    assert (later.champion, later.fitted) == (served[2], None)


def test_a_challenger_is_fitted_when_due_and_serves_only_once_promoted(
    settings: Settings, fits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = night(settings, FIRST)
    due = night(settings, FIRST + timedelta(days=16))
    assert due.champion == first.champion != due.fitted
    verdict(monkeypatch, "undecided")
    later = night(settings, FIRST + timedelta(days=40))
    assert (later.champion, later.fitted) == (first.champion, None)
    verdict(monkeypatch, "promote")
    done = night(settings, FIRST + timedelta(days=44))
    assert done.champion == due.fitted
    # With no trial under way the next one is due.
    assert done.fitted is not None
    assert fits == ["2023-11-30", "2023-12-16", "2024-01-13"]


def test_a_night_killed_before_the_trial_began_begins_it_the_next(
    settings: Settings, fits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = night(settings, FIRST)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(job, "challenge", killed)
        with pytest.raises(KeyboardInterrupt):
            night(settings, FIRST + timedelta(days=16))
    after = night(settings, FIRST + timedelta(days=17))
    assert after.champion == first.champion
    challenger = registry.read_aliases(settings, TEAM).challenger
    assert challenger == after.fitted is not None
    assert fits == ["2023-11-30", "2023-12-16", "2023-12-17"]


def test_a_refused_challenger_never_serves(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = night(settings, FIRST)
    due = night(settings, FIRST + timedelta(days=16))
    verdict(monkeypatch, "refuse")
    after = night(settings, FIRST + timedelta(days=20))
    assert after.champion == first.champion
    aliases = registry.read_aliases(settings, TEAM)
    assert aliases.refused == {due.fitted}
    assert aliases.history[-1].reason == "as told"
    assert night(settings, FIRST + timedelta(days=20)).outcome == "nothing due"


def test_a_champion_that_is_gone_is_followed_by_a_model_that_is_there(
    settings: Settings,
) -> None:
    first = night(settings, FIRST)
    (settings.registry_dir / first.champion / "margin.txt").write_text("tree\n")
    second = night(settings, FIRST + timedelta(days=3))
    assert second.champion != first.champion
    reason = registry.read_aliases(settings, TEAM).history[-1].reason
    assert first.champion in reason


def test_aliases_that_are_damaged_are_put_aside_and_the_night_goes_on(
    settings: Settings,
) -> None:
    first = night(settings, FIRST)
    path = settings.registry_dir / "aliases.json"
    path.write_text("{")
    assert night(settings, FIRST + timedelta(days=1)).champion == first.champion
    assert (settings.registry_dir / "aliases.damaged.json").read_text() == "{"


def test_a_night_that_is_repeated_in_the_past_never_knows_the_future(
    settings: Settings,
) -> None:
    late = night(settings, FIRST + timedelta(days=60))
    early = night(settings, FIRST)
    assert early.champion != late.champion
    assert registry.model_before(settings, TEAM, FIRST).name == early.champion


def test_a_day_before_every_model_is_refused_or_fitted_as_asked(
    settings: Settings, fits: list[str], brought: list[str]
) -> None:
    moment = datetime(2023, 12, 1, 22, tzinfo=UTC)
    slate = Slate(FIRST, moment, 5, moment, is_asked=False, is_past=True)
    registry.store_team_model(settings, stub("2024-03-01"))
    with pytest.raises(MissingError, match=r"before 2023-12-01.*\n.*--fit"):
        job.require_models(settings, (TEAM,), slate, fit=False)
    assert fits == brought == []
    job.require_models(settings, (TEAM,), slate, fit=True)
    assert (fits, brought) == (["2023-11-30"], [TEAM])
    # It is there from now on, and later days keep the newer one.
    job.require_models(settings, (TEAM,), slate, fit=False)
    newest = registry.model_before(settings, TEAM, date(2024, 3, 2))
    assert newest.name.startswith("team_matchup_2024-03-01")
