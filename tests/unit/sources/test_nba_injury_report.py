import csv
import io
import json
import re
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ml.errors import SourceError
from ml.sources.nba.injury_report import (
    NOT_YET_SUBMITTED,
    parse_injury_report,
    report_moment,
    report_names,
)
from tests.recordings import recorded
from tests.stand_in.report_pdf import COMPACT, LAYOUTS, Layout, draw_report

pytest.importorskip("pdfplumber", reason="the locked environment is not installed")

MOMENT = datetime(2026, 1, 8, 17, 30)
REASONS = (
    "Injury/Illness - Left Calf; Tightness",
    "Injury/Illness - Right Wrist; Fracture/Facial Laceration/Concussion Protocol",
    "Injury/Illness - Left Sacroiliac Joint; Dysfunction",
    "G League - Two-Way",
    "Rest",
    "-",
)


def rows(*listed: int, moment: datetime = MOMENT) -> list[dict[str, Any]]:
    """Two games; for each of four teams how many are listed, 0 = not yet submitted."""
    found = []
    teams = ("Orlando Magic", "Boston Celtics", "LA Clippers", "Utah Jazz")
    for place, (team, number) in enumerate(zip(teams, listed, strict=True)):
        game = ("ORL@BOS", "07:00") if place < 2 else ("LAC@UTA", "10:30")
        row: dict[str, Any] = {
            "report_at_et": moment,
            "game_date": date(2026, 1, 8) if place < 2 else date(2026, 1, 9),
            "game_time_et": game[1],
            "matchup": game[0],
            "team": team,
            "player": None,
            "status": None,
            "reason": NOT_YET_SUBMITTED,
        }
        if not number:
            found.append(row)
        for player in range(number):
            reason = REASONS[(place + player) % len(REASONS)]
            status = ("Out", "Doubtful", "Questionable", "Probable", "Available")
            name = f"Hill {'Jr.' if player % 2 else 'III'}, O'{'abcdefgh'[player]}"
            told = {"player": name, "status": status[player % 5], "reason": reason}
            found.append(row | told)
    return found


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=[*LAYOUTS])
def test_every_layout_is_read_into_the_same_rows(layout: Layout) -> None:
    made = rows(3, 0, 6, 2)
    found = parse_injury_report(draw_report(MOMENT, made, layout))
    assert found.to_dict("records") == made


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    st.lists(st.integers(0, 7), min_size=4, max_size=4),
    st.sampled_from(list(LAYOUTS.values())),
    st.integers(160, 320),
)
def test_pages_may_end_anywhere(listed: list[int], layout: Layout, bottom: int) -> None:
    made = rows(*listed)
    drawn = draw_report(MOMENT, made, layout, bottom=float(bottom))
    assert parse_injury_report(drawn).to_dict("records") == made


def test_a_reason_may_run_over_the_page() -> None:
    made = rows(1, 1, 2, 1)
    ends = set()
    for bottom in range(126, 240, 7):
        drawn = draw_report(MOMENT, made, COMPACT, bottom=float(bottom))
        assert parse_injury_report(drawn).to_dict("records") == made
        ends.add(drawn.count(b"/Type /Page "))
    assert len(ends) > 1


