"""PURE: one comparison as an HTML page that needs nothing else: pictures and figures are inside."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from html import escape

from components.domain.media_types import preview_type
from components.domain.model import Comparison, Generation, Picture
from components.domain.version import GENERATOR

# Nothing is loaded, run, sent or framed, whatever a prompt or a reply holds.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'"

_STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent);
  --soft: color-mix(in srgb, currentColor 62%, transparent); }
body { font: 16px/1.5 system-ui, Helvetica, Arial, sans-serif; margin: 2rem auto;
  max-width: 1400px; padding: 0 1.2rem; }
h1 { font-size: 1.1rem; margin: 0 0 1rem; color: var(--soft); font-weight: 600; }
.prompt { white-space: pre-wrap; overflow-wrap: anywhere; border-left: 3px solid var(--line);
  padding-left: 1rem; font-size: 1.1rem; }
.soft { color: var(--soft); font-size: .88rem; overflow-wrap: anywhere; }
.inputs img { height: 5rem; border-radius: .4rem; margin-right: .5rem; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(300px, 100%), 1fr));
  gap: 1.4rem; margin-top: 1.6rem; }
figure { margin: 0; }
.frame { aspect-ratio: 1; border: 1px solid var(--line); border-radius: .6rem; display: flex;
  align-items: center; justify-content: center; overflow: hidden; padding: 0; }
.frame img { width: 100%; height: 100%; object-fit: contain; }
.fault { padding: 1.2rem; text-align: center; overflow-wrap: anywhere; }
.alias { font-weight: 650; margin: 0 0 .3rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .1rem .9rem; margin: .6rem 0; }
dt { color: var(--soft); } dd { margin: 0; text-align: right; overflow-wrap: anywhere;
  font-variant-numeric: tabular-nums; }
details pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; font-size: .9rem; }
"""


def standalone_page(
    comparison: Comparison, preview: Callable[[Picture], bytes | None], permalink: str
) -> str:
    """The page as HTML in UTF-8 text.

    `preview` gives the preview of a picture, None where it is missing. Previews, not
    originals: twelve originals would make a file of 25 MB that no mail takes; each figure is that
    of the original, whose SHA-256 stands beside it.
    """
    cells = "".join(_cell(one, preview) for one in comparison.generations)
    inputs = "".join(_image(one.picture, preview, one.name) for one in comparison.inputs)
    gateways = ", ".join(dict.fromkeys(one.gateway for one in comparison.generations))
    title = " ".join(comparison.prompt.split())[:80]
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="{GENERATOR}">
<title>{escape(title)} · Triptych</title><style>{_STYLE}</style></head>
<body><h1>Triptych · a comparison</h1>
<div class="prompt">{escape(comparison.prompt)}</div>
<p class="inputs">{inputs}</p>
<p class="soft">{_time(comparison.created_at)} · {escape(gateways)} · comparison {
        escape(comparison.id)
    }<br>{escape(permalink)}</p>
<main class="grid">{cells}</main>
<p class="soft">The pictures are previews; bytes, dimensions and SHA-256 are those of the
originals.</p></body></html>
"""


def _cell(one: Generation, preview: Callable[[Picture], bytes | None]) -> str:
    success, failure = one.success, one.failure
    facts = [("state", one.state.value)]
    if one.latency_s is not None:
        facts.append(("latency", f"{one.latency_s:.3f} s"))
    if success:
        picture, usage = success.picture, success.usage
        facts += [
            ("bytes", f"{picture.bytes:,}"),
            ("picture", f"{picture.width} × {picture.height} {picture.format}"),
            ("answered by", success.answered_by or "unknown"),
            ("tokens", "unknown" if usage.total_tokens is None else f"{usage.total_tokens:,}"),
            ("cost", "unknown" if success.cost_usd is None else f"${success.cost_usd:.4f}"),
            ("SHA-256", picture.sha256),
        ]
        shown = _image(picture, preview, f"Picture by {one.alias}, sample {one.sample}")
    else:
        shown = f'<p class="fault">{escape(failure.message if failure else "No picture yet.")}</p>'
    if one.attempt > 1:
        facts.append(("attempt", str(one.attempt)))
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts)
    text = ""
    if one.text:
        text = f"<details><summary>Text</summary><pre>{escape(one.text)}</pre></details>"
    sample = f" · sample {one.sample}" if one.sample > 1 else ""
    return (
        f'<figure><figcaption class="alias">{escape(one.alias)}{sample}</figcaption>'
        f'<div class="frame">{shown}</div><dl>{rows}</dl>{text}</figure>'
    )


def _image(picture: Picture, preview: Callable[[Picture], bytes | None], alt: str) -> str:
    data = preview(picture)
    if data is None:
        return '<p class="fault">The picture is not in the media store any more.</p>'
    encoded = base64.b64encode(data).decode()
    return f'<img src="data:{preview_type(data)};base64,{encoded}" alt="{escape(alt)}">'


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
