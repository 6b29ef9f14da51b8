"""What the service answers, as JSON or CSV can hold it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import date
from hashlib import sha256
from typing import Annotated, Any

import numpy as np
import pandas as pd
from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from ml.boxscore.sample import BoxSample
from ml.boxscore.stats import BOX, COMBINATIONS
from ml.boxscore.summary import column, summarise, tally
from ml.errors import SettingsError
from ml.features.spines import TEAM_MATCHUP, read_spine
from ml.models.team.score_distribution import MARGINS, POINTS, TOTALS
from ml.predict.made_without import at_hand, made_without
from ml.predict.player_slate import N_DRAWS
from ml.predict.questions import Supposed
from ml.predict.what_if import compare, compare_scores
from ml.pricing.player_line import price_player_line
from ml.pricing.price import price_bets
from ml.pricing.sheet import COLUMNS as SHEET
from ml.pricing.sheet import MOST_LEGS, parse_sheet
from ml.registry import KINDS, last_date, model_folders
from ml.serve.evenings import Served
from ml.system.plain_text import spreadsheet_csv

# A probability mass is sent as far as it is above this.
_LEAST = 1e-5
# Columns of which a game's answer has shapes.
_DENSE = ("min", "pts", "reb", "ast", "fg3m", "stl", "blk", "tov")
Text = Annotated[str, Field(max_length=500)]
Name = Annotated[str, Field(max_length=100)]


class WhatIf(BaseModel):
    """What is supposed of one game."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"game": "BOS", "out": ["Jayson Tatum"], "minutes": {"Al Horford": 34}},
                {
                    "game": "BOS",
                    "starts": {"Payton Pritchard": "Jrue Holiday"},
                    "foul_trouble": ["Kristaps Porzingis"],
                    "bench": {"BOS": 10},
                },
            ]
        },
    )
    game: Name
    date_: date | None = Field(None, alias="date")
    out: list[Name] = Field([], max_length=20)
    minutes: dict[Name, float] = Field({}, max_length=20)
    starts: dict[Name, Name] = Field({}, max_length=10)
    foul_trouble: list[Name] = Field([], max_length=20)
    bench: dict[Name, float] = Field({}, max_length=2)
    draws: int = Field(N_DRAWS, ge=500, le=N_DRAWS)


class LegBody(BaseModel):
    """One condition, with the columns of a sheet of lines."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)
    game: Name = ""
    team: Name = ""
    player: Name = ""
    stat: Text
    side: Name = ""
    line: Name = ""


class Combination(BaseModel):
    """Legs that must all win."""

    model_config = ConfigDict(
        extra="forbid",
        coerce_numbers_to_str=True,
        json_schema_extra={
            "examples": [
                {
                    "legs": [
                        {"team": "BOS", "stat": "moneyline"},
                        {
                            "player": "Jayson Tatum",
                            "stat": "pts",
                            "side": "over",
                            "line": 24.5,
                        },
                    ],
                    "odds": "+180",
                }
            ]
        },
    )
    date_: date | None = Field(None, alias="date")
    legs: list[LegBody] = Field(min_length=1, max_length=MOST_LEGS)
    odds: Name = ""


def answer(
    request: Request, body: Mapping[str, Any] | pd.DataFrame, form: str = "json"
) -> Response:
    """Answer in JSON, or a table in CSV; 304 to whom has it already."""
    return tagged(request, *_written(body, form))


def answer_again(
    request: Request,
    served: Served,
    make: Callable[[], Mapping[str, Any] | pd.DataFrame],
    form: str = "json",
) -> Response:
    """Answer as `answer` does; what was asked not long ago is not made again."""
    key = ("answer", request.url.path, request.url.query)
    return tagged(request, *served.recall(key, lambda: _written(make(), form)))


def _written(body: Mapping[str, Any] | pd.DataFrame, form: str) -> tuple[bytes, str]:
    """Return the text of an answer, and of which kind it is."""
    if form not in {"json", "csv"}:
        raise SettingsError(f"form {form[:20]!r} is not known", "json or csv")
    if form == "csv" and isinstance(body, pd.DataFrame):
        text = spreadsheet_csv(body, date_format="%Y-%m-%dT%H:%M:%SZ")
        return text.encode(), "text/csv"
    return to_json(body).encode(), "application/json"


def to_json(body: Mapping[str, Any] | pd.DataFrame) -> str:
    """Return an answer as JSON."""
    return json.dumps(_plain(body), allow_nan=False, ensure_ascii=False)


def tagged(request: Request, body: bytes, kind: str) -> Response:
    """Answer with a digest of the body; 304 to whom has it already."""
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    if request.method == "GET" and tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={"ETag": tag})
    return Response(body, media_type=kind, headers={"ETag": tag})


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it; floats with six decimals."""
    if isinstance(value, pd.DataFrame):
        value = value.to_dict(orient="records")
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    is_plain = isinstance(value, str | bool | int)
    return value if is_plain else None if pd.isna(value) else str(value)


