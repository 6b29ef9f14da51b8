import copy
from datetime import timedelta

import pytest
from feature_home import manifest

from ml.errors import BuildError, MissingError
from ml.features.catalog import Expectation
from ml.features.manifest import parse_manifest, read_catalog
from ml.quality.limits import Limits
from ml.settings import Settings


@pytest.fixture
def described():
    return copy.deepcopy(manifest())


def node(described, name):
    return described["nodes"][f"model.tipoff.{name}"]


def exposure(described, name):
    return described["exposures"][f"exposure.tipoff.{name}"]


def test_a_view_is_what_its_model_says(described):
    view = parse_manifest(described).view("fv_team_schedule")
    assert view.entities == (("game_id", "varchar"), ("team_id", "bigint"))
    assert view.ttl == timedelta(days=400)
    assert [(item.name, item.data_type) for item in view.features] == [
        ("rest_days", "bigint"),
        ("is_back_to_back", "boolean"),
        ("season_phase", "varchar"),
    ]
    assert parse_manifest(described).view("fv_team_position_defense").ttl is None


def test_every_view_joins_once_a_side_and_only_numbers_have_differences(described):
    service = parse_manifest(described).service("team_matchup")
    side = [
        "net_rating_l10",
        "games_played",
        "rest_days",
        "is_back_to_back",
        "season_phase",
    ]
    assert list(service.feature_names) == [
        *(f"home_{name}" for name in side),
        *(f"away_{name}" for name in side),
        "diff_net_rating_l10",
        "diff_games_played",
        "diff_rest_days",
    ]
    assert service.columns[0].source == "home_fv_team_form__net_rating_l10"
    first = service.differences[0]
    assert (first.home.name, first.away.name) == (
        "home_net_rating_l10",
        "away_net_rating_l10",
    )


def test_a_side_takes_its_own_column_of_the_spine_where_there_is_one(described):
    catalog = parse_manifest(described)
    matchup = {join.name: join.keys for join in catalog.service("team_matchup").joins}
    assert matchup["away_fv_team_schedule"] == (
        ("game_id", "game_id"),
        ("team_id", "away_team_id"),
    )
    player = {join.name: join.keys for join in catalog.service("player_game").joins}
    assert player == {
        "fv_player_form": (("player_id", "player_id"),),
        "team_fv_team_form": (("team_id", "team_id"),),
        "opponent_fv_team_form": (("team_id", "opponent_team_id"),),
        "opponent_fv_team_position_defense": (
            ("team_id", "opponent_team_id"),
            ("position", "position"),
        ),
    }


def test_a_feature_that_the_spine_has_itself_is_left_out(described):
    columns = node(described, "fv_player_form")["columns"]
    columns["position"] = {"name": "position", "data_type": "varchar"}
    columns["min_l5"] = {"name": "min_l5", "data_type": "double"}
    exposure(described, "player_game")["config"]["meta"]["holds"] = "everything"
    service = parse_manifest(described).service("player_game")
    assert service.feature_names[:2] == ("pts_l5", "min_l5")
    assert "position" not in service.feature_names


def test_a_service_holds_the_features_that_name_it_or_everything(described):
    node(described, "fv_team_schedule")["columns"]["elo"] = {
        "name": "elo",
        "data_type": "double",
    }
    wide = copy.deepcopy(exposure(described, "team_matchup"))
    wide["name"] = "team_matchup_wide"
    wide["config"]["meta"] |= {"service": "team_matchup_wide", "holds": "everything"}
    described["exposures"]["exposure.tipoff.team_matchup_wide"] = wide
    catalog = parse_manifest(described)
    narrow = catalog.service("team_matchup").feature_names
    assert "home_elo" not in narrow
    assert {*catalog.service("team_matchup_wide").feature_names} == {
        *narrow,
        "home_elo",
        "away_elo",
        "diff_elo",
    }


def test_expectations_follow_from_meta_those_of_a_difference_from_both_sides(described):
    expected = {
        item.column: item
        for item in parse_manifest(described).service("team_matchup").expectations
    }
    assert expected["away_net_rating_l10"] == Expectation(
        "away_net_rating_l10", Limits(-60, 60), Limits(-31, 31, 0.1)
    )
    assert expected["diff_net_rating_l10"] == Expectation(
        "diff_net_rating_l10", Limits(-120, 120)
    )
    assert expected["diff_games_played"] == Expectation(
        "diff_games_played", Limits(-110, 110)
    )
    assert expected["diff_rest_days"] == Expectation("diff_rest_days")


def test_a_limit_of_another_name_is_refused(described):
    columns = node(described, "fv_team_form")["columns"]
    columns["net_rating_l10"]["config"]["meta"]["can_be"] = {"maximum": 60}
    with pytest.raises(BuildError, match=r"fv_team_form.net_rating_l10: can_be is"):
        parse_manifest(described)


