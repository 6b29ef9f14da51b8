"""Secrets are taken out of text, wherever a person or a library put them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.system.redaction import is_secret, redact, redacted, remember

KEY = "AKIAQ7FAKEFAKEFAKE42"
SECRET = "wJalr/XUtnFEMI+K7MDENG=bPxRfiCYEXAMPLE"

FORMS = [
    "s3://{key}:{secret}@bucket/nba",
    "s3:/{key}:{secret}@bucket/nba",
    "s3:///{key}:{secret}@bucket/nba",
    "simplecache::s3://{key}:{secret}@bucket/nba",
    "filecache::zip://x.csv::s3://{key}:{secret}@bucket/nba.zip",
    "{key}:{secret}@bucket",
    "https://acc.blob.core.windows.net/c?sv=2022&sig={secret}",
    "https://b.s3.amazonaws.com/k?X-Amz-Credential={key}&X-Amz-Signature={secret}",
    "https://b/k#access_token={secret}",
    'Could not connect to the endpoint URL: "https://u:{secret}@minio:9000/nba"',
    "ClientError('secret_access_key': '{secret}')",
    '{{"aws_secret_access_key": "{secret}", "n": 1}}',
    "AWS_SECRET_ACCESS_KEY={secret} tipoff nightly",
    "--password={secret}",
    "localhost:6379,password={secret}",
    "Authorization: Bearer {secret}",
    "s3%3A%2F%2F{key}%3A{secret}%40bucket",
    "https://x/y?a=b&token={secret}",
]


@pytest.mark.parametrize("form", FORMS)
def test_what_looks_like_a_secret_is_masked(form: str) -> None:
    text = form.format(key=KEY, secret=SECRET)
    told = redact(f"cannot open {text}, give another")
    assert "EXAMPLE" not in told
    assert "wJalr" not in told
    assert KEY not in told
    assert told.startswith("cannot open ")
    assert redact(told) == told


@pytest.mark.parametrize(
    "key",
    [KEY, "ghp_" + "a1B2" * 9, "xoxb-1234-abcdefghij", "eyJhbGciOi.eyJzdWIiOi.abc_DEF"],
)
def test_a_key_is_known_by_its_shape(key: str) -> None:
    assert key not in redact(f"s3://bucket/{key}/nba is not there")


@pytest.mark.parametrize(
    "text",
    [
        "DAL@BOS: the game",
        "{'game': 'DAL@BOS', 'moment': '2024-01-15T22:00:00'}",
        "/srv/nba/league.sqlite does not exist",
        "s3://bucket/nba/2024-01-15/manifest.json",
        "file:///srv/nba/latest.json",
        "team_matchup_2023-12-17_35bd83cdb445 serves",
        "player_game.min: 12 rows",
        "key=value, sort key: pts",
        "a pass of 3.5 to bob@example.com",
        "http://minio:9000",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert redact(text) == text
    assert not is_secret(text)


def test_the_value_of_a_secret_variable_is_masked_wherever_it_turns_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "plainwordsecret")
    monkeypatch.setenv("FSSPEC_S3_KEY", "another/one+of=them")
    monkeypatch.setenv("GITHUB_TOKEN", "12345678")
    assert redact("x plainwordsecret y") == "x *** y"
    assert redact("another%2Fone%2Bof%3Dthem") == "***"
    # A number is a player's as well.
    assert redact("player 12345678") == "player 12345678"


def test_what_was_remembered_is_masked_in_every_spelling() -> None:
    remember("s3://someone:pa%2Fss+word@bucket/nba?sig=abc%3Ddefgh")
    assert redact("pa/ss+word and pa%2Fss%2Bword and abc=defgh") == (
        "*** and *** and ***"
    )


def test_plain_data_stays_plain_data() -> None:
    record = {"key": "0" * 64, "token": 'a "b', "steps": [{"error": "s3://a:b@c"}, 1]}
    assert redacted(record) == {
        "key": "0" * 64,
        "token": "***",
        "steps": [{"error": "s3://***@c"}, 1],
    }


names = st.sampled_from(["token", "aws_secret", "pts", "player", "url", "password"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)
    ),
    max_leaves=8,
)


@given(values)
def test_json_stays_json(value: object) -> None:
    json.loads(redact(json.dumps(value)))


@given(st.text(max_size=300))
def test_any_text_can_be_redacted_and_once_is_enough(text: str) -> None:
    once = redact(text)
    assert redact(once) == once
