"""P(plays) of everyone on a roster, learnt week by week from the games known by then.

Three logistic regressions, each on what the one before said: what a player's history
says, learnt from everyone, whatever a report said of him, so that it is right for an
evening without reports; what his team's report adds, learnt from teams whose report
was in; what an announced line-up adds. Each begins with what its words mean, learns
from the games of a week, and forgets.

References
----------
West, M., Harrison, P. and Migon, H. (1985). Dynamic generalized linear models and
Bayesian forecasting. Journal of the American Statistical Association 80.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from ml.arrays import Bools, Floats

Ints = npt.NDArray[np.intp]

KEYS = ("forecast_at", "game_id", "team_id", "player_id")
STATUSES = ("Out", "Doubtful", "Questionable", "Probable", "Available")

# What is thought before any game is known. Who has missed games plays less; a report
# means what the league says that its words mean; who is announced starts.
_HISTORY = {"missed": -0.7, "played_share": 2.0}
_OF_STATUS = dict(
    zip(STATUSES, special.logit([0.01, 0.25, 0.5, 0.75, 0.88]), strict=True)
)
_STARTS, _LEFT_OUT = 5.0, -2.0
# Log-odds of history beyond this say no more.
_FARTHEST = 8.0
# Days without a game of his team that make a summer.
_SUMMER = 60.0
# Weight of a prior (observations at even chances count a quarter each), by regression.
_PRECISION = (4.0, 10.0, 10.0)
# Days after which a game counts half.
_HALF_LIFE = 365.0
# Refitted at the same hour of every week, long before the first tip-off of the day
# (a Sunday, 10:00 UTC).
_FIRST = np.datetime64("2000-01-02T10:00", "us")
_WEEK = np.timedelta64(7, "D")
_STEPS = 25


class FadingLogit:
    """A logistic regression that carries what it learnt on as its prior.

    Parameters
    ----------
    prior : ndarray, shape (n_columns,)
        Coefficients before anything is learnt, and after everything is forgotten.
    precision : float
        Of that prior, for each coefficient.
    half_life : float
        After so much time what was learnt counts half.
    """

    def __init__(self, prior: Floats, precision: float, half_life: float) -> None:
        self.half_life = half_life
        self._first = (prior, precision * np.eye(len(prior)))
        self.coefficients, self.precision = self._first

    def forget(self, time: float) -> None:
        """Move towards the prior by what `time` takes away."""
        kept = 0.5 ** (time / self.half_life)
        prior, precision = self._first
        moment = kept * (self.precision @ self.coefficients)
        moment += (1.0 - kept) * (precision @ prior)
        self.precision = kept * self.precision + (1.0 - kept) * precision
        self.coefficients = np.linalg.solve(self.precision, moment)

    def learn(self, X: Floats, y: Bools) -> None:
        """Take in rows, by Newton's method on the penalised likelihood.

        Parameters
        ----------
        X : ndarray, shape (n_rows, n_columns)
            Without NaN.
        y : ndarray of bool, shape (n_rows,)
            Outcomes.
        """
        start, beta = self.coefficients, self.coefficients.copy()

        def loss(beta: Floats) -> float:
            odds = X @ beta
            away = beta - start
            surprise = float(np.sum(np.logaddexp(0.0, odds) - y * odds))
            return surprise + 0.5 * float(away @ self.precision @ away)

        def curvature(beta: Floats) -> tuple[Floats, Floats]:
            chance = special.expit(X @ beta)
            weight = chance * (1.0 - chance)
            slope = X.T @ (y - chance) - self.precision @ (beta - start)
            return slope, (X * weight[:, None]).T @ X + self.precision

        best = loss(beta)
        for _ in range(_STEPS):
            slope, hessian = curvature(beta)
            step = np.linalg.solve(hessian, slope)
            share = 1.0
            while share > 1e-3 and (found := loss(beta + share * step)) > best + 1e-9:
                share /= 2.0
            beta, best = beta + share * step, found
            if np.abs(step).max() < 1e-6:
                break
        self.precision = curvature(beta)[1]
        self.coefficients = beta

    def log_odds(self, X: Floats) -> Floats:
        """Return the log-odds of each row, shape (n_rows,)."""
        return np.asarray(X @ self.coefficients)


def play_chances(known: pd.DataFrame, presence: pd.DataFrame) -> pd.DataFrame:
    """Forecast who plays, each week by what the games known before it taught.

    Parameters
    ----------
    known : DataFrame, shape (n_rows, ...)
        `int_roster_known`.
    presence : DataFrame, shape (n_games_of_players, ...)
        `int_player_presence` of games with a box score: ``game_id, team_id, player_id,
        known_at, has_played``, as it was first known.

    Returns
    -------
    DataFrame, shape (n_rows, 6)
        `KEYS`, ``history_play_prob`` without the report and the line-up, and
        ``play_prob``.
    """
    known = known.sort_values(list(KEYS), ignore_index=True)
    has_played, result_at = _outcomes(known, presence)
    forecast_at = _moments(known["forecast_at"])
    history = _history(known)
    status = known["status"].to_numpy(object)
    reported = known["is_submitted"].to_numpy(bool) | known["status"].notna().to_numpy()
    lined_up = known["is_lined_up"].to_numpy(bool)
    by_history, by_report, by_lineup = (
        FadingLogit(prior, precision, _HALF_LIFE)
        for prior, precision in zip(_priors(history), _PRECISION, strict=True)
    )
    said = np.full(len(known), np.nan)
    told = np.full(len(known), np.nan)
    final = np.full(len(known), np.nan)
    before: np.datetime64 | None = None
    for week, learnt, rows in _weeks(forecast_at, result_at):
        if len(learnt):
            if before is not None:
                for model in (by_history, by_report, by_lineup):
                    model.forget((week - before) / np.timedelta64(1, "D"))
            before = week
            with_report = learnt[reported[learnt]]
            if len(with_report):
                design = _report(known, history, said, status, with_report)
                by_report.learn(design, has_played[with_report])
            with_lineup = learnt[lined_up[learnt]]
            if len(with_lineup):
                design = _lineup(known, told, with_lineup)
                by_lineup.learn(design, has_played[with_lineup])
            by_history.learn(_columns(history, learnt), has_played[learnt])
        said[rows] = by_history.log_odds(_columns(history, rows))
        told[rows] = said[rows]
        now = rows[reported[rows]]
        told[now] = by_report.log_odds(_report(known, history, said, status, now))
        final[rows] = told[rows]
        now = rows[lined_up[rows]]
        final[now] = by_lineup.log_odds(_lineup(known, told, now))
    # Of a column of objects without rows a database would not know what they are.
    keys = known[list(KEYS)].astype({"game_id": "string"})
    return keys.assign(
        history_play_prob=special.expit(said), play_prob=special.expit(final)
    )


def _weeks(
    forecast_at: npt.NDArray[np.datetime64], result_at: npt.NDArray[np.datetime64]
) -> Iterator[tuple[np.datetime64, Ints, Ints]]:
    """Yield each week's refit, the rows whose results came since, and those ahead."""
    if not len(forecast_at):
        return
    ahead = (forecast_at - _FIRST) // _WEEK
    # A result of this week is learnt from at the beginning of the next.
    never = np.iinfo(np.int64).max
    came = np.full(len(result_at), never)
    is_over = ~np.isnat(result_at)
    came[is_over] = (result_at[is_over] - _FIRST) // _WEEK + 1
    by_forecast = np.argsort(ahead, kind="stable")
    by_result = np.argsort(came, kind="stable")
    weeks = np.arange(ahead.min(), ahead.max() + 1)
    starts = np.searchsorted(ahead[by_forecast], np.append(weeks, weeks[-1] + 1))
    ends = np.searchsorted(came[by_result], weeks, side="right")
    taken = 0
    for place, week in enumerate(weeks):
        rows = by_forecast[starts[place] : starts[place + 1]]
        if not len(rows):
            continue
        learnt = np.sort(by_result[taken : ends[place]])
        taken = ends[place]
        yield _FIRST + week * _WEEK, learnt, rows


