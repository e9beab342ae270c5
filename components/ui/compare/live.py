"""Small browser components: live updates and running clocks. No rerun to keep a clock going.

User text is only ever passed as `data` and written with `textContent`.
"""

from __future__ import annotations

import streamlit as st

from components.domain.model import Comparison

_LISTEN = """
// Tells Python that the comparison has changed, by an event stream; by asking where that is cut.
const RETRIES = 4;
// A rerun puts marks and buttons under pictures that are seen already, and takes 100 ms of two
// processors' time, which the next picture may need: it waits until none has landed for a moment.
const QUIET = 250, AT_LATEST = 800;
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const held = parentElement.ttListen ??
    (parentElement.ttListen = { failures: 0, misses: 0 });
  held.seen = Math.max(data.id === held.id ? held.seen : -1, data.version);
  // A picture and its figures are shown where the clock runs as soon as they are told.
  held.hear = async (news) => {
    const loads = [];
    const progress = document.querySelector(".tt-elapsed");
    if (progress?.dataset.ttId === data.id && news.version > Number(progress.dataset.ttVersion)) {
      progress.dataset.ttVersion = news.version;
      progress.querySelector(".tt-text").textContent = news.progress;
    }
    for (const [generation, one] of Object.entries(news.landed)) {
      const wait = document.querySelector(`[data-tt-waits="${CSS.escape(generation)}"]`);
      if (!wait || wait.querySelector(".tt-first")) continue;
      const picture = new Image();
      picture.className = "tt-first";
      picture.alt = "";
      loads.push(new Promise((done) => {
        picture.onload = () => { picture.dataset.ttThere = ""; done(); };
        picture.onerror = () => { picture.remove(); done(); };
      }));
      picture.src = one.preview;
      wait.dataset.ttLanded = "";
      wait.querySelector(".tt-say").textContent = "landed, on its way to this page";
      wait.querySelector(".tt-pane").append(picture);
      wait.querySelector(".tt-early")?.remove();  // of a try that failed
      wait.append(figures([[one.latency, "latency"], [one.size, one.bytes]]));
      held.shown = performance.now();
    }
    // The rerun must not take the processor from the picture; nor wait for ever for a slow line.
    const enough = new Promise((done) => setTimeout(done, 1000));
    if (loads.length) await Promise.race([Promise.all(loads), enough]);
    if (held.id === data.id) held.tell(news.version, news.unfinished === 0);
  };
  const figures = (pairs) => {
    const make = (name, className, text) =>
      Object.assign(document.createElement(name), { className, textContent: text ?? "" });
    const all = make("div", "tt-figures tt-early");
    for (const [value, unit] of pairs) {
      const figure = make("div", "tt-figure");
      figure.append(make("span", "tt-value", value), make("span", "tt-unit", unit));
      all.append(figure);
    }
    return all;
  };
  held.tell = (version, last) => {
    if (version <= held.seen) return;
    const now = performance.now();
    held.due ??= now + AT_LATEST;
    const at = last ? now : Math.min(held.due, (held.shown ?? 0) + QUIET);
    clearTimeout(held.later);
    held.later = setTimeout(() => {
      held.due = null;
      if (version <= held.seen) return;
      held.seen = version;
      setTriggerValue("changed", version);
    }, Math.max(0, at - now));
  };
  if (held.id === data.id) return held.stop;
  held.stop?.();
  held.id = data.id;
  const address = `/live/${encodeURIComponent(data.id)}`;
  const open = () => {
    if (held.source || held.timer || document.hidden) return;
    const source = new EventSource(address);
    held.source = source;
    source.onmessage = (event) => { held.failures = 0; held.hear(JSON.parse(event.data)); };
    source.addEventListener("nudge", () => setTriggerValue("changed", performance.now()));
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED || ++held.failures > RETRIES) {
        source.close();
        held.source = null;
        held.timer = setInterval(ask, 1500);
      }
    };
  };
  const ask = async () => {
    if (document.hidden) return;
    const asked = data.id;
    try {
      const answer = await fetch(`${address}?once=1`, { cache: "no-store" });
      const news = answer.status === 200 ? await answer.json() : null;
      // Meanwhile the page may show another comparison.
      if (news && held.id === asked) held.hear(news);
      held.misses = answer.ok ? 0 : held.misses + 1;
    } catch { held.misses += 1; }
    // Where neither gets through, the page is drawn anew every three seconds over its own socket.
    if (held.misses && held.misses % 2 === 0 && held.id === asked)
      setTriggerValue("changed", performance.now());
  };
  const close = () => {
    held.source?.close();
    clearInterval(held.timer);
    held.source = held.timer = null;
  };
  // A hidden tab gives its connection back: a browser has only six for one server.
  const onVisibility = () => (document.hidden ? close() : open());
  document.addEventListener("visibilitychange", onVisibility);
  held.stop = () => {
    document.removeEventListener("visibilitychange", onVisibility);
    clearTimeout(held.later);
    close();
    held.due = null;
    held.id = held.stop = null;
  };
  open();
  return held.stop;
}
"""

