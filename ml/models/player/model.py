"""The models of a box score together: fitted, kept as text, asked about games."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ml.arrays import Bools
from ml.boxscore.minutes_allocation import MinutesSpread
from ml.errors import ModelError
from ml.metrics.score import log_losses
from ml.models.card import ModelCard, hash_frame
from ml.models.model_files import read_model, write_model
from ml.models.player.availability import AvailabilityModel
from ml.models.player.candidates import REQUIRED, check_candidates
from ml.models.player.minutes import MinutesModel, fit_spread
from ml.models.player.rates import CORRECTED, RateModel
from ml.models.player.roster_availability import fill_roster
from ml.models.player.teammates import work_context
from ml.models.player.totals import TotalsModel
from ml.models.player.walk_forward import (
    AVAILABILITY_DAYS,
    MINUTES_DAYS,
    Walk,
    full_context,
    minutes_per_regulation,
    refit_dates,
    walk_forward,
)
from ml.models.tree_text import require_loadable
from ml.models.trees import Trees
from ml.system.libraries import library_versions

SERVICE = "player_game"
_REFITS_PER_YEAR = 2
# A season's refit dates: its opening and the firsts of its months.
_MONTHS = 8
_FEWEST_REFITS = 3


@dataclass(frozen=True)
class BoxScoreModel:
    """Who plays, how long, and what he does with it.

    Attributes
    ----------
    availability : AvailabilityModel
        P(plays).
    minutes : MinutesModel
        Expected minutes given that he plays.
    rates : RateModel
        Expected counts given minutes.
    totals : TotalsModel
        How far a team's expected counts move together.
    spread : MinutesSpread
        Residuals of minutes, measured out of sample.
    card : ModelCard
        Where it comes from.
    """

    availability: AvailabilityModel
    minutes: MinutesModel
    rates: RateModel
    totals: TotalsModel
    spread: MinutesSpread
    card: ModelCard

    @classmethod
    def fit(
        cls, frame: pd.DataFrame, outcomes: pd.DataFrame, *, random_state: int
    ) -> BoxScoreModel:
        """Learn from seasons of candidates.

        P(plays) and minutes that later parts learn from are forecasts made without
        the day itself (`walk_forward`, refitted twice a season); the first months
        serve P(plays) only.

        Parameters
        ----------
        frame : DataFrame, shape (n_rows, ...)
            Candidates of played games, sorted by day and key, a season or more.
        outcomes : DataFrame, shape (n_rows, 17)
            As `walk_forward` takes it.
        random_state : int
            Seed.

        Raises
        ------
        ModelError
            If columns are absent or history is too short.
        """
        check_candidates(frame)
        days = pd.to_datetime(frame["game_date"])
        walk = walk_forward(
            frame,
            outcomes,
            _refits(days, frame["season"]),
            random_state=random_state,
            with_counts=False,
        )
        has_played = outcomes["min"].notna().to_numpy()
        regular = minutes_per_regulation(outcomes)
        entered = has_played & frame["games_career"].notna().to_numpy()
        timed = entered & ~np.isnan(walk.minutes)
        recent = _last(days, AVAILABILITY_DAYS)
        known = entered & ~np.isnan(walk.play_prob) & _last(days, MINUTES_DAYS)
        around = walk.context.join(walk.work)
        rates = RateModel.fit(
            frame[timed],
            around[timed],
            walk.minutes[timed],
            outcomes[timed],
            random_state=random_state,
        )
        later = ~np.isnan(walk.minutes)
        expected = rates.predict(frame[later], around[later], walk.minutes[later])
        expected["min"] = walk.minutes[later]
        expected["play_prob"] = fill_roster(
            frame[later], walk.play_prob[later], walk.minutes[later]
        )
        return cls(
            AvailabilityModel.fit(
                frame[recent], has_played[recent], random_state=random_state
            ),
            MinutesModel.fit(
                frame[known],
                walk.context[known],
                walk.play_prob[known],
                regular[known],
                random_state=random_state,
            ),
            rates,
            TotalsModel.fit(frame[later], expected, outcomes[later]),
            fit_spread(walk.minutes[timed], regular[timed]),
            _card(frame, outcomes, walk, random_state=random_state),
        )

    def expect(
        self,
        frame: pd.DataFrame,
        has_played: Bools,
        *,
        given: dict[int, float] | None = None,
    ) -> pd.DataFrame:
        """Say what is expected of each row.

        Parameters
        ----------
        frame : DataFrame, shape (n_rows, ...)
            Candidates, sorted by day and key. Earlier games of the season give the
            context in which a player's past minutes were made.
        has_played : ndarray of bool, shape (n_rows,)
            Whether he played, false for games to come.
        given : dict of int to float, optional
            P(plays) of players in games to come, where it is not to be forecast.

        Returns
        -------
        DataFrame, indexed like `frame`
            ``play_prob``, ``min`` and `LEARNT`, the latter given that he plays.
        """
        check_candidates(frame)
        play_prob = self.availability.predict(frame)
        told_any = np.zeros(len(frame), dtype=bool)
        for player, prob in (given or {}).items():
            told = (frame["player_id"].to_numpy() == player) & ~has_played
            play_prob = np.where(told, prob, play_prob)
            told_any |= told
        context = full_context(frame, play_prob, has_played)
        minutes = self.minutes.predict(frame, context, play_prob)
        usual = context["usual"]
        work = work_context(frame, usual, play_prob, minutes, has_played)
        counts = self.rates.predict(frame, context.join(work), minutes)
        filled = fill_roster(frame, play_prob, minutes)
        expected = counts.assign(
            play_prob=np.where(told_any, play_prob, filled), min=minutes
        )
        return self.totals.scale(frame, expected, has_played)

    def save(self, folder: Path) -> None:
        """Write the model as JSON and LightGBM's text."""
        payload: dict[str, Any] = {
            "by_position": self.rates.by_position,
            "weights": self.rates.weights,
            "totals": asdict(self.totals),
            "knots": self.spread.knots.tolist(),
            "levels": self.spread.levels.tolist(),
            "residuals": self.spread.residuals.tolist(),
            "card": asdict(self.card),
        }
        texts = {
            "availability": self.availability.trees.text,
            "minutes": self.minutes.trees.text,
            **{name: trees.text for name, trees in self.rates.corrections.items()},
        }
        write_model(folder, payload, texts)

    @classmethod
    def load(cls, folder: Path) -> BoxScoreModel:
        """Read what `save` wrote.

        Raises
        ------
        MissingError
            If there is no model in `folder`.
        ModelError
            If a file is damaged, of another format or of another model, or the model
            learnt from other columns than `REQUIRED`.
        """
        payload, texts = read_model(folder)
        require_loadable(folder, texts)
        try:
            card = ModelCard.from_json(payload["card"])
            if card.features != REQUIRED:
                raise ModelError(
                    f"the model in {folder} learnt from other columns than these",
                    "train again: tipoff train",
                )
            return cls(
                AvailabilityModel(Trees(texts["availability"])),
                MinutesModel(Trees(texts["minutes"])),
                RateModel(
                    payload["by_position"],
                    payload["weights"],
                    {stat: Trees(texts[stat]) for stat in CORRECTED},
                ),
                TotalsModel(**payload["totals"]),
                MinutesSpread(
                    np.array(payload["knots"]),
                    np.array(payload["levels"]),
                    np.array(payload["residuals"]),
                ),
                card,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"the model in {folder} is not one of box scores: {error}",
                "train again: tipoff train",
            ) from error


