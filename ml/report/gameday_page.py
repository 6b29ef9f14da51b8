"""The gameday page: one self-contained file, readable without a network."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ml.features.unseen import Unseen
from ml.ingest.contract import EASTERN
from ml.report.box_score_tables import SHOWN, team_boxes
from ml.storage.files import write_text


@dataclass(frozen=True)
class Fact:
    """A line of a game's table: a feature of both sides, formatted."""

    name: str
    feature: str
    format: Callable[[Any], str]


@dataclass(frozen=True)
class Interval:
    """A forecast interval on a fixed scale, in points."""

    name: str
    column: str
    low: float
    high: float


FACTS = (
    Fact("wins, season, regressed", "win_pct_season", "{:.0%}".format),
    Fact("net rating, season, regressed", "net_rating_season", "{:+.1f}".format),
    Fact("net rating, last 10", "net_rating_l10", "{:+.1f}".format),
    Fact("pace, last 10", "pace_l10", "{:.1f}".format),
    Fact("days of rest", "rest_days", "{:.0f}".format),
    Fact("miles travelled, 7 days", "travel_miles_7d", "{:,.0f}".format),
)
MARGIN = Interval("margin", "margin", -40, 40)
TOTAL = Interval("total", "total", 170, 290)


def write_gameday_page(
    path: Path,
    *,
    predictions: pd.DataFrame,
    matchups: pd.DataFrame,
    day: date,
    model: str,
    players: pd.DataFrame | None = None,
    unseen: Sequence[Unseen] = (),
    notes: Sequence[str] = (),
) -> Path:
    """Write the page of one day's games.

    Parameters
    ----------
    path : Path
        The HTML file to write.
    predictions : pandas.DataFrame
        One row per game: spine and forecasts.
    matchups : pandas.DataFrame
        The same games with ``home_`` and ``away_`` features.
    day : date
        The day (US/Eastern).
    model : str
        Which model made it.
    players : pandas.DataFrame, optional
        Player forecasts of the same games.
    unseen : sequence of Unseen
        What these teams and players have that earlier seasons have not seen.
    notes : sequence of str
        What was set aside or left out.

    Returns
    -------
    Path
        The file written.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    features = [side + fact.feature for fact in FACTS for side in ("home_", "away_")]
    games = predictions.merge(
        matchups[["game_id", *features]], on="game_id", validate="one_to_one"
    )
    pages = Environment(
        loader=PackageLoader("ml.report"), autoescape=True, undefined=StrictUndefined
    )
    html = pages.get_template("gameday.html").render(
        title=f"NBA forecasts for {day:%A, %-d %B %Y}",
        date=day.isoformat(),
        moment=_when(predictions["forecast_at"]),
        model=model,
        games=[
            _game(row)
            | {"boxes": [] if players is None else team_boxes(players, row["game_id"])}
            for row in games.to_dict("records")
        ],
        columns=[name for name, _ in SHOWN],
        unseen=[
            {
                "feature": each.feature,
                "whose": each.whose,
                "value": f"{each.value:.4g}",
                "seen_before": each.seen_before,
            }
            for each in unseen
        ],
        notes=notes,
        has_performance=(path.parent / "performance.html").exists(),
    )
    write_text(path, html + "\n")
    return path


def _game(row: dict[Hashable, Any]) -> dict[str, Any]:
    """Return what the template shows of one game."""
    home, away = row["home_team"], row["away_team"]
    share = round(100 * row["home_win_prob"], 1)
    favourite = home if row["margin_mean"] > 0 else away

    def lead(margin: float) -> str:
        return f"{home if margin > 0 else away} by {abs(margin):.0f}"

    return {
        "home": home,
        "away": away,
        "tipoff": f"{_eastern(row['tipoff_at']):%-I:%M %p} ET",
        "is_neutral_site": row["is_neutral_site"],
        "home_pts": f"{row['home_pts_mean']:.1f}",
        "away_pts": f"{row['away_pts_mean']:.1f}",
        "home_share": share,
        "away_share": 100 - share,
        "home_win": f"{row['home_win_prob']:.0%}",
        "away_win": f"{1 - row['home_win_prob']:.0%}",
        "intervals": [
            _interval(
                row,
                MARGIN,
                f"{favourite} by {abs(row['margin_mean']):.1f}",
                f"{lead(row['margin_p10'])} … {lead(row['margin_p90'])}",
            ),
            _interval(
                row,
                TOTAL,
                f"{row['total_mean']:.1f}",
                f"{row['total_p10']:.0f} … {row['total_p90']:.0f}",
            ),
        ],
        "facts": [
            {
                "name": fact.name,
                "home": _show(row[f"home_{fact.feature}"], fact.format),
                "away": _show(row[f"away_{fact.feature}"], fact.format),
            }
            for fact in FACTS
        ],
    }


def _interval(
    row: dict[Hashable, Any], interval: Interval, text: str, range_: str
) -> dict[str, Any]:
    """Return an 80 % interval as percentages of its scale."""

    def place(value: float) -> float:
        share = (value - interval.low) / (interval.high - interval.low)
        return round(100 * min(max(share, 0.0), 1.0), 2)

    low, middle, high = (
        place(row[f"{interval.column}_{point}"]) for point in ("p10", "p50", "p90")
    )
    return {
        "name": interval.name,
        "text": text,
        "range": range_,
        "low": low,
        "width": round(high - low, 2),
        "middle": middle,
        "zero": place(0) if interval.low < 0 else None,
    }


def _show(value: Any, form: Callable[[Any], str]) -> str:
    """Format a value; a dash where it is unknown."""
    return "–" if pd.isna(value) else form(value)


def _when(moments: pd.Series) -> str:
    first, last = _eastern(moments.min()), _eastern(moments.max())
    words = f"{first:%-d %b %Y, %-I:%M %p} ET"
    if first == last:
        return words
    return f"{words} for the first game, {last:%-I:%M %p} ET for the last"


def _eastern(moment: datetime) -> datetime:
    """Return a UTC moment on the US/Eastern clock."""
    stamp = pd.Timestamp(moment)
    if stamp.tzinfo is None:
        stamp = stamp.tz_localize("UTC")
    return stamp.tz_convert(EASTERN).to_pydatetime()