def rename(described):
    columns = node(described, "fv_team_form")["columns"]
    columns["net_rating_l11"] = columns.pop("net_rating_l10")
    columns["net_rating_l11"]["name"] = "net_rating_l11"


def retype(described):
    columns = node(described, "fv_team_form")["columns"]
    columns["games_played"]["data_type"] = "double"


def outlive(described):
    node(described, "fv_team_form")["config"]["meta"]["feast"]["ttl_days"] = 31


def rewrite(described):
    node(described, "fv_team_form")["checksum"]["checksum"] = "other sql"


def rewrite_upstream(described):
    node(described, "stg_games")["checksum"]["checksum"] = "other sql"


def rewrite_macro(described):
    described["macros"]["macro.tipoff.feature"]["macro_sql"] = "{{ x }}"


@pytest.mark.parametrize(
    "change",
    [rename, retype, outlive, rewrite, rewrite_upstream, rewrite_macro],
    ids=lambda change: change.__name__,
)
def test_the_hash_of_a_service_changes_with_what_it_means(described, change):
    before = parse_manifest(described).service("team_matchup").content_hash
    change(described)
    assert parse_manifest(described).service("team_matchup").content_hash != before


def test_the_hash_of_a_service_keeps_through_what_does_not_concern_it(described):
    before = parse_manifest(described).service("team_matchup").content_hash
    form = node(described, "fv_team_form")
    form["columns"]["games_played"]["description"] = "Said better."
    node(described, "fv_player_form")["checksum"]["checksum"] = "other sql"
    described["macros"]["macro.dbt.run"]["macro_sql"] = "a newer dbt"
    described["nodes"] = dict(reversed(described["nodes"].items()))
    assert parse_manifest(described).service("team_matchup").content_hash == before


def forget_entities(described):
    node(described, "fv_team_form")["config"]["meta"] = {}


def forget_timestamp(described):
    del node(described, "fv_team_form")["columns"]["event_timestamp"]


def huge_type(described):
    node(described, "fv_team_form")["columns"]["games_played"]["data_type"] = "HUGEINT"


def forget_spine(described):
    del exposure(described, "team_matchup")["config"]["meta"]["spine"]


def unknown_spine(described):
    exposure(described, "team_matchup")["config"]["meta"]["spine"] = "fct_games"


def undescribed_key(described):
    del node(described, "fct_team_matchups")["columns"]["home_team_id"]


def stranger(described):
    sides = exposure(described, "player_game")["config"]["meta"]["sides"]
    sides["opponent"] = ["fv_team_strength"]


def twins(described):
    columns = node(described, "fv_team_schedule")["columns"]
    columns["games_played"] = {
        "name": "games_played",
        "data_type": "bigint",
        "config": {"meta": {"services": ["team_matchup"]}},
    }


def one_name(described):
    exposure(described, "player_game")["config"]["meta"] |= {
        "service": "team_matchup",
        "holds": "everything",
    }


def name_no_service(described):
    for column in node(described, "fv_team_schedule")["columns"].values():
        column["config"]["meta"].pop("services", None)


def name_another_service(described):
    column = node(described, "fv_team_schedule")["columns"]["rest_days"]
    column["config"]["meta"]["services"] = ["player_game"]


def name_a_word(described):
    column = node(described, "fv_team_schedule")["columns"]["rest_days"]
    column["config"]["meta"]["services"] = "team_matchup"


def hold_much(described):
    exposure(described, "team_matchup")["config"]["meta"]["holds"] = "much"


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (name_no_service, "home_fv_team_schedule, .*of which it holds no feature"),
        (name_another_service, "rest_days names the service player_game, which does"),
        (name_a_word, "rest_days: services is 'team_matchup'"),
        (hold_much, "exposure team_matchup holds 'much'"),
        (forget_entities, "fv_team_form has no entities"),
        (forget_timestamp, "fv_team_form has no column event_timestamp"),
        (huge_type, "fv_team_form.games_played has data_type 'hugeint'"),
        (forget_spine, "exposure team_matchup names no service or no spine"),
        (unknown_spine, "its spine fct_games is no model with columns"),
        (undescribed_key, "no column to join fv_team_form.team_id to"),
        (stranger, "sides name fv_team_strength"),
        (twins, "has home_games_played twice"),
        (one_name, "two exposures name the service team_matchup"),
    ],
    ids=lambda item: getattr(item, "__name__", ""),
)
def test_a_gap_in_the_manifest_is_named(described, damage, said):
    damage(described)
    with pytest.raises(BuildError, match=said):
        parse_manifest(described)


def test_what_is_not_there_is_said_with_what_is(described, tmp_path):
    catalog = parse_manifest(described)
    with pytest.raises(MissingError, match="there are: player_game, team_matchup"):
        catalog.service("matchup")
    with pytest.raises(MissingError, match="no feature view 'fv_team'"):
        catalog.view("fv_team")
    with pytest.raises(MissingError, match="no dbt manifest"):
        read_catalog(Settings(home=tmp_path))
