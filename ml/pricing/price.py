"""What a sheet of bets is worth by the joint samples of an evening."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.arrays import Bools
from ml.boxscore.query import evaluate
from ml.boxscore.sample import BoxSample
from ml.errors import MissingError, SettingsError, TipoffError
from ml.pricing.odds import american_odds, worth
from ml.pricing.sheet import Bet, Leg

# Called with games' ids and the number of a block, from 0 on; draws it of each of them.
Draw = Callable[[Sequence[str], int], Mapping[str, BoxSample]]

# Of one game; and of all games of a sheet together, beside the first of each.
MOST_BLOCKS = 10
MORE_BLOCKS = 22
# A probability is drawn for until its standard error is this share of it.
_EXACT_ENOUGH = 0.05
# Fewer draws than these in which a bet wins, or loses, say little of its price.
_FEWEST = 50
_SELDOM = 0.5
_TOO_GOOD = 2.0
COLUMNS = {
    "bet": "the bet's text in the sheet, or its line",
    "legs": "what has to happen, joined by AND",
    "book": "whose odds",
    "prob": "P(it wins), given that everyone in it plays and no leg is a push",
    "prob_error": "standard error of prob from the number of draws",
    "push_prob": "P(a leg is a push), given that everyone in it plays",
    "play_prob": "P(everyone in it plays); otherwise a book voids it",
    "fair_odds": "decimal odds at which it is worth nothing to either side",
    "fair_american": "the same in American odds",
    "odds": "decimal odds of the sheet",
    "implied_prob": "P(it wins) at which the odds of the sheet are fair",
    "edge": "prob less implied_prob",
    "expected_value": "expected profit for a unit staked, given that everyone plays",
    "stake": "share of the bankroll: a share of Kelly's stake, capped",
    "independent_prob": "the product of the legs' own probabilities",
    "independent_odds": "decimal odds that are fair if the legs were independent",
    "draws": "draws that were read",
    "warnings": "what to know before believing it",
    "error": "why it could not be priced",
}


@dataclass(frozen=True)
class Stakes:
    """How stakes are made of edges.

    Attributes
    ----------
    kelly_share : float
        Share of Kelly's stake, 0-1.
    most : float
        Largest share of the bankroll for one bet, 0-1.
    """

    kelly_share: float = 0.25
    most: float = 0.05


@dataclass(frozen=True, eq=False)
class Board:
    """The games of an evening, as bets speak of them.

    Attributes
    ----------
    people : DataFrame, shape (n_players, any)
        ``game_id, team, opponent, team_id, player_id, player_name, is_home``.
    find_player : callable
        Takes a name or id, and a game's id or None; returns his row of `people`.
    draw : callable
        Draws a block of games' box scores; block 0 is the evening's own sample.
    news : Mapping of str to datetime
        Moment of the newest injury report of each game (UTC).
    """

    people: pd.DataFrame
    find_player: Callable[[str, str | None], pd.Series]
    draw: Draw
    news: Mapping[str, datetime] = field(default_factory=dict)

    @cached_property
    def games(self) -> dict[str, tuple[str, str]]:
        """Home and away team of each game."""
        at_home = self.people[self.people["is_home"].astype(bool)]
        sides = at_home.drop_duplicates("game_id")
        return {
            str(game): (str(home), str(away))
            for game, home, away in zip(
                sides["game_id"], sides["team"], sides["opponent"], strict=True
            )
        }

    def find_game(self, text: str) -> str:
        """Find a game by its id, a team, or both teams.

        Raises
        ------
        MissingError
            If no game, or more than one, is meant.
        """
        wanted = {part.strip().upper() for part in text.split("@")}
        found = [
            game
            for game, sides in self.games.items()
            if game == text.strip() or wanted <= set(sides)
        ]
        if len(found) != 1:
            known = ", ".join(f"{away}@{home}" for home, away in self.games.values())
            raise MissingError(
                f"{text[:40]!r} is not one of the evening's games", f"those are {known}"
            )
        return found[0]


@dataclass(frozen=True)
class _Placed:
    """A leg whose game and player are known."""

    leg: Leg
    game_id: str
    player_id: int | None
    team: int


@dataclass
class _Count:
    """Draws of one game: how many, and how many of which kind."""

    draws: int = 0
    plays: int = 0
    decided: int = 0
    won: int = 0

    def add(self, plays: Bools, decided: Bools, wins: Bools) -> None:
        """Count a block of draws."""
        self.draws += len(plays)
        self.plays += int(plays.sum())
        self.decided += int((plays & decided).sum())
        self.won += int((plays & decided & wins).sum())


def price_bets(
    board: Board, bets: Iterable[Bet], stakes: Stakes | None = None
) -> pd.DataFrame:
    """Price bets from the joint samples of their games.

    Legs of one game are read from the same draws, so that what goes together is priced
    together; games are drawn independently. A bet is drawn for until the standard error
    of its probability is a twentieth of it, or `MOST_BLOCKS` blocks have been drawn; a
    sheet ends before the block of draws with which it would exceed `MORE_BLOCKS`, and
    bets that are not as exact by then say so.

    Parameters
    ----------
    board : Board
        The evening.
    bets : iterable of Bet
        From `ml.pricing.sheet.read_sheet`.
    stakes : Stakes, optional
        A quarter of Kelly's stake and a twentieth of the bankroll by default.

    Returns
    -------
    DataFrame, shape (n_bets, 19)
        `COLUMNS`, in the order of the bets; what cannot be priced says why in
        ``error`` and is null elsewhere.
    """
    bets = list(bets)
    # A sheet names the same players again and again.
    board = replace(board, find_player=cache(board.find_player))
    found = [_placed(board, bet) for bet in bets]
    tallies = [each for each in found if isinstance(each, _Tally)]
    n_blocks = _draw_until_exact(board, tallies)
    rows = [
        _row(board, bet, each, stakes or Stakes(), n_blocks)
        for bet, each in zip(bets, found, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    texts = ["bet", "legs", "book", "warnings", "error"]
    return frame.astype({"fair_american": "Int64", "draws": "Int64"}).fillna(
        dict.fromkeys(texts, "")
    )


def _placed(board: Board, bet: Bet) -> _Tally | str:
    """Find the games and players of a bet, or say why it cannot be priced."""
    if bet.error:
        return bet.error
    try:
        return _Tally([_place(board, leg) for leg in bet.legs])
    except TipoffError as error:
        return _told(error)


def _told(error: TipoffError) -> str:
    return f"{error.problem} ({error.remedy})" if error.remedy else error.problem


def _place(board: Board, leg: Leg) -> _Placed:
    """Find a leg's game and player."""
    game = board.find_game(leg.game) if leg.game else None
    if leg.player:
        who = board.find_player(leg.player, game)
        game_id = str(who["game_id"])
        home = board.games[game_id][0]
        return _Placed(leg, game_id, int(who["player_id"]), who["team"] != home)
    of_team = board.find_game(leg.team) if leg.team else game
    if of_team is None or (game is not None and of_team != game):
        raise MissingError(
            f"{leg.team[:20]!r} does not play in {leg.game[:20]!r}",
            "leave the game out, or correct it",
        )
    sides = board.games[of_team]
    team = sides.index(leg.team.strip().upper()) if leg.team else 0
    return _Placed(leg, of_team, None, team)


