"""A target is a place: whatever else it holds is refused and not repeated."""

from pathlib import Path

import pytest

from ml.errors import SettingsError
from ml.report.publish_target import check_target
from ml.settings import Settings

SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEX42"
WITH_SECRETS = [
    f"s3://AKIAQ7FAKEFAKEFAKE42:{SECRET}@bucket/nba",
    f"s3:/AKIAQ7FAKEFAKEFAKE42:{SECRET}@bucket/nba",
    f"s3:AKIAQ7FAKEFAKEFAKE42:{SECRET}@bucket/nba",
    f"s3:///{SECRET}@bucket/nba",
    f"S3://{SECRET}@bucket/nba",
    f"s3://{SECRET}:x/nba",
    f"s3://user%3A{SECRET}%40bucket/nba",
    f"s3://user%253A{SECRET}%2540bucket/nba",
    f"s3://bucket/nba/{SECRET}@x",
    f"s3://bucket/nba/{SECRET}",
    f"s3://bucket/{SECRET.lower()}?x",
    f"s3://bucket/token={SECRET}/nba",
    f"simplecache::s3://key:{SECRET}@bucket/nba",
    f"filecache::s3://bucket/{SECRET}",
    f"gs://bucket/nba?X-Goog-Signature={SECRET}",
    f"abfs://container:{SECRET}@account.dfs.core.windows.net/nba",
    f"abfs://container@account.dfs.core.windows.net/nba?sig={SECRET}",
    f"https://account.blob.core.windows.net/nba?sv=2&sig={SECRET}",
    f"https://u:{SECRET}@example.com/nba",
    f"ftp://u:{SECRET}@example.com/nba",
    f"sftp://u:{SECRET}@example.com:22/nba",
    f"file://u:{SECRET}@localhost/nba",
    f"/srv/nba?sig={SECRET}&token={SECRET}",
    f"u:{SECRET}@bucket",
    f"{SECRET}://bucket",
    f"s3://bucket/nba#{SECRET}",
    f"s3://bucket\n{SECRET}",
]


@pytest.mark.parametrize("text", WITH_SECRETS)
def test_credentials_are_refused_and_not_repeated(text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refusal:
        check_target(Settings(home=tmp_path), text)
    told = str(refusal.value).casefold()
    assert SECRET.casefold()[:12] not in told
    assert "akiaq7" not in told


@pytest.mark.parametrize(
    "text",
    [
        "memory://nba",
        "MEMORY://nba",
        "memory:/nba",
        "data:text/plain,x",
        "http://example.com/nba",
        "zip://x.zip",
        "reference://x",
        "dir::/tmp",
        "pigeon://coop",
        "asdf:qwer",
        "s3://",
        "s3:///nba",
        "s3:/bucket",
        "file:relative",
        "file:/nba",
        "file://machine/nba",
        "",
        "   ",
        "s3://bucket\x1b[31m",
        "s3://" + "a" * 2000,
        "/dev/null",
        "~nobody-of-that-name/nba",
        "async_wrapper://nba",
        "memory：//nba",
    ],
)
def test_what_keeps_no_files_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="target"):
        check_target(Settings(home=tmp_path), text)


@pytest.mark.parametrize(
    "text",
    [
        "s3://bucket",
        "s3://bucket/nba/nights/",
        "s3://bucket/season=2023-24/nba",
        "file:///srv/nba",
        "/srv/nba",
        "relative folder",
    ],
)
def test_a_place_is_a_target_and_is_shown(text: str, tmp_path: Path) -> None:
    target = check_target(Settings(home=tmp_path), text)
    assert target.shown == text.rstrip("/")
    assert text.rstrip("/") not in repr(target).replace(target.shown, "")


def test_what_may_be_a_key_in_a_path_is_not_shown(tmp_path: Path) -> None:
    text = "s3://bucket/fake0key1fake2key/nba"
    target = check_target(Settings(home=tmp_path), text)
    # What is masked from now on is no reason to refuse it the second time.
    assert check_target(Settings(home=tmp_path), text) == target
    assert target.url == "s3://bucket/fake0key1fake2key/nba"
    assert target.shown == "s3://bucket/***/nba"
    assert "fake0key1" not in repr(target)


@pytest.mark.parametrize(
    "endpoint",
    [f"http://u:{SECRET}@minio:9000", f"http://minio/?token={SECRET}", "minio:9000"],
)
def test_an_endpoint_is_a_server(endpoint: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, s3_endpoint=endpoint)
    with pytest.raises(SettingsError, match="TIPOFF_S3_ENDPOINT") as refusal:
        check_target(settings, "s3://bucket")
    assert SECRET not in str(refusal.value)
