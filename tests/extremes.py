"""The extremes that a season can bring, in a league that obeys arithmetic."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

NEWCOMER = 1999999
_COUNTS = (
    *("min", "fgm", "fga", "fg3m", "fg3a", "ftm", "fta", "oreb", "dreb", "reb"),
    *("ast", "stl", "blk", "tov", "pf", "pts"),
)
_SHOTS = {"fgm": 0, "fga": 0, "fg3m": 0, "fg3a": 0, "ftm": 0, "fta": 0, "pts": 0}
_OF_GAMES = (
    *("player_game_stats", "team_game_stats", "starters", "impact_lineup_stints"),
    *("closing_lines", "games"),
)
Edit = Callable[["World"], str]


class World:
    """A league database that is changed game by game, and stays consistent."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        for table in ("player_game_stats", "team_game_stats", "games"):
            connection.execute(f"create index {table}_by_game on {table} (game_id)")
        rows = connection.execute(
            "select game_id, season, game_date from games where home_pts is not null "
            "order by game_date, game_id"
        ).fetchall()
        newest = max(season for _, season, _ in rows)
        self.days: dict[str, list[str]] = {}
        for game_id, season, day in rows:
            if season == newest:
                self.days.setdefault(day, []).append(game_id)

    def game(self, day: int, number: int = 0) -> str:
        """Return a game of the newest season by the number of its day."""
        games = list(self.days.values())[day]
        return games[number % len(games)]

    def run(self, sql: str, *values: object) -> None:
        self.connection.execute(sql, values)

    def ask(self, sql: str, *values: object) -> list[tuple]:
        return self.connection.execute(sql, values).fetchall()

    def side(self, game_id: str, is_home: int = 1) -> list[int]:
        """Return who played for a side, the longest first."""
        found = self.ask(
            "select player_id from player_game_stats where game_id = ? "
            "and is_home = ? order by min desc, player_id",
            game_id,
            is_home,
        )
        return [player for (player,) in found]

    def line(self, game_id: str, player: int, **values: int) -> None:
        """Change a player's line; points and rebounds follow."""
        changes = ", ".join(f"{name} = {value}" for name, value in values.items())
        where = f"where game_id = '{game_id}' and player_id = {player}"
        self.run(f"update player_game_stats set {changes} {where}")
        self.run(
            "update player_game_stats set pts = 2 * fgm + fg3m + ftm, "
            f"reb = oreb + dreb {where}"
        )

    def settle(self, game_id: str) -> None:
        """Let teams, scores and results follow from the players' lines."""
        sums = ", ".join(
            f"{name} = (select sum({name}) from player_game_stats as line where "
            "line.game_id = box.game_id and line.team_id = box.team_id)"
            for name in _COUNTS
        )
        of_game = f"where game_id = '{game_id}'"
        self.run(f"update team_game_stats as box set {sums} {of_game}")
        (home,), (away,) = self.ask(
            f"select pts from team_game_stats {of_game} order by is_home desc"
        )
        if home == away:
            player = self.side(game_id)[0]
            self.run(
                "update player_game_stats set ftm = ftm + 1, fta = fta + 1, "
                f"pts = pts + 1 {of_game} and player_id = {player}"
            )
            self.settle(game_id)
            return
        self.run(f"update games set home_pts = {home}, away_pts = {away} {of_game}")
        self.run(
            f"update team_game_stats set opponent_pts = {home} + {away} - pts {of_game}"
        )
        for table in ("team_game_stats", "player_game_stats"):
            self.run(
                f"update {table} set wl = case when (is_home = 1) = ({home} > {away}) "
                f"then 'W' else 'L' end {of_game}"
            )
        self.run(
            "update player_game_stats set plus_minus = "
            f"max(-{min(home, away)}, min({min(home, away)}, plus_minus)) {of_game}"
        )


def one_minute_and_two_threes(world: World) -> str:
    """A newcomer's first night is a minute; he misses two threes."""
    game_id = world.game(1)
    other = world.side(game_id)[0]
    world.run(
        "insert into players (player_id, player_name) values (?, 'New Comer')", NEWCOMER
    )
    columns = [row[1] for row in world.ask("pragma table_info(player_game_stats)")]
    kept = {"player_id": str(NEWCOMER), "player_name": "'New Comer'"} | dict.fromkeys(
        _COUNTS, "0"
    )
    chosen = ", ".join(kept.get(name, name) for name in columns)
    world.run(
        f"insert into player_game_stats select {chosen} from player_game_stats "
        f"where game_id = '{game_id}' and player_id = {other}"
    )
    world.line(game_id, NEWCOMER, **_SHOTS | {"min": 1, "fga": 2, "fg3a": 2})
    return game_id


