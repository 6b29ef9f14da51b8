"""Matchup frames whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

HOME_ADVANTAGE = 2.5
PER_STRENGTH = 4.5
PER_PACE = 9.0
MARGIN_SD = 12.0
TOTAL_SD = 18.0


def known_frame(
    *, n_seasons: int = 3, n_games: int = 600, random_state: int = 0
) -> pd.DataFrame:
    """Games of a league where margin and total are linear in two features.

    Expected margin 2.5 + 4.5 · (home strength - away strength), sd 12; expected total
    220 + 9 · (home pace + away pace) / 2, sd 18; ``noise`` says nothing.
    """
    rng = np.random.default_rng(random_state)
    n = n_seasons * n_games
    strength, pace, noise = rng.normal(size=(3, n, 2))
    expected_margin = HOME_ADVANTAGE + PER_STRENGTH * (strength[:, 0] - strength[:, 1])
    expected_total = 220.0 + PER_PACE * pace.mean(axis=1)
    margin = expected_margin + rng.normal(0.0, MARGIN_SD, n)
    total = expected_total + rng.normal(0.0, TOTAL_SD, n)
    home = np.round((total + margin) / 2.0)
    away = np.round((total - margin) / 2.0)
    home += (home == away) * np.where(margin > 0, 1.0, -1.0)
    teams = np.array([rng.permutation(12)[:2] for _ in range(n)])
    season = np.repeat(np.arange(n_seasons), n_games)
    day = np.tile(np.arange(n_games) // 6, n_seasons)
    dates = pd.to_datetime([f"{2018 + s}-10-20" for s in season])
    dates = dates + pd.to_timedelta(day, unit="D")
    tipoff = dates.tz_localize("UTC") + pd.Timedelta(hours=24)
    return pd.DataFrame(
        {
            "game_id": [f"{k:010d}" for k in range(n)],
            "season": [f"{2018 + s}-{19 + s}" for s in season],
            "season_type": "Regular Season",
            "game_date": dates.strftime("%Y-%m-%d"),
            "tipoff_at": tipoff,
            "forecast_at": tipoff - pd.Timedelta(hours=1),
            "known_at": tipoff + pd.Timedelta(hours=3),
            "home_team_id": teams[:, 0],
            "away_team_id": teams[:, 1],
            "is_playoffs": False,
            "home_pts": home,
            "away_pts": away,
            "home_margin": home - away,
            "total_points": home + away,
            "home_win": home > away,
            "home_strength": strength[:, 0],
            "away_strength": strength[:, 1],
            "home_pace": pace[:, 0],
            "away_pace": pace[:, 1],
            "home_noise": noise[:, 0],
            "away_noise": noise[:, 1],
            "true_margin": expected_margin,
            "true_total": expected_total,
        }
    )
