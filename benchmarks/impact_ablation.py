"""What rosters, absences and shot profiles each add to a plain forecast of games.

    tipoff ingest league.sqlite --play-by-play folder && tipoff build
    python benchmarks/impact_ablation.py "$TIPOFF_HOME"

Ridge regressions of margin and total, refitted every month on all games before it, on
the differences (margin) or sums (total) of both sides' features: the schedule and
ratings from results alone, then the roster that is expected to play, what its absences
take away, and what shots both sides take and allow. 2020-21 to 2022-23; only the last
has injury reports. Log loss of the winner from a normal margin.
"""

import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from scipy.stats import norm
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SEASONS = ("2020-21", "2021-22", "2022-23")
ZONES = ("rim", "short_mid", "long_mid", "corner_three", "above_break_three")
WORTH = (2, 2, 2, 3, 3)
HALF_LIFE_GAMES = 20
ABSENCES = ["absence_impact", "absent_min_share", "stars_out"]


def read(home: Path) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Return one row per game and side, and the columns of each group."""
    views = {name: home / "features" / f"{name}.parquet" for name in VIEWS}
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as warehouse:
        warehouse.execute("set timezone = 'UTC'")
        sides = warehouse.execute(
            f"""
            with sides as (
                select game_id, season, game_date, forecast_at, true as is_home,
                    home_team_id as team_id, home_pts as pts, away_pts as opp_pts
                from int_games where is_played
                union all
                select game_id, season, game_date, forecast_at, false,
                    away_team_id, away_pts, home_pts
                from int_games where is_played
            )
            select sides.*, strength.* exclude (team_id, event_timestamp,
                    created_timestamp), schedule.rest_days,
                schedule.travel_miles_7d, schedule.games_7d, schedule.is_playoffs,
                roster.* exclude (game_id, team_id, event_timestamp, created_timestamp)
            from sides
            asof left join '{views["fv_team_strength"]}' as strength
                on sides.team_id = strength.team_id
                and sides.forecast_at >= strength.event_timestamp
            left join '{views["fv_team_schedule"]}' as schedule
                on sides.game_id = schedule.game_id
                and sides.team_id = schedule.team_id
            left join '{views["fv_team_roster"]}' as roster
                on sides.game_id = roster.game_id and sides.team_id = roster.team_id
            """
        ).df()
        shots = warehouse.execute(
            "select * from raw.play_by_play_shots where superseded_at is null"
        ).df()
    profiles = shot_profiles(sides, shots)
    frame = sides.merge(profiles, on=["game_id", "team_id"], how="left")
    known = {"game_id", "season", "game_date", "forecast_at", "is_home", "team_id"}
    numbers = [name for name in sides if name not in known | {"pts", "opp_pts"}]
    split = numbers.index("is_playoffs") + 1
    groups = {
        "base": numbers[:split],
        "roster": [name for name in numbers[split:] if name not in ABSENCES],
        "absences": ABSENCES,
        "shots": [name for name in profiles if name not in ("game_id", "team_id")],
    }
    return frame, groups


VIEWS = ("fv_team_strength", "fv_team_schedule", "fv_team_roster")


def shot_profiles(sides: pd.DataFrame, shots: pd.DataFrame) -> pd.DataFrame:
    """Return, before each game, what shots a team takes and allows; both at once."""
    counts = [f"{zone}_{what}" for zone in ZONES for what in ("fga", "fgm")]
    counts += ["assisted_fgm", "fouls_drawn"]
    own = shots.groupby(["game_id", "team_id"], as_index=False)[counts].sum()
    pairs = sides[["game_id", "team_id", "forecast_at", "is_home"]]
    other = pairs.assign(is_home=~pairs["is_home"]).rename(
        columns={"team_id": "other_id"}
    )
    pairs = pairs.merge(
        other[["game_id", "is_home", "other_id"]], on=["game_id", "is_home"]
    )
    both = pairs.merge(own, on=["game_id", "team_id"]).merge(
        own.rename(columns={"team_id": "other_id"}),
        on=["game_id", "other_id"],
        suffixes=("", "_allowed"),
    )
    both = both.sort_values("forecast_at", ignore_index=True)
    faded = both.groupby("team_id")[[*counts, *(f"{one}_allowed" for one in counts)]]
    state = faded.transform(
        lambda values: values.ewm(halflife=HALF_LIFE_GAMES).mean().shift(1)
    )
    result = both[["game_id", "team_id", "other_id"]].copy()
    for ending in ("", "_allowed"):
        fga = state[[f"{zone}_fga{ending}" for zone in ZONES]].sum(axis=1)
        fgm = state[[f"{zone}_fgm{ending}" for zone in ZONES]].sum(axis=1)
        for zone in ZONES:
            tries = state[f"{zone}_fga{ending}"]
            result[f"{zone}_share{ending}"] = tries / fga
            result[f"{zone}_pct{ending}"] = state[f"{zone}_fgm{ending}"] / tries
        result[f"assisted_share{ending}"] = state[f"assisted_fgm{ending}"] / fgm
        result[f"fouls_drawn_rate{ending}"] = state[f"fouls_drawn{ending}"] / fga
    return _with_matchup(result).drop(columns="other_id")


def _with_matchup(result: pd.DataFrame) -> pd.DataFrame:
    """Add the points a shot is worth when this attack meets that defence."""
    against = result.drop(columns="team_id").rename(columns={"other_id": "team_id"})
    met = result[["game_id", "team_id"]].merge(against, on=["game_id", "team_id"])
    met = met.set_index(["game_id", "team_id"]).reindex(
        pd.MultiIndex.from_frame(result[["game_id", "team_id"]])
    )
    expected = np.zeros(len(result))
    for zone, worth in zip(ZONES, WORTH, strict=True):
        share, pct = f"{zone}_share", f"{zone}_pct"
        shares = result[share] + met[f"{share}_allowed"].to_numpy()
        makes = result[pct] + met[f"{pct}_allowed"].to_numpy()
        expected += (
            worth * (shares - result[share].mean()) * (makes - result[pct].mean())
        )
    return result.assign(shot_value_met=expected)


def table(frame: pd.DataFrame, columns: list[str], sign: int) -> pd.DataFrame:
    """Return differences (-1) or sums (+1) of both sides, one row a game."""
    home = frame[frame["is_home"]].set_index("game_id")
    away = frame[~frame["is_home"]].set_index("game_id").loc[home.index]
    values = home[columns].astype(float) + sign * away[columns].astype(float)
    facts = home[["season", "game_date"]]
    target = home["pts"] + sign * home["opp_pts"]
    return pd.concat([facts, values], axis=1).assign(target=target)


def walk(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Forecast each month of the test seasons from all games before it."""
    rows = rows.sort_values("game_date")
    month = rows["game_date"].dt.to_period("M")
    parts = []
    for one in sorted(month[rows["season"].isin(SEASONS)].unique()):
        now = rows[(month == one) & rows["season"].isin(SEASONS)]
        past = rows[(rows["game_date"] < one.start_time) & (rows["season"] > "2015-16")]
        fill = past[columns].mean()
        model = make_pipeline(StandardScaler(), RidgeCV(np.logspace(1, 4, 13)))
        model.fit(past[columns].fillna(fill), past["target"])
        fitted = model.predict(past[columns].fillna(fill))
        parts.append(
            now[["season", "target"]].assign(
                mean=model.predict(now[columns].fillna(fill)),
                sd=(past["target"] - fitted).std(),
            )
        )
    return pd.concat(parts)


def scores(margin: pd.DataFrame, total: pd.DataFrame) -> str:
    chance = norm.cdf(margin["mean"] / margin["sd"])
    loss = -np.log(np.where(margin["target"] > 0, chance, 1 - chance)).mean()
    errors = [(part["target"] - part["mean"]).abs().mean() for part in (margin, total)]
    return f"margin {errors[0]:.3f}  total {errors[1]:.3f}  log loss {loss:.4f}"


def main(home: Path) -> None:
    frame, groups = read(home)
    steps = {
        "base": ["base"],
        "+ roster": ["base", "roster"],
        "+ absences": ["base", "roster", "absences"],
        "+ shots": ["base", "roster", "absences", "shots"],
        "base + shots": ["base", "shots"],
    }
    for name, chosen in steps.items():
        columns = [column for group in chosen for column in groups[group]]
        margin = walk(table(frame, columns, -1), columns)
        total = walk(table(frame, columns, 1), columns)
        for title, seasons in (
            ("without reports", SEASONS[:2]),
            ("with reports", SEASONS[2:]),
        ):
            parts = [rows[rows["season"].isin(seasons)] for rows in (margin, total)]
            print(f"{name:13} {title:16} n {len(parts[0])}  {scores(*parts)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