def eighty_one_points(world: World) -> str:
    game_id = world.game(3)
    shots = {"fgm": 28, "fga": 46, "fg3m": 7, "fg3a": 13, "ftm": 18, "fta": 20}
    world.line(game_id, world.side(game_id)[0], **shots)
    return game_id


def thirty_rebounds(world: World) -> str:
    game_id = world.game(4)
    world.line(game_id, world.side(game_id)[1], oreb=12, dreb=18)
    return game_id


def five_overtimes(world: World) -> str:
    game_id = world.game(5)
    world.run("update games set periods = 9 where game_id = ?", game_id)
    for is_home in (0, 1):
        for player in world.side(game_id, is_home)[:5]:
            world.run(
                "update player_game_stats set min = min + 25, fga = fga + 9, "
                "pf = pf + 2 where game_id = ? and player_id = ?",
                game_id,
                player,
            )
    return game_id


def eight_players(world: World) -> str:
    game_id = world.game(6)
    for player in world.side(game_id)[8:]:
        world.run(
            "delete from player_game_stats where game_id = ? and player_id = ?",
            game_id,
            player,
        )
    return game_id


def a_whole_bench(world: World) -> str:
    """Everyone plays, the last ones less than a minute, and fouls in it."""
    game_id = world.game(7)
    for player in world.side(game_id)[-3:]:
        world.line(game_id, player, **_SHOTS | {"min": 0, "pf": 3, "tov": 2})
    return game_id


def a_traded_star(world: World) -> str:
    """The best scorer's later games are for the team he met last."""
    game_id = world.game(8)
    star = world.side(game_id)[0]
    (old,) = world.ask(
        "select team_id from player_game_stats where game_id = ? and player_id = ?",
        game_id,
        star,
    )
    (new,) = world.ask(
        "select team_id, team_abbreviation from team_game_stats "
        "where game_id = ? and is_home = 0",
        game_id,
    )
    later = world.ask(
        "select box.game_id, box.opponent_team_id, box.is_home, box.wl "
        "from team_game_stats as box inner join games using (game_id) "
        "where box.team_id = ? and games.game_date > "
        "(select game_date from games where game_id = ?) order by games.game_date",
        new[0],
        game_id,
    )
    after = [row for row in later if row[1] != old[0]][:4]
    world.run(
        "delete from player_game_stats where player_id = ? and game_date > "
        "(select game_date from games where game_id = ?)",
        star,
        game_id,
    )
    columns = [row[1] for row in world.ask("pragma table_info(player_game_stats)")]
    for where, opponent, is_home, result in after:
        # Somebody else stays on the bench: a team has no more minutes than before.
        world.run(
            "delete from player_game_stats where game_id = ? and player_id = ?",
            where,
            world.side(where, is_home)[0],
        )
        kept = {
            "game_id": f"'{where}'",
            "game_date": f"(select game_date from games where game_id = '{where}')",
            "team_id": str(new[0]),
            "team_abbreviation": f"'{new[1]}'",
            "opponent_team_id": str(opponent),
            "is_home": str(is_home),
            "wl": f"'{result}'",
        }
        chosen = ", ".join(kept.get(name, name) for name in columns)
        world.run(
            f"insert into player_game_stats select {chosen} from player_game_stats "
            f"where game_id = '{game_id}' and player_id = {star}"
        )
    for (each,) in world.ask(
        "select game_id from games where home_pts is not null and game_date > "
        "(select game_date from games where game_id = ?)",
        game_id,
    ):
        world.settle(each)
    return game_id


def no_points_in_the_first_quarter(world: World) -> str:
    game_id = world.game(9)
    world.run(
        "update impact_lineup_stints set home_pts = 0, away_pts = 0 "
        "where game_id = ? and period = 1",
        game_id,
    )
    return game_id


