"""A small home as dbt would leave it: a manifest, feature tables, spines."""

import json
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from ml.settings import Settings

TEAMS = (1, 2, 3, 4, 5, 6)
POSITIONS = ("PG", "C")
N_DAYS = 40
PLAYERS_A_TEAM = 4


def _column(name, data_type, **meta):
    return {
        "name": name,
        "data_type": data_type,
        "description": f"What {name} says.",
        "config": {"meta": meta},
    }


def _view(name, keys, features, *, ttl_days, services):
    types = {"position": "varchar", "game_id": "varchar"}
    columns = [
        *(_column(key, types.get(key, "bigint")) for key in keys),
        _column("event_timestamp", "timestamptz"),
        _column("created_timestamp", "timestamptz"),
        *(
            _column(key, kind, services=list(services), **meta)
            for key, (kind, meta) in features.items()
        ),
    ]
    return _model(
        name,
        "features",
        columns,
        meta={"feast": {"entities": list(keys), "ttl_days": ttl_days}},
        upstream=["model.tipoff.stg_games"],
        macros=["macro.tipoff.feature", "macro.dbt.run"],
    )


def _model(name, layer, columns, *, meta=None, upstream=(), macros=()):
    return {
        "unique_id": f"model.tipoff.{name}",
        "resource_type": "model",
        "name": name,
        "fqn": ["tipoff", layer, name],
        "description": f"{name}: one row per key.",
        "columns": {column["name"]: column for column in columns},
        "config": {"meta": meta or {}},
        "checksum": {"checksum": f"sql of {name}"},
        "depends_on": {"nodes": list(upstream), "macros": list(macros)},
    }


def _exposure(name, spine, views, sides):
    return {
        "name": name,
        "type": "ml",
        "description": "",
        "depends_on": {"nodes": [f"model.tipoff.{view}" for view in views]},
        "config": {"meta": {"service": name, "spine": spine, "sides": sides}},
    }


def manifest():
    """The manifest of four views, two spines and two services."""
    spine = ["game_id", "season", "tipoff_at", "forecast_at"]
    models = [
        _model("stg_games", "staging", []),
        _view(
            "fv_team_form",
            ["team_id"],
            {
                "net_rating_l10": (
                    "double",
                    {
                        "can_be": {"min": -60, "max": 60},
                        "has_been": {"min": -31, "max": 31, "null_share": 0.1},
                    },
                ),
                "games_played": ("bigint", {"can_be": {"min": 0, "max": 110}}),
            },
            ttl_days=30,
            services=["team_matchup", "player_game"],
        ),
        _view(
            "fv_team_schedule",
            ["game_id", "team_id"],
            {
                "rest_days": ("bigint", {"can_be": {"min": 0}}),
                "is_back_to_back": ("boolean", {}),
                "season_phase": ("varchar", {}),
            },
            ttl_days=400,
            services=["team_matchup"],
        ),
        _view(
            "fv_player_form",
            ["player_id"],
            {"pts_l5": ("double", {"can_be": {"min": 0}, "has_been": {"max": 80}})},
            ttl_days=10,
            services=["player_game"],
        ),
        _view(
            "fv_team_position_defense",
            ["team_id", "position"],
            {"pts_allowed_per_36": ("double", {})},
            ttl_days=None,
            services=["player_game"],
        ),
        _model(
            "fct_team_matchups",
            "marts",
            [_column(name, "") for name in [*spine, "home_team_id", "away_team_id"]],
        ),
        _model(
            "fct_player_games",
            "marts",
            [
                _column(name, "")
                for name in [
                    *spine,
                    "player_id",
                    "team_id",
                    "opponent_team_id",
                    "position",
                ]
            ],
        ),
    ]
    exposures = [
        _exposure(
            "team_matchup",
            "fct_team_matchups",
            ["fv_team_form", "fv_team_schedule"],
            ["home", "away"],
        ),
        _exposure(
            "player_game",
            "fct_player_games",
            ["fv_player_form", "fv_team_form", "fv_team_position_defense"],
            {
                "team": ["fv_team_form"],
                "opponent": ["fv_team_form", "fv_team_position_defense"],
            },
        ),
    ]
    return {
        "metadata": {"project_name": "tipoff"},
        "nodes": {model["unique_id"]: model for model in models},
        "macros": {
            "macro.tipoff.feature": {
                "package_name": "tipoff",
                "macro_sql": "round({{ x }}, 6)",
                "depends_on": {"macros": []},
            },
            "macro.dbt.run": {
                "package_name": "dbt",
                "macro_sql": "run",
                "depends_on": {"macros": []},
            },
        },
        "exposures": {
            f"exposure.tipoff.{exposure['name']}": exposure for exposure in exposures
        },
    }


def games():
    """Three games a day for `N_DAYS` days, each team once a day, tip-off 00:30 UTC."""
    random = np.random.default_rng(7)
    rows = []
    for day in range(N_DAYS):
        order = random.permutation(TEAMS)
        for place in range(0, len(order), 2):
            tipoff = pd.Timestamp("2024-01-02 00:30") + pd.Timedelta(days=day)
            rows.append(
                {
                    "game_id": f"00{len(rows):04d}",
                    "season": "2023-24" if day < N_DAYS - 10 else "2024-25",
                    "game_date": tipoff.normalize() - pd.Timedelta(days=1),
                    "tipoff_at": tipoff,
                    "forecast_at": tipoff - pd.Timedelta(minutes=60),
                    "home_team_id": int(order[place]),
                    "away_team_id": int(order[place + 1]),
                }
            )
    return pd.DataFrame(rows)


