"""What roster moves are worth: first games for a team, and the weeks of many moves.

    .venv/bin/python benchmarks/roster_moves.py --without HOME --with HOME

Both homes hold the same league with training sets, one built from a source without the
table `transactions`. Every model learns from what was known before the days that it
forecasts, the opening and the nine after it, and the ten days after the trade deadline.
"""

import argparse
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from scipy import stats

from ml.features.datasets import load_training_frame
from ml.features.spines import PLAYER_GAME, TEAM_MATCHUP
from ml.models.player.features import candidate_rows
from ml.models.player.model import BoxScoreModel
from ml.models.team.model import TeamModel
from ml.settings import Settings

DEADLINES = {
    "2017-18": "2018-02-08",
    "2018-19": "2019-02-07",
    "2019-20": "2020-02-06",
    "2020-21": "2021-03-25",
    "2021-22": "2022-02-10",
    "2022-23": "2023-02-09",
    "2023-24": "2024-02-08",
}
DAYS = pd.Timedelta(days=10)
_HOURS = pd.Timedelta(hours=3)
_FIRSTS = """
    with appearances as (
        select distinct game_id, season, player_id, team_id, tipoff_at
        from int_player_lines
        where min > 0 and valid_from = game_known_at
    ),
    firsts as (
        select
            season, player_id, team_id,
            min_by(game_id, tipoff_at) as game_id,
            min(tipoff_at) as tipoff_at
        from appearances
        group by all
    )
    select
        firsts.*,
        -- Of a player who was with the team the season before, it is no first game.
        not exists (
            select 1 from firsts as before
            where
                before.player_id = firsts.player_id
                and before.team_id = firsts.team_id
                and before.tipoff_at < firsts.tipoff_at
                and not exists (
                    select 1 from firsts as between_
                    where
                        between_.player_id = firsts.player_id
                        and between_.team_id <> firsts.team_id
                        and between_.tipoff_at > before.tipoff_at
                        and between_.tipoff_at < firsts.tipoff_at
                )
        ) as is_new,
        candidates.player_id is not null as is_candidate,
        coalesce(chances.play_prob, 0) as play_prob
    from firsts
    left join int_roster_candidates as candidates
        using (game_id, team_id, player_id)
    left join int_play_chances as chances using (game_id, team_id, player_id)
    where firsts.season = $season
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--without", type=Path, required=True)
    parser.add_argument("--with", type=Path, required=True, dest="told")
    parser.add_argument("--seasons", default="2022-23")
    parser.add_argument("--no-players", action="store_true")
    parser.add_argument("--chances", action="store_true", help="who plays, alone")
    options = parser.parse_args()
    homes = {"without": options.without, "with": options.told}
    seasons = options.seasons.split(",")
    for season in seasons:
        firsts = {name: first_games(home, season) for name, home in homes.items()}
        for name, found in firsts.items():
            new = found[found["is_new"]]
            print(
                f"{season} {name}: {len(found)} first games of a season, "
                f"{found['is_candidate'].mean():.1%} candidates; {len(new)} first "
                f"games for a team, {new['is_candidate'].mean():.1%}, "
                f"P(plays) {new['play_prob'].mean():.3f}",
                flush=True,
            )
        print_chances(homes, season)
        if not (options.no_players or options.chances):
            print_players(homes, season, firsts["with"])
    if not options.chances:
        print_teams(homes, seasons)


def first_games(home, season):
    """Read everyone's first game of a season for each team, and what was expected."""
    return query(home, _FIRSTS, {"season": season})


def query(home, sql, values=None):
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as warehouse:
        return warehouse.execute(sql, values or {}).df()


def print_chances(homes, season):
    """Compare the chances to play of everyone whom either home knows of."""
    sql = """
        select
            presence.game_id, presence.player_id, presence.has_played,
            presence.game_date, chances.play_prob
        from int_player_presence as presence
        left join int_play_chances as chances using (game_id, team_id, player_id)
        inner join int_games as games using (game_id)
        where presence.has_box and games.season = $season
    """
    frames = [query(home, sql, {"season": season}) for home in homes.values()]
    keys = ["game_id", "player_id"]
    both = frames[0].merge(frames[1], on=keys, how="outer", suffixes=("_0", "_1"))
    played = (
        both["has_played_0"].astype("boolean").fillna(False)
        | both["has_played_1"].astype("boolean").fillna(False)
    ).to_numpy(bool)
    day = both["game_date_0"].fillna(both["game_date_1"])
    opening, deadline = day.min(), pd.Timestamp(DEADLINES[season])
    spans = {
        "season": np.ones(len(both), dtype=bool),
        "opening": (day < opening + DAYS).to_numpy(),
        "deadline": ((day > deadline) & (day <= deadline + DAYS)).to_numpy(),
    }
    for name, rows in spans.items():
        losses = []
        for number in (0, 1):
            # Who is no candidate is given one chance in a hundred.
            prob = both[f"play_prob_{number}"].fillna(0.01).clip(0.001, 0.999)
            losses.append(-np.log(np.where(played, prob, 1 - prob))[rows])
        before, after = (loss.mean() for loss in losses)
        print(
            f"{season} {name}: log loss of who plays, {rows.sum():,} rows: "
            f"{before:.4f} without, {after:.4f} with, t {paired(*losses):.1f}",
            flush=True,
        )


