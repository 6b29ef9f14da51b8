"""The contract in words."""

from __future__ import annotations

from ml.ingest.contract import CONTRACT, Column
from ml.ingest.forms import WANTED
from ml.ingest.mapping import EXAMPLE, shipped_mappings
from ml.ingest.rules import GENERAL_RULES, RULES


def explain() -> str:
    """Describe the source contract: tables, columns, rules and the mapping file.

    Returns
    -------
    str
        Markdown.
    """
    lines = [
        "# Source contract",
        "",
        "A SQLite database with these tables; what else it holds is ignored.",
    ]
    for table in CONTRACT:
        needed = "required" if table.required else "optional"
        lines += [
            "",
            f"## {table.name} ({needed})",
            f"{table.grain.capitalize()}; key {', '.join(table.key)}.",
            "",
            "| column | type | allowed | meaning |",
            "|---|---|---|---|",
            *(
                f"| {column.name} | {column.kind} | {_allowed(column)} | "
                f"{column.description} |"
                for column in table.columns
            ),
        ]
        rules = [rule for rule in RULES if table.name in rule.tables]
        said = (f"- {rule.name}: {rule.description}" for rule in rules)
        lines += ["", *dict.fromkeys(said)]
    lines += ["", "## Every table"]
    lines += [f"- {name}: {words}" for name, words in GENERAL_RULES.items()]
    lines += ["", "## Other forms", ""]
    lines += [f"- {name}: {words}" for name, words in WANTED.items()]
    lines += ["", "## Other names", "", "```yaml", EXAMPLE.rstrip(), "```"]
    lines += ["", "## Shipped mappings", ""]
    lines += [
        f"- `--mapping {each.name}`: {each.description}" for each in shipped_mappings()
    ]
    return "\n".join(lines)


def _allowed(column: Column) -> str:
    words = ["may be null"] if column.nullable else []
    if column.can_be.has_range:
        words.append(str(column.can_be))
    if column.has_been.has_range:
        words.append(f"so far {column.has_been}")
    if column.values:
        words.append(", ".join(column.values))
    if column.pattern is not None:
        words.append(f"`{column.pattern}`")
    return "; ".join(words)
