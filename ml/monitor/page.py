"""The performance page: one self-contained file, readable without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from ml.metrics.reliability import reliability_bins
from ml.monitor.alarm import ADVICE, DAYS, RAISE
from ml.monitor.drift import MOVED
from ml.monitor.findings import PlayerReview, Review
from ml.monitor.grades import FORECASTERS
from ml.monitor.windows import SHOWN, Window
from ml.report.charts import Line, line_chart, reliability_chart
from ml.storage.files import write_text

_NAMES = {
    "log_loss": ("log loss", "{:.4f}"),
    "brier": ("Brier", "{:.4f}"),
    "margin_mae": ("margin, mean error", "{:.2f}"),
    "total_mae": ("total, mean error", "{:.2f}"),
}


_PLAYER_NAMES = {
    "min": "minutes",
    "pts": "points",
    "reb": "rebounds",
    "ast": "assists",
    "fg3m": "threes made",
    "pra": "points + rebounds + assists",
}


def write_performance_page(path: Path, found: Review) -> Path:
    """Write how good the forecasts were.

    Parameters
    ----------
    path : Path
        The HTML file to write.
    found : Review
        From `ml.monitor.review.review`.

    Returns
    -------
    Path
        The file written.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    pages = Environment(
        loader=PackageLoader("ml.report"), autoescape=True, undefined=StrictUndefined
    )
    html = pages.get_template("performance.html").render(
        level=found.level,
        signal=found.worst[0],
        size=f"{found.worst[1]:.1f}",
        advice=ADVICE[found.level],
        moment=f"{found.moment:%Y-%m-%d %H:%M} UTC",
        n_games=len(found.grades),
        last=found.nights[-1] if found.nights else None,
        overdue=found.overdue,
        tables=found.tables,
        windows=[_window(window) for window in found.windows],
        players=_players(found.players),
        charts=_charts(found),
        moved=found.inputs[:12],
        n_moved=sum(moved.psi > MOVED for moved in found.inputs),
        n_inputs=len(found.inputs),
        moved_forecasts=found.forecasts,
        models=[
            {"kind": kind, "aliases": aliases, "history": aliases.history[::-1][:12]}
            for kind, aliases in found.aliases.items()
        ],
    )
    write_text(path, html + "\n")
    return path


def _window(window: Window) -> dict[str, Any]:
    rows = []
    for key in SHOWN:
        name, form = _NAMES[key]
        cells = [
            form.format(window.scores[who][key]) if who in window.scores else "–"
            for who in FORECASTERS
        ]
        best = window.scores.get("ours", {}).get(key, 0.0)
        beats = "baseline" in window.scores and best < window.scores["baseline"][key]
        rows.append({"name": name, "cells": cells, "beats": beats})
    return {
        "name": window.name,
        "n_games": window.n_games,
        "n_common": window.n_common,
        "rows": rows,
        "margin_coverage": f"{window.coverage['margin']:.0%}",
        "total_coverage": f"{window.coverage['total']:.0%}",
        "calibration_error": f"{window.calibration_error:.3f}",
    }


def _players(found: PlayerReview) -> dict[str, Any] | None:
    if not found.windows:
        return None
    windows = []
    for window in found.windows:
        rows = [
            {
                "name": _PLAYER_NAMES[stat],
                "mae": f"{scores['mae']:.2f}",
                "baseline": f"{scores['baseline_mae']:.2f}",
                "beats": scores["mae"] < scores["baseline_mae"],
                "crps": f"{scores['crps']:.2f}",
                "baseline_crps": f"{scores['baseline_crps']:.2f}",
                "coverage": f"{scores['coverage']:.0%}",
            }
            for stat, scores in window.scores.items()
        ]
        windows.append(
            {
                "name": window.name,
                "n_players": f"{window.n_players:,}",
                "n_lines": f"{window.n_lines:,}",
                "play": f"{window.play_log_loss:.3f}",
                "baseline_play": f"{window.baseline_play_log_loss:.3f}",
                "rows": rows,
            }
        )
    last = found.nights[-1] if found.nights else None
    return {
        "windows": windows,
        "level": found.level,
        "signal": last.signal if last else "",
        "size": f"{last.worst:.1f}" if last else "",
        "charts": _player_charts(found.grades),
        "moved": found.forecasts,
    }