def print_players(homes, season, firsts):
    """Compare minutes and points of first games, by models fitted at the opening."""
    chosen = firsts.loc[firsts["is_new"], ["game_id", "player_id"]]
    errors = {}
    for name, home in homes.items():
        settings = Settings(home=home)
        seasons = [each for each in PLAYER_GAME.seasons(settings) if each <= season]
        frame = load_training_frame(settings, seasons[-5:], PLAYER_GAME)
        rows, outcomes = candidate_rows(frame)
        past = (rows["season"] < season).to_numpy()
        model = BoxScoreModel.fit(
            rows[past].reset_index(drop=True),
            outcomes[past].reset_index(drop=True),
            random_state=0,
        )
        now = rows[~past].reset_index(drop=True)
        done = outcomes[~past].reset_index(drop=True)
        expected = model.expect(now, done["min"].notna().to_numpy())
        told = now[["game_id", "player_id", "is_candidate"]].join(
            expected[["play_prob", "min", "pts"]]
        )
        told = told.join(done[["min", "pts"]].add_prefix("real_"))
        found = chosen.merge(told, on=["game_id", "player_id"])
        sure = found["is_candidate"].astype(bool) * found["play_prob"]
        errors[name] = {
            stat: (sure * found[stat] - found[f"real_{stat}"]).abs().to_numpy()
            for stat in ("min", "pts")
        }
        mean = (sure * found["min"]).mean()
        print(
            f"{season} {name}: first games, expected minutes {mean:.1f} of "
            f"{found['real_min'].mean():.1f} played, "
            + ", ".join(
                f"MAE of {stat} {error.mean():.2f}"
                for stat, error in errors[name].items()
            ),
            flush=True,
        )
    for stat in ("min", "pts"):
        t = paired(errors["without"][stat], errors["with"][stat])
        print(f"{season} {stat}: t {t:.1f}", flush=True)


def print_teams(homes, seasons):
    """Compare teams' forecasts in the ten days after openings and deadlines."""
    losses = {name: {} for name in homes}
    for name, home in homes.items():
        settings = Settings(home=home)
        known = TEAM_MATCHUP.seasons(settings)
        frame = load_training_frame(settings, known, TEAM_MATCHUP)
        frame = frame[frame["home_margin"].notna()]
        day = pd.to_datetime(frame["game_date"])
        for season in seasons:
            place = known.index(season)
            memory = frame["season"].isin(known[max(0, place - 6) : place + 1])
            opening = day[frame["season"] == season].min()
            deadline = pd.Timestamp(DEADLINES[season])
            for span, first in (
                ("opening", opening),
                ("deadline", deadline + pd.Timedelta(days=1)),
            ):
                past = frame[memory & (day < first)]
                games = frame[(day >= first) & (day < first + DAYS)]
                told = TeamModel.fit(past).predict(games).to_frame()
                told = told.merge(games[["game_id", "home_pts", "away_pts"]])
                margin = told["home_pts"] - told["away_pts"]
                total = told["home_pts"] + told["away_pts"]
                won = margin > 0
                prob = np.where(won, told["home_win_prob"], 1 - told["home_win_prob"])
                losses[name].setdefault(span, []).append(
                    pd.DataFrame(
                        {
                            "season": season,
                            "game_id": told["game_id"],
                            "log loss": -np.log(prob),
                            "margin": (told["margin_mean"] - margin).abs(),
                            "total": (told["total_mean"] - total).abs(),
                        }
                    )
                )
    for span in ("opening", "deadline"):
        both = pd.concat(losses["without"][span]).merge(
            pd.concat(losses["with"][span]),
            on=["season", "game_id"],
            suffixes=("_0", "_1"),
        )
        for season, its in [("all", both), *both.groupby("season")]:
            for what in ("log loss", "margin", "total"):
                before, after = its[f"{what}_0"], its[f"{what}_1"]
                print(
                    f"{span} {season}: {what} of {len(its)} games {before.mean():.4f} "
                    f"without, {after.mean():.4f} with, t {paired(before, after):.1f}",
                    flush=True,
                )


def paired(before, after):
    """Return the t statistic of the mean difference; negative is better after."""
    return stats.ttest_rel(after, before).statistic


if __name__ == "__main__":
    main()
