"""What the players of an evening did in their last games."""

from __future__ import annotations

import pandas as pd

from ml.boxscore.stats import BOX
from ml.predict.questions import Evening
from ml.predict.slate import read_teams
from ml.settings import Settings
from ml.storage.warehouse import open_warehouse

# So many games of each player.
_MOST = 10
# A game is there once for each later correction of what came before it.
_SQL = f"""
with known as (
    select player_id, game_id, game_date, tipoff_at, opponent_team_id, is_home,
        {", ".join(f'"{name}"' for name in BOX)}
    from main.int_player_games
    where valid_from <= $moment and $moment < valid_until and game_date < $day
        and list_contains($players, player_id)
    qualify row_number() over (
        partition by player_id, game_id order by vintage_at
    ) = 1
)

select * exclude (tipoff_at) from known
qualify row_number() over (
    partition by player_id order by tipoff_at desc, game_id desc
) <= {_MOST}
order by player_id, tipoff_at desc, game_id desc
"""


def read_last_games(settings: Settings, evening: Evening) -> pd.DataFrame:
    """Read the last games of everyone who could play, as known at the forecast.

    Parameters
    ----------
    settings : Settings
        Says where the warehouse is.
    evening : Evening
        Whose players; games of its day and later are left out.

    Returns
    -------
    DataFrame, shape (n_games, 5 + n_columns)
        ``player_id, game_id, game_date, is_home, opponent`` and the box score, ten
        games a player at most, the newest first.
    """
    asked = {
        "moment": evening.slate.known_until,
        "day": evening.slate.day,
        "players": evening.players.people["player_id"].astype(int).tolist(),
    }
    with open_warehouse(settings) as warehouse:
        frame: pd.DataFrame = warehouse.execute(_SQL, asked).df()
    frame["opponent"] = frame.pop("opponent_team_id").map(read_teams(settings))
    return frame.assign(game_date=frame["game_date"].dt.strftime("%Y-%m-%d"))
