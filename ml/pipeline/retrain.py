"""Models of a night: fitted when due, on trial, promoted or refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from ml.console import console, step
from ml.errors import MissingError, ModelError
from ml.features.spines import TEAM_MATCHUP, read_spine
from ml.models.card import ModelCard
from ml.pipeline.steps import bring_training_set
from ml.pipeline.train_player_model import train_player_model
from ml.pipeline.train_team_model import train_team_model
from ml.predict.slate import Slate
from ml.registry import (
    PLAYER,
    TEAM,
    challenge,
    last_date,
    load_card,
    model_before,
    model_folders,
    promote,
    read_aliases,
    refuse,
    set_aside_damaged,
)
from ml.settings import Settings

FITS: dict[str, Callable[..., Path]] = {
    TEAM: train_team_model,
    PLAYER: train_player_model,
}


@dataclass(frozen=True)
class Retraining:
    """What a night did to the models of a kind.

    Attributes
    ----------
    kind : str
        Which kind.
    champion : str
        Who serves now.
    fitted : str, optional
        The model fitted this night.
    outcome : str
        What happened, with the reason.
    """

    kind: str
    champion: str
    fitted: str | None
    outcome: str


def retrain(
    settings: Settings, kind: str, *, day: date, moment: datetime
) -> Retraining:
    """Hold the trial of a challenger and fit the next model where one is due.

    Parameters
    ----------
    settings : Settings
        Says where the registry is, and how often a model is due.
    kind : str
        Of which kind.
    day : date
        The day to forecast (US/Eastern); no model that serves has learnt from it.
    moment : datetime
        The moment that counts as now (UTC).

    Returns
    -------
    Retraining

    Raises
    ------
    MissingError
        If there is too little to learn from.
    GateError
        If the training set fails its checks.
    """
    if damaged := set_aside_damaged(settings):
        console.warning(f"aliases were damaged: see {damaged}")
    fitted = _set_champion(settings, kind, day, moment)
    told = [] if fitted is None else ["the first model"]
    aliases = read_aliases(settings, kind)
    if aliases.challenger is not None:
        told.append(_test_for_promotion(settings, kind, aliases.challenger, moment))
    aliases = read_aliases(settings, kind)
    # A model fitted just now has learnt all there is.
    is_open = fitted is None and aliases.challenger is None
    if is_open and _is_due(settings, kind, day, moment):
        fitted = _fit(settings, kind, moment)
        if fitted != aliases.champion:
            challenge(settings, kind, fitted, as_of=moment, reason="due")
            told.append(f"{fitted} is on trial")
    champion = str(read_aliases(settings, kind).champion)
    return Retraining(kind, champion, fitted, "; ".join(told) or "nothing due")


def require_models(
    settings: Settings, kinds: Sequence[str], slate: Slate, *, fit: bool
) -> None:
    """Make sure that a day can be forecast by models that knew only earlier games.

    Parameters
    ----------
    settings : Settings
        Says where the registry is.
    kinds : sequence of str
        Which kinds of models are needed.
    slate : Slate
        Which games, and when.
    fit : bool
        Whether a model that is absent is fitted on what was known at that moment. It
        goes into the registry and serves for no later day that has a newer one.

    Raises
    ------
    MissingError
        If there is none and none is to be fitted; nothing was done by then.
    ModelError
        If all of them are damaged.
    """
    for kind in kinds:
        try:
            model_before(settings, kind, slate.day)
        except MissingError as error:
            if not fit:
                raise MissingError(
                    error.problem, "add --fit: it fits one on what was known then"
                ) from error
            _fit(settings, kind, slate.moment)


def _set_champion(
    settings: Settings, kind: str, day: date, moment: datetime
) -> str | None:
    """Make sure that a usable champion serves; return the name of a model fitted."""
    champion = read_aliases(settings, kind).champion
    reason = "the first model"
    if champion is not None:
        folder = settings.registry_dir / champion
        try:
            if last_date(folder, kind) < day:
                card = load_card(settings, kind, folder)
                if not _is_outgrown(settings, card, moment):
                    return None
                # It hardly knows more than an average game: no trial is needed.
                name = _fit(settings, kind, moment)
                promote(settings, kind, name, as_of=moment, reason="more games")
                return name
            reason = f"{champion} has learnt from {day} or later"
        except ModelError as error:
            reason = error.problem
        console.warning(reason)
    fitted = None
    try:
        name = model_before(settings, kind, day).name
    except (MissingError, ModelError):
        name = fitted = _fit(settings, kind, moment)
    promote(settings, kind, name, as_of=moment, reason=reason)
    return fitted


def _is_outgrown(settings: Settings, card: ModelCard, moment: datetime) -> bool:
    """Say whether a model of a league's first games can learn from more by now."""
    is_of_first_games = card.metrics.get("n_later_games") == 0.0
    newest = date.fromisoformat(card.last_date)
    return is_of_first_games and _has_results_since(settings, newest, moment)


def _fit(settings: Settings, kind: str, moment: datetime) -> str:
    bring_training_set(settings, kind)
    return FITS[kind](settings, as_of=moment).name


def _test_for_promotion(
    settings: Settings, kind: str, name: str, moment: datetime
) -> str:
    from ml.registry.promotion_test import compare_models

    champion = settings.registry_dir / str(read_aliases(settings, kind).champion)
    challenger = settings.registry_dir / name
    try:
        load_card(settings, kind, challenger)
        bring_training_set(settings, kind)
        with step(f"trial of {name}") as say:
            verdict = compare_models(settings, kind, champion, challenger, moment)
            say(verdict.reason)
    except ModelError as error:
        refuse(settings, kind, as_of=moment, reason=error.problem)
        return f"{name} refused: {error.problem}"
    if verdict.outcome == "promote":
        promote(settings, kind, name, as_of=moment, reason=verdict.reason)
        return f"{name} promoted: {verdict.reason}"
    if verdict.outcome == "refuse":
        refuse(settings, kind, as_of=moment, reason=verdict.reason)
        return f"{name} refused: {verdict.reason}"
    return f"{name} {verdict.reason}"


def _is_due(settings: Settings, kind: str, day: date, moment: datetime) -> bool:
    """Say whether the newest model's last game is long enough ago.

    A model that neither served nor was tried does not count: its night was killed.
    """
    tried = {entry.model for entry in read_aliases(settings, kind).history}
    folders = [path for path in model_folders(settings, kind) if path.name in tried]
    dates = [last_date(path, kind) for path in folders]
    newest = max((each for each in dates if each < day), default=None)
    if newest is None:
        return True
    is_old = (day - newest).days > settings.retrain_days
    return is_old and _has_results_since(settings, newest, moment)


def _has_results_since(settings: Settings, newest: date, moment: datetime) -> bool:
    """Say whether there is anything that a model of that day has not learnt.

    On a season's first nights there is not: the same model would come out again.
    """
    import pandas as pd

    known = f"home_pts is not null and known_at <= timestamptz '{moment.isoformat()}'"
    games = read_spine(settings, TEAM_MATCHUP, known).to_pandas(date_as_object=False)
    has_box = games["has_box"].astype(bool)
    # Where there are box scores, models learn from the games that have one.
    learnable = games[has_box] if has_box.any() else games
    return bool((learnable["game_date"] > pd.Timestamp(newest)).any())
