"""PURE: the server's addresses: patterns for its routes, functions for links to them.

All links are made here and begin at the root of the server. Functions for media take whole columns
of a frame as well as single texts. Ids and hashes are hexadecimal digits, so nothing is quoted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    import pandas as pd

Text = TypeVar("Text", str, "pd.Series[Any]")

# Pages, by the names that Streamlit has for them; Compare is the root.
HISTORY, SELECTION, GATEWAY = "history", "selection", "gateway"

# Names in the query of a page.
COMPARISON, GENERATION = "comparison", "generation"
PROMPT, ALIAS, SAMPLES = "prompt", "alias", "samples"

# Only from below `/app/static/` every element of Streamlit shows a picture by a root-relative URL.
_MEDIA, _PREVIEW, _THUMBNAIL = "/app/static/media/", "/app/static/preview/", "/app/static/thumb/"

# Patterns as Starlette reads them.
HEALTH_ROUTE = "/healthz"
LIVE_ROUTE = "/live/{comparison_id}"
EXPORT_ROUTE = "/export/history.{extension}"
COMPARISON_ZIP_ROUTE = "/download/comparison/{comparison_id}.zip"
COMPARISON_HTML_ROUTE = "/download/comparison/{comparison_id}.html"
DOWNLOAD_ROUTE = "/download/generation/{generation_id}"
KEPT_ROUTE = "/download/kept/{sha256}.bin"
MEDIA_ROUTE = _MEDIA + "{sha256}.{extension}"
PREVIEW_ROUTE = _PREVIEW + "{sha256}"
# Its former ending, for pages that were open when it was dropped.
FORMER_PREVIEW_ROUTE = _PREVIEW + "{sha256}.webp"
THUMBNAIL_ROUTE = _THUMBNAIL + "{sha256}.webp"
DEMO = "/demo"  # whatever is below it


def page(name: str) -> str:
    """A page by its name."""
    return f"/{name}"


def comparison(comparison_id: Text) -> Text:
    """The permalink of a comparison."""
    return f"/?{COMPARISON}=" + comparison_id


def setup(prompt: str, aliases: Iterable[str], samples: int) -> str:
    """A link that fills the form and sends nothing."""
    query = [(PROMPT, prompt), *((ALIAS, name) for name in aliases), (SAMPLES, str(samples))]
    return "/?" + urlencode(query)


def selection(generation_ids: Iterable[str]) -> str:
    """Generations side by side."""
    return page(SELECTION) + "?" + urlencode([(GENERATION, one) for one in generation_ids])


def media(sha256: Text, extension: Text) -> Text:
    """An original, byte for byte as it came."""
    return _MEDIA + sha256 + "." + extension


def preview(sha256: Text) -> Text:
    """The preview of an original, which pages show."""
    return _PREVIEW + sha256


def thumbnail(sha256: Text) -> Text:
    """The preview shrunk for tables."""
    return _THUMBNAIL + sha256 + ".webp"


def live(comparison_id: str, *, once: bool = False) -> str:
    """The event stream of a comparison; with `once` only its present news, as JSON."""
    return LIVE_ROUTE.format(comparison_id=comparison_id) + ("?once=1" if once else "")


def export(extension: str, query: str = "") -> str:
    """What a filter finds as a file; `query` is `Filter.query`, with its question mark."""
    return EXPORT_ROUTE.format(extension=extension) + query


def comparison_zip(comparison_id: str) -> str:
    """All originals of a comparison, a CSV and a JSON manifest."""
    return COMPARISON_ZIP_ROUTE.format(comparison_id=comparison_id)


def comparison_html(comparison_id: str) -> str:
    """A comparison as one page that opens offline."""
    return COMPARISON_HTML_ROUTE.format(comparison_id=comparison_id)


def download(generation_id: str) -> str:
    """The original of a generation as a file."""
    return DOWNLOAD_ROUTE.format(generation_id=generation_id)


def kept(sha256: str) -> str:
    """Bytes that came instead of a picture, as a file of no type."""
    return KEPT_ROUTE.format(sha256=sha256)


def public_address(configured: str | None, asked: str) -> str:
    """The address under which people reach this server, without a trailing slash.

    `configured` is the setting; where there is none, the origin of the URL that was `asked` for.
    """
    if configured:
        return configured.rstrip("/")
    parts = urlsplit(asked)
    return f"{parts.scheme}://{parts.netloc}"
