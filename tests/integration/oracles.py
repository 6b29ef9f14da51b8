"""Features again, in a few lines of plain Python over the rows known at a moment.

One oracle a feature view: it gets the facts and the key of an entity and returns some
of the view's features. A view without an oracle fails the proof.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd

DAY = timedelta(days=1)
HOURS = timedelta(hours=1)


@dataclass(frozen=True)
class Facts:
    """The raw tables as they were known at a moment."""

    moment: datetime
    games: pd.DataFrame
    team_boxes: pd.DataFrame
    player_boxes: pd.DataFrame
    starters: pd.DataFrame
    reports: pd.DataFrame
    stints: pd.DataFrame
    shots: pd.DataFrame


def read_raw(warehouse: Path) -> dict[str, pd.DataFrame]:
    """Read every version of the raw tables that the oracles need."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        tables = {
            name: connection.execute(f"select * from raw.{name}").df()
            for name in (
                "games",
                "team_game_stats",
                "player_game_stats",
                "starters",
                "injury_reports",
                "transactions",
                "impact_lineup_stints",
                "play_by_play_shots",
            )
        }
    reports = tables["injury_reports"]
    published = reports["report_at_et"].dt.tz_localize("America/New_York")
    reports["published_at"] = published.dt.tz_convert("UTC")
    games = tables["games"]
    local = games["tipoff_et"].fillna(games["game_date"] + 19.5 * HOURS)
    games["tipoff_at"] = local.dt.tz_localize("America/New_York").dt.tz_convert("UTC")
    return tables


def known(raw: dict[str, pd.DataFrame], moment: datetime) -> Facts:
    """Take the versions that were current at a moment, of games known by then."""

    def current(rows: pd.DataFrame) -> pd.DataFrame:
        replaced = rows["superseded_at"].dt.tz_localize("UTC") <= moment
        unknown = rows["known_at"].dt.tz_localize("UTC") > moment
        return rows[~replaced & ~unknown]

    games = current(raw["games"]).sort_values(["tipoff_at", "game_id"])
    over = games["tipoff_at"] + 3 * HOURS <= moment
    finished = games[over & games["home_pts"].notna()]
    times = finished[["game_id", "tipoff_at"]]

    def boxes(table: str) -> pd.DataFrame:
        rows = current(raw[table]).merge(times, on="game_id")
        return rows.sort_values(["tipoff_at", "game_id"])

    dates = finished[["game_id", "game_date"]]
    return Facts(
        moment,
        games,
        boxes("team_game_stats"),
        boxes("player_game_stats"),
        current(raw["starters"]),
        current(raw["injury_reports"]).query("published_at <= @moment"),
        current(raw["impact_lineup_stints"]).merge(dates, on="game_id"),
        current(raw["play_by_play_shots"]).merge(dates, on="game_id"),
    )


def finished(facts: Facts) -> pd.DataFrame:
    over = facts.games["tipoff_at"] + 3 * HOURS <= facts.moment
    return facts.games[over & facts.games["home_pts"].notna()]


def team_form(facts: Facts, key: dict[str, Any]) -> dict[str, float]:
    team = key["team_id"]
    games = finished(facts)
    games = games[(games["home_team_id"] == team) | (games["away_team_id"] == team)]
    sign = np.where(games["home_team_id"] == team, 1, -1)
    margins = ((games["home_pts"] - games["away_pts"]) * sign).to_numpy(float)
    boxes = facts.team_boxes
    ours = boxes[boxes["team_id"] == team].tail(10)
    theirs = boxes[
        (boxes["opponent_team_id"] == team) & boxes["game_id"].isin(ours["game_id"])
    ]
    possessions = (_possessions(ours, theirs) + _possessions(theirs, ours)) / 2
    weights = 0.5 ** (np.arange(len(margins))[::-1] / 10)
    return {
        "win_pct_l5": (margins[-5:] > 0).mean(),
        "margin_l10": margins[-10:].mean(),
        "margin_l20": margins[-20:].mean(),
        "win_pct_ewma": weights @ (margins > 0) / weights.sum(),
        "off_rating_l10": 100 * ours["pts"].sum() / possessions.sum(),
        "efg_pct_l10": (ours["fgm"].sum() + 0.5 * ours["fg3m"].sum())
        / ours["fga"].sum(),
        "opp_oreb_pct_l10": theirs["oreb"].sum()
        / (theirs["oreb"].sum() + ours["dreb"].sum()),
    }