def health(served: Served) -> dict[str, Any]:
    """Return which day is served, and from which state."""
    slate = served.evening.slate
    return {
        "status": "ok",
        "date": f"{slate.day}",
        "forecast_at": f"{slate.moment:%Y-%m-%dT%H:%M:%SZ}",
        "n_games": slate.n_games,
        "state": served.state,
        "is_graded": served.settings.performance_page.is_file(),
    }


def games(served: Served) -> pd.DataFrame:
    """Return the evening's games, a row each."""
    evening = served.evening
    teams = _abbreviations(served)
    keys = ["game_id", "tipoff_at", "home_team_id", "away_team_id", "is_neutral_site"]
    frame = evening.matchups[keys].join(at_hand(evening.matchups))
    for side in ("home", "away"):
        frame[f"{side}_team"] = frame.pop(f"{side}_team_id").map(teams)
    return frame.merge(evening.teams.to_frame(), on="game_id", validate="one_to_one")


def days(served: Served) -> pd.DataFrame:
    """Return the days with games that a model can forecast, and how many games."""
    settings = served.settings
    # Each kind has a model that knows no game after its own last.
    first = max(
        min(last_date(folder, kind) for folder in model_folders(settings, kind))
        for kind in KINDS
    )
    spine = read_spine(settings, TEAM_MATCHUP, f"game_date > date '{first}'")
    counts = spine.group_by("game_date").aggregate([("game_id", "count")])
    counts = counts.sort_by("game_date").rename_columns(["date", "n_games"])
    return pd.DataFrame(counts.to_pydict())


def _abbreviations(served: Served) -> dict[int, str]:
    """Return the abbreviations of the evening's teams."""
    people = served.evening.players.people
    return dict(zip(people["team_id"], people["team"], strict=True))


def game(served: Served, game_id: str) -> dict[str, Any]:
    """Return one game: its distributions, and everyone who could play."""
    row = games(served).query("game_id == @game_id")
    sample = served.sample(game_id)
    teams = served.evening.teams
    at = int(np.flatnonzero(teams.game_id == game_id)[0])
    players = summarise(sample).merge(
        served.evening.players.people[
            ["game_id", "team_id", "player_id", "player_name", "team", "is_home"]
        ],
        on=["game_id", "team_id", "player_id"],
    )
    return {
        **{str(name): value for name, value in row.iloc[0].items()},
        "notes": made_without(row),
        "margin": _mass(MARGINS, teams.margin_pmf()[at]),
        "total": _mass(TOTALS, teams.total_pmf()[at]),
        "home_pts": _mass(POINTS, teams.points_pmf(home=True)[at]),
        "away_pts": _mass(POINTS, teams.points_pmf(home=False)[at]),
        "players": players.sort_values(
            ["is_home", "min_mean_all", "player_id"], ascending=[True, False, True]
        ),
        "densities": _densities(sample),
    }