def _draw_until_exact(board: Board, tallies: list[_Tally]) -> int:
    """Read blocks of draws until every bet is exact enough; return how many.

    A block is drawn of all games that some bet still needs, and dropped before the
    next: what is held at a time is one block of an evening.
    """
    n_more = 0
    for block in range(MOST_BLOCKS):
        waiting = [each for each in tallies if each.is_waiting]
        games = list(dict.fromkeys(game for each in waiting for game in each.games))
        n_more += len(games) if block else 0
        if not games or n_more > MORE_BLOCKS:
            return block
        block_of_draws = _Block(board.draw(games, block))
        for each in waiting:
            each.add(block_of_draws)
    return MOST_BLOCKS


class _Block:
    """One block of draws of each game, and each player's part of it, read once."""

    def __init__(self, samples: Mapping[str, BoxSample]) -> None:
        self._samples = samples
        self._samples_of: dict[tuple[str, int], BoxSample] = {}

    def outcome(self, placed: _Placed) -> tuple[Bools, Bools, Bools]:
        """Return in which draws its player plays, it is no push, and it wins."""
        leg = placed.leg
        if placed.player_id is None:
            sample = self._samples[placed.game_id]
            value, line = _team_value(leg, sample, placed.team)
            plays = np.ones(len(value), bool)
        else:
            his = self._sample_of(placed.game_id, placed.player_id)
            line = leg.line
            value, plays = evaluate(his, leg.stat)[:, 0], his.plays[:, 0]
            if (value.dtype == bool) != (line is None):
                what = "a yes or no" if value.dtype == bool else "a number"
                remedy = "leave its line out" if line is not None else "give a line"
                raise SettingsError(f"{leg.stat[:60]!r} is {what}", remedy)
        if line is None:
            return plays, np.ones(len(value), bool), value == (leg.side != "no")
        wins = value < line if leg.side == "under" else value > line
        return plays, value != line, wins

    def _sample_of(self, game_id: str, player_id: int) -> BoxSample:
        key = (game_id, player_id)
        if key not in self._samples_of:
            self._samples_of[key] = self._samples[game_id].of_player(player_id)
        return self._samples_of[key]


def _team_value(
    leg: Leg, sample: BoxSample, team: int
) -> tuple[npt.NDArray[Any], float | None]:
    """Return what a team's line is compared with, and the line."""
    points = sample.points
    if leg.stat == "total":
        return points.sum(axis=1), leg.line
    if leg.stat == "team_total":
        return points[:, team], leg.line
    margin = points[:, team] - points[:, 1 - team]
    if leg.stat == "moneyline":
        return margin > 0, None
    # A handicap of -4.5 is covered by a margin above 4.5.
    return margin, -(leg.line or 0.0)


