"""What opens an address is neither stored nor shown; what names the file stays."""

from __future__ import annotations

import pytest

from pipeline.addresses import shown, without_credentials

CLEAN = "https://example.org/f.csv"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("https://example.org/f.csv", CLEAN),
        ("https://me:word@example.org/f.csv", CLEAN),
        ("https://example.org:8443/f.csv?year=2026&format=csv", "https://example.org:8443/f.csv?year=2026&format=csv"),
        ("https://example.org/f.csv?token=word&year=2026", CLEAN + "?year=2026"),
        ("https://example.org/f.csv?to%6ben=word", CLEAN),
        ("https://example.org/f.csv?API_Key=word&key=word&apikey=word&x-api-key=word", CLEAN),
        ("https://example.org/f.csv?access_token=word&client_secret=word&password=word&pass=word&auth=word", CLEAN),
        ("https://example.org/f.csv?email=word%40example.org&key=word&country=Mali", CLEAN + "?country=Mali"),
        ("https://example.org/f.csv?X-Amz-Signature=word&X-Amz-Credential=word&X-Amz-Expires=60&v=2", CLEAN + "?v=2"),
        ("https://example.org/f.csv?AWSAccessKeyId=word&Signature=word&Expires=60", CLEAN),
        ("https://example.org/f.csv?sv=2024&se=2026&sp=r&sig=word", CLEAN),
        ("https://example.org/f.csv?expires=2026", CLEAN + "?expires=2026"),
        ("https://example.org/f.csv?keyword=gao&monkey=1", CLEAN + "?keyword=gao&monkey=1"),
        ("https://example.org/f.csv#access_token=word", CLEAN),
    ],
)
def test_credentials_are_left_out_and_nothing_else(given: str, wanted: str) -> None:
    assert shown(given) == wanted
    assert "word" not in wanted.replace("keyword", "")


def test_what_was_left_out_is_named_without_its_value() -> None:
    clean, left_out = without_credentials("https://me:word@example.org/f.csv?token=word&year=2026")
    assert left_out == ("the account", "token")
    assert without_credentials(clean) == (clean, ())


def test_what_is_no_address_shows_no_account() -> None:
    assert "word" not in shown("https://me:word@[example.org/f.csv?token=word")