_WAIT_HTML = """
<div class="tt-wait" role="status">
  <div class="tt-pane"><span class="tt-clock"></span><span class="tt-usual"></span>
    <div class="tt-bar"><div class="tt-fill"></div></div><span class="tt-say"></span></div>
</div>
"""
_WAIT_CSS = """
.tt-wait { position: relative; width: 100%; padding-bottom: 6.67rem; }
.tt-early { position: absolute; left: 0; right: 0; bottom: 0; height: 6.12rem; margin: 0; }
/* What has landed cannot be cancelled any more; its own buttons come in a moment. */
[class*="st-key-generation-"]:has(.tt-early) [class*="st-key-cancel-"] { visibility: hidden; }
/* As the frame that it will stand in; not before it is there, or the clock would be covered. */
.tt-first { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain;
  background: color-mix(in srgb, currentColor 5%, var(--st-background-color)); }
.tt-first:not([data-tt-there]) { visibility: hidden; }
.tt-pane { position: relative; overflow: hidden; width: 100%;
  aspect-ratio: 1 / 1; border-radius: .6rem; box-sizing: border-box;
  border: 1px solid color-mix(in srgb, currentColor 16%, transparent);
  display: flex; flex-direction: column; align-items: center; justify-content: center; gap: .35rem;
  padding: 1rem; text-align: center;
  /* At rest: a sweep of light over three frames was measured at a whole core in the browser. */
  background: color-mix(in srgb, currentColor 4%, transparent); }
.tt-clock { font-size: 2rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.tt-usual, .tt-say { font-size: .9rem; color: color-mix(in srgb, currentColor 62%, transparent); }
.tt-bar { width: min(62%, 15rem); height: .3rem; border-radius: .2rem; margin-top: .5rem;
  background: color-mix(in srgb, currentColor 12%, transparent); overflow: hidden; }
.tt-fill { height: 100%; width: 0; border-radius: .2rem; background: var(--st-primary-color); }
"""
_WAIT = """
// A clock that runs in the browser from the seconds that Python says have passed.
export default function (component) {
  const { data, parentElement } = component;
  const find = (name) => parentElement.querySelector(name);
  const wait = find(".tt-wait");
  if (wait.dataset.ttWaits !== data.generation) {
    for (const early of [".tt-first", ".tt-early"]) find(early)?.remove();
    delete wait.dataset.ttLanded;
  }
  wait.dataset.ttWaits = data.generation;
  const began = performance.now() - data.elapsed * 1000;
  find(".tt-usual").textContent = data.usually;
  if (wait.dataset.ttLanded === undefined) find(".tt-say").textContent = data.say;
  find(".tt-bar").style.visibility = data.until ? "visible" : "hidden";
  const tick = () => {
    if (wait.dataset.ttLanded !== undefined) return;
    const passed = Math.max(0, (performance.now() - began) / 1000);
    const whole = Math.floor(passed);
    const text = String(Math.floor(whole / 60)).padStart(2, "0") + ":" +
      String(whole % 60).padStart(2, "0");
    const clock = find(".tt-clock");
    if (clock && clock.textContent !== text) clock.textContent = text;
    const fill = find(".tt-fill");
    // Beyond the usual time the bar only creeps: it promises nothing.
    const share = data.until ? passed / data.until : 0;
    if (fill) fill.style.width = `${100 * (share < 1 ? 0.9 * share : 1 - 0.1 / share)}%`;
  };
  clearInterval(parentElement.ttTick);
  tick();
  parentElement.ttTick = setInterval(tick, 200);
  return () => clearInterval(parentElement.ttTick);
}
"""

