"""Up to when the features of the last build still hold.

Feature rows stamped by a moment depend on nothing that became known after it: that is
what the proofs of truncation prove. So where all that was known by the last build's
moment is as it was, so are its rows, and only later ones need to be built. What was
known is compared by digest, whatever brought the rows; a correction that is dated back,
a late result, a change of the project or of a file: each has everything built again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import duckdb

from ml.ingest.contract import known_after, tipoff_or_usual
from ml.ingest.ingest_log import last_moment
from ml.settings import CODE_DIR, Settings
from ml.storage.files import files_under, write_text
from ml.storage.warehouse import open_warehouse

_PROJECT = ("models", "macros", "seeds", "tests/dbt", "dbt_project.yml")
_CODE = ("ml/ratings", "ml/ingest")
_KNOWN = "coalesce(rows.known_at <= $until, true)"
_OVER = f"rows.game_id in (select game_id from over_by) and {_KNOWN}"
_OF_GAMES = (
    *("games", "team_game_stats", "player_game_stats", "starters"),
    *("impact_lineup_stints", "play_by_play_stints", "play_by_play_shots"),
)
_REPORTED = (
    f"{_KNOWN} and report_at_et "
    "at time zone 'America/New_York' at time zone 'UTC' <= $until"
)
# As `stg_transactions` has it.
_TOLD = (
    f"{_KNOWN} and greatest(least(observed_at_utc, (greatest(transaction_date, "
    "known_date) + interval 1 day) at time zone 'America/New_York' "
    "at time zone 'UTC'), transaction_date::timestamp "
    "at time zone 'America/New_York' at time zone 'UTC') <= $until"
)
_ROWS = {
    **{
        table: f"select * from raw.{table} as rows where {_OVER}" for table in _OF_GAMES
    },
    "openings": "select * from openings",
    # Of a game that was not played there may be rows from before that was known.
    "not_played": "select *, null::timestamp as superseded_at from not_played",
    "injury_reports": f"select * from raw.injury_reports as rows where {_REPORTED}",
    "transactions": f"select * from raw.transactions as rows where {_TOLD}",
    # Of nobody else there is a row, and a season's labels count from the next on.
    "players": (
        f"select * from raw.players as rows where {_KNOWN} and (player_id in "
        f"(select player_id from raw.player_game_stats as rows where {_OVER}) "
        f"or player_id in (select player_id from raw.injury_reports as rows "
        f"where {_REPORTED}) or player_id in (select player_id from raw.transactions "
        f"as rows where {_TOLD}))"
    ),
    "player_seasons": (
        f"select * from raw.player_seasons as rows where {_KNOWN} "
        "and season < (select max(season) from openings)"
    ),
}
# All that the views with rows by the watermark may be made from.
SOURCES = frozenset(_ROWS) - {"openings", "not_played"}


@dataclass(frozen=True)
class _Standing:
    """What a build was made from, and what it left.

    Attributes
    ----------
    until : str
        The newest moment that the build knew (UTC).
    project, known : str
        Digests of the project, and of the rows known by then.
    line : str
        Names the line of builds, each upon the last, that this one belongs to.
    files : dict of str to list of int
        Size and time of every feature file.
    """

    until: str
    project: str
    known: str
    line: str
    files: dict[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Watermark:
    """Up to when the rows of the last build hold.

    Attributes
    ----------
    until : datetime
        The newest moment that it knew (UTC). A row stamped by then is in every later
        build of the same line, and no other row so stamped.
    line : str
        Names the line of builds, each upon the last; a whole build begins another.
    """

    until: datetime
    line: str


def last_watermark(settings: Settings) -> Watermark | None:
    """Return the watermark of the last build, whatever became known since.

    Parameters
    ----------
    settings : Settings
        Says which home.

    Returns
    -------
    Watermark, optional
        None where no build ended, or the feature files are not those that it left.
    """
    noted = _read_note(settings)
    if noted is None or noted.files != _files(settings):
        return None
    return Watermark(datetime.fromisoformat(noted.until), noted.line)


def valid_watermark(settings: Settings) -> Watermark | None:
    """Return `last_watermark` if all that was known by then is as it was, else None."""
    watermark = last_watermark(settings)
    if watermark is None:
        return None
    try:
        found = _standing(settings, watermark)
    except duckdb.CatalogException:
        return None
    return watermark if found == _read_note(settings) else None


def write_watermark(
    settings: Settings, until: datetime | None = None, *, line: str | None = None
) -> None:
    """Note what a build that has just ended was made from.

    Parameters
    ----------
    settings : Settings
        Says which home.
    until : datetime, optional
        The newest moment that it knew (UTC); that of the last ingest where absent.
    line : str, optional
        The line of the build that it was made upon; it begins one where absent.
    """
    until = until or _last_ingest(settings)
    if until is not None:
        standing = _standing(settings, Watermark(until, line or uuid4().hex))
        write_text(_note(settings), json.dumps(asdict(standing), indent=1) + "\n")


def remove_watermark(settings: Settings) -> None:
    """Let the next build build everything."""
    _note(settings).unlink(missing_ok=True)


def project_digest(settings: Settings) -> str:
    """Hash all files and settings that decide what is built.

    Parameters
    ----------
    settings : Settings
        Says where the project is, and which horizon.

    Returns
    -------
    str
    """
    digest = hashlib.sha256(
        repr((settings.horizon_minutes, settings.max_bad_share)).encode()
    )
    suffixes = (".sql", ".yml", ".py", ".csv")
    for folder, names in ((settings.project_dir, _PROJECT), (CODE_DIR, _CODE)):
        for path in files_under(folder, names, suffixes):
            digest.update(str(path.relative_to(folder)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _standing(settings: Settings, watermark: Watermark) -> _Standing:
    return _Standing(
        until=watermark.until.isoformat(),
        project=project_digest(settings),
        known=_digest_known(settings, watermark.until),
        line=watermark.line,
        files=_files(settings),
    )


def _files(settings: Settings) -> dict[str, list[int]]:
    return {
        path.name: [path.stat().st_size, path.stat().st_mtime_ns]
        for path in sorted(settings.features_dir.glob("fv_*.parquet"))
    }


def _read_note(settings: Settings) -> _Standing | None:
    """Read the note; None where there is none, or not one of this format."""
    try:
        noted = _Standing(**json.loads(_note(settings).read_text("utf-8")))
        datetime.fromisoformat(noted.until)
    except (OSError, ValueError, TypeError):
        return None
    return noted


def _digest_known(settings: Settings, until: datetime) -> str:
    """Digest the rows that were known by a moment, in whatever order."""
    values = {"until": until}
    with open_warehouse(settings) as warehouse:
        warehouse.execute(
            f"""
            create temp table tipoffs as
            select
                game_id,
                season,
                {tipoff_or_usual()}
                at time zone 'America/New_York' at time zone 'UTC' as tipoff_at
            from raw.games
            """
        )
        warehouse.execute(
            "create temp table over_by as select game_id from tipoffs "
            "where tipoff_at + $known_after <= $until",
            {**values, "known_after": known_after()},
        )
        warehouse.execute(
            """
            create temp table openings as
            select
                season,
                min(tipoff_at) as first_tipoff_at,
                null::timestamp as superseded_at
            from tipoffs
            group by season
            having min(tipoff_at) - interval 24 hours <= $until
            """,
            values,
        )
        warehouse.execute(
            """
            create temp table not_played as
            with days as (
                select max(game_date) as day from raw.games where home_pts is not null
                union all
                select max(report_at_et::date) as day from raw.injury_reports
            )
            select game_id
            from raw.games
            where
                home_pts is null
                and superseded_at is null
                and (
                    status is not null or game_date < (select max(day) from days)
                )
            """
        )
        digests = [
            warehouse.execute(
                f"""
                with known as (
                    select * replace (
                        case when superseded_at <= $until then superseded_at end
                        as superseded_at
                    )
                    from ({rows})
                )
                select count(*), sum(hash(known)) from known
                """,
                values,
            ).fetchone()
            for rows in _ROWS.values()
        ]
    return hashlib.sha256(repr(digests).encode()).hexdigest()


def _last_ingest(settings: Settings) -> datetime | None:
    with open_warehouse(settings) as warehouse:
        return last_moment(warehouse)


def _note(settings: Settings) -> Path:
    return settings.home / "dbt" / "watermark.json"