def _possessions(box: pd.DataFrame, other: pd.DataFrame) -> np.ndarray:
    count = {name: box[name].to_numpy(float) for name in ("fga", "fgm", "fta", "tov")}
    oreb = box["oreb"].to_numpy(float)
    share = oreb / (oreb + other["dreb"].to_numpy(float))
    missed = count["fga"] - count["fgm"]
    return count["fga"] + 0.4 * count["fta"] + count["tov"] - 1.07 * missed * share


def team_strength(facts: Facts, key: dict[str, Any]) -> dict[str, float]:
    """Elo as FiveThirtyEight published it; a season opens a day before its start."""
    elo: dict[int, float] = {}
    games = finished(facts)
    opens = facts.games.groupby("season")["tipoff_at"].min() - DAY
    waiting = sorted(opens[opens <= facts.moment])
    neutral = key["neutral_games"]
    for known_at, together in games.groupby(games["tipoff_at"] + 3 * HOURS):
        while waiting and waiting[0] <= known_at:
            waiting.pop(0)
            elo = {team: 1505 + 0.75 * (value - 1505) for team, value in elo.items()}
        before = dict(elo)
        for game in together.itertuples():
            home = before.get(game.home_team_id, 1500.0)
            away = before.get(game.away_team_id, 1500.0)
            edge = home - away + (0 if game.game_id in neutral else 70)
            margin = game.home_pts - game.away_pts
            size = (abs(margin) + 3) ** 0.8 / max(
                7.5 + 0.006 * edge * np.sign(margin), 1
            )
            gain = 20 * size * ((margin > 0) - 1 / (1 + 10 ** (-edge / 400)))
            elo[game.home_team_id], elo[game.away_team_id] = home + gain, away - gain
    for _ in waiting:
        elo = {team: 1505 + 0.75 * (value - 1505) for team, value in elo.items()}
    return {"elo": elo[key["team_id"]]}


def team_schedule(facts: Facts, key: dict[str, Any]) -> dict[str, float]:
    team, games = key["team_id"], facts.games
    ours = games[(games["home_team_id"] == team) | (games["away_team_id"] == team)]
    game = ours[ours["game_id"] == key["game_id"]].iloc[0]
    dates = ours.loc[ours["tipoff_at"] < game["tipoff_at"], "game_date"]
    ago = (game["game_date"] - dates) / DAY
    expected = {"games_7d": float(((ago >= 1) & (ago <= 7)).sum())}
    if len(ago):
        expected["is_back_to_back"] = float(ago.iloc[-1] == 1)
    return expected


def _appearances(facts: Facts, key: dict[str, Any]) -> pd.DataFrame:
    rows = facts.player_boxes
    return rows[(rows["player_id"] == key["player_id"]) & (rows["min"] > 0)]


def player_form(facts: Facts, key: dict[str, Any]) -> dict[str, float]:
    games = _appearances(facts, key)
    pairs = set(
        zip(facts.starters["game_id"], facts.starters["player_id"], strict=True)
    )
    last = games.tail(5)
    started = [(game, key["player_id"]) in pairs for game in last["game_id"]]
    ten = games.tail(10)
    return {
        "min_l3": games.tail(3)["min"].mean(),
        "start_share_l5": float(np.mean(started)),
        "pts_per36_l10": 36 * ten["pts"].sum() / ten["min"].sum(),
        "ast_per36_l20": 36 * games.tail(20)["ast"].sum() / games.tail(20)["min"].sum(),
    }


def player_profile(facts: Facts, key: dict[str, Any]) -> dict[str, float]:
    games = _appearances(facts, key)
    opens = facts.games.groupby("season")["tipoff_at"].min() - DAY
    season = max(opens[opens <= facts.moment].index)
    now = games[games["season"] == season]
    expected = {"games_career": float(len(games)), "games_season": float(len(now))}
    if len(now):
        expected["pts_per_game_season"] = now["pts"].mean()
        expected["reb_per36_season"] = 36 * now["reb"].sum() / now["min"].sum()
        shots = 2 * (now["fga"].sum() + 0.44 * now["fta"].sum())
        expected["ts_pct_season"] = now["pts"].sum() / shots if shots else np.nan
    return expected


def player_availability(facts: Facts, key: dict[str, Any]) -> dict[str, float]:
    last = _appearances(facts, key)["game_date"].max()
    tipoff = facts.moment - 3 * HOURS
    today = pd.Timestamp(tipoff.astimezone(ZoneInfo("America/New_York")).date())
    return {"days_missed": float((today - last) / DAY)}


