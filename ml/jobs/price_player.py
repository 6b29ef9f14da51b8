"""What a line on a player is worth, read from the joint sample of his game."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from ml.console import console, run_job, step
from ml.errors import SettingsError
from ml.jobs.options import (
    AsOfOption,
    DateOption,
    FitOption,
    GameOption,
    JsonOption,
    as_date,
    as_utc,
)
from ml.jobs.renew import require_models
from ml.registry import KINDS
from ml.settings import Settings
from ml.slate import find_slate

if TYPE_CHECKING:
    import numpy.typing as npt


def price_player(
    settings: Settings,
    *,
    player: Annotated[str, typer.Option(help="His name, or his NBA stats id.")],
    stat: Annotated[
        str,
        typer.Option(
            help="A column of a box score, a sum (pts+reb+ast), or yes or no: "
            "double_double, 'pts >= 30 and ast >= 10'."
        ),
    ],
    line: Annotated[
        float | None, typer.Option(help="The line; without one, the distribution.")
    ] = None,
    game: GameOption = None,
    date: DateOption = None,
    as_of: AsOfOption = None,
    fit: FitOption = False,
    json_: JsonOption = False,
) -> None:
    """Say how likely a player is to beat a line, given that he plays.

    Example: tipoff price --date 2024-01-15 --player "Nikola Jokic" --stat pts --line 25
    """
    from ml.boxscore.expression import evaluate, read_expression
    from ml.questions import find_game, read_evening

    # Before the forecast, which takes longer.
    read_expression(stat)
    _check_line(line)
    day = as_date(date)
    game_id = None
    if game is not None:
        game_id, day = find_game(settings, game, day)
    slate = find_slate(settings, day, as_utc(as_of))
    require_models(settings, KINDS, slate, fit=fit)
    with step("forecast") as say:
        evening = read_evening(settings, slate)
        say(f"as of {evening.slate.moment:%Y-%m-%d %H:%M} UTC")
    who = evening.player(player, game_id=game_id)
    sample = evening.sample(str(who["game_id"]))
    values = evaluate(sample, stat)
    column = int((sample.player_id == who["player_id"]).argmax())
    plays = sample.plays[:, column]
    if not plays.any():
        raise SettingsError(
            f"{who['player_name']} does not play in any of {len(plays):,} draws",
            "tipoff what-if --minutes NAME=24 supposes that he does",
        )
    answer = {
        "game_id": who["game_id"],
        "player_id": int(who["player_id"]),
        "player_name": who["player_name"],
        "stat": stat,
        "play_prob": float(plays.mean()),
        **_price(values[plays, column], stat, line),
    }
    if json_:
        typer.echo(json.dumps(answer))
        return
    table = Table("", title=f"{who['player_name']}, {who['team']}, if he plays")
    table.add_column(stat, justify="right")
    for name, value in answer.items():
        if isinstance(value, float):
            table.add_row(name.replace("_", " "), f"{value:.3f}")
    console.print(table)


def _check_line(line: float | None) -> None:
    from ml.boxscore.expression import LARGEST

    if line is not None and not abs(line) <= LARGEST:
        raise SettingsError(f"--line {line} is no line", f"lines reach {LARGEST:,}")


def _price(values: npt.NDArray[Any], stat: str, line: float | None) -> dict[str, float]:
    """Return probabilities and fair decimal odds; a whole line can be a push."""
    from ml.boxscore.summary import LEVELS, means, quantiles, tally

    _check_line(line)
    if values.dtype == bool:
        if line is not None:
            raise SettingsError(f"{stat!r} is a yes or no", "leave --line out")
        return {"prob": float(values.mean())} | _odds("fair_odds", values.mean())
    if (values < 0).any() or (values % 1 != 0).any():
        raise SettingsError(f"{stat!r} is not a count", "such as: pts+reb+ast")
    counts = tally(values[:, None].astype(int))
    answer = {"mean": float(means(counts)[0])}
    for level in LEVELS:
        answer[f"p{round(100 * level)}"] = float(quantiles(counts, level)[0])
    if line is None:
        return answer
    over, under = float((values > line).mean()), float((values < line).mean())
    push = float((values == line).mean())
    answer |= {"line": line, "over": over, "under": under, "push": push}
    decided = max(over + under, 1e-12)
    return (
        answer
        | _odds("fair_odds_over", over / decided)
        | _odds("fair_odds_under", under / decided)
    )


def _odds(name: str, prob: float) -> dict[str, float]:
    """Return decimal odds, or nothing where the draws never saw it."""
    return {name: float(1.0 / prob)} if prob > 0.0 else {}


if __name__ == "__main__":
    run_job(price_player)
