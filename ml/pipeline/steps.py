"""The steps that every way through the project shares."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ml.console import console, step
from ml.errors import MissingError
from ml.features.build import build_day, build_features, warned_tests
from ml.features.incremental import project_digest
from ml.features.manifest import read_catalog, read_manifest
from ml.features.marts import day_of_marts
from ml.features.spines import PLAYER_GAME, TEAM_MATCHUP, read_spine
from ml.features.unseen import in_words, unseen_of_build
from ml.pipeline.training_sets import (
    build_player_train_dataset,
    build_team_train_dataset,
)
from ml.predict.slate import Slate
from ml.registry import PLAYER, TEAM
from ml.settings import Settings
from ml.storage.files import write_text

if TYPE_CHECKING:
    from ml.predict.gameday import Gameday

_TRAINING_SETS: dict[str, Callable[[Settings], None]] = {
    TEAM: build_team_train_dataset,
    PLAYER: build_player_train_dataset,
}


def prepare(
    settings: Settings,
    source: Path,
    *,
    play_by_play: Path | None = None,
    again: bool = False,
    training_sets: bool = False,
    takes_room: bool = False,
) -> str:
    """Bring a source's rows to features; what is done is not redone.

    Parameters
    ----------
    settings : Settings
        Says which home.
    source : Path
        A league database.
    play_by_play : Path, optional
        A folder of play-by-play files.
    again : bool
        Whether to do it even so.
    training_sets : bool
        Whether to write these too; a forecast needs none.
    takes_room : bool
        Whether the source takes the place of the simulated league.

    Returns
    -------
    str
        A hash of all that the outcome depends on.

    Raises
    ------
    SourceError
        If the source cannot be read, or is older than what was ingested.
    GateError
        If too many of its rows are bad.
    BuildError
        If a feature or a test failed.
    """
    state = state_of(settings, source, play_by_play)
    if again or not is_prepared(settings, state):
        _prepare(settings, source, play_by_play, state, takes_room=takes_room)
    if training_sets:
        for kind in _TRAINING_SETS:
            bring_training_set(settings, kind)
    return state


def bring_seasons(
    settings: Settings, source: Path, kinds: Sequence[str], seasons: Sequence[str]
) -> None:
    """Make what past seasons are forecast from, where it is not there.

    A home without a warehouse is made from the source; one that was built is taken as
    it is, and only seasons without a training set get one.

    Parameters
    ----------
    settings : Settings
        Says which home.
    source : Path
        A league database.
    kinds : sequence of str
        Kinds of models whose training sets are needed.
    seasons : sequence of str
        Seasons that have to be there.

    Raises
    ------
    SourceError
        If the home is made from the source, and it cannot be read.
    BuildError
        If a feature or a test failed.
    """
    if not settings.warehouse.exists():
        prepare(settings, source)
    for kind in kinds:
        training_set = TEAM_MATCHUP if kind == TEAM else PLAYER_GAME
        absent = set(seasons) - set(training_set.seasons(settings))
        if absent and absent & _seasons(settings):
            _TRAINING_SETS[kind](settings)


def _seasons(settings: Settings) -> set[str]:
    """Return the seasons that the warehouse holds games of."""
    spine = read_spine(settings, TEAM_MATCHUP, "true")
    return {str(season) for season in spine["season"].unique().to_pylist()}


def bring_training_set(settings: Settings, kind: str) -> None:
    """Write a kind's training set, unless that was done of the features that are there.

    Parameters
    ----------
    settings : Settings
        Says which home.
    kind : str
        Of which kind of model.
    """
    note = _read_note(settings)
    done = note.get("training_sets")
    done = done if isinstance(done, dict) else {}
    features = _features(settings, kind)
    if done.get(kind) == features:
        return
    _TRAINING_SETS[kind](settings)
    if note:
        _write_note(settings, {**note, "training_sets": {**done, kind: features}})


def _features(settings: Settings, kind: str) -> str:
    """Hash which features a kind reads, and when their files were written."""
    training_set = TEAM_MATCHUP if kind == TEAM else PLAYER_GAME
    service = read_catalog(settings).service(training_set.service)
    written = [
        (path.name, path.stat().st_mtime_ns)
        for path in sorted(settings.features_dir.glob("*.parquet"))
    ]
    return hashlib.sha256(repr((service.content_hash, written)).encode()).hexdigest()


def _prepare(
    settings: Settings,
    source: Path,
    play_by_play: Path | None,
    state: str,
    *,
    takes_room: bool,
) -> None:
    from ml.features.feast import apply
    from ml.ingest.playbyplay.run import ingest_play_by_play
    from ml.ingest.room import room_for

    with room_for(settings, source) if takes_room else nullcontext(settings) as room:
        _ingest(room, source)
    if play_by_play is not None:
        with step(f"ingest {play_by_play}") as say:
            say(ingest_play_by_play(play_by_play, settings).line)
    with step("build and test the features") as say:
        n_nodes = build_features(settings)
        unseen = [*warned_tests(settings), *in_words(unseen_of_build(settings))]
        say(f"{n_nodes} models and tests")
    for line in unseen:
        console.print(line, markup=False)
    with step("register the features"):
        apply(settings)
    _write_note(settings, {"state": state})


def _ingest(settings: Settings, source: Path) -> None:
    from ml.ingest.age import require_not_older
    from ml.ingest.run import ingest

    note = _note(settings)
    before = note.read_text("utf-8") if note.exists() else None
    note.unlink(missing_ok=True)
    try:
        with step(f"ingest {source}") as say:
            require_not_older(source, settings)
            ingested = ingest(source, settings, soon=("dbt.cli.main",))
            say(ingested.line)
        for line in ingested.losses:
            console.print(line, markup=False)
    except BaseException:
        # What failed has changed nothing: what was prepared still is.
        if before is not None:
            with suppress(OSError):
                write_text(note, before)
        raise


def is_prepared(settings: Settings, state: str) -> bool:
    """Say whether `prepare` ended in this state, and nothing of it was spoilt since."""
    if not settings.warehouse.exists():
        return False
    try:
        # dbt writes it again with every run; a run that is stopped leaves half of it.
        read_manifest(settings)
    except MissingError:
        return False
    return bool(_read_note(settings).get("state") == state)


def state_of(settings: Settings, source: Path, play_by_play: Path | None = None) -> str:
    """Hash a source, the dbt project and the settings that features depend on.

    Raises
    ------
    SourceError
        If there is no such source, or it is no whole SQLite file.
    """
    from ml.ingest.mapping import find_mapping
    from ml.ingest.playbyplay.events import play_by_play_files
    from ml.ingest.source import check_file, fingerprint

    check_file(source)
    digest = hashlib.sha256(fingerprint(source).encode())
    digest.update(repr(find_mapping(settings.mapping)).encode())
    digest.update(project_digest(settings).encode())
    if play_by_play is not None:
        for path in play_by_play_files([play_by_play]):
            digest.update(f"{path.name} {path.stat().st_size}".encode())
    return digest.hexdigest()


def forecast_day(
    settings: Settings,
    slate: Slate,
    *,
    box_scores: bool = True,
    keep_sample: bool = False,
    is_latest: bool = True,
    notes: Sequence[str] = (),
) -> Gameday:
    """Forecast a day's games, keep the forecasts, write files and page.

    Parameters
    ----------
    settings : Settings
        Says which home.
    slate : Slate
        Which games, and when.
    box_scores : bool
        Whether every player's line is forecast too.
    keep_sample : bool
        Whether the draws of the box scores are written.
    is_latest : bool
        Whether what only tells of the present is made too: the profiles and the
        online store.
    notes : sequence of str
        What else the page shall say is missing.

    Raises
    ------
    MissingError
        If no model learnt only from games before the day.
    GateError
        If features or forecasts fail their checks; the files are as they were.
    """
    from ml.features.feast import apply, holds, materialize
    from ml.monitor import keep_forecasts, log_player_forecasts, read_begun
    from ml.predict.gameday import forecast_slate, write_gameday
    from ml.predict.gameday_players import forecast_box_scores
    from ml.predict.player_slate import read_player_slate

    # Of marts half made, some are of this day already.
    half_made = settings.nights_dir / "marts.txt"
    if is_latest and (half_made.exists() or day_of_marts(settings) != slate.day):
        with step(f"profiles of {slate.day}"):
            write_text(half_made, f"{slate.day}\n")
            build_day(settings, slate.day)
            half_made.unlink()
    if is_latest:
        with step("materialize the online store") as say:
            until = slate.moment if slate.is_past else slate.known_until
            is_held = holds(settings, until)
            if is_held:
                apply(settings)
            else:
                materialize(settings, until)
            before = ", already held" if is_held else ""
            say(f"as of {until:%Y-%m-%d %H:%M} UTC{before}")
    with step("forecast") as say:
        gameday = forecast_slate(settings, slate)
        gameday = replace(gameday, left_out=(*gameday.left_out, *notes))
        say(f"{slate.n_games} game(s) on {slate.day} with {gameday.model}")
    if box_scores:
        with step("draw box scores") as say:
            players = read_player_slate(settings, slate)
            drawn = forecast_box_scores(
                settings, players, gameday.teams, keep=keep_sample
            )
            gameday = replace(gameday, box_scores=drawn)
            say(f"{len(drawn.predictions)} players with {drawn.model}")
    with step("write files and page") as say:
        keep_forecasts(
            settings,
            slate.day,
            predictions=gameday.predictions,
            matchups=gameday.matchups,
            model=gameday.model,
        )
        lines = gameday.box_scores
        if lines is not None:
            log_player_forecasts(
                settings,
                slate.day,
                predictions=lines.predictions,
                counts=lines.counts,
                known=lines.known,
                model=lines.model,
            )
        if slate.begun:
            begun = read_begun(settings, slate.day, slate.begun)
            gameday = replace(gameday, begun=begun[0], players_begun=begun[1])
        written = write_gameday(settings, gameday, profiles=is_latest)
        say(f"{len(written)} files in {settings.exports_dir}")
    for line in in_words(gameday.all_unseen):
        console.print(line, markup=False)
    return gameday


def _read_note(settings: Settings) -> dict[str, Any]:
    """Read what was prepared; nothing where the note is missing or damaged."""
    try:
        note = json.loads(_note(settings).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


def _write_note(settings: Settings, note: dict[str, Any]) -> None:
    write_text(_note(settings), json.dumps(note) + "\n")


def _note(settings: Settings) -> Path:
    return settings.nights_dir / "prepared.json"
