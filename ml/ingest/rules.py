"""The rules that a row must pass beyond types and ranges, as SQL conditions.

A condition that is true makes the row a bad one; null is not true, so what is
unknown offends no rule. ``record`` is the row, ``game`` its game.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ml.ingest.contract import Table
from ml.ingest.player_names import names_team

_BOXES = ("team_game_stats", "player_game_stats")
_COUNTED = ", ".join(
    f"record.{name}" for name in ("fga", "fta", "reb", "ast", "stl", "blk", "tov", "pf")
)
_LENGTH = "(48 + 5 * (game.periods - 4))"
_TEN = [
    f"record.{side}_p{number}" for side in ("home", "away") for number in range(1, 6)
]
_FIRST_YEAR = "try_cast(left(record.season, 4) as int)"
# The league's ids hold the year in which their season begins.
_TELLS_SEASON = (
    "regexp_full_match(record.game_id, '00[1-6]\\d{7}') "
    "and substr(record.game_id, 4, 2) = substr(record.season, 3, 2)"
)

_ODDS = {
    "closing_lines": ("moneyline_home", "moneyline_away"),
    "player_prop_lines": ("over_price", "under_price"),
}


def _unknown_team(column: str) -> str:
    return (
        f"not exists (select * from accepted.teams as team "
        f"where team.team_id = record.{column})"
    )


@dataclass(frozen=True)
class Rule:
    """A reason to put a row aside.

    Attributes
    ----------
    name : str
        As counted in the summary.
    tables : tuple of str
        Tables it concerns.
    condition : str
        SQL; true for a bad row.
    description : str
        For people.
    with_game : bool
        Whether `condition` speaks of ``game``.
    fact : str
        An optional fact that becomes null instead, where the rule is about one.
    """

    name: str
    tables: tuple[str, ...]
    condition: str
    description: str
    with_game: bool = False
    fact: str = ""

    def columns(self, table: Table) -> list[str]:
        """Return the columns of a table that the condition speaks of."""
        named = re.findall(r"\brecord\.(\w+)", self.condition)
        return [name for name in dict.fromkeys(named) if name in table.column_names]


RULES: tuple[Rule, ...] = (
    Rule(
        "season_is_not_one",
        ("games", "player_seasons", "player_prop_lines"),
        f"({_FIRST_YEAR} + 1) % 100 <> try_cast(right(record.season, 2) as int)",
        "the second year of a season follows the first",
    ),
    Rule(
        "date_outside_season",
        ("games", "player_prop_lines"),
        f"record.game_date not between make_date({_FIRST_YEAR}, 7, 1) "
        f"and make_date({_FIRST_YEAR} + 1, 12, 31)",
        "a season begins after June of its first year and ends within its second",
    ),
    Rule(
        "season_apart",
        ("games",),
        f"not ({_TELLS_SEASON}) and record.season in (select lone.season from "
        "(select season, try_cast(left(season, 4) as int) as first_year "
        "from typed.games group by season having count(distinct game_date) = 1) "
        "as lone where exists (select * from typed.games as other "
        "where other.season <> lone.season) "
        "and not exists (select * from typed.games as near where "
        "near.season <> lone.season and "
        "abs(try_cast(left(near.season, 4) as int) - lone.first_year) <= 3))",
        "a season of one date, of which no id tells, more than three years from any "
        "other is a slip of the date",
    ),
    Rule(
        "tipoff_on_another_date",
        ("games",),
        "record.tipoff_et::date not between record.game_date and record.game_date + 1",
        "a game tips off on its date, or just after midnight",
    ),
    Rule(
        "half_a_result",
        ("games",),
        "(record.home_pts is null) <> (record.away_pts is null)",
        "both scores are known, or none of them",
    ),
    Rule(
        "team_against_itself",
        ("games",),
        "record.home_team_id = record.away_team_id",
        "a game has two teams",
    ),
    Rule(
        "unknown_team",
        ("games",),
        f"{_unknown_team('home_team_id')} or {_unknown_team('away_team_id')}",
        "the teams of a game are in teams",
    ),
    Rule(
        "unknown_team",
        _BOXES,
        f"{_unknown_team('team_id')} or {_unknown_team('opponent_team_id')}",
        "the team and its opponent are in teams",
    ),
    Rule(
        "unknown_team",
        ("injury_reports",),
        "not exists (select * from accepted.teams as team "
        f"where {names_team('record.team', 'team')})",
        "the team's name or abbreviation is in teams",
    ),
    Rule(
        "unknown_team",
        ("transactions",),
        f"{_unknown_team('from_team_id')} and record.from_team_id is not null "
        f"or {_unknown_team('to_team_id')} and record.to_team_id is not null",
        "the teams of a move are in teams",
    ),
    Rule(
        "unknown_game",
        (*_BOXES, "starters", "impact_lineup_stints", "closing_lines"),
        "not exists (select * from accepted.games as known "
        "where known.game_id = record.game_id)",
        "the game is in games",
    ),
    Rule(
        "unknown_player",
        ("player_game_stats", "player_seasons", "starters"),
        "not exists (select * from accepted.players as player "
        "where player.player_id = record.player_id)",
        "the player is in players",
    ),
    Rule(
        "unknown_player",
        ("impact_lineup_stints",),
        " or ".join(
            f"{player} not in (select known.player_id from accepted.players as known)"
            for player in _TEN
        ),
        "all ten players are in players",
    ),
    Rule(
        "player_twice_on_court",
        ("impact_lineup_stints",),
        f"len(list_distinct([{', '.join(_TEN)}])) < 10",
        "ten different players are on court",
    ),
    Rule(
        "made_exceeds_attempted",
        _BOXES,
        "record.fgm > record.fga or record.fg3m > record.fg3a "
        "or record.ftm > record.fta",
        "no more shots are made than attempted",
    ),
    Rule(
        "threes_exceed_field_goals",
        _BOXES,
        "record.fg3m > record.fgm or record.fg3a > record.fga "
        "or record.fg3a - record.fg3m > record.fga - record.fgm",
        "three-pointers are field goals",
    ),
    Rule(
        "points_do_not_add_up",
        _BOXES,
        "record.pts <> 2 * record.fgm + record.fg3m + record.ftm",
        "pts = 2 fgm + fg3m + ftm",
    ),
    Rule(
        "rebounds_do_not_add_up",
        _BOXES,
        "record.reb <> record.oreb + record.dreb",
        "reb = oreb + dreb",
    ),
    Rule(
        "game_not_played",
        _BOXES,
        "game.home_pts is null",
        "only a game with a result has a box score",
        with_game=True,
    ),
    Rule(
        "too_many_minutes",
        ("player_game_stats",),
        f"record.min > {_LENGTH} + 1",
        "at most 48 minutes, 5 per overtime and 1 for rounding",
        with_game=True,
    ),
    Rule(
        "too_many_minutes",
        ("team_game_stats",),
        f"record.min > 5 * ({_LENGTH} + 1)",
        "at most five players' minutes",
        with_game=True,
    ),
    Rule(
        "too_few_minutes",
        ("team_game_stats",),
        f"record.min < 4 * {_LENGTH}",
        "five players are on court, and rounding loses less than a fifth",
        with_game=True,
    ),
    Rule(
        "more_than_one_a_second",
        ("player_game_stats",),
        f"greatest({_COUNTED}) > 60 * (record.min + 1)",
        "nobody does anything more than once a second of his minutes, and one more",
    ),
    Rule(
        "more_than_one_a_second",
        ("team_game_stats",),
        f"greatest({_COUNTED}) > 60 * {_LENGTH}",
        "no team does anything more than once a second",
        with_game=True,
    ),
    Rule(
        "more_than_one_a_second",
        ("games",),
        "greatest(record.home_pts, record.away_pts) "
        "> 3 * 60 * (48 + 5 * (record.periods - 4))",
        "no team scores more than three points a second",
    ),
    Rule(
        "impossible_plus_minus",
        ("player_game_stats",),
        "record.plus_minus > if(record.is_home = 1, game.home_pts, game.away_pts) or "
        "-record.plus_minus > if(record.is_home = 1, game.away_pts, game.home_pts)",
        "nobody is ahead by more points than his team has, or behind by more than the "
        "other",
        with_game=True,
    ),
    Rule(
        "not_a_team_of_the_game",
        _BOXES,
        "record.team_id not in (game.home_team_id, game.away_team_id) "
        "or record.opponent_team_id not in (game.home_team_id, game.away_team_id) "
        "or record.opponent_team_id = record.team_id "
        "or record.is_home <> (record.team_id = game.home_team_id)::int",
        "team, opponent and side are those of the game",
        with_game=True,
    ),
    Rule(
        "disagrees_with_game",
        (*_BOXES, "closing_lines"),
        "record.season <> game.season or record.game_date <> game.game_date",
        "season and date are those of the game",
        with_game=True,
    ),
    Rule(
        "disagrees_with_game",
        ("starters", "impact_lineup_stints"),
        "record.season <> game.season",
        "the season is that of the game",
        with_game=True,
    ),
    Rule(
        "disagrees_with_game",
        _BOXES,
        "record.wl <> case when "
        "(record.is_home = 1) = (game.home_pts > game.away_pts) then 'W' else 'L' end",
        "win and loss are those of the game",
        with_game=True,
    ),
    Rule(
        "score_is_not_the_games",
        ("team_game_stats",),
        "record.pts <> if(record.is_home = 1, game.home_pts, game.away_pts) or "
        "record.opponent_pts <> if(record.is_home = 1, game.away_pts, game.home_pts)",
        "the points are those of the game",
        with_game=True,
    ),
    Rule(
        "too_many_starters",
        ("starters",),
        "record.game_id in (select starter.game_id from typed.starters as starter "
        "group by starter.game_id having count(distinct starter.player_id) > 10)",
        "a game has at most ten starters",
    ),
    Rule(
        "impossible_birthdate",
        ("players",),
        "record.birthdate not between date '1900-01-01' and $as_of::date",
        "a player was born between 1900 and now; else the birthdate becomes null",
        fact="birthdate",
    ),
    Rule(
        "stint_outside_game",
        ("impact_lineup_stints",),
        f"record.period > game.periods or record.end_elapsed > 60 * {_LENGTH} + 1",
        "a stint lies within its game",
        with_game=True,
    ),
    Rule(
        "seconds_do_not_add_up",
        ("impact_lineup_stints",),
        "abs(record.end_elapsed - record.start_elapsed - record.seconds) > 1",
        "seconds = end - start",
    ),
    Rule(
        "impossible_points",
        ("impact_lineup_stints",),
        "record.home_pts > 4 * (record.home_poss + 2) "
        "or record.away_pts > 4 * (record.away_poss + 2)",
        "at most four points a possession, and eight more",
    ),
    Rule(
        "report_on_another_date",
        ("injury_reports",),
        "record.report_at_et::date > record.game_date + 1",
        "a report comes out before its game is over",
    ),
    Rule(
        "status_without_player",
        ("injury_reports",),
        "(record.player is null) <> (record.status is null)",
        "a status has a player, and a player a status",
    ),
    Rule(
        "move_without_team",
        ("transactions",),
        "record.from_team_id is null and record.to_team_id is null",
        "a move is from a team or to one",
    ),
    Rule(
        "waived_to_a_team",
        ("transactions",),
        "lower(record.transaction_type) like 'waive%' "
        "and record.to_team_id is not null",
        "who is waived is with no team",
    ),
    *(
        Rule(
            "impossible_odds",
            (table,),
            f"abs(record.{name}) < 100",
            "American odds are 100 or more, either way; else they become null",
            fact=name,
        )
        for table, names in _ODDS.items()
        for name in names
    ),
)

DUPLICATE_ROW = "duplicate_row"
DUPLICATE_KEY = "duplicate_key"
ONE_TEAM = "game_with_one_team"

GENERAL_RULES: dict[str, str] = {
    "unreadable_value": "every value is of its column's type, and finite",
    "missing_value": "no value is missing where the contract wants one",
    "broken_text": "text is UTF-8",
    "out_of_range": "every number is one that its column can hold",
    "not_in_set": "every value is one of those its column allows",
    "malformed_text": "every text has its column's form",
    DUPLICATE_ROW: "no row comes twice; the first copy is kept",
    DUPLICATE_KEY: "no two rows that differ have one key; neither is kept",
    ONE_TEAM: "a game has the box scores of both teams, or none",
}
"""Rules that hold for every table, by name."""
