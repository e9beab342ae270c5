"""The part of the stylesheet that only the history and its selections need."""

from __future__ import annotations

import streamlit as st

_CSS = """
<style>
.st-key-tt-actions { min-height: 2.5rem; justify-content: space-between; }
/* Its download would be of this page only, and not defused for spreadsheets. */
.st-key-tt-history-rows [data-testid="stElementToolbar"] { display: none; }
.st-key-view button { text-transform: capitalize; }
.tt-found { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; }
.tt-gallery { display: flex; flex-direction: column; gap: 1.5rem; }
.tt-line-prompt { color: inherit !important; text-decoration: none !important; font-weight: 550;
  display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden;
  overflow-wrap: anywhere; max-width: 62rem; }
.tt-line-prompt:hover { text-decoration: underline !important; }
.tt-line .tt-when { margin: .1rem 0 .5rem; }
.tt-line .tt-when a { color: inherit; }
.tt-strip { display: flex; gap: .8rem; overflow-x: auto; padding-bottom: .3rem; }
.tt-hung { flex: none; width: 170px; display: flex; flex-direction: column; min-width: 0;
  color: inherit !important; text-decoration: none !important; }
.tt-hung img, .tt-lack { width: 170px; height: 170px; object-fit: cover; border-radius: .5rem;
  border: 1px solid var(--tt-line); background: var(--tt-faint); box-sizing: border-box; }
.tt-lack { display: flex; align-items: center; justify-content: center; color: var(--tt-soft);
  border-style: dashed; font-size: .9rem; }
.tt-hung-alias { font-size: .88rem; font-weight: 600; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; margin-top: .25rem; }
.tt-hung .tt-note { font-variant-numeric: tabular-nums; white-space: nowrap; }
.tt-hung:focus-visible { outline: 2px solid; outline-offset: 2px; border-radius: .5rem; }
.tt-figures-table th:not(:first-child), .tt-figures-table td:not(:first-child) {
  text-align: right; font-variant-numeric: tabular-nums; }
.tt-figures-table td:first-child { white-space: nowrap; }
.tt-figures-table tr.tt-all td { font-weight: 600; }
.tt-beside { display: grid; gap: 1.4rem; margin-top: 1rem;
  grid-template-columns: repeat(auto-fill, minmax(min(300px, 100%), 1fr)); }
.tt-beside p { margin: .3rem 0 0; }
.tt-clamped { display: -webkit-box; -webkit-line-clamp: 4; -webkit-box-orient: vertical;
  overflow: hidden; overflow-wrap: anywhere; font-size: .92rem; line-height: 1.4; }
.tt-beside .tt-when a { color: inherit; }
@media (max-width: 640px) {
  .tt-hung, .tt-hung img, .tt-lack { width: 132px; } .tt-hung img, .tt-lack { height: 132px; }
  .tt-figures-table td:not(:first-child) { display: flex; justify-content: space-between; }
  .tt-figures-table td:not(:first-child)::before { content: attr(data-label);
    color: var(--tt-soft); font-weight: 400; }
}
</style>
"""


def install() -> None:
    """Put it on the page."""
    st.html(_CSS)
