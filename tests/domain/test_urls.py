"""The addresses of the server."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from starlette.routing import Match, Route

from components.domain import urls
from components.domain.filters import Filter

HASH, ID = "a" * 64, "c" * 32


@pytest.mark.parametrize(
    ("link", "pattern", "values"),
    [
        (urls.media(HASH, "jpg"), urls.MEDIA_ROUTE, {"sha256": HASH, "extension": "jpg"}),
        (urls.preview(HASH), urls.PREVIEW_ROUTE, {"sha256": HASH}),
        (urls.thumbnail(HASH), urls.THUMBNAIL_ROUTE, {"sha256": HASH}),
        (urls.live(ID), urls.LIVE_ROUTE, {"comparison_id": ID}),
        (urls.export("csv"), urls.EXPORT_ROUTE, {"extension": "csv"}),
        (urls.comparison_zip(ID), urls.COMPARISON_ZIP_ROUTE, {"comparison_id": ID}),
        (urls.comparison_html(ID), urls.COMPARISON_HTML_ROUTE, {"comparison_id": ID}),
        (urls.download(ID), urls.DOWNLOAD_ROUTE, {"generation_id": ID}),
        (urls.kept(HASH), urls.KEPT_ROUTE, {"sha256": HASH}),
    ],
)
def test_a_link_leads_where_its_pattern_is_served(
    link: str, pattern: str, values: dict[str, str]
) -> None:
    route = Route(pattern, lambda _request: None)
    matched, scope = route.matches({"type": "http", "method": "GET", "path": link})
    assert matched is Match.FULL
    assert scope["path_params"] == values


def test_whole_columns_become_links_and_what_is_missing_stays_missing() -> None:
    hashes = pd.Series([HASH, None], dtype="str")
    assert urls.thumbnail(hashes)[0] == urls.thumbnail(HASH)
    found = urls.media(hashes, pd.Series(["jpg", None], dtype="str"))
    assert found[0] == urls.media(HASH, "jpg")
    assert pd.isna(found[1])


def test_a_setup_link_carries_any_prompt() -> None:
    link = urls.setup("a + b & c\n=1 🦊", ["x", "y&z"], 3)
    assert parse_qs(urlsplit(link).query) == {
        "prompt": ["a + b & c\n=1 🦊"],
        "alias": ["x", "y&z"],
        "samples": ["3"],
    }


def test_links_of_earlier_versions_are_still_made_alike() -> None:
    assert urls.comparison(ID) == f"/?comparison={ID}"
    assert urls.selection(["a", "b"]) == "/selection?generation=a&generation=b"
    assert urls.live(ID, once=True) == f"/live/{ID}?once=1"
    assert urls.export("csv", Filter(q="a&b").query) == "/export/history.csv?q=a%26b"


@pytest.mark.parametrize(
    ("configured", "asked", "found"),
    [
        (None, "http://localhost:8501/?comparison=a", "http://localhost:8501"),
        (None, "http://localhost:8501/", "http://localhost:8501"),
        (None, "https://[::1]:8501/history?q=a/b", "https://[::1]:8501"),
        (None, "https://triptych.example", "https://triptych.example"),
        ("https://triptych.example/here", "http://10.0.0.1/", "https://triptych.example/here"),
        ("https://triptych.example/here/", "http://10.0.0.1/", "https://triptych.example/here"),
    ],
)
def test_the_public_address_is_what_is_configured_else_the_origin_that_was_asked(
    configured: str | None, asked: str, found: str
) -> None:
    assert urls.public_address(configured, asked) == found
