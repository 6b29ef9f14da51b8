"""The same games as they were seen at another moment, or by who knew less."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import duckdb

from ml.errors import MissingError, SettingsError
from ml.features.build import build_features
from ml.features.datasets import build_player_train_dataset, build_team_train_dataset
from ml.features.incremental import project_digest
from ml.features.spines import PLAYER_GAME
from ml.settings import Settings
from ml.storage.files import replacing, write_text

# Minutes before tip-off; announced starters are known at the last.
HORIZONS = {"tipoff-6h": 360, "tipoff-60m": 60, "tipoff-30m": 30}


# What a league may lack, and the tables that hold it. Of an evening on which one team's
# report is in and the other's is not, the away side's is the one that lacks.
INFORMATION = {
    "reports": ("injury_reports",),
    "away_reports": ("injury_reports",),
    "stints": ("impact_lineup_stints", "play_by_play_stints"),
    "starters": ("starters",),
    "labels": ("player_seasons",),
}


_IS_AWAY = (
    "(game_id, team_id) in (select (game_id, away_team_id) from raw.games "
    "where superseded_at is null)"
)


def check_without(names: list[str]) -> None:
    """Stop where what shall be left out is not one of `INFORMATION`.

    Raises
    ------
    SettingsError
        If one is not.
    """
    if strangers := [name for name in names if name not in INFORMATION] or not names:
        raise SettingsError(
            f"--without cannot leave out {strangers if names else 'nothing'}",
            f"it can: {', '.join(INFORMATION)}, or several with commas between them",
        )


def horizon_of(settings: Settings) -> str:
    """Return the name of the horizon that a home was built for."""
    named = {minutes: name for name, minutes in HORIZONS.items()}
    minutes = settings.horizon_minutes
    return named.get(minutes, f"tipoff-{minutes}m")


def check_horizons(names: list[str]) -> None:
    """Stop where a horizon is not one of `HORIZONS`.

    Raises
    ------
    SettingsError
        If one is not.
    """
    if strangers := [name for name in names if name not in HORIZONS] or not names:
        raise SettingsError(
            f"there is no horizon {strangers if names else names}",
            f"there are: {', '.join(HORIZONS)}",
        )


def home_at(
    settings: Settings,
    name: str,
    folder: Path,
    *,
    without: Sequence[str] = (),
    since: str = "",
) -> Settings:
    """Return settings of a home whose training sets are of a horizon.

    Parameters
    ----------
    settings : Settings
        Of a home that was built.
    name : str
        One of `HORIZONS`.
    folder : Path
        Where a home for another horizon is kept; built there at the first call, and
        again where the warehouse or the project's SQL has changed since.
    without : sequence of str
        What is left out (`INFORMATION`).
    since : str
        The first season that lacks it, such as ``2022-23``; all do where absent.

    Returns
    -------
    Settings
        These, where the home is of that horizon and nothing is left out; else of a home
        under `folder`.

    Raises
    ------
    MissingError
        If there is no warehouse.
    """
    from ml.features.feast import apply

    if name != horizon_of(settings):
        check_horizons([name])
    if without:
        check_without(list(without))
    minutes = HORIZONS.get(name, settings.horizon_minutes)
    if minutes == settings.horizon_minutes and not without:
        return settings
    if not settings.warehouse.exists():
        raise MissingError(
            f"there is no warehouse at {settings.warehouse}",
            "run `tipoff ingest SOURCE` first",
        )
    lacking = [f"without-{'-'.join(sorted(without))}", since] if without else []
    chosen = settings.model_copy(
        update={
            "home": folder / "_".join(filter(None, [name, *lacking])),
            "horizon_minutes": minutes,
        }
    )
    done, project = chosen.home / "built", project_digest(chosen)
    if (
        done.exists()
        and done.read_text("utf-8") == project
        and done.stat().st_mtime >= settings.warehouse.stat().st_mtime
    ):
        return chosen
    with replacing(chosen.warehouse) as temporary:
        shutil.copyfile(settings.warehouse, temporary)
        _leave_out(chosen, temporary, without, since)
    build_features(chosen)
    apply(chosen)
    build_team_train_dataset(chosen)
    for old in chosen.model_dir.glob(PLAYER_GAME.path(chosen, "*").name):
        old.unlink()
    write_text(done, project)
    return chosen


def _leave_out(
    settings: Settings, warehouse: Path, without: Sequence[str], since: str
) -> None:
    """Delete what is left out from the raw tables of a copied warehouse."""
    if not without:
        return
    with closing(duckdb.connect(str(warehouse))) as connection:
        connection.execute(f"set memory_limit = '{settings.duckdb_memory}'")
        first, before = connection.execute(
            "select min(cast(game_date as date)) filter (season >= $since), "
            "coalesce(max(season) filter (season < $since), '') from raw.games",
            {"since": since},
        ).fetchall()[0]
        chosen = [(name, table) for name in without for table in INFORMATION[name]]
        for name, table in chosen:
            if table == "injury_reports":
                rule, value = "cast(game_date as date) >= ?", first
                if name == "away_reports":
                    rule += f" and {_IS_AWAY}"
            elif table == "player_seasons":
                # A season's label is read from its end on, in the next one.
                rule, value = "season >= ?", before
            else:
                rule, value = "season >= ?", since
            connection.execute(f"delete from raw.{table} where {rule}", [value])


def player_home_at(settings: Settings, name: str, folder: Path) -> Settings:
    """Return `home_at` with training sets of players, written where they are absent."""
    if name == horizon_of(settings):
        return settings
    chosen = home_at(settings, name, folder)
    files = PLAYER_GAME.path(chosen, "*").name
    if not list(chosen.model_dir.glob(files)):
        build_player_train_dataset(chosen)
    return chosen