def _refits(days: pd.Series, season: pd.Series) -> list[pd.Timestamp]:
    first = days.min()
    dates = refit_dates(days, season)
    later = [date for date in dates if date >= first + pd.Timedelta(days=90)]
    chosen = later[:: _MONTHS // _REFITS_PER_YEAR]
    if len(chosen) >= _FEWEST_REFITS:
        return chosen
    # A short league: P(plays) from its first part, minutes from the next. Days of
    # play are counted, since a refit in summer is followed by no other.
    played = np.sort(days.unique())
    return [pd.Timestamp(played[int(share * len(played))]) for share in (0.4, 0.6, 0.8)]


def _last(days: pd.Series, span: int) -> Bools:
    return np.asarray(days >= days.max() - pd.Timedelta(days=span))


def _card(
    frame: pd.DataFrame, outcomes: pd.DataFrame, walk: Walk, *, random_state: int
) -> ModelCard:
    minutes = minutes_per_regulation(outcomes)
    later = ~np.isnan(walk.minutes) & ~np.isnan(minutes)
    told = ~np.isnan(walk.play_prob) & frame["is_candidate"].to_numpy(bool)
    has_played = outcomes["min"].notna().to_numpy()
    dates = frame["game_date"].astype(str).str[:10]
    return ModelCard(
        service=SERVICE,
        features=REQUIRED,
        n_games=int(frame["game_id"].nunique()),
        first_date=str(dates.min()),
        last_date=str(dates.max()),
        seasons=tuple(sorted(frame["season"].astype(str).unique())),
        data_hash=hash_frame(pd.concat([frame, outcomes], axis=1)),
        random_state=random_state,
        metrics={
            "n_later_lines": float(later.sum()),
            "minutes_mae": float(np.abs(walk.minutes - minutes)[later].mean()),
            "play_log_loss": float(
                log_losses(walk.play_prob[told], has_played[told]).mean()
            ),
        },
        versions=library_versions(),
    )