class _Tally:
    """How often a bet's legs came out in the draws, together and each alone."""

    def __init__(self, placed: list[_Placed]) -> None:
        self._placed = placed
        self.games = {each.game_id: _Count() for each in placed}
        self.alone = [_Count() for _ in placed]
        self.prob = self.error = 0.0
        self.is_waiting = True
        self.problem = ""

    @property
    def is_decided(self) -> bool:
        """Whether each game has draws in which everyone plays and nothing is a push."""
        return all(each.decided for each in self.games.values())

    @property
    def draws(self) -> int:
        """How many draws of each game were read."""
        return min(each.draws for each in self.games.values())

    def add(self, block: _Block) -> None:
        """Read one more block of draws of each game."""
        try:
            self._add(block)
        except TipoffError as error:
            self.problem, self.is_waiting = _told(error), False
            return
        if self.is_decided:
            self.prob, self.error = self._probability()
            exact = _EXACT_ENOUGH * min(self.prob, 1.0 - self.prob)
            self.is_waiting = self.error > exact

    def _add(self, block: _Block) -> None:
        for game, together in self.games.items():
            of_game = [n for n, each in enumerate(self._placed) if each.game_id == game]
            found = [block.outcome(self._placed[n]) for n in of_game]
            for n, parts in zip(of_game, found, strict=True):
                self.alone[n].add(*parts)
            together.add(*map(np.logical_and.reduce, zip(*found, strict=True)))

    def _probability(self) -> tuple[float, float]:
        """Return the product of the games' shares, and its standard error."""
        shares, smoothed, relative = [], [], 0.0
        for each in self.games.values():
            # A share that was never seen has an error too: about that of one draw.
            share = (each.won + 0.5) / (each.decided + 1.0)
            relative += (1.0 - share) / (share * each.decided)
            shares.append(each.won / each.decided)
            smoothed.append(share)
        prob = math.prod(shares)
        return prob, (prob or math.prod(smoothed)) * math.sqrt(relative)


def _row(
    board: Board, bet: Bet, found: _Tally | str, stakes: Stakes, n_blocks: int
) -> dict[str, object]:
    row: dict[str, object] = {
        "bet": bet.name,
        "legs": " AND ".join(map(str, bet.legs)),
        "book": bet.book,
        "odds": bet.odds,
    }
    if isinstance(found, str):
        return row | {"error": found}
    if found.problem:
        return row | {"error": found.problem}
    if not found.is_decided:
        problem = f"in none of {found.draws:,} draws all of its players play"
        return row | {"error": f"{problem} (tipoff what-if supposes who plays)"}
    return row | _price(board, bet, found, stakes, n_blocks)


def _price(
    board: Board, bet: Bet, tally: _Tally, stakes: Stakes, n_blocks: int
) -> dict[str, object]:
    prob = tally.prob
    games = tally.games.values()
    play_prob = math.prod(each.plays / each.draws for each in games)
    push_prob = 1.0 - math.prod(each.decided / each.plays for each in games)
    row: dict[str, object] = {
        "prob": prob,
        "prob_error": tally.error,
        "push_prob": push_prob,
        "play_prob": play_prob,
        "draws": tally.draws,
        "warnings": "; ".join(_warnings(board, bet, tally, play_prob, n_blocks)),
    }
    if prob > 0.0:
        row["fair_odds"] = 1.0 / prob
        if prob < 1.0:
            row["fair_american"] = american_odds(1.0 / prob)
    if bet.odds is not None:
        # The fields of `Worth` are called as the columns are.
        row |= vars(worth(prob, push_prob, bet.odds, **vars(stakes)))
    if len(tally.alone) > 1:
        product = math.prod(each.won / each.decided for each in tally.alone)
        row["independent_prob"] = product
        if product > 0.0:
            row["independent_odds"] = 1.0 / product
    return row


def _warnings(
    board: Board, bet: Bet, tally: _Tally, play_prob: float, n_blocks: int
) -> list[str]:
    found = []
    reports = [board.news[game] for game in tally.games if game in board.news]
    if bet.updated_at is not None and reports and bet.updated_at < max(reports):
        found.append(
            f"the line is older than the report of {max(reports):%Y-%m-%d %H:%M} UTC"
        )
    for each in tally.games.values():
        seldom = min(each.won, each.decided - each.won)
        if seldom < _FEWEST:
            verb = "wins" if each.won == seldom else "loses"
            found.append(
                f"it {verb} in {seldom} of {each.decided:,} draws: too few to tell"
            )
    if tally.is_waiting and n_blocks < MOST_BLOCKS:
        found.append(
            f"its error is above a twentieth of it after {tally.draws:,} draws, the "
            "most that a sheet of so many rare lines has"
        )
    if play_prob < _SELDOM:
        found.append(f"void with probability {1.0 - play_prob:.2f}: he may not play")
    if bet.odds is not None and tally.prob * bet.odds > _TOO_GOOD:
        found.append("the odds promise more than double: check line and player")
    return found
