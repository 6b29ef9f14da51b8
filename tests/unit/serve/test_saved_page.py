"""The page that is saved holds its answers, whatever stands in them."""

import json
import re

from ml.serve.saved_page import page


def test_answers_come_back_whatever_a_name_is() -> None:
    name = "</script><script>alert(1)</script><!-- \\u003c & Dončić"
    kept = {"games": json.dumps([{"home_team": name}]), "players/7": "{}"}
    html = page(kept)
    assert html.count("</script>") == html.count("<script") == 2
    found = re.search(
        r'<script id="kept" type="application/json">(.*?)</script>', html, re.DOTALL
    )
    assert found is not None
    assert json.loads(found[1]) == {"games": [{"home_team": name}], "players/7": {}}


def test_nothing_is_asked_of_another_file() -> None:
    html = page({})
    assert re.findall(r'<(?:link|script|img)[^>]* (?:href|src)="(?!data:)', html) == []