def feature_tables():
    """The four feature tables; a state is known three hours after tip-off."""
    random = np.random.default_rng(11)
    schedule = games()
    sides = [
        schedule.assign(team_id=schedule["home_team_id"]),
        schedule.assign(team_id=schedule["away_team_id"]),
    ]
    team_games = pd.concat(sides).sort_values(
        ["tipoff_at", "team_id"], ignore_index=True
    )
    known_at = (team_games["tipoff_at"] + pd.Timedelta(hours=3)).dt.tz_localize("UTC")
    stamps = {"event_timestamp": known_at, "created_timestamp": known_at}
    n_rows = len(team_games)

    form = team_games[["team_id"]].assign(
        **stamps,
        net_rating_l10=np.round(random.normal(0, 8, n_rows), 6),
        games_played=team_games.groupby("team_id").cumcount().to_numpy() + 1,
    )
    form.loc[form["games_played"] < 3, "net_rating_l10"] = np.nan
    early = (team_games["tipoff_at"] - pd.Timedelta(days=5)).dt.tz_localize("UTC")
    rest = random.integers(0, 4, n_rows)
    plan = team_games[["game_id", "team_id"]].assign(
        event_timestamp=early,
        created_timestamp=early,
        rest_days=pd.array(np.where(rest == 3, None, rest), dtype="Int64"),
        is_back_to_back=pd.array(np.where(rest == 3, None, rest == 0), "boolean"),
        season_phase=np.where(rest == 2, "early", "late"),
    )
    players = team_games.loc[
        team_games.index.repeat(PLAYERS_A_TEAM), ["team_id", "tipoff_at"]
    ].reset_index(drop=True)
    seat = np.tile(np.arange(PLAYERS_A_TEAM), n_rows)
    players["player_id"] = players["team_id"] * 100 + seat
    # The last player of each team is hurt for good after a week: his form expires.
    playing = (seat < PLAYERS_A_TEAM - 1) | (players["tipoff_at"] < "2024-01-09")
    known = (players["tipoff_at"] + pd.Timedelta(hours=3)).dt.tz_localize("UTC")
    player_form = players[["player_id"]].assign(
        event_timestamp=known,
        created_timestamp=known,
        pts_l5=np.round(random.gamma(4, 3, len(players)), 6),
    )[playing]
    guarded = team_games.loc[team_games.index.repeat(len(POSITIONS))]
    known = (guarded["tipoff_at"] + pd.Timedelta(hours=3)).dt.tz_localize("UTC")
    defense = guarded[["team_id"]].assign(
        position=list(POSITIONS) * n_rows,
        event_timestamp=known,
        created_timestamp=known,
        pts_allowed_per_36=np.round(random.normal(15, 2, len(guarded)), 6),
    )
    return {
        "fv_team_form": form,
        "fv_team_schedule": plan,
        "fv_player_form": player_form,
        "fv_team_position_defense": defense,
    }


def player_games():
    """Every player of both teams in every game."""
    schedule = games()
    rows = []
    for home, away in (("home", "away"), ("away", "home")):
        side = schedule.assign(
            team_id=schedule[f"{home}_team_id"],
            opponent_team_id=schedule[f"{away}_team_id"],
            is_home=home == "home",
        )
        for seat in range(PLAYERS_A_TEAM):
            rows.append(
                side.assign(
                    player_id=side["team_id"] * 100 + seat,
                    position=POSITIONS[seat % len(POSITIONS)],
                    min=20 + seat,
                )
            )
    return pd.concat(rows, ignore_index=True).drop(
        columns=["home_team_id", "away_team_id"]
    )


def make_home(home: Path) -> Settings:
    """Write everything under `home` and return its settings."""
    settings = Settings(home=home, threads=2)
    settings.manifest.parent.mkdir(parents=True)
    settings.manifest.write_text(json.dumps(manifest()))
    settings.features_dir.mkdir(parents=True)
    for name, table in feature_tables().items():
        table.to_parquet(settings.features_dir / f"{name}.parquet", index=False)
    matchups = games()
    matchups["home_pts"] = 100 + np.arange(len(matchups)) % 30
    lines = player_games()
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.register("matchups", matchups)
        warehouse.register("lines", lines)
        names = ["ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX"]
        teams = pd.DataFrame({"team_id": TEAMS, "team_abbreviation": names})
        warehouse.register("teams", teams)
        warehouse.execute("create table stg_teams as from teams")
        warehouse.execute(
            "create table int_player_names as select distinct player_id, "
            "'Player ' || player_id as player_name from lines"
        )
        for table, frame in (
            ("fct_team_matchups", "matchups"),
            ("fct_player_games", "lines"),
        ):
            warehouse.execute(
                f"create table {table} as "
                f"select * replace (game_date::date as game_date) from {frame}"
            )
    return settings
