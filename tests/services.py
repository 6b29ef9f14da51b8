"""What the yml of the project says of its feature services."""

from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parents[1]


def columns_of(service):
    """Name every column of a service, as its frame has them without differences."""
    views = {
        model["name"]: model["columns"]
        for path in sorted((PROJECT / "models" / "features").rglob("*__models.yml"))
        for model in yaml.safe_load(path.read_text("utf-8"))["models"]
    }
    text = (PROJECT / "models" / "marts" / "exposures.yml").read_text("utf-8")
    (exposure,) = (
        each
        for each in yaml.safe_load(text)["exposures"]
        if each["config"]["meta"]["service"] == service
    )
    sides = exposure["config"]["meta"]["sides"]
    found = []
    for reference in exposure["depends_on"]:
        view = reference.removeprefix("ref('").removesuffix("')")
        prefixes = (
            [f"{side}_" for side, names in sides.items() if view in names] or [""]
            if isinstance(sides, dict)
            else [f"{side}_" for side in sides]
        )
        found += [
            prefix + column["name"]
            for column in views[view]
            if service in column.get("config", {}).get("meta", {}).get("services", [])
            for prefix in prefixes
        ]
    return found