def every_miss_rebounded(world: World) -> str:
    """One shot falls of sixty, all others are rebounded: possessions below zero."""
    game_id = world.game(0)
    for number, player in enumerate(world.side(game_id)):
        line = {"fga": 60, "fgm": 1, "oreb": 59} if number == 0 else {}
        world.line(
            game_id,
            player,
            **_SHOTS | {"oreb": 0, "dreb": 0, "tov": 0, "ast": 0} | line,
        )
    for player in world.side(game_id, 0):
        world.line(game_id, player, dreb=0)
    return game_id


def no_free_throw_and_no_three(world: World) -> str:
    game_id = world.game(0, 1)
    for player in (*world.side(game_id), *world.side(game_id, 0)):
        world.run(
            "update player_game_stats set fga = fga - fg3a, fgm = fgm - fg3m, "
            "fg3a = 0, fg3m = 0, ftm = 0, fta = 0 where game_id = ? and player_id = ?",
            game_id,
            player,
        )
        world.line(game_id, player, fg3a=0)
    return game_id


def a_month_without_games(world: World) -> str:
    """Every game of thirty days in the middle of the season is gone."""
    days = list(world.days)
    first = days[len(days) // 2]
    (gone,) = world.ask("select date(?, '+30 days')", first)
    span = f"between '{first}' and '{gone[0]}'"
    for table in _OF_GAMES:
        world.run(
            f"delete from {table} where game_id in (select game_id from games "
            f"where game_date {span} and home_pts is not null)"
        )
    world.run(f"delete from injury_reports where game_date {span}")
    return world.game(0)


def anything_possible(world: World, random_state: int) -> None:
    """Draw every line of every game from all that arithmetic allows."""
    rng = random.Random(random_state)
    games = world.ask(
        "select game_id, 5 * (48 + 5 * (periods - 4)) from games "
        "where home_pts is not null"
    )
    for game_id, total in games:
        for is_home in (0, 1):
            players = world.side(game_id, is_home)
            for player, minutes in zip(
                players, _minutes(rng, len(players), int(total)), strict=True
            ):
                world.line(game_id, player, min=minutes, **_any_line(rng, minutes))
        world.settle(game_id)


def _minutes(rng: random.Random, n_players: int, total: int) -> list[int]:
    """Share out a team's minutes; some get one, or none."""
    most = total // 5
    minutes = [*[most] * 3, *(rng.randint(20, most) for _ in range(2))]
    left = total - sum(minutes)
    for _ in range(n_players - 5):
        minutes.append(min(left, rng.choice((0, 1, 2, rng.randint(0, 24)))))
        left -= minutes[-1]
    for place, played in enumerate(minutes):
        more = min(left, most - played)
        minutes[place] += more
        left -= more
    return minutes


def _any_line(rng: random.Random, minutes: int) -> dict[str, int]:
    most = min(60 * (minutes + 1), rng.choice((0, 1, 3, 12, 60, 150)))
    fga = rng.randint(0, most)
    fg3a = rng.randint(0, fga)
    fg3m = rng.randint(0, fg3a)
    fta = rng.randint(0, most)
    oreb = rng.randint(0, most)
    return {
        "fga": fga,
        "fgm": fg3m + rng.randint(0, fga - fg3a),
        "fg3a": fg3a,
        "fg3m": fg3m,
        "fta": fta,
        "ftm": rng.randint(0, fta),
        "oreb": oreb,
        "dreb": rng.randint(0, most - oreb),
        **{name: rng.randint(0, most) for name in ("ast", "stl", "blk", "tov", "pf")},
    }


EXTREMES: tuple[Edit, ...] = (
    every_miss_rebounded,
    no_free_throw_and_no_three,
    one_minute_and_two_threes,
    eighty_one_points,
    thirty_rebounds,
    five_overtimes,
    eight_players,
    a_whole_bench,
    a_traded_star,
    no_points_in_the_first_quarter,
    a_month_without_games,
)


def bring_extremes(
    league: Path, edits: Iterable[Edit] = EXTREMES, random_state: int | None = None
) -> Path:
    """Change a simulated league in place; what it tells stays possible.

    With `random_state` every other line is drawn from all that is possible, too.
    """
    with closing(sqlite3.connect(league)) as connection, connection:
        world = World(connection)
        if random_state is not None:
            anything_possible(world, random_state)
        for edit in edits:
            game_id = edit(world)
            if world.ask("select 1 from games where game_id = ?", game_id):
                world.settle(game_id)
    return league
