"""Play-by-play goes into the warehouse game by game, once, and beside given stints."""

import os
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_stints_rules import (
    AWAY,
    FOUL,
    HOME,
    PERIOD_END,
    PERIOD_START,
    SHOOTING,
    TEN,
    event,
    free_throw,
    made,
    present,
    sub,
    table,
)

from ml.errors import MissingError, SourceError
from ml.ingest.playbyplay.events import read_play_by_play
from ml.ingest.playbyplay.run import ingest_play_by_play
from ml.settings import Settings

STINT_KINDS = {
    "game_id": "varchar",
    "season": "varchar",
    "stint_idx": "bigint",
    "period": "bigint",
    "start_elapsed": "double",
    "end_elapsed": "double",
    "seconds": "double",
    **{f"{side}_p{one}": "bigint" for side in ("home", "away") for one in range(1, 6)},
    **dict.fromkeys(("home_pts", "away_pts", "home_poss", "away_poss"), "bigint"),
    "known_at": "timestamp",
    "superseded_at": "timestamp",
}  # fmt: skip


def events(*more):
    return [
        event("12:00", PERIOD_START),
        *present(*TEN),
        event("10:00", FOUL, 21, action=SHOOTING, second=11),
        free_throw("10:00", 11, 11),
        free_throw("10:00", 11, 12),
        made("9:40", 21),
        *more,
        event("0:00", PERIOD_END),
    ]


def write(path, rows, game_id="1"):
    whole = table(rows).set_column(0, "game_id", pa.array([game_id] * len(rows)))
    pq.write_table(whole.select(table(rows).column_names), path)


@pytest.fixture
def settings(tmp_path):
    settings = Settings(home=tmp_path / "home", threads=1)
    settings.home.mkdir()
    kinds = ", ".join(f"{name} {kind}" for name, kind in STINT_KINDS.items())
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute(
            f"""
            create schema raw;
            create table raw.games as select
                game_id, '2023-24' as season, {HOME} as home_team_id,
                {AWAY} as away_team_id, 2::bigint as home_pts, 2::bigint as away_pts,
                null::timestamp as superseded_at
            from (values ('1'), ('2')) as ids (game_id);
            update raw.games set home_pts = null, away_pts = null where game_id = '2';
            create table raw.player_game_stats
                (game_id varchar, player_id bigint, min int, superseded_at timestamp);
            create table raw.ingests as select timestamp '2024-02-01 12:00' as as_of;
            create table raw.impact_lineup_stints ({kinds});
            insert into raw.impact_lineup_stints values
                ('1', '2023-24', 0, 1, 0, 360, 360, 15, 14, 13, 12, 11,
                 21, 22, 23, 24, 25, 2, 2, 1, 1, null, null),
                ('1', '2023-24', 1, 1, 360, 720, 360, 11, 12, 13, 14, 16,
                 21, 22, 23, 24, 25, 0, 0, 0, 0, null, null)
            """
        )
    return settings


def stored(settings, sql):
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        return warehouse.execute(sql).fetchall()


def test_a_game_is_taken_once(settings, tmp_path):
    file = tmp_path / "events.parquet"
    write(file, events())
    first = ingest_play_by_play(file, settings)
    assert (first.n_taken, first.n_games, first.n_stints) == (1, 1, 1)
    assert stored(
        settings,
        "select home_pts, away_pts, home_poss, away_poss, seconds, home_p1, season, "
        "known_at from raw.play_by_play_stints",
    ) == [(2, 2, 1, 1, 720, 11, "2023-24", None)]
    assert ingest_play_by_play(file, settings).n_taken == 0
    # The same game with other events: it was resolved, and stays as it is.
    write(file, events(sub("5:00", 11, 16)))
    again = ingest_play_by_play(file, settings)
    assert (again.n_taken, again.n_stints) == (0, 1)


def test_shots_and_fouls_are_counted_by_player(settings, tmp_path):
    write(tmp_path / "events.parquet", events())
    ingest_play_by_play(tmp_path, settings)
    rows = stored(
        settings,
        "select player_id, team_id, rim_fga, rim_fgm, shooting_fouls_drawn "
        "from raw.play_by_play_shots where rim_fga + shooting_fouls_drawn > 0 "
        "order by player_id",
    )
    assert rows == [(11, HOME, 0, 0, 1), (21, AWAY, 1, 1, 0)]


