"""Draw the architecture picture from its description: python docs/concepts/flow.py."""

from __future__ import annotations

from html import escape
from pathlib import Path

# Column, row, title, words below it, and kind: what comes in, work, what is kept.
BOXES = {
    "source": (0, 0, "your database", "SQLite, any names", "in"),
    "simulated": (0, 1, "simulation", "a league, its truth known", "in"),
    "plays": (0, 2, "play-by-play", "stints, shots", "in"),
    "ingest": (1, 1, "ingest", "row by row", "work"),
    "warehouse": (2, 1, "warehouse", "DuckDB", "kept"),
    "dbt": (3, 1, "dbt", "SQL and its tests", "work"),
    "features": (4, 1, "features", "Parquet, dated", "kept"),
    "offline": (4, 0, "offline store", "Feast, any moment", "work"),
    "online": (4, 2, "online store", "Feast, tonight", "work"),
    "training": (5, 0, "training sets", "one per season", "kept"),
    "models": (5, 1, "models", "fit, test, promote", "work"),
    "predict": (5, 2, "forecast", "scores, minutes", "work"),
    "sample": (5, 3, "joint sample", "10,000 box scores", "work"),
    "out": (4, 3, "files and page", "CSV, JSON, HTML", "kept"),
    "monitor": (3, 3, "monitor", "grades, alarms", "work"),
}
ARROWS = (
    ("source", "ingest", ""),
    ("simulated", "ingest", ""),
    ("plays", "ingest", ""),
    ("ingest", "warehouse", "gate"),
    ("warehouse", "dbt", ""),
    ("dbt", "features", "gate"),
    ("features", "offline", ""),
    ("features", "online", ""),
    ("offline", "training", "gate"),
    ("training", "models", ""),
    ("online", "predict", "gate"),
    ("models", "predict", ""),
    ("predict", "sample", "gate"),
    ("sample", "out", ""),
    ("out", "monitor", ""),
)
COLOURS = {"in": "#fbe9e0", "work": "#e3ecf7", "kept": "#eef0f2"}
WIDTH, HEIGHT, ACROSS, DOWN = 140, 58, 190, 104


def centre(name: str) -> tuple[float, float]:
    """Middle of a box."""
    column, row, *_ = BOXES[name]
    return 16 + column * ACROSS + WIDTH / 2, 16 + row * DOWN + HEIGHT / 2


def border(name: str, towards: tuple[float, float], gap: float) -> tuple[float, float]:
    """Where the straight line from a box's middle to a point leaves the box."""
    x, y = centre(name)
    dx, dy = towards[0] - x, towards[1] - y
    reach = min(
        (WIDTH / 2 + gap) / abs(dx) if dx else 9.0,
        (HEIGHT / 2 + gap) / abs(dy) if dy else 9.0,
    )
    return x + dx * reach, y + dy * reach


def draw() -> str:
    """Return the picture as SVG."""
    columns = 1 + max(column for column, *_ in BOXES.values())
    rows = 1 + max(row for _, row, *_ in BOXES.values())
    width = 32 + (columns - 1) * ACROSS + WIDTH
    height = 32 + (rows - 1) * DOWN + HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="system-ui, sans-serif" text-anchor="middle">',
        "<title>How data flows through tipoff</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#5b6b7b"/>'
        "</marker></defs>",
        f'<rect width="{width}" height="{height}" rx="8" fill="#ffffff"/>',
    ]
    for start, end, label in ARROWS:
        x1, y1 = border(start, centre(end), 2)
        x2, y2 = border(end, centre(start), 3)
        parts.append(
            f'<path d="M{x1:.0f} {y1:.0f} {x2:.0f} {y2:.0f}" stroke="#5b6b7b" '
            'stroke-width="1.5" marker-end="url(#tip)"/>'
        )
        if label:
            # Above the arrow, or beside it.
            x = (x1 + x2) / 2 + (26 if abs(y2 - y1) > abs(x2 - x1) else 0)
            y = (y1 + y2) / 2 - (0 if abs(y2 - y1) > abs(x2 - x1) else 14)
            parts.append(
                f'<rect x="{x - 17:.0f}" y="{y - 9:.0f}" width="34" height="17" rx="8" '
                'fill="#c4551a"/>'
                f'<text x="{x:.0f}" y="{y + 3.5:.1f}" font-size="11" fill="#fff">'
                f"{label}</text>"
            )
    for name, (_, _, title, words, kind) in BOXES.items():
        x, y = centre(name)
        parts.append(
            f'<rect x="{x - WIDTH / 2:.0f}" y="{y - HEIGHT / 2:.0f}" width="{WIDTH}" '
            f'height="{HEIGHT}" rx="8" fill="{COLOURS[kind]}" stroke="#9aa8b5"/>'
            f'<text x="{x:.0f}" y="{y - 3:.0f}" font-size="14" font-weight="600" '
            f'fill="#16202a">{escape(title)}</text>'
            f'<text x="{x:.0f}" y="{y + 16:.0f}" font-size="11.5" fill="#4a5968">'
            f"{escape(words)}</text>"
        )
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(draw(), "utf-8")