_ELAPSED_HTML = """<div class="tt-elapsed">
<span class="tt-text"></span><span class="tt-time"></span></div>"""
_ELAPSED_CSS = """
.tt-elapsed { font-size: 1.05rem; font-weight: 600; font-variant-numeric: tabular-nums;
  line-height: 2.5rem; white-space: nowrap; }
"""
_ELAPSED = """
// "2 of 3 landed · 00:14", counting in the browser while `running`.
export default function (component) {
  const { data, parentElement } = component;
  const began = performance.now() - data.elapsed * 1000;
  const time = parentElement.querySelector(".tt-time");
  const shown = parentElement.querySelector(".tt-elapsed").dataset;
  // What was drawn from older rows than the event stream has told of must not count backwards.
  if (shown.ttId !== data.id || data.version >= Number(shown.ttVersion)) {
    Object.assign(shown, { ttId: data.id, ttVersion: data.version });
    parentElement.querySelector(".tt-text").textContent = data.text;
  }
  const tick = () => {
    const whole = Math.max(0, Math.floor((performance.now() - began) / 1000));
    const two = (n) => String(n).padStart(2, "0");
    time.textContent = ` · ${two(Math.floor(whole / 60))}:${two(whole % 60)}`;
  };
  clearInterval(parentElement.ttTick);
  if (data.running) {
    tick();
    parentElement.ttTick = setInterval(tick, 200);
  } else {
    time.textContent = data.after;
  }
  return () => clearInterval(parentElement.ttTick);
}
"""

_component = st.components.v2.component
# In the page's own document, not a shadow root: figures and clocks are the page's text.
_listen = _component("triptych_listen", js=_LISTEN, isolate_styles=False)
_wait = _component("triptych_wait", html=_WAIT_HTML, css=_WAIT_CSS, js=_WAIT, isolate_styles=False)
_elapsed = _component(
    "triptych_elapsed", html=_ELAPSED_HTML, css=_ELAPSED_CSS, js=_ELAPSED, isolate_styles=False
)


def listen(comparison_id: str, version: int) -> None:
    """Rerun the surrounding fragment whenever this comparison is no longer at `version`."""
    _listen(
        key="tt-listen",
        data={"id": comparison_id, "version": version},
        on_changed_change=lambda: None,
    )


def waiting(
    key: str,
    *,
    generation_id: str,
    elapsed_s: float,
    usually: str,
    until_s: float | None,
    say: str,
) -> None:
    """A frame with a running clock in place of a picture that is on its way."""
    _wait(
        key=f"wait-{key}",
        data={
            "generation": generation_id,
            "elapsed": round(elapsed_s, 3),
            "usually": usually,
            "until": until_s,
            "say": say,
        },
    )


def elapsed(
    text: str, *, comparison: Comparison, elapsed_s: float, running: bool, after: str
) -> None:
    """`text` with a running clock behind it, or with `after` once it stands still."""
    _elapsed(
        key="tt-elapsed",
        data={
            "id": comparison.id,
            "version": comparison.version,
            "text": text,
            "elapsed": round(elapsed_s, 3),
            "running": running,
            "after": after,
        },
    )
