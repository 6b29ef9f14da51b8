"""Feast's online stores of SQLite and Redis, which hold whole states."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

from feast import FeatureView, RepoConfig
from feast.infra.online_stores.redis import RedisOnlineStore, RedisOnlineStoreConfig
from feast.infra.online_stores.sqlite import SqliteOnlineStore, SqliteOnlineStoreConfig
from feast.infra.supported_async_methods import SupportedAsyncMethods

from ml.errors import BusyError
from ml.features.feast.states import State, read_whole

_NOTE = "tipoff_state"
# The keys of a state that is not whole by then may be deleted.
_LONGEST_FILL_SECONDS = 3600
_AT_ONCE = 1000


class HomeSqliteOnlineStoreConfig(SqliteOnlineStoreConfig):
    """Settings of Feast's store of SQLite."""

    type: str = "ml.features.feast.stores.HomeSqliteOnlineStore"  # type: ignore[assignment]


class HomeSqliteOnlineStore(SqliteOnlineStore):
    """SQLite, in a file that says which state it holds.

    A state is written to a file of its own, which then takes this one's place. What
    Feast itself writes, it writes into the file: from then on that says nothing.
    """

    def state(self, config: RepoConfig) -> State | None:
        """Return what the file holds; None where it does not say."""
        if self._conn is None and not Path(config.online_store.path).exists():
            return None
        return _read_note(self._get_conn(config))

    def online_write_batch(self, config: RepoConfig, *given: Any, **named: Any) -> None:
        """Write as Feast does, and unsay which state it is."""
        self._get_conn(config).execute(f"drop table if exists {_NOTE}")
        super().online_write_batch(config, *given, **named)


def note_state(path: Path, state: State) -> None:
    """Let a file of SQLite say which state it holds."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"drop table if exists {_NOTE}")
        connection.execute(f"create table {_NOTE} (note text)")
        connection.execute(f"insert into {_NOTE} values (?)", (state.to_json(),))


def noted_state(path: Path) -> State | None:
    """Return the state that a file of SQLite says it holds, if any."""
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(path)) as connection:
            return _read_note(connection)
    except sqlite3.DatabaseError:
        return None


def _read_note(connection: sqlite3.Connection) -> State | None:
    tables = "select 1 from sqlite_master where name = ?"
    if connection.execute(tables, (_NOTE,)).fetchone() is None:
        return None
    row = connection.execute(f"select note from {_NOTE}").fetchone()
    return State.from_json(row[0]) if row else None


class HomeRedisOnlineStoreConfig(RedisOnlineStoreConfig):
    """Settings of Feast's store of Redis, and what is written.

    Attributes
    ----------
    filling : str
        The state that is written and not served yet; empty: the one that is served.
    """

    type: str = "ml.features.feast.stores.HomeRedisOnlineStore"  # type: ignore[assignment]
    filling: str = ""


class HomeRedisOnlineStore(RedisOnlineStore):
    """Redis, where every state has keys of its own and one key names the one served.

    A state is written beside the one that is served, and takes its place at once when
    it is whole. Whoever reads meanwhile looks again which one is served, and reads once
    more if it changed. A mark of each state keeps its keys from being deleted; that of
    a state that is not whole expires.

    What Feast itself writes, it writes into the state that is served: from then on
    nothing says which state that is.
    """

    @property
    def async_supported(self) -> SupportedAsyncMethods:
        """Nothing: there a change of the state would not be seen."""
        return SupportedAsyncMethods()

    def state(self, config: RepoConfig) -> State | None:
        """Return what is served; None where nothing is, or nothing says what."""
        note = self._get_client(config.online_store).get(_served(config))
        return State.from_json(note) if note else None

    def begin(self, config: RepoConfig) -> None:
        """Keep the keys of the state that is written from being deleted."""
        mark = _mark(config, config.online_store.filling)
        client = self._get_client(config.online_store)
        client.set(mark, "", ex=_LONGEST_FILL_SECONDS)

    def serve(
        self, config: RepoConfig, state: State, views: Iterable[FeatureView]
    ) -> None:
        """Serve the state that was written, and delete what no state needs.

        Raises
        ------
        BusyError
            If it took so long that its keys may have been deleted.
        """
        served, mark = _served(config), _mark(config, state.id)
        client = self._get_client(config.online_store)
        before = ""

        def swap(pipe: Any) -> None:
            nonlocal before
            before = _id(pipe.get(served))
            if not pipe.exists(mark):
                raise BusyError(
                    "filling the online store took more than "
                    f"{_LONGEST_FILL_SECONDS // 60} minutes; it is as it was",
                    "run again when the machine has less to do",
                )
            pipe.multi()
            pipe.set(served, state.to_json())
            pipe.persist(mark)
            if before:
                pipe.delete(_mark(config, before))

        client.transaction(swap, served, mark)
        if not before:
            # What Feast wrote by itself, or an earlier version.
            super().teardown(config, list(views), [])
        self._sweep(config)

    def get_online_features(self, config: RepoConfig, *given: Any, **named: Any) -> Any:
        """Read one state, whole."""
        read = super().get_online_features
        return self._read(config, lambda of: read(of, *given, **named))

    def online_read(self, config: RepoConfig, *given: Any, **named: Any) -> Any:
        """Read one view of one state."""
        read = super().online_read
        return self._read(config, lambda of: read(of, *given, **named))

    def online_write_batch(self, config: RepoConfig, *given: Any, **named: Any) -> None:
        """Write to the state that is filled, or as Feast does to the one served."""
        client = self._get_client(config.online_store)
        state = config.online_store.filling
        if not state and (state := _id(client.get(_served(config)))):
            client.set(_served(config), json.dumps({"id": state}))
        super().online_write_batch(_of(config, state), *given, **named)

    def teardown(self, config: RepoConfig, *given: Any, **named: Any) -> None:
        """Delete every state."""
        client = self._get_client(config.online_store)
        client.delete(_served(config), *client.scan_iter(_mark(config, "*")))
        self._sweep(config)
        super().teardown(config, *given, **named)

    def _read(self, config: RepoConfig, read: Any) -> Any:
        client = self._get_client(config.online_store)
        _, answer = read_whole(
            lambda: _id(client.get(_served(config))),
            lambda state: read(_of(config, state)),
        )
        return answer

    def _sweep(self, config: RepoConfig) -> None:
        """Delete the keys of every state that has no mark."""
        client = self._get_client(config.online_store)
        project = config.project.encode()
        of_state = re.compile(re.escape(project) + rb"@([0-9a-f]{32})\Z")
        marked: dict[bytes, bool] = {}
        keys = client.scan_iter(b"*" + project + b"@*", count=_AT_ONCE)
        while batch := list(islice(keys, _AT_ONCE)):
            with client.pipeline(transaction=False) as pipe:
                for key in batch:
                    if (found := of_state.search(key)) is None:
                        continue
                    state = found[1]
                    if state not in marked:
                        marked[state] = client.exists(_mark(config, state.decode()))
                    if not marked[state]:
                        pipe.unlink(key)
                pipe.execute()


def _served(config: RepoConfig) -> str:
    return f"{config.project}:served"


def _mark(config: RepoConfig, state: str) -> str:
    return f"{config.project}:state:{state}"


def _id(note: bytes | None) -> str:
    return str(json.loads(note)["id"]) if note else ""


def _of(config: RepoConfig, state: str) -> RepoConfig:
    """Return the configuration whose keys are those of a state."""
    if not state:
        return config
    return config.model_copy(update={"project": f"{config.project}@{state}"})
