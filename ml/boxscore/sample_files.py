"""The draws themselves, kept as Parquet for anyone who wants to ask more of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ml.boxscore.sample import BoxSample
from ml.boxscore.stats import BOX
from ml.storage.files import replacing

SCHEMA = pa.schema(
    [
        ("game_id", pa.string()),
        ("draw", pa.int32()),
        ("team_id", pa.int64()),
        ("player_id", pa.int64()),
        *((name, pa.int16()) for name in BOX),
    ]
)


@contextmanager
def keep_samples(path: Path) -> Iterator[Callable[[BoxSample], None]]:
    """Write samples to a Parquet file, one game at a time.

    Parameters
    ----------
    path : Path
        The file; it appears when all are written.

    Yields
    ------
    callable
        Takes each game's `BoxSample`. One row a draw and player who plays in it;
        who is absent from a draw does not play.
    """
    with (
        replacing(path) as temporary,
        pq.ParquetWriter(temporary, SCHEMA, compression="zstd") as writer,
    ):
        yield lambda sample: writer.write_table(sample_table(sample))


def sample_table(sample: BoxSample) -> pa.Table:
    """Return the draws of one game as rows of `SCHEMA`, in order of draw."""
    draw, player = np.nonzero(sample.plays)
    columns = {
        "game_id": np.repeat(sample.game_id, len(draw)),
        "draw": draw.astype(np.int32),
        "team_id": sample.team_id[player],
        "player_id": sample.player_id[player],
        **{name: sample.box[name][draw, player] for name in BOX},
    }
    return pa.table(columns, schema=SCHEMA)
