"""Try settings: each variant forecasts each season, in any order, by anybody."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ml.backtest.kept import key_of, taken_or_made, write_frame
from ml.backtest.league import stored_frame, team_scoring
from ml.backtest.sweep.constants import replaced
from ml.backtest.sweep.plan import OF_A_RUN, Plan, Variant, to_json
from ml.backtest.sweep.result import SCORES, Sweep
from ml.backtest.walk_forward import walk_forward
from ml.errors import GateError
from ml.metrics.score import team_losses
from ml.models.card import hash_frame
from ml.models.team.model import TeamModel
from ml.settings import Settings
from ml.system.executor import in_order, shared

Say = Callable[[str], None]


@dataclass(frozen=True)
class _Part:
    """A season to forecast by a variant."""

    season: str
    variant: Variant
    key: str


def sweep(
    settings: Settings,
    plan: Plan,
    *,
    out: Path,
    executor: Executor | None = None,
    say: Say | None = None,
) -> Sweep:
    """Forecast and score every season by every variant of a plan.

    Parameters
    ----------
    settings : Settings
        Of a home with training sets of teams.
    plan : Plan
        From `ml.backtest.sweep.plan.read_plan`.
    out : Path
        Folder: ``seasons`` in it keeps what each season's games cost, so that a killed
        sweep goes on where it was, and one of more values does no work twice.
    executor : Executor, optional
        Who forecasts, a season by a variant each (`ml.system.executor`); this process
        where absent.
    say : callable, optional
        Told of every season of every variant.

    Returns
    -------
    Sweep
        The same with any executor.

    Raises
    ------
    MissingError
        If a season has no training set, or none comes before it.
    GateError
        If the code as it stands cannot forecast a season.
    """
    frame = stored_frame(settings, plan.seasons)
    scoring = team_scoring(settings)
    common = {name: getattr(settings, name) for name in OF_A_RUN}
    columns = ",".join(frame.columns)
    data = {
        season: columns + hash_frame(frame[frame["season"] <= season])
        for season in plan.seasons
    }
    others = [(name, common[name]) for name in OF_A_RUN], sorted(scoring)
    parts = [
        _Part(season, variant, key_of(season, to_json(variant), others, data[season]))
        for variant in plan.variants
        for season in plan.seasons
    ]

    def make(lacking: list[int]) -> Iterator[pd.DataFrame | str]:
        everything = shared(executor, frame) if lacking else frame
        chosen = [parts[place] for place in lacking]
        return in_order(executor, _forecast, chosen, common, scoring, everything)

    keys = [part.key for part in parts]
    found: Iterator[pd.DataFrame | str] = taken_or_made(
        out / "seasons", keys, make, read=pd.read_parquet, write=_keep
    )
    losses: dict[tuple[Variant, str], pd.DataFrame | str] = {}
    for number, (part, each) in enumerate(zip(parts, found, strict=True), 1):
        if isinstance(each, str) and not part.variant.values:
            raise GateError(f"{part.season} cannot be forecast: {each}")
        losses[part.variant, part.season] = each
        if say:
            told = each if isinstance(each, str) else _told(each)
            say(f"{number} of {len(parts)}: {part.season}, {part.variant}: {told}")
    return Sweep.of(plan, losses, random_state=settings.random_state)


def _keep(losses: pd.DataFrame | str, path: Path) -> None:
    """Write what games cost; what went wrong is found out again."""
    if isinstance(losses, pd.DataFrame):
        write_frame(losses, path)


def _told(losses: pd.DataFrame) -> str:
    return f"log loss {losses['log_loss'].mean():.4f}"


def _forecast(
    common: Mapping[str, int],
    scoring: tuple[str, ...],
    frame: pd.DataFrame,
    part: _Part,
) -> pd.DataFrame | str:
    """Forecast a season by a variant; return what games cost, or what went wrong."""
    chosen: dict[str, Any] = {**common, **dict(part.variant.values)}
    constants = {name: each for name, each in chosen.items() if name not in OF_A_RUN}
    fit = functools.partial(
        TeamModel.fit, scoring=scoring or None, random_state=chosen["random_state"]
    )
    try:
        with replaced(constants), warnings.catch_warnings():
            if part.variant.values:
                warnings.simplefilter("ignore", RuntimeWarning)
            forecasts = walk_forward(
                frame, [part.season], memory_seasons=chosen["training_seasons"], fit=fit
            )
    except (MemoryError, OSError):
        raise
    except Exception as error:
        # A value that a model cannot be fitted with is what was to be found out.
        if not part.variant.values:
            raise
        return f"{type(error).__name__}: {error}".splitlines()[0]
    columns = ["game_id", "home_margin", "total_points"]
    games = forecasts[["game_id"]].merge(frame[columns], on="game_id", validate="1:1")
    table = pd.concat([games, forecasts.add_prefix("ours_")], axis=1)
    costs = team_losses(table, "ours_")
    return pd.DataFrame(
        {"game_id": forecasts["game_id"], **{name: costs[name] for name in SCORES}}
    )
