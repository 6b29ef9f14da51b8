"""Evenings ready to be asked about, taken up again when a run has changed the home."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import Lock, Thread
from time import monotonic
from typing import TypeVar, cast

import pandas as pd

from ml.boxscore.sample import BoxSample
from ml.errors import TipoffError
from ml.predict.questions import Evening, read_board, read_evening
from ml.predict.slate import find_slate
from ml.pricing.price import Board
from ml.serve.last_games import read_last_games
from ml.settings import Settings
from ml.storage.lock import is_held

# Seconds between two looks at the files of the home.
_LOOK_AGAIN = 2.0
# Days that are kept beside the newest.
_KEPT = 4
# Answers and players' draws that are kept of an evening; each is below half a megabyte.
_RECENT = 400
Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class Served:
    """An evening, and the draws of its games that were asked for.

    Attributes
    ----------
    settings : Settings
        Whose home.
    evening : Evening
        The games and players.
    state : str
        Fingerprint of the files it was read from.
    last_games : DataFrame
        From `read_last_games`.
    """

    settings: Settings
    evening: Evening
    state: str
    last_games: pd.DataFrame
    _samples: dict[str, BoxSample] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _recent: OrderedDict[Hashable, object] = field(default_factory=OrderedDict)
    _recalling: Lock = field(default_factory=Lock)

    def sample(self, game_id: str) -> BoxSample:
        """Return the evening's own draws of a game, drawn once."""
        return self.samples([game_id])[game_id]

    def samples(self, games: Sequence[str], block: int = 0) -> dict[str, BoxSample]:
        """Return draws of games; those of the evening itself are kept."""
        if block:
            return dict(self._board.draw(games, block))
        # Whoever asks about games that are drawn does not wait for those that are not.
        if not all(game in self._samples for game in games):
            with self._lock:
                missing = [game for game in games if game not in self._samples]
                if missing:
                    self._samples.update(self._board.draw(missing, 0))
        return {game: self._samples[game] for game in games}

    def recall(self, key: Hashable, make: Callable[[], Found]) -> Found:
        """Return what was made of a key not long ago, or make it."""
        with self._recalling:
            if key in self._recent:
                self._recent.move_to_end(key)
                return cast("Found", self._recent[key])
        found = make()
        with self._recalling:
            self._recent[key] = found
            while len(self._recent) > _RECENT:
                self._recent.popitem(last=False)
        return found

    def player(self, text: str, game_id: str | None = None) -> pd.Series:
        """Find one player, as `Evening.player` does."""
        return self.recall(
            ("player", text, game_id),
            lambda: self.evening.player(text, game_id=game_id),
        )

    def sample_of(self, who: pd.Series) -> BoxSample:
        """Return one player's columns of the draws of his game."""
        game_id, player_id = str(who["game_id"]), int(who["player_id"])
        return self.recall(
            ("draws", game_id, player_id),
            lambda: self.sample(game_id).of_player(player_id),
        )

    @cached_property
    def _board(self) -> Board:
        return read_board(self.settings, self.evening)

    @cached_property
    def board(self) -> Board:
        """The games as sheets of lines speak of them, drawn from `samples`."""
        return replace(self._board, draw=self.samples)


class Evenings:
    """The newest evening of a home, and those that were asked for.

    A reader takes no lock and waits for no run: while one holds the home, what was read
    before it is served; when it has ended, the new state is read in the background and
    takes the old one's place.

    Parameters
    ----------
    settings : Settings
        Which home.
    read : callable, optional
        Reads an evening; tests give their own.
    """

    def __init__(
        self,
        settings: Settings,
        read: Callable[[Settings, date | None], Evening] | None = None,
    ) -> None:
        self.settings = settings
        self._read = read or _read
        self._lock = Lock()
        self._reading = Lock()
        self._looked = 0.0
        self._days: OrderedDict[date | None, Served] = OrderedDict()
        # Days that cannot be forecast in a state, and why.
        self._refused: OrderedDict[date | None, tuple[str, TipoffError]] = OrderedDict()

    def on(self, day: date | None = None) -> Served:
        """Return the evening of a day; by default the one that is forecast next.

        Raises
        ------
        TipoffError
            If it cannot be forecast; named as `tipoff predict` does.
        """
        with self._lock:
            served = self._days.get(day)
        if served is None:
            with self._reading:
                return self._take(day)
        if monotonic() - self._looked > _LOOK_AGAIN:
            self._looked = monotonic()
            if self._is_new(served) and self._reading.acquire(blocking=False):
                Thread(target=self._renew, args=[day], daemon=True).start()
        return served

    def _is_new(self, served: Served) -> bool:
        found = fingerprint(self.settings)
        return found != served.state and not is_held(self.settings)

    def _renew(self, day: date | None) -> None:
        try:
            self._take(day)
        except TipoffError:
            pass  # What was served goes on being served.
        finally:
            self._reading.release()

    def _take(self, day: date | None) -> Served:
        before = fingerprint(self.settings)
        with self._lock:
            known = self._days.get(day)
        if known is not None and known.state == before:
            return known
        refused = self._refused.get(day)
        if refused is not None and refused[0] == before:
            raise refused[1].with_traceback(None)
        try:
            evening = self._read(self.settings, day)
        except TipoffError as error:
            self._refuse(day, before, error)
            raise
        last_games = read_last_games(self.settings, evening)
        served = Served(self.settings, evening, before, last_games)
        if known is not None and (
            fingerprint(self.settings) != before or is_held(self.settings)
        ):
            return known  # A run began meanwhile: perhaps half of it was read.
        with self._lock:
            self._days[day] = served
            others = [each for each in self._days if each not in {None, day}]
            for each in others[: max(0, len(others) - _KEPT)]:
                del self._days[each]
        return served

    def _refuse(self, day: date | None, state: str, error: TipoffError) -> None:
        """Remember why a day cannot be forecast, so that it is not tried again."""
        if fingerprint(self.settings) != state or is_held(self.settings):
            return
        self._refused[day] = state, error
        while len(self._refused) > _RECENT:
            self._refused.popitem(last=False)


def _read(settings: Settings, day: date | None) -> Evening:
    return read_evening(settings, find_slate(settings, day))


def fingerprint(settings: Settings) -> str:
    """Return a digest of when and how long the files of a forecast were written."""
    paths = [settings.warehouse, settings.manifest, settings.last_run]
    for folder in (settings.features_dir, settings.registry_dir):
        paths += sorted(folder.rglob("*")) if folder.is_dir() else []
    return sha256(repr([_stamp(path) for path in paths]).encode()).hexdigest()[:16]


def _stamp(path: Path) -> tuple[str, int, int]:
    try:
        found = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), found.st_mtime_ns, found.st_size