def _player_charts(grades: pd.DataFrame) -> list[dict[str, str]]:
    season = grades[grades["season"] == grades["season"].iloc[-1]]
    day = pd.to_datetime(season["game_date"])
    bins = reliability_bins(season["play_prob"], season["has_played"])
    title = "P(plays): forecast and observed"
    note = "on the line is right; bars: two standard errors"
    charts = [
        {"title": title, "note": note, "svg": reliability_chart(bins, title=title)}
    ]
    for stat in ("min", "pts"):
        daily = season.groupby(day)[[f"{stat}_mae", f"baseline_{stat}_mae"]]
        rolling = (
            daily.sum()
            .rolling(f"{DAYS}D")
            .sum()
            .div(daily.count().rolling(f"{DAYS}D").sum())
        )
        lines = [
            Line("ours", "ours", rolling[f"{stat}_mae"].tolist()),
            Line("baseline", "baseline", rolling[f"baseline_{stat}_mae"].tolist()),
        ]
        title = f"Mean error of {_PLAYER_NAMES[stat]}, {DAYS} days back"
        labels = [f"{at:%-d %b}" for at in rolling.index]
        svg = line_chart(labels, lines, title=title, form="{:.2f}")
        charts.append({"title": title, "note": "lower is better", "svg": svg})
    return charts


def _charts(found: Review) -> list[dict[str, str]]:
    grades = found.grades
    if not len(grades):
        return []
    season = grades[grades["season"] == grades["season"].iloc[-1]]
    rolling = _rolling(season)
    labels = [f"{day:%-d %b}" for day in rolling.index]
    charts = []
    for key, (name, _) in _NAMES.items():
        if key == "brier":
            continue
        lines = [
            Line(who, who, rolling[f"{who}_{key}"].tolist())
            for who in FORECASTERS
            if rolling[f"{who}_{key}"].notna().any()
        ]
        title = f"{name[0].upper()}{name[1:]}, {DAYS} days back"
        short = "{:.1f}" if key.endswith("mae") else "{:.2f}"
        svg = line_chart(labels, lines, title=title, form=short)
        charts.append({"title": title, "note": "lower is better", "svg": svg})
    lines = [
        Line(target, style, rolling[f"{target}_inside"].tolist())
        for target, style in (("margin", "ours"), ("total", "market"))
    ]
    title = f"Results within the 80 % interval, {DAYS} days back"
    svg = line_chart(labels, lines, title=title, form="{:.0%}", marks=[(0.8, "")])
    charts.append({"title": title, "note": "80 % is right", "svg": svg})
    bins = reliability_bins(season["ours_home_win_prob"], season["home_margin"] > 0)
    title = "Home wins: forecast and observed"
    svg = reliability_chart(bins, title=title)
    note = "on the line is right; bars: two standard errors"
    charts.append({"title": title, "note": note, "svg": svg})
    days = set(season["game_date"].dt.date)
    nights = [night for night in found.nights if night.day in days and night.signal]
    title = "The worst signal, night by night"
    svg = line_chart(
        [f"{night.day:%-d %b}" for night in nights],
        [Line("worst", "ours", [night.worst for night in nights])],
        title=title,
        form="{:.1f}",
        marks=list(zip(RAISE[:2], ("watch", "degraded"), strict=True)),
    )
    note = "standard deviations from a right forecast"
    charts.append({"title": title, "note": note, "svg": svg})
    return charts


def _rolling(season: pd.DataFrame) -> pd.DataFrame:
    """Return means over the last `DAYS` days, one row a day of games."""
    scores = {
        f"{who}_{key}": season[f"{who}_{key}"] for who in FORECASTERS for key in SHOWN
    }
    for target, outcome in (("margin", "home_margin"), ("total", "total_points")):
        low, high = season[f"{target}_p10"], season[f"{target}_p90"]
        inside = (low <= season[outcome]) & (season[outcome] <= high)
        scores[f"{target}_inside"] = inside.astype(float)
    table = pd.DataFrame(scores).set_index(pd.DatetimeIndex(season["game_date"]))
    table = table.sort_index(kind="stable")
    means = table.rolling(f"{DAYS}D", min_periods=50).mean()
    return means.groupby(level=0).last()
