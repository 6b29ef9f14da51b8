"""The page of an evening as one file, which needs no service."""

from __future__ import annotations

import json
from pathlib import Path

from ml.serve import answers
from ml.serve.evenings import Served
from ml.storage.files import write_text

_STATIC = Path(__file__).parent / "static"
_STYLE = '<link rel="stylesheet" href="static/style.css">'
_SCRIPT = '<script src="static/page.js" type="module"></script>'
# Whoever is less likely to play is not shown.
_LEAST_PROB = 0.15


def write_saved_page(path: Path, served: Served) -> None:
    """Write the page with all that it would ask about the shown games and players.

    What has to be drawn anew, what-ifs and sheets of lines, is left out of it.

    Parameters
    ----------
    path : Path
        The HTML file.
    served : Served
        The evening.
    """
    games = answers.games(served)
    kept = {
        "games": answers.to_json(games),
        "health": answers.to_json(answers.health(served)),
    }
    for game_id in games["game_id"]:
        game = answers.game(served, str(game_id))
        kept[f"games/{game_id}"] = answers.to_json(game)
        players = game["players"]
        for player_id in players.loc[players["play_prob"] >= _LEAST_PROB, "player_id"]:
            found = answers.player(served, str(player_id))
            kept[f"players/{player_id}"] = answers.to_json(found)
    write_text(path, page(kept))


def page(kept: dict[str, str]) -> str:
    """Return the page with its style, its script and answers, by what asks for them."""
    members = ",\n".join(f"{json.dumps(name)}: {text}" for name, text in kept.items())
    # Nothing in the data may end its element.
    data = f"{{{members}}}".replace("<", "\\u003c")
    style, script = (
        (_STATIC / name).read_text("utf-8") for name in ("style.css", "page.js")
    )
    html = (_STATIC / "index.html").read_text("utf-8")
    html = html.replace(_STYLE, f"<style>\n{style}</style>")
    return html.replace(
        _SCRIPT,
        f'<script id="kept" type="application/json">\n{data}\n</script>\n'
        f'<script type="module">\n{script}</script>',
    )
