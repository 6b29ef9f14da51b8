"""Tonight: from the slate to forecasts, tables and a page, with a gate before each."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ml.features.manifest import read_catalog
from ml.features.marts import read_mart
from ml.features.spines import TEAM_MATCHUP, TEAM_MATCHUP_WIDE, TrainingSet
from ml.features.unseen import Unseen, note_unseen, unseen_of_forecasts, unseen_of_frame
from ml.ingest.quarantine import GameSetAside, left_out_notes
from ml.models.team.forecasts import TeamForecasts
from ml.predict.expectations import check_matchups, check_team_forecasts
from ml.predict.gameday_players import BoxScores
from ml.predict.made_without import at_hand, made_without
from ml.predict.slate import Slate, games_missing, read_teams, slate_features
from ml.quality.limits import Limits
from ml.registry import team_model_before
from ml.report.dictionary import describe
from ml.report.exports import write_table
from ml.report.gameday_page import write_gameday_page
from ml.settings import Settings
from ml.storage.files import write_text

# What is known of a game to come is stamped with the moment of its own forecast.
_MOMENTS = {"forecast_at", "known_at", "profiled_at"}
_SPINE = [
    "game_id",
    "season",
    "season_type",
    "game_date",
    "tipoff_at",
    "forecast_at",
    "home_team_id",
    "home_team",
    "away_team_id",
    "away_team",
    "is_playoffs",
    "is_neutral_site",
]
# What forecasts have been: beyond it one is reported and passed on.
_HAS_BEEN = {
    "home_win_prob": Limits(0.005, 0.995),
    "margin_mean": Limits(-45, 45),
    "margin_sd": Limits(5, 30),
    "total_mean": Limits(150, 320),
    "total_sd": Limits(5, 50),
}


@dataclass(frozen=True, eq=False)
class Gameday:
    """Forecasts of one day's games.

    Attributes
    ----------
    slate : Slate
        Which day, and the moment of the forecast.
    model : str
        Name of the model in the registry.
    matchups : DataFrame, shape (n_games, any)
        Spine and every feature of the store, also those that no model reads.
    predictions : DataFrame, shape (n_games, any)
        Spine and forecasts.
    teams : TeamForecasts
        The forecasts themselves, to draw from.
    box_scores : BoxScores, optional
        Every player's line, drawn from the same final scores.
    unseen : tuple of Unseen
        Features of teams, and forecasts, beyond what earlier seasons have seen.
    set_aside : tuple of GameSetAside
        Games that should be forecast, and were set aside at the ingest.
    left_out : tuple of str
        Which optional tables the last ingest left out, in sentences.
    begun, players_begun : DataFrame
        Games of the day that had begun, and their players, as they were forecast
        before tip-off; empty where there is none.
    """

    slate: Slate
    model: str
    matchups: pd.DataFrame
    predictions: pd.DataFrame
    teams: TeamForecasts
    box_scores: BoxScores | None = None
    unseen: tuple[Unseen, ...] = ()
    set_aside: tuple[GameSetAside, ...] = ()
    left_out: tuple[str, ...] = ()
    begun: pd.DataFrame = field(default_factory=pd.DataFrame)
    players_begun: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is missing in these forecasts, in sentences."""
        begun = "game(s) of this day had begun when this was made;"
        n_shown = len(self.begun)
        n_lost = len(self.slate.begun) - n_shown
        notes = []
        if n_shown:
            notes.append(f"{n_shown} {begun} they stand as forecast before tip-off.")
        if n_lost:
            notes.append(f"{n_lost} {begun} nothing was forecast of them before.")
        notes += [f"Not forecast, set aside: {game}." for game in self.set_aside]
        return (*notes, *made_without(self.predictions), *self.left_out)

    @property
    def all_unseen(self) -> tuple[Unseen, ...]:
        """What teams and players have that earlier seasons have not seen."""
        players = () if self.box_scores is None else self.box_scores.unseen
        return self.unseen + players


