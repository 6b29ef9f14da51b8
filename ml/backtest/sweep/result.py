"""What a sweep found, as a table for people, JSON and CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from rich.box import SIMPLE
from rich.table import Table

from ml.backtest.sweep.plan import Plan, Variant
from ml.backtest.tuned_seasons import CHOSEN_UNTIL
from ml.metrics.comparison import Estimate, bootstrap

# Scores of a game, with their decimals; the first one ranks.
SCORES = {
    "log_loss": 4,
    "brier": 4,
    "margin_mae": 3,
    "margin_crps": 3,
    "total_mae": 3,
    "total_crps": 3,
}
_SHOWN = ("log_loss", "brier", "margin_mae", "total_mae")
ALL = "all"


@dataclass(frozen=True)
class Tried:
    """What became of a variant.

    Attributes
    ----------
    variant : Variant
        Its settings.
    n_games : dict of str to int
        Games by season and, where there are several, of all.
    scores : dict of str to dict of str to float
        Season → score → mean over its games; empty where it failed.
    changes : dict of str to dict of str to Estimate
        The same less that of the code as it is, on the same games; 90 % intervals.
    problem : str
        Why a season could not be forecast; empty where all were.
    is_same : bool
        Whether every game was forecast as by the code as it is: nothing reads the
        setting, or not on these seasons.
    """

    variant: Variant
    n_games: dict[str, int]
    scores: dict[str, dict[str, float]]
    changes: dict[str, dict[str, Estimate]]
    problem: str
    is_same: bool


@dataclass(frozen=True)
class Sweep:
    """A finished sweep.

    Attributes
    ----------
    seasons : tuple of str
        Seasons that were forecast.
    tried : tuple of Tried
        In the order of the plan; the first is the code as it is.
    """

    seasons: tuple[str, ...]
    tried: tuple[Tried, ...]

    @classmethod
    def of(
        cls,
        plan: Plan,
        losses: Mapping[tuple[Variant, str], pd.DataFrame | str],
        *,
        random_state: int,
    ) -> Sweep:
        """Compare the variants of a plan.

        Parameters
        ----------
        plan : Plan
            The first of its variants is the one compared with.
        losses : mapping of (Variant, str) to DataFrame or str
            By variant and season: ``game_id`` and `SCORES` of every game, or what went
            wrong.
        random_state : int
            Seed of the intervals.
        """
        base = [losses[plan.variants[0], season] for season in plan.seasons]
        tried = []
        for variant in plan.variants:
            own = [losses[variant, season] for season in plan.seasons]
            problems = [
                f"{season}: {each}"
                for season, each in zip(plan.seasons, own, strict=True)
                if isinstance(each, str)
            ]
            parts = _parts(plan.seasons, own, base) if not problems else {}
            tried.append(
                Tried(
                    variant,
                    {name: len(ours) for name, (ours, _) in parts.items()},
                    {
                        name: {score: float(ours[score].mean()) for score in SCORES}
                        for name, (ours, _) in parts.items()
                    },
                    {
                        name: _changes(ours, theirs, random_state)
                        for name, (ours, theirs) in parts.items()
                        if variant.values
                    },
                    "; ".join(problems),
                    bool(variant.values)
                    and bool(parts)
                    and all(ours.equals(theirs) for ours, theirs in parts.values()),
                )
            )
        return cls(plan.seasons, tuple(tried))

    @property
    def last(self) -> str:
        """The name of what is shown: all seasons together, if there are several."""
        return ALL if len(self.seasons) > 1 else self.seasons[0]

    def warnings(self) -> list[str]:
        """Say what the figures must not be taken for."""
        told = [
            f"{each.variant} changes no forecast: nothing reads it on these seasons"
            for each in self.tried
            if each.is_same
        ]
        told += [
            f"{each.variant} failed: {each.problem}"
            for each in self.tried
            if each.problem
        ]
        if late := [season for season in self.seasons if season > CHOSEN_UNTIL]:
            told.append(
                f"who chooses by {', '.join(late)} cannot measure with it any more: "
                f"choices are made on seasons to {CHOSEN_UNTIL}"
            )
        return told

    def to_table(self) -> Table:
        """Return the table for the console, the best first, 80 columns wide."""
        table = Table(
            title=f"settings tried on {', '.join(self.seasons)}: the best first",
            caption="change: less that of the code as it is, same games, with 90 %; "
            "the best of many looks better than it is",
            box=SIMPLE,
        )
        table.add_column("settings")
        table.add_column("")
        for score in _SHOWN:
            table.add_column(score.replace("_", " "), justify="right")
        known = [each for each in self.tried if each.scores]
        rank = next(iter(SCORES))
        for each in sorted(known, key=lambda one: one.scores[self.last][rank]):
            scores = each.scores[self.last]
            cells = [f"{scores[score]:.{SCORES[score]}f}" for score in _SHOWN]
            changes = each.changes.get(self.last)
            table.add_row(
                str(each.variant).replace(", ", ",\n"),
                "value",
                *cells,
                end_section=changes is None,
            )
            if changes is None:
                continue
            for name, end in (("change", "value"), ("from", "lower"), ("to", "upper")):
                cells = [
                    f"{getattr(changes[one], end):+.{SCORES[one]}f}" for one in _SHOWN
                ]
                table.add_row("", name, *cells, end_section=name == "to")
        return table

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON types."""
        return {
            "seasons": list(self.seasons),
            "tried": [
                {
                    "settings": dict(each.variant.values),
                    "problem": each.problem,
                    "is_same": each.is_same,
                    "n_games": each.n_games,
                    "scores": each.scores,
                    "changes": {
                        season: {name: asdict(one) for name, one in changes.items()}
                        for season, changes in each.changes.items()
                    },
                }
                for each in self.tried
            ],
        }

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each variant and season, and for all seasons together."""
        names = sorted({name for each in self.tried for name, _ in each.variant.values})
        rows = []
        for each in self.tried:
            values = {name: str(one) for name, one in each.variant.values}
            told = {name: values.get(name, "") for name in names}
            for season in each.scores or [self.last]:
                row: dict[str, Any] = {
                    **told,
                    "season": season,
                    "n_games": each.n_games.get(season, 0),
                    "is_same": each.is_same,
                    "problem": each.problem,
                }
                for score in SCORES:
                    row[score] = each.scores.get(season, {}).get(score, np.nan)
                    change = each.changes.get(season, {}).get(score)
                    row[f"{score}_change"] = change.value if change else np.nan
                    row[f"{score}_lower"] = change.lower if change else np.nan
                    row[f"{score}_upper"] = change.upper if change else np.nan
                rows.append(row)
        return pd.DataFrame(rows)


def _parts(
    seasons: Sequence[str],
    own: Sequence[pd.DataFrame | str],
    base: Sequence[pd.DataFrame | str],
) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """Return a variant's losses and the code's, by season and of all."""
    pairs = {}
    for season, ours, theirs in zip(seasons, own, base, strict=True):
        if isinstance(ours, pd.DataFrame) and isinstance(theirs, pd.DataFrame):
            pairs[season] = (
                ours.sort_values("game_id", ignore_index=True),
                theirs.sort_values("game_id", ignore_index=True),
            )
    if len(seasons) > 1:
        ours, theirs = (
            pd.concat([pair[side] for pair in pairs.values()], ignore_index=True)
            for side in (0, 1)
        )
        pairs[ALL] = (ours, theirs)
    return pairs


def _changes(
    ours: pd.DataFrame, theirs: pd.DataFrame, random_state: int
) -> dict[str, Estimate]:
    return {
        score: bootstrap(
            (ours[score], theirs[score]),
            lambda means: means[0] - means[1],
            random_state=random_state,
        )
        for score in SCORES
    }
