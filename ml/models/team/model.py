"""The team model: final scores of a game from the features of its two teams.

Expected margin and total each come from a ridge regression and trees on what it leaves
(`ml.models.team.mean`), their spreads from the expected game
(`ml.models.team.spread`), and both together from one distribution of final scores
(`ml.models.team.score_distribution`).
Penalty, trees' share, spreads, correlation and tails are fitted on games that come
after those the means were learnt from, so they carry the error of forecasting, not of
fitting.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ml.arrays import Floats
from ml.errors import ModelError, TooFewError
from ml.models.card import ModelCard, hash_frame
from ml.models.folds import forward_folds
from ml.models.linear import LinearModel
from ml.models.model_files import read_model, write_model
from ml.models.team.design import KEYS, LABELS, SIDES, STINTS, TARGETS, Design, Target
from ml.models.team.few_stints import StintlessMargin
from ml.models.team.first_games import CORRELATION, DF, first_mean, first_spread
from ml.models.team.forecasts import TeamForecasts
from ml.models.team.mean import Drift, MeanModel, MeanSettings, fit_mean
from ml.models.team.score_distribution import ScoreDistribution
from ml.models.team.spread import Spread, fit_spread, fit_tails
from ml.models.tree_text import require_loadable
from ml.models.trees import Trees
from ml.system.libraries import library_versions

SERVICE = "team_matchup"
MIN_GAMES = 200
N_FOLDS = 4
# Scoring drifts: totals are learnt from the newest seasons only.
TOTAL_SEASONS = 4
MEANS: dict[Target, MeanSettings] = {
    "margin": MeanSettings(
        penalties=(100.0, 300.0, 1000.0), trust=1.0, drift=Drift(300.0, 400.0)
    ),
    "total": MeanSettings(penalties=(10.0, 30.0, 100.0), trust=0.0),
}


@dataclass(frozen=True)
class TeamModel:
    """A fitted team model.

    Attributes
    ----------
    design : Design
        Which features, and how.
    margin, total : MeanModel
        Expected home - away and home + away (points).
    stintless : StintlessMargin or None
        What moves the margin where ratings rest on fewer stints than those learnt
        from; None in a league that has hardly begun, or without such features.
    margin_spread, total_spread : Spread
        Their standard deviations.
    correlation : float
        Of margin and total about their expectations.
    df : float
        Degrees of freedom of the tails.
    card : ModelCard
        Where it comes from.
    """

    design: Design
    margin: MeanModel
    total: MeanModel
    stintless: StintlessMargin | None
    margin_spread: Spread
    total_spread: Spread
    correlation: float
    df: float
    card: ModelCard

    @classmethod
    def fit(
        cls,
        frame: pd.DataFrame,
        *,
        scoring: Collection[str] | None = None,
        service: str = SERVICE,
        random_state: int = 0,
    ) -> TeamModel:
        """Learn from played games.

        Parameters
        ----------
        frame : DataFrame, shape (n_games, any)
            A training frame: keys, labels and ``home_``/``away_`` features. Rows may
            come in any order; games not yet played are left out, and those without a
            box score (``has_box``), whose rosters nobody knows.
        scoring : collection of str, optional
            Features whose level adds to the points of a game; all where absent.
        service : str
            The feature service that the frame comes from.
        random_state : int
            Seed.

        Raises
        ------
        ModelError
            If keys, labels or features are absent.
        TooFewError
            If no game is played. With fewer than `MIN_GAMES` the model hardly knows
            more than an average game (`ml.models.team.first_games`).
        """
        absent = [name for name in (*KEYS, *LABELS) if name not in frame.columns]
        if absent:
            raise ModelError(
                f"the training frame lacks {absent}", "build the training set again"
            )
        played = frame[frame["home_margin"].notna() & frame["total_points"].notna()]
        if "has_box" in played.columns and played["has_box"].any():
            played = played[played["has_box"].astype(bool)]
        played = played.sort_values(["game_date", "game_id"], kind="stable")
        if played.empty:
            raise TooFewError(
                "a team model needs at least one played game, got 0",
                "wait for the first results, or ingest earlier seasons",
            )
        design = Design.from_frame(played, scoring)
        if len(played) < MIN_GAMES:
            return cls._of_first_games(
                played, design, service=service, random_state=random_state
            )
        outcomes = {
            "margin": played["home_margin"].to_numpy(dtype=float),
            "total": played["total_points"].to_numpy(dtype=float),
        }
        dates = played["game_date"].astype(str).to_numpy()
        T = design.everything(played)
        margin, expected_margin = fit_mean(
            design.differences(played),
            T,
            outcomes["margin"],
            settings=MEANS["margin"],
            folds=forward_folds(dates, n_folds=N_FOLDS),
            random_state=random_state,
        )
        newest = sorted(played["season"].unique())[-TOTAL_SEASONS:]
        recent = played["season"].isin(newest).to_numpy()
        mismatch = margin.predict(design.differences(played), T)
        total, recent_total = fit_mean(
            design.levels(played, mismatch)[recent],
            T[recent],
            outcomes["total"][recent],
            settings=MEANS["total"],
            folds=forward_folds(dates[recent], n_folds=N_FOLDS),
            random_state=random_state,
        )
        expected_total = np.full(len(played), np.nan)
        expected_total[recent] = recent_total
        later = ~np.isnan(expected_margin) & ~np.isnan(expected_total)
        covariates = _covariates(expected_margin, expected_total)[later]
        margin_error = (outcomes["margin"] - expected_margin)[later]
        total_error = (outcomes["total"] - expected_total)[later]
        margin_spread = fit_spread(margin_error, covariates)
        total_spread = fit_spread(total_error, covariates)
        correlation, df = fit_tails(
            margin_error / margin_spread.predict(covariates),
            total_error / total_spread.predict(covariates),
        )
        card = _card(
            played,
            design,
            service=service,
            random_state=random_state,
            metrics={
                "n_later_games": float(later.sum()),
                "margin_mae": float(np.abs(margin_error).mean()),
                "margin_rmse": float(np.sqrt(np.mean(margin_error**2))),
                "total_mae": float(np.abs(total_error).mean()),
                "total_rmse": float(np.sqrt(np.mean(total_error**2))),
            },
        )
        return cls(
            design=design,
            margin=margin,
            total=total,
            stintless=StintlessMargin.fit(
                played, design, outcomes["margin"], settings=MEANS["margin"]
            ),
            margin_spread=margin_spread,
            total_spread=total_spread,
            correlation=correlation,
            df=df,
            card=card,
        )

    @classmethod
    def _of_first_games(
        cls, played: pd.DataFrame, design: Design, *, service: str, random_state: int
    ) -> TeamModel:
        T = design.everything(played)
        outcome = played["home_margin"].to_numpy(dtype=float)
        margin = first_mean(design.differences(played), T, outcome, "margin")
        expected = margin.predict(design.differences(played), T)
        outcome = played["total_points"].to_numpy(dtype=float)
        total = first_mean(design.levels(played, expected), T, outcome, "total")
        n_covariates = _covariates(expected, expected).shape[1]
        return cls(
            design=design,
            margin=margin,
            total=total,
            stintless=None,
            margin_spread=first_spread("margin", n_covariates),
            total_spread=first_spread("total", n_covariates),
            correlation=CORRELATION,
            df=DF,
            card=_card(
                played,
                design,
                service=service,
                random_state=random_state,
                metrics={"n_later_games": 0.0},
            ),
        )

    def predict(self, frame: pd.DataFrame) -> TeamForecasts:
        """Forecast games, played or not; labels are not read.

        Parameters
        ----------
        frame : DataFrame, shape (n_games, any)
            ``game_id, season, forecast_at`` and every feature of `card`.

        Returns
        -------
        TeamForecasts
            In the order of `frame`.

        Raises
        ------
        ModelError
            If a feature is absent.
        """
        self.design.check(frame)
        T = self.design.everything(frame)
        D = self.design.differences(frame)
        margin = self.margin.predict(D, T)
        if self.stintless is not None:
            margin = margin + self.stintless.correction(
                frame, self.margin.ridge.predict(D)
            )
        total = self.total.predict(self.design.levels(frame, margin), T)
        covariates = _covariates(margin, total)
        distribution = ScoreDistribution.from_moments(
            margin_mean=margin,
            margin_sd=self.margin_spread.predict(covariates),
            total_mean=total,
            total_sd=self.total_spread.predict(covariates),
            correlation=self.correlation,
            df=self.df,
        )
        return TeamForecasts(
            game_id=frame["game_id"].to_numpy(dtype=object),
            season=frame["season"].to_numpy(dtype=object),
            forecast_at=frame["forecast_at"].to_numpy(dtype=object),
            distribution=distribution,
        )

    def save(self, folder: Path) -> None:
        """Write the model as text and JSON (`ml.models.model_files`)."""
        payload = asdict(self, dict_factory=_json_types)
        texts: dict[str, str] = {}
        for target in TARGETS:
            texts[target] = payload[target].pop("trees")["text"]
        write_model(folder, payload, texts)

    @classmethod
    def load(cls, folder: Path, *, service: str = SERVICE) -> TeamModel:
        """Read a model that `save` wrote.

        Raises
        ------
        MissingError
            If there is no model in `folder`.
        ModelError
            If a file is damaged, of another format or of another service.
        """
        payload, texts = read_model(folder)
        require_loadable(folder, texts)
        try:
            card = ModelCard.from_json(payload["card"])
            model = cls(
                design=Design(**_tuples(payload["design"])),
                margin=_mean_model(payload["margin"], texts["margin"]),
                total=_mean_model(payload["total"], texts["total"]),
                stintless=_stintless(payload["stintless"]),
                margin_spread=Spread(**_arrays(payload["margin_spread"])),
                total_spread=Spread(**_arrays(payload["total_spread"])),
                correlation=payload["correlation"],
                df=payload["df"],
                card=card,
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ModelError(
                f"the model in {folder} is not a team model: {error}",
                "train again: tipoff train",
            ) from error
        if card.service != service:
            raise ModelError(
                f"the model in {folder} reads the service {card.service}, not {service}"
            )
        return model


def _mean_model(payload: dict[str, Any], text: str) -> MeanModel:
    return MeanModel(
        ridge=LinearModel(**_arrays(payload["ridge"])),
        trees=Trees(text),
        share=payload["share"],
    )


def _stintless(payload: dict[str, Any] | None) -> StintlessMargin | None:
    if payload is None:
        return None
    return StintlessMargin(
        design=Design(**_tuples(payload["design"])),
        ridge=LinearModel(**_arrays(payload["ridge"])),
        usual_share=payload["usual_share"],
    )


def _json_types(items: list[tuple[str, Any]]) -> dict[str, Any]:
    return {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in items
    }


def _arrays(payload: dict[str, Any]) -> dict[str, Any]:
    return {
        name: np.asarray(value, dtype=float) if isinstance(value, list) else value
        for name, value in payload.items()
    }


def _tuples(payload: dict[str, Any]) -> dict[str, Any]:
    return {
        name: tuple(value) for name, value in payload.items() if isinstance(value, list)
    }


def _card(
    played: pd.DataFrame,
    design: Design,
    *,
    service: str,
    random_state: int,
    metrics: dict[str, float],
) -> ModelCard:
    dates = played["game_date"].astype(str)
    beside = [f"{side}_{name}" for name in STINTS for side in SIDES]
    read = (*design.features, *(name for name in beside if name in played))
    return ModelCard(
        service=service,
        features=read,
        n_games=len(played),
        first_date=dates.iloc[0],
        last_date=dates.iloc[-1],
        seasons=tuple(sorted(played["season"].astype(str).unique())),
        data_hash=hash_frame(played.loc[:, ["game_id", *LABELS, *read]]),
        random_state=random_state,
        metrics=metrics,
        versions=library_versions(),
    )


def _covariates(margin: Floats, total: Floats) -> Floats:
    return np.column_stack([np.abs(margin), total])