def _outcomes(
    known: pd.DataFrame, presence: pd.DataFrame
) -> tuple[Bools, npt.NDArray[np.datetime64]]:
    """Return who played, and when that was known; never of games without a box."""
    names = ["game_id", "team_id", "player_id"]
    found = known[names].merge(presence, how="left", on=names, validate="1:1")
    return found["has_played"].eq(True).to_numpy(), _moments(found["known_at"])


def _moments(stamps: pd.Series) -> npt.NDArray[np.datetime64]:
    """Return stamps as UTC without saying so, which NumPy counts fast."""
    utc = pd.to_datetime(stamps, utc=True).dt.tz_localize(None)
    return np.asarray(utc.to_numpy("datetime64[us]"))


def _history(known: pd.DataFrame) -> dict[str, Floats]:
    """Return what history says of a player, a column each."""
    column = {
        name: known[name].to_numpy(float)
        for name in (
            *("games_missed", "days_missed", "played_share", "long_played_share"),
            *("recent_min", "usual_min", "boxes_since_seen"),
            *("days_since_team_game", "season_day"),
        )
    }
    missed = np.maximum(column["games_missed"], 0.0)
    days = np.log1p(np.clip(column["days_missed"], 0.0, 400.0))
    present = (missed == 0.0).astype(float)
    little = np.minimum(column["usual_min"], 8.0) / 10.0
    some = np.minimum(column["usual_min"], 15.0) / 10.0
    recent = column["recent_min"] / 20.0
    # How many are there, and their usual minutes: in a full team some sit.
    team = known.groupby(["game_id", "team_id"], sort=False).ngroup().to_numpy()
    crowd = (np.bincount(team, present * column["usual_min"])[team] - 240.0) / 50.0
    number = (np.bincount(team, present)[team] - 12.0) / 4.0
    share = column["played_share"] - 0.5
    whoever = {
        "one": np.ones(len(known)),
        "missed": np.log1p(missed),
        "days": days,
        "played_share": share,
        "since_seen": np.log1p(column["boxes_since_seen"]) / 3.0,
        "little_min": little,
        "some_min": some,
        "recent_min": recent,
        "crowd": crowd,
        "number": number,
        "missed_one": (missed == 1.0).astype(float),
        "missed_two": (missed == 2.0).astype(float),
        "long_away": (column["days_missed"] > 20.0).astype(float),
    }
    there = {
        "long_played_share": column["long_played_share"] - 0.5,
        **{name: whoever[name] for name in ("one", "days", "played_share")},
        **{name: whoever[name] for name in ("little_min", "some_min", "recent_min")},
        **{name: whoever[name] for name in ("crowd", "number")},
    }
    # Who has not played this season, and a team before its first game of it.
    since = column["days_missed"] + column["days_since_team_game"]
    absent = (since > column["season_day"] + 1.0).astype(float)
    opening = (column["days_since_team_game"] > _SUMMER).astype(float)
    new = {"one": absent, "there": absent * present}
    for name in ("missed", "some_min", "recent_min"):
        new[name] = absent * whoever[name]
    first = {"one": opening, "there": opening * present}
    for name in ("missed", "some_min", "played_share", "since_seen"):
        first[name] = opening * whoever[name]
    moved = _moved(known, opening, present, whoever)
    return {
        **whoever,
        **{f"there_{name}": present * values for name, values in there.items()},
        **{f"new_{name}": values for name, values in new.items()},
        **{f"opening_{name}": values for name, values in first.items()},
        **{f"moved_{name}": values for name, values in moved.items()},
    }


