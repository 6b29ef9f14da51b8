"""`tipoff fetch`: a league database from the league's public endpoints."""

from __future__ import annotations

import json as json_module
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date as date_type
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from filelock import FileLock, Timeout
from rich.table import Table

from ml.console import APP_OPTIONS, command, console, step
from ml.errors import MissingError, SettingsError, SourceError, StorageError
from ml.ingest.contract import EASTERN, season_of_year
from ml.options import JsonOption, as_date
from ml.settings import Settings

if TYPE_CHECKING:
    from ml.sources.nba.fetch import Fetched, Fetcher

app = typer.Typer(
    help="Fetch a league database from the league's public endpoints. "
    "Example: tipoff fetch day",
    no_args_is_help=True,
    **APP_OPTIONS,
)
SEASONS_BEFORE = 3
"""Seasons before the one that is on of which a night wants the games."""

_EXTRAS = ("play-by-play", "injuries")
_DAY = ["%Y-%m-%d"]
OfflineOption = Annotated[
    bool,
    typer.Option("--offline", help="Ask nobody: take what was fetched before."),
]
DayOption = Annotated[
    datetime | None,
    typer.Option("--date", formats=_DAY, help="The day, US/Eastern [default: today]."),
]
SinceOption = Annotated[
    datetime | None,
    typer.Option(
        "--since", formats=_DAY, help="The first day [default: the day before]."
    ),
]


def day(
    settings: Settings,
    *,
    date: DayOption = None,
    since: SinceOption = None,
    offline: OfflineOption = False,
    json: JsonOption = False,
) -> None:
    """Fetch what the forecasts of a day need, and single games since another day.

    Example: tipoff fetch day --date 2026-01-08
    """
    first = as_date(since)

    def work(fetcher: Fetcher, today: date_type) -> Fetched:
        wanted = as_date(date) or today
        return fetcher.day(wanted, first or wanted - timedelta(days=1))

    _fetch(settings, work, "fetch the day", offline=offline, json=json)


def season(
    settings: Settings,
    name: Annotated[str, typer.Argument(help="The season, as in 2025-26.")],
    *,
    with_: Annotated[
        str,
        typer.Option("--with", help="play-by-play, injuries or both, by comma."),
    ] = "",
    offline: OfflineOption = False,
    json: JsonOption = False,
) -> None:
    """Fetch a whole season, played or to come.

    Example: tipoff fetch season 2025-26 --with play-by-play,injuries
    """
    extras = {extra.strip() for extra in with_.split(",") if extra.strip()}
    if unknown := sorted(extras - {*_EXTRAS}):
        raise SettingsError(
            f"--with {unknown[0]!r} is not known", f"use {' or '.join(_EXTRAS)}"
        )
    _check_season(name)

    def work(fetcher: Fetcher, today: date_type) -> Fetched:
        return fetcher.season(
            name,
            play_by_play="play-by-play" in extras,
            injuries="injuries" in extras,
        )

    _fetch(settings, work, f"fetch {name}", offline=offline, json=json)


def injuries(
    settings: Settings,
    *,
    date: DayOption = None,
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=_DAY, help="The first day [default: the day]."),
    ] = None,
    offline: OfflineOption = False,
    json: JsonOption = False,
) -> None:
    """Fetch injury reports.

    Example: tipoff fetch injuries --since 2025-12-01 --date 2026-01-08
    """
    first = as_date(since)

    def work(fetcher: Fetcher, today: date_type) -> Fetched:
        last = as_date(date) or today
        begin = first or last
        if begin > last:
            raise SettingsError(
                f"--since {begin} is after {last}", "give an earlier day"
            )
        days = [begin + timedelta(days=n) for n in range((last - begin).days + 1)]
        return fetcher.reports(days)

    _fetch(settings, work, "fetch injury reports", offline=offline, json=json)


def status(settings: Settings, *, json: JsonOption = False) -> None:
    """Show what was fetched, what failed, and what the league database holds.

    Example: tipoff fetch status
    """
    from ml.sources.nba.league_file import LeagueFile
    from ml.sources.nba.store import FAILED, Store

    if not settings.live_league.exists():
        raise MissingError("nothing was fetched yet", "run `tipoff fetch day`")
    store = Store(settings.live_dir)
    tasks = store.tasks()
    told = {
        "league": str(settings.live_league),
        "tables": LeagueFile(settings.live_league).counts(),
        "tasks": dict(sorted(Counter(task.state for task in tasks).items())),
        "requests": store.requests(),
        "failed": {task.key: task.error for task in tasks if task.state == FAILED},
    }
    if json:
        typer.echo(json_module.dumps(told))
        return
    console.print(f"league: {settings.live_league}")
    for name in ("tables", "tasks", "requests", "failed"):
        table = Table(name, "")
        for key, value in told[name].items():  # type: ignore[attr-defined]
            table.add_row(key, str(value))
        console.print(table)


