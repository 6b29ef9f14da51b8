"""The contract is whole, and `--explain` says all of it."""

from __future__ import annotations

import pytest

from ml.errors import ContractError
from ml.ingest.contract import CONTRACT, table
from ml.ingest.explain import explain
from ml.ingest.rules import GENERAL_RULES, RULES


@pytest.mark.parametrize("each", CONTRACT, ids=lambda each: each.name)
def test_keys_and_names_fit(each) -> None:
    assert set(each.key) <= set(each.column_names)
    assert len(set(each.column_names)) == len(each.column_names)
    assert all(column.description for column in each.columns)


def test_a_table_is_found_by_name_and_no_other() -> None:
    assert table("games").key == ("game_id",)
    with pytest.raises(ContractError, match="no table 'game'"):
        table("game")


def test_explain_names_every_table_column_and_rule() -> None:
    words = explain()
    sections = {part.split(" ", 1)[0]: part for part in words.split("\n## ")[1:]}
    for each in CONTRACT:
        for column in each.column_names:
            assert f"| {column} |" in sections[each.name]
        for rule in RULES:
            if each.name in rule.tables:
                assert f"- {rule.name}: {rule.description}" in sections[each.name]
    for name in GENERAL_RULES:
        assert f"- {name}:" in sections["Every"]


def test_rules_concern_tables_of_the_contract() -> None:
    names = {each.name for each in CONTRACT}
    assert {name for rule in RULES for name in rule.tables} <= names