def player_schedule(facts: Facts, key: dict[str, Any]) -> dict[str, float]:
    games = facts.games
    today = games.loc[games["game_id"] == key["game_id"], "game_date"].iloc[0]
    past = _appearances(facts, key)
    ago = (today - past["game_date"]) / DAY
    return {
        "days_since_last_game": ago[ago > 0].min(),
        "games_played_7d": float(((ago >= 1) & (ago <= 7)).sum()),
        "min_7d": float(past.loc[(ago >= 1) & (ago <= 7), "min"].sum()),
    }


def player_role(facts: Facts, key: dict[str, Any]) -> dict[str, float]:
    """A game counts half after so many more, ten of which a new season is worth."""
    games = _appearances(facts, key)
    clock = np.arange(len(games)) + 10 * games["season"].str[:4].astype(int).to_numpy()
    ages = clock[-1] - clock
    minutes = games["min"].to_numpy(float)
    ten, forty = 0.5 ** (ages / 10), 0.5 ** (ages / 40)
    return {
        "effective_min_h10": ten @ minutes,
        "pts_per_min_h40": forty @ games["pts"].to_numpy(float) / (forty @ minutes),
        "tov_per_min_h10": ten @ games["tov"].to_numpy(float) / (ten @ minutes),
    }


def player_report(facts: Facts, key: dict[str, Any]) -> dict[str, float]:
    reports = facts.reports
    his = reports[
        (reports["game_id"] == key["game_id"])
        & (reports["player_id"] == key["player_id"])
        & reports["status"].notna()
    ].sort_values("published_at")
    codes = ["Available", "Probable", "Questionable", "Doubtful", "Out"]
    return {"report_status": codes.index(his["status"].iloc[-1]) + 1.0}


def team_report(facts: Facts, key: dict[str, Any]) -> dict[str, float]:
    reports = facts.reports
    theirs = reports[
        (reports["game_id"] == key["game_id"]) & (reports["team_id"] == key["team_id"])
    ]
    newest = theirs[theirs["published_at"] == theirs["published_at"].max()]
    return {
        "is_submitted": float(newest["status"].notna().any()),
        "players_reported": float(newest["player_id"].nunique()),
    }


def team_position_defense(facts: Facts, key: dict[str, Any]) -> dict[str, float]:
    """What was allowed per 36 minutes: half the weight after 25 games, 20 a summer."""
    team, games = key["team_id"], facts.games
    ours = games[(games["home_team_id"] == team) | (games["away_team_id"] == team)]
    ours = ours.reset_index(drop=True)
    clock = ours.index + 20 * ours["season"].str[:4].astype(int)
    clocks = dict(zip(ours["game_id"], clock, strict=True))
    lines = facts.player_boxes
    lines = lines[(lines["opponent_team_id"] == team) & (lines["min"] > 0)]
    # Before the first results nobody could be expected to do anything.
    lines = lines[lines["tipoff_at"] >= games["tipoff_at"].min() + 3 * HOURS]
    lines = lines.merge(key["positions"], on=["player_id", "season"])
    lines = lines[lines["position"] == key["position"]]
    ages = clock.max() - lines["game_id"].map(clocks)
    weights = 0.5 ** (ages / 25)
    return {
        f"{stat}_allowed_per36": 36
        * (weights * lines[stat]).sum()
        / (weights * lines["min"]).sum()
        for stat in ("pts", "reb", "ast")
    }


def player_impact(facts: Facts, key: dict[str, Any]) -> dict[str, float]:
    """Possessions on court at both ends; a stint counts half after 400 days."""
    stints = facts.stints
    ten = [f"{side}_p{one}" for side in ("home", "away") for one in range(1, 6)]
    his = stints[(stints[ten] == key["player_id"]).any(axis=1)]
    ages = (stints["game_date"].max() - his["game_date"]) / DAY
    possessions = his["home_poss"] + his["away_poss"]
    return {
        "exposure_stint_units": (possessions * 0.5 ** (ages / 400)).sum() / 100,
        "impact": key["off_impact"] + key["def_impact"],
    }


def player_pace(facts: Facts, key: dict[str, Any]) -> dict[str, float]:
    """Minutes on court that count half after 150 days, of box scores without stints."""
    stints, lines, player = facts.stints, facts.player_boxes, key["player_id"]
    ten = [f"{side}_p{one}" for side in ("home", "away") for one in range(1, 6)]
    his = stints[(stints[ten] == player).any(axis=1)]
    lines = lines[(lines["min"] > 0) & ~lines["game_id"].isin(stints["game_id"])]
    total = lines.groupby("game_id")["min"].transform("sum")
    minutes = 48 + 5 * ((total / 10 - 48) / 5).round().clip(lower=0)
    lines = lines.assign(seconds=60 * minutes * 10 * lines["min"] / total)
    lines = lines[(lines["player_id"] == player) & (total >= 400)]
    columns = ["game_date", "seconds"]
    seen = pd.concat([his[columns], lines[columns]])
    newest = max(stints["game_date"].max(), facts.player_boxes["game_date"].max())
    ages = (newest - seen["game_date"]) / DAY
    return {"pace_exposure_min": (seen["seconds"] * 0.5 ** (ages / 150)).sum() / 60}