def _moved(
    known: pd.DataFrame,
    opening: Floats,
    present: Floats,
    whoever: dict[str, Floats],
) -> dict[str, Floats]:
    """Return what is said of who has moved to a team and has no line with it.

    Without any move there is no column, and all is learnt as if there were no moves.
    """
    moved = known["is_moved"].to_numpy(float)
    if not moved.any():
        return {}
    waited = np.log1p(known["boxes_since_move"].to_numpy(float))
    never = 1.0 - known["has_career"].to_numpy(float)
    columns = {
        "one": np.ones(len(known)),
        "at_once": (waited == 0.0).astype(float),
        "waited": waited,
        "present": present,
        "short_term": known["is_short_term"].to_numpy(float),
        "never": never,
        "opening": opening,
        "opening_never": opening * never,
        **{name: whoever[name] for name in ("missed", "some_min", "recent_min")},
    }
    return {name: moved * values for name, values in columns.items()}


def _columns(history: dict[str, Floats], rows: Ints) -> Floats:
    return np.column_stack([values[rows] for values in history.values()])


def _report(
    known: pd.DataFrame,
    history: dict[str, Floats],
    said: Floats,
    status: npt.NDArray[np.object_],
    rows: Ints,
) -> Floats:
    """Return status by status, and how much history still says beside it."""
    odds = np.clip(said[rows], -_FARTHEST, _FARTHEST) / 2.0
    is_status = [(status[rows] == name).astype(float) for name in STATUSES]
    unnamed = 1.0 - sum(is_status)
    there = history["there_one"][rows]
    usual = np.minimum(known["usual_min"].to_numpy(float)[rows], 20.0) / 20.0
    share = history["there_played_share"][rows]
    beside = [odds, np.ones(len(rows)), there, history["missed"][rows], there * usual]
    beside += [odds**2 / 2.5, share]
    return np.column_stack(
        [
            *is_status,
            *(named * odds for named in is_status),
            *(unnamed * values for values in beside),
        ]
    )


def _lineup(known: pd.DataFrame, told: Floats, rows: Ints) -> Floats:
    """Return who is named, who is left out of it, and what was told of the others."""
    odds = np.clip(told[rows], -_FARTHEST, _FARTHEST) / 2.0
    starts = known["is_starter"].to_numpy(bool)[rows]
    left_out = known["is_starter_expected"].to_numpy(bool)[rows] & ~starts
    other = ~starts & ~left_out
    columns = [starts, left_out, left_out * odds, other, other * odds]
    return np.column_stack([np.asarray(column, dtype=float) for column in columns])


def _priors(history: dict[str, Floats]) -> tuple[Floats, Floats, Floats]:
    first = np.array([_HISTORY.get(name, 0.0) for name in history])
    # Of whom the report does not name, history says all but that it does not.
    beside = np.array([2.0, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0])
    status = np.array([_OF_STATUS[name] for name in STATUSES])
    report = np.concatenate([status, np.zeros(len(STATUSES)), beside])
    return first, report, np.array([_STARTS, _LEFT_OUT, 2.0, 0.0, 2.0])
