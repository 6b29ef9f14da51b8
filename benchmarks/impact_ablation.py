"""What rosters, absences and shot profiles each add to the team model's forecasts.

    tipoff ingest league.sqlite --play-by-play folder
    tipoff build && tipoff materialize
    python -m ml.jobs.build_team_train_dataset --wide
    python benchmarks/impact_ablation.py "$TIPOFF_HOME" 2020-21 2021-22 2022-23

The backtest's own walk (`ml.backtest.walk_forward`: the team model fitted anew every
month on what was known before), with groups of columns left out, and those of shots and
styles, which the model does not read, put in. Only 2022-23 has injury reports.
"""

import functools
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import ttest_1samp

from ml.backtest.walk_forward import walk_forward
from ml.features.catalog import FeatureService
from ml.features.datasets import load_training_frame
from ml.features.manifest import read_catalog
from ml.features.spines import TEAM_MATCHUP, TEAM_MATCHUP_WIDE
from ml.models.team.model import TeamModel
from ml.settings import Settings

ABSENCES = ("absence_impact", "absent_min_share", "stars_out")
SHOT_VIEWS = ("fv_team_shots", "fv_team_style")
STEPS = {
    "results and schedule": (),
    "+ roster strength": ("roster",),
    "+ absences": ("roster", "absences"),
    "+ shots and styles": ("roster", "absences", "shots"),
    "results, schedule, shots": ("shots",),
}
MEMORY_SEASONS = 6


def groups_of(service: FeatureService) -> dict[str, set[str]]:
    """Return the features, without a side, of each group."""
    views: dict[str, set[str]] = {}
    for column in service.columns:
        views.setdefault(column.join.view.name, set()).add(column.feature.name)
    return {
        "roster": views["fv_team_roster"] - set(ABSENCES),
        "absences": set(ABSENCES),
        "shots": set().union(*(views[name] for name in SHOT_VIEWS)),
    }


def columns_of(frame: pd.DataFrame, left_out: set[str]) -> pd.DataFrame:
    """Leave features of both sides out."""
    names = [
        name
        for name in frame
        if name.removeprefix("home_").removeprefix("away_") not in left_out
    ]
    return frame[names]


def main(home: Path, seasons: list[str]) -> None:
    settings = Settings(home=home)
    service = read_catalog(settings).service(TEAM_MATCHUP.service)
    wide = read_catalog(settings).service(TEAM_MATCHUP_WIDE.service)
    groups = groups_of(wide)
    read = {column.name for column in service.columns}
    not_read = {
        column.name
        for column in wide.columns
        if column.name not in read and column.feature.name not in groups["shots"]
    } | {difference.name for difference in wide.differences}
    stored = TEAM_MATCHUP_WIDE.seasons(settings)
    frame = load_training_frame(settings, stored, TEAM_MATCHUP_WIDE)
    frame = frame.drop(columns=list(not_read))
    truth = frame.set_index("game_id")[["home_margin", "total_points"]]
    before: pd.DataFrame | None = None
    for step, chosen in STEPS.items():
        left_out = set().union(
            *(names for group, names in groups.items() if group not in chosen)
        )
        scoring = {*service.scoring} - left_out
        if "shots" in chosen:
            scoring |= groups["shots"]
        forecasts = walk_forward(
            columns_of(frame, left_out),
            seasons,
            memory_seasons=MEMORY_SEASONS,
            fit=functools.partial(TeamModel.fit, scoring=scoring),
        ).set_index("game_id")
        loss = losses(forecasts, truth.loc[forecasts.index])
        for title, part in (
            ("no reports", loss[loss["season"] < "2022-23"]),
            ("reports", loss[loss["season"] >= "2022-23"]),
        ):
            if part.empty:
                continue
            means = part[["margin", "total", "log_loss"]].mean()
            gains = "" if before is None else gain(part, before.loc[part.index])
            print(
                f"{step:25} {title:10} n {len(part)}  margin {means['margin']:.3f}"
                f"  total {means['total']:.3f}  log loss {means['log_loss']:.4f}",
                gains,
                flush=True,
            )
        before = loss if before is None or step.startswith("+") else before


def losses(forecasts: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    chance = forecasts["home_win_prob"].clip(1e-6, 1 - 1e-6)
    is_won = truth["home_margin"] > 0
    return pd.DataFrame(
        {
            "season": forecasts["season"],
            "margin": (truth["home_margin"] - forecasts["margin_mean"]).abs(),
            "total": (truth["total_points"] - forecasts["total_mean"]).abs(),
            "log_loss": -np.log(chance.where(is_won, 1 - chance)),
        }
    )


def gain(now: pd.DataFrame, before: pd.DataFrame) -> str:
    """Say how sure the differences to the step before are (t; negative: better)."""
    ts = [
        ttest_1samp(now[name] - before[name], 0).statistic
        for name in ("margin", "total", "log_loss")
    ]
    return "t " + " ".join(f"{t:+.1f}" for t in ts)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
