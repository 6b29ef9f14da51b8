"""Names resolve through accents, suffixes and variants, and never to a stranger."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.ingest.player_names import (
    Person,
    edit_distance,
    names_team,
    resolve_names,
    split_name,
)

PEOPLE = [
    Person(1, "Luka Dončić"),
    Person(2, "Herbert Jones"),
    Person(3, "Robert Williams III"),
    Person(4, "Nate Williams"),
    Person(5, "KJ Martin"),
    Person(6, "Caleb Martin"),
    Person(7, "Cody Martin"),
    Person(8, "Shai Gilgeous-Alexander"),
    Person(9, "Jaren Jackson Jr."),
    Person(10, "De'Aaron Fox"),
    Person(11, "Nenê"),
    Person(12, "Jalen Williams"),
    Person(13, "Jaylin Williams"),
    Person(14, "Marcus Morris Sr."),
    Person(15, "Kristaps Porziņģis"),
    Person(16, "Luc Mbah a Moute"),
]


@pytest.mark.parametrize(
    ("name", "roster", "expected"),
    [
        ("Doncic, Luka", set(), 1),
        ("Luka Dončić", set(), 1),
        ("Jones, Herb", {2}, 2),
        ("Jones, Herb", set(), None),
        ("Williams III, Robert", set(), 3),
        ("Williams, Robert", set(), 3),
        ("Williams, Jeenathan", {4}, 4),
        ("Williams, Jeenathan", {3, 4}, None),
        ("Martin Jr., Kenyon", {5}, 5),
        ("Martin, Jaylen", set(), None),
        ("Martin, C.", {6, 7}, None),
        ("Gilgeous-Alexander, Shai", set(), 8),
        ("Jackson Jr., Jaren", set(), 9),
        ("Fox, De’Aaron", set(), 10),
        ("Nene", set(), 11),
        ("Morris, Marcus", set(), 14),
        ("Porzingas, Kristaps", {15}, 15),
        ("Mbah a Moute, Luc", set(), 16),
        ("Nobody, At All", {1, 2, 3}, None),
    ],
)
def test_a_name_resolves(name: str, roster: set[int], expected: int | None) -> None:
    found = resolve_names([name], PEOPLE, roster=frozenset(roster))
    assert found.get(name) == expected


def test_a_newcomer_is_not_taken_for_a_teammate_of_his_surname() -> None:
    names = ["Williams, Jalen", "Williams, Kenrich"]
    assert resolve_names(names, PEOPLE, roster={12}) == {"Williams, Jalen": 12}


def test_two_names_never_share_a_loosely_matched_player() -> None:
    assert resolve_names(["Jones, Herb", "Jones, Her"], PEOPLE, roster={2}) == {}


def test_the_roster_tells_namesakes_apart() -> None:
    namesakes = [Person(1, "Chris Johnson"), Person(2, "Chris Johnson")]
    assert resolve_names(["Johnson, Chris"], namesakes) == {}
    assert resolve_names(["Johnson, Chris"], namesakes, roster={2}) == {
        "Johnson, Chris": 2
    }


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("", "", 0),
        ("abc", "abc", 0),
        ("abc", "", 3),
        ("kitten", "sitting", 3),
        ("porzingis", "porizngis", 1),
        ("ab", "ba", 1),
        ("herb", "herbert", 3),
    ],
)
def test_edit_distance(left: str, right: str, expected: int) -> None:
    assert edit_distance(left, right) == expected
    assert edit_distance(right, left) == expected


WORDS = st.text("abcdeé'-. ", min_size=1, max_size=12).filter(
    lambda word: any(letter.isalpha() for letter in word)
)


@given(WORDS, WORDS)
def test_the_order_of_a_name_does_not_matter(first: str, last: str) -> None:
    turned = split_name(f"{last}, {first}")
    straight = split_name(f"{first} {last}")
    assert " ".join(turned).split() == " ".join(straight).split()


@pytest.mark.parametrize(
    ("text", "abbreviation"),
    [
        ("LA Clippers", "LAC"),
        ("Los Angeles Clippers", "LAC"),
        ("Clippers", "LAC"),
        ("lac", "LAC"),
        ("Portland Trail Blazers", "POR"),
        ("Trail Blazers", "POR"),
        ("BLAZERS", "POR"),
        ("Portland", "POR"),
        ("L.A. Lakers", "LAL"),
        ("Los Angeles", None),
        ("LA", None),
        ("ers", None),
        ("", None),
        ("Non-NBA Team", None),
    ],
)
def test_a_team_is_known_by_any_of_its_names(
    text: str, abbreviation: str | None
) -> None:
    query = (
        "select min(team_abbreviation) from (values ('LA Clippers', 'LAC'), "
        "('Los Angeles Lakers', 'LAL'), ('Portland Trail Blazers', 'POR')) "
        f"as team (team_name, team_abbreviation) where {names_team('$text', 'team')}"
    )
    assert duckdb.execute(query, {"text": text}).fetchall() == [(abbreviation,)]
