"""Every team's ratings after every result (see ml/ratings)."""

from ml.ratings.team import VERSION_COLUMNS, rate_teams


def model(dbt, session):
    """One row per team and moment at which its rating became known."""
    dbt.config(materialized="table")
    games = dbt.ref("int_games").df().drop(columns=["home_pts", "away_pts"])
    games = games[~games["is_cup_final"]]
    scores = dbt.ref("int_result_versions").df()
    versions = games.merge(scores, on="game_id")[list(VERSION_COLUMNS)]
    return rate_teams(versions, dbt.ref("int_season_openings").df())
