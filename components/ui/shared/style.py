"""The stylesheet: what Streamlit's theme does not say. Colours follow the theme, light or dark."""

from __future__ import annotations

import streamlit as st

_CSS = """
<style>
:root { --tt-line: color-mix(in srgb, currentColor 16%, transparent);
        --tt-soft: color-mix(in srgb, currentColor 62%, transparent);
        --tt-faint: color-mix(in srgb, currentColor 5%, transparent);
        --tt-gold: #b07a12; --tt-red: #b3372b; }
.stApp[data-theme="dark"], [data-tt-scheme="dark"] { --tt-gold: #e2b04a; --tt-red: #f08d80; }
@media (prefers-color-scheme: dark) { :root { --tt-gold: #d9a540; --tt-red: #ee8a7d; } }

.stMainBlockContainer { padding: 4.2rem 2rem 4rem; max-width: 1500px; }
@media (max-width: 640px) { .stMainBlockContainer { padding: 4rem 0.9rem 3rem; } }
.stHtml p { margin: 0; }
/* The upload field as one button: dropping a file on it and pasting work all the same. */
[data-testid="stFileUploaderDropzone"] { padding: 0; border: 0; background: none; min-height: 0; }
[data-testid="stFileUploaderDropzoneInstructions"] { display: none; }
/* Helpers without a body take no room. */
.st-key-tt-listen, .st-key-tt-paste { position: absolute; }
/* No request leaves without an image that is on its way into the form. */
.stApp:has([data-testid="stFileChip"]):not(:has([data-testid="stFileChipIconError"]))
  .st-key-tt-generate { pointer-events: none; opacity: .45; }
/* The shortcut works; its label would only make the button's name longer. */
.st-key-tt-generate kbd { display: none; }

.tt-ribbon { display: flex; align-items: center; gap: .5rem; font-size: .84rem;
  color: var(--tt-soft); flex-wrap: wrap; }
.tt-ribbon b { color: var(--tt-gold); font-weight: 600; }
.tt-dot { width: .55rem; height: .55rem; border-radius: 50%; background: var(--tt-gold);
  display: inline-block; flex: none; }
.tt-dot.tt-live { background: #2f8f5b; }
.tt-ribbon a { color: inherit; }

.tt-button { display: inline-flex; align-items: center; justify-content: center; gap: .4rem;
  min-height: 2.5rem; padding: .25rem .8rem; border-radius: .6rem; white-space: nowrap;
  border: 1px solid var(--tt-line); color: inherit !important; text-decoration: none !important;
  font: inherit; font-size: .875rem; box-sizing: border-box; }
.tt-button:hover { background: var(--tt-faint); border-color: var(--tt-soft); }
.tt-button:focus-visible, .tt-frame:focus-visible { outline: 2px solid; outline-offset: 2px; }
.tt-small { min-height: 0; padding: .1rem .1rem; border: 0; }
.tt-small:hover { background: none; color: inherit !important;
  text-decoration: underline !important; }

.tt-head { display: flex; align-items: baseline; gap: .5rem; flex-wrap: wrap; min-height: 1.6rem; }
.tt-alias { font-weight: 650; font-size: 1.05rem; overflow-wrap: anywhere; }
.tt-note { color: var(--tt-soft); font-size: .84rem; }

.tt-frame { position: relative; display: flex; align-items: center; justify-content: center;
  width: 100%; aspect-ratio: 1 / 1; border-radius: .6rem; overflow: hidden;
  background: var(--tt-faint); border: 1px solid var(--tt-line); box-sizing: border-box;
  color: inherit !important; text-decoration: none !important; }
.tt-frame img { width: 100%; height: 100%; object-fit: contain; display: block; }
a.tt-frame { cursor: zoom-in; }
.tt-fault { flex-direction: column; gap: .7rem; padding: 1.4rem; text-align: center;
  border-style: dashed; overflow: auto; }
.tt-fault .tt-state { font-weight: 650; color: var(--tt-red); text-transform: capitalize; }
.tt-fault.tt-calm .tt-state { color: var(--tt-soft); }
.tt-fault p { overflow-wrap: anywhere; max-width: 34rem; font-size: .95rem; line-height: 1.45; }

.tt-figures { display: grid; grid-template-columns: 1fr 1fr; gap: .6rem; margin-top: .55rem;
  min-height: 3.6rem; }
.tt-figure { display: flex; flex-direction: column; min-width: 0; }
.tt-value { font-size: 1.6rem; font-weight: 600; line-height: 1.15;
  font-variant-numeric: tabular-nums; white-space: nowrap; }
.tt-unit { color: var(--tt-soft); font-size: .8rem; }
.tt-best .tt-value { color: var(--tt-gold); }
.tt-none .tt-value { color: var(--tt-soft); }
.tt-mark { color: var(--tt-gold); font-weight: 650; }
.tt-facts { color: var(--tt-soft); font-size: .84rem; line-height: 1.5; min-height: 2.5rem;
  margin-top: .2rem; overflow-wrap: anywhere; }

.tt-asked { border-left: 3px solid var(--tt-line); padding: .1rem 0 .1rem .9rem;
  white-space: pre-wrap; overflow-wrap: anywhere; max-height: 9.5rem; overflow-y: auto;
  line-height: 1.45; }
.tt-when { color: var(--tt-soft); font-size: .84rem; margin-top: .35rem; }
.tt-inputs { display: flex; gap: .5rem; flex-wrap: wrap; margin-top: .4rem; }
.tt-inputs img { height: 4.2rem; width: 4.2rem; object-fit: cover; border-radius: .4rem;
  border: 1px solid var(--tt-line); display: block; }
.tt-progress { font-size: 1.05rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.tt-refused { color: var(--tt-red); font-size: .9rem; }
.tt-estimate { color: var(--tt-soft); font-size: .9rem; }
.tt-empty { text-align: center; color: var(--tt-soft); padding: 2.5rem 1rem; line-height: 1.6; }
.tt-table { width: 100%; border-collapse: collapse; font-size: .92rem; }
.tt-table th { text-align: left; font-weight: 600; color: var(--tt-soft);
  padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--tt-line); }
.tt-table td { padding: .55rem .8rem .55rem 0; border-bottom: 1px solid var(--tt-line);
  vertical-align: top; overflow-wrap: anywhere; }
.tt-name { white-space: nowrap; }
@media (max-width: 640px) {
  .st-key-tt-generate, .st-key-tt-generate button { width: 100%; }
  .tt-table thead { display: none; }
  .tt-table tr { display: block; padding: .6rem 0; border-bottom: 1px solid var(--tt-line); }
  .tt-table td { display: block; border: 0; padding: .1rem 0; }
}
</style>
"""


def install() -> None:
    """Put the stylesheet on the page."""
    st.html(_CSS)