def test_it_is_compared_with_the_given_stints(settings, tmp_path):
    write(tmp_path / "events.parquet", events())
    agreement = ingest_play_by_play(tmp_path, settings).agreement
    # For the second half of the time the given stints have another player.
    assert (agreement.n_games, agreement.n_same_points) == (1, 1)
    assert (agreement.same_ten, agreement.possessions) == (0.5, 1.0)


def test_an_unresolved_game_says_why_and_is_tried_again(settings, tmp_path):
    file = tmp_path / "events.parquet"
    write(file, events(made("5:00", 11)))
    found = ingest_play_by_play(file, settings)
    assert found.unresolved == (("1", "the events add up to 4-2, the final is 2-2"),)
    assert found.n_stints == 0
    assert ingest_play_by_play(file, settings).n_taken == 0
    write(file, events())
    put_right = ingest_play_by_play(file, settings)
    assert (put_right.n_taken, put_right.unresolved) == (1, ())
    (moment,) = stored(
        settings, "select distinct known_at from raw.play_by_play_stints"
    )
    assert moment[0] == pd.Timestamp("2024-02-01 12:00")


def test_a_file_is_read_again_when_a_game_has_got_its_result(settings, tmp_path):
    file = tmp_path / "events.parquet"
    write(file, events(), game_id="2")
    assert ingest_play_by_play(file, settings).n_taken == 0
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute("update raw.games set home_pts = 2, away_pts = 2")
    assert ingest_play_by_play(file, settings).n_taken == 1


def test_a_warehouse_and_files_are_needed(settings, tmp_path):
    with pytest.raises(MissingError, match="does not exist"):
        ingest_play_by_play(tmp_path / "nowhere", settings)
    with pytest.raises(MissingError, match="no warehouse"):
        ingest_play_by_play(tmp_path, Settings(home=tmp_path / "empty"))


def test_only_files_that_end_are_read(tmp_path):
    folder = tmp_path / "pbp"
    folder.mkdir()
    os.mkfifo(folder / "a.csv")
    with pytest.raises(SourceError, match="not a regular file"):
        read_play_by_play([folder])
    (folder / "a.csv").unlink()
    (folder / "a.parquet").symlink_to("/dev/zero")
    with pytest.raises(SourceError, match="not a regular file"):
        read_play_by_play([folder])
    with pytest.raises(SourceError, match="not a regular file"):
        read_play_by_play([Path("/dev/zero")])


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"a,b\n1", b"PAR1", b"x" * 3_000_000]
)
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_what_is_no_play_by_play_is_said_so(tmp_path, content, ending):
    path = tmp_path / f"x.{ending}"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=str(path)):
        read_play_by_play([path])


def test_a_few_bytes_cannot_stand_for_endless_text(tmp_path, monkeypatch):
    write(tmp_path / "x.parquet", events())
    whole = pq.read_table(tmp_path / "x.parquet")
    position = whole.column_names.index("home_description")
    long = pa.array(["x" * 20_000] * len(whole))
    pq.write_table(
        whole.set_column(position, "home_description", long), tmp_path / "x.parquet"
    )
    with pytest.raises(SourceError, match="home_description has a cell"):
        read_play_by_play([tmp_path / "x.parquet"])
    monkeypatch.setattr("ml.ingest.playbyplay.events._MOST_ROWS", 3)
    with pytest.raises(SourceError, match="rows, more than 3"):
        read_play_by_play([tmp_path / "x.parquet"])


def test_play_by_play_of_no_game_is_counted_beside_the_ids_that_there_are(
    settings, tmp_path
):
    (tmp_path / "events").mkdir()
    write(tmp_path / "events" / "1.parquet", events())
    assert ingest_play_by_play(tmp_path / "events", settings).unmatched is None
    write(tmp_path / "events" / "2.parquet", events(), game_id="22300001")
    n_rows = len(events())
    summary = ingest_play_by_play(tmp_path / "events", settings)
    words = (
        "1 games match no game of the league: their game_id is such as '22300001', "
        "the league's such as '2', '1'"
    )
    assert summary.line.endswith(f"; {n_rows} rows of {words}")
    # A file is read once; what is amiss with it is said every time.
    again = ingest_play_by_play(tmp_path / "events", settings)
    assert again.line.endswith(f"are known; {words}")