def team_roster(facts: Facts, key: dict[str, Any]) -> dict[str, float]:
    """Usual minutes, the newest word, and what that makes of the impact."""
    outlook, reports = key["outlook"], facts.reports
    # Also the other team's word of a player who has left it.
    reports = reports[
        (reports["game_id"] == key["game_id"])
        & reports["player_id"].notna()
        & reports["status"].notna()
    ].sort_values(["published_at", "status"])
    status = reports.groupby("player_id")["status"].last()
    roster = outlook[
        (outlook["game_id"] == key["game_id"]) & (outlook["team_id"] == key["team_id"])
    ]
    usual = np.array([_usual_min(facts, player) for player in roster["player_id"]])
    said = roster["player_id"].map(status)
    assert said.fillna("").tolist() == roster["status"].fillna("").tolist()
    # What was learnt from earlier weeks has tests of its own.
    chance = roster["play_chance"].to_numpy()
    missed = usual * (roster["games_missed"] < 10)
    expected = usual * chance
    filled = max(230, expected.sum())
    spare = filled - expected.sum()
    return {
        "absent_min_share": (missed * (1 - chance)).sum() / missed.sum(),
        "roster_off_impact": 5 * (expected @ roster["off_impact"] - 2 * spare) / filled,
        "roster_pace_impact": 5 * (expected @ roster["pace_impact"]) / expected.sum(),
    }


def player_outlook(facts: Facts, key: dict[str, Any]) -> dict[str, float]:
    """What the roster's strength reads; the same as history where nothing was told."""
    outlook = key["outlook"]
    row = outlook[
        (outlook["game_id"] == key["game_id"])
        & (outlook["team_id"] == key["team_id"])
        & (outlook["player_id"] == key["player_id"])
    ].iloc[0]
    expected = {"play_prob": row["play_chance"]}
    reports = facts.reports
    told = reports["game_id"].eq(key["game_id"]) & reports["team_id"].eq(key["team_id"])
    if not told.any() and not row["is_lined_up"]:
        expected["history_play_prob"] = row["play_chance"]
    return expected


def _usual_min(facts: Facts, player: int) -> float:
    games = _appearances(facts, {"player_id": player})
    if games.empty:
        return 5.0
    clock = np.arange(len(games)) + 10 * games["season"].str[:4].astype(int)
    weights = 0.5 ** ((clock.max() - clock) / 8)
    return float((weights * games["min"]).sum() / weights.sum())


ZONES = ("rim", "short_mid", "long_mid", "corner_three", "above_break_three")
ATTEMPTS = [f"{zone}_fga" for zone in ZONES]


def _faded(rows: pd.DataFrame, columns: list[str], days: float) -> pd.Series:
    """Add up rows, of which one that many days older than the newest counts half."""
    ages = (rows["game_date"].max() - rows["game_date"]) / DAY
    return rows[columns].mul(0.5 ** (ages / days), axis=0).sum()


def player_shots(facts: Facts, key: dict[str, Any]) -> dict[str, float]:
    """His shots, half after 120 days, and 20 as his position shot of late."""
    opens = facts.games.groupby("season")["tipoff_at"].min() - DAY
    season = max(opens[opens <= facts.moment].index)
    positions = key["positions"]
    place = positions[positions["player_id"] == key["player_id"]]
    position = place.set_index("season")["position"][season]
    shots = facts.shots.merge(positions, on=["player_id", "season"])
    columns = [*ATTEMPTS, "fouls_drawn"]
    league = _faded(shots[shots["position"] == position], columns, 60)
    league = league / league[ATTEMPTS].sum()
    his = _faded(
        facts.shots[facts.shots["player_id"] == key["player_id"]], columns, 120
    )
    mixed = (his + 20 * league) / (his[ATTEMPTS].sum() + 20)
    return {
        "rim_share_shrunk": mixed["rim_fga"],
        "corner_three_share_shrunk": mixed["corner_three_fga"],
        "fouls_drawn_rate_shrunk": mixed["fouls_drawn"],
    }


