"""A night: what is new comes in, models prove themselves, tonight is forecast."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from ml.console import console, run_job, step
from ml.errors import (
    AlarmError,
    MissingError,
    SettingsError,
    TipoffError,
    TooFewError,
)
from ml.features.spines import TEAM_MATCHUP, read_spine
from ml.features.unseen import read_unseen
from ml.ingest.contract import EASTERN
from ml.ingest.quarantine import GameSetAside, games_set_aside, set_aside_error
from ml.jobs.fetch import NightFetched, fetch_night
from ml.options import AsOfOption, PlayByPlayOption, SourceArgument, as_date, as_utc
from ml.pipeline.prune import prune
from ml.pipeline.retrain import retrain
from ml.pipeline.steps import forecast_day, is_prepared, prepare, state_of
from ml.predict.slate import Slate, find_slate, newest_known
from ml.registry import PLAYER, TEAM
from ml.report.delivery import deliver
from ml.report.publish_target import check_target, digest_of
from ml.settings import Settings
from ml.storage.files import write_text
from ml.system.faults import denied
from ml.system.redaction import redacted
from ml.system.stopping import stopped_by

NOTHING_NEW = 10
AHEAD = timedelta(hours=30)
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass
class Night:
    """The record of a night, written as ``nights/<day>.json``.

    Attributes
    ----------
    as_of : str
        The moment that counted as now (UTC).
    key : str
        A hash of what the night depends on; the same key is the same night.
    status : str
        ``running`` from its beginning on, then ``done``, ``alarm``, ``failed`` or
        ``stopped``.
    exit_code : int
        As the process ends.
    day : str
        The day that was forecast (US/Eastern); empty where there was none.
    steps : list of dict
        Each with its name, outcome and time (seconds).
    """

    as_of: str
    key: str
    status: str = "running"
    exit_code: int = 0
    day: str = ""
    n_games: int = 0
    steps: list[dict[str, Any]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[dict[str, Any]]:
        """Record a step; its outcome goes into what is yielded."""
        entry: dict[str, Any] = {"step": name}
        self.steps.append(entry)
        began = time.perf_counter()
        try:
            yield entry
        except BaseException as error:
            known = denied(error)
            words, code = _outcome(known or error)
            entry |= {"error": words, "exit_code": code}
            if known is None:
                raise
            problem = f"{name} stopped: {known.problem}"
            raise type(known)(problem, known.remedy) from error
        finally:
            entry["seconds"] = round(time.perf_counter() - began, 2)


def nightly(
    settings: Settings,
    source: SourceArgument = None,
    *,
    fetch: Annotated[
        bool,
        typer.Option(
            "--fetch",
            help="Fetch the league from its public endpoints; give no source.",
        ),
    ] = False,
    as_of: AsOfOption = None,
    backfill: Annotated[
        tuple[str, str] | None,
        typer.Option(help="Every day of games from … to … (US/Eastern) instead."),
    ] = None,
    play_by_play: PlayByPlayOption = None,
    box_scores: Annotated[
        bool, typer.Option(help="Forecast every player's line too.")
    ] = True,
    publish_to: Annotated[
        str, typer.Option(help="Where the files go (or TIPOFF_PUBLISH_TO).")
    ] = "",
) -> None:
    """Do all that a night needs: ingest, grade, retrain, promote, forecast, deliver.

    Exit codes: 0 done, 10 nothing new, 20-22 a gate, a build or a model refused,
    23 done, but for games that were set aside, 30 the source, 40 another run,
    41 delivery, 42 the disk, 43 memory, 50 done, with an alarm.

    Example: tipoff nightly league.sqlite --as-of 2024-01-15T22:00
    """
    if target := publish_to or settings.publish_to:
        check_target(settings, target)
    if fetch == (source is not None):
        raise SettingsError(
            "a night has one source" if fetch else "there is no source",
            "give a league database, or --fetch without one",
        )
    options = _Options(
        source or settings.live_league, fetch, play_by_play, box_scores, publish_to
    )
    if backfill is None:
        _night(settings, options, as_utc(as_of))
        return
    if fetch:
        fetch_night(settings, as_of=as_utc(as_of))
        options = replace(options, fetch=False)
    first, last = (_day(text) for text in backfill)
    prepare(settings, options.source, play_by_play=play_by_play)
    days = _days_of_games(settings, first, last)
    codes = []
    for number, day in enumerate(days, 1):
        console.print(f"night {number} of {len(days)}: {day}", style="bold")
        slate = find_slate(settings, day)
        # What a later night writes anew is written only where somebody gets it.
        is_latest = number == len(days) or bool(publish_to or settings.publish_to)
        try:
            _night(settings, options, slate.moment, slate, is_latest=is_latest)
        except (TipoffError, SystemExit) as error:
            code = error.exit_code if isinstance(error, TipoffError) else error.code
            codes.append(0 if code == NOTHING_NEW else int(code or 0))
            if isinstance(error, TipoffError):
                console.error(error)
    if any(codes):
        raise SystemExit(max(codes))


@dataclass(frozen=True)
class _Options:
    source: Path
    fetch: bool
    play_by_play: Path | None
    box_scores: bool
    publish_to: str


def _night(
    settings: Settings,
    options: _Options,
    as_of: datetime | None,
    slate: Slate | None = None,
    *,
    is_latest: bool = True,
) -> None:
    night = Night(as_of="" if as_of is None else as_of.isoformat(), key="")
    _forget_targets(settings)
    fetched: NightFetched | None = None
    try:
        if options.fetch:
            with night.step("fetch") as entry:
                fetched = fetch_night(settings, as_of=as_of)
                entry["notes"] = list(fetched.notes)
            as_of = fetched.moment
            night.as_of = as_of.isoformat()
        with night.step("source"):
            state = state_of(settings, options.source, options.play_by_play)
        # A digest: what a target or a path holds is nobody's who reads the record.
        night.key = digest_of(f"{state} {as_of} {options} {settings.retrain_days}")
        if is_prepared(settings, state) and _was_done(settings, night.key, slate):
            console.done("nothing new since the last night")
            raise SystemExit(NOTHING_NEW)
        # One that is killed leaves it like this, which is how it is known.
        _record(settings, night)
        alarm = _go(
            settings,
            options,
            night,
            as_of,
            slate,
            is_latest=is_latest,
            notes=() if fetched is None else fetched.on_page,
        )
        if fetched is not None:
            alarm = alarm or fetched.problem
        night.status = "done" if alarm is None else "alarm"
        night.exit_code = 0 if alarm is None else alarm.exit_code
        _record(settings, night)
    except SystemExit:
        raise
    except BaseException as error:
        night.status = "failed" if stopped_by() is None else "stopped"
        night.exit_code = _outcome(error)[1]
        with suppress(OSError):
            _write(settings, night)
        raise
    if alarm is not None:
        raise alarm


def _outcome(error: BaseException) -> tuple[str, int]:
    """Say in a record what ended a night, and with which exit code."""
    if (number := stopped_by()) is not None:
        return f"stopped by {number.name}", 128 + number
    if isinstance(error, TipoffError):
        return error.problem, error.exit_code
    return f"{type(error).__name__}: {error}", TipoffError.exit_code


def _go(
    settings: Settings,
    options: _Options,
    night: Night,
    as_of: datetime | None,
    slate: Slate | None,
    *,
    is_latest: bool,
    notes: tuple[str, ...],
) -> TipoffError | None:
    """Run the steps; return the alarm that a finished night ends with.

    Nights of a backfill before the latest are graded with it: grades depend on
    forecasts and results alone.
    """
    with night.step("prepare"):
        prepare(settings, options.source, play_by_play=options.play_by_play)
    night.steps[-1]["unseen"] = read_unseen(settings).get("build", [])
    with night.step("slate") as entry:
        slate = slate or _slate(settings, as_of)
        entry["games"] = 0 if slate is None else slate.n_games
    if slate is not None:
        moment = slate.moment
        night.day, night.n_games = slate.day.isoformat(), slate.n_games
        box_scores = options.box_scores
        for kind in _kinds(options):
            with night.step(f"models of {kind}") as entry:
                try:
                    retraining = retrain(settings, kind, day=slate.day, moment=moment)
                except TooFewError as error:
                    if kind == TEAM:
                        raise
                    entry["outcome"] = error.problem
                    console.print(f"no box scores yet: {error.problem}")
                    box_scores = False
                else:
                    entry.update(asdict(retraining))
        with night.step("forecast") as entry:
            gameday = forecast_day(
                settings,
                slate,
                box_scores=box_scores,
                is_latest=is_latest,
                notes=notes,
            )
            entry["model"] = gameday.model
            entry["unseen"] = [str(each) for each in gameday.all_unseen]
            entry["notes"] = list(gameday.notes)
        set_aside = set_aside_error(gameday.set_aside)
    else:
        assert as_of is not None
        moment = as_of
        set_aside = set_aside_error(_set_aside(settings, as_of))
        if set_aside is None:
            console.done("no games to forecast")
    if not is_latest:
        return set_aside
    alarm: TipoffError | None
    with night.step("review") as entry:
        # Where all games have been played, the last day's are forecast as of before
        # them, but graded.
        now = moment if as_of else max(moment, newest_known(settings) or moment)
        level, alarm = _review(settings, options.source, now, entry)
    if n_removed := prune(settings):
        console.done(f"{n_removed} old files and models removed")
    target = options.publish_to or settings.publish_to
    if slate is not None and target:
        with night.step("publish") as entry:
            if level == "blocked":
                entry["outcome"] = "not delivered: the forecasts are blocked"
            else:
                alarm = deliver(settings, target, slate.day, entry) or alarm
    return set_aside or alarm


def _kinds(options: _Options) -> tuple[str, ...]:
    return (TEAM, PLAYER) if options.box_scores else (TEAM,)


def _review(
    settings: Settings, source: Path, moment: datetime, entry: dict[str, Any]
) -> tuple[str, AlarmError | None]:
    from ml.monitor import review, write_review

    with step("grade and watch") as say:
        try:
            found = review(settings, moment, source, is_night=True)
        except MissingError as error:
            say(error.problem)
            entry["level"] = "healthy"
            return "healthy", None
        write_review(settings, found)
        entry["level"] = found.level
        entry["overdue"] = [asdict(each) for each in found.overdue]
        entry["tables"] = {each.table: each.newest for each in found.tables}
        say(f"{len(found.grades)} games graded: {found.level}")
    if not found.is_alarm:
        return found.level, None
    reasons = [f"{each.what} overdue: {each.found}" for each in found.overdue]
    if found.level in ("degraded", "blocked"):
        signal, worst = found.worst
        reasons.append(f"{found.level}: {signal} {worst:.1f} sd from right")
    return found.level, AlarmError(
        "; ".join(reasons), f"see {settings.performance_page}"
    )


def _slate(settings: Settings, as_of: datetime | None) -> Slate | None:
    """Find the next day with games that have not begun; None where none is near."""
    if as_of is None:
        return find_slate(settings)
    games = read_spine(settings, TEAM_MATCHUP, "true").to_pandas(date_as_object=False)
    tipoff_at = games["tipoff_at"]
    near = games[(tipoff_at > as_of) & (tipoff_at <= as_of + AHEAD)]
    if near.empty:
        return None
    return find_slate(settings, near["game_date"].min().date(), as_of)


def _set_aside(settings: Settings, as_of: datetime) -> tuple[GameSetAside, ...]:
    first, last = (
        moment.astimezone(EASTERN).date() for moment in (as_of, as_of + AHEAD)
    )
    return games_set_aside(settings, first, last)


def _days_of_games(settings: Settings, first: date, last: date) -> list[date]:
    span = f"game_date between date '{first}' and date '{last}'"
    days = read_spine(settings, TEAM_MATCHUP, span)["game_date"].to_pylist()
    if not days:
        raise MissingError(f"there are no games from {first} to {last}")
    return sorted(set(days))


def _day(text: str) -> date:
    try:
        day = as_date(datetime.strptime(text, "%Y-%m-%d"))
    except ValueError as error:
        raise SettingsError(f"{text!r} is no date", "as in 2024-01-15") from error
    assert day is not None
    return day


def _was_done(settings: Settings, key: str, slate: Slate | None) -> bool:
    path = settings.nights_dir / (f"{slate.day}.json" if slate else "last.json")
    if not path.exists():
        return False
    try:
        night = json.loads(path.read_text("utf-8"))
        return bool(night["key"] == key and night["status"] == "done")
    except (ValueError, KeyError, TypeError):
        return False


def _forget_targets(settings: Settings) -> None:
    """Take out of earlier records what they kept in clear: a target with its key."""
    for path in settings.nights_dir.glob("*.json"):
        with suppress(OSError, ValueError, KeyError, TypeError):
            night = json.loads(path.read_text("utf-8"))
            if not _DIGEST.fullmatch(night["key"]) and night["key"]:
                night["key"] = digest_of(night["key"])
                write_text(path, json.dumps(redacted(night), indent=1) + "\n")


def _record(settings: Settings, night: Night) -> None:
    try:
        _write(settings, night)
    except OSError as error:
        raise denied(error) or error from error


def _write(settings: Settings, night: Night) -> None:
    text = json.dumps(redacted(asdict(night)), indent=1) + "\n"
    if night.day and night.status in ("done", "alarm"):
        write_text(settings.nights_dir / f"{night.day}.json", text)
    write_text(settings.nights_dir / "last.json", text)


if __name__ == "__main__":
    run_job(nightly)
