"""Does the pace of who plays know what it should not? Four checks on one league.

Players of the league have true paces, so a roster's pace can be set beside the truth of
the game, and beside what came about.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

N_SCRAMBLED = 20
DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class PaceLeague:
    """Games of the last season but its first third, with what was and what was true.

    Attributes
    ----------
    games : DataFrame
        By ``game_id``: ``forecast_at``, ``date``, ``truth`` and ``pace`` (possessions
        of a side per 48 minutes beyond average players, and in all).
    outlook : DataFrame
        `int_roster_outlook` of the games.
    ratings : DataFrame
        `fv_player_pace`.
    roster : Series
        Both sides' ``roster_pace_impact`` by game.
    true_paces : DataFrame
        Like `ratings`, from the beginning of time.
    lines : DataFrame
        Who really played, and how many minutes.
    """

    games: pd.DataFrame
    outlook: pd.DataFrame
    ratings: pd.DataFrame
    roster: pd.Series
    true_paces: pd.DataFrame
    lines: pd.DataFrame

    @classmethod
    def read(cls, league: Path, home: Path, views: dict[str, pd.DataFrame]):
        """Read a league's truth from its file, and the rest from a home."""
        with closing(sqlite3.connect(league)) as source:
            lines = pd.read_sql(
                "select game_id, team_id, player_id, min from player_game_stats", source
            )
            paces = pd.read_sql(
                "select player_id, season, pace_per_48 from truth_players", source
            )
            minutes = pd.read_sql("select * from truth_minutes", source)
            pace = pd.read_sql(
                "select game_id, 1440 * sum(home_poss + away_poss) / sum(seconds) "
                "as pace from impact_lineup_stints group by game_id",
                source,
            )
        with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as open_:
            open_.execute("set timezone = 'UTC'")
            games = open_.execute(
                "select game_id, game_date as date, forecast_at from int_games "
                "where is_played and season = (select max(season) from int_games)"
            ).df()
            outlook = open_.execute("select * from int_roster_outlook").df()
        paces = paces[paces["season"] == paces["season"].max()]
        minutes = minutes.merge(paces, on=["player_id", "season"])
        share = minutes["expected_minutes"] / 48
        truth = (share * minutes["pace_per_48"]).groupby(minutes["game_id"]).sum()
        games = games.merge(pace, on="game_id").sort_values("forecast_at")
        games = games.iloc[len(games) // 3 :].set_index("game_id")
        games["truth"] = truth.reindex(games.index)
        rosters = views["fv_team_roster"].groupby("game_id")["roster_pace_impact"]
        true_paces = paces.rename(columns={"pace_per_48": "pace_impact"}).assign(
            event_timestamp=pd.Timestamp("2000-01-01", tz="UTC")
        )
        return cls(
            games,
            outlook[outlook["game_id"].isin(games.index)],
            views["fv_player_pace"],
            rosters.sum().reindex(games.index),
            true_paces,
            lines,
        )

    def minutes(self, kind: str) -> pd.Series:
        """Return minutes of the outlook's players that are foreseen, usual or real."""
        if kind in ("expected_min", "usual_min"):
            return self.outlook[kind]
        keys = ["game_id", "player_id"]
        real = self.outlook[keys].merge(self.lines, "left", keys)["min"].to_numpy()
        if kind == "real":
            return pd.Series(np.nan_to_num(real), self.outlook.index)
        return self.outlook["usual_min"] * (real > 0)

    def sums(self, ratings: pd.DataFrame, minutes: pd.Series) -> pd.Series:
        """Return both sides' pace by game: five times the mean over minutes."""
        rows = self.outlook[["game_id", "team_id", "player_id"]].assign(
            minutes=minutes,
            at=self.outlook["forecast_at"].astype("datetime64[us, UTC]"),
        )
        known = ratings.assign(
            at=ratings["event_timestamp"].astype("datetime64[us, UTC]")
        )
        rows = pd.merge_asof(
            rows.sort_values("at"),
            known[["player_id", "at", "pace_impact"]].sort_values("at"),
            on="at",
            by="player_id",
        )
        rows["sum"] = rows["minutes"] * rows["pace_impact"].fillna(0.0)
        sides = rows.groupby(["game_id", "team_id"])[["sum", "minutes"]].sum()
        pace = 5 * sides["sum"] / sides["minutes"]
        return pace.groupby("game_id").sum().reindex(self.games.index)

    def correlation(
        self, ratings: pd.DataFrame, minutes: pd.Series, column: str
    ) -> float:
        """Say how the sums go with what was true, or with what came about."""
        return float(self.sums(ratings, minutes).corr(self.games[column]))

    def scrambled(self, ratings: pd.DataFrame, seed: int) -> pd.DataFrame:
        """Give every player the ratings of another."""
        players = np.sort(ratings["player_id"].unique())
        others = np.random.default_rng(seed).permutation(players)
        named = dict(zip(players, others, strict=True))
        return ratings.assign(player_id=ratings["player_id"].map(named))


def moved(ratings: pd.DataFrame, by: pd.Timedelta) -> pd.DataFrame:
    """Let ratings hold from another moment."""
    return ratings.assign(event_timestamp=ratings["event_timestamp"] + by)


def complaints(
    league: PaceLeague, ratings: pd.DataFrame, minutes: pd.Series
) -> set[str]:
    """Say what is suspicious of ratings, and of the minutes they are weighted with."""
    found = set()
    seen = league.correlation(ratings, minutes, "truth")
    by_chance = np.mean(
        [
            league.correlation(league.scrambled(ratings, seed), minutes, "truth")
            for seed in range(N_SCRAMBLED)
        ]
    )
    if seen < 0.3 or by_chance > seen / 2:
        found.add("ratings of others do as well")
    tonight = league.correlation(ratings, minutes, "pace")
    late = moved(ratings, DAY)
    if tonight - league.correlation(late, minutes, "pace") > 0.1:
        found.add("a day of delay costs much")
    usual = league.minutes("usual_min")
    if league.correlation(late, usual, "pace") < tonight / 2:
        found.add("past minutes, a day late, keep little")
    foreseen = league.correlation(league.true_paces, minutes, "truth")
    for kind, least in (("who played", 0.005), ("real", 0.015)):
        known = league.correlation(league.true_paces, league.minutes(kind), "truth")
        if known - foreseen < least:
            found.add(f"no better with {kind}")
    return found
