"""Fetches what a league database needs, in steps that each stand by themselves."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, TypeVar

import pandas as pd

from ml.errors import MissingError, SourceError
from ml.ingest.contract import CUP_FINAL, EASTERN, PLAYOFFS, season_of_year
from ml.sources.nba import endpoints
from ml.sources.nba.box_score import BoxScore, parse_box_score
from ml.sources.nba.client import AbsentError, Client
from ml.sources.nba.game_log import (
    Lines,
    parse_game_log,
    player_lines,
    team_lines,
)
from ml.sources.nba.injury_report import parse_injury_report
from ml.sources.nba.league_file import Change, LeagueFile
from ml.sources.nba.moves import parse_player_movement
from ml.sources.nba.odds import parse_odds
from ml.sources.nba.play_by_play import PlayByPlay, parse_play_by_play, stints_of
from ml.sources.nba.players import parse_player_index
from ml.sources.nba.schedule import FINAL, Games, parse_schedule
from ml.sources.nba.store import ABSENT, Answer, Request

T = TypeVar("T")
G = TypeVar("G", BoxScore, PlayByPlay)
REPORT_CLOCKS = (time(13, 30), time(17, 30))
"""The reports that are fetched of every day (US/Eastern)."""

PLAYED_KINDS = (*endpoints.LOG_TYPES, CUP_FINAL)
_KNOWN_REPORT = datetime(2024, 1, 4, 12, 30)
_MISSES_THAT_DOUBT = 3
# A report that is absent for longer does not come any more; until then it is asked for
# again, though not at once.
_LATE = timedelta(days=3)
_ASK_AGAIN = timedelta(hours=1)
# Single games that were missed for longer are not made up for.
_LONGEST_GAP = timedelta(days=14)
_FIRST_CDN_SEASON = "2019-20"
_LOGS: tuple[tuple[Literal["T", "P"], Callable[..., Lines], str], ...] = (
    ("T", team_lines, "team_game_stats"),
    ("P", player_lines, "player_game_stats"),
)
_LINE_KEY = {
    "team_game_stats": ("game_id", "team_id"),
    "player_game_stats": ("game_id", "player_id"),
}


@dataclass
class Fetched:
    """What a fetch did.

    Attributes
    ----------
    changes : list of Change
        By table, one entry a write.
    notes : list of str
        What could not be had, or was taken from elsewhere.
    lacking : list of str
        Games that are over and have no box score yet.
    """

    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)

    def by_table(self) -> dict[str, tuple[int, int, int]]:
        """Add up new, changed and gone rows by table."""
        result: dict[str, tuple[int, int, int]] = {}
        for change in self.changes:
            new, changed, gone = result.get(change.table, (0, 0, 0))
            result[change.table] = (
                new + change.new,
                changed + change.changed,
                gone + change.gone,
            )
        return result


class Fetcher:
    """Fetches into a league file.

    Parameters
    ----------
    client : Client
        Asks.
    league : LeagueFile
        Is written to.
    progress : callable
        Told what is done of how much, as the long steps go on.
    """

    def __init__(
        self,
        client: Client,
        league: LeagueFile,
        progress: Callable[[str, int, int], None] = lambda what, done, of: None,
    ) -> None:
        self.client = client
        self.league = league
        self.result = Fetched()
        self._progress = progress

    def season(self, season: str, *, play_by_play: bool, injuries: bool) -> Fetched:
        """Fetch a season: what has been played of it, and what is to come."""
        games = self._schedule(season)
        self._logs(season, games)
        self._players(season)
        self._moves()
        finished = _finished(games)
        if play_by_play:
            self._single_games(finished, has_plays=True)
        if injuries:
            days = sorted(set(games["game_date"]))
            self._try_reports([day for day in days if day <= self._today()])
        self._note_lacking(finished)
        return self.result

    def seasons_before(self, day: date, n_seasons: int) -> Fetched:
        """Fetch whole seasons before that of a day, where they are not here whole."""
        year = int(endpoints.season_of_day(day)[:4])
        for number in range(n_seasons, 0, -1):
            season = season_of_year(year - number)
            if not self._is_whole(season):
                try:
                    self.season(season, play_by_play=False, injuries=False)
                except (SourceError, MissingError) as error:
                    self._note(f"{season}: {error.problem}")
            self._progress("seasons", n_seasons - number + 1, n_seasons)
        return self.result

    def newest_single(self, day: date) -> date:
        """Return the newest day before another of which single games were fetched."""
        before = day - timedelta(days=1)
        games = self.league.read(
            "games",
            "game_date < ? and game_id in (select game_id from starters)",
            day.isoformat(),
        )
        if games.empty:
            return before
        newest = date.fromisoformat(max(games["game_date"]))
        return min(before, max(newest, day - _LONGEST_GAP))

    def day(self, day: date, since: date) -> Fetched:
        """Fetch what the forecast of a day needs, and single games since another."""
        season = endpoints.season_of_day(day)
        games = self._schedule(season)
        self._logs(season, games)
        self._players(season)
        self._moves()
        finished = _finished(games)
        recent = finished[(finished["game_date"] >= since)]
        recent = recent[recent["game_date"] <= day]
        self._single_games(recent, has_plays=True)
        has_games = (games["game_date"] == day).any()
        # The last reports of a day come out after the night that asked for its first.
        days = set(games["game_date"])
        self._try_reports(sorted(each for each in days if since <= each <= day))
        if day == self._today() and has_games:
            self._odds(games)
        self._note_lacking(finished)
        return self.result

    def reports(self, days: Iterable[date]) -> Fetched:
        """Fetch the injury reports of days."""
        moments = [
            datetime.combine(day, clock) for day in days for clock in REPORT_CLOCKS
        ]
        now = self.client.now().astimezone(EASTERN).replace(tzinfo=None)
        moments = [moment for moment in moments if moment <= now]
        misses: list[list[Request]] = []
        for number, moment in enumerate(moments, start=1):
            missed = self._report(moment, now)
            misses = [*misses, missed] if missed else []
            if len(misses) == _MISSES_THAT_DOUBT:
                self._doubt([request for each in misses for request in each])
                misses = []
            self._progress("injury reports", number, len(moments))
        return self.result

    def _try_reports(self, days: list[date]) -> None:
        """Fetch reports, without which the rest is as good as it was."""
        try:
            self.reports(days)
        except SourceError as error:
            self._note(error.problem)

    def _schedule(self, season: str) -> pd.DataFrame:
        if season == endpoints.season_of_day(self._today()):
            try:
                return self._write_schedule(season, endpoints.schedule_now())
            except (SourceError, MissingError) as error:
                self._note(f"{error.problem}; taken from stats")
        return self._write_schedule(season, endpoints.schedule_of(season))

    def _write_schedule(self, season: str, request: Request) -> pd.DataFrame:
        found, answer = self._parsed(request, parse_schedule)
        games = self._of_season(season, found, request)
        played = games[games["season_type"].isin(PLAYED_KINDS)]
        sides = {*played["home_team_id"], *played["away_team_id"]}
        teams = found.teams[found.teams["team_id"].isin(sides)]
        if teams.empty:
            raise SourceError(
                "the schedule has no games of teams that are known",
                "ask again later; the season may not have been drawn up yet",
            )
        self._write("teams", teams, ("team_id",), answer)
        self._write("games", games, ("game_id",), answer, scope=("season",))
        return games

    def _of_season(self, season: str, found: Games, request: Request) -> pd.DataFrame:
        """Return the games of a season, if they can be its schedule."""
        games = found.games[found.games["season"] == season].drop_duplicates("game_id")
        if games.empty:
            raise SourceError(
                f"{request.endpoint}: it is not of {season}", "ask again later"
            )
        if others := len(found.games) - len(games):
            self._note(f"{request.endpoint}: {others} games of other seasons left out")
        stored = self.league.game_ids("games", season)
        n_left = len(stored & set(games["game_id"]))
        if n_left < 0.9 * len(stored):
            raise SourceError(
                f"{request.endpoint}: it has {n_left} of {len(stored)} games that are "
                "stored; left as they are",
                "ask again later",
            )
        return games.reset_index(drop=True)

    def _logs(self, season: str, games: pd.DataFrame) -> None:
        finished = _finished(games)
        over = self._is_settled(games)
        for kind in endpoints.LOG_TYPES:
            expected = finished[finished["season_type"] == kind]
            if expected.empty:
                continue
            for of, complete, table in _LOGS:
                request = endpoints.game_log(season, kind, of)
                read = functools.partial(parse_game_log, kind=of)
                try:
                    log, answer = self._parsed(request, read, is_final=over)
                except (SourceError, MissingError) as error:
                    self._note(error.problem)
                    continue
                if log.empty:
                    self._note(
                        f"{request.endpoint}: no rows, though {len(expected)} games "
                        "are over"
                    )
                    continue
                # A game in progress has lines without a result.
                lines = complete(log[log["wl"].notna()], games)
                if len(lines.unplaced):
                    names = ", ".join(sorted(set(lines.unplaced["game_id"]))[:5])
                    self._note(f"{request.endpoint}: not in the schedule: {names}")
                key = _LINE_KEY[table]
                self._write(table, lines.rows, key, answer, scope=("game_id",))

    def _players(self, season: str) -> None:
        request = endpoints.player_index(season)
        try:
            found, answer = self._parsed(request, parse_player_index)
        except (SourceError, MissingError) as error:
            self._note(error.problem)
        else:
            # The index has no dates of birth; one that is known stays.
            known = self.league.read("players").set_index("player_id")["birthdate"]
            players = found.players.assign(
                birthdate=found.players["player_id"].map(known.to_dict())
            )
            self._write("players", players, ("player_id",), answer)
        self._name_the_unlisted()

    def _name_the_unlisted(self) -> None:
        """Add to the players who has a line and is in no index."""
        unlisted = self.league.read(
            "player_game_stats",
            "player_id not in (select player_id from players)",
        )
        if len(unlisted):
            unlisted = unlisted.drop_duplicates("player_id", keep="last")
            answer = Answer(b"", self.client.now())
            self._write("players", unlisted, ("player_id",), answer)

    def _moves(self) -> None:
        try:
            moves, answer = self._parsed(
                endpoints.player_movement(), parse_player_movement
            )
        except (SourceError, MissingError) as error:
            self._note(error.problem)
            return
        stored = self.league.counts()["transactions"]
        if len(moves) < 0.9 * stored:
            self._note(
                f"NBA_Player_Movement: {len(moves):,} moves, {stored:,} are stored; "
                "left as they are"
            )
            return
        who = ("transaction_date", "player_id", "transaction_type")
        key = (*who, "to_team_id", "from_team_id")
        # The order within a day is the file's, which may lengthen it later.
        self._write("transactions", moves, key, answer, scope=("source",))

    def _single_games(self, games: pd.DataFrame, *, has_plays: bool) -> None:
        """Fetch box scores and play-by-play, game by game.

        Where three games in a row have none, those that are left are not asked for:
        the host refuses this machine, or does not have them yet.
        """
        missed = {"box scores": 0, "play-by-play": 0}
        for number, row in enumerate(games.to_dict("records"), start=1):
            game = {str(name): value for name, value in row.items()}
            if game["season"] >= _FIRST_CDN_SEASON:
                box = self._box(game)
                missed["box scores"] = 0 if box else missed["box scores"] + 1
                if box is not None and has_plays:
                    found = self._plays(game, box)
                    missed["play-by-play"] = 0 if found else missed["play-by-play"] + 1
            self._progress("games", number, len(games))
            for what, times in missed.items():
                if times < _MISSES_THAT_DOUBT or number == len(games):
                    continue
                self._note(
                    f"{what}: none of {times} games in a row; "
                    f"{len(games) - number} more were not asked for"
                )
                if what == "box scores":
                    return
                has_plays, missed[what] = False, 0

    def _box(self, game: dict[str, Any]) -> BoxScore | None:
        request = endpoints.box_score(game["game_id"])
        try:
            box, answer = self._parsed(
                request,
                lambda body: _checked(parse_box_score(body), game, request),
                is_final=self._is_old(game),
            )
        except (SourceError, MissingError) as error:
            self._note(error.problem)
            return None
        if box.game["status"] != FINAL:
            self._note(f"{request.endpoint}: it is {box.game['status']} there")
            return None
        self._write(
            "starters", box.starters, ("game_id", "player_id"), answer, ("game_id",)
        )
        for table, key in _LINE_KEY.items():
            # The official log comes later, or stats does not answer.
            if self.league.read(table, "game_id = ?", game["game_id"]).empty:
                rows = getattr(box, table)
                self._write(table, rows, key, answer, ("game_id",))
        periods = self.league.read("games", "game_id = ?", game["game_id"])
        if len(periods) and periods.loc[0, "periods"] != box.game["periods"]:
            row = periods.drop(columns="known_at")
            row["periods"] = box.game["periods"]
            self._write("games", row, ("game_id",), answer)
        return box

    def _plays(self, game: dict[str, Any], box: BoxScore) -> bool:
        """Fetch one game's play-by-play; say whether there was one."""
        home = int(game["home_team_id"])
        request = endpoints.play_by_play(game["game_id"])
        try:
            play, answer = self._parsed(
                request,
                lambda body: _checked(parse_play_by_play(body, home), game, request),
                is_final=self._is_old(game),
            )
        except (SourceError, MissingError) as error:
            self._note(error.problem)
            return False
        task = self.client.store.task(request.key)
        digest = task.sha256 if task else None
        if digest is not None and self.client.store.parsed(request.key) == digest:
            return True
        made = stints_of([play], pd.DataFrame([box.game]), box.player_game_stats)
        for reason in made.unresolved["reason"]:
            self._note(f"{request.endpoint}: no stints: {reason}")
        if len(made.stints):
            stints = made.stints.assign(season=game["season"])
            key = ("game_id", "stint_idx")
            self._write("impact_lineup_stints", stints, key, answer, ("game_id",))
        if digest is not None:
            self.client.store.note_parsed(request.key, digest)
        return True

    def _odds(self, games: pd.DataFrame) -> None:
        try:
            lines, answer = self._parsed(endpoints.odds_today(), parse_odds)
        except (SourceError, MissingError) as error:
            self._note(error.problem)
            return
        # A line of a game that has begun is no closing line.
        to_come = games[games["status"] == "scheduled"][["game_id", "game_date"]]
        lines = lines.merge(to_come, on="game_id")
        self._write("closing_lines", lines, ("game_id",), answer)

    def _report(self, moment: datetime, now: datetime) -> list[Request]:
        """Fetch one report; return what was asked for, if it was all refused."""
        requests = endpoints.injury_report(moment)
        store = self.client.store
        kept = [each for each in requests if store.answer(each.key) is not None]
        refused = []
        for request in kept or requests:
            task = store.task(request.key)
            if task is not None and task.state == ABSENT:
                asked = task.asked_at
                is_new = asked and self.client.now() - asked < _ASK_AGAIN
                if is_new or now - moment > _LATE:
                    continue
            try:
                rows, answer = self._parsed(
                    request,
                    functools.partial(_told_by, now=now, endpoint=request.endpoint),
                    is_final=True,
                )
            except AbsentError:
                refused.append(request)
                continue
            except (SourceError, MissingError) as error:
                self._note(error.problem)
                return []
            key = ("report_at_et", "game_date", "matchup", "team", "player")
            self._write("injury_reports", rows, key, answer, ("report_at_et",))
            return []
        return refused

    def _doubt(self, misses: list[Request]) -> None:
        """Ask for a report that is there, before many are taken for absent.

        Raises
        ------
        SourceError
            If that one is refused too: then nothing is known to be absent.
        """
        request = endpoints.injury_report(_KNOWN_REPORT)[0]
        # Asked for every time: a stored one would say nothing about the host.
        request = Request(
            "reports/known", request.endpoint, request.host, request.path, timedelta(0)
        )
        try:
            _, answer = self._asked(request, parse_injury_report)
            if not answer.is_stale:
                return
        except (SourceError, MissingError):
            pass
        now = self.client.now()
        for each in misses:
            self.client.store.fail(each.key, "refused, like a known report", now=now)
        raise SourceError(
            f"injury reports: the host refuses one that is there ({request.endpoint}) "
            f"like {len(misses)} others",
            "wait an hour, then run it again: it goes on where it stopped",
        )

    def _note_lacking(self, finished: pd.DataFrame) -> None:
        lacking = finished[~finished["game_id"].isin(self._have_lines())]
        recent = lacking[lacking["season"] >= _FIRST_CDN_SEASON]
        if len(recent):
            # What the logs do not have yet: single box scores, the newest first.
            self._single_games(
                recent.sort_values("game_date", ascending=False), has_plays=False
            )
            lacking = finished[~finished["game_id"].isin(self._have_lines())]
        self._name_the_unlisted()
        self.result.lacking = sorted(lacking["game_id"])

    def _have_lines(self) -> set[str]:
        """Return the games that have lines of teams and of players."""
        have = [self.league.game_ids(table) for table in _LINE_KEY]
        return set.intersection(*have)

    def _parsed(
        self,
        request: Request,
        parse: Callable[[bytes], T],
        *,
        is_final: bool = False,
    ) -> tuple[T, Answer]:
        found, answer = self._asked(request, parse, is_final=is_final)
        if answer.is_stale:
            self._note(
                f"{request.endpoint}: nothing newer than "
                f"{answer.captured_at:%Y-%m-%d %H:%M} UTC could be had"
            )
        return found, answer

    def _asked(
        self,
        request: Request,
        parse: Callable[[bytes], T],
        *,
        is_final: bool = False,
    ) -> tuple[T, Answer]:
        found: list[T] = []
        answer = self.client.get(
            request, check=lambda body: found.append(parse(body)), is_final=is_final
        )
        return found[-1] if found else parse(answer.body), answer

    def _write(
        self,
        table: str,
        rows: pd.DataFrame,
        key: tuple[str, ...],
        answer: Answer,
        scope: tuple[str, ...] = (),
    ) -> None:
        change = self.league.replace(
            table, rows, key, captured_at=answer.captured_at, scope=scope
        )
        self.result.changes.append(change)

    def _note(self, text: str) -> None:
        if text not in self.result.notes:
            self.result.notes.append(text)

    def _today(self) -> date:
        return self.client.now().astimezone(EASTERN).date()

    def _is_old(self, game: dict[str, Any]) -> bool:
        began = datetime.combine(game["game_date"], time(12), EASTERN).astimezone(UTC)
        return self.client.now() - began > endpoints.SETTLED_AFTER

    def _is_whole(self, season: str) -> bool:
        """Say whether a past season is here, to its last game, with its box scores."""
        games = self.league.read("games", "season = ?", season)
        is_over = games["home_pts"].notna() & games["season_type"].isin(PLAYED_KINDS)
        over = games[is_over]
        have = self._have_lines()
        kinds = set(over["season_type"])
        return PLAYOFFS in kinds and set(over["game_id"]) <= have

    def _is_settled(self, games: pd.DataFrame) -> bool:
        """Say whether nothing of a season can change any more."""
        wanted = games[games["season_type"].isin(PLAYED_KINDS)]
        last = max(wanted["game_date"])
        return bool(self._today() - last > timedelta(days=30))


def _told_by(body: bytes, *, now: datetime, endpoint: str) -> pd.DataFrame:
    """Return a report's rows, unless it says that it is of a time to come."""
    rows = parse_injury_report(body)
    if len(rows) and (latest := rows["report_at_et"].max()) > now + timedelta(hours=1):
        raise SourceError(
            f"{endpoint}: it says that it is of {latest}, and it is {now:%F %R}",
            "set this machine's clock; otherwise ask again later",
        )
    return rows


def _checked(found: G, game: dict[str, Any], request: Request) -> G:
    """Return what was found, if it is of the game that was asked for."""
    about = found.game if isinstance(found, BoxScore) else vars(found)
    for name in ("game_id", "home_team_id", "away_team_id"):
        if name in about and about[name] != game[name]:
            raise SourceError(
                f"{request.endpoint}: its {name} is {about[name]}, not {game[name]}",
                "ask again later",
            )
    return found


def _finished(games: pd.DataFrame) -> pd.DataFrame:
    is_played = games["season_type"].isin(PLAYED_KINDS) & (games["status"] == FINAL)
    return games[is_played]