@dataclass(frozen=True)
class NightFetched:
    """What a night fetched.

    Attributes
    ----------
    moment : datetime
        The moment (UTC) that counts as now.
    notes : tuple of str
        What could not be had, or was taken from elsewhere.
    on_page : tuple of str
        The same, as somebody who only reads the forecasts understands it.
    problem : SourceError, optional
        Why the night knows less than it should.
    """

    moment: datetime
    notes: tuple[str, ...]
    on_page: tuple[str, ...]
    problem: SourceError | None


def fetch_night(
    settings: Settings, *, as_of: datetime | None = None, offline: bool = False
) -> NightFetched:
    """Fetch what a night needs: seasons that are not here yet, and the day.

    Parameters
    ----------
    settings : Settings
        Says where the hosts are, and which home.
    as_of : datetime, optional
        The moment (UTC) that counts as now [default: it is now]. Hosts on this machine
        are asked as of it too.
    offline : bool
        Whether to take what was fetched before.

    Returns
    -------
    NightFetched

    Raises
    ------
    SourceError
        If nothing could be fetched and nothing was fetched before.
    """
    moments: list[datetime] = []
    problems: list[SourceError] = []

    def work(fetcher: Fetcher, today: date_type) -> Fetched:
        moment = as_of or fetcher.client.now()
        moments.append(moment)
        wanted = moment.astimezone(EASTERN).date()
        try:
            fetcher.seasons_before(wanted, SEASONS_BEFORE)
            return fetcher.day(wanted, fetcher.newest_single(wanted))
        except (SourceError, MissingError) as error:
            if not fetcher.league.counts()["player_game_stats"]:
                raise
            problem = f"{error.problem}; the games are those that were fetched before"
            problems.append(SourceError(problem, error.remedy))
            return fetcher.result

    done, counts, asked = _fetched(
        settings, work, "fetch", offline=offline, as_of=as_of
    )
    _tell(done, counts, asked, json=False)
    if done.lacking:
        problems.append(_lacking(done))
    for problem in problems:
        console.warning(problem.problem)
    # Nothing is forecast from odds: what they lack is told here, not on the page.
    notes = [note for note in done.notes if not note.startswith("odds_")]
    told = tuple(problem.problem for problem in problems)
    return NightFetched(
        moments[0],
        (*_grouped(notes), *told),
        (*dict.fromkeys(map(_on_page, notes)), *told),
        problems[0] if problems else None,
    )


def _fetch(
    settings: Settings,
    work: Callable[[Fetcher, date_type], Fetched],
    doing: str,
    *,
    offline: bool,
    json: bool,
) -> None:
    done, counts, asked = _fetched(settings, work, doing, offline=offline)
    _tell(done, counts, asked, json=json)
    if done.lacking:
        raise _lacking(done)


def _lacking(done: Fetched) -> SourceError:
    some = ", ".join(done.lacking[:5])
    return SourceError(
        f"{len(done.lacking)} games that are over have no box scores yet: {some}",
        "run the same command again later; all else was written",
    )


def _fetched(
    settings: Settings,
    work: Callable[[Fetcher, date_type], Fetched],
    doing: str,
    *,
    offline: bool,
    as_of: datetime | None = None,
) -> tuple[Fetched, dict[str, int], int]:
    from ml.sources.nba.client import Client
    from ml.sources.nba.endpoints import hosts
    from ml.sources.nba.fetch import Fetcher
    from ml.sources.nba.league_file import LeagueFile
    from ml.sources.nba.store import Store

    where = {
        "stats": settings.stats_url,
        "cdn": settings.cdn_url,
        "reports": settings.reports_url,
    }
    known = hosts(**where)
    is_here = all(host.is_here for host in known.values())
    with (
        _alone(settings),
        Client(Store(settings.live_dir), known, offline=offline) as client,
        step(doing) as say,
    ):
        if as_of is not None and is_here:
            client.now = lambda: as_of
        league = LeagueFile(settings.live_league)
        today = client.now().astimezone(EASTERN).date()
        before = client.store.requests()
        fetcher = Fetcher(client, league, _Progress())
        done = work(fetcher, today)
        if client.clock_differs and as_of is None:
            done.notes.append(client.clock_differs)
        after = client.store.requests()
        asked = sum(after.values()) - sum(before.values())
        say(f"{asked} requests, {settings.live_league}")
    return done, league.counts(), asked


