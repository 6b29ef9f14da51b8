"""The players' part of the backtest's page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml.backtest.estimates import interval
from ml.backtest.player.scores import CRPS, STATS, against_baseline
from ml.boxscore.summary import SUMMARISED

if TYPE_CHECKING:
    from ml.backtest.player.props import PropScore
    from ml.backtest.player.run import PlayerBacktest

Rows = list[tuple[str, list[str]]]
_MOMENTS = {
    "leader_pts_mean": "points of a game's leader, mean",
    "leader_pts_sd": "their standard deviation",
    "leader_pts_p90": "their 90 % quantile",
    "share_20": "lines with 20 points or more",
    "share_30": "lines with 30 points or more",
    "share_40": "lines with 40 points or more",
    "double_double_share": "lines with a double-double",
    "pts_ast_correlation": "a player's points and assists, correlation",
    "teammates_pts_correlation": "two teammates' points, correlation",
}


@dataclass(frozen=True)
class PlayerSections:
    """What the page shows, as text.

    Attributes
    ----------
    about : str
        Horizon, games and draws.
    seasons : list of tuple of str and rows
        A row a statistic: error of the mean, of the median, CRPS, coverage.
    tiers : list of tuple of str and rows
        A row a statistic, for all seasons, by expected minutes.
    play : rows
        P(plays) by tenths.
    play_log_loss : str
        Of all seasons.
    play_weeks : rows
        P(plays) by week of the season.
    moments : rows
        The real league beside the drawn one.
    props : rows
        Beside bookmakers' lines; empty without.
    props_about : str
        Their number.
    """

    about: str
    seasons: list[tuple[str, Rows]]
    tiers: list[tuple[str, Rows]]
    play: Rows
    play_log_loss: str
    play_weeks: Rows
    moments: Rows
    props: Rows
    props_about: str


def player_sections(result: PlayerBacktest) -> PlayerSections:
    """Return the texts of the players' part of the page."""
    everything = result.seasons[-1]
    return PlayerSections(
        about=f"{result.horizon} · {result.n_games:,} games, {result.n_draws:,} draws "
        "each, every identity of a box score held in every draw",
        seasons=[
            (f"{score.season} ({score.n_lines:,} lines)", _rows(score.stats, STATS))
            for score in result.seasons
        ],
        tiers=[
            (f"{tier} minutes expected", _rows(stats, CRPS))
            for tier, stats in everything.tiers.items()
        ],
        play=[
            (f"{float(tenth):.0%} to {float(tenth) + 0.1:.0%}", _said_and_came(values))
            for tenth, values in everything.play_calibration.items()
        ],
        play_log_loss=", ".join(
            f"{score.season} {score.play_log_loss:.3f}" for score in result.seasons
        ),
        play_weeks=[
            (f"week {week}", [*_said_and_came(values), f"{values['log_loss']:.3f}"])
            for week, values in everything.play_weeks.items()
        ],
        moments=[
            (name, [f"{result.realised[key]:.4g}", f"{result.simulated[key]:.4g}"])
            for key, name in _MOMENTS.items()
        ],
        props=_props(result.props) if result.props else [],
        props_about=_about(result.props) if result.props else "",
    )


def _said_and_came(values: Mapping[str, float]) -> list[str]:
    return [
        f"{values['n']:,.0f}",
        f"{values['expected']:.1%}",
        f"{values['played']:.1%}",
    ]


def _rows(stats: Mapping[str, Mapping[str, float]], wanted: tuple[str, ...]) -> Rows:
    shares = against_baseline(stats)
    rows = []
    for stat in wanted:
        values = stats[stat]
        cells = []
        for name in ("mae", "rmse", "crps"):
            cells.append(
                f"{values[name]:.3f} ({100 * shares[stat][name]:+.1f} %)"
                if name in values and name in shares[stat]
                else "–"
            )
        cells.insert(2, f"{values['mae_median']:.3f}")
        cells.append(f"{100 * values['coverage']:.1f} %")
        rows.append((SUMMARISED[stat], cells))
    return rows


def _about(props: PropScore) -> str:
    return (
        f"{props.n_lines:,} lines of players who played, the median of the bookmakers; "
        f"{props.n_priced:,} of them priced and not met exactly; "
        f"{props.n_left_out:,} left out, their player did not play or is not known"
    )


def _props(props: PropScore) -> Rows:
    names = {
        "line": "the line",
        "ours": "our median",
        "ours_mean": "our mean",
        "baseline": "baseline",
    }
    rows = [
        (f"MAE, {names[key]}", [interval(estimate, 3)])
        for key, estimate in props.mae.items()
    ]
    rows.append(("our median less the line", [interval(props.difference, 3)]))
    rows += [
        (f"log loss of over or under, {name}", [interval(props.log_loss[key], 4)])
        for key, name in (("price", "the price without margin"), ("ours", "ours"))
    ]
    difference = interval(props.log_loss_difference, 4)
    return [*rows, ("ours less the price", [difference])]
