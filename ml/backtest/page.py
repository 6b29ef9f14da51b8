"""The report: one self-contained page, calibration first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ml.backtest.calibration import TARGETS, pit_histogram
from ml.backtest.estimates import interval
from ml.backtest.player.page import player_sections
from ml.backtest.scores import FORECASTERS
from ml.metrics.reliability import reliability_bins
from ml.report.charts import histogram, reliability_chart

if TYPE_CHECKING:
    from ml.backtest.result import Backtest
    from ml.backtest.scores import SeasonScore
    from ml.metrics.comparison import Estimate

# Score, its name, digits.
SCORES = (
    ("accuracy", "accuracy", 3),
    ("brier", "Brier", 4),
    ("log_loss", "log loss", 4),
    ("margin_mae", "margin MAE", 3),
    ("margin_rmse", "margin RMSE", 3),
    ("margin_crps", "margin CRPS", 3),
    ("total_mae", "total MAE", 3),
    ("total_rmse", "total RMSE", 3),
    ("total_crps", "total CRPS", 3),
)
GAPS = {
    "brier": "Brier",
    "log_loss": "log loss",
    "margin_mae": "margin MAE",
    "total_mae": "total MAE",
}


def report_html(result: Backtest) -> str:
    """Return the page of a backtest.

    Parameters
    ----------
    result : Backtest
        A finished backtest.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    everything, table = result.seasons[-1], result.table
    won = table["home_margin"] > 0
    bins = reliability_bins(table["ours_home_win_prob"], won)
    title = "Home wins: forecast and observed"
    charts = [(title, reliability_chart(bins, title=title))]
    for target, outcome in TARGETS:
        title = f"Where the {target} fell in its distribution"
        counts = pit_histogram(table, target, outcome)
        charts.append((title, histogram(counts, title=title)))
    pages = Environment(
        loader=PackageLoader("ml.report"), autoescape=True, undefined=StrictUndefined
    )
    page = pages.get_template("backtest.html").render(
        warnings=result.warnings,
        n_games=everything.n_games,
        horizon=result.horizon,
        seasons=[season.season for season in result.seasons[:-1]],
        calibration=everything.calibration,
        charts=[(title, Markup(chart)) for title, chart in charts],
        gap_names=list(GAPS.values()),
        gaps=[
            (f"{season.season} ({season.n_games:,})", _gaps(season))
            for season in result.seasons
        ],
        forecasters=FORECASTERS,
        scores=[
            (f"{season.season} ({season.n_games:,})", _rows(season.scores))
            for season in result.seasons
        ],
        references=[
            (
                f"{season.season} ({season.n_games:,})",
                _rows(season.scores),
                interval(season.gaps.get("brier"), 2),
            )
            for season in result.references
        ],
        informed=[
            (f"{season.season} ({season.n_games:,})", _gaps(season))
            for season in result.informed
        ],
        weights=result.weights,
        slices=_by(result.slices),
        horizons=[
            (name, season.season, _gaps(season), season.calibration)
            for name, scores in result.compared.items()
            for season in scores
        ],
        misses=result.misses,
        bets=[(bets, interval(bets.profit, 3)) for bets in result.bets],
        players=result.players and player_sections(result.players),
    )
    return page + "\n"


def _gaps(season: SeasonScore) -> list[str]:
    return [interval(season.gaps.get(key), 2) for key in GAPS]


def _rows(scores: dict[str, dict[str, Estimate]]) -> list[tuple[str, list[str]]]:
    return [
        (name, [interval(found[key], digits) for found in scores.values()])
        for key, name, digits in SCORES
        if key in next(iter(scores.values()))
    ]


def _by(slices: Sequence[Any]) -> dict[str, list[Any]]:
    """Group slices by what they are sorted by, in the order they came."""
    found: dict[str, list[Any]] = {}
    for part in slices:
        found.setdefault(part.by, []).append(part)
    return found