def _densities(sample: BoxSample) -> dict[int, dict[str, Any]]:
    """Return the shape of each player's columns, given that he plays.

    A first value, and percents of the likeliest from there on, as long as they are one
    or more.
    """
    plays = sample.plays
    found: dict[int, dict[str, Any]] = {int(who): {} for who in sample.player_id}
    for name in _DENSE:
        for counts, who in zip(
            tally(column(sample, name), plays), sample.player_id, strict=True
        ):
            heights = np.rint(100 * counts / max(counts.max(), 1)).astype(int)
            seen = np.flatnonzero(heights)
            if len(seen):
                part = slice(seen[0], seen[-1] + 1)
                shape = {"from": int(seen[0]), "heights": heights[part].tolist()}
                found[int(who)][name] = shape
    return found


def _mass(values: Any, prob: Any) -> dict[str, Any]:
    """Return a distribution from its first to its last value that can happen."""
    seen = np.flatnonzero(np.asarray(prob) > _LEAST)
    part = slice(seen[0], seen[-1] + 1)
    return {"from": int(values[part][0]), "prob": np.asarray(prob)[part].tolist()}


def player(served: Served, text: str) -> dict[str, Any]:
    """Return one player: every statistic, given that he plays; his last games."""
    who = served.player(text)
    sample = served.sample_of(who)
    plays = sample.plays[:, 0]
    if not plays.any():
        raise SettingsError(
            f"{who['player_name']} does not play in any of {len(plays):,} draws",
            "POST /what-if with minutes supposes that he does",
        )
    stats = {}
    for name in (*BOX, *COMBINATIONS):
        counts = np.bincount(column(sample, name)[plays, 0])
        stats[name] = _mass(np.arange(len(counts)), counts / plays.sum())
    keys = ["game_id", "player_id", "player_name", "team", "opponent", "tipoff_at"]
    about = {name: who[name] for name in keys}
    past = served.last_games[served.last_games["player_id"] == who["player_id"]]
    return {
        **about,
        "play_prob": plays.mean(),
        "given_plays": stats,
        "last_games": past.drop(columns="player_id"),
    }


def what_if(served: Served, asked: WhatIf) -> dict[str, Any]:
    """Return what moves, of the game and of every player."""
    evening = served.evening
    game_id = served.board.find_game(asked.game)
    scenario = evening.scenario(
        game_id,
        Supposed(
            asked.out, asked.minutes, asked.starts, asked.foul_trouble, asked.bench
        ),
    )
    # The evening passed the gates when it was read; `tipoff what-if` asks them anew.
    supposed = evening.supposing(served.settings, game_id, scenario, is_checked=False)
    sample = supposed.players.sample(
        supposed.teams, game_id, scenario, n_draws=asked.draws
    )
    people = evening.players.people[["player_id", "player_name", "team"]]
    at = int(np.flatnonzero(supposed.teams.game_id == game_id)[0])
    return {
        "margin": _mass(MARGINS, supposed.teams.margin_pmf()[at]),
        "total": _mass(TOTALS, supposed.teams.total_pmf()[at]),
        "game": compare_scores(evening.teams, supposed.teams, game_id),
        "players": compare(served.sample(game_id), sample).merge(
            people, on="player_id"
        ),
    }


def price(
    served: Served, text: str, stat: str, line: float | None, game: str | None
) -> dict[str, Any]:
    """Price a line on a player, as `tipoff price --json` does."""
    game_id = served.board.find_game(game) if game else None
    who = served.player(text, game_id)
    name, player_id = str(who["player_name"]), int(who["player_id"])
    sample = served.sample_of(who)
    return {
        "game_id": who["game_id"],
        "player_id": player_id,
        "player_name": name,
        "stat": stat,
        **price_player_line(sample, player_id, name, stat, line),
    }


def combination(served: Served, asked: Combination) -> dict[str, Any]:
    """Price a bet of several legs."""
    rows = [{"bet": "it", **vars(leg)} for leg in asked.legs]
    rows[0]["odds"] = asked.odds
    sheet = pd.DataFrame(rows).reindex(columns=list(SHEET), fill_value="")
    row = price_bets(served.board, parse_sheet(sheet.to_csv(index=False))).iloc[0]
    if row["error"]:
        raise SettingsError(str(row["error"]))
    return {str(name): row[name] for name in row.index.drop(["bet", "error"])}