def forecast_slate(settings: Settings, slate: Slate) -> Gameday:
    """Forecast one day's games, each as its own moment knew it.

    Parameters
    ----------
    settings : Settings
        Says where everything is.
    slate : Slate
        Which games, and when; of a day to come the online store was materialised.

    Returns
    -------
    Gameday
        In order of tip-off.

    Raises
    ------
    MissingError
        If no model learnt only from games before the day.
    GateError
        If features or forecasts fail their checks.
    """
    catalog = read_catalog(settings)
    name, model = team_model_before(settings, slate.day)
    teams = read_teams(settings)

    def read(training_set: TrainingSet) -> pd.DataFrame:
        rows = slate_features(settings, slate, training_set)
        rows = rows.sort_values(["tipoff_at", "game_id"], ignore_index=True)
        rows = rows.assign(
            forecast_at=slate.stamps(rows["forecast_at"]),
            features_known_at=slate.stamps(rows["features_known_at"]),
            home_team=rows["home_team_id"].map(teams),
            away_team=rows["away_team_id"].map(teams),
        )
        check_matchups(rows, catalog.service(training_set.service), slate.day)
        return rows

    frame = read(TEAM_MATCHUP)
    # What people see beside the forecasts is more than the model reads.
    wide = read(TEAM_MATCHUP_WIDE)
    shown = catalog.service(TEAM_MATCHUP_WIDE.service)
    matchups = wide[[*_SPINE, "features_known_at", *shown.feature_names]]
    teams_forecast = model.predict(frame)
    forecasts = teams_forecast.to_frame()
    check_team_forecasts(forecasts, slate.day)
    predictions = (
        frame[_SPINE]
        .join(at_hand(wide))
        .merge(
            forecasts.drop(columns=["season", "forecast_at"]),
            on="game_id",
            validate="one_to_one",
        )
    )
    sides = {"home": "home_team", "away": "away_team"}
    games = predictions["away_team"] + " at " + predictions["home_team"]
    unseen = unseen_of_frame(wide, shown, sides)
    unseen += unseen_of_forecasts(predictions, _HAS_BEEN, games)
    return Gameday(
        slate,
        name,
        matchups,
        predictions,
        teams_forecast,
        unseen=unseen,
        set_aside=games_missing(settings, slate),
        left_out=tuple(left_out_notes(settings)),
    )


def _stamped(slate: Slate, mart: pd.DataFrame) -> pd.DataFrame:
    moments = _MOMENTS & {*mart.columns}
    return mart.assign(**{name: slate.stamps(mart[name]) for name in moments})


def write_gameday(
    settings: Settings, gameday: Gameday, *, profiles: bool = True
) -> list[Path]:
    """Write the day's tables and page, and last the summary of the run.

    Games that had begun are there as they were forecast before.

    Parameters
    ----------
    settings : Settings
        Says where the exports are.
    gameday : Gameday
        What to write.
    profiles : bool
        Whether the players' profiles are written, which the warehouse must have for
        this day.

    Returns
    -------
    list of Path
        The files.
    """
    catalog = read_catalog(settings)
    day = gameday.slate.day.isoformat()
    matchups = _with_begun(gameday.begun, gameday.matchups)
    predictions = _with_begun(gameday.begun, gameday.predictions)
    season = matchups["season"].iloc[0]
    folder = settings.exports_dir
    written: list[Path] = []
    tables = {
        f"gameday_matchups_{day}": matchups,
        f"gameday_team_predictions_{day}": predictions,
    }
    if profiles:
        marts = {
            f"player_profiles_from_db_{season}": read_mart(settings, "player_profiles"),
            "gameday_player_profiles": read_mart(settings, "gameday_profiles"),
        }
        tables |= {name: _stamped(gameday.slate, mart) for name, mart in marts.items()}
    players = gameday.box_scores
    lines: pd.DataFrame | None = None
    if players is not None:
        lines = _with_begun(gameday.players_begun, players.predictions)
        tables[f"gameday_player_predictions_{day}"] = lines
    for name, table in tables.items():
        columns = describe(table.columns, catalog)
        written += write_table(table, folder, name, columns)
    page = write_gameday_page(
        folder / f"gameday_{day}.html",
        predictions=predictions,
        matchups=matchups,
        day=gameday.slate.day,
        model=gameday.model,
        players=lines,
        unseen=gameday.all_unseen,
        notes=gameday.notes,
    )
    written.append(page)
    if players is not None and players.kept is not None:
        written.append(players.kept)
    summary = {
        "game_date": day,
        "n_games": len(predictions),
        "forecast_at": gameday.slate.moment.isoformat(),
        "model": gameday.model,
        **({} if players is None else {"player_model": players.model}),
        "files": [path.name for path in written],
        "notes": list(gameday.notes),
        "unseen": [str(each) for each in gameday.all_unseen],
    }
    note_unseen(settings, "forecast", gameday.all_unseen)
    write_text(settings.last_run, json.dumps(summary, indent=1) + "\n")
    return written


def _with_begun(begun: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows after those of games that had begun, which came before them."""
    if begun.empty:
        return rows
    return pd.concat([begun.reindex(columns=rows.columns), rows], ignore_index=True)
