"""What an online store holds, in its own words, and reading it whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TypeVar

from ml.errors import BusyError

_ATTEMPTS = 5

Held = TypeVar("Held")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class State:
    """The state of one moment, as the online store that holds it says.

    Attributes
    ----------
    id : str
        Another one for every time that a store was filled.
    until : datetime
        The last moment that it knows (UTC).
    digest : str
        Of the rows that were in force then, as
        `ml.features.fingerprints.digest_of_state` has it.
    features : dict of str to list of str
        What it holds of each view.
    line : str
        The line of builds that it may be carried on with; empty: none.
    carried : dict of str to str
        Up to when it holds rows of each view that later builds of the line have too.
    """

    id: str
    until: datetime
    digest: str
    features: dict[str, list[str]]
    line: str = ""
    carried: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the note that `from_json` reads."""
        return json.dumps(asdict(self) | {"until": self.until.isoformat()})

    @classmethod
    def from_json(cls, note: str | bytes) -> State | None:
        """Read a note; None where it is not one of this format."""
        try:
            said = json.loads(note)
            return cls(**said | {"until": datetime.fromisoformat(said["until"])})
        except (ValueError, TypeError, KeyError):
            return None


def read_whole(
    held: Callable[[], Held], read: Callable[[Held], Answer]
) -> tuple[Held, Answer]:
    """Read something while what is held stays the same.

    Parameters
    ----------
    held : callable
        Says what is held; another value for every state.
    read : callable
        Reads, given what is held.

    Returns
    -------
    tuple
        What was held all the while, and what was read of it.

    Raises
    ------
    BusyError
        If it changed each time.
    """
    for _ in range(_ATTEMPTS):
        before = held()
        answer = read(before)
        if held() == before:
            return before, answer
    raise BusyError(
        f"the online store was filled anew {_ATTEMPTS} times while it was read",
        "run again",
    )
