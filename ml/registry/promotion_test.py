"""A trial: two stored models forecast the games that neither learnt from."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from ml.features.datasets import load_training_frame
from ml.features.spines import PLAYER_GAME, TEAM_MATCHUP, TrainingSet
from ml.ingest.contract import known_after
from ml.metrics import score
from ml.models.team.model import TeamModel
from ml.registry import PLAYER, last_date, promotion_rule
from ml.registry.promotion_rule import OLD_AFTER_DAYS, Verdict, decide, losses
from ml.settings import Settings


def compare_models(
    settings: Settings, kind: str, champion: Path, challenger: Path, moment: datetime
) -> Verdict:
    """Compare two models on games known at a moment that neither learnt from.

    Parameters
    ----------
    settings : Settings
        Says where the training sets are.
    kind : str
        Of which kind they are.
    champion, challenger : Path
        Their folders.
    moment : datetime
        UTC.

    Returns
    -------
    Verdict

    Raises
    ------
    MissingError
        If there are no training sets.
    ModelError
        If a model cannot be loaded.
    """
    dates = last_date(champion, kind), last_date(challenger, kind)
    since = pd.Timestamp(max(dates))
    is_old = (moment.date() - dates[0]).days > OLD_AFTER_DAYS
    games = _frame(settings, TEAM_MATCHUP, since, moment)
    n_games = int((games["game_date"] > since).sum())
    if n_games < promotion_rule.MIN_GAMES:
        reason = f"on trial: {n_games} of {promotion_rule.MIN_GAMES} games"
        return Verdict("undecided", reason, n_games, {}, np.nan, np.nan)
    compare = _players if kind == PLAYER else _teams
    tables, days = compare(settings, (champion, challenger), since, moment)
    return decide(tables[0], tables[1], days, champion_is_old=is_old)


def _teams(
    settings: Settings, folders: tuple[Path, Path], since: pd.Timestamp, until: datetime
) -> tuple[list[pd.DataFrame], pd.Series]:
    frame = _frame(settings, TEAM_MATCHUP, since, until)
    games = frame[frame["game_date"] > since].reset_index(drop=True)
    tables = []
    for folder in folders:
        model = TeamModel.load(folder)
        tables.append(losses(model.predict(games).to_frame(), games))
    return tables, games["game_date"]


def _players(
    settings: Settings, folders: tuple[Path, Path], since: pd.Timestamp, until: datetime
) -> tuple[list[pd.DataFrame], pd.Series]:
    """Compare P(plays), minutes and points, as the mean error within each game."""
    from ml.models.player.features import candidate_rows
    from ml.models.player.model import BoxScoreModel

    frame = _frame(settings, PLAYER_GAME, since, until)
    order = ["game_date", "game_id", "team_id", "player_id"]
    frame = frame.sort_values(order, ignore_index=True)
    rows, outcomes = candidate_rows(frame)
    has_played = outcomes["min"].notna().to_numpy()
    is_new = (pd.to_datetime(rows["game_date"]) > since).to_numpy()
    candidate = rows["is_candidate"].to_numpy(bool)
    tables = []
    for folder in folders:
        model = BoxScoreModel.load(folder)
        told = model.expect(rows, has_played)
        errors = pd.DataFrame(
            {
                "game_id": rows["game_id"],
                "play": np.nan,
                "minutes": (told["min"] - outcomes["min"]).abs(),
                "points": (told["pts"] - outcomes["pts"]).abs(),
            }
        )
        if candidate.any():
            errors.loc[candidate, "play"] = score.log_losses(
                told.loc[candidate, "play_prob"], has_played[candidate]
            )
        tables.append(errors[is_new].groupby("game_id").mean())
    days = rows[is_new].groupby("game_id")["game_date"].first()
    return [table.reset_index(drop=True) for table in tables], days


def _frame(
    settings: Settings,
    training_set: TrainingSet,
    since: pd.Timestamp,
    until: datetime,
) -> pd.DataFrame:
    """Read the training sets of the seasons that may hold later games."""
    # A season ends in the year after the one it is named for.
    later = [
        name
        for name in training_set.seasons(settings)
        if int(name[:4]) + 1 >= since.year
    ]
    frame = load_training_frame(settings, later, training_set)
    over = frame["tipoff_at"] + known_after() <= pd.Timestamp(until)
    return frame[over & frame[training_set.played].notna()]