def test_a_report_without_rows() -> None:
    assert parse_injury_report(draw_report(MOMENT, [])).empty


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("Injury-Report_2024-01-04_12PM.pdf", datetime(2024, 1, 4, 12, 30)),
        ("Injury-Report_2024-01-04_12AM.pdf", datetime(2024, 1, 4, 0, 30)),
        ("Injury-Report_2026-01-04_05_15PM.pdf", datetime(2026, 1, 4, 17, 15)),
        ("Injury-Report_2026-01-04_05_30AM.pdf", datetime(2026, 1, 4, 5, 30)),
        ("report.pdf", None),
    ],
)
def test_names_of_files(name: str, moment: datetime | None) -> None:
    assert report_moment(name) == moment
    if moment is not None:
        assert name in report_names(moment)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<HTML><HEAD><TITLE>Access Denied", "wanted is a PDF file"),
        (b"", "wanted is a PDF file"),
        (draw_report(MOMENT, rows(3, 0, 6, 2))[:900], "cannot be read|no title"),
        (draw_report(MOMENT, [rows(1, 1, 1, 1)[0] | {"status": "Perhaps"}]), "Perhaps"),
    ],
)
def test_what_is_no_report_is_refused(body: bytes, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        parse_injury_report(body)


def test_a_header_that_lacks_a_column_is_refused() -> None:
    columns = tuple(each for each in COMPACT.columns if each[0] != "Matchup")
    layout = Layout((*columns, ("Matchups", 200.0)))
    made = [dict(row) for row in rows(1, 1, 1, 1)]
    drawn = draw_report(MOMENT, [], layout)
    assert made and parse_or_error(drawn).startswith("injury report: ")


def parse_or_error(body: bytes) -> str:
    with pytest.raises(SourceError) as error:
        parse_injury_report(body)
    return error.value.problem


REPORTS = {
    "Injury-Report_2019-04-01_08PM": (97, 0),
    "Injury-Report_2021-04-01_08PM": (105, 5),
    "Injury-Report_2021-04-23_08PM": (109, 3),
    "Injury-Report_2024-01-04_12PM": (14, 29),
    "Injury-Report_2025-04-23_07PM": (23, 1),
}


@pytest.mark.real
@pytest.mark.parametrize("name", REPORTS)
def test_recorded_reports(name: str) -> None:
    found = parse_injury_report(recorded(f"injury_report/{name}.pdf"))
    assert set(found["report_at_et"]) == {report_moment(f"{name}.pdf")}
    is_listed = found["player"].notna()
    assert (int(is_listed.sum()), int((~is_listed).sum())) == REPORTS[name]
    assert found["team"].nunique() <= 30
    assert found["player"].dropna().str.fullmatch(r"[^,]+, [^,]+").all()
    # Who is available needs no reason: a dash.
    is_dash = found["reason"] == "-"
    assert set(found.loc[is_dash, "status"]) <= {"Available"}
    assert found["reason"].notna().all()
    assert not found.loc[~is_dash, "reason"].str.contains(r";$|- -|^-").any()
    key = ["game_date", "matchup", "team", "player"]
    assert not found[is_listed].duplicated(key).any()


@pytest.mark.real
def test_a_report_read_by_hand() -> None:
    name = "injury_report/Injury-Report_2025-04-23_07PM.pdf"
    found = parse_injury_report(recorded(name)).set_index("player")
    wells, tate = found.loc["Wells, Jaylen"], found.loc["Tate, Jae'Sean"]
    assert wells["reason"] == (
        "Injury/Illness - Right Wrist; Fracture/Facial Laceration/Concussion Protocol"
    )
    assert (wells["team"], wells["matchup"]) == ("Memphis Grizzlies", "OKC@MEM")
    assert wells["game_date"] == date(2025, 4, 24)
    # His reason runs over the page.
    assert tate["reason"] == "Injury/Illness - Right Ankle; Impingement"
    assert (tate["matchup"], tate["game_time_et"]) == ("GSW@HOU", "09:30")


@pytest.mark.real
def test_others_read_the_same_from_a_report() -> None:
    name = "parsed_by_others/najicham_2024-01-04_12PM.json"
    others = json.loads(recorded(f"injury_report/{name}"))["records"]
    body = recorded("injury_report/Injury-Report_2024-01-04_12PM.pdf")
    found = parse_injury_report(body).dropna(subset="player")
    columns = ["player", "status", "reason", "matchup"]
    assert found[columns].to_dict("records") == [
        {column: other[column] for column in columns} for other in others
    ]


# Of the others' files: players read by both, of these statuses and teams the same.
AGREEMENT = {
    "Injury-Report_2021-04-01_08PM": (105, 104, 102, 97),
    "Injury-Report_2021-04-23_08PM": (109, 107, 107, 102),
}


@pytest.mark.real
@pytest.mark.parametrize("name", AGREEMENT)
def test_agreement_with_others_is_as_it_was(name: str) -> None:
    """What differs are their misreadings: ``Redick,]]``, empty statuses and teams."""
    text = recorded(f"injury_report/parsed_by_others/{name}.csv").decode()
    others = {row["player"]: row for row in csv.DictReader(io.StringIO(text))}
    found = parse_injury_report(recorded(f"injury_report/{name}.pdf"))
    ours = {
        re.sub(r"\s", "", row.player): row
        for row in found.dropna(subset="player").itertuples()
    }
    both = ours.keys() & others.keys()
    statuses = sum(ours[name].status == others[name]["status"] for name in both)
    teams = sum(
        ours[name].team.replace(" ", "") == others[name]["team"] for name in both
    )
    assert (len(others), len(both), statuses, teams) == AGREEMENT[name]
    for player in both:
        theirs = others[player]["status"]
        assert theirs in ("", ours[player].status)
