"""What the defence met (DVP) and a star's absence are worth to expected box scores.

    tipoff build && tipoff materialize
    python -m ml.jobs.build_player_train_dataset --wide
    python benchmarks/box_score_ablation.py "$TIPOFF_HOME" 2021-22 2022-23

The backtest's own walk (`ml.models.player.walk_forward`, refitted every month), before
counts are moved to teams' totals and box scores are drawn. DVP: the rates are fitted
again without what opponents allow. Star out: the games that the 50 players of highest
usage missed in the last season named; minutes and points of their teammates where the
absence is ignored, forecast, and known.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import ttest_1samp

from ml.backtest.player.walk_forward import SEASONS_BEFORE, refits_of
from ml.boxscore.stats import LEARNT
from ml.features.datasets import load_training_frame
from ml.features.manifest import read_catalog
from ml.features.spines import PLAYER_GAME, PLAYER_GAME_WIDE, read_spine
from ml.models.player.candidates import LONG_GONE
from ml.models.player.features import candidate_rows
from ml.models.player.minutes import MinutesModel
from ml.models.player.rates import RateModel
from ml.models.player.teammates import work_context
from ml.models.player.walk_forward import (
    MINUTES_DAYS,
    Walk,
    full_context,
    minutes_per_regulation,
    walk_forward,
)
from ml.settings import Settings

N_STARS = 50
REGULAR_MINUTES = 24.0
# P(plays) of a star of whose absence nobody has heard.
HEALTHY = 0.97
SEED = 7


@dataclass(frozen=True)
class Past:
    """Candidates, what they did, and the walk that forecast them."""

    frame: pd.DataFrame
    outcomes: pd.DataFrame
    walk: Walk
    blocks: list[tuple[pd.Timestamp, pd.Timestamp]]

    @property
    def days(self):
        return pd.to_datetime(self.frame["game_date"])

    @property
    def has_played(self):
        return self.outcomes["min"].notna().to_numpy()

    @property
    def scored(self):
        """Rows of players who played, had played before and were forecast."""
        entered = self.frame["games_career"].notna().to_numpy()
        return self.has_played & entered & ~np.isnan(self.walk.minutes)

    def within(self, start, end):
        return ((self.days >= start) & (self.days < end)).to_numpy()


def main(home, *seasons):
    settings = Settings(home=Path(home).resolve())
    stored = [
        name for name in PLAYER_GAME_WIDE.seasons(settings) if name <= max(seasons)
    ]
    wanted = stored[stored.index(min(seasons)) - SEASONS_BEFORE :]
    service = read_catalog(settings).service(PLAYER_GAME.service)
    spine = read_spine(settings, PLAYER_GAME, "false").column_names
    read = [column.name for column in service.columns]
    columns = [*spine, *read, "usg_pct_shrunk"]
    raw = load_training_frame(settings, wanted, PLAYER_GAME_WIDE, columns)
    past = walk_seasons(*candidate_rows(raw), seasons)
    compare_dvp(past)
    compare_absences(past, stars_of(raw, max(seasons)), max(seasons))


def walk_seasons(frame, outcomes, seasons):
    refits = refits_of(frame, seasons)
    walk = walk_forward(frame, outcomes, refits, random_state=SEED)
    days = pd.to_datetime(frame["game_date"])
    opening = days[frame["season"] == min(seasons)].min()
    starts = [date for date in refits if date >= opening]
    ends = [*starts[1:], days.max() + pd.Timedelta(days=1)]
    return Past(frame, outcomes, walk, list(zip(starts, ends, strict=True)))


def fit_rates(past, frame, start):
    learnt = past.scored & (past.days < start).to_numpy()
    return RateModel.fit(
        frame[learnt],
        past.walk.context[learnt].join(past.walk.work),
        past.walk.minutes[learnt],
        past.outcomes[learnt],
        random_state=SEED,
    )


def fit_minutes(past, start):
    recent = past.within(start - pd.Timedelta(days=MINUTES_DAYS), start)
    entered = past.frame["games_career"].notna().to_numpy()
    learnt = recent & past.has_played & entered & ~np.isnan(past.walk.play_prob)
    return MinutesModel.fit(
        past.frame[learnt],
        past.walk.context[learnt],
        past.walk.play_prob[learnt],
        minutes_per_regulation(past.outcomes)[learnt],
        random_state=SEED,
    )


def compare_dvp(past):
    allowed = [f"opponent_{stat}_allowed" for stat in LEARNT]
    blind = past.frame.assign(**dict.fromkeys(allowed, 0.0))
    around = past.walk.context.join(past.walk.work)
    without = pd.DataFrame(np.nan, index=blind.index, columns=list(LEARNT))
    for start, end in past.blocks:
        now = past.within(start, end)
        rates = fit_rates(past, blind, start)
        without[now] = rates.predict(blind[now], around[now], past.walk.minutes[now])
    scored = past.scored & without["pts"].notna().to_numpy()
    game = past.frame.loc[scored, "game_id"]
    print(f"RMSE with DVP against without, {scored.sum():,} lines")
    for stat in LEARNT:
        real = past.outcomes.loc[scored, stat]
        ours = (real - past.walk.counts.loc[scored, stat]) ** 2
        theirs = (real - without.loc[scored, stat]) ** 2
        change = np.sqrt(ours.mean() / theirs.mean()) - 1.0
        t = ttest_1samp((ours - theirs).groupby(game).mean(), 0.0).statistic
        print(f"{stat:5} {100 * change:+.2f} %  t {t:+.1f}")


def compare_absences(past, stars, season):
    frame, played = past.frame, past.has_played
    # Whoever is long gone is missed by nobody any more.
    missed = frame["player_id"].isin(stars) & (frame["season"] == season) & ~played
    missed &= frame["is_candidate"] & (frame["games_missed"] <= LONG_GONE)
    teams = pd.MultiIndex.from_frame(frame[["game_id", "team_id"]])
    beside = teams.isin(teams[missed]) & past.scored
    blocks = [block for block in past.blocks if missed[past.within(*block)].any()]
    models = {
        start: (fit_minutes(past, start), fit_rates(past, frame, start))
        for start, _ in blocks
    }
    print(
        f"{missed.sum()} games missed by {frame.loc[missed, 'player_id'].nunique()} "
        f"stars in {season}, {beside.sum():,} lines of teammates"
    )
    regular = minutes_per_regulation(past.outcomes)
    for way, prob in (("ignored", HEALTHY), ("forecast", None), ("known", 0.0)):
        play_prob = past.walk.play_prob.copy()
        if prob is not None:
            play_prob[missed] = prob
        context = full_context(frame, play_prob, played)
        minutes, points = past.walk.minutes.copy(), np.full(len(frame), np.nan)
        for start, end in blocks:
            now = past.within(start, end)
            minutes[now] = models[start][0].predict(
                frame[now], context[now], play_prob[now]
            )
        work = work_context(frame, context["usual"], play_prob, minutes, played)
        around = context.join(work)
        for start, end in blocks:
            now = past.within(start, end)
            counts = models[start][1].predict(frame[now], around[now], minutes[now])
            points[now] = counts["pts"]
        by_minutes = np.abs(regular - minutes)[beside].mean()
        by_points = np.abs(past.outcomes["pts"].to_numpy() - points)[beside].mean()
        print(f"{way:9} MAE of minutes {by_minutes:.3f}, of points {by_points:.3f}")


def stars_of(raw, season):
    """Return the regulars of highest usage of a season."""
    games = raw[(raw["season"] == season) & (raw["min"] > 0)].groupby("player_id")
    usage = games["usg_pct_shrunk"].mean()[games["min"].mean() >= REGULAR_MINUTES]
    return usage.nlargest(N_STARS).index


if __name__ == "__main__":
    main(*sys.argv[1:])
