"""What a season's training file was made from, as a digest that the file carries."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ml.features.catalog import EVENT_TIMESTAMP, Catalog, FeatureService
from ml.settings import CODE_DIR, Settings
from ml.storage.files import files_under
from ml.storage.warehouse import open_memory

MARK = b"tipoff_inputs"
# What turns states of features into a frame.
_CODE = ("ml/features/catalog.py", "ml/features/datasets.py", "ml/features/feast")


def digests(
    settings: Settings, service: FeatureService, spine: pa.Table
) -> dict[str, str]:
    """Digest all that each season's rows depend on.

    A question sees states up to its own moment alone. So a season depends on its rows
    of the spine, on the service, and on the states known by its last question; a day
    more leaves earlier seasons as they were, and a correction of last year does not.

    Parameters
    ----------
    settings : Settings
        Says where the features are.
    service : FeatureService
        What is joined.
    spine : pa.Table
        The rows of all seasons, with ``season`` and ``forecast_at``.

    Returns
    -------
    dict of str to str
        Season to digest.
    """
    ends = spine.group_by("season").aggregate([("forecast_at", "max")]).to_pylist()
    last = {row["season"]: row["forecast_at_max"] for row in ends}
    moments = sorted(set(last.values()))
    views = {join.view.name: join.view for join in service.joins}
    states = {
        name: _states(settings, view.parquet(settings), moments)
        for name, view in sorted(views.items())
    }
    found = {}
    for season, moment in last.items():
        digest = hashlib.sha256(f"{service.content_hash} {_code()}".encode())
        rows = spine.filter(pc.equal(spine["season"], season))
        with open_memory(settings) as memory:
            memory.register("spine", rows)
            digest.update(_sum(memory, "from spine as file").encode())
        place = moments.index(moment)
        for name, sums in states.items():
            digest.update(f"{name} {sums[: place + 1]}".encode())
        found[str(season)] = digest.hexdigest()
    return found


def digest_of_state(settings: Settings, catalog: Catalog, until: datetime) -> str:
    """Digest all that an online store of one moment is filled from.

    Parameters
    ----------
    settings : Settings
        Says where the features are.
    catalog : Catalog
        Which there are.
    until : datetime
        The moment (UTC).

    Returns
    -------
    str
        The same wherever the rows in force at the moment, and what describes them, are
        the same.
    """
    digest = hashlib.sha256()
    with open_memory(settings) as memory:
        for view in catalog.views:
            types = [(feature.name, feature.data_type) for feature in view.features]
            digest.update(f"{view.name} {view.entities} {view.ttl} {types}".encode())
            file = str(view.parquet(settings)).replace("'", "''")
            known = f"{EVENT_TIMESTAMP}::timestamptz"
            source = (
                f"from read_parquet('{file}') as file "
                f"where {known} <= timestamptz '{until.isoformat()}'"
            )
            if view.ttl is not None:
                start = (until - view.ttl).isoformat()
                source += f" and {known} >= timestamptz '{start}'"
            digest.update(_sum(memory, source).encode())
    return digest.hexdigest()


def made_from(path: Path) -> str:
    """Return the digest that a training file carries; empty without one."""
    if not path.exists():
        return ""
    try:
        metadata = pq.read_schema(path).metadata or {}
    except (pa.ArrowInvalid, OSError):
        return ""
    return str(metadata.get(MARK, b"").decode())


def with_digest(table: pa.Table, digest: str) -> pa.Table:
    """Let a table carry its digest."""
    return table.replace_schema_metadata(
        {**(table.schema.metadata or {}), MARK: digest.encode()}
    )


def _states(settings: Settings, path: Path, moments: Sequence[datetime]) -> list[str]:
    """Digest the rows of a view between each moment and the one before."""
    number = " + ".join(
        f"({EVENT_TIMESTAMP}::timestamptz > timestamptz '{moment.isoformat()}')::int"
        for moment in moments
    )
    with open_memory(settings) as memory:
        file = str(path).replace("'", "''")
        told = {
            int(place): f"{n_rows} {total}"
            for place, n_rows, total in memory.execute(
                f"select {number} as place, count(*), sum(hash(file)) "
                f"from read_parquet('{file}') as file group by place"
            ).fetchall()
        }
    return [told.get(place, "") for place in range(len(moments))]


def _sum(memory: duckdb.DuckDBPyConnection, source: str) -> str:
    row = memory.execute(f"select count(*), sum(hash(file)) {source}").fetchone()
    return str(row)


def _code() -> str:
    digest = hashlib.sha256()
    for path in files_under(CODE_DIR, _CODE, (".py",)):
        digest.update(path.read_bytes())
    return digest.hexdigest()