def _tell(done: Fetched, counts: dict[str, int], asked: int, *, json: bool) -> None:
    changes = done.by_table()
    if json:
        told = {"requests": asked, "tables": counts, "notes": done.notes}
        named = {
            table: dict(zip(("new", "changed", "gone"), change, strict=True))
            for table, change in changes.items()
        }
        typer.echo(json_module.dumps(told | {"changes": named}))
        return
    table = Table("table", "rows", "new", "changed", "gone")
    for name, change in changes.items():
        table.add_row(name, f"{counts[name]:,}", *(f"{number:,}" for number in change))
    console.print(table)
    for note in _grouped(done.notes):
        console.warning(note)


# By how a note begins, which is the name of what was asked for.
_ON_PAGE = (
    (
        "play-?by-?play",
        "The play-by-play of some games could not be had: who was on court together in "
        "them is not known.",
    ),
    (
        "(cdn )?box ?scores?",
        "The box scores of some single games could not be had: who began them is not "
        "known.",
    ),
    (
        "leaguegamelog",
        "The season's list of box scores could not be had whole: what it lacks is from "
        "single games or from an earlier fetch.",
    ),
    (
        "playerindex",
        "The list of players could not be had: heights and weights are those of an "
        "earlier fetch.",
    ),
    (
        "NBA_Player_Movement",
        "Roster moves could not be had anew: who has just moved may be shown with his "
        "team of before.",
    ),
    (
        "injury",
        "Injury reports could not be had: who is out may be expected to play.",
    ),
    (
        "schedule",
        "The usual schedule could not be had: the games are those of another one or of "
        "an earlier fetch.",
    ),
    (
        r"(?P<season>\d{4}-\d{2}):",
        "Games of {season} could not be had: the forecasts have learnt from fewer "
        "seasons.",
    ),
)


def _on_page(note: str) -> str:
    for begins, plain in _ON_PAGE:
        if found := re.match(begins, note, re.IGNORECASE):
            old = re.search(r"nothing newer than (.+ UTC) could be had", note)
            since = f" The newest is of {old[1]}." if old else ""
            return plain.format(**found.groupdict()) + since
    return note


def _grouped(notes: list[str]) -> list[str]:
    """Say once what is the case for many games."""
    groups: dict[str, list[str]] = {}
    for note in notes:
        groups.setdefault(re.sub(r"\d{10}", "", note), []).append(note)
    return [
        its[0] if len(its) == 1 else f"{its[0]} (and {len(its) - 1} more like it)"
        for its in groups.values()
    ]


class _Progress:
    """Says how far a long step is, and how long it still takes."""

    def __init__(self) -> None:
        self._began: dict[str, float] = {}
        self._told: dict[str, float] = {}

    def __call__(self, what: str, done: int, of: int) -> None:
        now = time.monotonic()
        began = self._began.setdefault(what, now)
        if now - self._told.setdefault(what, now) < 10 or done >= of:
            return
        self._told[what] = now
        minutes = (now - began) / max(done - 1, 1) * (of - done) / 60
        console.print(f"{what}: {done:,} of {of:,}, about {minutes:.0f} min left")


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Fetch one at a time: a second one waits, because it will find more stored."""
    lock = FileLock(settings.live_dir / ".lock")
    try:
        settings.live_dir.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            console.print("another fetch is going on; waiting for its end")
            lock.acquire()
    except OSError as error:
        raise StorageError(
            f"{settings.live_dir} cannot be written to: {error.strerror}",
            "make room or give rights, or give another --home",
        ) from error
    try:
        yield
    finally:
        lock.release()


def _check_season(name: str) -> None:
    found = re.fullmatch(r"(\d{4})-\d{2}", name)
    if found is None or season_of_year(int(found[1])) != name:
        raise SettingsError(f"{name!r} is no season", "write it as 2025-26")


for verb, job in (
    ("day", day),
    ("season", season),
    ("injuries", injuries),
    ("status", status),
):
    app.command(verb)(command(job, writes=False))
