"""Names of people: which player does a name in a report mean.

Sources spell one person differently: accents, suffixes (Jr., III), 'Last, First',
short and full first names (Herb, Herbert), initials (KJ for Kenyon Jr.). A name is
tried in the strictest way first; the looser ways look only at the players of the
team in question, and never at one whom a stricter way has already given to another
name of that team, so that a newcomer is not taken for a teammate of the same surname.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "v"})
_TYPING_ERRORS = 2
_PLAIN = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "ı": "i", "æ": "ae", "ß": "ss"})

# The teams' letters in other people's tables, and of franchises before they moved.
_OTHER_LETTERS = {
    "BKN": ("BRK", "NJN"),
    "CHA": ("CHO",),
    "GSW": ("GS",),
    "NOP": ("NO", "NOH"),
    "NYK": ("NY",),
    "PHX": ("PHO",),
    "SAS": ("SA",),
    "UTA": ("UTAH",),
    "WAS": ("WSH",),
}

_Item = TypeVar("_Item", int, str)


@dataclass(frozen=True)
class Person:
    """A player as the players table names them.

    Attributes
    ----------
    player_id : int
        Identity.
    name : str
        First and last name.
    """

    player_id: int
    name: str


@cache
def split_name(name: str) -> tuple[str, str]:
    """Reduce a name to a plain first and last name.

    Parameters
    ----------
    name : str
        ``First Last`` or ``Last, First``, with or without a suffix.

    Returns
    -------
    tuple of str
        First name and surname: lower case, no accents, dots, apostrophes or
        suffixes; a hyphen counts as a space. The first name is empty where there is
        only one word.

    Examples
    --------
    >>> split_name("Dončić, Luka")
    ('luka', 'doncic')
    >>> split_name("Robert Williams III")
    ('robert', 'williams')
    """
    last, comma, first = name.partition(",")
    if comma:
        return " ".join(_words(first)), " ".join(_words(last))
    words = _words(name)
    return " ".join(words[:1]) if len(words) > 1 else "", " ".join(words[1:] or words)


def resolve_names(
    names: Iterable[str],
    people: Sequence[Person],
    *,
    roster: AbstractSet[int] = frozenset(),
) -> dict[str, int]:
    """Resolve the names that one team's reports use in one season.

    Parameters
    ----------
    names : iterable of str
        Names to resolve.
    people : sequence of Person
        Everyone there is.
    roster : set of int
        Ids of those who played for the team that season.

    Returns
    -------
    dict of str to int
        `player_id` by name; a name that cannot be told is absent.
    """
    plain = {name: split_name(name) for name in sorted(set(names))}
    known = {person.player_id: split_name(person.name) for person in people}
    everyone: dict[tuple[str, str], list[int]] = {}
    for player_id, parts in known.items():
        everyone.setdefault(_joined(parts), []).append(player_id)
    found: dict[str, int] = {}
    for name, parts in plain.items():
        choice = _only(everyone.get(_joined(parts), []))
        if choice is not None:
            found[name] = choice
    members = {
        player_id: known[player_id] for player_id in roster if player_id in known
    }
    for alike in (_short_form, _same_initial, _misspelt, _same_surname):
        free = {p: parts for p, parts in members.items() if p not in found.values()}
        claims: dict[int, list[str]] = {}
        for name in plain.keys() - found.keys():
            choice = _only([p for p in free if alike(plain[name], free[p])])
            if choice is not None:
                claims.setdefault(choice, []).append(name)
        found |= {only: p for p, claim in claims.items() if (only := _only(claim))}
    return found


def names_team(text: str, team: str) -> str:
    """Write the SQL condition that a text names a team.

    Parameters
    ----------
    text : str
        SQL of the text: a full name, an abbreviation, the name without its city, or the
        city alone (two teams are of Los Angeles: it is neither's name).
    team : str
        Alias of a row of ``teams``.

    Returns
    -------
    str
    """

    def plain(name: str) -> str:
        return f"replace(replace(lower({name}), '.', ''), 'los angeles ', 'la ')"

    full = plain(f"{team}.team_name")
    pairs = ", ".join(
        f"'{other}={letters}'"
        for letters, others in _OTHER_LETTERS.items()
        for other in others
    )
    return (
        f"({plain(text)} = {full} "
        f"or upper({text}) = upper({team}.team_abbreviation) "
        f"or upper({text}) || '=' || upper({team}.team_abbreviation) in ({pairs}) "
        f"or ends_with({full}, ' ' || lower({text})) "
        f"or length({text}) > 3 and starts_with({full}, {plain(text)} || ' '))"
    )


def edit_distance(left: str, right: str) -> int:
    """Count the typing errors between two words.

    Parameters
    ----------
    left, right : str
        The words.

    Returns
    -------
    int
        Fewest insertions, deletions, replacements and swaps of neighbours.

    References
    ----------
    Damerau, F. (1964), A technique for computer detection and correction of spelling
    errors, *Communications of the ACM* 7(3).
    """
    older: list[int] = []
    previous = list(range(len(right) + 1))
    for i, a in enumerate(left, start=1):
        current = [i]
        for j, b in enumerate(right, start=1):
            best = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                best = min(best, older[j - 2] + 1)
            current.append(best)
        older, previous = previous, current
    return previous[-1]


def _words(text: str) -> list[str]:
    spread = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    bare = "".join(letter for letter in spread if not unicodedata.combining(letter))
    words = re.sub(r"[^\w]+", " ", re.sub(r"[.'’`]", "", bare)).split()
    kept = [word for word in words if word not in _SUFFIXES]
    return kept or words


def _joined(parts: tuple[str, str]) -> tuple[str, str]:
    """Forget where the first name ends: 'Last, First Middle' or 'Juan Carlos X'."""
    words = " ".join(parts).split()
    return "", " ".join(words)


def _short_form(name: tuple[str, str], known: tuple[str, str]) -> bool:
    short, long = sorted((name[0], known[0]), key=len)
    return name[1] == known[1] and len(short) > 1 and long.startswith(short)


def _same_initial(name: tuple[str, str], known: tuple[str, str]) -> bool:
    return name[1] == known[1] and name[0][:1] == known[0][:1]


def _misspelt(name: tuple[str, str], known: tuple[str, str]) -> bool:
    return edit_distance(" ".join(name), " ".join(known)) <= _TYPING_ERRORS


def _same_surname(name: tuple[str, str], known: tuple[str, str]) -> bool:
    return name[1] == known[1]


def _only(items: Sequence[_Item]) -> _Item | None:
    return items[0] if len(items) == 1 else None