def team_shots(facts: Facts, key: dict[str, Any]) -> dict[str, float]:
    """Box scores and shots, half after 15 games, and 400 as the league shot of late."""
    team, games = key["team_id"], facts.games
    ours = games[(games["home_team_id"] == team) | (games["away_team_id"] == team)]
    ours = ours.reset_index(drop=True)
    clock = ours.index + 20 * ours["season"].str[:4].astype(int)
    clocks = dict(zip(ours["game_id"], clock, strict=True))
    shots = facts.shots.groupby(["game_id", "team_id", "game_date"], as_index=False)
    shots = shots[[*ATTEMPTS, "fouls_drawn"]].sum()
    shots["shots"] = shots[ATTEMPTS].sum(axis=1)
    boxes = facts.team_boxes.merge(facts.games[["game_id", "game_date"]])
    rows = pd.concat([boxes, shots])
    rows = rows[rows["game_id"].isin(finished(facts)["game_id"])]
    mine = rows[rows["game_id"].isin(clocks)]
    ages = mine["game_id"].map(clocks)
    weights = 0.5 ** ((ages.max() - ages) / 15)
    result = {}
    for name, (part, whole) in {
        "fg3a_rate": ("fg3a", "fga"),
        "assisted_share": ("ast", "fgm"),
        "rim_share": ("rim_fga", "shots"),
        "fouls_drawn_rate": ("fouls_drawn", "shots"),
    }.items():
        league = _faded(rows, [part, whole], 60)
        mean = league[part] / league[whole]
        for ending, side in (
            ("shrunk", mine["team_id"] == team),
            ("allowed", mine["team_id"] != team),
        ):
            seen = mine[side][[part, whole]].mul(weights[side], axis=0).sum()
            mixed = (seen[part] + 400 * mean) / (seen[whole] + 400)
            result[f"{name}_{ending}"] = mixed / (mean if ending == "allowed" else 1)
    return result


def _opponent(facts: Facts, game_id: str, team: int) -> int:
    game = facts.games[facts.games["game_id"] == game_id].iloc[0]
    is_home = game["home_team_id"] == team
    return int(game["away_team_id" if is_home else "home_team_id"])


def _newest(rows: pd.DataFrame, entity: str, key: int, facts: Facts) -> pd.Series:
    states = rows[(rows[entity] == key) & (rows["event_timestamp"] <= facts.moment)]
    return states.sort_values("event_timestamp").iloc[-1]


def _shifts(attack: pd.Series, defense: pd.Series) -> dict[str, float]:
    return {
        f"{name}_shift": attack[f"{name}_shrunk"] * (defense[f"{name}_allowed"] - 1)
        for name in ("fg3a_rate", "assisted_share", "fouls_drawn_rate")
    }


def team_style(facts: Facts, key: dict[str, Any]) -> dict[str, float]:
    """Both teams' newest states, whose own oracle is above."""
    states = key["fv_team_shots"]
    opponent = _opponent(facts, key["game_id"], key["team_id"])
    return _shifts(
        _newest(states, "team_id", key["team_id"], facts),
        _newest(states, "team_id", opponent, facts),
    )


def player_style(facts: Facts, key: dict[str, Any]) -> dict[str, float]:
    """His newest state, and that of whom his team meets."""
    outlook = key["outlook"]
    his = outlook[
        (outlook["game_id"] == key["game_id"])
        & (outlook["player_id"] == key["player_id"])
    ]
    opponent = _opponent(facts, key["game_id"], his["team_id"].iloc[0])
    return _shifts(
        _newest(key["fv_player_shots"], "player_id", key["player_id"], facts),
        _newest(key["fv_team_shots"], "team_id", opponent, facts),
    )


ORACLES: dict[str, Callable[[Facts, dict[str, Any]], dict[str, float]]] = {
    "fv_team_form": team_form,
    "fv_team_strength": team_strength,
    "fv_team_schedule": team_schedule,
    "fv_player_form": player_form,
    "fv_player_profile": player_profile,
    "fv_player_availability": player_availability,
    "fv_player_schedule": player_schedule,
    "fv_player_role": player_role,
    "fv_player_report": player_report,
    "fv_team_report": team_report,
    "fv_team_position_defense": team_position_defense,
    "fv_player_impact": player_impact,
    "fv_player_pace": player_pace,
    "fv_player_outlook": player_outlook,
    "fv_team_roster": team_roster,
    "fv_player_shots": player_shots,
    "fv_team_shots": team_shots,
    "fv_team_style": team_style,
    "fv_player_style": player_style,
}
